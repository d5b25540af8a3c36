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

// Whose lines there are, and where; the first and the last at the edges.
class Lanes {
 public:
  Lanes(const std::vector<ExchangeLine>& lines, const LadderEnd& first, const LadderEnd& last) {
    for (const ExchangeLine& line : lines)
      for (const std::string& name : {line.from, line.to})
        if (!name.empty() && name != first.name && name != last.name && name != "group" &&
            std::find(names_.begin(), names_.end(), name) == names_.end())
          names_.push_back(name);
    names_.insert(names_.begin(), first.name);
    names_.push_back(last.name);
    labels_ = names_;
    labels_.front() = first.label;
    labels_.back() = last.label;
  }

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] const std::string& label(std::size_t lane) const { return labels_[lane]; }
  [[nodiscard]] std::size_t x(std::size_t lane) const {
    return left + lane * (right - left) / (names_.size() - 1);
  }
  [[nodiscard]] std::size_t x(const std::string& name) const {
    const auto found = std::find(names_.begin(), names_.end(), name);
    return x(static_cast<std::size_t>(found - names_.begin()));
  }

 private:
  std::vector<std::string> names_, labels_;
};

// The head of an arrow along Y that ends at TIP.
std::string head(std::size_t from, std::size_t tip, std::size_t y) {
  const std::size_t back = from < tip ? tip - 9 : tip + 9;
  return "<path class=\"tip\" d=\"M" + number(tip) + " " + number(y) + "L" + number(back) + " " +
         number(y - 4) + "V" + number(y + 4) + "Z\"/>";
}

std::string shaft(std::size_t from, std::size_t to, std::size_t y) {
  return "<path class=\"arrow\" d=\"M" + number(from) + " " + number(y) + "H" + number(to) + "\"/>";
}

std::string rung(const ExchangeLine& line, const Lanes& lanes, std::size_t& y) {
  if (line.is_note()) {
    const std::string text = text_lines(line.text, y);
    y += 8;
    return "<g class=\"note\">" + text + "</g>";
  }
  std::string svg =
      std::string("<g class=\"") + (line.from == lanes.names().back() ? "in" : "out") + "\">";
  svg += text_lines(line.text, y);
  svg += text_at(left - 10, y + 4, line.time, " text-anchor=\"end\" class=\"time\"");
  const std::size_t from = lanes.x(line.from);
  if (line.to == "group") {
    svg += shaft(left, right, y);
    for (const std::string& name : lanes.names())
      if (name != line.from)
        svg += head(from, lanes.x(name), y);
    svg += "<circle class=\"tip\" cx=\"" + number(from) + "\" cy=\"" + number(y) + "\" r=\"3\"/>";
  } else {
    svg += shaft(from, lanes.x(line.to), y) + head(from, lanes.x(line.to), y);
  }
  y += 12;
  return svg + "</g>";
}

bool is_name(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string_view::npos;
}

}  // namespace

ExchangeLine parse_exchange_line(std::string_view line) {
  ExchangeLine parsed;
  parsed.text = trimmed(line);
  // "TIME  FROM -> TO  TEXT": before the names there is a time and nothing else; in a note there
  // may be an arrow anywhere.
  const std::string_view rest = parsed.text;
  const auto time_end = rest.find("  ");
  if (time_end == std::string_view::npos)
    return parsed;
  const auto names_end = std::min(rest.find("  ", time_end + 2), rest.size());
  const std::string_view time = rest.substr(0, time_end);
  const std::string_view names = rest.substr(time_end + 2, names_end - time_end - 2);
  const auto arrow = names.find(" -> ");
  if (time.find_first_not_of("0123456789.s") != std::string_view::npos ||
      arrow == std::string_view::npos || !is_name(names.substr(0, arrow)) ||
      !is_name(names.substr(arrow + 4)) || names.substr(0, arrow) == "group")
    return parsed;
  ExchangeLine out;
  out.time = time;
  out.from = names.substr(0, arrow);
  out.to = names.substr(arrow + 4);
  out.text = trimmed(rest.substr(names_end));
  return out;
}

namespace {

// BELOW stands under the last line, or is empty.
std::string ladder(const std::vector<std::string>& exchange, const LadderEnd& first,
                   const LadderEnd& last, const std::string& below) {
  if (exchange.empty())
    return "";
  std::vector<ExchangeLine> lines;
  for (const std::string& line : exchange)
    lines.push_back(parse_exchange_line(line));
  const Lanes lanes(lines, first, last);
  std::size_t y = 26;
  std::string body;
  for (const ExchangeLine& line : lines)
    body += rung(line, lanes, y);
  if (!below.empty()) {
    body += "<g class=\"bad\">" + text_lines(below, y) + "</g>";
    y += 8;
  }
  std::string svg =
      "<svg class=\"ladder\" role=\"img\" aria-label=\"Ladder diagram of the exchange; its "
      "lines follow as text\" viewBox=\"0 0 " +
      number(width) + " " + number(y) + "\">";
  for (std::size_t lane = 0; lane < lanes.names().size(); ++lane) {
    const std::size_t x = lanes.x(lane);
    // The device's name ends at its line: there is no room to its right.
    svg += text_at(x, 13, lanes.label(lane),
                   x == right ? " text-anchor=\"end\" class=\"end\""
                              : " text-anchor=\"middle\" class=\"end\"");
    svg += "<path class=\"life\" d=\"M" + number(x) + " 20V" + number(y) + "\"/>";
  }
  return svg + body + "</svg>";
}

}  // namespace

std::string ladder_svg(const verdict::TestResult& test) {
  std::string below;
  if (test.failure) {
    const verdict::Failure& failure = *test.failure;
    below = "step " + std::to_string(failure.step) + ": ";
    if (!failure.field.empty())
      below += failure.field + " ";
    below += "expected " + failure.expected + ", got " + failure.got;
  }
  return ladder(test.exchange, {"tester", "tester"}, {"device", "device"}, below);
}

std::string ladder_svg(const std::vector<std::string>& exchange, const LadderEnd& left_end,
                       const LadderEnd& right_end) {
  return ladder(exchange, left_end, right_end, "");
}

}  // namespace karpspec::report
