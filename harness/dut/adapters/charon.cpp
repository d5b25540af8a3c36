#include "dut/adapters/charon.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace karpspec::dut {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds start_time{10};
constexpr std::chrono::seconds answer_time{5};
constexpr std::string_view folder_prefix = "karpspec-charon-";

std::string log_file(const CharonPlace& place) {
  return place.folder() + "/charon.log";
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The last lines of charon's log in one, since an error is one line.
std::string last_words(const CharonPlace& place) {
  std::string text = read_file(log_file(place));
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  std::size_t from = text.size();
  for (int lines = 0; lines < 3 && from != std::string::npos && from > 0; ++lines)
    from = text.rfind('\n', from - 1);
  std::string out = from == std::string::npos ? text : text.substr(from + (from < text.size()));
  for (char& c : out)
    c = c == '\n' ? '|' : c;
  return out.empty() ? "its log is empty" : "the end of its log: " + out;
}

// Folders are named by their owner, as the namespaces are.
void sweep_folders(const fs::path& parent) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(folder_prefix))
      continue;
    pid_t owner = 0;
    const char* end = name.data() + name.size();
    const auto [at, wrong] = std::from_chars(name.data() + folder_prefix.size(), end, owner);
    if (wrong == std::errc{} && at != end && *at == '-' && owner > 0 && ::kill(owner, 0) != 0 &&
        errno == ESRCH)
      fs::remove_all(entry.path(), error);
  }
}

Result<std::string> make_folder() {
  std::error_code error;
  const fs::path parent = fs::temp_directory_path(error);
  if (error)
    return fail(ErrorCode::io, "no folder for temporary files: " + error.message());
  sweep_folders(parent);
  std::string name =
      (parent / (std::string(folder_prefix) + std::to_string(::getpid()) + "-XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr)
    return fail(ErrorCode::io, name + ": " + std::strerror(errno));
  return name;
}

Result<void> write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::trunc | std::ios::binary);
  if (!(out << text).flush())
    return fail(ErrorCode::io, path + ": cannot be written");
  return {};
}

// Whether this kernel takes an ESP SA, as charon would install one.
bool kernel_has_esp(const lab::NetworkNamespace& place) {
  const auto added = place.ip({"xfrm", "state", "add", "src", "198.51.100.1", "dst", "198.51.100.2",
                               "proto", "esp", "spi", "0x100", "mode", "tunnel", "enc", "cbc(aes)",
                               "0x00000000000000000000000000000001", "auth", "hmac(sha1)",
                               "0x0000000000000000000000000000000000000001"});
  if (added)
    static_cast<void>(place.ip({"xfrm", "state", "flush"}));
  return added.has_value();
}

// Beside the program first, so that an installed one finds its own.
std::string stand_in_library() {
  std::error_code error;
  const fs::path beside =
      fs::read_symlink("/proc/self/exe", error).parent_path() / "karpspec_esp_stand_in.so";
  return fs::exists(beside, error) ? beside.string() : KARPSPEC_ESP_STAND_IN;
}

Result<std::string> find_root(const DutFile& file) {
  std::error_code error;
  std::string root =
      file.start.root.empty() ? std::string(KARPSPEC_ROOTS) + "/strongswan" : file.start.root;
  if (!fs::exists(root + "/usr/sbin/charon-systemd", error)) {
    return fail(ErrorCode::unsupported,
                root + " has no charon; containers/roots/build strongswan makes that root");
  }
  return fs::absolute(root, error).string();
}

Result<vici::Session> connect_to(const CharonPlace& place, const lab::ChildProcess& process) {
  const auto deadline = Clock::now() + start_time;
  for (;;) {
    auto session = vici::Session::connect(place.folder() + "/vici", answer_time);
    if (session)
      return session;
    if (const auto ended = process.exit_status()) {
      return fail(ErrorCode::io, "charon ended as soon as it was started (" + to_string(*ended) +
                                     "); " + last_words(place));
    }
    if (Clock::now() >= deadline)
      return fail(ErrorCode::timeout, "charon did not come up; " + last_words(place));
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
}

}  // namespace

Result<std::shared_ptr<CharonPlace>> CharonPlace::make(const DutFile& file) {
  if (const std::string why = lab::why_no_namespaces(); !why.empty())
    return fail(ErrorCode::unsupported, why);
  KARPSPEC_CHECK(lab::sweep());
  std::shared_ptr<CharonPlace> place(new CharonPlace);
  KARPSPEC_TRY(root, find_root(file));
  place->root_ = std::move(root);
  KARPSPEC_TRY(folder, make_folder());
  place->folder_ = std::move(folder);
  place->device_ = file.endpoint;
  KARPSPEC_TRY(device_side, lab::NetworkNamespace::create("charon"));
  place->device_side_.emplace(std::move(device_side));
  KARPSPEC_TRY(tester_side, lab::NetworkNamespace::create("charon-tester"));
  place->tester_side_.emplace(std::move(tester_side));
  std::vector<std::string> addresses = {file.tester.address + "/24"};
  if (!file.second_address.empty())
    addresses.push_back(file.second_address + "/24");
  KARPSPEC_CHECK(lab::connect({*place->device_side_, "device", {file.endpoint.address + "/24"}},
                              {*place->tester_side_, tester_interface, addresses}));
  place->esp_stands_in_ =
      file.start.esp == EspBelow::stand_in ||
      (file.start.esp == EspBelow::automatic && !kernel_has_esp(*place->device_side_));
  if (place->esp_stands_in_) {
    std::error_code error;
    fs::copy_file(stand_in_library(), place->folder_ + "/esp_stand_in.so", error);
    if (error)
      return fail(ErrorCode::io, stand_in_library() + ": " + error.message());
  }
  return place;
}

CharonPlace::~CharonPlace() {
  std::error_code error;
  if (!folder_.empty())
    fs::remove_all(folder_, error);
}

Result<std::unique_ptr<Charon>> Charon::start(std::shared_ptr<CharonPlace> place,
                                              const CharonConfig& config) {
  std::error_code error;
  for (const char* old : {"/vici", "/charon.log"})
    fs::remove(place->folder() + old, error);
  KARPSPEC_CHECK(write_file(place->folder() + "/strongswan.conf", config.strongswan_conf));
  lab::ChildOptions options;
  options.command = {"/usr/sbin/charon-systemd"};
  options.environment = {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"},
                         {"STRONGSWAN_CONF", "/mnt/strongswan.conf"}};
  if (place->esp_stands_in())
    options.environment->emplace("LD_PRELOAD", "/mnt/esp_stand_in.so");
  options.network_namespace = place->device_side().name();
  options.root = lab::PrivateRoot{place->root(), {"/run"}, {{place->folder(), "/mnt"}}, true};
  options.log_file = log_file(*place);
  KARPSPEC_TRY(process, lab::ChildProcess::start(options));
  KARPSPEC_TRY(session, connect_to(*place, process));
  std::unique_ptr<Charon> charon(
      new Charon(std::move(place), std::move(process), std::move(session)));
  for (const CharonConfig::Command& command : config.commands)
    KARPSPEC_CHECK(charon->request(command.name, command.message));
  return charon;
}

Charon::~Charon() {
  process_.signal(SIGKILL);
  process_.stop();
  for (const char* what : {"state", "policy"})
    static_cast<void>(place_->device_side().ip({"xfrm", what, "flush"}));
}

template <class T>
Result<T> Charon::told(Result<T> result) const {
  if (result || (result.error().code != ErrorCode::io && result.error().code != ErrorCode::timeout))
    return result;
  if (const auto ended = process_.wait(std::chrono::milliseconds{100})) {
    return fail(ErrorCode::io, "charon died (" + to_string(*ended) + "); " + last_words(*place_));
  }
  return fail(result.error().code, result.error().message + "; " + last_words(*place_));
}

Result<vici::Message> Charon::request(std::string_view command, const vici::Message& message) {
  return told(session_.request(command, message));
}

Result<std::vector<vici::Message>> Charon::stream(std::string_view command,
                                                  const vici::Message& message,
                                                  std::string_view event) {
  return told(session_.stream(command, message, event));
}

std::string Charon::log() const {
  return read_file(log_file(*place_));
}

}  // namespace karpspec::dut
