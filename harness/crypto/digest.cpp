#include "crypto/digest.h"

#include "crypto/ossl.h"

namespace karpspec::crypto {
namespace {

Octets digest(const EVP_MD* algorithm, OctetView data) {
  Octets out(static_cast<std::size_t>(EVP_MD_get_size(algorithm)));
  unsigned size = 0;
  if (EVP_Digest(data.data(), data.size(), out.data(), &size, algorithm, nullptr) != 1)
    out.clear();
  return out;
}

}  // namespace

Octets sha1(OctetView data) {
  return digest(EVP_sha1(), data);
}
Octets sha256(OctetView data) {
  return digest(EVP_sha256(), data);
}
Octets md5(OctetView data) {
  return digest(EVP_md5(), data);
}

}  // namespace karpspec::crypto
