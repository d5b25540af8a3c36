#include <algorithm>

#include "oracle/core.h"
#include "oracle/ike/exchanges.h"

// Messages in fragments (RFC 7383): when they are used, and what becomes of those that come.
namespace karpspec::oracle {

using wire::PayloadType;

bool ike::agree_on_fragments(const Core& core, const std::vector<wire::Payload>& payloads) {
  const auto* announced =
      wire::find_notify(payloads, wire::NotifyType::IKEV2_FRAGMENTATION_SUPPORTED);
  return core.config.fragment_size && announced != nullptr;
}

Result<std::vector<Octets>> Core::seal(const IkeSa& sa, OctetView clear) {
  const auto keys =
      sa.initiator ? ike::keys_of_initiator(sa.keys) : ike::keys_of_responder(sa.keys);
  KARPSPEC_TRY(whole, ike::seal_clear_form(sa.suite, keys, clear, random));
  const bool may = sa.fragmentation || tunables.fragment_unannounced;
  const bool fits =
      config.fragment_size && whole.size() <= *config.fragment_size && !tunables.always_fragment;
  if (!config.fragment_size || !may || fits || tunables.never_fragment)
    return std::vector<Octets>{std::move(whole)};

  const std::size_t size =
      *config.fragment_size + static_cast<std::size_t>(tunables.fragment_excess);
  const OctetView chain = clear.subspan(wire::Header::size);
  std::size_t piece = ike::largest_piece(sa.suite, size);
  if (tunables.always_fragment)
    piece = std::min(piece, chain.size() / 2);
  const std::size_t total = piece == 0 ? 0 : (chain.size() + piece - 1) / piece;
  if (total < 2 || total > ike::most_fragments)
    return std::vector<Octets>{std::move(whole)};
  constexpr std::size_t next_payload_at = 16;
  std::vector<Octets> fragments;
  for (std::size_t i = 0; i < total; ++i) {
    const OctetView part = chain.subspan(i * piece, std::min(piece, chain.size() - i * piece));
    ike::FragmentPlace place;
    const bool typed = i == 0 ? tunables.first_fragment_typed : tunables.all_fragments_typed;
    place.first_inner = typed ? clear[next_payload_at] : std::uint8_t{0};
    place.number =
        static_cast<std::uint16_t>(i + static_cast<std::size_t>(tunables.fragments_from));
    place.total = static_cast<std::uint16_t>(tunables.tell_total_fragments ? total : i + 1);
    KARPSPEC_TRY(sealed, ike::seal_fragment(sa.suite, keys, clear, place, part, random));
    fragments.push_back(std::move(sealed));
  }
  return fragments;
}

std::optional<ike::Opened> Core::put_together(IkeSa& sa, const Datagram& datagram) {
  const auto drop = [&](const std::string& why) -> std::optional<ike::Opened> {
    event(sa, "dropped", why);
    return std::nullopt;
  };
  if (!sa.fragmentation || !tunables.reassemble)
    return drop("a fragment, and fragments were not agreed on");
  const auto keys =
      sa.initiator ? ike::keys_of_responder(sa.keys) : ike::keys_of_initiator(sa.keys);
  auto opened = ike::open_fragment(sa.suite, keys, datagram.payload, config.numbers);
  if (!opened && opened.error().code == ErrorCode::not_authentic && holds(Check::integrity, false))
    opened = ike::open_fragment(sa.suite, keys, datagram.payload, config.numbers, true);
  if (!opened)
    return drop("a fragment: " + to_string(opened.error()));
  const ike::FragmentPlace& place = opened->place;
  const std::string name =
      "fragment " + std::to_string(place.number) + " of " + std::to_string(place.total);
  const bool of_none = place.total == 0 && tunables.total_zero_ends;
  if (!of_none && !holds(Check::fragment_number,
                         place.number != 0 && place.total != 0 && place.number <= place.total))
    return drop(name);

  const wire::Header& header = opened->header;
  const bool response = header.is_response();
  if (!response && header.message_id + 1 == sa.expected_request && !sa.last_answer.empty()) {
    // Every fragment of it is a repetition; one of them brings the answer again (section 2.6.1).
    if (holds(Check::fragment_repeated_first, place.number == 1))
      (void)on_repetition(sa, datagram.source, header);
    return std::nullopt;
  }
  if (sa.state == IkeState::closed)
    return drop(name + ", and the IKE SA is closed");
  const bool awaited =
      response ? std::any_of(sa.outstanding.begin(), sa.outstanding.end(),
                             [&](const Exchange& e) { return e.message_id == header.message_id; })
               : header.message_id == sa.expected_request;
  if (!holds(response ? Check::message_id_response : Check::message_id_window, awaited))
    return drop(name + " of a message that is not awaited");

  ike::Reassembly& parts = response ? sa.response_parts : sa.request_parts;
  parts.begin(header.message_id);
  // The sender has cut the message anew, into smaller fragments: what is there is of no use. Those
  // of an earlier cut may still come (section 2.6).
  if (!parts.empty() && place.total > parts.total()) {
    if (!holds(Check::fragment_total_greater, false))
      parts.clear();
  } else if (!parts.empty() && place.total < parts.total()) {
    if (!holds(Check::fragment_total_smaller, false))
      return drop(name + " where there are " + std::to_string(parts.total()));
    parts.clear();
  }
  if (!holds(Check::fragment_repeated, !parts.has(place.number)))
    return drop(name + " again");
  if (tunables.fragments_in_order && place.number != parts.count() + 1)
    return drop(name + " before its turn");
  if (!parts.add(*opened))
    return drop(name + ": more than is kept");
  if (!parts.complete() && !of_none)
    return std::nullopt;
  if (!response)
    sa.answer_to = datagram.source;
  return parts.take();
}

}  // namespace karpspec::oracle
