#include <algorithm>
#include <array>

#include "crypto/certificate.h"
#include "crypto/digest.h"

namespace karpspec::crypto {
namespace {

struct Named {
  const char* name;  // of the registry of RFC 4572 section 8
  HashAlgorithm hash;
};
// SHA-1 and MD5 are in that registry too and name nothing that a forger could not make.
constexpr std::array<Named, 3> known = {{{"sha-256", HashAlgorithm::SHA2_256},
                                         {"sha-384", HashAlgorithm::SHA2_384},
                                         {"sha-512", HashAlgorithm::SHA2_512}}};

}  // namespace

Result<Fingerprint> fingerprint_from_text(std::string_view text) {
  const std::size_t space = text.find(' ');
  std::string name(text.substr(0, space));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (space == std::string_view::npos)
    return fail(ErrorCode::bad_value,
                "a fingerprint is a hash's name and octets, 'sha-256 12:AB:...'");
  const auto* found = std::find_if(known.begin(), known.end(),
                                   [&](const Named& named) { return name == named.name; });
  if (found == known.end())
    return fail(ErrorCode::unsupported,
                "fingerprints by '" + name + "', only sha-256, sha-384 and sha-512");
  Fingerprint out;
  out.hash = found->hash;
  const std::string_view digits = text.substr(space + 1);
  if (digits.starts_with("0x"))
    return fail(ErrorCode::bad_value, "a fingerprint's octets are pairs of digits with colons");
  KARPSPEC_TRY(digest, from_hex(digits));
  if (digest.size() != hash_size(out.hash))
    return fail(ErrorCode::bad_value, "a fingerprint of " + std::to_string(digest.size()) +
                                          " octets, " + name + " has " +
                                          std::to_string(hash_size(out.hash)));
  out.digest = std::move(digest);
  return out;
}

std::string fingerprint_text(const Fingerprint& fingerprint) {
  std::string out;
  for (const Named& named : known)
    if (named.hash == fingerprint.hash)
      out = named.name;
  char before = ' ';
  for (const std::uint8_t octet : fingerprint.digest) {
    constexpr const char* digits = "0123456789ABCDEF";
    out += before;
    out += digits[octet >> 4];
    out += digits[octet & 15];
    before = ':';
  }
  return out;
}

bool is_fingerprint_of(const Fingerprint& fingerprint, OctetView data) {
  const Octets digest = hash(fingerprint.hash, data);
  return !digest.empty() && equal_in_constant_time(digest, fingerprint.digest);
}

}  // namespace karpspec::crypto
