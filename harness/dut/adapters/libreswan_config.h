#pragma once

#include <string>
#include <vector>

#include "dut/device.h"
#include "oracle/config.h"

namespace karpspec::dut {

// What the parameters of `configure` come to for pluto.
struct PlutoConfig {
  std::string ipsec_conf;
  std::string secrets;  // its preshared keys
  // What its database of keys is made of, as PlutoProofs has it.
  std::vector<std::pair<std::string, std::string>> files;
  std::vector<std::vector<std::string>> commands;
  struct Connection {
    std::string name;  // as pluto has it
    std::string peer;  // as the control protocol has it
  };
  std::vector<Connection> connections;
};

// PARAMS are those of the control method `configure`; OWN is pluto's address. With CHECKS_LIVENESS
// pluto sends an empty INFORMATIONAL request after each second in which nothing came from a peer.
// Errors: bad_value with the member that is wrong in front; unsupported for what pluto has not.
[[nodiscard]] Result<PlutoConfig> pluto_config(const Json& params, const Endpoint& own,
                                               bool checks_liveness = false);

// pluto's name of a suite: "aes128-sha2_256-modp2048", "aes_gcm_c128-sha2_256-dh19". It has one
// word for PRF and integrity. Errors: unsupported where they differ, and for algorithms it has not.
[[nodiscard]] Result<std::string> pluto_proposal(const crypto::IkeSuite& suite);

// pluto's notation of an identity: "@device.example", "@#00ff". Errors: unsupported for types and
// texts that it has no notation for.
[[nodiscard]] Result<std::string> pluto_identity(const oracle::Identity& identity);

}  // namespace karpspec::dut
