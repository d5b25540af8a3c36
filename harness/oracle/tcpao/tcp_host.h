#pragma once

#include <list>
#include <optional>
#include <set>
#include <vector>

#include "base/random.h"
#include "oracle/tcpao/tcp_connection.h"
#include "wire/icmp_error.h"

namespace karpspec::oracle::tcpao {

// A connection as an application sees it.
struct TcpConnectionInfo {
  SocketPair pair;
  TcpConnection::State state = TcpConnection::State::closed;
  const Mkt* current = nullptr;  // of current_key and rnext_key; nullptr: none
  const Mkt* rnext = nullptr;
  OctetView received;               // all data, in order
  std::uint64_t good = 0, bad = 0;  // segments: taken, discarded for their authentication
};

// A host whose applications keep the MKTs of its TCP, and open, accept and use connections.
// Connections that no MKT is for go without TCP-AO (profile P-152).
class TcpHost {
 public:
  using Out = TcpConnection::Out;
  // ADDRESSES are the host's own, one for each address family. RANDOM must outlive the host.
  TcpHost(std::vector<wire::IpAddress> addresses, Random& random, Habit habit = Habit::proper);

  // MKT.row needs no more than the key. Errors: bad_value: another one has its name, or could not
  // be told from it (RFC 5925 section 3.1), or there is no key.
  [[nodiscard]] Result<void> add(Mkt mkt);
  // Errors: not_found.
  [[nodiscard]] Result<void> remove(std::string_view name);
  // A key of TCP MD5 for all connections with REMOTE, in the place of another one; an empty one
  // takes it away (profile P-85).
  void set_md5(const wire::IpAddress& remote, Secret key);
  // Until the MKTs change.
  [[nodiscard]] std::vector<const Mkt*> mkts() const;

  // Errors: bad_value where it is done already.
  [[nodiscard]] Result<void> listen(std::uint16_t port);
  // LOCAL_PORT 0: one that is free. Errors: bad_value: no address of the peer's family, or such a
  // connection stands.
  [[nodiscard]] Result<Out> connect(const wire::IpAddress& remote, std::uint16_t remote_port,
                                    std::uint16_t local_port, Time now);
  // Of the connections with that end the newest. Errors: not_found: none is established.
  [[nodiscard]] Result<Out> send(const wire::IpAddress& remote, std::uint16_t remote_port,
                                 OctetView data, Time now);
  // Chooses current_key by SendID and rnext_key by RecvID. Errors: not_found: the connection, or an
  // MKT of it with that ID.
  [[nodiscard]] Result<void> choose_keys(const wire::IpAddress& remote, std::uint16_t remote_port,
                                         std::optional<std::uint8_t> current,
                                         std::optional<std::uint8_t> rnext, Time now);
  // Errors: not_found.
  [[nodiscard]] Result<Out> close(const wire::IpAddress& remote, std::uint16_t remote_port,
                                  Time now);
  [[nodiscard]] Result<void> close_port(std::uint16_t port);

  [[nodiscard]] const std::set<std::uint16_t>& ports() const { return ports_; }
  [[nodiscard]] const std::vector<wire::IpAddress>& addresses() const { return addresses_; }
  // Until something happens.
  [[nodiscard]] std::vector<TcpConnectionInfo> connections() const;

  [[nodiscard]] Out receive(const wire::TcpPacket& packet, Time now);
  // An ICMP error about one of the segments sent. No connection ends by it (RFC 5925 section 7.8).
  void receive_error(const wire::IcmpAbout& about);
  [[nodiscard]] Out tick(Time now);
  [[nodiscard]] std::optional<Time> deadline() const;

 private:
  struct Held {
    TcpConnection connection;
    Octets received;
    std::uint64_t good = 0, bad = 0;
  };
  static constexpr std::size_t most_connections = 1024;

  [[nodiscard]] Held* find(const SocketPair& pair);
  [[nodiscard]] Held* find(const wire::IpAddress& remote, std::uint16_t remote_port);
  [[nodiscard]] Protection protection() const { return {mkts_, md5_}; }
  [[nodiscard]] TcpHabits habits() const;
  void deform(Mkt& mkt) const;
  void take(Held& held, TcpConnection::Received received, Out& out);

  std::vector<wire::IpAddress> addresses_;
  Random* random_;
  Habit habit_;
  Mkts mkts_;
  std::set<std::string, std::less<>> hidden_;  // removed by name, used still: a habit
  Md5Keys md5_;
  std::set<std::uint16_t> ports_;
  std::list<Held> connections_;  // the newest last
};

}  // namespace karpspec::oracle::tcpao
