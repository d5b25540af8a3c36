#include "oracle/mrkmp/group_message.h"

#include <algorithm>

#include "crypto/digest.h"
#include "oracle/ike/sealed_message.h"

namespace karpspec::oracle::mrkmp {
namespace {

using wire::PayloadType;

// Gives the IV that P-208 prescribes: no two messages of one sender under one KEK have the same,
// nor do two senders that take themselves for the GCKS.
class PrescribedIv final : public Random {
 public:
  PrescribedIv(const wire::IpAddress& sender, std::uint64_t number)
      : iv_(iv_of_message(sender, number)) {}
  void fill(std::span<std::uint8_t> out) override {
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = iv_[i % iv_.size()];
  }

 private:
  Octets iv_;
};

// The only payload of TYPE as BODY.
template <class Body>
Result<Body> only(const std::vector<wire::Payload>& payloads, PayloadType type) {
  const Body* found = nullptr;
  for (const wire::Payload& payload : payloads) {
    if (payload.type != type)
      continue;
    const std::string name = wire::payload_name(static_cast<std::uint8_t>(type));
    if (found != nullptr)
      return fail(ErrorCode::bad_value, "two payloads " + name);
    found = payload.as<Body>();
  }
  if (found == nullptr)
    return fail(ErrorCode::bad_value,
                "no payload " + wire::payload_name(static_cast<std::uint8_t>(type)));
  return *found;
}

bool is_known(PayloadType type) {
  return type == PayloadType::SEQ || type == PayloadType::GROUP || type == PayloadType::GKM ||
         type == PayloadType::KD;
}

}  // namespace

Octets iv_of_message(const wire::IpAddress& sender, std::uint64_t number) {
  Octets iv = crypto::sha256(sender.octets());
  iv.resize(4);
  append(iv, big_endian(static_cast<std::uint32_t>(number)));
  return iv;
}

crypto::IkeSuite suite_of_kek() {
  crypto::IkeSuite suite;
  suite.encr = Encr::AES_GCM_16;
  suite.key_bits = 128;
  suite.integ = Integ::NONE;
  return suite;
}

const wire::CodePoints& code_points() {
  static const wire::CodePoints numbers = [] {
    wire::CodePoints out;
    out.mrkmp = true;
    return out;
  }();
  return numbers;
}

wire::Message to_message(std::uint32_t id, const GroupMessage& message) {
  wire::Message out;
  out.header.spi_i = id;
  out.header.exchange = static_cast<std::uint8_t>(wire::ExchangeType::mrkmp_group);
  out.header.flags = wire::Header::flag_initiator;
  out.header.message_id = static_cast<std::uint32_t>(message.number);
  out.payloads.push_back(
      wire::make_payload(PayloadType::SEQ, wire::SequencePayload{message.number}));
  out.payloads.push_back(wire::make_payload(PayloadType::GROUP, message.group));
  out.payloads.push_back(wire::make_payload(PayloadType::GKM, message.action));
  if (message.download)
    out.payloads.push_back(wire::make_payload(PayloadType::KD, *message.download));
  return out;
}

Result<Octets> seal_under_kek(const GroupKey& kek, OctetView clear, const wire::IpAddress& sender,
                              std::uint64_t number) {
  if (kek.key.size() != kek_octets)
    return fail(ErrorCode::bad_length, "a KEK has 20 octets");
  PrescribedIv iv(sender, number);
  return ike::seal_clear_form(suite_of_kek(), {kek.key.view(), {}}, clear, iv);
}

Result<Octets> seal_group_message(const GroupKey& kek, const GroupMessage& message,
                                  const wire::IpAddress& sender) {
  wire::Message clear = to_message(kek.id, message);
  const Secret octets(wire::encode_message(clear));
  if (auto* kd = wire::find(clear.payloads, PayloadType::KD))
    wipe(*kd->as<wire::KeyDownloadPayload>());
  return seal_under_kek(kek, octets.view(), sender, message.number);
}

std::optional<std::uint32_t> named_kek(const wire::Header& header) {
  if (header.exchange != static_cast<std::uint8_t>(wire::ExchangeType::mrkmp_group) ||
      header.spi_r != 0 || header.spi_i > 0xffffffff || header.is_response())
    return std::nullopt;
  return static_cast<std::uint32_t>(header.spi_i);
}

Result<wire::Message> open_under_kek(const GroupKey& kek, OctetView datagram, bool unchecked) {
  KARPSPEC_TRY(opened, ike::open_sealed(suite_of_kek(), {kek.key.view(), {}}, datagram,
                                        code_points(), unchecked));
  KARPSPEC_TRY(payloads, wire::decode_chain(opened.first, opened.plaintext, code_points(),
                                            wire::Header::size));
  return wire::Message{opened.header, std::move(payloads)};
}

Result<GroupMessage> open_group_message(const GroupKey& kek, OctetView datagram, bool unchecked) {
  KARPSPEC_TRY(message, open_under_kek(kek, datagram, unchecked));
  return read_group_message(std::move(message));
}

Result<GroupMessage> read_group_message(wire::Message message) {
  for (const wire::Payload& payload : message.payloads)
    if (!is_known(payload.type) && payload.critical)
      return fail(ErrorCode::bad_value, "an unknown critical payload");
  GroupMessage out;
  KARPSPEC_TRY(sequence, only<wire::SequencePayload>(message.payloads, PayloadType::SEQ));
  KARPSPEC_TRY(group, only<wire::GroupPayload>(message.payloads, PayloadType::GROUP));
  KARPSPEC_TRY(action, only<wire::GroupActionPayload>(message.payloads, PayloadType::GKM));
  out.number = sequence.number;
  if (static_cast<std::uint32_t>(out.number) != message.header.message_id)
    return fail(ErrorCode::bad_value, "the message ID is not that of the sequence number");
  out.group = group;
  out.group.reserved = 0;
  out.action = action;
  const bool has_download = wire::find(message.payloads, PayloadType::KD) != nullptr;
  if (has_download) {
    KARPSPEC_TRY(download, only<wire::KeyDownloadPayload>(message.payloads, PayloadType::KD));
    out.download = std::move(download);
  }
  for (wire::Payload& payload : message.payloads)
    if (auto* download = payload.as<wire::KeyDownloadPayload>())
      wipe(*download);
  const bool update =
      action.kind == static_cast<std::uint8_t>(wire::GroupActionPayload::Kind::update);
  if (update && !has_download)
    return fail(ErrorCode::bad_value, "an update without KD");
  return out;
}

}  // namespace karpspec::oracle::mrkmp
