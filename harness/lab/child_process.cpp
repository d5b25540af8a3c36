#include "lab/child_process.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <future>
#include <mutex>
#include <thread>

#include "lab/file_descriptor.h"
#include "lab/launch.h"

namespace karpspec::lab {

std::string to_string(const ExitStatus& status) {
  if (!status.signalled)
    return "exit status " + std::to_string(status.code);
  const char* name = sigdescr_np(status.code);
  return "killed by signal " + std::to_string(status.code) + " (" +
         (name == nullptr ? "unknown" : name) + ")";
}

struct ChildProcess::State {
  pid_t pid = -1;
  mutable std::mutex mutex;
  mutable std::condition_variable ended;
  std::optional<ExitStatus> status;
  FileDescriptor input, output;
  // Starts the child and lives as long as it: the kernel kills a child with PR_SET_PDEATHSIG when
  // the thread that made it ends, so that must not be a thread of the caller's.
  std::thread watcher;

  void watch();
  ~State() {
    if (watcher.joinable())
      watcher.join();
  }
};

void ChildProcess::State::watch() {
  siginfo_t info{};
  while (waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  const std::lock_guard lock(mutex);
  // As long as the leader is not reaped its number cannot belong to anybody else.
  kill(-pid, SIGKILL);
  int raw = 0;
  while (waitpid(pid, &raw, 0) < 0 && errno == EINTR) {
  }
  status = WIFSIGNALED(raw) ? ExitStatus{true, WTERMSIG(raw)} : ExitStatus{false, WEXITSTATUS(raw)};
  ended.notify_all();
}

ChildProcess::ChildProcess(std::unique_ptr<State> state) : state_(std::move(state)) {}
ChildProcess::ChildProcess(ChildProcess&&) noexcept = default;
ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this != &other) {
    if (state_)
      stop();
    state_ = std::move(other.state_);
  }
  return *this;
}
ChildProcess::~ChildProcess() {
  if (state_)
    stop();
}

Result<ChildProcess> ChildProcess::start(const ChildOptions& options) {
  KARPSPEC_TRY(prepared, Launch::prepare(options));
  auto state = std::make_unique<State>();
  if (options.piped) {
    KARPSPEC_TRY(in, Pipe::make());
    KARPSPEC_TRY(out, Pipe::make());
    prepared.standard_input = std::move(in.read);
    prepared.standard_output = std::move(out.write);
    state->input = std::move(in.write);
    state->output = std::move(out.read);
  }
  std::promise<Result<pid_t>> started;
  auto outcome = started.get_future();
  State* const shared = state.get();
  state->watcher =
      std::thread([promise = std::move(started), shared, launch = std::move(prepared)]() mutable {
        Result<pid_t> pid = launch.run();
        launch.close();
        const bool running = pid.has_value();
        if (running)
          shared->pid = *pid;
        promise.set_value(std::move(pid));
        if (running)
          shared->watch();
      });
  if (auto pid = outcome.get(); !pid)
    return tl::unexpected(std::move(pid).error());
  return ChildProcess(std::move(state));
}

pid_t ChildProcess::pid() const {
  return state_->pid;
}

bool ChildProcess::alive() const {
  return !exit_status();
}

std::optional<ExitStatus> ChildProcess::exit_status() const {
  const std::lock_guard lock(state_->mutex);
  return state_->status;
}

std::optional<ExitStatus> ChildProcess::wait(std::chrono::milliseconds timeout) const {
  std::unique_lock lock(state_->mutex);
  state_->ended.wait_for(lock, timeout, [&] { return state_->status.has_value(); });
  return state_->status;
}

void ChildProcess::signal(int signal) const {
  const std::lock_guard lock(state_->mutex);
  if (!state_->status)
    kill(-state_->pid, signal);
}

ExitStatus ChildProcess::stop(std::chrono::milliseconds grace) {
  signal(SIGTERM);
  if (const auto status = wait(grace))
    return *status;
  signal(SIGKILL);
  std::unique_lock lock(state_->mutex);
  state_->ended.wait(lock, [&] { return state_->status.has_value(); });
  return *state_->status;
}

int ChildProcess::input() const {
  return state_->input.get();
}
int ChildProcess::output() const {
  return state_->output.get();
}
void ChildProcess::close_input() {
  state_->input.reset();
}

namespace {

// Appends what comes to OUTPUT until the other side has closed; false when DEADLINE came first.
Result<bool> read_to_end(int fd, std::string& output,
                         std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0)
      return false;
    pollfd wanted{fd, POLLIN, 0};
    const int ready = poll(&wanted, 1, static_cast<int>(left.count()) + 1);
    if (ready < 0 && errno != EINTR)
      return fail(ErrorCode::io, std::string("poll: ") + std::strerror(errno));
    if (ready <= 0)
      continue;
    std::array<char, 4096> buffer{};
    const ssize_t size = read(fd, buffer.data(), buffer.size());
    if (size == 0)
      return true;
    if (size > 0)
      output.append(buffer.data(), static_cast<std::size_t>(size));
    else if (errno != EINTR)
      return fail(ErrorCode::io, std::string("read: ") + std::strerror(errno));
  }
}

}  // namespace

Result<CommandResult> run_command(ChildOptions options, std::chrono::milliseconds timeout) {
  options.piped = true;
  options.log_file = Launch::log_to_standard_output;
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  KARPSPEC_TRY(child, ChildProcess::start(options));
  child.close_input();
  CommandResult result;
  KARPSPEC_TRY(complete, read_to_end(child.output(), result.output, deadline));
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  const auto status = complete ? child.wait(left) : std::nullopt;
  if (!status) {
    child.stop(std::chrono::milliseconds{0});
    return fail(ErrorCode::timeout, options.command.front() + " did not end within " +
                                        std::to_string(timeout.count()) + " ms");
  }
  result.status = *status;
  return result;
}

}  // namespace karpspec::lab
