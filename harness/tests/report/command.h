#pragma once

#include <string>

namespace karpspec::report {

struct CommandOutput {
  int status = -1;
  std::string text;  // its standard output
};
// Runs a shell command.
CommandOutput run_command(const std::string& command);
// Whether there is a program of that name.
bool has_program(const std::string& name);
// The document of ADDRESS, a file in DIRECTORY with query and fragment, once chromium has run its
// scripts. What the browser needs is kept in DIRECTORY.
std::string browser_dom(const std::string& directory, const std::string& address);

}  // namespace karpspec::report
