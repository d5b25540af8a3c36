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
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How long after a program hung up its end is waited for.
constexpr milliseconds last_breath{500};

std::string name_of(const Endpoint& endpoint) {
  return endpoint.address + " port " + std::to_string(endpoint.port);
}

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

bool nothing_listens(const Endpoint& endpoint, const std::string& from, milliseconds wait) {
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

LiveHost::LiveHost(DutFile file) : file_(std::move(file)) {
  if (auto made = make_device_folder())
    folder_ = *std::move(made);
}

LiveHost::LiveHost(DutFile file, const Port& port) : LiveHost(std::move(file)) {
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
  for (auto* program : {&adapter_, &process_}) {
    if (*program)
      (*program)->stop();
    program->reset();
  }
}

Error LiveHost::dead(const std::string& otherwise) const {
  const char* whose = "its process";
  const lab::ChildProcess* program = process_.get();
  std::string log = folder_ + "/device.log";
  if (adapter_ && (program == nullptr || program->alive())) {
    whose = "its adapter";
    program = adapter_.get();
    log = folder_ + "/adapter.log";
  }
  std::string message = "the device is dead: " + otherwise;
  if (const auto status = program != nullptr ? program->wait(last_breath) : std::nullopt) {
    message = std::string("the device is dead: ") + whose + " ended with " + to_string(*status);
    if (const std::string last = last_line(log); !last.empty())
      message += "; it said last: " + last;
  }
  return {ErrorCode::io, message, std::nullopt};
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
      Result<std::unique_ptr<LineChannel>> connected = nullptr;
      KARPSPEC_CHECK(lab::inside(place_ ? place_->name() : "", [&]() -> Result<void> {
        connected =
            connect_lines(file_.control.endpoint, steady_clock::now() + file_.control.timeout);
        return {};
      }));
      if (!connected && connected.error().code == ErrorCode::timeout)
        return fail(ErrorCode::timeout, "the device is silent: " + connected.error().message);
      if (!connected)
        return tl::unexpected(dead(connected.error().message));
      channel = *std::move(connected);
      break;
    }
    case DutControl::Over::command: {
      lab::ChildOptions options;
      options.command = sought(filled_in(file_.control.command));
      if (place_)
        options.network_namespace = place_->name();
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
  const auto deadline = steady_clock::now() + file_.control.timeout;
  while (nothing_listens(file_.endpoint, file_.tester.address)) {
    if (!process_->alive() || steady_clock::now() >= deadline)
      return tl::unexpected(dead("nothing listens at " + name_of(file_.endpoint)));
    std::this_thread::sleep_for(milliseconds{10});
  }
  return process_->alive() ? Result<void>() : tl::unexpected(dead("its process ended"));
}

Result<void> LiveHost::ready() {
  const bool process = file_.start.kind == StartKind::process;
  const bool controlled = file_.control.over != DutControl::Over::none;
  const bool lost =
      distrusted_ || (client_ && !client_->open()) || (process && process_ && !process_->alive());
  if (lost)
    give_up();
  distrusted_ = false;
  if (process && !process_) {
    KARPSPEC_CHECK(start_process());
    if (!controlled)
      KARPSPEC_CHECK(wait_until_it_listens());
  }
  return controlled && !client_ ? connect() : Result<void>();
}

Result<Json> LiveHost::call(std::string_view method, const Json& params) {
  if (file_.control.over == DutControl::Over::none)
    return fail(ErrorCode::unsupported, "the device has no control");
  if (!client_)
    return tl::unexpected(dead("it has no control any more"));
  auto result = client_->call(method, params);
  if (result)
    return result;
  if (result.error().code == ErrorCode::timeout) {
    distrusted_ = true;
    return fail(ErrorCode::timeout,
                "the device is silent: " + result.error().message + ", though " +
                    (process_ || adapter_ ? "its process lives" : "its connection is open"));
  }
  if (result.error().code == ErrorCode::io && !client_->open())
    return tl::unexpected(dead(result.error().message));
  return result;
}

Vitals LiveHost::vitals() const {
  return {process_ ? process_->pid() : 0, folder_.empty() ? "" : folder_ + "/device.log"};
}

bool LiveHost::alive() const {
  if (file_.start.kind == StartKind::process && (!process_ || !process_->alive()))
    return false;
  return file_.control.over == DutControl::Over::none || (client_ && client_->open());
}

}  // namespace karpspec::dut
