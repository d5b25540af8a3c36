// What the cryptography of one handshake costs, made of OpenSSL's own calls and nothing else: no
// responder of IKE_SA_INIT and IKE_AUTH with a preshared key can have more of them a second on one
// processor.
//
//   karpspec_primitives GROUP SECONDS
//
// GROUP: ECP_256, CURVE25519 or MODP_2048, with AES_CBC-128/HMAC_SHA2_256_128/HMAC_SHA2_256. Prints
// one JSON object: handshakes a second, and the microseconds of each part.
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/rand.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/primitives/owners.h"

namespace {

using namespace karpspec::bench::primitives;
using Pkey = PkeyPtr;
using Group = std::unique_ptr<EC_GROUP, Release<EC_GROUP_free>>;
using Point = std::unique_ptr<EC_POINT, Release<EC_POINT_free>>;
using Number = std::unique_ptr<BIGNUM, Release<BN_clear_free>>;
using NumberContext = std::unique_ptr<BN_CTX, Release<BN_CTX_free>>;
using MontgomeryForm = std::unique_ptr<BN_MONT_CTX, Release<BN_MONT_CTX_free>>;
using PkeyContext = PkeyCtxPtr;
using Mac = MacPtr;
using MacContext = MacCtxPtr;
using Cipher = CipherPtr;
using CipherContext = CipherCtxPtr;

void must(bool good, const char* what) {
  if (!good)
    throw std::runtime_error(what);
}

// A key pair of our own, and g^ir with what the peer has sent.
class Agreement {
 public:
  virtual ~Agreement() = default;
  virtual void make_key_pair() = 0;
  // With the key pair made last. The size of g^ir.
  virtual std::size_t agree() = 0;

  std::array<unsigned char, 256> shared{};
};

// EC_POINT_mul() is the shortest way to a point: EVP's way through parameters costs as much again,
// and so it does for MODP.
class EcpAgreement final : public Agreement {
 public:
  EcpAgreement() {
    make_key_pair();
    peer_.resize(EC_POINT_point2oct(group_.get(), public_.get(), POINT_CONVERSION_UNCOMPRESSED,
                                    nullptr, 0, context_.get()));
    must(write_public(peer_) == peer_.size(), "public value");
  }

  void make_key_pair() override {
    std::array<unsigned char, 65> octets{};
    must(BN_priv_rand_range(private_.get(), EC_GROUP_get0_order(group_.get())) == 1 &&
             EC_POINT_mul(group_.get(), public_.get(), private_.get(), nullptr, nullptr,
                          context_.get()) == 1 &&
             write_public(octets) == octets.size(),
         "a key pair");
  }

  std::size_t agree() override {
    must(EC_POINT_oct2point(group_.get(), point_.get(), peer_.data(), peer_.size(),
                            context_.get()) == 1 &&
             EC_POINT_mul(group_.get(), result_.get(), nullptr, point_.get(), private_.get(),
                          context_.get()) == 1 &&
             EC_POINT_get_affine_coordinates(group_.get(), result_.get(), x_.get(), nullptr,
                                             context_.get()) == 1,
         "g^ir");
    return static_cast<std::size_t>(BN_bn2binpad(x_.get(), shared.data(), 32));
  }

 private:
  std::size_t write_public(std::span<unsigned char> out) {
    return EC_POINT_point2oct(group_.get(), public_.get(), POINT_CONVERSION_UNCOMPRESSED,
                              out.data(), out.size(), context_.get());
  }

  Group group_{EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)};
  NumberContext context_{BN_CTX_new()};
  Number private_{BN_new()}, x_{BN_new()};
  Point public_{EC_POINT_new(group_.get())}, point_{EC_POINT_new(group_.get())},
      result_{EC_POINT_new(group_.get())};
  std::vector<unsigned char> peer_;
};

// Exponents as long as the oracle's: 320 bits are twice the strength of the largest group that it
// has.
class ModpAgreement final : public Agreement {
 public:
  ModpAgreement() {
    must(BN_MONT_CTX_set(form_.get(), prime_.get(), context_.get()) == 1 &&
             BN_set_word(generator_.get(), 2) == 1,
         "group");
    make_key_pair();
    must(BN_copy(peer_.get(), public_.get()) != nullptr, "public value");
  }

  void make_key_pair() override {
    must(BN_priv_rand(private_.get(), 320, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
             power(public_, generator_),
         "a key pair");
  }

  std::size_t agree() override {
    must(power(result_, peer_), "g^ir");
    return static_cast<std::size_t>(BN_bn2binpad(result_.get(), shared.data(), 256));
  }

 private:
  bool power(Number& out, const Number& base) {
    return BN_mod_exp_mont_consttime(out.get(), base.get(), private_.get(), prime_.get(),
                                     context_.get(), form_.get()) == 1;
  }

  NumberContext context_{BN_CTX_new()};
  Number prime_{BN_get_rfc3526_prime_2048(nullptr)};
  MontgomeryForm form_{BN_MONT_CTX_new()};
  Number generator_{BN_new()}, private_{BN_new()}, public_{BN_new()}, peer_{BN_new()},
      result_{BN_new()};
};

class Curve25519Agreement final : public Agreement {
 public:
  Curve25519Agreement() {
    make_key_pair();
    peer_ = public_;
  }

  void make_key_pair() override {
    std::size_t size = public_.size();
    must(RAND_priv_bytes(private_.data(), static_cast<int>(private_.size())) == 1, "random octets");
    own_.reset(
        EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, private_.data(), private_.size()));
    must(own_ && EVP_PKEY_get_raw_public_key(own_.get(), public_.data(), &size) == 1, "a key pair");
  }

  std::size_t agree() override {
    const Pkey peer(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, peer_.data(), peer_.size()));
    const PkeyContext context(EVP_PKEY_CTX_new(own_.get(), nullptr));
    std::size_t size = shared.size();
    must(EVP_PKEY_derive_init(context.get()) == 1 &&
             EVP_PKEY_derive_set_peer_ex(context.get(), peer.get(), 0) == 1 &&
             EVP_PKEY_derive(context.get(), shared.data(), &size) == 1,
         "g^ir");
    return size;
  }

 private:
  std::array<unsigned char, 32> private_{}, public_{}, peer_{};
  Pkey own_;
};

std::unique_ptr<Agreement> agreement_in(const std::string& group) {
  if (group == "ECP_256")
    return std::make_unique<EcpAgreement>();
  if (group == "MODP_2048")
    return std::make_unique<ModpAgreement>();
  must(group == "CURVE25519", "no such group");
  return std::make_unique<Curve25519Agreement>();
}

class Handshake {
 public:
  explicit Handshake(const std::string& group) : agreement_(agreement_in(group)) {
    const Mac hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    mac_.reset(EVP_MAC_CTX_new(hmac.get()));
    std::array<char, 7> digest = {'S', 'H', 'A', '2', '5', '6', 0};
    std::array<OSSL_PARAM, 2> parameters = {
        OSSL_PARAM_construct_utf8_string("digest", digest.data(), 0), OSSL_PARAM_construct_end()};
    must(mac_ && EVP_MAC_CTX_set_params(mac_.get(), parameters.data()) == 1, "HMAC");
    cipher_.reset(EVP_CIPHER_fetch(nullptr, "AES-128-CBC", nullptr));
    cipher_context_.reset(EVP_CIPHER_CTX_new());
  }

  void make_key_pair() { agreement_->make_key_pair(); }
  void agree() { shared_size_ = agreement_->agree(); }

  // RFC 5996 sections 2.13 to 2.17, with nonces of 32 octets and messages as long as those of
  // karpspec_load.
  void derive_and_authenticate() {
    constexpr std::size_t nonces = 64, spis = 16, block = 32, name = 18, pad = 17;
    constexpr std::size_t init_message = 200, auth_message = 250;
    hmac(nonces, shared_size_);  // SKEYSEED
    for (int i = 0; i < 6; ++i)  // SK_d, SK_a*, SK_e*, SK_p*: 192 octets
      hmac(block, (i > 0 ? block : 0) + nonces + spis + 1);
    for (int side = 0; side < 2; ++side) {  // both AUTH payloads
      hmac(40, pad);
      hmac(block, name);
      hmac(block, init_message + block + block);
    }
    for (int i = 0; i < 3; ++i)  // KEYMAT of the Child SA: 96 octets
      hmac(block, (i > 0 ? block : 0) + nonces + 1);
    for (int i = 0; i < 2; ++i)  // the request's and the answer's checksum
      hmac(block, auth_message);
  }

  void encrypt_and_decrypt() {
    for (const int encrypts : {0, 1}) {
      std::array<unsigned char, 256> out{};
      int size = 0;
      must(EVP_CipherInit_ex2(cipher_context_.get(), cipher_.get(), key_.data(), key_.data(),
                              encrypts, nullptr) == 1 &&
               EVP_CIPHER_CTX_set_padding(cipher_context_.get(), 0) == 1 &&
               EVP_CipherUpdate(cipher_context_.get(), out.data(), &size, data_.data(), 208) == 1,
           "AES");
    }
  }

  // A nonce, an SPI, an IV and the SPI of the Child SA.
  void draw() {
    for (const int size : {32, 8, 16, 4})
      must(RAND_bytes(data_.data(), size) == 1, "random octets");
  }

 private:
  void hmac(std::size_t key, std::size_t size) {
    std::array<unsigned char, 32> out{};
    std::size_t written = 0;
    must(EVP_MAC_init(mac_.get(), key_.data(), key, nullptr) == 1 &&
             EVP_MAC_update(mac_.get(), data_.data(), size) == 1 &&
             EVP_MAC_final(mac_.get(), out.data(), &written, out.size()) == 1,
         "HMAC");
  }

  std::unique_ptr<Agreement> agreement_;
  std::size_t shared_size_ = 32;
  MacContext mac_;
  Cipher cipher_;
  CipherContext cipher_context_;
  std::array<unsigned char, 64> key_{};
  std::array<unsigned char, 512> data_{};
};

// Of this program's: what others have of the processor meanwhile does not count.
double processor_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

// Microseconds that WORK takes once, after SECONDS of it.
template <class Work>
double microseconds(double seconds, Work work) {
  work();
  const double begun = processor_seconds();
  double passed = 0;
  std::size_t times = 0;
  for (; passed < seconds; ++times) {
    work();
    passed = processor_seconds() - begun;
  }
  return passed / static_cast<double>(times) * 1e6;
}

void measure(const std::string& group, double seconds) {
  Handshake handshake(group);
  const double each = seconds / 8;
  const double whole = microseconds(seconds / 2, [&] {
    handshake.draw();
    handshake.make_key_pair();
    handshake.agree();
    handshake.derive_and_authenticate();
    handshake.encrypt_and_decrypt();
  });
  std::cout
      << nlohmann::json{{"per_second", 1e6 / whole},
                        {"all_us", whole},
                        {"key_pair_us", microseconds(each, [&] { handshake.make_key_pair(); })},
                        {"agreement_us", microseconds(each, [&] { handshake.agree(); })},
                        {"macs_us",
                         microseconds(each, [&] { handshake.derive_and_authenticate(); })},
                        {"cipher_us", microseconds(each, [&] { handshake.encrypt_and_decrypt(); })}}
             .dump()
      << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc == 3 ? std::atof(argv[2]) : 0;
  if (seconds <= 0) {
    std::cerr << "usage: karpspec_primitives ECP_256|CURVE25519|MODP_2048 SECONDS\n";
    return 2;
  }
  try {
    measure(argv[1], seconds);
  } catch (const std::exception& error) {
    std::cerr << "karpspec_primitives: OpenSSL failed at " << error.what() << "\n";
    return 1;
  }
  return 0;
}
