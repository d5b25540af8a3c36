#pragma once

#include <string>
#include <vector>

#include "dut/device.h"
#include "oracle/config.h"

namespace karpspec::dut {

// What the parameters of `configure` come to for iked.
struct IkedConfig {
  struct Peer {
    std::string name;  // as the control protocol has it
    std::string address;
    std::string identity;  // as ikectl takes it: "FQDN/tester.example"
    std::string policy;    // iked.conf's line, but for who begins
  };
  std::string settings;
  std::vector<Peer> peers;
  // iked.conf. iked begins with the peer called ACTIVE by itself; "": with none.
  [[nodiscard]] std::string text(const std::string& active = "") const;
};

// PARAMS are those of the control method `configure`; OWN is iked's address. With CHECKS_LIVENESS
// iked sends an empty INFORMATIONAL request after each second in which nothing came from a peer.
// Errors: bad_value with the member that is wrong in front; unsupported for what iked has not.
[[nodiscard]] Result<IkedConfig> iked_config(const Json& params, const Endpoint& own,
                                             bool checks_liveness = false);

// iked's words for a suite: "enc aes-128 prf hmac-sha2-256 auth hmac-sha2-256 group modp2048".
// Errors: unsupported for algorithms that it has not.
[[nodiscard]] Result<std::string> iked_proposal(const crypto::IkeSuite& suite);

// iked's notation of an identity, which it tells the type of by the look. Errors: unsupported for
// types that it has no notation for, and for names that it would take for another type's.
[[nodiscard]] Result<std::string> iked_identity(const oracle::Identity& identity);

}  // namespace karpspec::dut
