#pragma once

#include <string>
#include <vector>

#include "dut/adapters/vici.h"
#include "dut/device.h"
#include "oracle/config.h"

namespace karpspec::dut {

// What the parameters of `configure` come to for charon.
struct CharonConfig {
  std::string strongswan_conf;  // its settings: plugins, logging, timers, cookies
  struct Command {
    std::string name;  // of the control protocol VICI
    vici::Message message;
  };
  std::vector<Command> commands;  // load-conn and load-shared, in order
  std::vector<std::string> peers;
  bool half_open_first = false;  // charon_primer is to be started: cookies are always demanded
};

// Name of the child that every connection has.
inline constexpr const char* charon_child = "child";
// Name of a connection of charon with itself that never gets further than IKE_SA_INIT. The SA that
// stays half open takes it over its threshold, so that everybody else is asked for a cookie.
inline constexpr const char* charon_primer = "half-open";

// Name of the file in charon's folder that keys of IKE SAs go to, where it is to tell them.
inline constexpr const char* charon_key_log = "keys.log";

// PARAMS are those of the control method `configure`; OWN is charon's address; SOCKET is the path
// of its control socket as charon sees it. With CHECKS_LIVENESS charon sends an empty INFORMATIONAL
// request after each second in which nothing came from a peer. With TELLS_KEYS it writes the keys
// that it derives into a log of their own.
// Errors: bad_value with the member that is wrong in front; unsupported for what charon has not.
[[nodiscard]] Result<CharonConfig> charon_config(const Json& params, const Endpoint& own,
                                                 const std::string& socket,
                                                 bool checks_liveness = false,
                                                 bool tells_keys = false);

// charon's name of a suite: "aes128-sha256-prfsha256-modp2048", "aes128gcm16-prfsha256-ecp256".
[[nodiscard]] std::string charon_proposal(const crypto::IkeSuite& suite);

// charon's notation of an identity, by type and octets, so that no text can be read as another
// type: "fqdn:#6465". Errors: unsupported.
[[nodiscard]] Result<std::string> charon_identity(const oracle::Identity& identity);

}  // namespace karpspec::dut
