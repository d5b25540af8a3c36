#include <algorithm>

#include "crypto/protect.h"
#include "oracle/ike/negotiation.h"
#include "script/tester/tester.h"
#include "transcript/mutation.h"

namespace karpspec::script {

using transcript::PayloadName;
using wire::ExchangeType;
using wire::PayloadType;

namespace {

bool names_type(const SendStep& step, PayloadType type) {
  return std::any_of(step.message.payloads.begin(), step.message.payloads.end(),
                     [&](const PayloadName& name) { return name.type == type; });
}

constexpr std::size_t largest_datagram = 65507;  // of UDP over IPv4

// SPI sizes are told in one octet: what does not fit would go out as something else.
Result<void> check_spi_sizes(const wire::Message& message) {
  const auto refuse = [](const Octets& spi) -> Result<void> {
    if (spi.size() <= 255)
      return {};
    return fail(ErrorCode::bad_value,
                "an SPI of " + std::to_string(spi.size()) + " octets, its size is told in one");
  };
  for (const wire::Payload& payload : message.payloads) {
    if (const auto* notify = payload.as<wire::NotifyPayload>())
      KARPSPEC_CHECK(refuse(notify->spi));
    if (const auto* sa = payload.as<wire::SaPayload>())
      for (const wire::Proposal& proposal : sa->proposals)
        KARPSPEC_CHECK(refuse(proposal.spi));
  }
  return {};
}

// SK.padding and SK.pad_length of the operations.
Result<crypto::Padding> padding_in(const std::vector<transcript::Mutation>& mutations,
                                   transcript::Context& context) {
  crypto::Padding out;
  for (const transcript::Mutation& mutation : mutations) {
    const auto* patch = std::get_if<transcript::PatchField>(&mutation.operation);
    if (patch == nullptr || patch->path.root != transcript::Path::Root::sealed)
      continue;
    const std::string& name = patch->path.segments.front().name;
    if (name != "padding" && name != "pad_length")
      continue;
    const transcript::FieldValue kind{std::uint64_t{0}, transcript::Names::none, 8};
    KARPSPEC_TRY(value, transcript::evaluate(patch->value, kind, context));
    const auto* number = std::get_if<std::uint64_t>(&value);
    if (number == nullptr)
      return mutation.source.error("expected a number of octets");
    if (name == "padding")
      out.extra = static_cast<std::size_t>(*number);
    else
      out.length = static_cast<std::uint8_t>(*number);
  }
  return out;
}

}  // namespace

// The IKE SA that STEP is sent on; an IKE_SA_INIT request makes it.
Result<TesterSa*> Tester::sa_for_sending(const SendStep& step, const std::string& name) {
  if (TesterSa* sa = find(name))
    return sa;
  const bool init = is_init(static_cast<ExchangeType>(step.message.exchange));
  if (!init && !step.clear)
    return fail(ErrorCode::not_found,
                "there is no IKE SA '" + name + "' to send on, only IKE_SA_INIT makes one");
  TesterSa& sa = sas_.emplace_back();
  sa.name = name;
  sa.router = sending_.router.empty() ? "tester" : sending_.router;
  sa.by_tester = true;
  sa.spi_i = random().u64();
  if (!init)
    sa.spi_r = random().u64();
  sa.next_own_id = init ? 0 : 1;
  return &sa;
}

wire::Header Tester::make_header(const SendStep& step) {
  const TesterSa& sa = *sending_.sa;
  wire::Header header;
  header.spi_i = sa.spi_i;
  header.spi_r = sa.spi_r;
  header.exchange = step.message.exchange;
  if (sa.by_tester)
    header.flags |= wire::Header::flag_initiator;
  if (sending_.response) {
    header.flags |= wire::Header::flag_response;
    header.message_id = sa.peer_request ? sa.peer_request->id : 0;
  } else {
    header.message_id = sa.next_own_id;
  }
  if (is_init(sending_.exchange)) {
    header.message_id = 0;
    if (!sending_.response)
      header.spi_r = 0;
  }
  return header;
}

// All payloads with what they hold by default, then the step's operations on them.
Result<wire::Message> Tester::make_message(const SendStep& step) {
  wire::Message message;
  message.header = make_header(step);
  sending_.certificates = 0;
  for (const PayloadName& name : step.message.payloads) {
    // [KEr] answers a KEi, where one came.
    if (name.optional && !(sending_.response && !sending_.negotiation().peer_ke.empty()))
      continue;
    KARPSPEC_TRY(made, payload(name));
    made.critical = name.critical;
    message.payloads.push_back(std::move(made));
  }
  KARPSPEC_CHECK(transcript::apply_to_message(step.mutations, message, *this));
  return message;
}

Result<Octets> Tester::clear_form(const std::vector<transcript::Mutation>& mutations,
                                  const wire::Message& message) {
  Octets clear = wire::encode_message(message);
  KARPSPEC_CHECK(transcript::apply_to_clear_form(mutations, message, clear, *this));
  return clear;
}

Result<Octets> Tester::seal(const std::vector<transcript::Mutation>& mutations,
                            const wire::Message& message, const Octets& clear) {
  const TesterSa& sa = *sending_.sa;
  if (!sa.keys)
    return fail(
        ErrorCode::not_found,
        "the IKE SA '" + sa.name + "' has no keys yet; a message in clear needs `clear: true`");
  const OctetView chain = OctetView(clear).subspan(wire::Header::size);
  KARPSPEC_TRY(padding, padding_in(mutations, *this));
  wire::Message envelope;
  envelope.header = message.header;
  wire::EncryptedPayload sk;
  if (!message.payloads.empty())
    sk.first_inner = static_cast<std::uint8_t>(message.payloads.front().type);
  sk.data = Octets(crypto::sealed_size(sa.suite, chain.size(), padding));
  envelope.payloads.push_back(wire::make_payload(PayloadType::SK, std::move(sk)));
  Octets datagram = wire::encode_message(envelope);
  KARPSPEC_CHECK(transcript::apply_to_envelope(mutations, datagram, *this));
  KARPSPEC_CHECK(crypto::seal(sa.suite, sa.sending(), chain, datagram, random(), padding));
  KARPSPEC_CHECK(transcript::apply_to_datagram(mutations, datagram, *this));
  return datagram;
}

Result<Built> Tester::build(const SendStep& step, const std::string& name,
                            const std::string& router) {
  sending_ = {};
  sending_.router = router;
  sending_.exchange = static_cast<ExchangeType>(step.message.exchange);
  if (goes_to_group(step.message.exchange))
    return build_for_group(step);
  KARPSPEC_TRY(sa, sa_for_sending(step, name));
  sending_.sa = sa;
  sending_.router = sa->router;
  const bool asked = sa->peer_request && !sa->peer_request->answered &&
                     sa->peer_request->exchange == step.message.exchange;
  sending_.response = step.message.response.value_or(asked);
  sending_.has_ts = names_type(step, PayloadType::TSi) || names_type(step, PayloadType::TSr);
  if (!sending_.response && !is_init(sending_.exchange) && names_type(step, PayloadType::SA)) {
    Negotiation& n = sa->own_negotiation.emplace();
    n.by_tester = true;
    n.rekeys_ike = sending_.exchange == ExchangeType::CREATE_CHILD_SA && !sending_.has_ts;
  }
  KARPSPEC_TRY(message, make_message(step));
  // AUTH covers the identity that is really sent.
  const auto own = sa->by_tester ? PayloadType::IDi : PayloadType::IDr;
  if (const wire::Payload* id = wire::find(message.payloads, own);
      id != nullptr && names_type(step, PayloadType::AUTH)) {
    const auto* body = id->as<wire::IdPayload>();
    if (body != nullptr && !(*body == id_payload(sa->by_tester))) {
      sending_.auth_id = *body;
      KARPSPEC_TRY(again, make_message(step));
      message = std::move(again);
    }
  }
  Built out;
  out.is_sealed = !is_init(sending_.exchange) && !step.clear;
  out.sa = name;
  out.message = std::move(message);
  if (out.is_sealed) {
    KARPSPEC_TRY(clear, clear_form(step.mutations, out.message));
    out.clear = std::move(clear);
  }
  if (step.cut.fragments != 0) {
    if (!out.is_sealed || !sa->keys)
      return fail(ErrorCode::bad_value, "only a protected message goes in fragments");
    KARPSPEC_CHECK(cut(*sa, step.cut, out));
  } else {
    KARPSPEC_TRY(datagram, out.is_sealed
                               ? seal(step.mutations, out.message, out.clear)
                               : transcript::encode_mutated(step.mutations, out.message, *this));
    out.datagrams.push_back(std::move(datagram));
    out.sent = out.datagrams;
  }
  for (const Octets& datagram : out.datagrams)
    if (datagram.size() > largest_datagram)
      return fail(ErrorCode::bad_value, "the message has " + std::to_string(datagram.size()) +
                                            " octets, a UDP datagram takes " +
                                            std::to_string(largest_datagram));
  KARPSPEC_CHECK(check_spi_sizes(out.message));
  if (sending_.response)
    KARPSPEC_CHECK(adopt_response(out, step.new_sa));
  else
    adopt_request(out, step.new_sa);
  return out;
}

Result<Built> Tester::answer_informational(const Received& received) {
  TesterSa* sa = find(received.sa);
  if (sa == nullptr)
    return fail(ErrorCode::not_found, "no IKE SA for it");
  sa->next_peer_id = std::max(sa->next_peer_id, received.header.message_id + 1);
  const auto before = sa->peer_request;
  sa->peer_request = OpenRequest{received.header.message_id, received.header.exchange, false};
  SendStep step;
  step.message.exchange = received.header.exchange;
  step.message.response = true;
  auto built = build(step, received.sa);
  // A request that the scenario has still to answer stays the one to be answered.
  if (before && !before->answered)
    sa->peer_request = before;
  return built;
}

// What the tester goes on with after its own request: what was really sent.
void Tester::adopt_request(const Built& built, const std::string& new_sa) {
  TesterSa& sa = *sending_.sa;
  const wire::Message& message = built.message;
  const std::uint32_t id = message.header.message_id;
  sa.own_open.push_back({id, message.header.exchange, false});
  const auto* nonce = wire::find(message.payloads, PayloadType::Nonce);
  const auto* offer = wire::find(message.payloads, PayloadType::SA);
  if (is_init(sending_.exchange)) {
    sa.spi_i = message.header.spi_i;
    sa.own_first = built.datagrams.front();
    sa.next_own_id = 1;
    sa.announced_by_tester = announces_fragments(message);
    if (nonce != nullptr && nonce->as<wire::NoncePayload>() != nullptr)
      sa.ni = nonce->as<wire::NoncePayload>()->data;
    if (offer != nullptr && offer->as<wire::SaPayload>() != nullptr)
      sa.offer = *offer->as<wire::SaPayload>();
    return;
  }
  sa.next_own_id = id + 1;
  adopt_group_keys(sa.router, message);
  if (is_auth(sending_.exchange)) {
    if (const auto* own = wire::find(message.payloads, PayloadType::IDi))
      if (own->as<wire::IdPayload>() != nullptr)
        sa.own_id = *own->as<wire::IdPayload>();
  }
  if (!sa.own_negotiation)
    return;
  Negotiation& n = *sa.own_negotiation;
  n.new_sa = new_sa;
  if (offer != nullptr && offer->as<wire::SaPayload>() != nullptr)
    n.offer = *offer->as<wire::SaPayload>();
  if (nonce != nullptr && nonce->as<wire::NoncePayload>() != nullptr)
    n.ni = nonce->as<wire::NoncePayload>()->data;
  if (const auto* ts = wire::find(message.payloads, PayloadType::TSi))
    if (ts->as<wire::TsPayload>() != nullptr)
      n.ts_i = *ts->as<wire::TsPayload>();
}

Result<void> Tester::adopt_response(const Built& built, const std::string& new_sa) {
  TesterSa& sa = *sending_.sa;
  const wire::Message& message = built.message;
  sa.answers[message.header.message_id] = built.datagrams;
  adopt_group_keys(sa.router, message);
  if (sa.peer_request)
    sa.peer_request->answered = true;
  const auto* nonce = wire::find(message.payloads, PayloadType::Nonce);
  const auto* found = wire::find(message.payloads, PayloadType::SA);
  const auto* answer = found != nullptr ? found->as<wire::SaPayload>() : nullptr;
  if (is_init(sending_.exchange)) {
    // Without these it asks for another request, and the next one begins anew.
    if (answer == nullptr || nonce == nullptr ||
        wire::find(message.payloads, PayloadType::KE) == nullptr)
      return {};
    sa.spi_r = message.header.spi_r;
    sa.own_first = built.datagrams.front();
    sa.announced_by_tester = announces_fragments(message);
    sa.nr = nonce->as<wire::NoncePayload>()->data;
    if (!answer->proposals.empty()) {
      const auto suites = oracle::ike::suites_in(answer->proposals[0]);
      if (suites.size() == 1 && crypto::is_supported(suites[0]))
        sa.suite = suites[0];
    }
    // A scenario may answer with what makes no keys, to see what the device does with it.
    static_cast<void>(derive_keys(sa));
    return {};
  }
  if (!sa.peer_negotiation || answer == nullptr)
    return {};
  Negotiation& n = *sa.peer_negotiation;
  if (!new_sa.empty())
    n.new_sa = new_sa;
  if (is_auth(sending_.exchange))
    n.nr = sa.nr;
  else if (nonce != nullptr && nonce->as<wire::NoncePayload>() != nullptr)
    n.nr = nonce->as<wire::NoncePayload>()->data;
  if (wire::find(message.payloads, PayloadType::KE) == nullptr)
    n.own_ke.reset();
  static_cast<void>(complete(sa, sa.peer_negotiation, *answer));
  return {};
}

}  // namespace karpspec::script
