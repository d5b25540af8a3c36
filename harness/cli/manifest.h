#pragma once

#include <string>
#include <vector>

#include "base/result.h"

// A directory's files under one signature.
namespace karpspec::cli {

// Lines of sha256sum, and the detached CMS signature of them.
inline constexpr const char* manifest_name = "manifest.sha256";
inline constexpr const char* signature_name = "manifest.cms";

// Writes both into DIRECTORY, about every file in it and below but these two. KEY and CERTIFICATES
// are files in PEM. Errors: io; bad_value, as where there is what is no file (a symbolic link);
// those of crypto::sign_cms.
[[nodiscard]] Result<void> sign_directory(const std::string& directory, const std::string& key,
                                          const std::string& certificates);

struct Verification {
  std::string signer;  // empty: the manifest's signature does not verify
  std::string wrong;   // why it does not
  std::vector<std::string> changed, added, removed;  // files, by their paths below the directory
  [[nodiscard]] bool holds() const {
    return !signer.empty() && changed.empty() && added.empty() && removed.empty();
  }
};
// Whom CERTIFICATE or ISSUERS, files in PEM of which one at most is given, vouch for.
// Errors: not_found (it is not signed), io, bad_value "FILE: ...".
[[nodiscard]] Result<Verification> verify_directory(const std::string& directory,
                                                    const std::string& certificate,
                                                    const std::string& issuers);

}  // namespace karpspec::cli
