#pragma once

#include <string>
#include <vector>

#include "dut/dut_file.h"

namespace karpspec::dut {

// containers/duts/strongswan.yaml.
DutFile strongswan_file();
// Why there can be no charon here (no root user, no root folder), or "".
std::string why_no_charon();
// Network namespaces that karpspec process OWNER made and that are still there.
std::vector<std::string> namespaces_of(int owner);
// Processes that live in a network namespace.
std::vector<int> inhabitants(const std::string& network_namespace);

}  // namespace karpspec::dut
