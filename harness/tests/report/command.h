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

}  // namespace karpspec::report
