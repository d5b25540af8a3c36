#pragma once

#include <string>
#include <vector>

#include "cli/capture_keys.h"
#include "cli/commands.h"
#include "observer/opener.h"

namespace karpspec::cli {

// All that `--keys` may name for a capture.
struct KeysOfCapture {
  observer::OpeningKeys opening;
  CaptureKeys table;
};
// FILES: Wireshark's decryption tables, files of secrets (observer/secrets_file.h), and at most one
// key table (.yaml, .yml, .json). Errors: those of reading them.
[[nodiscard]] Result<KeysOfCapture> read_keys(const Common& common,
                                              const std::vector<std::string>& files);

// Whether an interrupt (SIGINT, SIGTERM) is to end what is read from an interface; from the first
// call on those signals end nothing else.
[[nodiscard]] const std::atomic<bool>& interrupted();

}  // namespace karpspec::cli
