#include <filesystem>
#include <iostream>

#include "cli/commands.h"
#include "lab/child_process.h"

namespace karpspec::cli {

// The libFuzzer targets are built by clang, apart from this program: harness/fuzz/run-long builds
// the one that is asked for, and runs it.
int fuzz_target(const Common& common, const FuzzCommand& command) {
  namespace fs = std::filesystem;
  if (!command.dut.empty())
    return complain("fuzz takes a target or --dut, not both");
  std::error_code code;
  const fs::path script =
      fs::weakly_canonical(fs::path(common.suites) / ".." / "harness" / "fuzz" / "run-long", code);
  if (code || !fs::is_regular_file(script, code))
    return complain("fuzz " + command.target +
                    ": the targets belong to the sources, and there are none beside " +
                    common.suites);
  lab::ChildOptions options;
  options.command = {script.string(), command.target, std::to_string(command.time)};
  options.command.push_back(
      command.out.empty() ? (fs::current_path(code) / "out" / "fuzz" / command.target).string()
                          : fs::absolute(command.out, code).string());
  options.command.push_back(std::to_string(command.seed));
  options.log_file = "/dev/stderr";
  const auto started = lab::ChildProcess::start(options);
  if (!started)
    return complain(started.error().message);
  for (;;) {
    const auto status = started->wait(std::chrono::seconds{1});
    if (!status)
      continue;
    if (status->signalled)
      return not_judged;
    return status->code == conforms || status->code == does_not || status->code == bad_input
               ? status->code
               : not_judged;
  }
}

}  // namespace karpspec::cli
