#pragma once

#include <compare>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "oracle/config.h"
#include "wire/ip_address.h"
#include "wire/policy_payload.h"

// Who may hear whom, and what each interface makes of it: the Policy Server of the DKS and LKS
// architecture (sections V.A, V.D and VI; suites/profile.md, P-241 to P-253).
namespace karpspec::oracle::keyserver {

// A speaker's group (P-241). The interface is the policy's name of a link.
struct GroupId {
  std::string speaker, vrf, interface, protocol;
  friend auto operator<=>(const GroupId&, const GroupId&) = default;
};
// "a.example/blue/eth0/pim", for events.
[[nodiscard]] std::string to_text(const GroupId& group);
[[nodiscard]] wire::SpeakerGroup to_wire(const GroupId& group);
[[nodiscard]] GroupId from_wire(const wire::SpeakerGroup& group);
// The octets of GROUP, the data of N(AUTHORIZATION_FAILED).
[[nodiscard]] Octets octets_of(const GroupId& group);

// What a text names, in the policy: an IP address, 0x and octets (ID_KEY_ID), a name with '@'
// (ID_RFC822_ADDR), otherwise a domain name.
[[nodiscard]] Identity identity_of(const std::string& name);
// The text that names IDENTITY; domain names in lower case (RFC 4343).
[[nodiscard]] std::string name_of(const Identity& identity);

// RECEIVER may hear the group; MATERIALS are the other router's (P-242).
struct Permission {
  GroupId group;
  std::string receiver;
  std::vector<wire::Material> materials;
  friend bool operator==(const Permission&, const Permission&) = default;
};

enum class Mode : std::uint8_t { off, permit, require };
[[nodiscard]] const char* mode_name(Mode mode);

struct InterfacePolicy {
  std::string router, vrf, interface;
  Mode mode = Mode::require;
  bool central = false;   // receivers ask the DKS (P-245)
  Duration permit_for{};  // then it is `require`; zero: without an end
  friend bool operator==(const InterfacePolicy&, const InterfacePolicy&) = default;
};

// How and when to turn to the DKS again (P-249, P-250).
struct Reconnect {
  Duration first = std::chrono::seconds{5}, longest = std::chrono::seconds{300};
  Duration spread = std::chrono::seconds{30};  // of the first attempt after a start
  unsigned jitter_percent = 25;
  std::vector<std::string> addresses;  // empty: where the DKS is configured to be
  friend bool operator==(const Reconnect&, const Reconnect&) = default;
};

// What one router knows.
struct Policy {
  std::uint64_t version = 0;
  std::vector<Permission> permissions;
  std::vector<InterfacePolicy> interfaces;
  std::optional<Reconnect> reconnect;

  [[nodiscard]] bool permits(const GroupId& group, const std::string& receiver) const;
  [[nodiscard]] std::set<std::string> receivers(const GroupId& group) const;
  [[nodiscard]] const InterfacePolicy* find(const std::string& router, const std::string& vrf,
                                            const std::string& interface) const;
  // Without an entry of its own an interface with permissions is `require`, another one `off`.
  [[nodiscard]] Mode mode(const std::string& router, const std::string& vrf,
                          const std::string& interface) const;
  friend bool operator==(const Policy&, const Policy&) = default;
};

// What an administrator gives to the DKS.
struct DomainPolicy {
  std::uint64_t version = 1;
  std::vector<Permission> permissions;  // their materials are not looked at
  std::vector<InterfacePolicy> interfaces;
  Reconnect reconnect;
  std::map<std::string, std::vector<wire::Material>> materials;  // by router

  // Both directions (P-243).
  void permit_both(const std::string& one, const std::string& other, const std::string& vrf,
                   const std::string& interface, const std::string& protocol);
  // Takes every permission of ROUTER away.
  void revoke(const std::string& router);
  // What concerns ROUTER, with the materials of its neighbours.
  [[nodiscard]] Policy of(const std::string& router) const;
  [[nodiscard]] bool permits(const GroupId& group, const std::string& receiver) const;
  [[nodiscard]] bool central(const GroupId& group) const;
  // Whether somebody may hear GROUP.
  [[nodiscard]] bool has_group(const GroupId& group) const;
};

[[nodiscard]] wire::PolicyPayload to_payload(const Policy& policy);
// Entries of unknown kinds, directions and modes are passed over; NOTES says which.
[[nodiscard]] Policy policy_from(const wire::PolicyPayload& payload,
                                 std::vector<std::string>* notes = nullptr);

}  // namespace karpspec::oracle::keyserver
