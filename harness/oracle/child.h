#pragma once

#include <variant>

#include "oracle/core.h"

// Children of an IKE SA: TCP-AO keys (rkmp/) and ESP SAs (ike/esp_child.cpp), for IKE_AUTH and
// CREATE_CHILD_SA alike.
namespace karpspec::oracle {

// What both sides have settled on for a child.
struct ChildChoice {
  ChildKind kind = ChildKind::tcp_ao;
  std::uint8_t protocol = 0;
  std::uint8_t send_id = 0;  // ours
  std::uint8_t recv_id = 0;  // the peer's SendID
  std::uint8_t auth_alg = 0;
  std::uint8_t kdf = 0;
  bool exclude_options = false;
  std::uint32_t spi_in = 0;
  std::uint32_t spi_out = 0;
  EspSuite esp;
  // The responder's answer.
  wire::SaPayload sa;
  wire::TsPayload tsi;
  wire::TsPayload tsr;
};

// Why a child cannot be: the error notification to answer with, and a sentence for the event.
struct ChildRefusal {
  wire::NotifyType notify = wire::NotifyType::NO_PROPOSAL_CHOSEN;
  std::string why;
  bool another_id = false;  // the peer's SendID is in use here; another one may do
};
template <class T>
using ChildResult = std::variant<T, ChildRefusal>;

// The nonces, and g^ir where KE was exchanged, that a child's keys are made from.
struct KeyInput {
  OctetView ni;
  OctetView nr;
  OctetView g_ir;
};

// Initiator: what to offer to the SA's peer. Errors: bad_value (protocol not configured),
// not_found (no KeyID is free).
[[nodiscard]] Result<ChildOffer> make_child_offer(Core& core, Peer& peer, std::uint8_t protocol);
// Responder: takes up an offer, or refuses. REPLACES is the child that REKEY_SA named, or nullptr.
[[nodiscard]] ChildResult<ChildChoice> choose_child(Core& core, IkeSa& sa,
                                                    const std::vector<wire::Payload>& payloads,
                                                    const Child* replaces);
// Initiator: what an answer has settled, or why it is inconsistent with the offer (RKMP 4.1).
[[nodiscard]] ChildResult<ChildChoice> check_child_answer(
    Core& core, IkeSa& sa, const ChildOffer& offer, const std::vector<wire::Payload>& payloads);

// The exchange that a child comes from.
struct ChildOrigin {
  bool made_by_us = false;    // whether we initiated it
  std::uint64_t begun = 0;    // when its first message went or came, as Core::next_order counts
  bool rekey = false;         // whether REKEY_SA named a child
  Child* replaces = nullptr;  // that child, where it is still there
  bool initial = false;       // whether it was IKE_AUTH
};
// Derives the keys, writes the row of the key table, tells the client protocol, and rolls over
// what the new child takes the place of (RKMP section 5.3, rollover.cpp). Gives nullptr, with an
// event, when derivation failed.
Child* install_child(Core& core, IkeSa& sa, const ChildChoice& choice, const KeyInput& input,
                     const ChildOrigin& origin);

// When we replace CHILD of our own accord: at the age that is set, otherwise before its life is
// over (profile P-16, P-67).
[[nodiscard]] std::optional<Time> time_to_rekey(const Core& core, const Child& child);

// The child that a REKEY_SA or Delete of the peer names by SPI: the peer's inbound one, so it is
// our SendID or outbound SPI.
[[nodiscard]] Child* find_by_peers_spi(const Peer& peer, ChildKind kind, const Octets& spi);
[[nodiscard]] Child* find_child(Core& core, std::uint64_t number);
// The newest live child of PEER for PROTOCOL (ignored for ESP), or nullptr.
[[nodiscard]] Child* newest_child(const Peer& peer, std::uint8_t protocol);
// The SPI by which we name a child: our RecvID, one octet, or our inbound ESP SPI.
[[nodiscard]] Octets own_spi_of(const Child& child);
// The SPI by which the peer names it: our SendID, or our outbound ESP SPI.
[[nodiscard]] Octets peers_spi_of(const Child& child);
[[nodiscard]] std::uint8_t wire_protocol_of(const Core& core, ChildKind kind);

// --- rollover.cpp --------------------------------------------------------------------------------

// How long a row whose lifetimes are over is kept for a Delete that may still come.
inline constexpr std::chrono::seconds removal_grace{10};

// Of CHILD, just installed, and those that it meets, the ones that go are rolled over.
void take_place(Core& core, IkeSa& sa, Child& child, const ChildOrigin& origin);
// The peer has withdrawn the key: no more sending with it, receiving until the overlap is over. A
// key that had gone in its favour stays after all.
void withdraw_child(Core& core, Child& child);
// The same for a key, if any, that is just installed, where one of SPIS, the peer's names of keys
// that it has deleted meanwhile, is its: a Delete may overtake the answer that makes its key.
void withdraw_if_overtaken(Core& core, Child* made, const std::vector<Octets>& spis);
// Why a key is removed whose peer has not been told so, since no IKE SA stands (profile P-10).
inline constexpr const char* untold = "deleted; no IKE SA stands to say so";
// Whether OTHER would come back at the peer, which may see in the Delete of WITHDRAWN that we have
// decided otherwise between the two. It is withdrawn first (profile P-13).
[[nodiscard]] bool comes_back_after(const Child& withdrawn, const Child& other);
// The key is purged here: its row goes at once, and the peer is told where an IKE SA stands
// (profile P-10). What has gone in its favour goes with it. May end the lifetime of CHILD.
void purge_child(Core& core, Child& child);
// Removes child and row.
void remove_child(Core& core, Child& child, const std::string& why);

namespace rkmp {
[[nodiscard]] Result<ChildOffer> make_key_offer(Core& core, Peer& peer, std::uint8_t protocol);
[[nodiscard]] ChildResult<ChildChoice> choose_key(Core& core, IkeSa& sa,
                                                  const std::vector<wire::Payload>& payloads,
                                                  const Child* replaces);
[[nodiscard]] ChildResult<ChildChoice> check_key_answer(Core& core, IkeSa& sa,
                                                        const ChildOffer& offer,
                                                        const std::vector<wire::Payload>& payloads);
[[nodiscard]] Result<void> install_key(Core& core, const IkeSa& sa, Child& child,
                                       const KeyInput& input);
// The ID of PROTOCOL on the wire, and the protocol of an ID: the same, but for a router that mixes
// numbers up.
[[nodiscard]] std::uint8_t numbered(const Core& core, std::uint8_t protocol);
// A free KeyID of our own, round robin, other than AVOID. nullopt when all are in use.
[[nodiscard]] std::optional<std::uint8_t> free_send_id(Core& core, Peer& peer,
                                                       std::optional<std::uint8_t> avoid);
}  // namespace rkmp

namespace ike {
[[nodiscard]] Result<ChildOffer> make_esp_offer(Core& core, const Peer& peer);
[[nodiscard]] ChildResult<ChildChoice> choose_esp(Core& core, IkeSa& sa,
                                                  const std::vector<wire::Payload>& payloads);
[[nodiscard]] ChildResult<ChildChoice> check_esp_answer(Core& core, IkeSa& sa,
                                                        const ChildOffer& offer,
                                                        const std::vector<wire::Payload>& payloads);
[[nodiscard]] Result<void> install_esp(const IkeSa& sa, const Child& child, const KeyInput& input);
}  // namespace ike

}  // namespace karpspec::oracle
