#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "oracle/ike/sealed_message.h"

// Messages in fragments, RFC 7383: each Encrypted Fragment payload is sealed like an Encrypted
// payload, with its own IV, padding and checksum, over a piece of the payload chain.
namespace karpspec::oracle::ike {

// What the SKF payload of one fragment says (section 2.5).
struct FragmentPlace {
  std::uint8_t first_inner = 0;  // type of the first payload; 0 in every fragment but the first
  std::uint16_t number = 1;      // from 1
  std::uint16_t total = 1;
};

// Most octets of payloads that fit into one fragment of an IKE message of SIZE octets; 0: none.
[[nodiscard]] std::size_t largest_piece(const crypto::IkeSuite& suite, std::size_t size);
// Most fragments that a message is cut into or put together from.
inline constexpr std::size_t most_fragments = 256;

// Seals PIECE as the fragment PLACE of the message whose clear form (see seal_clear_form) is CLEAR.
// Errors: bad_length when CLEAR has no whole header or PIECE does not fit into a payload.
[[nodiscard]] Result<Octets> seal_fragment(const crypto::IkeSuite& suite,
                                           const crypto::DirectionKeys& keys, OctetView clear,
                                           const FragmentPlace& place, OctetView piece,
                                           Random& random);

// Whether a message's last payload is an Encrypted Fragment payload.
[[nodiscard]] bool is_fragment(OctetView message, const wire::CodePoints& numbers = {});

struct OpenedFragment {
  wire::Header header;
  FragmentPlace place;
  Octets plaintext;
};
// Errors: as open_sealed.
[[nodiscard]] Result<OpenedFragment> open_fragment(const crypto::IkeSuite& suite,
                                                   const crypto::DirectionKeys& keys,
                                                   OctetView message,
                                                   const wire::CodePoints& numbers = {},
                                                   bool repair_icv = false);

// The fragments of one message that have come, opened and authentic (section 2.6). At most
// most_fragments of them and 65535 octets of payloads are kept.
class Reassembly {
 public:
  // Forgets what is there unless it is of the message with this ID.
  void begin(std::uint32_t message_id);
  void clear();
  // 0 when nothing is there.
  [[nodiscard]] std::uint16_t total() const { return total_; }
  [[nodiscard]] bool has(std::uint16_t number) const { return pieces_.contains(number); }
  [[nodiscard]] bool empty() const { return pieces_.empty(); }
  [[nodiscard]] std::size_t count() const { return count_; }
  // Keeps a fragment and says whether it could: false, where the bounds forbid it. Whether it
  // belongs there is the caller's to check.
  bool add(const OpenedFragment& fragment);
  [[nodiscard]] bool complete() const { return total_ != 0 && count_ >= total_; }
  // The whole message, under the first fragment's header; nothing is left.
  [[nodiscard]] Opened take();

 private:
  std::uint32_t message_id_ = 0;
  std::uint16_t total_ = 0;
  std::size_t count_ = 0;  // of fragments taken
  std::size_t octets_ = 0;
  wire::Header header_;
  wire::PayloadType first_ = wire::PayloadType::none;
  std::map<std::uint16_t, Octets> pieces_;
};

}  // namespace karpspec::oracle::ike
