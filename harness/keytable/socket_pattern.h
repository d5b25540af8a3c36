#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "keytable/row.h"
#include "wire/ip_address.h"

// Full and partial socket pairs (Gatekeeper framework section 3.1; profile P-102): an address is
// exact, a prefix or any; a port is exact, a range or any.
namespace karpspec::keytable {

class AddressPattern {
 public:
  // Any address.
  AddressPattern() = default;
  // "any", "192.0.2.1", "2001:db8::/32". Errors: bad_value: no address, a prefix length beyond the
  // address, or bits set behind the prefix.
  [[nodiscard]] static Result<AddressPattern> from_text(std::string_view text);

  [[nodiscard]] bool any() const { return !address_; }
  // Whether one address alone fits.
  [[nodiscard]] bool exact() const;
  [[nodiscard]] bool matches(const wire::IpAddress& address) const;
  // Whether everything that fits OTHER fits this too.
  [[nodiscard]] bool contains(const AddressPattern& other) const;
  [[nodiscard]] bool overlaps(const AddressPattern& other) const {
    return contains(other) || other.contains(*this);
  }
  [[nodiscard]] const std::optional<wire::IpAddress>& address() const { return address_; }
  [[nodiscard]] std::string to_text() const;
  friend bool operator==(const AddressPattern&, const AddressPattern&) = default;

 private:
  std::optional<wire::IpAddress> address_;
  unsigned bits_ = 0;  // of the prefix
};

struct PortPattern {
  std::uint16_t low = 0, high = 65535;  // both fit

  [[nodiscard]] bool any() const { return low == 0 && high == 65535; }
  [[nodiscard]] bool exact() const { return low == high; }
  [[nodiscard]] bool matches(std::uint16_t port) const { return low <= port && port <= high; }
  [[nodiscard]] bool contains(const PortPattern& other) const {
    return low <= other.low && other.high <= high;
  }
  [[nodiscard]] bool overlaps(const PortPattern& other) const {
    return low <= other.high && other.low <= high;
  }
  // "any", "179", "40000-40999".
  [[nodiscard]] std::string to_text() const;
  // The same. Errors: bad_value.
  [[nodiscard]] static Result<PortPattern> from_text(std::string_view text);
  friend bool operator==(const PortPattern&, const PortPattern&) = default;
};

// A connection as a routing protocol wants it; a port that is not known yet is left out.
struct ConnectionEnds {
  wire::IpAddress local, remote;
  std::optional<std::uint16_t> local_port, remote_port;
};

struct SocketPattern {
  AddressPattern local, remote;
  PortPattern local_port, remote_port;

  // Whether it names one connection alone.
  [[nodiscard]] bool full() const;
  // "192.0.2.1 any 192.0.2.2 179": local address and port, then the remote ones; empty: any of all.
  [[nodiscard]] std::string to_text() const;
  // A port that is not known yet fits only where any port of the service would.
  [[nodiscard]] bool matches(const ConnectionEnds& ends) const;
  [[nodiscard]] bool overlaps(const SocketPattern& other) const;
  // Whether all connections that fit this fit OTHER, and not the other way round.
  [[nodiscard]] bool more_specific_than(const SocketPattern& other) const;
  friend bool operator==(const SocketPattern&, const SocketPattern&) = default;

 private:
  [[nodiscard]] bool contains(const SocketPattern& other) const;
};

// The connections that ROW is for, as far as laddr, raddr, lport and rport in ProtocolSpecificInfo
// say (profile P-106). Errors: bad_value with the name of the part that is no pattern.
[[nodiscard]] Result<SocketPattern> sockets_of(const Row& row);
// The same of texts as SocketPattern::to_text writes them.
[[nodiscard]] Result<SocketPattern> sockets_from_text(std::string_view text);

}  // namespace karpspec::keytable
