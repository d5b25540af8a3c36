#include "oracle/ike/auth.h"

#include "base/writer.h"

namespace karpspec::oracle::ike {

Octets id_body(const wire::IdPayload& id) {
  Octets body = {id.id_type, static_cast<std::uint8_t>(id.reserved >> 16),
                 static_cast<std::uint8_t>(id.reserved >> 8),
                 static_cast<std::uint8_t>(id.reserved)};
  append(body, id.data);
  return body;
}

Result<wire::AuthPayload> make_psk_auth(const AuthInput& input, const wire::IdPayload& id,
                                        OctetView shared_secret) {
  KARPSPEC_TRY(value, crypto::psk_auth(input.prf, shared_secret, input.real_message,
                                       input.peer_nonce, input.sk_p, id_body(id)));
  wire::AuthPayload auth;
  auth.method = static_cast<std::uint8_t>(wire::AuthMethod::PSK);
  auth.data = std::move(value);
  return auth;
}

Result<bool> verify_psk_auth(const AuthInput& input, const wire::IdPayload& id,
                             OctetView shared_secret, const wire::AuthPayload& auth) {
  KARPSPEC_TRY(expected, make_psk_auth(input, id, shared_secret));
  return equal_in_constant_time(expected.data, auth.data);
}

}  // namespace karpspec::oracle::ike
