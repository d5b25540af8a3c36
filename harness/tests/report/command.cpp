#include "command.h"

#include <sys/wait.h>

#include <array>
#include <cstdio>

namespace karpspec::report {

CommandOutput run_command(const std::string& command) {
  CommandOutput output;
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr)
    return output;
  std::array<char, 4096> part{};
  for (std::size_t got = 0; (got = std::fread(part.data(), 1, part.size(), pipe)) > 0;)
    output.text.append(part.data(), got);
  const int status = pclose(pipe);
  output.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return output;
}

bool has_program(const std::string& name) {
  return run_command("command -v " + name).status == 0;
}

}  // namespace karpspec::report
