#pragma once

#include <map>
#include <optional>
#include <string>

#include "capture/keys_file.h"
#include "crypto/protect.h"
#include "observer/secrets_file.h"
#include "oracle/ike/fragments.h"
#include "wire/message.h"

// One IKE SA of a capture. For the room's own use.
namespace karpspec::observer {

// The notification of RFC 9242.
constexpr std::uint16_t intermediate_exchange_supported = 16438;

// What the peers have put into an exchange that makes keys: IKE_SA_INIT, mrkmp_init, or the
// CREATE_CHILD_SA that rekeys an IKE SA.
struct KeyExchange {
  Octets request, response;  // the messages as they were sent (RealMessage1 and 2)
  Octets ni, nr, ke_i, ke_r;
  std::uint16_t group = 0;
  std::optional<crypto::IkeSuite> suite;  // of the answer
  // AUTH may cover other octets, or be made with other keys, than what was seen says: a cookie was
  // asked for and the request that brings it is not here, or an extension that changes what AUTH is
  // made of was announced (RFC 8784, RFC 9242).
  bool cookie_missing = false, extended = false;
  std::uint64_t spi_i = 0, spi_r = 0;  // of the IKE SA that it makes
};

struct Association {
  std::uint64_t spi_i = 0, spi_r = 0;  // 0 as long as it is not known
  std::uint32_t number = 1;            // in its conversation
  KeyExchange init;                    // of the one that was rekeyed: what CREATE_CHILD_SA held
  bool rekeyed = false;                // it was made by CREATE_CHILD_SA
  std::optional<capture::DecryptionKeys> keys;
  std::optional<crypto::Opening> opening_i, opening_r;  // by them, of what either side has sent
  std::optional<crypto::IkeKeys> derived;               // where a private value is known
  bool tried = false;                                   // to derive them
  std::optional<wire::IdPayload> id_i, id_r;
  // CREATE_CHILD_SA requests that may rekey this IKE SA and are not answered, by sender and
  // message ID.
  std::map<std::pair<bool, std::uint32_t>, KeyExchange> rekeys;
  std::map<std::pair<std::uint8_t, std::uint32_t>, oracle::ike::Reassembly>
      parts;  // by flags and message ID
};

// Notes what MESSAGE, in clear, contributes to EXCHANGE; ENCODED are its octets.
void note_key_exchange(KeyExchange& exchange, const wire::Message& message, OctetView encoded);
// The keys of ASSOCIATION by a private value of SECRETS; OLD is the IKE SA that it was made of by
// rekeying, or nullptr (RFC 5996 sections 2.14 and 2.18). Nothing where none fits.
[[nodiscard]] std::optional<crypto::IkeKeys> derive(const Association& association,
                                                    const Association* old, const Secrets& secrets);
// Whether the AUTH payload of MESSAGE (opened) is made with one of the preshared keys: nothing
// where that cannot be said (RFC 5996 section 2.15).
struct AuthCheck {
  bool holds = false;
  bool certain = false;  // it holds, or it does not by the key of the very identity it is of
};
[[nodiscard]] std::optional<AuthCheck> auth_holds(Association& association,
                                                  const wire::Message& message,
                                                  const Secrets& secrets);

}  // namespace karpspec::observer
