#include "crypto/digest.h"

#include <algorithm>
#include <cstring>

#include "crypto/ossl.h"

namespace karpspec::crypto {
namespace {

Octets digest(const MdPtr& algorithm, OctetView data) {
  Octets out(static_cast<std::size_t>(EVP_MD_get_size(algorithm.get())));
  unsigned size = 0;
  if (EVP_Digest(data.data(), data.size(), out.data(), &size, algorithm.get(), nullptr) != 1)
    out.clear();
  return out;
}

}  // namespace

const char* digest_name(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::SHA1:
      return "SHA1";
    case HashAlgorithm::SHA2_256:
      return "SHA2-256";
    case HashAlgorithm::SHA2_384:
      return "SHA2-384";
    case HashAlgorithm::SHA2_512:
      return "SHA2-512";
    case HashAlgorithm::IDENTITY:
      break;
  }
  return nullptr;
}

Octets sha1(OctetView data) {
  thread_local const MdPtr algorithm(EVP_MD_fetch(own_library(), "SHA1", nullptr));
  return digest(algorithm, data);
}
Octets sha256(OctetView data) {
  thread_local const MdPtr algorithm(EVP_MD_fetch(own_library(), "SHA2-256", nullptr));
  return digest(algorithm, data);
}
HalfDigest half_digest(OctetView data) {
  const Octets whole = sha256(data);
  HalfDigest out{};
  std::memcpy(out.data(), whole.data(), std::min(whole.size(), sizeof(out)));
  return out;
}
Octets md5(OctetView data) {
  thread_local const MdPtr algorithm(EVP_MD_fetch(own_library(), "MD5", nullptr));
  return digest(algorithm, data);
}

Octets hash(HashAlgorithm algorithm, OctetView data) {
  switch (algorithm) {
    case HashAlgorithm::SHA1:
      return sha1(data);
    case HashAlgorithm::SHA2_256:
      return sha256(data);
    case HashAlgorithm::SHA2_384: {
      thread_local const MdPtr sha2_384(EVP_MD_fetch(own_library(), "SHA2-384", nullptr));
      return digest(sha2_384, data);
    }
    case HashAlgorithm::SHA2_512: {
      thread_local const MdPtr sha2_512(EVP_MD_fetch(own_library(), "SHA2-512", nullptr));
      return digest(sha2_512, data);
    }
    case HashAlgorithm::IDENTITY:
      break;
  }
  return {};
}

}  // namespace karpspec::crypto
