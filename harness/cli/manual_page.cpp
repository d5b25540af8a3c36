#include <sstream>

#include "cli/command_tree.h"

namespace karpspec::cli {
namespace {

// TEXT as it is printed, not as a request to the formatter.
std::string roff(const std::string& text) {
  std::string out;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\''))
      out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else if (c == '\'')
      out += "\\(aq";
    else
      out += c;
    line_begins = c == '\n';
  }
  return out;
}

std::string bold(const std::string& text) {
  return "\\fB" + roff(text) + "\\fR";
}

std::string italic(const std::string& text) {
  return "\\fI" + roff(text) + "\\fR";
}

std::string place_text(const Argument& place) {
  std::string text = italic(place.value) + (place.several ? "..." : "");
  return place.required ? text : "[" + text + "]";
}

std::string synopsis_of(const CommandNode& command) {
  std::string text = bold(command.text());
  if (!command.below.empty())
    text += " " + italic("COMMAND");
  if (!command.options.empty())
    text += " [" + italic("OPTIONS") + "]";
  for (const Argument& place : command.places)
    text += " " + place_text(place);
  return text;
}

// Ends with a full stop, whether or not it did.
std::string sentence(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.pop_back();
  if (!text.empty() && text.back() != '.')
    text += '.';
  return text;
}

std::string arguments_text(const std::vector<Argument>& arguments) {
  std::string text;
  for (const Argument& argument : arguments) {
    std::string head;
    for (const std::string& name : argument.names)
      head += (head.empty() ? "" : ", ") + bold(name);
    if (!argument.value.empty())
      head += (head.empty() ? "" : " ") + italic(argument.value);
    if (argument.several)
      head += "...";
    text += ".TP\n" + head + "\n";
    if (!argument.description.empty())
      text += roff(sentence(argument.description)) + "\n";
    if (!argument.choices.empty()) {
      std::string list;
      for (const std::string& choice : argument.choices)
        list += (list.empty() ? "" : ", ") + bold(choice);
      text += "One of " + list + ".\n";
    }
    if (!argument.otherwise.empty())
      text += "Without it: " + bold(argument.otherwise) + ".\n";
  }
  return text;
}

// Of the footer, the sentences; the example stands by itself.
std::string footer_text(const std::string& footer) {
  static const std::string mark = "Example: ";
  const std::size_t at = footer.find(mark);
  std::string text;
  if (const std::string before = sentence(footer.substr(0, at)); !before.empty())
    text += ".PP\n" + roff(before) + "\n";
  if (at != std::string::npos)
    text +=
        ".PP\nExample:\n.PP\n.RS 4\n.nf\n" + bold(footer.substr(at + mark.size())) + "\n.fi\n.RE\n";
  return text;
}

void add_commands(const CommandNode& command, std::string& text) {
  const bool program = command.words.size() == 1;
  text +=
      ".SS \"" + (program ? std::string("Options of the program") : synopsis_of(command)) + "\"\n";
  if (!program && !command.description.empty())
    text += roff(sentence(command.description)) + "\n";
  text += arguments_text(command.places) + arguments_text(command.options);
  text += footer_text(command.footer);
  for (const CommandNode& below : command.below)
    add_commands(below, text);
}

void put(std::string& page, const std::string& mark, const std::string& text) {
  if (const std::size_t at = page.find(mark); at != std::string::npos)
    page.replace(at, mark.size(), text);
}

}  // namespace

std::string manual_page(const CommandNode& program, std::string page) {
  std::string synopsis;
  const std::vector<CommandNode> alone = {program};
  for (const CommandNode& command : program.below.empty() ? alone : program.below) {
    synopsis += (synopsis.empty() ? "" : ".br\n") + synopsis_of(command) + "\n";
  }
  std::string commands;
  add_commands(program, commands);
  put(page, "@SYNOPSIS@\n", synopsis);
  put(page, "@COMMANDS@\n", commands);
  return page;
}

}  // namespace karpspec::cli
