#include "command.h"

#include <gtest/gtest.h>
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

std::string browser_dom(const std::string& directory, const std::string& address) {
  const CommandOutput output = run_command(
      "HOME=" + directory + " timeout 100 chromium --headless --no-sandbox --disable-gpu " +
      "--disable-dev-shm-usage --user-data-dir=" + directory + "/profile --dump-dom " + "'file://" +
      directory + "/" + address + "' 2>/dev/null");
  EXPECT_EQ(output.status, 0) << address;
  return output.text;
}

}  // namespace karpspec::report
