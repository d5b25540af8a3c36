#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "capture/fragments.h"
#include "dut/adapters/daemon_place.h"
#include "keytable/row.h"
#include "lab/raw_link.h"
#include "wire/ospf_packet.h"
#include "wire/rip_packet.h"
#include "wire/tcp_segment.h"

namespace karpspec::dut {

// The ways in which the routers of the laboratory protect their packets.
enum class Guarded : std::uint8_t { ospf, rip, bgp };
// Of a row of the key table, by its Protocol ("ospfv2", "rip", "bgp"). Nothing for another one.
[[nodiscard]] std::optional<Guarded> guarded_by(std::string_view protocol);

// A packet of the device, at one of these protocols.
struct SeenPacket {
  Time time{};
  std::optional<wire::OspfPacket> ospf;
  std::optional<wire::RipPacket> rip;
  std::optional<wire::TcpPacket> tcp;
};

// A key as a packet shows it.
struct KeySeen {
  bool packet = false;  // there was a packet; otherwise nothing came
  std::string row;      // AdminKeyName of the row with which its digest was made; "": of none
  std::string name;     // the key's name in it, "" where it has none
  std::string trouble;  // why it is no row's, in words
};

// What a router with a key table does on the cable: which key protects what it sends, and which
// keys it takes. Everything is computed here, from the packets and from the rows; what the router
// says of itself counts for nothing.
class RoutingWire {
 public:
  // TESTER is the address that the device has as its BGP neighbor. Errors: bad_value, io.
  [[nodiscard]] static Result<std::unique_ptr<RoutingWire>> open(std::shared_ptr<DaemonPlace> place,
                                                                 const std::string& tester);

  // With which of ROWS the next packet of a protocol is protected, that the device sends within
  // WITHIN. Errors: io.
  [[nodiscard]] Result<KeySeen> key_sent(Guarded protocol,
                                         const std::vector<const keytable::Row*>& rows,
                                         Duration within);
  // Whether the device takes a packet that is protected with ROW and names KEY_NAME: OSPF shows it
  // by the neighbors in its Hello, RIP by its next update, TCP by its SYN-ACK. Each comes
  // from another address or port than the last. With FORGED the digest is altered.
  // Errors: io; bad_value where ROW makes no digest.
  [[nodiscard]] Result<bool> takes(Guarded protocol, const keytable::Row& row,
                                   const std::string& key_name, bool forged = false);

 private:
  RoutingWire(std::shared_ptr<DaemonPlace> place, lab::RawLink link, wire::IpAddress device,
              wire::IpAddress tester)
      : place_(std::move(place)), link_(std::move(link)), device_(device), tester_(tester) {}
  Result<std::optional<SeenPacket>> next(Time deadline);
  Result<void> forget();
  [[nodiscard]] wire::IpAddress fresh_address();
  Result<void> send(std::uint8_t protocol, const wire::IpAddress& source,
                    const wire::IpAddress& destination, OctetView payload);
  Result<bool> takes_hello(const keytable::Row& row, std::uint8_t key_id, bool forged);
  Result<bool> takes_route(const keytable::Row& row, std::uint8_t key_id, bool forged);
  Result<bool> takes_syn(const keytable::Row& row, bool forged);

  std::shared_ptr<DaemonPlace> place_;
  lab::RawLink link_;
  wire::IpAddress device_, tester_;
  capture::Fragments fragments_;
  unsigned probes_ = 0;
};

}  // namespace karpspec::dut
