#include "oracle/rpauth/digest.h"

#include <array>

#include "crypto/aes_mac.h"
#include "crypto/digest.h"

namespace karpspec::oracle::rpauth {
namespace {

using crypto::HashAlgorithm;

struct Known {
  Algorithm algorithm;
  const char* alg_id;
  std::size_t size;
  HashAlgorithm hash;
};
constexpr std::array<Known, 5> known{{
    {Algorithm::md5, "md5", 16, HashAlgorithm::IDENTITY},
    {Algorithm::hmac_sha_1, "hmac-sha-1", 20, HashAlgorithm::SHA1},
    {Algorithm::hmac_sha_256, "hmac-sha-256", 32, HashAlgorithm::SHA2_256},
    {Algorithm::hmac_sha_384, "hmac-sha-384", 48, HashAlgorithm::SHA2_384},
    {Algorithm::hmac_sha_512, "hmac-sha-512", 64, HashAlgorithm::SHA2_512},
}};

const Known& about(Algorithm algorithm) {
  return known[static_cast<std::size_t>(algorithm)];
}

Secret filled(OctetView key, std::size_t size) {
  Secret out(size);
  std::copy(key.begin(), key.end(), out.writable().begin());
  return out;
}

Octets apad(std::size_t size) {
  constexpr std::array<std::uint8_t, 4> pattern{0x87, 0x8f, 0xe1, 0xf3};
  Octets out(size);
  for (std::size_t i = 0; i < size; ++i)
    out[i] = pattern[i % pattern.size()];
  return out;
}

}  // namespace

std::optional<Algorithm> algorithm_from(std::string_view alg_id) {
  for (const Known& one : known)
    if (alg_id == one.alg_id)
      return one.algorithm;
  return std::nullopt;
}

std::size_t digest_size(Algorithm algorithm) {
  return about(algorithm).size;
}

Result<Secret> digest(Algorithm algorithm, OctetView key, OctetView text) {
  const Known& by = about(algorithm);
  if (key.empty())
    return fail(ErrorCode::bad_length, "the key is empty");
  if (algorithm == Algorithm::md5) {
    if (key.size() > by.size) {
      return fail(ErrorCode::bad_length, "a key of keyed MD5 has at most 16 octets, and this one " +
                                             std::to_string(key.size()));
    }
    // MD5 takes one run of octets; the key in it is wiped with it.
    Secret whole(text.size() + by.size);
    std::copy(text.begin(), text.end(), whole.writable().begin());
    std::copy(key.begin(), key.end(),
              whole.writable().begin() + static_cast<std::ptrdiff_t>(text.size()));
    return Secret(crypto::md5(whole.view()));
  }
  const Secret ko =
      key.size() > by.size ? Secret(crypto::hash(by.hash, key)) : filled(key, by.size);
  return crypto::hmac(by.hash, ko.view(), {text, apad(by.size)});
}

OctetView covered(OctetView packet, const wire::OspfHeader& header) {
  return packet.first(header.length);
}

OctetView covered(OctetView message, const wire::RipAuthentication& authentication) {
  return message.first(authentication.digest_at());
}

Result<Octets> protect(Algorithm algorithm, OctetView key, const wire::OspfHeader& header,
                       const wire::OspfHello& hello) {
  wire::OspfHeader with_size = header;
  with_size.digest_size = static_cast<std::uint8_t>(digest_size(algorithm));
  Octets packet = wire::encode_ospf_hello(with_size, hello);
  KARPSPEC_TRY(mac, digest(algorithm, key, packet));
  append(packet, mac.view());
  return packet;
}

Result<Octets> protect(Algorithm algorithm, OctetView key, const wire::RipMessage& message) {
  wire::RipMessage with_size = message;
  if (!with_size.authentication)
    return fail(ErrorCode::bad_value, "the message has no authentication entry");
  with_size.authentication->digest_size = static_cast<std::uint8_t>(digest_size(algorithm));
  Octets octets = wire::encode_rip(with_size);
  KARPSPEC_TRY(mac, digest(algorithm, key, octets));
  append(octets, mac.view());
  return octets;
}

}  // namespace karpspec::oracle::rpauth
