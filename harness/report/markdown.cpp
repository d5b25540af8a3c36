#include "report/markdown.h"

namespace karpspec::report {

std::string plain_markdown(std::string_view text, std::size_t most) {
  std::string out;
  for (const char c : text.substr(0, most)) {
    if (c == '\n' || c == '\r') {
      out += ' ';
      continue;
    }
    if (std::string_view("\\`*_{}[]<>|~#&").find(c) != std::string_view::npos)
      out += '\\';
    out += c;
  }
  if (text.size() > most) {
    // Not within a character.
    while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xC0U) == 0x80)
      out.pop_back();
    if (!out.empty() && (static_cast<unsigned char>(out.back()) & 0x80U) != 0)
      out.pop_back();
    out += "...";
  }
  return out;
}

std::string code_markdown(const std::string& name) {
  // Unless somebody made it up, it has nothing in it that ends code or a cell.
  return name.find_first_of("`|\n") == std::string::npos ? "`" + name + "`" : plain_markdown(name);
}

std::string markdown_row(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const std::string& each : cells)
    text += " " + each + " |";
  return text + "\n";
}

std::string markdown_head(const std::vector<std::string>& cells) {
  return markdown_row(cells) + markdown_row(std::vector<std::string>(cells.size(), "---"));
}

}  // namespace karpspec::report
