#include "lab/launch.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace karpspec::lab {
namespace {

constexpr const char* namespace_folder = "/run/netns/";

// Opened above the standard descriptors, so that none of dup2's targets is overwritten early.
Result<FileDescriptor> open_high(const std::string& path, int flags, mode_t mode = 0) {
  FileDescriptor low(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!low) {
    return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::io,
                path + ": " + std::strerror(errno));
  }
  if (low.get() > STDERR_FILENO)
    return low;
  FileDescriptor high(::fcntl(low.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!high)
    return fail(ErrorCode::io, path + ": " + std::strerror(errno));
  return high;
}

// Closes all but the standard streams and KEPT (-1: none). What other threads have open they may
// close and open again, and would find their addresses in use as long as a child has them too.
void close_all_but(std::array<int, 6> kept) {
  std::sort(kept.begin(), kept.end());
  unsigned next = STDERR_FILENO + 1;
  for (const int fd : kept) {
    if (fd < static_cast<int>(next))
      continue;
    const auto here = static_cast<unsigned>(fd);
    if (here > next)
      ::close_range(next, here - 1, 0);
    next = here + 1;
  }
  ::close_range(next, ~0U, 0);
}

}  // namespace

std::vector<char*> argument_pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts)
    result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

Result<Launch> Launch::prepare(const ChildOptions& options) {
  if (options.command.empty() || options.command.front().empty())
    return fail(ErrorCode::bad_value, "no command to run");
  Launch launch;
  launch.command_ = options.command;
  if (options.environment) {
    launch.own_environment_ = true;
    for (const auto& [name, value] : *options.environment)
      launch.environment_.emplace_back(name).append("=").append(value);
  }
  KARPSPEC_TRY(nothing, open_high("/dev/null", O_RDWR));
  launch.nothing_ = std::move(nothing);
  launch.log_is_output_ = options.log_file == log_to_standard_output;
  if (!options.log_file.empty() && !launch.log_is_output_) {
    KARPSPEC_TRY(log, open_high(options.log_file, O_WRONLY | O_CREAT | O_APPEND, 0644));
    launch.log_ = std::move(log);
  }
  if (!options.network_namespace.empty()) {
    launch.network_name_ = options.network_namespace;
    KARPSPEC_TRY(network, open_high(namespace_folder + options.network_namespace, O_RDONLY));
    launch.network_ = std::move(network);
  }
  launch.directory_ = options.working_directory;
  if (options.root) {
    const PrivateRoot& root = *options.root;
    launch.root_ = root.path;
    if (launch.directory_.empty())
      launch.directory_ = "/";
    if (root.proc) {
      launch.mounts_.push_back({"proc", root.path + "/proc", "proc",
                                MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr, "/proc"});
    }
    for (const std::string& inside : root.tmpfs) {
      launch.mounts_.push_back(
          {"tmpfs", root.path + inside, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755", inside});
    }
    for (const auto& [outside, inside] : root.binds)
      launch.mounts_.push_back({outside, root.path + inside, nullptr, MS_BIND, nullptr, inside});
  }
  return launch;
}

Result<pid_t> Launch::run() {
  argv_ = argument_pointers(command_);
  envp_ = argument_pointers(environment_);
  KARPSPEC_TRY(report, Pipe::make());
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0)
    return fail(ErrorCode::io, std::string("fork: ") + std::strerror(errno));
  if (child == 0)
    become_child(report.write.get(), parent);
  report.write.reset();
  Failure failure{};
  ssize_t size = 0;
  while ((size = ::read(report.read.get(), &failure, sizeof failure)) < 0 && errno == EINTR) {
  }
  if (size == 0)
    return child;  // the pipe was closed by executing the program
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (size != sizeof failure)
    return fail(ErrorCode::internal, command_.front() + ": the child did not say what failed");
  return tl::unexpected(error_of(failure));
}

void Launch::close() {
  standard_input.reset();
  standard_output.reset();
  network_.reset();
  nothing_.reset();
  log_.reset();
}

// System calls alone from here on: no allocation, no locks.
void Launch::become_child(int report, pid_t parent) {
  close_all_but({report, network_.get(), nothing_.get(), log_.get(), standard_input.get(),
                 standard_output.get()});
  using Step = Failure::Step;
  const auto stop = [&](Step step, int index = 0) {
    const Failure failure{step, index, errno};
    [[maybe_unused]] const ssize_t size = ::write(report, &failure, sizeof failure);
    ::_exit(127);
  };
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
    stop(Step::death);
  if (::getppid() != parent)
    ::_exit(127);  // the parent died before its death could be asked for
  if (::setpgid(0, 0) != 0)
    stop(Step::group);

  struct sigaction normal {};
  normal.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal)
    ::sigaction(signal, &normal, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);

  if (network_ && ::setns(network_.get(), CLONE_NEWNET) != 0)
    stop(Step::network);
  if (!root_.empty()) {
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
      stop(Step::mounts);
    }
    for (std::size_t i = 0; i < mounts_.size(); ++i) {
      const Mount& mount = mounts_[i];
      if (::mount(mount.source.c_str(), mount.target.c_str(), mount.type, mount.flags,
                  mount.data) != 0) {
        stop(Step::mount, static_cast<int>(i));
      }
    }
    if (::chroot(root_.c_str()) != 0)
      stop(Step::root);
  }
  if (!directory_.empty() && ::chdir(directory_.c_str()) != 0)
    stop(Step::directory);

  const int in = standard_input ? standard_input.get() : nothing_.get();
  const int log = log_ ? log_.get() : nothing_.get();
  const int out = standard_output ? standard_output.get() : log;
  if (::dup2(in, STDIN_FILENO) < 0 || ::dup2(out, STDOUT_FILENO) < 0 ||
      ::dup2(log_is_output_ ? out : log, STDERR_FILENO) < 0) {
    stop(Step::log);
  }
  // The originals of what it has been given are not the program's business.
  ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  if (own_environment_)
    environ = envp_.data();
  ::execvp(argv_[0], argv_.data());
  stop(Step::execute);
  ::_exit(127);
}

Error Launch::error_of(const Failure& failure) const {
  std::string what;
  switch (failure.step) {
    case Failure::Step::death:
    case Failure::Step::group:
      what = "cannot tie it to this process";
      break;
    case Failure::Step::network:
      what = "cannot enter network namespace " + network_name_;
      break;
    case Failure::Step::mounts:
      what = "cannot make a mount namespace";
      break;
    case Failure::Step::mount:
      what = "cannot mount " + mounts_[static_cast<std::size_t>(failure.index)].name + " below " +
             root_;
      break;
    case Failure::Step::root:
      what = "cannot make " + root_ + " its root";
      break;
    case Failure::Step::directory:
      what = "cannot change to " + directory_;
      break;
    case Failure::Step::log:
      what = "cannot connect its standard streams";
      break;
    case Failure::Step::execute:
      what = "cannot be executed";
      break;
  }
  return Error{failure.error == ENOENT ? ErrorCode::not_found : ErrorCode::io,
               command_.front() + ": " + what + ": " + std::strerror(failure.error), std::nullopt};
}

}  // namespace karpspec::lab
