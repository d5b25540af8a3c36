#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "crypto/dh.h"
#include "crypto/ike_keys.h"
#include "crypto/protect.h"
#include "wire/message.h"

namespace karpspec::script {

// What a CREATE_CHILD_SA or IKE_AUTH exchange has put on the table so far.
struct Negotiation {
  bool by_tester = false;  // whose request it is
  std::optional<wire::SaPayload> offer;
  std::optional<wire::TsPayload> ts_i, ts_r;
  Octets ni, nr;
  std::optional<crypto::DhKeyPair> own_ke;
  Octets peer_ke;  // empty: none came
  DhGroup peer_group = DhGroup::NONE;
  bool rekeys_ike = false;
  std::uint64_t new_spi = 0;  // the tester's, when the IKE SA is rekeyed
  std::string new_sa;         // the name of what results
  std::uint8_t own_send_id = 0;
  std::uint32_t own_spi = 0;  // ESP
};

// A child as the tester knows it: a TCP-AO key or an ESP SA pair.
struct TesterChild {
  std::uint8_t protocol = 0;          // security protocol
  std::uint8_t routing_protocol = 0;  // TCP-AO
  std::uint8_t own_send_id = 0, peer_send_id = 0;
  std::uint8_t auth_alg = 0, kdf = 0;
  std::uint32_t own_spi = 0, peer_spi = 0;  // ESP
  Octets master_key;                        // TCP-AO
};

// A request that has no answer yet.
struct OpenRequest {
  std::uint32_t id = 0;
  std::uint8_t exchange = 0;
  bool answered = false;
};

// One IKE SA between tester and device, seen from the tester. It keeps what was really sent, so
// that AUTH and keys are right for messages that a scenario has altered too.
struct TesterSa {
  std::string name;
  std::string router = "tester";  // which of the tester's has it
  bool by_tester = false;         // the tester is the original initiator
  std::uint64_t spi_i = 0, spi_r = 0;
  crypto::IkeSuite suite;
  std::optional<crypto::IkeKeys> keys;

  Octets own_first, peer_first;  // the IKE_SA_INIT message of each side: RealMessage of AUTH
  Octets ni, nr;
  std::optional<crypto::DhKeyPair> own_ke;
  Octets peer_ke;
  DhGroup peer_group = DhGroup::NONE;    // of the device's KE payload
  std::optional<wire::SaPayload> offer;  // of IKE_SA_INIT
  DhGroup wanted_group = DhGroup::NONE;  // what the device asked for by INVALID_KE_PAYLOAD
  Octets cookie;                         // last received

  std::uint32_t next_own_id = 0;                         // message id of the tester's next request
  std::uint32_t answered_up_to = 0;                      // the one behind the last answered one
  std::uint32_t next_peer_id = 0;                        // of the device's next request
  std::vector<OpenRequest> own_open;                     // without a response yet, the newest last
  std::optional<OpenRequest> peer_request;               // the device's last
  std::map<std::uint32_t, std::vector<Octets>> answers;  // the tester's responses as sent, by id
  // Who has announced fragmentation in IKE_SA_INIT (RFC 7383 section 2.3).
  bool announced_by_tester = false, announced_by_device = false;
  // Both may be under way at once, when exchanges cross.
  std::optional<Negotiation> own_negotiation;   // of the tester's request
  std::optional<Negotiation> peer_negotiation;  // of the device's
  std::optional<wire::IdPayload> own_id, peer_id;
  std::vector<TesterChild> children;

  [[nodiscard]] bool fragments_agreed() const { return announced_by_tester && announced_by_device; }
  // The keys that seal what the tester (or the device) sends.
  [[nodiscard]] crypto::DirectionKeys sending() const;
  [[nodiscard]] crypto::DirectionKeys receiving() const;
};

// IKE_SA_INIT and IKE_AUTH, and what MRKMP has in their place (profile P-200).
[[nodiscard]] constexpr bool is_init(wire::ExchangeType exchange) {
  return exchange == wire::ExchangeType::IKE_SA_INIT || exchange == wire::ExchangeType::mrkmp_init;
}
[[nodiscard]] constexpr bool is_auth(wire::ExchangeType exchange) {
  return exchange == wire::ExchangeType::IKE_AUTH || exchange == wire::ExchangeType::mrkmp_auth;
}

// Whether an IKE_SA_INIT message announces fragmentation (RFC 7383 section 2.3).
[[nodiscard]] inline bool announces_fragments(const wire::Message& message) {
  return wire::find_notify(message.payloads, wire::NotifyType::IKEV2_FRAGMENTATION_SUPPORTED) !=
         nullptr;
}

}  // namespace karpspec::script
