#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace karpspec::lab {

// How a process ended.
struct ExitStatus {
  bool signalled = false;
  int code = 0;  // exit status, or the signal's number
  [[nodiscard]] bool success() const { return !signalled && code == 0; }
  friend bool operator==(const ExitStatus&, const ExitStatus&) = default;
};
// "exit status 1", "killed by signal 11 (Segmentation fault)"
[[nodiscard]] std::string to_string(const ExitStatus& status);

// A directory tree that the child sees as "/", in a mount namespace of its own: what is mounted
// for it is seen by nobody else and is gone with the child. From outside it is reached by
// /proc/PID/root. Needs root.
struct PrivateRoot {
  std::string path;
  // Absolute paths inside; each must be a directory there.
  std::vector<std::string> tmpfs = {"/run"};
  // Of the host (absolute) -> inside; both must exist, as directories or as files.
  std::vector<std::pair<std::string, std::string>> binds;
  bool proc = true;  // mounts /proc
};

struct ChildOptions {
  std::vector<std::string> command;  // sought in PATH (inside the root) when without a slash
  // Replaces the environment when given.
  std::optional<std::map<std::string, std::string>> environment;
  std::string network_namespace;    // one of `ip netns`; empty: ours
  std::optional<PrivateRoot> root;  // none: ours
  std::string working_directory;    // empty: ours, or "/" with a root
  // Standard error, and standard output unless piped, are appended here; empty: nowhere.
  std::string log_file;
  // Standard input and output are pipes, to be used by input() and output(); otherwise standard
  // input is empty.
  bool piped = false;
};

// A program that runs in the foreground, as leader of a process group of its own. The group is
// killed when the leader has ended, when this object goes, and when the harness itself dies (by
// whatever signal), so nothing is left behind. No shell is involved.
class ChildProcess {
 public:
  // Returns when the program has been executed. Errors: bad_value for an empty command; not_found
  // or io, naming the step that failed (namespace, mount, chroot, execute).
  [[nodiscard]] static Result<ChildProcess> start(const ChildOptions& options);
  ChildProcess(ChildProcess&&) noexcept;
  ChildProcess& operator=(ChildProcess&&) noexcept;
  ~ChildProcess();

  [[nodiscard]] pid_t pid() const;
  [[nodiscard]] bool alive() const;
  // How it ended, once it has.
  [[nodiscard]] std::optional<ExitStatus> exit_status() const;
  // Waits at most TIMEOUT for the end.
  std::optional<ExitStatus> wait(std::chrono::milliseconds timeout) const;
  // Sends SIGNAL to the process group; nothing happens once it has ended.
  void signal(int signal) const;
  // SIGTERM, after GRACE SIGKILL; returns when it has ended.
  ExitStatus stop(std::chrono::milliseconds grace = std::chrono::seconds{2});

  // File descriptors of the pipes, owned by this object; -1 when not piped (or closed).
  [[nodiscard]] int input() const;   // write here
  [[nodiscard]] int output() const;  // read here
  void close_input();

 private:
  struct State;
  explicit ChildProcess(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct CommandResult {
  ExitStatus status;
  std::string output;  // standard output and error, as they came
};
// Runs a command to its end. `piped` and `log_file` of OPTIONS are not looked at.
// Errors: as ChildProcess::start; timeout, after which the command was killed.
[[nodiscard]] Result<CommandResult> run_command(
    ChildOptions options, std::chrono::milliseconds timeout = std::chrono::seconds{10});

}  // namespace karpspec::lab
