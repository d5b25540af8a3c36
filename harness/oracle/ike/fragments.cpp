#include "oracle/ike/fragments.h"

namespace karpspec::oracle::ike {

namespace {

constexpr std::size_t skf_header = 8;  // generic header, fragment number, total fragments
constexpr std::size_t most_octets = 65535;

}  // namespace

std::size_t largest_piece(const crypto::IkeSuite& suite, std::size_t size) {
  const std::size_t overhead = wire::Header::size + skf_header;
  // One octet more than none takes a whole block, or an octet of an AEAD.
  std::size_t piece = size > overhead ? size - overhead : 0;
  while (piece > 0 && overhead + crypto::sealed_size(suite, piece) > size)
    --piece;
  return piece;
}

Result<Octets> seal_fragment(const crypto::IkeSuite& suite, const crypto::DirectionKeys& keys,
                             OctetView clear, const FragmentPlace& place, OctetView piece,
                             Random& random) {
  KARPSPEC_TRY(message, open_envelope(clear, wire::PayloadType::SKF, skf_header,
                                      crypto::sealed_size(suite, piece.size())));
  const std::size_t at = wire::Header::size;
  message[at] = place.first_inner;
  const auto put = [&](std::size_t offset, std::uint16_t value) {
    message[at + offset] = static_cast<std::uint8_t>(value >> 8);
    message[at + offset + 1] = static_cast<std::uint8_t>(value);
  };
  put(4, place.number);
  put(6, place.total);
  KARPSPEC_CHECK(crypto::seal(suite, keys, piece, message, random));
  return message;
}

bool is_fragment(OctetView message, const wire::CodePoints& numbers) {
  const auto decoded = wire::decode_message(message, numbers);
  return decoded && !decoded->payloads.empty() &&
         decoded->payloads.back().as<wire::EncryptedFragmentPayload>() != nullptr;
}

Result<OpenedFragment> open_fragment(const crypto::IkeSuite& suite,
                                     const crypto::DirectionKeys& keys, OctetView message,
                                     const wire::CodePoints& numbers, bool repair_icv) {
  KARPSPEC_TRY(outer, wire::decode_message(message, numbers));
  const auto* skf =
      outer.payloads.empty() ? nullptr : outer.payloads.back().as<wire::EncryptedFragmentPayload>();
  if (skf == nullptr)
    return fail(ErrorCode::bad_value, "the message has no SKF payload");
  OpenedFragment out;
  out.header = outer.header;
  out.place = {skf->first_inner, skf->fragment_number, skf->total_fragments};
  KARPSPEC_TRY(plaintext, open_data(suite, keys, message, skf->data.size(), repair_icv));
  out.plaintext = std::move(plaintext);
  return out;
}

void Reassembly::clear() {
  pieces_.clear();
  total_ = 0;
  count_ = octets_ = 0;
  first_ = wire::PayloadType::none;
}

void Reassembly::begin(std::uint32_t message_id) {
  if (message_id_ != message_id)
    clear();
  message_id_ = message_id;
}

bool Reassembly::add(const OpenedFragment& fragment) {
  const FragmentPlace& place = fragment.place;
  if (place.total > most_fragments || octets_ + fragment.plaintext.size() > most_octets)
    return false;
  total_ = place.total;
  if (place.number == 1) {
    first_ = static_cast<wire::PayloadType>(place.first_inner);
    header_ = fragment.header;
  } else if (pieces_.empty()) {
    header_ = fragment.header;
  }
  octets_ += fragment.plaintext.size();
  ++count_;
  pieces_.insert_or_assign(place.number, fragment.plaintext);
  return true;
}

Opened Reassembly::take() {
  Opened out;
  out.header = header_;
  out.first = first_;
  for (const auto& [number, piece] : pieces_)
    append(out.plaintext, piece);
  clear();
  return out;
}

}  // namespace karpspec::oracle::ike
