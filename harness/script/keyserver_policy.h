#pragma once

#include "oracle/keyserver/policy.h"
#include "script/scenario.h"

// A policy of the key servers as scenarios and the control protocol write it (suites/profile.md,
// P-242 to P-253):
//
//   version: 1
//   permissions: [{speaker, receiver, vrf, interface, protocol, both}]
//   interfaces: [{router, vrf, interface, mode, central, permit_for}]
//   reconnect: {first, longest, spread, jitter, addresses}
//   materials: {ROUTER: [{kind: address | key-sha256 | anchor, value}]}
namespace karpspec::script {

// WHERE is its place, in front of what is wrong. Errors: bad_value.
[[nodiscard]] Result<oracle::keyserver::DomainPolicy> read_domain_policy(const Json& value,
                                                                         const std::string& where);

}  // namespace karpspec::script
