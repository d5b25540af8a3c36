#pragma once

#include <string>
#include <vector>

#include "dut/adapters/vici.h"
#include "dut/device.h"

namespace karpspec::dut {

// What `configure` comes to for charon.
struct CharonConfig {
  std::string strongswan_conf;  // its settings: plugins, logging, timers, cookies
  struct Command {
    std::string name;  // of the control protocol VICI
    vici::Message message;
  };
  std::vector<Command> commands;  // load-conn and load-shared, in order
  bool cookies_always = false;    // every IKE_SA_INIT is to be answered with a cookie
};

// Name of the child that every connection has.
inline constexpr const char* charon_child = "child";
// Name of a connection that only makes an SA half open, to provoke cookies.
inline constexpr const char* charon_primer = "half-open";

// PARAMS are those of the control method `configure`; OWN is charon's address; LOG the file of
// charon's log, as charon sees it; SOCKET the path of its control socket.
// Errors: bad_value with the member that is wrong in front; unsupported for what charon has not.
[[nodiscard]] Result<CharonConfig> charon_config(const Json& params, const Endpoint& own,
                                                 const std::string& socket);

// "AES_CBC-128/HMAC_SHA2_256_128/HMAC_SHA2_256/MODP_2048" as "aes128-sha256-prfsha256-modp2048".
// Errors: bad_value.
[[nodiscard]] Result<std::string> charon_proposal(std::string_view suite);

}  // namespace karpspec::dut
