#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "dut/device.h"
#include "oracle/config.h"

namespace karpspec::dut {

// What is wrong with the member at WHERE.
[[nodiscard]] inline tl::unexpected<Error> wrong(const std::string& where,
                                                 const std::string& what) {
  return fail(ErrorCode::bad_value, where + ": " + what);
}

// That OBJECT, which stands at WHERE (empty: all of the parameters), has no other members than
// KNOWN: one that is misspelt would configure something else than is meant. Errors: bad_value.
[[nodiscard]] Result<void> check_members(const Json& object,
                                         std::initializer_list<const char*> known,
                                         const std::string& where);

// `credentials` of the method `configure`: the device's own keys.
// Errors: bad_value and unsupported, with the member that is wrong; never with what it holds.
[[nodiscard]] Result<std::vector<oracle::Credential>> read_credentials(const Json& list);

// What a peer of `configure` says of proofs: `auth`, `own_auth`, `psk`, `credential`,
// `auth_methods` and `trust`. WHERE is the peer's place. SECRET_OF_GROUP: `psk` may be missing.
// Errors as read_credentials.
[[nodiscard]] Result<void> read_authentication(const Json& object, const std::string& where,
                                               bool secret_of_group, oracle::PeerConfig& peer);

}  // namespace karpspec::dut
