#include "dut/adapters/daemon_process.h"

#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <thread>

namespace karpspec::dut {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* log_name = "log";
constexpr std::chrono::milliseconds start_time{10'000};
// How long after its control was lost its end is waited for; that of a container is told by its
// engine.
constexpr std::chrono::milliseconds daemon_last_breath{100}, daemon_last_breath_of_container{1000};
constexpr const char* path = "/usr/sbin:/usr/bin:/sbin:/bin";

lab::PrivateRoot root_of(const DaemonPlace& place) {
  return {place.root(), {"/run"}, {{place.folder(), "/mnt"}}, true};
}

lab::ContainerOptions in_container(const DaemonPlace& place) {
  lab::ContainerOptions options = place.network().container_options();
  options.binds.emplace_back(place.folder(), "/mnt");
  options.log_file = place.folder() + "/" + log_name;
  return options;
}

lab::ChildOptions beside(const DaemonPlace& place, std::vector<std::string> command) {
  lab::ChildOptions options;
  if (place.container() != nullptr) {
    options.command = place.container()->inside(command);
    return options;
  }
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
  KARPSPEC_CHECK(place->may_start());
  KARPSPEC_CHECK(place->write(log_name, ""));
  std::vector<std::string> command = {place->kind().program};
  command.insert(command.end(), arguments.begin(), arguments.end());
  if (place->stands_in())
    environment.emplace("LD_PRELOAD", "/mnt/stand_in.so");
  if (place->in_container()) {
    lab::ContainerOptions options = in_container(*place);
    options.command = std::move(command);
    // What the file says comes before what the adapter would have.
    options.environment.merge(environment);
    auto started = place->network().start(options);
    if (!started) {
      place->did_not_come_up(started.error().message);
      return tl::unexpected(std::move(started).error());
    }
    std::unique_ptr<lab::Container> container = *std::move(started);
    std::unique_ptr<DaemonProcess> made(new DaemonProcess(place, container->client()));
    made->container_ = std::move(container);
    place->set_container(made->container_.get());
    return made;
  }
  lab::ChildOptions options;
  options.command = std::move(command);
  environment.emplace("PATH", path);
  options.environment = std::move(environment);
  options.network_namespace = place->device_side().name();
  options.root = root_of(*place);
  options.log_file = place->folder() + "/" + log_name;
  KARPSPEC_TRY(process, lab::ChildProcess::start(options));
  return std::unique_ptr<DaemonProcess>(
      new DaemonProcess(std::move(place), std::make_shared<lab::ChildProcess>(std::move(process))));
}

DaemonProcess::~DaemonProcess() {
  if (container_) {
    place_->set_container(nullptr);
    container_.reset();
  }
  process_->signal(SIGKILL);
  process_->stop();
  for (const char* what : {"state", "policy"})
    static_cast<void>(place_->device_side().ip({"xfrm", what, "flush"}));
}

Vitals DaemonProcess::vitals() const {
  return {container_ ? container_->pid() : process_->pid(), place_->folder() + "/" + log_name};
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

std::optional<std::string> DaemonProcess::end(std::chrono::milliseconds wait) const {
  if (container_) {
    const auto ended = container_->end(wait);
    return ended ? std::optional(ended->how) : std::nullopt;
  }
  const auto status = process_->wait(wait);
  return status ? std::optional(to_string(*status)) : std::nullopt;
}

Result<void> DaemonProcess::wait_until(const std::function<bool()>& ready) const {
  const auto deadline = Clock::now() + (container_ ? place_->network().ready().within : start_time);
  const std::string name = place_->kind().name();
  while (!ready()) {
    const auto how = end(std::chrono::milliseconds{0});
    if (how || Clock::now() >= deadline) {
      const std::string why = how ? name + " ended as soon as it was started (" + *how + "); "
                                  : name + " did not come up; ";
      place_->did_not_come_up(why + last_words());
      return fail(how ? ErrorCode::io : ErrorCode::timeout, why + last_words());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  place_->came_up();
  return {};
}

Error DaemonProcess::told(const Error& error) const {
  if (error.code != ErrorCode::io && error.code != ErrorCode::timeout)
    return error;
  if (const auto how = end(container_ ? daemon_last_breath_of_container : daemon_last_breath))
    return {ErrorCode::io, place_->kind().name() + " died (" + *how + "); " + last_words(), {}};
  return {error.code, error.message + "; " + last_words(), {}};
}

Result<lab::CommandResult> run_in(const DaemonPlace& place, std::vector<std::string> command) {
  if (place.in_container() && place.container() == nullptr)
    return place.network().run(in_container(place), std::move(command));
  return lab::run_command(beside(place, std::move(command)));
}

Result<lab::ChildProcess> start_in(const DaemonPlace& place, std::vector<std::string> command) {
  return lab::ChildProcess::start(beside(place, std::move(command)));
}

}  // namespace karpspec::dut
