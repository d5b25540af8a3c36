#include <algorithm>

#include "script/tester/tester.h"

// Messages of the tester and of the device in fragments (RFC 7383).
namespace karpspec::script {

namespace ike = oracle::ike;

Result<Octets> Tester::seal_piece(const TesterSa& sa, const Octets& clear, std::uint16_t fragments,
                                  const Piece& piece) {
  if (piece.piece == 0 || piece.piece > fragments)
    return fail(ErrorCode::bad_value, "there is no piece " + std::to_string(piece.piece) +
                                          " of a message in " + std::to_string(fragments));
  constexpr std::size_t next_payload_at = 16, message_id_at = 20;
  const OctetView chain = OctetView(clear).subspan(wire::Header::size);
  const std::size_t size = (chain.size() + fragments - 1) / fragments;
  const std::size_t from = std::min(chain.size(), (piece.piece - 1) * size);
  ike::FragmentPlace place;
  place.first_inner =
      piece.next_payload.value_or(piece.piece == 1 ? clear[next_payload_at] : std::uint8_t{0});
  place.number = piece.number.value_or(piece.piece);
  place.total = piece.total.value_or(fragments);
  Octets headed = clear;
  if (piece.message_id)
    std::ranges::copy(big_endian(*piece.message_id), headed.begin() + message_id_at);
  KARPSPEC_TRY(datagram, ike::seal_fragment(
                             sa.suite, sa.sending(), headed, place,
                             chain.subspan(from, std::min(size, chain.size() - from)), random()));
  // Other payloads come out of it under the old checksum, if one does not look at that: the IV is
  // the first thing that is protected, and its octets go into the first of the plaintext.
  constexpr std::size_t iv_at = wire::Header::size + 8, iv_least = 8;
  if (piece.damaged)
    for (std::size_t i = iv_at; i < iv_at + iv_least && i < datagram.size(); ++i)
      datagram[i] ^= 0xffU;
  return datagram;
}

Result<void> Tester::cut(const TesterSa& sa, const Cut& cut, Built& built) {
  built.datagrams.clear();
  for (std::uint16_t i = 1; i <= cut.fragments; ++i) {
    Piece piece;
    piece.piece = i;
    KARPSPEC_TRY(datagram, seal_piece(sa, built.clear, cut.fragments, piece));
    built.datagrams.push_back(std::move(datagram));
  }
  KARPSPEC_TRY(sent, again(built, Cut{0, cut.pieces}));
  built.sent = std::move(sent);
  return {};
}

Result<std::vector<Octets>> Tester::again(const Built& built, const Cut& cut) {
  const TesterSa* sa = find_sa(built.sa);
  if (cut.fragments != 0) {
    if (sa == nullptr || !sa->keys || built.clear.empty())
      return fail(ErrorCode::bad_value, "only a protected message goes in fragments");
    Built other;
    other.sa = built.sa;
    other.clear = built.clear;
    KARPSPEC_CHECK(this->cut(*sa, cut, other));
    return std::move(other.sent);
  }
  if (cut.pieces.empty())
    return built.datagrams;
  const auto fragments = static_cast<std::uint16_t>(built.datagrams.size());
  std::vector<Octets> sent;
  for (const Piece& piece : cut.pieces) {
    const bool as_it_is = !piece.number && !piece.total && !piece.next_payload &&
                          !piece.message_id && !piece.damaged && piece.piece != 0 &&
                          piece.piece <= fragments;
    if (as_it_is) {
      sent.push_back(built.datagrams[piece.piece - 1U]);
      continue;
    }
    if (sa == nullptr || !sa->keys)
      return fail(ErrorCode::bad_value, "only a protected message goes in fragments");
    KARPSPEC_TRY(datagram, seal_piece(*sa, built.clear, fragments, piece));
    sent.push_back(std::move(datagram));
  }
  return sent;
}

std::size_t Received::largest() const {
  std::size_t out = fragments.empty() ? datagram.size() : 0;
  for (const Octets& octets : fragments)
    out = std::max(out, octets.size());
  return out;
}

Received Tester::open_fragment(Received received, const TesterSa* sa) const {
  received.is_sealed = true;
  if (sa == nullptr || !sa->keys) {
    received.problem = "it is protected, and there are no keys for its SPIs";
    return received;
  }
  if (!sa->fragments_agreed()) {
    received.problem = "it is a fragment, and not both sides have announced fragmentation";
    return received;
  }
  auto opened = ike::open_fragment(sa->suite, sa->receiving(), received.datagram, config_.numbers);
  if (!opened) {
    received.problem =
        opened.error().code == ErrorCode::not_authentic
            ? "its SKF payload does not open under the keys of the IKE SA (the ICV is wrong)"
            : "its SKF payload does not open: " + to_string(opened.error());
    return received;
  }
  const ike::FragmentPlace& place = opened->place;
  const std::string name =
      "fragment " + std::to_string(place.number) + " of " + std::to_string(place.total);
  if (place.number == 0 || place.total == 0 || place.number > place.total)
    received.problem = name + ", numbers go from 1 to the number of fragments";
  else if (place.number == 1 && place.first_inner == 0 && !opened->plaintext.empty())
    received.problem = name + " does not name the type of the first payload";
  else if (place.number != 1 && place.first_inner != 0)
    received.problem = name + " has the next payload " + std::to_string(place.first_inner) +
                       ", 0 stands in all but the first";
  received.fragment = *std::move(opened);
  return received;
}

std::optional<Received> Tester::collect(const Received& fragment) {
  const ike::OpenedFragment& opened = *fragment.fragment;
  const auto key =
      std::make_tuple(fragment.sa, fragment.header.is_response(), fragment.header.message_id);
  Pieces& pieces = pieces_[key];
  const bool finer = opened.place.total > pieces.parts.total();
  if (pieces.parts.empty() || finer) {
    pieces = Pieces{};
    pieces.parts.begin(fragment.header.message_id);
    pieces.header = fragment.header;
  } else if (opened.place.total < pieces.parts.total()) {
    pieces.problem = "fragments of one message in " + std::to_string(pieces.parts.total()) +
                     " and in " + std::to_string(opened.place.total);
  }
  if (!(fragment.header == pieces.header))
    pieces.problem = "the headers of its fragments differ";
  if (pieces.parts.has(opened.place.number))
    return std::nullopt;
  if (!pieces.parts.add(opened))
    pieces.problem = "more fragments than can be put together";
  pieces.datagrams[opened.place.number] = fragment.datagram;
  if (pieces.problem.empty() && !pieces.parts.complete())
    return std::nullopt;
  Received out;
  out.header = out.message.header = fragment.header;
  out.is_sealed = true;
  out.sa = fragment.sa;
  out.problem = pieces.problem;
  for (const auto& [number, datagram] : pieces.datagrams) {
    append(out.datagram, datagram);
    out.fragments.push_back(datagram);
  }
  if (out.problem.empty()) {
    const ike::Opened whole = pieces.parts.take();
    auto payloads = wire::decode_chain(whole.first, whole.plaintext, config_.numbers);
    if (payloads)
      out.message.payloads = *std::move(payloads);
    else
      out.problem = "the payloads in its fragments do not decode: " + to_string(payloads.error());
  }
  pieces_.erase(key);
  return out;
}

std::vector<Octets> Tester::incomplete() const {
  std::vector<Octets> out;
  for (const auto& [key, pieces] : pieces_)
    for (const auto& [number, datagram] : pieces.datagrams)
      out.push_back(datagram);
  return out;
}

}  // namespace karpspec::script
