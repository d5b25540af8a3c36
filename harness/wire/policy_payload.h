#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "base/octets.h"

// POLICY, and the name of a speaker's group: payloads of the key servers (the DKS and LKS
// architecture, sections V.A and VI; octets as suites/profile.md has them, P-241, P-242 and P-253).
// Big-endian; a text is a length (2) and its octets; reserved fields are kept as they were read.
namespace karpspec::wire {

// A group is a speaker (profile P-241): identity, VRF, interface and routing protocol, texts all.
struct SpeakerGroup {
  Octets speaker, vrf, interface, protocol;
  friend auto operator<=>(const SpeakerGroup&, const SpeakerGroup&) = default;
};

// By what a router is known: kind (1), length (2), value.
struct Material {
  enum Kind : std::uint8_t {
    key_sha256 = 1,  // SHA-256 of a SubjectPublicKeyInfo (32)
    anchor = 2,      // a certificate, DER
    address = 3,     // where its key server is reached: 4 or 16
  };
  std::uint8_t kind = 0;
  Octets value;
  friend bool operator==(const Material&, const Material&) = default;
};

// type (1), RESERVED (1), length (2) of the entry with these four octets, value:
//   1 permission: speaker, receiver, VRF, interface, protocol (texts) | direction (1) | materials
//   2 interface:  router, VRF, interface (texts) | mode (1) | flags (1) | permit seconds (4)
//   3 reconnect:  first (2) | longest (2) | spread (2) seconds | jitter percent (1) | 0 (1) |
//                 addresses of the DKS, as materials
// The value of any other entry is kept as octets.
struct PolicyEntry {
  enum class Kind : std::uint8_t { permission = 1, interface = 2, reconnect = 3 };
  static constexpr std::uint8_t hears = 1;         // direction: the receiver hears the speaker
  static constexpr std::uint8_t flag_central = 1;  // receivers ask the DKS (profile P-245)
  std::uint8_t kind = 0;
  std::uint8_t reserved = 0;
  SpeakerGroup group;  // permission; VRF and interface of an interface
  Octets receiver;
  std::uint8_t direction = hears;
  Octets router;          // interface
  std::uint8_t mode = 0;  // 0 off, 1 permit, 2 require (profile P-251)
  std::uint8_t flags = 0;
  std::uint32_t permit_seconds = 0;
  std::uint16_t first = 0, longest = 0, spread = 0;  // reconnect
  std::uint8_t jitter_percent = 0, unused = 0;
  std::vector<Material> materials;  // permission, reconnect
  Octets value;

  [[nodiscard]] bool is(Kind wanted) const { return kind == static_cast<std::uint8_t>(wanted); }
  friend bool operator==(const PolicyEntry&, const PolicyEntry&) = default;
};

// version (8), entries.
struct PolicyPayload {
  std::uint64_t version = 0;
  std::vector<PolicyEntry> entries;
  friend bool operator==(const PolicyPayload&, const PolicyPayload&) = default;
};

}  // namespace karpspec::wire
