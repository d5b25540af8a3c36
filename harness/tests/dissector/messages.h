#pragma once

#include <string>
#include <vector>

#include "base/random.h"
#include "capture/pcapng_writer.h"
#include "oracle/ike/sealed_message.h"
#include "wire/message.h"

// Messages that have, between them, every exchange, payload, notification, item and entry that
// `karpspec decode` has a name for.
namespace karpspec::dissector {

// MRKMP and the key servers: what goes to their port.
[[nodiscard]] std::vector<wire::Message> group_messages();
// RKMP in IKEv2, each with nothing but what Wireshark does not know: what goes to port 500.
[[nodiscard]] std::vector<wire::Message> rkmp_messages();

// Writes messages into a capture, each with IPv4 and IPv6 in turn, and keeps the keys for it.
class Scribe {
 public:
  explicit Scribe(const std::string& path);
  // Errors of the files and of sealing are thrown: there are none in a test that can go on.
  void clear(const wire::Message& message, std::uint16_t port);
  // Under SK. EDIT changes the octets before they are sealed.
  void sealed(const wire::Message& message, std::uint16_t port,
              const oracle::ike::ClearEdit& edit = {});
  // In fragments of PIECE octets (RFC 7383).
  void fragments(const wire::Message& message, std::uint16_t port, std::size_t piece);
  void octets(const Octets& payload, std::uint16_t port);
  // Of the frame that carries PAYLOAD only the first SEEN octets.
  void cut(const Octets& payload, std::uint16_t port, std::size_t seen);

  // As in Wireshark's table of keys: a line for each pair of SPIs that was sealed for.
  [[nodiscard]] const std::string& keys() const { return keys_; }

 private:
  [[nodiscard]] Datagram datagram(const Octets& payload, std::uint16_t port) const;
  void put(const Octets& payload, std::uint16_t port);
  void remember(const wire::Header& header);

  capture::PcapngWriter writer_;
  SeededRandom random_{6};
  crypto::IkeSuite suite_;
  crypto::IkeKeys sa_keys_;
  std::string keys_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> known_;
  std::size_t written_ = 0;   // frames
  std::size_t messages_ = 0;  // a message in fragments is one
};

}  // namespace karpspec::dissector
