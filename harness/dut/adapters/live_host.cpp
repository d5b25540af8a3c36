#include "dut/adapters/live_host.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <thread>

#include "dut/adapters/device_root.h"
#include "lab/file_descriptor.h"
#include "lab/socket_address.h"
#include "observer/secrets_file.h"

namespace karpspec::dut {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

// How long after a program hung up its end is waited for.
constexpr std::chrono::milliseconds last_breath{500};
// The end of a container is told by its engine, which removes its network first.
constexpr std::chrono::milliseconds last_breath_of_container{3000};

// A program without a slash is one of ours if there is one beside this one; else PATH has it.
std::vector<std::string> sought(std::vector<std::string> command) {
  std::error_code code;
  if (command.front().find('/') == std::string::npos) {
    const fs::path beside =
        fs::read_symlink("/proc/self/exe", code).parent_path() / command.front();
    if (!code && fs::is_regular_file(beside, code))
      command.front() = beside.string();
  }
  return command;
}

// The last line that a program printed, fit to be shown; or "".
std::string last_line(const std::string& path) {
  constexpr std::streamoff most = 2000;
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in)
    return {};
  in.seekg(std::max<std::streamoff>(0, in.tellg() - most));
  std::string last;
  for (std::string line; std::getline(in, line);) {
    if (line.find_first_not_of(" \t\r") != std::string::npos)
      last = line;
  }
  std::replace_if(
      last.begin(), last.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  constexpr std::size_t longest = 200;
  return last.size() > longest ? last.substr(0, longest) + "..." : last;
}

Result<std::shared_ptr<lab::ChildProcess>> started_program(const lab::ChildOptions& options,
                                                           const std::string& what) {
  auto started = lab::ChildProcess::start(options);
  if (!started)
    return fail(ErrorCode::io, what + " cannot be started: " + started.error().message);
  return std::make_shared<lab::ChildProcess>(*std::move(started));
}

}  // namespace

bool nothing_listens(const Endpoint& endpoint, const std::string& from,
                     std::chrono::milliseconds wait) {
  const auto to = lab::to_socket_address(endpoint);
  const auto own = lab::to_socket_address({from, 0});
  if (!to || !own)
    return false;
  const lab::FileDescriptor socket(::socket(to->family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket || ::bind(socket.get(), own->get(), own->size) != 0 ||
      ::connect(socket.get(), to->get(), to->size) != 0) {
    return false;
  }
  // What RFC 3948 has for keeping a mapping alive: every IKE implementation passes over it.
  const std::uint8_t keepalive = 0xff;
  if (::send(socket.get(), &keepalive, 1, 0) < 0)
    return errno == ECONNREFUSED;
  pollfd answer{socket.get(), POLLIN, 0};
  if (::poll(&answer, 1, static_cast<int>(wait.count())) <= 0)
    return false;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  return error == ECONNREFUSED;
}

LiveHost::LiveHost(DutFile file, std::shared_ptr<DeviceNetwork> network)
    : file_(std::move(file)), network_(std::move(network)) {
  if (auto made = make_device_folder())
    folder_ = *std::move(made);
}

LiveHost::LiveHost(DutFile file, const Port& port, std::shared_ptr<DeviceNetwork> network)
    : LiveHost(std::move(file), std::move(network)) {
  // What an image has chosen for its control is of the address that it is given.
  if (network_ && file_.control.endpoint.address == file_.endpoint.address)
    file_.control.endpoint.address = port.endpoint.address;
  file_.endpoint = port.endpoint;
  place_ = port.place;
  seed_ = port.seed;
}

std::vector<std::string> LiveHost::filled_in(std::vector<std::string> command) const {
  const std::array<std::pair<const char*, std::string>, 4> words = {
      {{"{address}", file_.endpoint.address},
       {"{port}", std::to_string(file_.endpoint.port)},
       {"{seed}", std::to_string(seed_)},
       {"{keys}", key_file()}}};
  for (std::string& word : command) {
    for (const auto& [name, value] : words) {
      for (auto at = word.find(name); at != std::string::npos; at = word.find(name, at))
        word.replace(at, std::string(name).size(), value);
    }
  }
  return command;
}

std::string LiveHost::key_file() const {
  return folder_.empty() ? "/dev/null" : folder_ + "/keys.yaml";
}

std::vector<ToldKeys> LiveHost::told_keys() const {
  std::vector<ToldKeys> out;
  const auto read = observer::read_secrets(key_file());
  if (!read)
    return out;
  for (const observer::Secrets::IkeSa& sa : read->ike_sas)
    out.push_back({sa.spi_i, sa.spi_r, sa.suite, sa.keys.clone()});
  return out;
}

LiveHost::~LiveHost() {
  give_up();
  std::error_code ignored;
  if (!folder_.empty())
    fs::remove_all(folder_, ignored);
}

void LiveHost::give_up() {
  client_.reset();
  container_.reset();
  for (auto* program : {&adapter_, &process_}) {
    if (*program)
      (*program)->stop();
    program->reset();
  }
}

std::string LiveHost::where() const {
  if (place_)
    return place_->name();
  return network_ ? network_->tester_side().name() : std::string();
}

bool LiveHost::is_up() const {
  return container_ ? container_->alive() : process_ && process_->alive();
}

std::string LiveHost::end() const {
  const char* whose = container_ ? "its container" : "its process";
  const lab::ChildProcess* program = process_.get();
  std::string log = folder_ + "/device.log";
  if (adapter_ && (program == nullptr || is_up())) {
    whose = "its adapter";
    program = adapter_.get();
    log = folder_ + "/adapter.log";
  }
  std::string how;
  if (container_ && program == process_.get()) {
    if (const auto ended = container_->end(last_breath_of_container))
      how = ended->how;
  } else if (program != nullptr) {
    if (const auto status = program->wait(last_breath))
      how = to_string(*status);
  }
  if (how.empty())
    return {};
  std::string text = whose + std::string(how.starts_with("exit") ? " ended with " : " was ") + how;
  if (const std::string last = last_line(log); !last.empty())
    text += "; it said last: " + last;
  return text;
}

Error LiveHost::dead(const std::string& otherwise) const {
  const std::string how = end();
  return {ErrorCode::io, "the device is dead: " + (how.empty() ? otherwise : how), std::nullopt};
}

Result<void> LiveHost::start_process() {
  lab::ChildOptions options;
  options.command = sought(filled_in(file_.start.command));
  if (place_)
    options.network_namespace = place_->name();
  options.piped = file_.control.over == DutControl::Over::stdio;
  if (!folder_.empty())
    options.log_file = folder_ + "/device.log";
  KARPSPEC_TRY(started, started_program(options, "the device"));
  process_ = std::move(started);
  return {};
}

Result<void> LiveHost::start_container() {
  if (folder_.empty())
    return fail(ErrorCode::io, "the device cannot be started: no folder for temporary files");
  lab::ContainerOptions options = network_->container_options();
  const auto names_keys = [](const std::string& word) {
    return word.find("{keys}") != std::string::npos;
  };
  if (std::any_of(options.command.begin(), options.command.end(), names_keys))
    options.binds.emplace_back(folder_, folder_);
  options.command = filled_in(std::move(options.command));
  options.piped = file_.control.over == DutControl::Over::stdio;
  options.log_file = folder_ + "/device.log";
  auto started = network_->start(options);
  if (!started) {
    return tl::unexpected(Error{started.error().code,
                                "the device cannot be started: " + started.error().message,
                                std::nullopt});
  }
  container_ = *std::move(started);
  process_ = container_->client();
  return wait_for_signs();
}

// What its file says of a container that is ready.
Result<void> LiveHost::wait_for_signs() {
  const ContainerReady& ready = network_->ready();
  const auto deadline = steady_clock::now() + ready.within;
  const std::string log = folder_ + "/device.log";
  const auto has_printed = [&] {
    std::ifstream in(log, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    return text.find(ready.log) != std::string::npos;
  };
  while (!ready.log.empty() && !has_printed()) {
    if (!is_up())
      return tl::unexpected(dead("its container ended"));
    if (steady_clock::now() >= deadline)
      return fail(ErrorCode::timeout, "the device is silent: it has not printed '" + ready.log +
                                          "' within " + std::to_string(ready.within.count()) +
                                          " ms");
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  if (ready.tcp == 0)
    return {};
  KARPSPEC_CHECK(connected({file_.endpoint.address, ready.tcp}, deadline));
  return {};
}

// A connection to PORT, which a program that was just started may take its time to open; one that
// has ended will not.
Result<std::unique_ptr<LineChannel>> LiveHost::connected(const Endpoint& port,
                                                         steady_clock::time_point deadline) {
  constexpr std::chrono::milliseconds slice{200};
  std::unique_ptr<LineChannel> channel;
  for (;;) {
    const auto until = std::min(deadline, steady_clock::now() + slice);
    const auto done = lab::inside(where(), [&]() -> Result<void> {
      KARPSPEC_TRY(made, connect_lines(port, until));
      channel = std::move(made);
      return {};
    });
    if (done)
      return channel;
    if (starts() && !is_up())
      return tl::unexpected(dead(done.error().message));
    if (steady_clock::now() + std::chrono::milliseconds{20} < deadline)
      continue;
    // Of one that is not ours to start nothing else says whether it is there.
    if (!starts() && done.error().code == ErrorCode::io)
      return tl::unexpected(dead(done.error().message));
    return fail(ErrorCode::timeout, "the device is silent: " + done.error().message);
  }
}

Result<void> LiveHost::connect() {
  std::unique_ptr<LineChannel> channel;
  switch (file_.control.over) {
    case DutControl::Over::none:
    case DutControl::Over::built_in:
      return {};
    case DutControl::Over::stdio:
      channel = channel_of(process_);
      break;
    case DutControl::Over::tcp: {
      KARPSPEC_TRY(made, connected(file_.control.endpoint,
                                   steady_clock::now() + (container_ ? network_->ready().within
                                                                     : file_.control.timeout)));
      channel = std::move(made);
      break;
    }
    case DutControl::Over::exec:
    case DutControl::Over::command: {
      lab::ChildOptions options;
      options.command = file_.control.over == DutControl::Over::exec
                            ? container_->inside(file_.control.command)
                            : sought(filled_in(file_.control.command));
      // What runs beside a device on its network reaches it there; the engine is the host's.
      if (file_.control.over == DutControl::Over::command)
        options.network_namespace = where();
      options.piped = true;
      if (!folder_.empty())
        options.log_file = folder_ + "/adapter.log";
      KARPSPEC_TRY(started, started_program(options, "the adapter"));
      adapter_ = std::move(started);
      channel = channel_of(adapter_);
      break;
    }
  }
  client_ = std::make_unique<ControlClient>(std::move(channel), file_.control.timeout);
  return {};
}

// Without control nothing else says when a program that was just started is there.
Result<void> LiveHost::wait_until_it_listens() {
  const auto deadline =
      steady_clock::now() + (container_ ? network_->ready().within : file_.control.timeout);
  const auto nobody_there = [this] {
    bool nobody = false;
    const auto asked = lab::inside(where(), [&]() -> Result<void> {
      nobody = nothing_listens(file_.endpoint, file_.tester.address);
      return {};
    });
    return asked && nobody;
  };
  while (nobody_there()) {
    if (!is_up() || steady_clock::now() >= deadline)
      return tl::unexpected(dead("nothing listens at " + lab::named(file_.endpoint)));
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return is_up() ? Result<void>() : tl::unexpected(dead("its process ended"));
}

// A container's program may take its time before it answers its first question.
Result<void> LiveHost::wait_until_it_answers() {
  client_->set_timeout(network_->ready().within);
  const auto described = call("describe", Json::object());
  client_->set_timeout(file_.control.timeout);
  // What it answers is for the check of the adapter to judge.
  const bool answered = starts_in_vain_ == 0;
  return answered ? Result<void>() : tl::unexpected(described.error());
}

Result<void> LiveHost::start() {
  const bool controlled = file_.control.over != DutControl::Over::none;
  KARPSPEC_CHECK(network_ ? start_container() : start_process());
  if (controlled)
    return {};
  KARPSPEC_CHECK(wait_until_it_listens());
  starts_in_vain_ = 0;
  return {};
}

Result<void> LiveHost::ready() {
  const bool controlled = file_.control.over != DutControl::Over::none;
  const bool lost =
      distrusted_ || (client_ && !client_->open()) || (starts() && process_ && !is_up());
  if (lost)
    give_up();
  distrusted_ = false;
  const bool anew = starts() && !process_;
  if (anew && given_up()) {
    return fail(last_trouble_.code, "the device was started " + std::to_string(starts_in_vain_) +
                                        " times without an answer, and is not started again; the "
                                        "last time: " +
                                        last_trouble_.message);
  }
  const auto all = [&]() -> Result<void> {
    if (anew) {
      ++starts_in_vain_;
      KARPSPEC_CHECK(start());
    }
    if (controlled && !client_)
      KARPSPEC_CHECK(connect());
    return anew && controlled && network_ ? wait_until_it_answers() : Result<void>();
  };
  auto done = all();
  if (container_)
    container_->serves(network_->test());
  if (!done) {
    last_trouble_ = done.error();
    // A container has had the time that its file gives it; a process that is slow is asked again.
    distrusted_ = distrusted_ || network_ != nullptr;
  }
  return done;
}

Result<Json> LiveHost::call(std::string_view method, const Json& params) {
  if (file_.control.over == DutControl::Over::none) {
    if (starts() && process_ && !is_up())
      return tl::unexpected(dead("it ended"));
    return fail(ErrorCode::unsupported, "the device has no control");
  }
  if (!client_)
    return tl::unexpected(dead("it has no control any more"));
  auto result = client_->call(method, params);
  const bool silent = !result && result.error().code == ErrorCode::timeout;
  const bool hung_up = !result && result.error().code == ErrorCode::io && !client_->open();
  if (silent) {
    result =
        fail(ErrorCode::timeout, "the device is silent: " + result.error().message + ", though " +
                                     (container_             ? "its container lives"
                                      : process_ || adapter_ ? "its process lives"
                                                             : "its connection is open"));
  } else if (hung_up) {
    result = tl::unexpected(dead(result.error().message));
  }
  distrusted_ = distrusted_ || silent || client_->confused();
  if (silent || hung_up || client_->confused())
    last_trouble_ = result.error();
  else
    starts_in_vain_ = 0;
  return result;
}

Vitals LiveHost::vitals() const {
  const pid_t process = container_ ? container_->pid() : process_ ? process_->pid() : 0;
  return {process, folder_.empty() ? "" : folder_ + "/device.log"};
}

bool LiveHost::alive() const {
  if (starts() && !is_up())
    return false;
  return file_.control.over == DutControl::Over::none || (client_ && client_->open());
}

}  // namespace karpspec::dut
