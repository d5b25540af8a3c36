#pragma once

#include <optional>

#include "oracle/mrkmp/group_key.h"
#include "wire/ip_address.h"
#include "wire/message.h"

// Group key management messages, from the GCKS to the group under a KEK
// (draft-hartman-karp-mrkmp-00 section 7; suites/profile.md, P-206 and P-208).
namespace karpspec::oracle::mrkmp {

struct GroupMessage {
  std::uint64_t number = 0;  // the sequence number, from 1 for each KEK
  wire::GroupPayload group;
  wire::GroupActionPayload action;
  std::optional<wire::KeyDownloadPayload> download;  // of an update
};

// The datagram that SENDER sends. Errors: bad_length (the KEK), internal.
[[nodiscard]] Result<Octets> seal_group_message(const GroupKey& kek, const GroupMessage& message,
                                                const wire::IpAddress& sender);
// The ID of the KEK that HEADER, of an mrkmp_group message, names. nullopt: it names none.
[[nodiscard]] std::optional<std::uint32_t> named_kek(const wire::Header& header);
// Errors: truncated, bad_length, bad_value (payloads that are missing, doubled or contradict each
// other, an unknown critical one), not_authentic.
[[nodiscard]] Result<GroupMessage> open_group_message(const GroupKey& kek, OctetView datagram);

// MRKMP's numbers for the codec.
[[nodiscard]] const wire::CodePoints& code_points();

}  // namespace karpspec::oracle::mrkmp
