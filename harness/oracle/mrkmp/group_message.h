#pragma once

#include <optional>

#include "crypto/ike_keys.h"
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

// The message with its payloads in clear, under the KEK with ID.
[[nodiscard]] wire::Message to_message(std::uint32_t id, const GroupMessage& message);
// The datagram that SENDER sends. Errors: bad_length (the KEK), internal.
[[nodiscard]] Result<Octets> seal_group_message(const GroupKey& kek, const GroupMessage& message,
                                                const wire::IpAddress& sender);
// The same of a message that is encoded already, CLEAR: header and payload chain. NUMBER is that of
// SEQ, from which the IV follows. Errors as above, and truncated.
[[nodiscard]] Result<Octets> seal_under_kek(const GroupKey& kek, OctetView clear,
                                            const wire::IpAddress& sender, std::uint64_t number);
// The IV of that message, 8 octets (P-208).
[[nodiscard]] Octets iv_of_message(const wire::IpAddress& sender, std::uint64_t number);
// The ID of the KEK that HEADER, of an mrkmp_group message, names. nullopt: it names none.
[[nodiscard]] std::optional<std::uint32_t> named_kek(const wire::Header& header);
// The message in DATAGRAM with its payloads in clear, whatever they are. UNCHECKED: whatever its
// ICV is, which is a fault. Errors: truncated, bad_length, not_authentic.
[[nodiscard]] Result<wire::Message> open_under_kek(const GroupKey& kek, OctetView datagram,
                                                   bool unchecked = false);
// Errors: those, and bad_value (payloads that are missing, doubled or contradict each other, an
// unknown critical one).
[[nodiscard]] Result<GroupMessage> open_group_message(const GroupKey& kek, OctetView datagram,
                                                      bool unchecked = false);
// The same of MESSAGE, whose payloads are in clear; the keys in it are wiped. Errors: bad_value.
[[nodiscard]] Result<GroupMessage> read_group_message(wire::Message message);

// What a KEK is for: AES-GCM with its key and salt (P-208).
[[nodiscard]] crypto::IkeSuite suite_of_kek();
// MRKMP's numbers for the codec.
[[nodiscard]] const wire::CodePoints& code_points();

}  // namespace karpspec::oracle::mrkmp
