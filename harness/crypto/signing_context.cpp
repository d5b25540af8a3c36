#include "crypto/signing_context.h"

#include <openssl/core_names.h>
#include <openssl/rand.h>

#include "base/secret.h"
#include "crypto/ossl.h"

namespace karpspec::crypto {
namespace {

// Nonce, salt and blinding of one signature, with room to spare: 16 values at the size of an RSA
// modulus of 4096 bits.
constexpr std::size_t octets_for_a_signature = 8192;

// TEST-RAND gives what it is given, in order.
bool feed(EVP_RAND_CTX* generator, std::span<std::uint8_t> entropy) {
  unsigned strength = 256;
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_octet_string(OSSL_RAND_PARAM_TEST_ENTROPY, entropy.data(),
                                        entropy.size()),
      OSSL_PARAM_construct_uint(OSSL_RAND_PARAM_STRENGTH, &strength),
      OSSL_PARAM_construct_end(),
  };
  if (generator == nullptr || EVP_RAND_CTX_set_params(generator, params) != 1)
    return false;
  return EVP_RAND_get_state(generator) == EVP_RAND_STATE_READY ||
         EVP_RAND_instantiate(generator, strength, 0, nullptr, 0, nullptr) == 1;
}

OSSL_LIB_CTX* make_context() {
  OSSL_LIB_CTX* context = OSSL_LIB_CTX_new();
  Octets nothing(octets_for_a_signature);
  if (context == nullptr ||
      RAND_set_DRBG_type(context, "TEST-RAND", nullptr, nullptr, nullptr) != 1 ||
      !feed(RAND_get0_primary(context), nothing)) {
    OSSL_LIB_CTX_free(context);
    return nullptr;
  }
  return context;
}

}  // namespace

OSSL_LIB_CTX* signing_context() {
  // It lives as long as the program: keys in it may outlast every other static object.
  static OSSL_LIB_CTX* const context = make_context();
  return context;
}

Result<void> draw_from(Random& random) {
  OSSL_LIB_CTX* context = signing_context();
  Secret entropy(random.octets(octets_for_a_signature));
  // The two generators are the thread's own.
  if (context == nullptr || !feed(RAND_get0_public(context), entropy.writable()) ||
      !feed(RAND_get0_private(context), entropy.writable()))
    return openssl_failed("random numbers for a signature");
  return {};
}

}  // namespace karpspec::crypto
