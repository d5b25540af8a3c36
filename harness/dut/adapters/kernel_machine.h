#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dut/dut_file.h"
#include "dut/line_channel.h"
#include "lab/child_process.h"
#include "wire/ip_address.h"

namespace karpspec::dut {

// A virtual machine whose kernel is the device: qemu (without KVM, so that it runs anywhere) in the
// root that containers/roots/build linux makes, and in it that kernel with the agent of
// containers/kernel, which is told what to do on the machine's second port. Its network card is a
// datagram socket in a folder of ours, so no interface and no address of this system has to do with
// it. It is booted once and ends with this object.
class KernelMachine {
 public:
  // The addresses, of the machine's one card, which sends everything it sends to one neighbor.
  struct Card {
    wire::IpAddress address, address6;
  };
  // Errors: unsupported (no root, or not allowed to use it), io.
  [[nodiscard]] static Result<std::shared_ptr<KernelMachine>> make(const DutFile& file, Card card);
  KernelMachine(const KernelMachine&) = delete;
  KernelMachine& operator=(const KernelMachine&) = delete;
  ~KernelMachine();

  // Boots it where it is not up, or did not answer: about two seconds. Errors: io and timeout, with
  // what it printed last.
  [[nodiscard]] Result<void> ready();
  // What the agent answers to a request, the lines after "= ". Every word must be printable ASCII
  // without spaces. Errors: bad_value (it or its kernel refuses), unsupported; io when the machine
  // has ended or the agent failed, timeout when it is silent.
  [[nodiscard]] Result<std::vector<std::string>> ask(const std::vector<std::string>& words);
  [[nodiscard]] bool alive() const { return process_ && process_->alive(); }
  // Of the kernel: "6.12.117-tcp-ao". Empty before ready().
  [[nodiscard]] const std::string& release() const { return release_; }
  // Frames go to and come from these datagram sockets: the machine's, and the harness's own.
  [[nodiscard]] std::string machine_socket() const { return folder_ + "/machine"; }
  [[nodiscard]] std::string harness_socket() const { return folder_ + "/harness"; }
  // Of the card.
  static constexpr std::array<std::uint8_t, 6> hardware_address = {0x52, 0x54, 0, 0, 0, 1};

 private:
  KernelMachine(std::string root, std::string folder, Card card)
      : root_(std::move(root)), folder_(std::move(folder)), card_(std::move(card)) {}
  [[nodiscard]] Result<void> boot();
  [[nodiscard]] Result<std::vector<std::string>> answer(Deadline deadline);
  [[nodiscard]] Error told(const Error& error) const;

  std::string root_, folder_;
  Card card_;
  std::shared_ptr<lab::ChildProcess> process_;
  std::unique_ptr<LineChannel> agent_;
  bool distrusted_ = false;  // it was silent once
  std::string release_;
};

}  // namespace karpspec::dut
