#include "dut/adapters/kernel_machine.h"

#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "dut/adapters/device_root.h"
#include "lab/namespaces.h"

namespace karpspec::dut {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr const char* qemu = "/usr/bin/qemu-system-x86_64";
constexpr const char* kernel = "/boot/bzImage";
constexpr const char* first_files = "/boot/initramfs.gz";
// Of the lines that are spoken with the agent: containers/kernel/agent.cpp has the same.
constexpr const char* protocol = "1";
constexpr std::chrono::seconds boot_time{60}, agent_answer_time{10};

std::string hardware_address_text() {
  std::string text;
  for (const std::uint8_t octet : KernelMachine::hardware_address)
    text += (text.empty() ? "" : ":") + to_hex(OctetView(&octet, 1));
  return text;
}

// The last line of a file, fit to be shown; or "".
std::string last_console_line(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string last;
  for (std::string line; std::getline(in, line);)
    if (line.find_first_not_of(" \t\r") != std::string::npos)
      last = line;
  std::erase_if(last, [](char c) { return c < ' ' || c > '~'; });
  return last.substr(0, 200);
}

bool is_word(const std::string& text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char letter) { return letter > ' ' && letter <= '~'; });
}

}  // namespace

Result<std::shared_ptr<KernelMachine>> KernelMachine::make(const DutFile& file, Card card) {
  // A root is entered by whoever may make namespaces too.
  if (const std::string why = lab::why_no_namespaces(); !why.empty())
    return fail(ErrorCode::unsupported, why);
  KARPSPEC_TRY(root, find_root(file, "linux", {qemu, kernel, first_files}));
  KARPSPEC_TRY(folder, make_device_folder());
  return std::shared_ptr<KernelMachine>(
      new KernelMachine(std::move(root), std::move(folder), std::move(card)));
}

KernelMachine::~KernelMachine() {
  if (process_) {
    process_->signal(SIGKILL);  // there is nothing in it to be saved
    process_->stop();
  }
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

Result<void> KernelMachine::ready() {
  if (process_ && !distrusted_ && process_->alive() && agent_->open())
    return {};
  if (process_)
    process_->signal(SIGKILL);
  agent_.reset();
  process_.reset();
  distrusted_ = false;
  auto booted = boot();
  if (!booted)
    distrusted_ = true;
  return booted;
}

Result<void> KernelMachine::boot() {
  lab::ChildOptions options;
  options.command = {
      qemu,
      // TCG: KVM is there on few machines that run tests, and broken on some.
      "-M", "pc", "-accel", "tcg", "-cpu", "max", "-m", "128",
      // Only what is named here.
      "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-kernel", kernel,
      "-initrd", first_files, "-append", "console=ttyS0 panic=-1 quiet",
      // The console is a file, the agent's port qemu's own input and output.
      "-serial", "file:/mnt/console", "-chardev", "stdio,id=agent,signal=off", "-device",
      "virtio-serial-pci", "-device", "virtserialport,chardev=agent,nr=1", "-netdev",
      "dgram,id=card,local.type=unix,local.path=/mnt/machine,"
      "remote.type=unix,remote.path=/mnt/harness",
      "-device", "virtio-net-pci,netdev=card,romfile=,mac=" + hardware_address_text()};
  options.environment.emplace();
  options.root = lab::PrivateRoot{root_, {"/run"}, {{folder_, "/mnt"}}, true};
  options.log_file = folder_ + "/log";
  options.piped = true;
  std::error_code ignored;
  for (const char* old : {"/log", "/console", "/machine"})
    fs::remove(folder_ + old, ignored);
  KARPSPEC_TRY(started, lab::ChildProcess::start(options));
  process_ = std::make_shared<lab::ChildProcess>(std::move(started));
  agent_ = channel_of(process_);

  const Deadline deadline = std::chrono::steady_clock::now() + boot_time;
  if (auto sent = agent_->write("hello", deadline); !sent)
    return tl::unexpected(told(sent.error()));
  KARPSPEC_TRY(hello, answer(deadline));
  if (hello.size() != 2 || hello[0] != protocol)
    return fail(ErrorCode::unsupported,
                "the agent in " + root_ + " is of another version; containers/roots/build linux " +
                    "brings it up to date");
  release_ = hello[1];
  KARPSPEC_CHECK(ask({"interface", card_.address.to_text(), card_.address6.to_text()}));
  return {};
}

Result<std::vector<std::string>> KernelMachine::answer(Deadline deadline) {
  std::vector<std::string> lines;
  for (;;) {
    auto line = agent_->read(deadline);
    if (!line)
      return tl::unexpected(told(line.error()));
    if (*line == "ok")
      return lines;
    if (line->starts_with("= ")) {
      lines.push_back(line->substr(2));
      continue;
    }
    for (const auto& [word, code] : {std::pair("no refused ", ErrorCode::bad_value),
                                     std::pair("no unsupported ", ErrorCode::unsupported),
                                     std::pair("no failed ", ErrorCode::io)})
      if (line->starts_with(word))
        return fail(code, line->substr(std::string_view(word).size()));
    return fail(ErrorCode::io, "the agent says '" + line->substr(0, 100) + "', which is no answer");
  }
}

Result<std::vector<std::string>> KernelMachine::ask(const std::vector<std::string>& words) {
  if (!agent_)
    return fail(ErrorCode::io, "the device is dead: its machine is not up");
  std::string request;
  for (const std::string& word : words) {
    if (!is_word(word))
      return fail(ErrorCode::bad_value, "'" + word + "' is no word");
    request += (request.empty() ? "" : " ") + word;
  }
  const Deadline deadline = std::chrono::steady_clock::now() + agent_answer_time;
  auto sent = agent_->write(request, deadline);
  auto answered = sent ? answer(deadline) : tl::unexpected(told(sent.error()));
  // Whoever was late would answer the next request with this one's answer.
  if (!answered && answered.error().code == ErrorCode::timeout)
    distrusted_ = true;
  return answered;
}

Error KernelMachine::told(const Error& error) const {
  std::string said = last_console_line(folder_ + "/log");
  if (said.empty())
    said = last_console_line(folder_ + "/console");
  const std::string last = said.empty() ? "" : "; it said last: " + said;
  if (const auto ended = process_->wait(200ms))
    return {ErrorCode::io,
            "the device is dead: its machine ended with " + to_string(*ended) + last,
            {}};
  if (error.code == ErrorCode::timeout)
    return {ErrorCode::timeout, "the device is silent: " + error.message + last, {}};
  return {error.code, error.message + last, {}};
}

}  // namespace karpspec::dut
