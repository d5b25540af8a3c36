#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keytable/row.h"
#include "keytable/socket_pattern.h"
#include "wire/code_points.h"
#include "wire/ip_address.h"

namespace karpspec::oracle::tcpao {

using keytable::AddressPattern;
using keytable::ConnectionEnds;
using keytable::PortPattern;
using keytable::SocketPattern;

// A TCP connection's addresses and ports, seen from one of its ends.
struct SocketPair {
  wire::IpAddress local, remote;
  std::uint16_t local_port = 0, remote_port = 0;
  friend auto operator<=>(const SocketPair&, const SocketPair&) = default;
};

// The TCP connection identifier of an MKT (RFC 5925 section 3.1): what is left out fits anything.
struct ConnectionId {
  std::optional<wire::IpAddress> local;
  std::vector<wire::IpAddress> remotes;  // one of these; none: anything
  // The routing protocol's port, which stands at either end (profile P-15); 0: any ports.
  std::uint16_t service_port = 0;
  // What a Gatekeeper record says beside (profile P-106).
  SocketPattern sockets;
  [[nodiscard]] bool matches(const SocketPair& pair) const;
};

// A master key tuple, RFC 5925 section 3.1, with the lifetimes of RFC 7210, which TCP-AO has not.
struct Mkt {
  std::string name;  // AdminKeyName
  ConnectionId connection;
  std::uint8_t send_id = 0;  // KeyID in what is sent: PeerKeyName
  std::uint8_t recv_id = 0;  // KeyID in what is received: LocalKeyName
  wire::TcpAoKdf kdf = wire::TcpAoKdf::KDF_HMAC_SHA1;
  wire::TcpAoAuthAlg auth_alg = wire::TcpAoAuthAlg::HMAC_SHA_1_96;
  bool covers_options = true;  // TCP option flag; the O bit of RKMP is its opposite (P-19)
  // Key, Direction and lifetimes. Its other fields are those above.
  keytable::Row row;

  [[nodiscard]] bool may_send(Time now) const { return row.may_send(now); }
  [[nodiscard]] bool may_accept(Time now) const { return row.may_accept(now); }
  // Given by Mkts, never twice: names a key where its name may be used again.
  std::uint64_t number = 0;

  // It holds a secret, so that a copy is asked for.
  [[nodiscard]] Mkt clone() const {
    return {name, connection, send_id, recv_id, kdf, auth_alg, covers_options, row.clone(), number};
  }
};

// Whether a row's AlgID is one of TCP-AO's.
[[nodiscard]] bool is_tcp_ao(const keytable::Row& row);
// The MKT that a row of the key table means (profile P-33, P-81). Errors: bad_value with the
// field's name where the row cannot be an MKT: its AlgID is not TCP-AO's, a key name is no number
// from 0 to 255, Peers holds something other than addresses, laddr, raddr, lport or rport in
// ProtocolSpecificInfo is none, or the key is empty.
[[nodiscard]] Result<Mkt> mkt_from_row(const keytable::Row& row);
// The well-known port of a routing protocol by its name in the key table ("bgp": 179); 0: none.
[[nodiscard]] std::uint16_t service_port(std::string_view protocol);

// The MKTs of one router, or those of a key table that a capture is checked with.
class Mkts {
 public:
  // Errors: bad_value where an MKT of another name has the same SendID or RecvID, and a connection
  // could fit both while both may be used: RFC 5925 section 3.1 forbids it.
  Result<void> add(Mkt mkt);
  // The same without a look at the others.
  void add_unchecked(Mkt mkt);
  void remove(std::string_view name);
  // Makes the MKTs those of ROWS: adds, removes, and takes changed lifetimes over. Rows that are
  // for something else than TCP-AO are passed over. Errors: the first of the rows that could not be
  // added; the others are.
  Result<void> follow(const std::vector<keytable::Row>& rows);

  [[nodiscard]] bool any_for(const SocketPair& pair) const;
  // nullptr: none. WHICH says whether KEY_ID is a RecvID (of a received segment's KeyID) or a
  // SendID (its RNextKeyID). Of several that fit, one that may be used NOW goes first, then the
  // newest.
  enum class Which : std::uint8_t { recv_id, send_id };
  [[nodiscard]] const Mkt* find(const SocketPair& pair, Which which, std::uint8_t key_id,
                                Time now) const;
  [[nodiscard]] const Mkt* find(std::uint64_t number) const;
  // The newest that may send, or accept: by SendLifetimeStart, as RFC 7210 section 3 has it, then
  // by the order in which they came.
  [[nodiscard]] const Mkt* newest_to_send(const SocketPair& pair, Time now) const;
  [[nodiscard]] const Mkt* newest_to_accept(const SocketPair& pair, Time now) const;
  [[nodiscard]] const std::vector<Mkt>& all() const { return mkts_; }

 private:
  std::vector<Mkt> mkts_;
  std::uint64_t next_number_ = 1;
};

}  // namespace karpspec::oracle::tcpao
