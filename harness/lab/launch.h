#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "lab/child_process.h"
#include "lab/file_descriptor.h"

namespace karpspec::lab {

// TEXTS as exec(3) takes arguments; they must stay as they are meanwhile.
[[nodiscard]] std::vector<char*> argument_pointers(std::vector<std::string>& texts);

// Everything that starting a child needs, gathered before the fork: between fork and exec a
// process with several threads may only make system calls.
class Launch {
 public:
  // As `log_file`: standard error goes where standard output goes.
  static constexpr const char* log_to_standard_output = "\x01";

  // Errors: as ChildProcess::start.
  [[nodiscard]] static Result<Launch> prepare(const ChildOptions& options);

  // Taken instead of nothing and of the log.
  FileDescriptor standard_input, standard_output;

  // Forks, and waits until the program is executed or could not be.
  [[nodiscard]] Result<pid_t> run();
  // Gives up this process's copies of what the child has.
  void close();

 private:
  struct Mount {
    std::string source, target;
    const char* type = nullptr;  // none: a bind
    unsigned long flags = 0;
    const char* data = nullptr;
    std::string name;  // for errors
  };
  struct Failure {
    enum class Step : int { death, group, network, mounts, mount, root, directory, log, execute };
    Step step;
    int index;
    int error;
  };

  [[noreturn]] void become_child(int report, pid_t parent);
  [[nodiscard]] Error error_of(const Failure& failure) const;

  std::vector<std::string> command_;
  std::vector<std::string> environment_;
  std::vector<char*> argv_, envp_;
  bool own_environment_ = false;
  FileDescriptor network_, nothing_, log_;
  bool log_is_output_ = false;
  std::vector<Mount> mounts_;
  std::string root_, directory_, network_name_;
};

}  // namespace karpspec::lab
