#include "real_daemon.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "dut/adapters/libreswan.h"
#include "dut/adapters/openiked.h"
#include "dut/adapters/strongswan.h"
#include "lab/child_process.h"

namespace karpspec::dut {

namespace fs = std::filesystem;

namespace {

// What FOLDER holds whose name begins so.
std::vector<std::string> entries_of(const fs::path& folder, const std::string& prefix) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (const std::string name = entry.path().filename().string(); name.starts_with(prefix))
      names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

DutFile daemon_file(const std::string& daemon) {
  return read_dut_file(KARPSPEC_SOURCE_DIR "/containers/duts/" + daemon + ".yaml").value();
}

Result<script::MakeWorld> worlds_of(const DutFile& file) {
  if (file.start.kind == StartKind::openiked)
    return openiked_worlds(file);
  return file.start.kind == StartKind::libreswan ? libreswan_worlds(file) : strongswan_worlds(file);
}

std::string why_none(const std::string& daemon) {
  const auto worlds = worlds_of(daemon_file(daemon));
  return worlds || worlds.error().code != ErrorCode::unsupported ? "" : worlds.error().message;
}

std::vector<std::string> namespaces_of(int owner) {
  return entries_of("/run/netns", "karpspec-" + std::to_string(owner) + "-");
}

std::vector<std::string> device_folders_of(int owner) {
  return entries_of(fs::temp_directory_path(), "karpspec-device-" + std::to_string(owner) + "-");
}

std::vector<int> inhabitants(const std::string& network_namespace) {
  lab::ChildOptions options;
  options.command = {"ip", "netns", "pids", network_namespace};
  std::vector<int> out;
  if (const auto result = lab::run_command(std::move(options));
      result && result->status.success()) {
    std::istringstream words(result->output);
    for (int process = 0; words >> process;)
      out.push_back(process);
  }
  return out;
}

}  // namespace karpspec::dut
