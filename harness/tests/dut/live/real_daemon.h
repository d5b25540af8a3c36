#pragma once

#include <string>
#include <vector>

#include "dut/dut_file.h"
#include "script/suite.h"

namespace karpspec::dut {

// Daemons that Debian packages, as `containers/roots/build` and `containers/duts` name them.
inline constexpr const char* real_daemons[] = {"strongswan", "libreswan"};

// containers/duts/DAEMON.yaml.
DutFile daemon_file(const std::string& daemon);
// Laboratories with the daemon of FILE. Errors: as those of its adapter.
Result<script::MakeWorld> worlds_of(const DutFile& file);
// Why there can be no such daemon here (no root user, no root folder), or "".
std::string why_none(const std::string& daemon);
// Network namespaces that karpspec process OWNER made and that are still there.
std::vector<std::string> namespaces_of(int owner);
// Folders of devices that karpspec process OWNER made and that are still there.
std::vector<std::string> device_folders_of(int owner);
// Processes that live in a network namespace.
std::vector<int> inhabitants(const std::string& network_namespace);

}  // namespace karpspec::dut
