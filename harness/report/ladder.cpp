#include "report/ladder.h"

#include <algorithm>

namespace karpspec::report {
namespace {

constexpr std::size_t row_height = 34;
constexpr std::size_t left = 90;
constexpr std::size_t right = 940;

struct Rung {
  enum class Direction { to_device, to_tester, note } direction = Direction::note;
  std::string time;
  std::string text;
};

Rung rung_of(const std::string& line) {
  Rung rung;
  for (const auto& [arrow, direction] : {std::pair{"-->", Rung::Direction::to_device},
                                         std::pair{"<--", Rung::Direction::to_tester}}) {
    const auto at = line.find(arrow);
    if (at == std::string::npos)
      continue;
    rung.direction = direction;
    rung.time = line.substr(0, at);
    rung.text = line.substr(std::min(line.size(), at + 4));
    return rung;
  }
  rung.text = line;
  return rung;
}

std::string number(std::size_t value) {
  return std::to_string(value);
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string ladder_svg(const std::vector<std::string>& exchange) {
  if (exchange.empty())
    return "";
  const std::size_t height = 30 + exchange.size() * row_height;
  std::string svg = "<svg role=\"img\" viewBox=\"0 0 1030 " + number(height) +
                    "\" width=\"100%\"><text x=\"" + number(left) +
                    "\" y=\"14\" text-anchor=\"middle\">tester</text><text x=\"" + number(right) +
                    "\" y=\"14\" text-anchor=\"middle\">device</text>";
  for (const std::size_t x : {left, right}) {
    svg += "<line x1=\"" + number(x) + "\" x2=\"" + number(x) + "\" y1=\"20\" y2=\"" +
           number(height) + "\" stroke=\"#8c959f\"/>";
  }
  std::size_t y = 30 + row_height / 2;
  for (const std::string& line : exchange) {
    const Rung rung = rung_of(line);
    svg += "<text x=\"" + number(left + 12) + "\" y=\"" + number(y - 5) + "\">" +
           escape_html(rung.text) + "</text>";
    if (rung.direction != Rung::Direction::note) {
      const bool out = rung.direction == Rung::Direction::to_device;
      const std::size_t tip = out ? right : left;
      const std::size_t back = out ? tip - 9 : tip + 9;
      svg += "<text x=\"0\" y=\"" + number(y + 4) + "\" fill=\"#57606a\">" +
             escape_html(rung.time) + "</text><line x1=\"" + number(left) + "\" x2=\"" +
             number(right) + "\" y1=\"" + number(y) + "\" y2=\"" + number(y) + "\" stroke=\"" +
             (out ? "#0969da" : "#1f2328") + "\"/><path d=\"M" + number(tip) + " " + number(y) +
             "L" + number(back) + " " + number(y - 4) + "L" + number(back) + " " + number(y + 4) +
             "Z\" fill=\"" + (out ? "#0969da" : "#1f2328") + "\"/>";
    }
    y += row_height;
  }
  return svg + "</svg>";
}

}  // namespace karpspec::report
