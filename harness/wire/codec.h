#pragma once

#include "base/reader.h"
#include "base/writer.h"
#include "wire/header.h"
#include "wire/message.h"

// Readers and writers of the single payload bodies, for message.cpp. A reader is given exactly the
// body's octets and must use all of them. Errors: truncated, bad_length, bad_value.
namespace karpspec::wire {

Result<SaPayload> read_sa(Reader& in, const CodePoints& numbers);
Result<KePayload> read_ke(Reader& in);
Result<IdPayload> read_id(Reader& in);
Result<CertPayload> read_cert(Reader& in);
Result<CertReqPayload> read_certreq(Reader& in);
Result<AuthPayload> read_auth(Reader& in);
NoncePayload read_nonce(Reader& in);
Result<NotifyPayload> read_notify(Reader& in);
Result<DeletePayload> read_delete(Reader& in);
VendorIdPayload read_vendor_id(Reader& in);
Result<TsPayload> read_ts(Reader& in, const CodePoints& numbers);
// FIRST_INNER is the Next Payload field of the generic header.
EncryptedPayload read_encrypted(Reader& in, std::uint8_t first_inner);
Result<EncryptedFragmentPayload> read_fragment(Reader& in, std::uint8_t first_inner);
Result<ConfigPayload> read_config(Reader& in);
EapPayload read_eap(Reader& in);
UnknownPayload read_unknown(Reader& in);
// mrkmp_payloads.cpp
Result<GroupPayload> read_group(Reader& in);
Result<KeyDownloadPayload> read_key_download(Reader& in);
Result<SequencePayload> read_sequence(Reader& in);
Result<AdvertPayload> read_advert(Reader& in);
Result<GroupActionPayload> read_group_action(Reader& in);
Result<IncarnationPayload> read_incarnation(Reader& in);
// policy_payload.cpp
Result<PolicyPayload> read_policy(Reader& in);
Result<SpeakerGroup> read_speaker_group(Reader& in);

void write(Writer& out, const SaPayload& body);
void write(Writer& out, const KePayload& body);
void write(Writer& out, const IdPayload& body);
void write(Writer& out, const CertPayload& body);
void write(Writer& out, const CertReqPayload& body);
void write(Writer& out, const AuthPayload& body);
void write(Writer& out, const NoncePayload& body);
void write(Writer& out, const NotifyPayload& body);
void write(Writer& out, const DeletePayload& body);
void write(Writer& out, const VendorIdPayload& body);
void write(Writer& out, const TsPayload& body);
void write(Writer& out, const EncryptedPayload& body);
void write(Writer& out, const EncryptedFragmentPayload& body);
void write(Writer& out, const ConfigPayload& body);
void write(Writer& out, const EapPayload& body);
void write(Writer& out, const UnknownPayload& body);
void write(Writer& out, const GroupPayload& body);
void write(Writer& out, const KeyDownloadPayload& body);
void write(Writer& out, const SequencePayload& body);
void write(Writer& out, const AdvertPayload& body);
void write(Writer& out, const GroupActionPayload& body);
void write(Writer& out, const IncarnationPayload& body);
void write(Writer& out, const PolicyPayload& body);
void write_speaker_group(Writer& out, const SpeakerGroup& group);

// 24-bit reserved fields, big-endian.
Result<std::uint32_t> read_u24(Reader& in, const char* what);
void write_u24(Writer& out, std::uint32_t value, const char* name);

inline Octets copy(OctetView view) {
  return {view.begin(), view.end()};
}

}  // namespace karpspec::wire
