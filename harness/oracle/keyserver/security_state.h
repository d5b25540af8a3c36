#pragma once

#include <map>
#include <string_view>

#include "oracle/keyserver/data_key.h"
#include "oracle/keyserver/esp.h"
#include "oracle/keyserver/habits.h"

// The GSPD and the SAD of a router, by which alone the key servers protect a routing protocol
// (sections IV and V.D; RFC 5374, RFC 4301; suites/profile.md, P-246, P-251, P-252 and P-258).
namespace karpspec::oracle::keyserver {

// One of a router's interfaces. LINK is what the policy calls it.
struct Interface {
  std::string link, vrf;
  wire::IpAddress address;  // of the packets that leave by it
  friend bool operator==(const Interface&, const Interface&) = default;
};

enum class Origin { own, lks, dks };
[[nodiscard]] const char* origin_name(Origin origin);

// Rows as they are observed.
struct GspdRow {
  std::string interface, vrf;
  Mode mode = Mode::off;
  GroupId group;
  bool inbound = false;
  std::string action;  // "protect", "bypass", "protect-or-bypass", "discard"
};
struct SadRow {
  GroupId group;
  bool inbound = false;
  std::uint32_t spi = 0;
  std::string source;
  std::vector<std::string> destinations;
  std::string algorithm;
  std::string fingerprint;  // the first 8 octets of SHA-256 of the key, in hex
  mrkmp::KeyTimes times;
  Origin origin = Origin::own;
};

// Where packets of PROTOCOL to a group of routers go; empty: it has none.
[[nodiscard]] std::vector<std::string> destinations_of(std::string_view protocol, bool ipv6);

class SecurityState {
 public:
  SecurityState(std::vector<Interface> interfaces, Habit habit);

  [[nodiscard]] const std::vector<Interface>& interfaces() const { return interfaces_; }
  [[nodiscard]] const Interface* find(std::string_view vrf, std::string_view link) const;
  // PERMIT_FOR counts from NOW where the mode was another one; zero: without an end.
  void set_mode(const Interface& interface, Mode mode, Duration permit_for, Time now);
  // What counts at NOW: a `permit` that is over is `require`.
  [[nodiscard]] Mode mode(const Interface& interface, Time now) const;

  // The keys of a group that is heard, instead of those before. Whether another speaker has the
  // address on that link, whose SA stays (P-246).
  bool set_inbound(const GroupKeys& keys, Origin origin, Time now);
  // The keys of the router's own group; ALL_KEYED: each of its receivers holds one.
  void set_outbound(const GroupKeys& keys, bool all_keyed);
  void remove(const GroupId& group);

  // What becomes of a packet.
  enum class Fate { clear, protect, discard };
  struct Out {
    Fate fate = Fate::discard;
    Octets octets;  // as it leaves: the payload, or ESP
    std::uint32_t spi = 0;
  };
  // One of PROTOCOL by INTERFACE, whose payload has PROTOCOL_NUMBER in IP.
  [[nodiscard]] Out send(const Interface& interface, std::string_view protocol,
                         std::uint8_t protocol_number, Octets payload, Time now);
  struct In {
    bool taken = false;
    std::string why;      // not
    std::string speaker;  // of a protected one
    Octets payload;
  };
  [[nodiscard]] In receive_clear(const Interface& interface, std::string_view protocol,
                                 Octets payload, Time now) const;
  [[nodiscard]] In receive_esp(const Interface& interface, const wire::IpAddress& source,
                               std::string_view destination, OctetView octets, Time now);

  [[nodiscard]] std::vector<GspdRow> gspd(Time now) const;
  [[nodiscard]] std::vector<SadRow> sad() const;
  // When a `permit` ends.
  [[nodiscard]] std::optional<Time> deadline(Time now) const;

 private:
  // The anti-replay window of RFC 4303 section 3.4.3.
  struct Window {
    std::uint32_t highest = 0;
    std::uint64_t seen = 0;  // bit N: HIGHEST - N has come
    [[nodiscard]] bool is_fresh(std::uint32_t sequence) const;
    void take(std::uint32_t sequence);
  };
  struct Inbound {
    GroupKeys keys;
    Origin origin = Origin::lks;
    std::map<std::uint32_t, Window> windows;  // by SPI
  };
  struct Outbound {
    GroupKeys keys;
    bool all_keyed = false;
    std::map<std::uint32_t, std::uint32_t> sequences;  // by SPI
  };
  struct ModeSince {
    Mode mode = Mode::off;
    Duration permit_for{};
    Time since{};
  };
  [[nodiscard]] std::vector<std::string> destinations(const std::string& protocol,
                                                      const wire::IpAddress& source) const;
  [[nodiscard]] const DataKey* find_sa(Inbound*& found, const Interface& interface,
                                       const wire::IpAddress& source, std::string_view destination,
                                       std::uint32_t spi, Time now);
  [[nodiscard]] SadRow row_of(const GroupKeys& keys, const DataKey& key, bool inbound,
                              Origin origin) const;

  std::vector<Interface> interfaces_;
  Habit habit_;
  std::map<std::pair<std::string, std::string>, ModeSince> modes_;  // by VRF and link
  std::map<GroupId, Inbound> inbound_;
  std::map<GroupId, Outbound> outbound_;
};

}  // namespace karpspec::oracle::keyserver
