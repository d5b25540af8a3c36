#include "script/invariants.h"

#include <algorithm>

#include "oracle/mrkmp/group_message.h"
#include "transcript/message_rules.h"
#include "wire/code_points.h"

namespace karpspec::script {

using transcript::Difference;
using wire::ExchangeType;
using wire::PayloadType;

namespace {

using Breach = std::optional<Difference>;
using transcript::at_field;

constexpr std::uint8_t beside_i_and_r = transcript::meaningless_flags | wire::Header::flag_version;

Difference differs(std::string field, std::size_t octet, std::string expected, std::string got) {
  return {std::move(field), octet, std::move(expected), std::move(got)};
}

// What the tester offered in the request that MESSAGE answers.
const std::optional<wire::SaPayload>* offer_of(const wire::Message& message, const TesterSa* sa) {
  if (sa == nullptr)
    return nullptr;
  if (message.header.exchange_type() == ExchangeType::IKE_SA_INIT)
    return &sa->offer;
  return sa->own_negotiation ? &sa->own_negotiation->offer : nullptr;
}

Breach proposal_numbers(const wire::Message& message, const TesterSa* sa) {
  const wire::Payload* found = wire::find(message.payloads, PayloadType::SA);
  const auto* body = found == nullptr ? nullptr : found->as<wire::SaPayload>();
  if (body == nullptr)
    return std::nullopt;
  if (!message.header.is_response())
    return transcript::misnumbered(message, *body);
  if (body->proposals.size() != 1)
    return at_field(message, "SA.proposals", "one proposal",
                    std::to_string(body->proposals.size()));
  const auto* offer = offer_of(message, sa);
  if (offer == nullptr || !*offer)
    return std::nullopt;
  const auto& offered = (*offer)->proposals;
  const std::uint8_t number = body->proposals[0].number;
  if (std::any_of(offered.begin(), offered.end(),
                  [&](const wire::Proposal& proposal) { return proposal.number == number; }))
    return std::nullopt;
  return at_field(message, "SA.proposals[1].number", "that of an offered proposal",
                  std::to_string(number));
}

Breach initial_contact(const wire::Message& message) {
  if (message.header.exchange_type() == ExchangeType::IKE_AUTH ||
      wire::find_notify(message.payloads, wire::NotifyType::INITIAL_CONTACT) == nullptr)
    return std::nullopt;
  return Difference{"N(INITIAL_CONTACT)", std::nullopt, "in IKE_AUTH only",
                    "in " + wire::exchange_name(message.header.exchange)};
}

// The IV stands at the beginning of SK, the only payload.
Breach group_iv(const Received& received, const std::string& device) {
  constexpr std::size_t at = wire::Header::size + 4;
  const auto sender = wire::IpAddress::from_text(device);
  if (received.header.exchange_type() != ExchangeType::mrkmp_group || !received.is_sealed ||
      !sender)
    return std::nullopt;
  const Octets wanted = oracle::mrkmp::iv_of_message(*sender, received.header.message_id);
  const OctetView datagram(received.datagram);
  const OctetView got =
      datagram.subspan(std::min(at, datagram.size()))
          .first(std::min(wanted.size(), datagram.size() - std::min(at, datagram.size())));
  if (std::equal(got.begin(), got.end(), wanted.begin(), wanted.end()))
    return std::nullopt;
  return differs("SK.iv", at, "0x" + to_hex(wanted) + ", of the sender's address and its number",
                 "0x" + to_hex(got));
}

}  // namespace

const std::vector<InvariantName>& invariants() {
  static const std::vector<InvariantName> names = {
      {Invariant::version, "version", "the version is 2.0"},
      {Invariant::flags, "flags", "of the header's flags only I and R may be set"},
      {Invariant::reserved, "reserved", "reserved fields and bits are zero"},
      {Invariant::critical, "critical", "no payload that the document defines is marked critical"},
      {Invariant::proposal_numbers, "proposal-numbers",
       "proposals are numbered from 1 in an offer; an answer has the number of an offered one"},
      {Invariant::notify_protocol, "notify-protocol",
       "a notification without an SPI names no protocol"},
      {Invariant::nonces, "nonces", "a nonce has 16 to 256 octets and is not used again"},
      {Invariant::initial_contact, "initial-contact", "INITIAL_CONTACT stands in IKE_AUTH only"},
      {Invariant::group_iv, "group-iv",
       "the IV of a message to a group is made of the sender's address and the sequence number"},
  };
  return names;
}

std::optional<Difference> InvariantWatch::breach(Invariant invariant, const Received& received,
                                                 const TesterSa* sa, const std::string& device) {
  const wire::Message& message = received.message;
  switch (invariant) {
    case Invariant::version:
      return transcript::wrong_version(message.header);
    case Invariant::flags:
      return transcript::wrong_flags(message.header, beside_i_and_r, "I and R alone");
    case Invariant::reserved:
      return transcript::reserved_set(message);
    case Invariant::critical:
      return transcript::needlessly_critical(message);
    case Invariant::proposal_numbers:
      return proposal_numbers(message, sa);
    case Invariant::notify_protocol:
      return transcript::protocol_without_spi(message);
    case Invariant::initial_contact:
      return initial_contact(message);
    case Invariant::group_iv:
      return group_iv(received, device);
    case Invariant::nonces:
      break;
  }
  const wire::Payload* found = wire::find(message.payloads, PayloadType::Nonce);
  const auto* nonce = found == nullptr ? nullptr : found->as<wire::NoncePayload>();
  if (nonce == nullptr)
    return std::nullopt;
  const std::size_t size = nonce->data.size();
  if (size < 16 || size > 256)
    return at_field(message, "Nonce.data", "16 to 256 octets", std::to_string(size) + " octets");
  // A request that is made anew, with a cookie or another group, keeps its nonce (section 2.6).
  const bool first =
      message.header.exchange_type() == ExchangeType::IKE_SA_INIT && !message.header.is_response();
  const bool fresh = nonces_.insert(nonce->data).second;
  if (!fresh && !first)
    return at_field(message, "Nonce.data", "a nonce that was not used before",
                    "0x" + to_hex(nonce->data));
  return std::nullopt;
}

}  // namespace karpspec::script
