#pragma once

#include <functional>
#include <vector>

#include "base/random.h"
#include "base/writer.h"
#include "crypto/ike_keys.h"
#include "crypto/protect.h"
#include "wire/message.h"

// Protected messages, RFC 5996 sections 2.3 and 3.14.
namespace karpspec::oracle::ike {

// The keys that seal what the SA's original initiator (or responder) sends.
[[nodiscard]] crypto::DirectionKeys keys_of_initiator(const crypto::IkeKeys& keys);
[[nodiscard]] crypto::DirectionKeys keys_of_responder(const crypto::IkeKeys& keys);

// Changes the clear form of a message: its header and payloads encoded as if there were no SK
// payload, with the place of every field in it.
using ClearEdit = std::function<void(Octets& clear, const std::vector<FieldAt>& fields)>;

// Encodes CLEAR, lets EDIT change the octets, and seals.
[[nodiscard]] Result<Octets> seal_message(const crypto::IkeSuite& suite,
                                          const crypto::DirectionKeys& keys,
                                          const wire::Message& clear, Random& random,
                                          const ClearEdit& edit = {});

// Seals a clear form. Of its header: SPIs, version, exchange, flags and message ID are taken as
// they stand; next payload becomes that of the SK payload; the length becomes the sealed size,
// unless it differs from the clear form's size, then somebody set it and it stays.
// Errors: bad_length when CLEAR has no whole header.
[[nodiscard]] Result<Octets> seal_clear_form(const crypto::IkeSuite& suite,
                                             const crypto::DirectionKeys& keys, OctetView clear,
                                             Random& random);

// The header of a clear form, followed by the one payload TYPE, whose fields before its data have
// FIELDS octets (generic header included) and whose data, still zero, has DATA octets. The header
// is taken over as seal_clear_form says. Errors: bad_length.
[[nodiscard]] Result<Octets> open_envelope(OctetView clear, wire::PayloadType type,
                                           std::size_t fields, std::size_t data);
// What the last DATA_SIZE octets of MESSAGE, sealed, hold. Errors and REPAIR_ICV as open_sealed.
[[nodiscard]] Result<Octets> open_data(const crypto::IkeSuite& suite,
                                       const crypto::DirectionKeys& keys, OctetView message,
                                       std::size_t data_size, bool repair_icv);

// A received message whose SK payload was opened: authentic, but its payloads are not yet decoded.
struct Opened {
  wire::Header header;
  wire::PayloadType first = wire::PayloadType::none;
  Octets plaintext;  // the payload chain, padding removed
};
// Errors: bad_length, bad_value, truncated (not a message with an SK payload), not_authentic.
// With REPAIR_ICV the ICV is made right before opening: what a device does that does not check
// it. Not possible with an AEAD, whose errors stay.
[[nodiscard]] Result<Opened> open_sealed(const crypto::IkeSuite& suite,
                                         const crypto::DirectionKeys& keys, OctetView message,
                                         const wire::CodePoints& numbers = {},
                                         bool repair_icv = false);

// Opens and decodes: the message with the payloads of its SK payload in clear.
// Errors: as open_sealed, and those of wire::decode_chain (authentic but malformed).
[[nodiscard]] Result<wire::Message> open_message(const crypto::IkeSuite& suite,
                                                 const crypto::DirectionKeys& keys,
                                                 OctetView message,
                                                 const wire::CodePoints& numbers = {});

}  // namespace karpspec::oracle::ike
