#include "crypto/digest.h"

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

Octets sha1(OctetView data) {
  static const MdPtr algorithm(EVP_MD_fetch(nullptr, "SHA1", nullptr));
  return digest(algorithm, data);
}
Octets sha256(OctetView data) {
  static const MdPtr algorithm(EVP_MD_fetch(nullptr, "SHA2-256", nullptr));
  return digest(algorithm, data);
}
Octets md5(OctetView data) {
  static const MdPtr algorithm(EVP_MD_fetch(nullptr, "MD5", nullptr));
  return digest(algorithm, data);
}

}  // namespace karpspec::crypto
