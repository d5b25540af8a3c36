#include "cli/command_tree.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

namespace karpspec::cli {
namespace {

// The library says what it checks in the name of a type: "TEXT:{html,junit,json}".
std::vector<std::string> choices_of(const std::string& type) {
  const std::size_t from = type.find('{');
  const std::size_t to = type.find('}');
  std::vector<std::string> choices;
  if (from == std::string::npos || to == std::string::npos)
    return choices;
  std::istringstream in(type.substr(from + 1, to - from - 1));
  for (std::string choice; std::getline(in, choice, ',');)
    choices.push_back(choice);
  return choices;
}

// What stands for the value of an option whose type is all that the library knows.
std::string value_of(const CLI::Option& option) {
  const std::string name = option.get_name();
  for (const char* directory : {"--out", "--suites"})
    if (name.find(directory) != std::string::npos)
      return "DIR";
  for (const char* file : {"--dut", "--expected", "--keys"})
    if (name.find(file) != std::string::npos)
      return "FILE";
  if (name.find("--fault") != std::string::npos)
    return "FAULT";
  if (name.find("--shard") != std::string::npos)
    return "I/N";
  if (name.find("--completion") != std::string::npos)
    return "SHELL";
  if (name.find("--sign") != std::string::npos)
    return "KEY,CERT";
  const std::string type = option.get_type_name();
  return type.starts_with("UINT") || type.starts_with("INT") ? "N" : "TEXT";
}

Argument argument_of(const CLI::Option& option) {
  Argument argument;
  argument.description = option.get_description();
  argument.required = option.get_required();
  argument.choices = choices_of(option.get_type_name());
  argument.otherwise = option.get_default_str();
  argument.between = option.get_delimiter();
  const bool flag = option.get_items_expected_max() == 0;
  argument.several = !flag && option.get_items_expected_max() > 1;
  if (!option.nonpositional()) {
    argument.value = option.get_name();
    return argument;
  }
  for (const std::string& name : option.get_snames())
    argument.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames())
    argument.names.push_back("--" + name);
  if (!flag)
    argument.value = value_of(option);
  return argument;
}

// The options of a group without a name are the command's as well as its own are; each has a
// --help, which is the same one.
void add_arguments(const CLI::App& app, CommandNode& node) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty())
      continue;
    Argument argument = argument_of(*option);
    const bool known =
        option->nonpositional() &&
        std::any_of(node.options.begin(), node.options.end(),
                    [&](const Argument& each) { return each.names == argument.names; });
    if (!known)
      (option->nonpositional() ? node.options : node.places).push_back(std::move(argument));
  }
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (sub->get_name().empty())
      add_arguments(*sub, node);
  }
}

CommandNode node_of(const CLI::App& app, std::vector<std::string> words) {
  CommandNode node;
  node.words = std::move(words);
  node.words.push_back(app.get_name());
  node.description = app.get_description();
  node.footer = app.get_footer();
  add_arguments(app, node);
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!sub->get_name().empty())
      node.below.push_back(node_of(*sub, node.words));
  }
  return node;
}

std::string without_last_line_end(std::string text) {
  while (text.ends_with('\n'))
    text.pop_back();
  return text;
}

}  // namespace

std::string CommandNode::text() const {
  std::string all;
  for (const std::string& word : words)
    all += (all.empty() ? "" : " ") + word;
  return all;
}

CommandNode command_tree(const CLI::App& app) {
  return node_of(app, {});
}

void add_pages(CLI::App& app, const char* page) {
  // As the library does it for its own --version.
  app.add_flag_callback(
      "--manual",
      [&app, page] {
        throw CLI::CallForVersion(without_last_line_end(manual_page(command_tree(app), page)), 0);
      },
      "Print the manual page and exit; 'man -l -' shows it");
  app.add_option_function<std::string>(
         "--completion",
         [&app](const std::string& shell) {
           throw CLI::CallForVersion(
               without_last_line_end(
                   completion(command_tree(app), shell == "fish" ? Shell::fish : Shell::bash)),
               0);
         },
         "Print what a shell reads to complete commands, options and names, and exit")
      ->check(CLI::IsMember({"bash", "fish"}));
}

}  // namespace karpspec::cli
