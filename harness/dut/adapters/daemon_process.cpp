#include "dut/adapters/daemon_process.h"

#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <thread>

namespace karpspec::dut {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* log_name = "log";
constexpr std::chrono::seconds start_time{10};
constexpr const char* path = "/usr/sbin:/usr/bin:/sbin:/bin";

lab::PrivateRoot root_of(const DaemonPlace& place) {
  return {place.root(), {"/run"}, {{place.folder(), "/mnt"}}, true};
}

lab::ChildOptions beside(const DaemonPlace& place, std::vector<std::string> command) {
  lab::ChildOptions options;
  options.command = std::move(command);
  options.environment.emplace();
  options.environment->emplace("PATH", path);
  options.network_namespace = place.device_side().name();
  options.root = root_of(place);
  return options;
}

}  // namespace

Result<std::unique_ptr<DaemonProcess>> DaemonProcess::start(
    std::shared_ptr<DaemonPlace> place, const std::vector<std::string>& arguments,
    std::map<std::string, std::string> environment) {
  KARPSPEC_CHECK(place->write(log_name, ""));
  lab::ChildOptions options;
  options.command = {place->kind().program};
  options.command.insert(options.command.end(), arguments.begin(), arguments.end());
  environment.emplace("PATH", path);
  if (place->stands_in())
    environment.emplace("LD_PRELOAD", "/mnt/stand_in.so");
  options.environment = std::move(environment);
  options.network_namespace = place->device_side().name();
  options.root = root_of(*place);
  options.log_file = place->folder() + "/" + log_name;
  KARPSPEC_TRY(process, lab::ChildProcess::start(options));
  return std::unique_ptr<DaemonProcess>(new DaemonProcess(std::move(place), std::move(process)));
}

DaemonProcess::~DaemonProcess() {
  process_.signal(SIGKILL);
  process_.stop();
  for (const char* what : {"state", "policy"})
    static_cast<void>(place_->device_side().ip({"xfrm", what, "flush"}));
}

Vitals DaemonProcess::vitals() const {
  return {process_.pid(), place_->folder() + "/" + log_name};
}

std::string DaemonProcess::log() const {
  return place_->read(log_name);
}

// The last lines of its log in one, since an error is one line.
std::string DaemonProcess::last_words() const {
  std::string text = log();
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  std::size_t from = text.size();
  for (int lines = 0; lines < 3 && from != std::string::npos && from > 0; ++lines)
    from = text.rfind('\n', from - 1);
  std::string out = from == std::string::npos ? text : text.substr(from + (from < text.size()));
  std::replace(out.begin(), out.end(), '\n', '|');
  return out.empty() ? "its log is empty" : "the end of its log: " + out;
}

Result<void> DaemonProcess::wait_until(const std::function<bool()>& ready) const {
  const auto deadline = Clock::now() + start_time;
  const std::string name = place_->kind().name();
  while (!ready()) {
    if (const auto ended = process_.exit_status()) {
      return fail(ErrorCode::io, name + " ended as soon as it was started (" + to_string(*ended) +
                                     "); " + last_words());
    }
    if (Clock::now() >= deadline)
      return fail(ErrorCode::timeout, name + " did not come up; " + last_words());
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return {};
}

Error DaemonProcess::told(const Error& error) const {
  if (error.code != ErrorCode::io && error.code != ErrorCode::timeout)
    return error;
  if (const auto ended = process_.wait(std::chrono::milliseconds{100})) {
    const std::string how = to_string(*ended);
    return {ErrorCode::io, place_->kind().name() + " died (" + how + "); " + last_words(), {}};
  }
  return {error.code, error.message + "; " + last_words(), {}};
}

Result<lab::CommandResult> run_in(const DaemonPlace& place, std::vector<std::string> command) {
  return lab::run_command(beside(place, std::move(command)));
}

Result<lab::ChildProcess> start_in(const DaemonPlace& place, std::vector<std::string> command) {
  return lab::ChildProcess::start(beside(place, std::move(command)));
}

}  // namespace karpspec::dut
