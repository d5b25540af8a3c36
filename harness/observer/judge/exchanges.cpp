#include <algorithm>
#include <set>

#include "observer/association.h"
#include "observer/judge/rules.h"

namespace karpspec::observer {
namespace {

// Notifications of extensions, which nothing else here speaks.
constexpr std::uint16_t multiple_auth_supported = 16404;  // RFC 4739
constexpr std::uint16_t another_auth_follows = 16405;     // RFC 4739
constexpr std::uint16_t redirect = 16407;                 // RFC 5685

bool has_notify(const wire::Message& message, std::uint16_t type) {
  return has(message, static_cast<wire::NotifyType>(type));
}
bool announces(const Course& course, std::uint16_t type) {
  const auto does = [type](const InitMessage& one) { return has_notify(one.message, type); };
  return std::ranges::any_of(course.requests, does) || std::ranges::any_of(course.answers, does);
}

using transcript::Difference;
using wire::ExchangeType;
using wire::NotifyType;
using wire::PayloadType;

bool has_all(const wire::Message& message, std::initializer_list<PayloadType> types) {
  return std::ranges::all_of(types, [&](PayloadType type) { return has(message, type); });
}

bool has_any(const wire::Message& message, std::initializer_list<PayloadType> types) {
  return std::ranges::any_of(types, [&](PayloadType type) { return has(message, type); });
}

// Whether SA negotiates an IKE SA.
bool rekeys_ike_sa(const wire::Message& message) {
  const auto* sa = body_of<wire::SaPayload>(message, PayloadType::SA);
  return sa != nullptr && !sa->proposals.empty() && sa->proposals.front().protocol == protocol_ike;
}

bool offers_none(const wire::SaPayload& sa) {
  for (const wire::Proposal& proposal : sa.proposals)
    if (const auto* list = std::get_if<std::vector<wire::Transform>>(&proposal.transforms))
      for (const wire::Transform& transform : *list)
        if (transform.type == static_cast<std::uint8_t>(wire::TransformType::DH) &&
            transform.id == 0)
          return true;
  return false;
}

std::optional<Difference> wrong_new_spi(const wire::Message& message) {
  const auto* sa = body_of<wire::SaPayload>(message, PayloadType::SA);
  for (const wire::Proposal& proposal : sa->proposals)
    if (proposal.protocol == protocol_ike && proposal.spi.size() != 8)
      return unless(false, message, "SA.proposals[1].spi", "a new SPI of 8 octets",
                    std::to_string(proposal.spi.size()) + " octets");
  return std::nullopt;
}

// A signature, or the secret, in the AUTH of MESSAGE, against what both have announced (RFC 7427).
void judge_method(Ledger& ledger, const Said& said, const Course& course,
                  const wire::Message& message) {
  const auto* auth = body_of<wire::AuthPayload>(message, PayloadType::AUTH);
  if (auth == nullptr)
    return;
  const auto method = static_cast<wire::AuthMethod>(auth->method);
  const bool by_initiator = message.header.from_initiator();
  const auto& peer = by_initiator ? course.hashes_r : course.hashes_i;
  const std::string got = std::to_string(auth->method);
  if (method == wire::AuthMethod::DIGITAL_SIGNATURE && peer)
    ledger.judge(said, "RFC7427-4-02",
                 unless(*peer, message, "AUTH.method",
                        "no digital signature, the peer has announced no hashes", got));
  const bool old = method == wire::AuthMethod::RSA || method == wire::AuthMethod::DSS ||
                   method == wire::AuthMethod::ECDSA_256 || method == wire::AuthMethod::ECDSA_384 ||
                   method == wire::AuthMethod::ECDSA_521;
  if ((old || method == wire::AuthMethod::DIGITAL_SIGNATURE) && course.hashes_i.value_or(false) &&
      course.hashes_r.value_or(false))
    ledger.judge(said, "RFC7427-3-04",
                 unless(!old, message, "AUTH.method", "14, both have announced hashes", got));
}

}  // namespace

void judge_auth_request(Ledger& ledger, const Said& said, const Course& course,
                        const wire::Message& message) {
  // Those that follow an EAP message are other ones.
  const bool first = message.header.message_id <= 1 || has(message, PayloadType::IDi);
  if (!first || has(message, PayloadType::EAP))
    return;
  const std::string id = std::to_string(message.header.message_id);
  if (of_group(message)) {
    ledger.judge(said, "MRKMP-1.2-01",
                 unless(message.header.message_id == 1, message, "HDR.message_id",
                        "1, mrkmp_init had 0", id));
    ledger.judge(said, "MRKMP-2.3-03",
                 unless(has_all(message, {PayloadType::IDi, PayloadType::AUTH}), "", "IDi and AUTH",
                        payload_list(said.observed)));
    ledger.judge(said, "MRKMP-1-08",
                 unless(has(message, PayloadType::AUTH), "", "AUTH", payload_list(said.observed)));
    ledger.judge(said, "MRKMP-5-01",
                 unless(!has_any(message, {PayloadType::SA, PayloadType::TSi, PayloadType::TSr}),
                        "", "no SA, TSi and TSr", payload_list(said.observed)));
  } else {
    // Further exchanges may come before it, and further authentications after (RFC 9242, RFC 4739).
    const bool plain = !course.requests.empty() && !course.answers.empty() &&
                       course.sealed.size() <= 1 &&
                       !announces(course, intermediate_exchange_supported) &&
                       !announces(course, multiple_auth_supported);
    if (message.header.message_id <= 1 || plain)
      ledger.judge(said, "IKE-2.2-02",
                   unless(message.header.message_id == 1, message, "HDR.message_id",
                          "1, IKE_SA_INIT had 0", id));
    const bool child = has_any(message, {PayloadType::SA, PayloadType::TSi, PayloadType::TSr});
    // Without AUTH it asks for EAP; without any child for none (RFC 6023).
    const auto whole = unless(
        has(message, PayloadType::IDi) &&
            (!child || has_all(message, {PayloadType::SA, PayloadType::TSi, PayloadType::TSr})),
        "", "IDi, AUTH, SAi2, TSi and TSr", payload_list(said.observed));
    ledger.judge(said, "IKE-1.2-04", whole);
    if (speaks_of_keys(message))
      ledger.judge(said, "RKMP-3.2-01", whole);
    ledger.judge(said, "IKE-2.8.3-01",
                 unless(!has(message, NotifyType::REKEY_SA), "N(REKEY_SA)",
                        "not in IKE_AUTH: the children are made anew", "REKEY_SA"));
    judge_key_offer(ledger, said, message);
  }
  judge_method(ledger, said, course, message);
}

void judge_auth_refusal(Ledger& ledger, const Said& said, const wire::Message& message) {
  const wire::NotifyPayload* error = error_in(message);
  const auto type = error == nullptr ? NotifyType{} : static_cast<NotifyType>(error->type);
  // INVALID_SYNTAX may also be about a child, beside the proof.
  if (type == NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD)
    ledger.judge(said, "IKE-2.21.2-02",
                 unless(!has_any(message, {PayloadType::IDr, PayloadType::AUTH, PayloadType::SA}),
                        "", "that notification and nothing else", payload_list(said.observed)));
}

void judge_auth_answer(Ledger& ledger, const Said& said, const Course& course,
                       const wire::Message& request, const wire::Message& message) {
  const bool first = has(request, PayloadType::IDi);
  const wire::NotifyPayload* error = error_in(message);
  const bool proves = has_all(message, {PayloadType::IDr, PayloadType::AUTH});
  if (first && has(request, PayloadType::AUTH) && !has(message, PayloadType::EAP)) {
    // Only notifications of errors, or of an extension, take the place of a proof; an error is
    // usually, but need not be, alone (section 3.10.1).
    const bool notifies =
        has(message, PayloadType::N) &&
        (!has_any(message, {PayloadType::IDr, PayloadType::AUTH, PayloadType::SA}) ||
         (error != nullptr && !has_any(message, {PayloadType::AUTH, PayloadType::SA})));
    // The child may come later, or elsewhere (RFC 4739, RFC 5685).
    const bool puts_off =
        has_notify(request, another_auth_follows) || has_notify(message, redirect);
    if (of_group(message)) {
      const auto proof =
          unless(proves || notifies, "", "IDr and AUTH", payload_list(said.observed));
      ledger.judge(said, "MRKMP-2.3-04", proof);
      ledger.judge(said, "MRKMP-2-01", proof);
      ledger.judge(said, "MRKMP-5-01",
                   unless(!has_any(message, {PayloadType::SA, PayloadType::TSi, PayloadType::TSr}),
                          "", "no SA, TSi and TSr", payload_list(said.observed)));
    } else {
      const bool wants_child = has(request, PayloadType::SA) && !puts_off;
      const bool child = has_all(message, {PayloadType::SA, PayloadType::TSi, PayloadType::TSr});
      const auto whole =
          unless(notifies || (proves && (!wants_child || child ||
                                         (error != nullptr && !has(message, PayloadType::SA)))),
                 "", "IDr, AUTH, SAr2, TSi and TSr, or why not", payload_list(said.observed));
      ledger.judge(said, "IKE-1.2-05", whole);
      if (speaks_of_keys(request))
        ledger.judge(said, "RKMP-3.2-02", whole);
    }
  }
  judge_method(ledger, said, course, message);
  if (of_group(message))
    return;
  if (speaks_of_keys(request))
    judge_key_answer(ledger, said, request, message);
  else
    judge_answered_suites(ledger, said, request, message, false);
}

void judge_child_request(Ledger& ledger, const Said& said, const Course& course,
                         const wire::Message& message) {
  const auto* sa = body_of<wire::SaPayload>(message, PayloadType::SA);
  if (sa == nullptr)
    return;
  if (rekeys_ike_sa(message)) {
    ledger.judge(
        said, "IKE-1.3.2-01",
        unless(has(message, PayloadType::KE), "", "a KE payload", payload_list(said.observed)));
    auto form = wrong_new_spi(message);
    if (!form)
      form = unless(has_all(message, {PayloadType::SA, PayloadType::Nonce, PayloadType::KE}) &&
                        !has_any(message, {PayloadType::TSi, PayloadType::TSr}),
                    "", "SA, Ni and KEi, no selectors", payload_list(said.observed));
    ledger.judge(said, "IKE-1.3.2-02", form);
    ledger.judge(said, "IKE-2.18-01",
                 unless(!offers_none(*sa), message, "SA", "no group NONE", "a transform DH NONE"));
    return;
  }
  if (!speaks_of_keys(message))
    return;
  ledger.judge(said, "RKMP-3.3-08",
               unless(has_all(message, {PayloadType::Nonce, PayloadType::TSi, PayloadType::TSr}),
                      "", "SA, Ni, TSi and TSr", payload_list(said.observed)));
  judge_key_offer(ledger, said, message);
  const auto* ke = body_of<wire::KePayload>(message, PayloadType::KE);
  if (ke != nullptr && course.group)
    ledger.judge(
        said, "RKMP-3.3-14",
        unless(ke->group == *course.group, message, "KE.group",
               std::to_string(*course.group) + ", the IKE SA's", std::to_string(ke->group)));
}

void judge_child_answer(Ledger& ledger, const Said& said, const Course& course,
                        const wire::Message& request, const wire::Message& message) {
  const auto* offered = body_of<wire::SaPayload>(request, PayloadType::SA);
  const auto* wrong = wire::find_notify(message.payloads, NotifyType::INVALID_KE_PAYLOAD);
  // The group of a key's exchange is the IKE SA's (profile P-05).
  if (wrong != nullptr && wrong->data.size() == 2 && course.group && speaks_of_keys(request)) {
    const unsigned named = static_cast<unsigned>(wrong->data[0]) << 8 | wrong->data[1];
    ledger.judge(
        said, "IKE-1.3-04",
        unless(named == *course.group, "N(INVALID_KE_PAYLOAD).data",
               std::to_string(*course.group) + ", the IKE SA's group", std::to_string(named)));
  }
  if (offered == nullptr || error_in(message) != nullptr)
    return;
  if (rekeys_ike_sa(request)) {
    std::optional<Difference> form =
        unless(has_all(message, {PayloadType::SA, PayloadType::Nonce, PayloadType::KE}), "",
               "SA, Nr and KEr", payload_list(said.observed));
    if (!form)
      form = wrong_new_spi(message);
    ledger.judge(said, "IKE-1.3.2-03", form);
    ledger.judge(said, "RKMP-3.3-05", form);
    if (const auto* sa = body_of<wire::SaPayload>(message, PayloadType::SA))
      ledger.judge(said, "IKE-2.18-02",
                   unless(!offers_none(*sa), message, "SA", "a proposal with a group", "NONE"));
    judge_answered_suites(ledger, said, request, message, true);
    return;
  }
  if (!speaks_of_keys(request)) {
    judge_answered_suites(ledger, said, request, message, true);
    return;
  }
  const bool with_ke = has(request, PayloadType::KE);
  ledger.judge(said, "RKMP-3.3-08",
               unless(has_all(message, {PayloadType::SA, PayloadType::Nonce, PayloadType::TSi,
                                        PayloadType::TSr}) &&
                          has(message, PayloadType::KE) == with_ke,
                      "", with_ke ? "SA, Nr, KEr, TSi and TSr" : "SA, Nr, TSi and TSr, no KE",
                      payload_list(said.observed)));
  judge_key_answer(ledger, said, request, message);
}

namespace {

// The KeyIDs that the Deletes of MESSAGE name.
std::set<std::uint8_t> deleted_keys(const wire::Message& message) {
  std::set<std::uint8_t> out;
  for (const wire::Payload& payload : message.payloads)
    if (const auto* body = payload.as<wire::DeletePayload>();
        body != nullptr && body->protocol == wire::CodePoints().tcp_ao_protocol)
      for (const Octets& spi : body->spis)
        if (spi.size() == 1)
          out.insert(spi.front());
  return out;
}

bool deletes_ike_sa(const wire::Message& message) {
  return std::ranges::any_of(message.payloads, [](const wire::Payload& payload) {
    const auto* body = payload.as<wire::DeletePayload>();
    return body != nullptr && body->protocol == protocol_ike;
  });
}

}  // namespace

void judge_informational_answer(Ledger& ledger, const Said& said, const Course& course,
                                const wire::Message& request, const wire::Message& message) {
  if (deletes_ike_sa(request))
    ledger.judge(
        said, "IKE-1.4.1-02",
        unless(!deletes_ike_sa(message), "D", "no Delete of the IKE SA in the answer to it",
               payload_list(said.observed)));
  const auto named = deleted_keys(request);
  const auto answered = deleted_keys(message);
  // Deletes that were due may stand beside those that answer (profile P-10).
  if (named.size() != 1 || answered.size() != 1 || deletes_ike_sa(request) || !course.keys)
    return;
  // The request names what its sender receives, which is what the answer's sender sends.
  const auto pair = course.keys->pair_of(said.address, *named.begin());
  if (!pair)
    return;
  course.keys->remove(said.address, *named.begin());
  // A key with these IDs may have been made since, in what is missing or on another IKE SA.
  if (course.has_gap || said.observed.association != 1)
    return;
  ledger.judge(said, "RKMP-3.4-05",
               unless(*answered.begin() == *pair, "D(TCP_AO).spi",
                      std::to_string(*pair) + ", its own KeyID of that key",
                      std::to_string(*answered.begin())));
}

void judge_any_answer(Ledger& ledger, const Said& said, const Course& course,
                      const wire::Message& request, const wire::Message& message) {
  // Who answers knows private types where the two have agreed on them, which a vendor ID may say.
  const bool by_initiator = message.header.from_initiator();
  const bool may_know = (by_initiator ? course.vendors_i : course.vendors_r).value_or(true);
  std::set<std::uint8_t> unknown;
  bool certain = false;
  for (const wire::Payload& payload : request.payloads) {
    if (payload.as<wire::UnknownPayload>() == nullptr || !payload.critical)
      continue;
    const auto type = static_cast<std::uint8_t>(payload.type);
    unknown.insert(type);
    // 49 to 55 and what is near were given away after RFC 5996.
    certain = certain || (type >= 64 && (type < 128 || !may_know));
  }
  if (certain)
    ledger.judge(said, "IKE-2.5-07",
                 unless(error_in(message) != nullptr, "", "N(UNSUPPORTED_CRITICAL_PAYLOAD)",
                        payload_list(said.observed)));
  const auto* notify =
      wire::find_notify(message.payloads, NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD);
  if (notify != nullptr && notify->data.size() == 1 && !unknown.empty())
    ledger.judge(
        said, "IKE-2.5-08",
        unless(unknown.contains(notify->data.front()), "N(UNSUPPORTED_CRITICAL_PAYLOAD).data",
               "the type of the critical payload that nobody knows",
               std::to_string(notify->data.front())));
}

void judge_unprotected(Ledger& ledger, const Said& said, const Course& course,
                       const wire::Message& message) {
  static_cast<void>(course);
  const bool notifies = !message.payloads.empty() &&
                        std::ranges::all_of(message.payloads, [](const wire::Payload& payload) {
                          return payload.type == PayloadType::N || payload.type == PayloadType::V;
                        });
  if (has(message, NotifyType::INVALID_IKE_SPI) && message.payloads.size() == 1) {
    ledger.judge(said, "IKE-1.5-01",
                 unless(message.header.is_response(), message, "HDR.flags", "R set", "R clear"));
    return;
  }
  // Some errors are told without protection, where the one who tells them has no keys.
  if (notifies)
    return;
  const auto exchange = message.header.exchange_type();
  const bool of_servers = exchange == ExchangeType::ks_policy || exchange == ExchangeType::ks_group;
  // Other exchanges may be in clear, as IKE_SESSION_RESUME is (RFC 5723).
  if (!of_servers && !of_group(message) && exchange != ExchangeType::IKE_AUTH &&
      exchange != ExchangeType::CREATE_CHILD_SA && exchange != ExchangeType::INFORMATIONAL)
    return;
  ledger.judge(said,
               of_servers          ? "DKS-5.2-04"
               : of_group(message) ? "MRKMP-2.3-12"
                                   : "IKE-1.2-03",
               unless(false, "", "an Encrypted payload", payload_list(said.observed)));
}

}  // namespace karpspec::observer
