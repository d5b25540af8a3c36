#pragma once

#include "crypto/ike_keys.h"
#include "wire/payloads.h"

// The AUTH payload, RFC 5996 section 2.15.
namespace karpspec::oracle::ike {

// What one side's AUTH covers and is made with. All views; RealMessage is the whole first message
// of that side as it was sent, the last IKE_SA_INIT request where there were several.
struct AuthInput {
  Prf prf = Prf::HMAC_SHA2_256;
  OctetView real_message;
  OctetView peer_nonce;  // Nr for the initiator's AUTH, Ni for the responder's
  OctetView sk_p;        // SK_pi or SK_pr
};

// The ID payload without its generic header, as the MAC covers it.
[[nodiscard]] Octets id_body(const wire::IdPayload& id);

// The AUTH payload by preshared key. Errors: those of crypto::psk_auth.
[[nodiscard]] Result<wire::AuthPayload> make_psk_auth(const AuthInput& input,
                                                      const wire::IdPayload& id,
                                                      OctetView shared_secret);
// Whether AUTH has the value that it must have; compared in constant time.
[[nodiscard]] Result<bool> verify_psk_auth(const AuthInput& input, const wire::IdPayload& id,
                                           OctetView shared_secret, const wire::AuthPayload& auth);

}  // namespace karpspec::oracle::ike
