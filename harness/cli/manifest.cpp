#include "cli/manifest.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "base/secret.h"
#include "crypto/cms.h"
#include "crypto/digest.h"
#include "report/run_results.h"

namespace karpspec::cli {
namespace {

namespace fs = std::filesystem;

Result<Octets> octets_in(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in)
    return fail(ErrorCode::io, path.string() + ": " + std::strerror(errno));
  Octets octets{std::istreambuf_iterator<char>(in), {}};
  if (in.bad())
    return fail(ErrorCode::io, path.string() + ": cannot be read");
  return octets;
}

Result<std::string> text_in(const std::string& path) {
  if (std::error_code error; fs::is_directory(path, error))
    return fail(ErrorCode::bad_value, path + ": is a directory");
  KARPSPEC_TRY(octets, octets_in(path));
  return std::string(octets.begin(), octets.end());
}

// Every file in DIRECTORY and below but the manifest and its signature, with its digest in
// hexadecimal; "" for what is no file. Errors: io.
Result<std::map<std::string, std::string>> files_in(const std::string& directory) {
  std::map<std::string, std::string> files;
  std::error_code error;
  for (fs::recursive_directory_iterator at(directory, error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().lexically_relative(directory).generic_string();
    const fs::file_status status = at->symlink_status(error);
    if (error || fs::is_directory(status) || name == manifest_name || name == signature_name)
      continue;
    std::string digest;
    if (fs::is_regular_file(status)) {
      KARPSPEC_TRY(octets, octets_in(at->path()));
      digest = to_hex(crypto::sha256(octets));
    }
    files[name] = digest;
  }
  if (error)
    return fail(ErrorCode::io, directory + ": " + error.message());
  return files;
}

// Digests by name, as the lines of TEXT have them. Errors: bad_value, with the line.
Result<std::map<std::string, std::string>> read_manifest(const std::string& text,
                                                         const std::string& path) {
  constexpr std::size_t digits = 64;
  std::map<std::string, std::string> files;
  std::istringstream lines(text);
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const std::string digest = line.substr(0, digits);
    if (line.size() <= digits + 2 || line.substr(digits, 2) != "  " ||
        digest.find_first_not_of("0123456789abcdef") != std::string::npos ||
        !files.emplace(line.substr(digits + 2), digest).second)
      return fail(ErrorCode::bad_value, path + ":" + std::to_string(number) +
                                            ": expected SHA-256, two spaces and the name of a file "
                                            "that is not there yet");
  }
  return files;
}

}  // namespace

Result<void> sign_directory(const std::string& directory, const std::string& key,
                            const std::string& certificates) {
  KARPSPEC_TRY(files, files_in(directory));
  std::string manifest;
  for (const auto& [name, digest] : files) {
    if (digest.empty())
      return fail(ErrorCode::bad_value, directory + "/" + name +
                                            ": is no file (a symbolic link, say), and only files "
                                            "can be signed");
    if (name.find_first_of("\n\r\\") != std::string::npos)
      return fail(ErrorCode::bad_value,
                  directory + ": a file's name has a line end or a backslash in it");
    manifest += digest + "  " + name + "\n";
  }
  KARPSPEC_TRY(key_octets, octets_in(key));
  const Secret kept(std::move(key_octets));
  KARPSPEC_TRY(chain, text_in(certificates));
  auto signature = crypto::sign_cms(
      octets_of(manifest),
      std::string_view(reinterpret_cast<const char*>(kept.view().data()), kept.size()), chain);
  if (!signature)
    return fail(signature.error().code,
                "--sign " + key + "," + certificates + ": " + signature.error().message);
  KARPSPEC_CHECK(report::write_file(directory + "/" + manifest_name, manifest));
  return report::write_file(directory + "/" + signature_name, *signature);
}

Result<Verification> verify_directory(const std::string& directory, const std::string& certificate,
                                      const std::string& issuers) {
  const std::string manifest_path = directory + "/" + manifest_name;
  const std::string signature_path = directory + "/" + signature_name;
  for (const std::string& path : {manifest_path, signature_path}) {
    if (std::error_code error; !fs::is_regular_file(path, error))
      return fail(ErrorCode::not_found, directory + ": is not signed, it has no " +
                                            fs::path(path).filename().string() +
                                            " ('karpspec report DIR --sign KEY,CERT' makes it)");
  }
  KARPSPEC_TRY(manifest, text_in(manifest_path));
  KARPSPEC_TRY(signature, text_in(signature_path));
  const std::string& trusted_file = certificate.empty() ? issuers : certificate;
  std::string trusted;
  if (!trusted_file.empty()) {
    KARPSPEC_TRY(read, text_in(trusted_file));
    trusted = std::move(read);
  }
  const crypto::CmsTrust trust = !certificate.empty() ? crypto::CmsTrust::signer
                                 : !issuers.empty()   ? crypto::CmsTrust::issuers
                                                      : crypto::CmsTrust::anybody;
  Verification out;
  const auto signer = crypto::verify_cms(octets_of(manifest), signature, trust, trusted);
  if (signer) {
    out.signer = *signer;
  } else if (signer.error().code == ErrorCode::not_authentic) {
    out.wrong = signer.error().message;
  } else if (signer.error().message.find("trust") != std::string::npos) {
    return fail(signer.error().code, trusted_file + ": " + signer.error().message);
  } else {
    // Whoever breaks the signature does not get away with a usage error.
    out.wrong = signer.error().message;
  }
  const auto listed = read_manifest(manifest, manifest_path);
  if (!listed) {
    // Of a manifest that was signed nothing can be wrong with its lines but who wrote them.
    out.changed.emplace_back(manifest_name);
    if (out.wrong.empty())
      out.wrong = listed.error().message;
    out.signer.clear();
    return out;
  }
  KARPSPEC_TRY(files, files_in(directory));
  for (const auto& [name, digest] : files) {
    const auto known = listed->find(name);
    if (known == listed->end())
      out.added.push_back(name);
    else if (known->second != digest)
      out.changed.push_back(name);
  }
  for (const auto& [name, digest] : *listed) {
    if (!files.contains(name))
      out.removed.push_back(name);
  }
  return out;
}

}  // namespace karpspec::cli
