#include "fuzz/mutate/text.h"

#include <algorithm>
#include <array>
#include <vector>

namespace karpspec::fuzz {
namespace {

struct Span {
  std::size_t at = 0, size = 0;
  [[nodiscard]] std::string_view of(std::string_view text) const { return text.substr(at, size); }
};

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

std::string join(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines)
    text += line;
  return text;
}

std::size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

// Where the line at FROM and the deeper ones below it end.
std::size_t block_end(const std::vector<std::string>& lines, std::size_t from) {
  std::size_t end = from + 1;
  while (end < lines.size() && indent_of(lines[end]) > indent_of(lines[from]))
    ++end;
  return end;
}

bool is_of_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         c == '-';
}

// A run of letters and digits near a place that is drawn; its size is 0 where there is none.
Span word_in(std::string_view text, Draw& draw) {
  if (text.empty())
    return {};
  std::size_t at = draw.below(text.size());
  while (at < text.size() && !is_of_word(text[at]))
    ++at;
  while (at > 0 && is_of_word(text[at - 1]))
    --at;
  std::size_t end = at;
  while (end < text.size() && is_of_word(text[end]))
    ++end;
  return {at, end - at};
}

// From behind a colon or comma up to the next comma or the end of the line.
Span value_in(std::string_view text, Draw& draw) {
  if (text.empty())
    return {};
  const std::size_t from = text.find_first_of(":,", draw.below(text.size()));
  if (from == std::string_view::npos)
    return {};
  const std::size_t end = std::min(text.find_first_of(",\n", from + 1), text.size());
  return {from + 1, end - from - 1};
}

// A pair of brackets and what is between them.
Span brackets_in(std::string_view text, Draw& draw) {
  if (text.empty())
    return {};
  const std::size_t from = text.find_first_of("[{", draw.below(text.size()));
  if (from == std::string_view::npos)
    return {};
  std::size_t depth = 0;
  for (std::size_t at = from; at < text.size(); ++at) {
    if (text[at] == '[' || text[at] == '{')
      ++depth;
    else if (text[at] == ']' || text[at] == '}')
      --depth;
    if (depth == 0)
      return {from, at - from + 1};
  }
  return {};
}

std::string other_number(std::string_view word, Draw& draw) {
  static constexpr std::array<const char*, 16> bounds = {"0",
                                                         "-1",
                                                         "1",
                                                         "255",
                                                         "256",
                                                         "65535",
                                                         "65536",
                                                         "2147483647",
                                                         "4294967295",
                                                         "4294967296",
                                                         "0x",
                                                         "0xffffffff",
                                                         "007",
                                                         "1e9",
                                                         "18446744073709551615",
                                                         "18446744073709551616"};
  if (draw.one_in(2))
    return bounds[draw.below(bounds.size())];
  std::string text(word);
  text[draw.below(text.size())] = static_cast<char>('0' + draw.below(10));
  return text;
}

void change_lines(std::string& text, Draw& draw) {
  std::vector<std::string> lines = lines_of(text);
  if (lines.empty())
    return;
  const std::size_t from = draw.below(lines.size());
  const std::size_t end = draw.one_in(3) ? from + 1 : block_end(lines, from);
  const auto at = [&](std::size_t i) { return lines.begin() + static_cast<std::ptrdiff_t>(i); };
  const std::vector<std::string> block(at(from), at(end));
  switch (draw.below(5)) {
    case 0:
      lines.erase(at(from), at(end));
      break;
    case 1:
      lines.insert(at(end), block.begin(), block.end());
      break;
    case 2: {
      lines.erase(at(from), at(end));
      const std::size_t to = draw.below(lines.size() + 1);
      lines.insert(at(to), block.begin(), block.end());
      break;
    }
    case 3:
      for (std::size_t i = from; i < end; ++i)
        lines[i].insert(0, 2, ' ');
      break;
    default:
      for (std::size_t i = from; i < end; ++i)
        lines[i].erase(0, std::min<std::size_t>(2, indent_of(lines[i])));
      break;
  }
  text = join(lines);
}

void change_brackets(std::string& text, Draw& draw) {
  const Span group = brackets_in(text, draw);
  if (group.size == 0)
    return change_lines(text, draw);
  const std::string copy(group.of(text));
  switch (draw.below(4)) {
    case 0:
      text.replace(group.at, group.size,
                   copy.size() > 2 ? std::string{copy.front(), copy.back()} : std::string("null"));
      return;
    case 1:
      text.insert(group.at, copy + ",");
      return;
    case 2: {
      // Deeper by one, or many.
      const std::size_t times = draw.one_in(4) ? 200 : 1;
      text.insert(group.at + group.size, std::string(times, ']'));
      text.insert(group.at, std::string(times, '['));
      return;
    }
    default: {
      const Span other = brackets_in(text, draw);
      if (other.size > 0)
        text.replace(group.at, group.size, std::string(other.of(text)));
      return;
    }
  }
}

void change_word(std::string& text, Draw& draw) {
  const Span word = word_in(text, draw);
  if (word.size == 0)
    return;
  const std::string copy(word.of(text));
  const bool number = copy.find_first_not_of("0123456789") == std::string::npos;
  if (number && draw.one_in(2)) {
    text.replace(word.at, word.size, other_number(copy, draw));
    return;
  }
  switch (draw.below(4)) {
    case 0:
      text.erase(word.at, word.size);
      return;
    case 1:
      text.insert(word.at, copy);
      return;
    default:
      text.replace(word.at, word.size, std::string(word_in(text, draw).of(text)));
      return;
  }
}

}  // namespace

void change_text(std::string& text, Draw& draw) {
  switch (draw.below(6)) {
    case 0:
    case 1:
      return change_lines(text, draw);
    case 2:
      return change_brackets(text, draw);
    case 3: {
      const Span one = value_in(text, draw);
      if (one.size > 0)
        text.replace(one.at, one.size, std::string(value_in(text, draw).of(text)));
      return;
    }
    default:
      return change_word(text, draw);
  }
}

void cross_texts(std::string& text, std::string_view other, Draw& draw) {
  if (draw.one_in(3)) {
    const Span to = draw.one_in(2) ? word_in(text, draw) : value_in(text, draw);
    const Span from = draw.one_in(2) ? word_in(other, draw) : value_in(other, draw);
    text.replace(to.at, to.size, std::string(from.of(other)));
    return;
  }
  std::vector<std::string> lines = lines_of(text);
  const std::vector<std::string> more = lines_of(other);
  if (more.empty())
    return;
  const std::size_t from = draw.below(more.size());
  const std::size_t end = block_end(more, from);
  lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(draw.below(lines.size() + 1)),
               more.begin() + static_cast<std::ptrdiff_t>(from),
               more.begin() + static_cast<std::ptrdiff_t>(end));
  text = join(lines);
}

}  // namespace karpspec::fuzz
