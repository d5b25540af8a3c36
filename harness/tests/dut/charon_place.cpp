#include "charon_place.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "dut/adapters/strongswan.h"
#include "lab/child_process.h"

namespace karpspec::dut {

namespace fs = std::filesystem;

DutFile strongswan_file() {
  return read_dut_file(KARPSPEC_SOURCE_DIR "/containers/duts/strongswan.yaml").value();
}

std::string why_no_charon() {
  const auto worlds = strongswan_worlds(strongswan_file());
  return worlds || worlds.error().code != ErrorCode::unsupported ? "" : worlds.error().message;
}

std::vector<std::string> namespaces_of(int owner) {
  const std::string prefix = "karpspec-" + std::to_string(owner) + "-";
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/run/netns", error)) {
    if (const std::string name = entry.path().filename().string(); name.starts_with(prefix))
      names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
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
