#include "support.h"

#include <sys/socket.h>

#include <random>

#include "lab/socket_address.h"

namespace karpspec::dut {
namespace {

// Nothing where somebody is there already.
lab::FileDescriptor bound(const Endpoint& endpoint, int type) {
  const auto address = lab::to_socket_address(endpoint);
  lab::FileDescriptor socket(::socket(address->family(), type | SOCK_CLOEXEC, 0));
  if (!socket || ::bind(socket.get(), address->get(), address->size) != 0)
    return {};
  return socket;
}
bool is_free(const Endpoint& endpoint, int type) {
  return static_cast<bool>(bound(endpoint, type));
}

}  // namespace

Lane::Lane() {
  std::random_device random;
  for (int i = 0; i < 100; ++i) {
    const std::string net =
        "127." + std::to_string(64 + random() % 150) + "." + std::to_string(random() % 256) + ".";
    device = net + "1";
    tester = net + "2";
    second = net + "3";
    // Of two that draw the same addresses one has this port before either has begun.
    taken_ = bound({device, 5499}, SOCK_DGRAM);
    if (taken_ && is_free({device, port}, SOCK_DGRAM) && is_free({tester, port}, SOCK_DGRAM) &&
        is_free({second, port}, SOCK_DGRAM) && is_free({device, control_port}, SOCK_STREAM)) {
      return;
    }
  }
  throw std::runtime_error("no loopback address is free");
}

std::string Lane::file(const std::string& command, const std::string& control) const {
  return "name: a device\nstart: {kind: process, command: [" + command + "]}\naddress: " + device +
         "\nport: " + std::to_string(port) + "\ntester: {address: " + tester +
         ", second_address: " + second + "}\ncontrol: " + control +
         "\npics:\n  roles: [initiator, responder]\n  auth: [psk]\n  control: " +
         (control.find("none") == std::string::npos ? "true\n  key-table: true" : "false") +
         "\n  claims: [cookies, events, sas, rekey-ike, rekey-key, liveness, keeps-ike-sa, timers,"
         " mixed-pairs, aes-gcm, group-19, prf-sha2-512, prf-aes-xcbc,"
         " pcep, private-protocols, rollover-by-time, ipv6, kmdb, gatekeeper, key-management,"
         " key-selection, vrfs, clock, associations, expiry-policy, expiry-notices, row-groups, "
         "table-backup]\n";
}

std::string Lane::reference_command(const std::string& arguments) const {
  return "karpspec-dut, --listen, \"" + device + ":" + std::to_string(port) + "\"" + arguments;
}

DutFile Lane::reference(const std::string& arguments) const {
  auto file = parse_dut_file(
      this->file(reference_command(arguments), "{kind: json-rpc, over: stdio}"), "lane.yaml");
  if (!file)
    throw std::runtime_error(file.error().message);
  return *std::move(file);
}

}  // namespace karpspec::dut
