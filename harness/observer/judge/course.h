#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/algorithm_ids.h"
#include "observer/judge/ledger.h"
#include "wire/message.h"

// How an IKE SA has gone so far, as far as the judging of its messages needs that. For the room's
// own use.
namespace karpspec::observer {

// A message of IKE_SA_INIT or mrkmp_init as it came, once, whatever its copies.
struct InitMessage {
  wire::Message message;
  HalfDigest digest{};
  std::uint64_t frame = 0;
  Endpoint source, destination;
};

// A protected message as it came first, under its message ID.
struct SealedMessage {
  HalfDigest digest{};
  std::uint64_t frame = 0;
  std::uint8_t exchange = 0;
  // The payloads in clear of a request that waits for its answer. Nothing once another one came
  // under its ID: which of them an answer answers nobody can say.
  std::optional<wire::Message> message;
};

// The keys of TCP-AO that two addresses have made, the newest last: the KeyID that each of them
// sends. Bounded: of too many the oldest are forgotten.
struct PairKeys {
  static constexpr std::size_t most = 128;
  std::deque<std::map<std::string, std::uint8_t>> keys;  // by address
  void add(const std::string& one, std::uint8_t one_sends, const std::string& other,
           std::uint8_t other_sends);
  // The key that ADDRESS sends KEY_ID under is deleted: its IDs may be another key's from now on.
  void remove(const std::string& address, std::uint8_t key_id);
  // What the other one sends under the newest key that ADDRESS sends KEY_ID under.
  [[nodiscard]] std::optional<std::uint8_t> pair_of(const std::string& address,
                                                    std::uint8_t key_id) const;
};

struct Course {
  // By role, where an authentic message first came from.
  std::optional<Endpoint> initiator, responder;

  std::vector<InitMessage> requests, answers;  // the first ones, all different
  // What the answer has settled.
  std::optional<Prf> prf;
  std::optional<std::uint16_t> group;
  std::uint64_t request_frame = 0, answer_frame = 0;  // of what AUTH covers
  // The initiator has shown an AUTH that is not made with its secret.
  bool initiator_unproven = false;
  // Its message, where that AUTH may cover an IKE_SA_INIT request that the capture has not: the one
  // that brought a cookie (section 2.6). The answer settles it.
  std::optional<transcript::Observed> unsettled;
  // Whether they have announced fragments, hashes and vendor IDs: nothing where that was not seen.
  std::optional<bool> fragments_i, fragments_r;
  std::optional<bool> hashes_i, hashes_r;
  std::optional<bool> vendors_i, vendors_r;

  // By sender (the original initiator), whether it answers, and message ID; fragments apart.
  using Place = std::tuple<bool, bool, std::uint32_t>;
  std::map<Place, SealedMessage> sealed;
  std::deque<Place> order;
  // By the responder's SPI and by total number, too: a message may be cut anew.
  std::map<std::tuple<Place, std::uint64_t, std::uint16_t, std::uint16_t>, HalfDigest> fragments;
  std::set<std::uint64_t> rekeyed_to;  // SPIs of the IKE SAs that were made by rekeying this one
  std::shared_ptr<PairKeys> keys;      // of its two addresses, once both are known
  // The next message ID of each side's requests, by whether it is the original initiator, and
  // whether requests are missing between those that came.
  std::map<bool, std::uint32_t> next_id;
  bool has_gap = false;
  std::uint64_t used = 0;  // when it was heard last
};

constexpr auto protocol_ike = static_cast<std::uint8_t>(wire::ProtocolId::IKE);

// Whether MESSAGE is one of MRKMP or of the key servers.
[[nodiscard]] inline bool of_group(const wire::Message& message) {
  return wire::is_mrkmp(message.header.exchange_type());
}
[[nodiscard]] inline bool has(const wire::Message& message, wire::PayloadType type) {
  return wire::find(message.payloads, type) != nullptr;
}
[[nodiscard]] inline bool has(const wire::Message& message, wire::NotifyType type) {
  return wire::find_notify(message.payloads, type) != nullptr;
}
// The first notification of an error, or nullptr.
[[nodiscard]] const wire::NotifyPayload* error_in(const wire::Message& message);
// "SA, KE, Ni" of what stands in a message.
[[nodiscard]] std::string payload_list(const transcript::Observed& observed);

// Nothing where OK, otherwise the difference.
[[nodiscard]] std::optional<transcript::Difference> unless(bool ok, std::string field,
                                                           std::string expected, std::string got);
// The same with the octet of FIELD in MESSAGE.
[[nodiscard]] std::optional<transcript::Difference> unless(bool ok, const wire::Message& message,
                                                           const std::string& field,
                                                           std::string expected, std::string got);

}  // namespace karpspec::observer
