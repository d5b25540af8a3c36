#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

// A program's commands and options as values, out of what parses them: what is made of it, the
// manual page and what shells complete with, has what the program takes and nothing else.
namespace karpspec::cli {

struct Argument {
  std::vector<std::string> names;  // "-h", "--help"; none: it stands in its place
  std::string value;               // "DIR"; "" of a flag
  std::vector<std::string> choices;
  std::string otherwise;  // its value where it is not given, or ""
  std::string description;
  bool several = false;
  bool required = false;
  char between = '\0';  // of values in one word
};

struct CommandNode {
  std::vector<std::string> words;  // "karpspec", "report", "merge"
  std::string description;
  std::string footer;
  std::vector<Argument> options;
  std::vector<Argument> places;
  std::vector<CommandNode> below;
  [[nodiscard]] std::string text() const;  // its words with blanks between
};

CommandNode command_tree(const CLI::App& app);

// PAGE, in the language of man, with what the program takes in the places of its two marks:
// @SYNOPSIS@ and @COMMANDS@.
std::string manual_page(const CommandNode& program, std::string page);

enum class Shell { bash, fish };
// What SHELL reads to complete the program's commands, options and values.
std::string completion(const CommandNode& program, Shell shell);

// Options of APP itself that print the one and the other: --manual, --completion SHELL. PAGE as
// for manual_page; it has to live as long as APP.
void add_pages(CLI::App& app, const char* page);

}  // namespace karpspec::cli
