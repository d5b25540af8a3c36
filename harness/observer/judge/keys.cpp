#include <algorithm>
#include <set>

#include "observer/judge/rules.h"

namespace karpspec::observer {
namespace {

using transcript::Difference;
using wire::PayloadType;
using Keys = std::vector<wire::TcpAoTransform>;

const wire::CodePoints numbers;

const Keys* keys_of(const wire::Proposal& proposal) {
  return std::get_if<Keys>(&proposal.transforms);
}

const wire::RpSelector* selector_of(const wire::Message& message, PayloadType type) {
  const auto* ts = body_of<wire::TsPayload>(message, type);
  if (ts == nullptr || ts->selectors.size() != 1)
    return nullptr;
  return std::get_if<wire::RpSelector>(&ts->selectors.front());
}

bool has_routing_selector(const wire::Message& message, PayloadType type) {
  const auto* ts = body_of<wire::TsPayload>(message, type);
  return ts != nullptr && std::ranges::any_of(ts->selectors, [](const auto& selector) {
           return std::holds_alternative<wire::RpSelector>(selector);
         });
}

std::string protocol_at(std::size_t i) {
  return "SA.proposals[" + std::to_string(i + 1) + "].protocol";
}

// What holds of proposals for keys in offers and answers alike.
void judge_proposals(Ledger& ledger, const Said& said, const wire::Message& message,
                     const wire::SaPayload& sa) {
  std::optional<Difference> spi, algorithm, kdf, unassigned;
  const auto is_unassigned = [](std::uint8_t number) { return number >= 3 && number <= 240; };
  for (std::size_t i = 0; i < sa.proposals.size(); ++i) {
    const Keys* keys = keys_of(sa.proposals[i]);
    if (keys == nullptr)
      continue;
    const std::string at = "SA.proposals[" + std::to_string(i + 1) + "]";
    if (!sa.proposals[i].spi.empty() && !spi)
      spi = unless(false, message, at + ".spi", "no SPI, the KeyID stands in the transform",
                   "0x" + to_hex(sa.proposals[i].spi));
    for (std::size_t k = 0; k < keys->size(); ++k) {
      const std::string transform = at + ".transforms[" + std::to_string(k + 1) + "]";
      const wire::TcpAoTransform& each = (*keys)[k];
      if (each.auth_alg == 0 && !algorithm)
        algorithm =
            unless(false, message, transform + ".auth_alg", "not 0, which is reserved", "0");
      if (each.kdf == 0 && !kdf)
        kdf = unless(false, message, transform + ".kdf", "not 0, which is reserved", "0");
      if ((is_unassigned(each.auth_alg) || is_unassigned(each.kdf)) && !unassigned)
        unassigned = unless(
            false, message, transform, "numbers that somebody has assigned",
            "Auth Alg " + std::to_string(each.auth_alg) + ", KDF " + std::to_string(each.kdf));
    }
  }
  ledger.judge(said, "RKMP-4.1-07", spi);
  ledger.judge(said, "RKMP-4.1.1.1-06", algorithm);
  ledger.judge(said, "RKMP-4.1.1.1-08", kdf);
  if (!message.header.is_response())
    ledger.judge(said, "RKMP-4.1.1.1-20", unassigned);
}

std::string selector_text(const wire::RpSelector* selector) {
  return selector == nullptr ? "none" : std::to_string(selector->routing_protocol);
}

// The selectors that go with a key, in the request and in the answer.
void judge_selectors(Ledger& ledger, const Said& said, const wire::Message& message) {
  const auto count = std::ranges::count_if(message.payloads, [](const wire::Payload& payload) {
    return payload.type == PayloadType::TSi || payload.type == PayloadType::TSr;
  });
  const bool both = has(message, PayloadType::TSi) && has(message, PayloadType::TSr);
  ledger.judge(said, "RKMP-4.2-01",
               unless(count == 2 && both, "", "TSi and TSr, one of each",
                      std::to_string(count) + " TS payloads"));
  if (!both)
    return;
  std::optional<Difference> number, kind;
  for (const PayloadType type : {PayloadType::TSi, PayloadType::TSr}) {
    const std::string name = wire::payload_name(static_cast<std::uint8_t>(type));
    const auto* ts = body_of<wire::TsPayload>(message, type);
    if (ts == nullptr)
      continue;
    if (ts->selectors.size() != 1 && !number)
      number = unless(false, message, name, "one selector", std::to_string(ts->selectors.size()));
    if (!has_routing_selector(message, type) && !kind)
      kind = unless(false, message, name, "a routing protocol selector", "another one");
  }
  ledger.judge(said, "RKMP-4.2-12", number);
  ledger.judge(said, "RKMP-3.2-05", kind);
  const auto* i = selector_of(message, PayloadType::TSi);
  const auto* r = selector_of(message, PayloadType::TSr);
  if (i != nullptr && r != nullptr)
    ledger.judge(said, "RKMP-4.2-02",
                 unless(i->routing_protocol == r->routing_protocol, message,
                        "TSr.selectors[1].routing_protocol",
                        std::to_string(i->routing_protocol) + ", as in TSi",
                        std::to_string(r->routing_protocol)));
}

}  // namespace

bool speaks_of_keys(const wire::Message& message) {
  const auto* sa = body_of<wire::SaPayload>(message, PayloadType::SA);
  const bool offered = sa != nullptr && std::ranges::any_of(sa->proposals, [](const auto& each) {
                         return each.is_tcp_ao() || each.protocol == numbers.ldp_discovery_protocol;
                       });
  return offered || has_routing_selector(message, PayloadType::TSi) ||
         has_routing_selector(message, PayloadType::TSr);
}

void judge_key_offer(Ledger& ledger, const Said& said, const wire::Message& request) {
  const auto* sa = body_of<wire::SaPayload>(request, PayloadType::SA);
  if (sa == nullptr || !speaks_of_keys(request))
    return;
  judge_proposals(ledger, said, request, *sa);
  judge_selectors(ledger, said, request);
  std::set<std::uint8_t> seen;
  std::optional<Difference> twice;
  for (std::size_t i = 0; i < sa->proposals.size(); ++i)
    if (!seen.insert(sa->proposals[i].number).second && !twice)
      twice = unless(false, request, "SA.proposals[" + std::to_string(i + 1) + "].number",
                     "a number of its own", std::to_string(sa->proposals[i].number));
  ledger.judge(said, "RKMP-4.1-05", twice);
  const auto* selector = selector_of(request, PayloadType::TSi);
  if (selector == nullptr)
    return;
  std::optional<Difference> other;
  const bool ldp =
      selector->routing_protocol == static_cast<std::uint8_t>(wire::RoutingProtocol::LDP);
  for (std::size_t i = 0; i < sa->proposals.size(); ++i) {
    const wire::Proposal& proposal = sa->proposals[i];
    const bool fits =
        proposal.is_tcp_ao() || (ldp && proposal.protocol == numbers.ldp_discovery_protocol);
    if (!fits && !other)
      other = unless(false, request, protocol_at(i), "that of the routing protocol's security",
                     std::to_string(proposal.protocol));
  }
  ledger.judge(said, "RKMP-3.2-03", other);
}

void judge_key_answer(Ledger& ledger, const Said& said, const wire::Message& request,
                      const wire::Message& answer) {
  const auto* offered = body_of<wire::SaPayload>(request, PayloadType::SA);
  const auto* answered = body_of<wire::SaPayload>(answer, PayloadType::SA);
  if (offered == nullptr || answered == nullptr)
    return;
  judge_proposals(ledger, said, answer, *answered);
  judge_selectors(ledger, said, answer);
  const auto* asked_i = selector_of(request, PayloadType::TSi);
  const auto* asked_r = selector_of(request, PayloadType::TSr);
  if (asked_i != nullptr && asked_r != nullptr) {
    ledger.judge(said, "RKMP-4.2-03",
                 unless(asked_i->routing_protocol == asked_r->routing_protocol, "",
                        "a refusal: TSi and TSr name two routing protocols", "a key"));
    ledger.judge(said, "RKMP-4.2-05",
                 unless(asked_i->routing_protocol != 0, "",
                        "a refusal: routing protocol 0 is reserved", "a key"));
  }
  for (const PayloadType type : {PayloadType::TSi, PayloadType::TSr}) {
    const auto* asked = selector_of(request, type);
    const auto* given = selector_of(answer, type);
    if (asked != nullptr && given != nullptr)
      ledger.judge(said, "RKMP-4.2-11",
                   unless(asked->routing_protocol == given->routing_protocol, answer,
                          wire::payload_name(static_cast<std::uint8_t>(type)) +
                              ".selectors[1].routing_protocol",
                          selector_text(asked) + ", as it was asked for", selector_text(given)));
  }
  ledger.judge(said, "RKMP-4.1-01",
               unless(answered->proposals.size() == 1, answer, "SA.proposals", "a single proposal",
                      std::to_string(answered->proposals.size())));
  if (answered->proposals.empty())
    return;
  const wire::Proposal& taken = answered->proposals.front();
  ledger.judge(said, "RKMP-4.1.1.2-01",
               unless(taken.protocol != numbers.ldp_discovery_protocol, answer, protocol_at(0),
                      "no proposal for the LDP discovery key, which has no transform yet",
                      std::to_string(taken.protocol)));
  std::vector<const wire::Proposal*> of_number;
  for (const wire::Proposal& proposal : offered->proposals)
    if (proposal.number == taken.number)
      of_number.push_back(&proposal);
  ledger.judge(said, "RKMP-4.1-06",
               unless(!of_number.empty(), answer, "SA.proposals[1].number",
                      "that of an offered proposal", std::to_string(taken.number)));
  const Keys* keys = keys_of(taken);
  if (keys == nullptr)
    return;
  ledger.judge(said, "RKMP-4.1.1-01",
               unless(keys->size() == 1, answer, "SA.proposals[1].transforms", "one transform",
                      std::to_string(keys->size())));
  if (keys->empty() || of_number.size() != 1)
    return;
  const auto same = [&](const wire::TcpAoTransform& each) {
    constexpr auto options = wire::TcpAoTransform::flag_options;
    const wire::TcpAoTransform& chosen = keys->front();
    return each.auth_alg == chosen.auth_alg && each.kdf == chosen.kdf &&
           (each.flags & options) == (chosen.flags & options);
  };
  const Keys* ours = keys_of(*of_number.front());
  bool elsewhere = false;
  for (const wire::Proposal& proposal : offered->proposals)
    if (const Keys* list = keys_of(proposal))
      elsewhere = elsewhere || std::ranges::any_of(*list, same);
  const bool here = ours != nullptr && std::ranges::any_of(*ours, same);
  const auto& chosen = keys->front();
  const std::string got = "Auth Alg " + std::to_string(chosen.auth_alg) + ", KDF " +
                          std::to_string(chosen.kdf) + ", O " + std::to_string(chosen.flags >> 7);
  // What stands in another proposal than the named one has the wrong number.
  if (!here && elsewhere)
    ledger.judge(
        said, "RKMP-4.1-06",
        unless(false, answer, "SA.proposals[1].number",
               "that of the proposal which the transform stands in", std::to_string(taken.number)));
  else
    ledger.judge(said, "RKMP-4.1-02",
                 unless(here, answer, "SA.proposals[1].transforms[1]",
                        "Auth Alg, KDF and O of a transform that was offered", got));
}

}  // namespace karpspec::observer
