#include "dut/adapters/device_root.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "lab/data_folder.h"

namespace karpspec::dut {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view folder_prefix = "karpspec-device-";

// Folders are named by their owner, as the namespaces are.
void sweep_folders(const fs::path& parent) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(folder_prefix))
      continue;
    pid_t owner = 0;
    const char* end = name.data() + name.size();
    const auto [at, wrong] = std::from_chars(name.data() + folder_prefix.size(), end, owner);
    if (wrong == std::errc{} && at != end && *at == '-' && owner > 0 && ::kill(owner, 0) != 0 &&
        errno == ESRCH)
      fs::remove_all(entry.path(), error);
  }
}

}  // namespace

Result<std::string> make_device_folder() {
  std::error_code error;
  const fs::path parent = fs::temp_directory_path(error);
  if (error)
    return fail(ErrorCode::io, "no folder for temporary files: " + error.message());
  sweep_folders(parent);
  std::string name = own_device_folders() + "XXXXXX";
  if (::mkdtemp(name.data()) == nullptr)
    return fail(ErrorCode::io, name + ": " + std::strerror(errno));
  return name;
}

std::string own_device_folders() {
  std::error_code error;
  const fs::path parent = fs::temp_directory_path(error);
  if (error)
    return {};
  return (parent / (std::string(folder_prefix) + std::to_string(::getpid()) + "-")).string();
}

Result<std::string> find_root(const DutFile& file, const std::string& name,
                              const std::vector<std::string>& needed) {
  std::error_code error;
  const std::string root =
      file.start.root.empty() ? (lab::roots_folder() / name).string() : file.start.root;
  for (const std::string& path : needed)
    if (!fs::exists(root + path, error))
      return fail(ErrorCode::unsupported, root + " has no " + fs::path(path).filename().string() +
                                              "; containers/roots/build " + name +
                                              " makes that root");
  return fs::absolute(root, error).string();
}

}  // namespace karpspec::dut
