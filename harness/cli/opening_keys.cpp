#include "cli/opening_keys.h"

#include <csignal>

namespace karpspec::cli {
namespace {

std::atomic<bool> was_interrupted = false;

void interrupt(int) {
  was_interrupted = true;
}

bool is_table(const std::string& path) {
  return path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json");
}

}  // namespace

const std::atomic<bool>& interrupted() {
  std::signal(SIGINT, interrupt);
  std::signal(SIGTERM, interrupt);
  return was_interrupted;
}

Result<KeysOfCapture> read_keys(const Common& common, const std::vector<std::string>& files) {
  KeysOfCapture out;
  bool has_table = false;
  for (const std::string& path : files) {
    if (is_table(path) && observer::is_secrets_file(path)) {
      KARPSPEC_TRY(secrets, observer::read_secrets(path));
      for (auto& key : secrets.preshared_keys)
        out.opening.secrets.preshared_keys.push_back(std::move(key));
      for (auto& pair : secrets.private_values)
        out.opening.secrets.private_values.push_back(std::move(pair));
      for (auto& sa : secrets.ike_sas)
        out.opening.secrets.ike_sas.push_back(std::move(sa));
      continue;
    }
    if (is_table(path)) {
      if (has_table)
        return fail(ErrorCode::bad_value, path + ": one key table at a time");
      has_table = true;
      KARPSPEC_TRY(suites, find_suites(common.suites));
      KARPSPEC_TRY(table, read_capture_keys(suites, path));
      out.table = std::move(table);
      continue;
    }
    KARPSPEC_TRY(read, capture::read_decryption_table(path));
    out.opening.table.merge(read);
  }
  return out;
}

}  // namespace karpspec::cli
