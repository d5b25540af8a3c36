#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "crypto/key_state.h"
#include "crypto/signing_context.h"

namespace karpspec::crypto {
namespace {

using Pkcs8Ptr = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Release<PKCS8_PRIV_KEY_INFO_free>>;
using DecoderPtr = std::unique_ptr<OSSL_DECODER_CTX, Release<OSSL_DECODER_CTX_free>>;

// What stands in PEM under NAME. Wiped.
class PemOctets {
 public:
  PemOctets(std::string_view pem, const char* name) {
    const BioPtr in = reader_of(pem);
    if (PEM_bytes_read_bio_secmem(&data_, &size_, nullptr, name, in.get(), no_passphrase,
                                  nullptr) != 1)
      size_ = 0;
  }
  ~PemOctets() { OPENSSL_secure_clear_free(data_, size()); }
  PemOctets(const PemOctets&) = delete;
  PemOctets& operator=(const PemOctets&) = delete;

  [[nodiscard]] const std::uint8_t* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(size_); }

 private:
  std::uint8_t* data_ = nullptr;
  long size_ = 0;
};

// OpenSSL is told which kind of key it reads: where it has to find out, it sets up a reader for
// each that it knows, which takes three times as long. Null where PEM is no PKCS #8.
PkeyPtr read_pkcs8(std::string_view pem) {
  const PemOctets der(pem, PEM_STRING_PKCS8INF);
  const std::uint8_t* at = der.data();
  const Pkcs8Ptr info(at == nullptr
                          ? nullptr
                          : d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(der.size())));
  const ASN1_OBJECT* kind = nullptr;
  if (!info || PKCS8_pkey_get0(&kind, nullptr, nullptr, nullptr, info.get()) != 1)
    return nullptr;
  EVP_PKEY* key = nullptr;
  const DecoderPtr decoder(
      OSSL_DECODER_CTX_new_for_pkey(&key, "DER", "PrivateKeyInfo", OBJ_nid2sn(OBJ_obj2nid(kind)),
                                    EVP_PKEY_KEYPAIR, signing_context(), nullptr));
  at = der.data();
  std::size_t left = der.size();
  if (!decoder || OSSL_DECODER_from_data(decoder.get(), &at, &left) != 1)
    return nullptr;
  return PkeyPtr(key);
}

}  // namespace

PkeyPtr read_private_key(std::string_view pem) {
  // The reader of other forms goes by what is the oldest in OpenSSL's queue of errors.
  ERR_set_mark();
  PkeyPtr key = read_pkcs8(pem);
  ERR_pop_to_mark();
  if (key)
    return key;
  const BioPtr in = reader_of(pem);
  return PkeyPtr(PEM_read_bio_PrivateKey_ex(in.get(), nullptr, no_passphrase, nullptr,
                                            signing_context(), nullptr));
}

}  // namespace karpspec::crypto
