// AUTH by signature (RFC 5996 section 3.8, RFC 7427, RFC 8420), beside the same signature by
// OpenSSL with contexts that are made beforehand.
#include <fstream>
#include <iterator>

#include "base/random.h"
#include "bench/measurement.h"
#include "bench/primitives/signature.h"
#include "bench/subjects.h"
#include "crypto/public_key.h"

namespace karpspec::bench {
namespace {

using crypto::HashAlgorithm;
using crypto::SignatureAlgorithm;
using crypto::SignatureScheme;

struct SignatureKind {
  const char* name;
  const char* key;  // of suites/credentials/
  SignatureScheme scheme;
};
constexpr SignatureKind signature_kinds[] = {
    {"RSA_2048_PKCS1", "device-rsa", {SignatureAlgorithm::rsa_pkcs1, HashAlgorithm::SHA2_256, 0}},
    {"RSA_2048_PSS", "device-rsa", {SignatureAlgorithm::rsa_pss, HashAlgorithm::SHA2_256, 32}},
    {"ECDSA_P256", "device-ec256", {SignatureAlgorithm::ecdsa, HashAlgorithm::SHA2_256, 0}},
    {"ECDSA_P384", "device-ec384", {SignatureAlgorithm::ecdsa, HashAlgorithm::SHA2_384, 0}},
    {"ECDSA_P521", "device-ec521", {SignatureAlgorithm::ecdsa, HashAlgorithm::SHA2_512, 0}},
    {"ED25519", "device-ed25519", {SignatureAlgorithm::eddsa, HashAlgorithm::IDENTITY, 0}},
    {"ED448", "device-ed448", {SignatureAlgorithm::eddsa, HashAlgorithm::IDENTITY, 0}},
};

std::string pem_of(const SignatureKind& kind) {
  std::ifstream in(std::string(KARPSPEC_SOURCE_DIR "/suites/credentials/") + kind.key + ".key");
  return {std::istreambuf_iterator<char>(in), {}};
}

// About as many octets as <SignedOctets> has.
Octets signed_octets() {
  return SeededRandom(1).octets(464);
}

// Each takes the other's signatures, or it counts for nothing.
struct Signers {
  explicit Signers(const SignatureKind& kind)
      : scheme(kind.scheme),
        ours(crypto::PrivateKey::from_pem(pem_of(kind))),
        primitive(pem_of(kind), kind.scheme) {}
  [[nodiscard]] bool agree() {
    SeededRandom random(1);
    const auto signature = ours->sign(scheme, message, random);
    return signature && primitive.verify(message, *signature) &&
           ours->public_key().verify(scheme, message, primitive.sign(message));
  }
  SignatureScheme scheme;
  Result<crypto::PrivateKey> ours;
  primitives::Signature primitive;
  Octets message = signed_octets();
};

// What Signers has is right, or the benchmark ends.
bool failed_to_agree(benchmark::State& state, Signers& signers) {
  return failed(state, signers.ours) ||
         failed(state, signers.agree(), "OpenSSL takes our signature for wrong, or we its own");
}

void sign(benchmark::State& state, const SignatureKind& kind) {
  Signers signers(kind);
  if (failed_to_agree(state, signers))
    return;
  SeededRandom random(1);
  for (auto _ : state) {
    auto signature = signers.ours->sign(kind.scheme, signers.message, random);
    benchmark::DoNotOptimize(signature);
  }
  count(state);
}

void sign_bound(benchmark::State& state, const SignatureKind& kind) {
  Signers signers(kind);
  if (failed_to_agree(state, signers))
    return;
  for (auto _ : state) {
    Octets signature = signers.primitive.sign(signers.message);
    benchmark::DoNotOptimize(signature.data());
  }
  count(state);
}

void verify(benchmark::State& state, const SignatureKind& kind) {
  Signers signers(kind);
  if (failed_to_agree(state, signers))
    return;
  const Octets signature = signers.primitive.sign(signers.message);
  const crypto::PublicKey key = signers.ours->public_key();
  for (auto _ : state) {
    auto right = key.verify(kind.scheme, signers.message, signature);
    benchmark::DoNotOptimize(right);
  }
  count(state);
}

void verify_bound(benchmark::State& state, const SignatureKind& kind) {
  Signers signers(kind);
  if (failed_to_agree(state, signers))
    return;
  const Octets signature = signers.primitive.sign(signers.message);
  for (auto _ : state) {
    bool right = signers.primitive.verify(signers.message, signature);
    benchmark::DoNotOptimize(right);
  }
  count(state);
}

}  // namespace

void add_signatures() {
  for (const SignatureKind& kind : signature_kinds) {
    compare(
        std::string("sign/") + kind.name, [kind](auto& state) { sign(state, kind); },
        [kind](auto& state) { sign_bound(state, kind); });
    compare(
        std::string("verify/") + kind.name, [kind](auto& state) { verify(state, kind); },
        [kind](auto& state) { verify_bound(state, kind); });
  }
}

}  // namespace karpspec::bench
