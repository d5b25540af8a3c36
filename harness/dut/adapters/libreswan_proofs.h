#pragma once

#include <string>
#include <utility>
#include <vector>

#include "dut/device.h"
#include "oracle/config.h"

namespace karpspec::dut {

// How pluto and a peer prove who they are.
struct PlutoProofs {
  // Of the connection, in ipsec.conf.
  std::vector<std::pair<std::string, std::string>> settings;
  // What the database of keys is made of: files with their texts, in the daemon's folder, and the
  // programs of its root that take them in, in order.
  std::vector<std::pair<std::string, std::string>> files;
  std::vector<std::vector<std::string>> commands;
};

// For PEER of ROUTER, which was read from PARAMS. NAME is pluto's name of the connection, by which
// its files are called. Errors: unsupported for what pluto cannot be told; bad_value when there is
// no credential.
[[nodiscard]] Result<PlutoProofs> pluto_proofs(const Json& params,
                                               const oracle::RouterConfig& router,
                                               const oracle::PeerConfig& peer,
                                               const std::string& name);

}  // namespace karpspec::dut
