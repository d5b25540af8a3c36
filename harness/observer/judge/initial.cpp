#include <algorithm>

#include "observer/judge/rules.h"

namespace karpspec::observer {
namespace {

using transcript::Difference;
using wire::ExchangeType;
using wire::NotifyType;
using wire::PayloadType;

std::string spi_text(std::uint64_t spi) {
  return transcript::to_text(transcript::Value(spi));
}

std::optional<Difference> identity_in(const wire::Message& message) {
  for (const PayloadType type : {PayloadType::IDi, PayloadType::IDr})
    if (has(message, type))
      return Difference{wire::payload_name(static_cast<std::uint8_t>(type)), std::nullopt,
                        "no identity", "an identity in clear"};
  return std::nullopt;
}

bool holds_suite(const wire::Message& message) {
  return has(message, PayloadType::SA) && has(message, PayloadType::KE) &&
         has(message, PayloadType::Nonce);
}

// The group that INVALID_KE_PAYLOAD names, where it names one.
std::optional<std::uint16_t> named_group(const wire::Message& message) {
  const auto* notify = wire::find_notify(message.payloads, NotifyType::INVALID_KE_PAYLOAD);
  if (notify == nullptr || notify->data.size() != 2)
    return std::nullopt;
  return static_cast<std::uint16_t>(notify->data[0] << 8 | notify->data[1]);
}

bool offers_group(const wire::Message& message, std::uint16_t group) {
  const auto* sa = body_of<wire::SaPayload>(message, PayloadType::SA);
  if (sa == nullptr)
    return false;
  for (const wire::Proposal& proposal : sa->proposals)
    if (const auto* list = std::get_if<std::vector<wire::Transform>>(&proposal.transforms))
      for (const wire::Transform& transform : *list)
        if (transform.type == static_cast<std::uint8_t>(wire::TransformType::DH) &&
            transform.id == group)
          return true;
  return false;
}

std::uint16_t group_of(const wire::Message& message) {
  const auto* ke = body_of<wire::KePayload>(message, PayloadType::KE);
  return ke == nullptr ? 0 : ke->group;
}

std::vector<wire::Payload> without_cookie(const wire::Message& message) {
  std::vector<wire::Payload> out;
  for (const wire::Payload& payload : message.payloads) {
    const auto* notify = payload.as<wire::NotifyPayload>();
    if (notify == nullptr || notify->type != static_cast<std::uint16_t>(NotifyType::COOKIE))
      out.push_back(payload);
  }
  return out;
}

void judge_cookie(Ledger& ledger, const Said& said, const Course& course,
                  const wire::Message& message) {
  const auto* cookie = wire::find_notify(message.payloads, NotifyType::COOKIE);
  if (cookie == nullptr)
    return;
  const auto* first = message.payloads.front().as<wire::NotifyPayload>();
  ledger.judge(said, "IKE-2.6-07",
               unless(first == cookie, message, "N(COOKIE)", "the first payload",
                      "behind " + wire::payload_name(
                                      static_cast<std::uint8_t>(message.payloads.front().type))));
  // Without the group being named anew in between, all else is as in the first request.
  const auto rest = without_cookie(message);
  const InitMessage* before = nullptr;
  for (const InitMessage& request : course.requests)
    if (request.source == said.observed.source &&
        wire::find_notify(request.message.payloads, NotifyType::COOKIE) == nullptr &&
        group_of(request.message) == group_of(message))
      before = &request;
  if (before == nullptr)
    return;
  std::optional<Difference> changed;
  if (without_cookie(before->message) != rest) {
    wire::Message clear = message;
    clear.payloads = rest;
    changed = transcript::compare(before->message, clear);
    if (!changed)
      changed = unless(false, "", "the payloads of the first request", "others");
  }
  ledger.judge(said, "IKE-2.6-08", changed);
}

// Whether each proposal of FIRST is in SECOND: in any order, with its transforms in any order, as
// who moves the group that was named to the front still offers the full set.
bool offers_all(const wire::SaPayload& second, const wire::SaPayload& first) {
  const auto same = [](const wire::Proposal& one, const wire::Proposal& other) {
    const auto* ours = std::get_if<std::vector<wire::Transform>>(&one.transforms);
    const auto* theirs = std::get_if<std::vector<wire::Transform>>(&other.transforms);
    if (ours == nullptr || theirs == nullptr || one.protocol != other.protocol)
      return one == other;
    return ours->size() == theirs->size() && std::ranges::is_permutation(*ours, *theirs);
  };
  return std::ranges::all_of(first.proposals, [&](const wire::Proposal& wanted) {
    return std::ranges::any_of(
        second.proposals, [&](const wire::Proposal& offered) { return same(wanted, offered); });
  });
}

// After INVALID_KE_PAYLOAD the same suites are offered with another KE.
void judge_group_changed(Ledger& ledger, const Said& said, const Course& course,
                         const wire::Message& message) {
  const auto* sa = body_of<wire::SaPayload>(message, PayloadType::SA);
  if (sa == nullptr)
    return;
  bool named = false;
  for (const InitMessage& answer : course.answers)
    named = named || named_group(answer.message) == group_of(message);
  if (!named)
    return;
  for (const InitMessage& request : course.requests) {
    const auto* first = body_of<wire::SaPayload>(request.message, PayloadType::SA);
    if (request.source != said.observed.source || first == nullptr ||
        group_of(request.message) == group_of(message))
      continue;
    ledger.judge(said, "IKE-1.2-09",
                 unless(offers_all(*sa, *first), message, "SA", "all suites of the first request",
                        "another offer"));
    return;
  }
}

}  // namespace

void judge_init_request(Ledger& ledger, const Said& said, const Course& course,
                        const wire::Message& message) {
  const wire::Header& header = message.header;
  const auto whole = unless(holds_suite(message), "", "SA, KE and Ni", payload_list(said.observed));
  if (of_group(message)) {
    ledger.judge(said, "MRKMP-2.3-01", whole);
    ledger.judge(said, "MRKMP-2.3-11", identity_in(message));
  } else {
    ledger.judge(said, "IKE-1.2-01", whole);
    ledger.judge(said, "RKMP-3.1-01", whole);
    ledger.judge(said, "RKMP-3.1-03", identity_in(message));
    if (const auto* sa = body_of<wire::SaPayload>(message, PayloadType::SA)) {
      const auto other = std::ranges::find_if(sa->proposals, [](const wire::Proposal& proposal) {
        return proposal.protocol != static_cast<std::uint8_t>(wire::ProtocolId::IKE);
      });
      ledger.judge(said, "RKMP-3.1-04",
                   unless(other == sa->proposals.end(), message, "SA", "proposals for IKE alone",
                          other == sa->proposals.end()
                              ? ""
                              : "one for protocol " + std::to_string(other->protocol)));
    }
  }
  ledger.judge(said, "IKE-3.1-01",
               unless(header.spi_i != 0, message, "HDR.spi_i", "an SPI that is not 0", "0"));
  ledger.judge(said, "IKE-3.1-02",
               unless(header.spi_r == 0, message, "HDR.spi_r", "0", spi_text(header.spi_r)));
  ledger.judge(said, "IKE-2.2-01",
               unless(header.message_id == 0, message, "HDR.message_id", "0",
                      std::to_string(header.message_id)));
  ledger.judge(said, "IKE-3.1-08",
               unless(header.from_initiator(), message, "HDR.flags",
                      "I set, a request that makes "
                      "an IKE SA comes from its initiator",
                      "I clear"));
  judge_cookie(ledger, said, course, message);
  judge_group_changed(ledger, said, course, message);
}

void judge_init_answer(Ledger& ledger, const Said& said, const Course& course,
                       const wire::Message& message) {
  const wire::Header& header = message.header;
  // Without any of the three a notification says why: an error, COOKIE, or one of an extension.
  const bool refuses = error_in(message) != nullptr ||
                       (!has(message, PayloadType::SA) && !has(message, PayloadType::KE) &&
                        !has(message, PayloadType::Nonce) && has(message, PayloadType::N));
  const auto whole = unless(refuses || holds_suite(message), "", "SA, KE and Nr, or why not",
                            payload_list(said.observed));
  if (of_group(message)) {
    ledger.judge(said, "MRKMP-2.3-02", whole);
    ledger.judge(said, "MRKMP-2.3-11", identity_in(message));
  } else {
    ledger.judge(said, "IKE-1.2-02", whole);
    ledger.judge(said, "RKMP-3.1-02", whole);
    ledger.judge(said, "RKMP-3.1-03", identity_in(message));
  }
  if (has(message, NotifyType::COOKIE) || has(message, NotifyType::INVALID_KE_PAYLOAD) ||
      has(message, NotifyType::NO_PROPOSAL_CHOSEN))
    ledger.judge(said, "IKE-2.6-03",
                 unless(header.spi_r == 0 || holds_suite(message), message, "HDR.spi_r",
                        "0, no IKE SA is made", spi_text(header.spi_r)));
  // The requests that it can be an answer to.
  std::vector<const wire::Message*> requests;
  for (const InitMessage& request : course.requests)
    if (request.source == said.observed.destination && request.message.header.spi_i == header.spi_i)
      requests.push_back(&request.message);
  if (requests.empty())
    return;
  if (std::ranges::all_of(requests, [](const auto* each) { return each->header.message_id == 0; }))
    ledger.judge(said, "IKE-2.2-03",
                 unless(header.message_id == 0, message, "HDR.message_id", "0, as in the request",
                        std::to_string(header.message_id)));
  if (holds_suite(message))
    ledger.judge(said, "IKE-3.1-08",
                 unless(!header.from_initiator(), message, "HDR.flags",
                        "I clear, it answers the initiator", "I set"));
  if (const auto group = named_group(message)) {
    // It may answer an earlier request, with another group, that is not in the capture.
    const bool offered = std::ranges::any_of(
        requests, [&](const auto* request) { return offers_group(*request, *group); });
    ledger.judge(said, "IKE-1.2-10",
                 unless(offered, message, "N(INVALID_KE_PAYLOAD).data", "a group that was offered",
                        std::to_string(*group)));
  }
  if (!holds_suite(message))
    return;
  // All requests have one message ID: which one it answers is known by the group.
  for (const wire::Message* request : requests)
    if (group_of(*request) == group_of(message)) {
      judge_answered_suites(ledger, said, *request, message, true);
      break;
    }
  const auto* sa = body_of<wire::SaPayload>(message, PayloadType::SA);
  const auto* ke = body_of<wire::KePayload>(message, PayloadType::KE);
  if (sa->proposals.size() == 1 && ke != nullptr)
    ledger.judge(said, "IKE-3.4-07",
                 unless(offers_group(message, ke->group), message, "KE.group",
                        "the group of the accepted proposal", std::to_string(ke->group)));
}

}  // namespace karpspec::observer
