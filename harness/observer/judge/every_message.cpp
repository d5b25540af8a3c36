#include <algorithm>

#include "observer/judge/rules.h"
#include "transcript/message_rules.h"

namespace karpspec::observer {
namespace {

using transcript::Difference;
using wire::ExchangeType;
using wire::NotifyType;
using wire::PayloadType;

bool is_private(PayloadType type) {
  return static_cast<std::uint8_t>(type) >= 128;
}

// The requirement about a reserved field, beside that about all of them.
std::string_view requirement_of_reserved(const std::string& path) {
  if (path.ends_with(".generic_reserved"))
    return "IKE-3.2-01";
  if (path.ends_with("transform.flags"))
    return "RKMP-4.1.1.1-10";
  if (path.find(".transforms[") != std::string::npos)
    return "IKE-3.3.2-01";
  if (path.find(".proposals[") != std::string::npos)
    return "IKE-3.3.1-03";
  if (path.starts_with("KE"))
    return "IKE-3.4-05";
  if (path.starts_with("ID"))
    return "IKE-3.5-02";
  if (path.starts_with("AUTH"))
    return "IKE-3.8-01";
  return {};
}

bool has_key_transforms(const wire::Message& message) {
  const auto* sa = body_of<wire::SaPayload>(message, PayloadType::SA);
  return sa != nullptr && std::ranges::any_of(sa->proposals, [](const wire::Proposal& proposal) {
           return proposal.is_tcp_ao();
         });
}

void judge_reserved(Ledger& ledger, const Said& said, const wire::Message& message) {
  const auto set = transcript::reserved_set(message);
  ledger.judge(said, "IKE-2.5-05", set);
  std::string_view broken = set ? requirement_of_reserved(set->field) : std::string_view();
  const bool of_keys = has_key_transforms(message);
  if (broken == "IKE-3.3.2-01" && of_keys)
    broken = "RKMP-4.1.1.1-02";
  const auto count = [&](std::string_view requirement, bool applies) {
    if (broken == requirement)
      ledger.judge(said, requirement, set);
    else if (applies)
      ledger.judge(said, requirement);
  };
  count("IKE-3.2-01", true);
  count("IKE-3.3.1-03", has(message, PayloadType::SA));
  count("IKE-3.3.2-01", has(message, PayloadType::SA) && !of_keys);
  count("RKMP-4.1.1.1-02", of_keys);
  count("RKMP-4.1.1.1-10", of_keys);
  count("IKE-3.4-05", has(message, PayloadType::KE));
  count("IKE-3.5-02", has(message, PayloadType::IDi) || has(message, PayloadType::IDr));
  count("IKE-3.8-01", has(message, PayloadType::AUTH));
}

void judge_notify(Ledger& ledger, const Said& said, const wire::Message& message,
                  const wire::NotifyPayload& notify) {
  const bool response = message.header.is_response();
  const bool init = wire::makes_ike_sa(message.header.exchange_type());
  const std::string name = "N(" + wire::notify_name(notify.type) + ")";
  const auto octets = [](const Octets& data) { return std::to_string(data.size()) + " octets"; };
  if (notify.protocol <= protocol_ike)
    ledger.judge(said, "IKE-3.10-02",
                 unless(notify.spi.empty(), name + ".spi", "no SPI, it is about the IKE SA",
                        octets(notify.spi)));
  switch (static_cast<NotifyType>(notify.type)) {
    case NotifyType::INITIAL_CONTACT: {
      const auto exchange = message.header.exchange_type();
      ledger.judge(
          said, "IKE-2.4-02",
          unless(exchange == ExchangeType::IKE_AUTH || exchange == ExchangeType::mrkmp_auth, name,
                 "in IKE_AUTH only", "in " + wire::exchange_name(message.header.exchange)));
      break;
    }
    case NotifyType::INVALID_MESSAGE_ID:
      ledger.judge(said, "IKE-2.3-04",
                   unless(!response, name, "in a request of its own", "in a response"));
      break;
    case NotifyType::COOKIE:
      if (response && init)
        ledger.judge(said, "IKE-2.6-06",
                     unless(!notify.data.empty() && notify.data.size() <= 64, name + ".data",
                            "1 to 64 octets", octets(notify.data)));
      break;
    case NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD:
      ledger.judge(said, "IKE-2.5-08",
                   unless(notify.data.size() == 1, name + ".data", "the payload's type, one octet",
                          octets(notify.data)));
      break;
    case NotifyType::INVALID_KE_PAYLOAD:
      ledger.judge(said, init ? "IKE-1.2-10" : "IKE-1.3-04",
                   unless(notify.data.size() == 2, name + ".data", "a group, two octets",
                          octets(notify.data)));
      break;
    case NotifyType::IKEV2_FRAGMENTATION_SUPPORTED:
      ledger.judge(
          said, "FRAG-2.3-03",
          unless(notify.protocol == 0 && notify.spi.empty(), name + ".protocol", "0, and no SPI",
                 std::to_string(notify.protocol) + ", SPI of " + octets(notify.spi)));
      ledger.judge(said, "FRAG-2.3-04",
                   unless(notify.data.empty(), name + ".data", "no data", octets(notify.data)));
      break;
    case NotifyType::SIGNATURE_HASH_ALGORITHMS:
      ledger.judge(
          said, "RFC7427-4-01",
          unless(notify.protocol == 0 && notify.spi.empty(), name + ".protocol", "0, and no SPI",
                 std::to_string(notify.protocol) + ", SPI of " + octets(notify.spi)));
      break;
    default:
      break;
  }
}

void judge_name(Ledger& ledger, const Said& said, const wire::Message& message,
                const wire::Payload& payload, const wire::IdPayload& id) {
  const auto type = static_cast<wire::IdType>(id.id_type);
  if (type != wire::IdType::ID_FQDN && type != wire::IdType::ID_RFC822_ADDR)
    return;
  const bool ended =
      !id.data.empty() && (id.data.back() == 0 || id.data.back() == '\n' || id.data.back() == '\r');
  const std::string name = wire::payload_name(static_cast<std::uint8_t>(payload.type));
  ledger.judge(said, "IKE-3.5-04",
               unless(!ended, message, name + ".data", "a name without a terminator",
                      "0x" + to_hex(id.data)));
}

void judge_delete(Ledger& ledger, const Said& said, const wire::DeletePayload& body) {
  if (body.protocol == protocol_ike)
    ledger.judge(
        said, "IKE-3.11-01",
        unless(body.spi_size == 0 && body.spis.empty(), "D.spi_size", "0, and no SPI",
               std::to_string(body.spi_size) + ", " + std::to_string(body.spis.size()) + " SPIs"));
}

}  // namespace

void judge_header(Ledger& ledger, const Said& said, const wire::Header& header) {
  ledger.judge(said, "IKE-3.1-03", transcript::wrong_version(header));
  ledger.judge(
      said, "IKE-3.1-04",
      transcript::wrong_flags(header, transcript::meaningless_flags, "no bit that means nothing"));
  ledger.judge(said, "IKE-3.1-05",
               transcript::wrong_flags(header, wire::Header::flag_version, "V clear"));
}

void judge_payloads(Ledger& ledger, const Said& said, const wire::Message& message) {
  judge_reserved(ledger, said, message);
  auto critical = transcript::needlessly_critical(message);
  // Whether a payload of MRKMP may be critical nobody has written down.
  for (const wire::Payload& payload : message.payloads)
    if (payload.critical && is_private(payload.type))
      critical.reset();
  ledger.judge(said, "IKE-3.2-02", critical);
  if (message.header.is_response())
    ledger.judge(said, "IKE-2.5-10", critical);
  bool notified = false;
  for (const wire::Payload& payload : message.payloads) {
    if (const auto* notify = payload.as<wire::NotifyPayload>()) {
      notified = true;
      judge_notify(ledger, said, message, *notify);
    } else if (const auto* id = payload.as<wire::IdPayload>()) {
      judge_name(ledger, said, message, payload, *id);
    } else if (const auto* body = payload.as<wire::DeletePayload>()) {
      judge_delete(ledger, said, *body);
    }
  }
  if (notified)
    ledger.judge(said, "IKE-3.10-01", transcript::protocol_without_spi(message));
}

void judge_malformed(Ledger& ledger, const Said& said) {
  constexpr std::size_t length_at = 24;
  const transcript::Observed& observed = said.observed;
  const auto contains = [&](const char* words) {
    return observed.trouble.find(words) != std::string::npos;
  };
  const Difference difference{"", observed.octet, "a message whose parts fit each other",
                              observed.trouble};
  if (!said.authentic && observed.octet == length_at) {
    ledger.judge(said, "IKE-3.1-09", difference);
    return;
  }
  ledger.judge(said, "IKE-3.2-04", difference);
  if (contains("a TCP-AO transform has 8"))
    ledger.judge(said, "RKMP-4.1.1.1-04", difference);
  if (contains("transform is marked"))
    ledger.judge(said, "RKMP-4.1.1.1-01", difference);
}

}  // namespace karpspec::observer
