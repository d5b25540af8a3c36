#include "report/ladder.h"

#include <algorithm>
#include <string_view>

#include "report/escape.h"

namespace karpspec::report {
namespace {

// All in units of the view box, of which text 12 high takes 7.3 a character.
constexpr std::size_t width = 1000;
constexpr std::size_t left = 80;
constexpr std::size_t right = 985;
constexpr std::size_t text_column = left + 12;
constexpr std::size_t characters = 120;
constexpr std::size_t line_height = 16;

std::string number(std::size_t value) {
  return std::to_string(value);
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// TEXT in lines that fit between the two, broken at spaces where there are some. Widths count
// octets, so that other scripts than ASCII are broken early rather than late.
std::vector<std::string> wrapped(std::string_view text) {
  std::vector<std::string> lines;
  while (text.size() > characters) {
    const auto space = text.rfind(' ', characters);
    std::size_t end =
        space == std::string_view::npos || space < characters / 2 ? characters : space;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80)
      --end;
    lines.emplace_back(text.substr(0, end));
    text = trimmed(text.substr(end));
  }
  lines.emplace_back(text);
  return lines;
}

std::string text_at(std::size_t x, std::size_t y, std::string_view text,
                    std::string_view more = "") {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\"" + std::string(more) + ">" +
         escape_markup(text) + "</text>";
}

// The lines of TEXT from Y on, which moves below them.
std::string text_lines(std::string_view text, std::size_t& y) {
  std::string svg;
  for (const std::string& line : wrapped(text)) {
    y += line_height;
    svg += text_at(text_column, y - 4, line);
  }
  return svg;
}

std::string rung(const ExchangeLine& line, std::size_t& y) {
  if (line.way == ExchangeLine::Way::note) {
    const std::string text = text_lines(line.text, y);
    y += 8;
    return "<g class=\"note\">" + text + "</g>";
  }
  const bool out = line.way == ExchangeLine::Way::to_device;
  std::string svg = std::string("<g class=\"") + (out ? "out" : "in") + "\">";
  svg += text_lines(line.text, y);
  const std::size_t from = out ? left : right;
  const std::size_t tip = out ? right : left;
  const std::size_t back = out ? tip - 9 : tip + 9;
  svg += text_at(left - 10, y + 4, line.time, " text-anchor=\"end\" class=\"time\"");
  svg += "<path class=\"arrow\" d=\"M" + number(from) + " " + number(y) + "H" + number(tip) +
         "\"/><path class=\"tip\" d=\"M" + number(tip) + " " + number(y) + "L" + number(back) +
         " " + number(y - 4) + "V" + number(y + 4) + "Z\"/></g>";
  y += 12;
  return svg;
}

}  // namespace

ExchangeLine parse_exchange_line(std::string_view line) {
  ExchangeLine parsed;
  for (const auto& [arrow, way] : {std::pair<std::string_view, ExchangeLine::Way>{
                                       "  tester -> device  ", ExchangeLine::Way::to_device},
                                   {"  device -> tester  ", ExchangeLine::Way::to_tester}}) {
    const auto at = line.find(arrow);
    // Before the arrow there is a time and nothing else; in a note it may stand anywhere.
    if (at == std::string_view::npos || trimmed(line.substr(0, at)).empty() ||
        trimmed(line.substr(0, at)).find_first_not_of("0123456789.s") != std::string_view::npos)
      continue;
    parsed.way = way;
    parsed.time = trimmed(line.substr(0, at));
    parsed.text = trimmed(line.substr(at + arrow.size()));
    return parsed;
  }
  parsed.text = trimmed(line);
  return parsed;
}

std::string ladder_svg(const verdict::TestResult& test) {
  if (test.exchange.empty())
    return "";
  std::size_t y = 26;
  std::string body;
  for (const std::string& line : test.exchange)
    body += rung(parse_exchange_line(line), y);
  if (test.failure) {
    const verdict::Failure& failure = *test.failure;
    std::string text = "step " + std::to_string(failure.step) + ": ";
    if (!failure.field.empty())
      text += failure.field + " ";
    text += "expected " + failure.expected + ", got " + failure.got;
    body += "<g class=\"bad\">" + text_lines(text, y) + "</g>";
    y += 8;
  }
  std::string svg =
      "<svg class=\"ladder\" role=\"img\" aria-label=\"Ladder diagram of the exchange; its "
      "lines follow as text\" viewBox=\"0 0 " +
      number(width) + " " + number(y) + "\">";
  for (const auto& [x, name] : {std::pair{left, "tester"}, {right, "device"}}) {
    // The device's name ends at its line: there is no room to its right.
    svg += text_at(
        x, 13, name,
        x == left ? " text-anchor=\"middle\" class=\"end\"" : " text-anchor=\"end\" class=\"end\"");
    svg += "<path class=\"life\" d=\"M" + number(x) + " 20V" + number(y) + "\"/>";
  }
  return svg + body + "</svg>";
}

}  // namespace karpspec::report
