#include "crypto/dh.h"

#include <openssl/dh.h>
#include <openssl/obj_mac.h>

#include <array>

#include "crypto/ossl.h"

namespace karpspec::crypto {
namespace {

// The primes of RFC 3526, which OpenSSL carries.
BnPtr modp_prime(DhGroup group) {
  switch (group) {
    case DhGroup::MODP_2048:
      return BnPtr(BN_get_rfc3526_prime_2048(nullptr));
    case DhGroup::MODP_3072:
      return BnPtr(BN_get_rfc3526_prime_3072(nullptr));
    case DhGroup::MODP_4096:
      return BnPtr(BN_get_rfc3526_prime_4096(nullptr));
    default:
      return nullptr;
  }
}

// Prime and Montgomery form of a MODP group, made once.
struct Modp {
  BnPtr prime;
  MontPtr mont;
  explicit Modp(DhGroup group) : prime(modp_prime(group)), mont(BN_MONT_CTX_new()) {
    const BnCtxPtr context(BN_CTX_new());
    BN_MONT_CTX_set(mont.get(), prime.get(), context.get());
  }
};

const Modp& modp(DhGroup group) {
  static const Modp m2048(DhGroup::MODP_2048);
  static const Modp m3072(DhGroup::MODP_3072);
  static const Modp m4096(DhGroup::MODP_4096);
  if (group == DhGroup::MODP_2048)
    return m2048;
  return group == DhGroup::MODP_3072 ? m3072 : m4096;
}

bool is_modp(DhGroup group) {
  return group == DhGroup::MODP_2048 || group == DhGroup::MODP_3072 || group == DhGroup::MODP_4096;
}

const EC_GROUP* curve(DhGroup group) {
  static const GroupPtr p256(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  static const GroupPtr p384(EC_GROUP_new_by_curve_name(NID_secp384r1));
  static const GroupPtr p521(EC_GROUP_new_by_curve_name(NID_secp521r1));
  switch (group) {
    case DhGroup::ECP_256:
      return p256.get();
    case DhGroup::ECP_384:
      return p384.get();
    case DhGroup::ECP_521:
      return p521.get();
    default:
      return nullptr;
  }
}

BnPtr number(OctetView octets) {
  BnPtr value(BN_secure_new());
  BN_bin2bn(octets.data(), static_cast<int>(octets.size()), value.get());
  BN_set_flags(value.get(), BN_FLG_CONSTTIME);
  return value;
}

// BASE^EXPONENT mod p, at the prime's size.
Result<Secret> power(DhGroup group, const BIGNUM* base, OctetView exponent) {
  const Modp& m = modp(group);
  const BnCtxPtr context(BN_CTX_secure_new());
  const BnPtr result(BN_secure_new());
  const BnPtr e = number(exponent);
  if (BN_mod_exp_mont_consttime(result.get(), base, e.get(), m.prime.get(), context.get(),
                                m.mont.get()) != 1) {
    return openssl_failed("modular exponentiation");
  }
  Secret out(ke_size(group));
  if (BN_bn2binpad(result.get(), out.writable().data(), static_cast<int>(out.size())) < 0) {
    return openssl_failed("modular exponentiation");
  }
  return out;
}

// Both coordinates of POINT, each at the field's size.
Result<Secret> coordinates(const EC_GROUP* group, const EC_POINT* point, std::size_t size,
                           BN_CTX* context) {
  const BnPtr x(BN_secure_new());
  const BnPtr y(BN_secure_new());
  Secret out(size);
  const int half = static_cast<int>(size / 2);
  if (EC_POINT_get_affine_coordinates(group, point, x.get(), y.get(), context) != 1 ||
      BN_bn2binpad(x.get(), out.writable().data(), half) < 0 ||
      BN_bn2binpad(y.get(), out.writable().data() + half, half) < 0) {
    return openssl_failed("elliptic curve coordinates");
  }
  return out;
}

// PRIVATE_VALUE times the base point, or times PEER where given.
Result<Secret> multiply(DhGroup id, OctetView private_value, const EC_POINT* peer) {
  const EC_GROUP* group = curve(id);
  const BnCtxPtr context(BN_CTX_secure_new());
  const PointPtr result(EC_POINT_new(group));
  const BnPtr k = number(private_value);
  const int ok = peer == nullptr
                     ? EC_POINT_mul(group, result.get(), k.get(), nullptr, nullptr, context.get())
                     : EC_POINT_mul(group, result.get(), nullptr, peer, k.get(), context.get());
  if (ok != 1)
    return openssl_failed("elliptic curve multiplication");
  return coordinates(group, result.get(), ke_size(id), context.get());
}

// OpenSSL computes the public value whenever it is given a private one.
Result<PkeyPtr> x25519_pair(OctetView private_value) {
  PkeyPtr key(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, private_value.data(),
                                           private_value.size()));
  if (!key)
    return openssl_failed("a Curve25519 key");
  return key;
}

Result<Octets> x25519_public(const PkeyPtr& pair) {
  Octets out(32);
  std::size_t size = out.size();
  if (EVP_PKEY_get_raw_public_key(pair.get(), out.data(), &size) != 1)
    return openssl_failed("a Curve25519 key");
  return out;
}

Result<Secret> x25519_agree(const PkeyPtr& own, OctetView peer) {
  const PkeyPtr other(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, peer.data(), peer.size()));
  const PkeyCtxPtr context(EVP_PKEY_CTX_new(own.get(), nullptr));
  Secret out(std::size_t{32});
  std::size_t size = out.size();
  // OpenSSL refuses to derive an all-zero secret, which is what small-order points give.
  if (!other || !context || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer(context.get(), other.get()) != 1 ||
      EVP_PKEY_derive(context.get(), out.writable().data(), &size) != 1) {
    return fail(ErrorCode::bad_value, "Curve25519 value of small order");
  }
  return out;
}

}  // namespace

std::size_t ke_size(DhGroup group) {
  switch (group) {
    case DhGroup::MODP_2048:
      return 256;
    case DhGroup::MODP_3072:
      return 384;
    case DhGroup::MODP_4096:
      return 512;
    case DhGroup::ECP_256:
      return 64;
    case DhGroup::ECP_384:
      return 96;
    case DhGroup::ECP_521:
      return 132;
    case DhGroup::CURVE25519:
      return 32;
    default:
      return 0;
  }
}

struct DhKeyPair::State {
  DhGroup group = DhGroup::NONE;
  Secret private_value;
  Octets ke_data;
  PkeyPtr pair;  // Curve25519: to make it anew takes as long as to agree
};

DhKeyPair::DhKeyPair(std::unique_ptr<State> state) : state_(std::move(state)) {}
DhKeyPair::DhKeyPair(DhKeyPair&&) noexcept = default;
DhKeyPair& DhKeyPair::operator=(DhKeyPair&&) noexcept = default;
DhKeyPair::~DhKeyPair() = default;

Result<DhKeyPair> DhKeyPair::generate(DhGroup group, Random& random) {
  // MODP exponents of 320 bits are more than twice the lower estimate of the largest group's
  // strength in RFC 3526 section 8. For the curves 8 octets more than the order leave no visible
  // bias.
  std::size_t size = 0;
  if (is_modp(group)) {
    size = 40;
  } else if (const EC_GROUP* ec = curve(group); ec != nullptr) {
    size = (static_cast<std::size_t>(EC_GROUP_order_bits(ec)) + 7) / 8 + 8;
  } else if (group == DhGroup::CURVE25519) {
    size = 32;
  } else {
    return fail(ErrorCode::unsupported, "DH group is not implemented");
  }
  Secret raw(size);
  random.fill(raw.writable());
  const EC_GROUP* ec = curve(group);
  if (ec == nullptr) {
    if (is_modp(group))
      raw.writable()[0] |= 0x80;  // never a small exponent
    return from_private(group, raw.view());
  }
  // k = raw mod (n - 1) + 1
  const BnCtxPtr context(BN_CTX_secure_new());
  const BnPtr limit(BN_dup(EC_GROUP_get0_order(ec)));
  const BnPtr k = number(raw.view());
  Secret scalar(static_cast<std::size_t>((EC_GROUP_order_bits(ec) + 7) / 8));
  if (BN_sub_word(limit.get(), 1) != 1 ||
      BN_mod(k.get(), k.get(), limit.get(), context.get()) != 1 || BN_add_word(k.get(), 1) != 1 ||
      BN_bn2binpad(k.get(), scalar.writable().data(), static_cast<int>(scalar.size())) < 0) {
    return openssl_failed("a private value");
  }
  return from_private(group, scalar.view());
}

Result<DhKeyPair> DhKeyPair::from_private(DhGroup group, OctetView private_value) {
  if (is_modp(group) || curve(group) != nullptr) {
    const BnPtr k = number(private_value);
    const EC_GROUP* ec = curve(group);
    if (BN_is_zero(k.get()) || (ec != nullptr && BN_cmp(k.get(), EC_GROUP_get0_order(ec)) >= 0)) {
      return fail(ErrorCode::bad_value, "private value is 0, or the curve's order or more");
    }
  }
  auto state = std::make_unique<State>();
  state->group = group;
  state->private_value = Secret(private_value);
  const auto take = [&](const Secret& made) {
    state->ke_data.assign(made.view().begin(), made.view().end());
  };
  if (is_modp(group)) {
    const BnPtr generator(BN_new());
    BN_set_word(generator.get(), 2);
    KARPSPEC_TRY(made, power(group, generator.get(), private_value));
    take(made);
  } else if (curve(group) != nullptr) {
    KARPSPEC_TRY(made, multiply(group, private_value, nullptr));
    take(made);
  } else if (group == DhGroup::CURVE25519) {
    if (private_value.size() != 32) {
      return fail(ErrorCode::bad_length, "a Curve25519 private value has 32 octets");
    }
    KARPSPEC_TRY(pair, x25519_pair(private_value));
    KARPSPEC_TRY(made, x25519_public(pair));
    state->pair = std::move(pair);
    state->ke_data = std::move(made);
  } else {
    return fail(ErrorCode::unsupported, "DH group is not implemented");
  }
  return DhKeyPair(std::move(state));
}

DhGroup DhKeyPair::group() const {
  return state_->group;
}
const Octets& DhKeyPair::ke_data() const {
  return state_->ke_data;
}
Secret DhKeyPair::private_value() const {
  return state_->private_value.clone();
}

Result<Secret> DhKeyPair::agree(OctetView peer) const {
  const DhGroup id = state_->group;
  if (peer.size() != ke_size(id)) {
    return fail(ErrorCode::bad_length, "KE data has " + std::to_string(peer.size()) +
                                           " octets, the group has " + std::to_string(ke_size(id)));
  }
  if (id == DhGroup::CURVE25519)
    return x25519_agree(state_->pair, peer);
  if (is_modp(id)) {
    const BnPtr y = number(peer);
    const BnPtr top(BN_dup(modp(id).prime.get()));
    BN_sub_word(top.get(), 1);
    if (BN_cmp(y.get(), BN_value_one()) <= 0 || BN_cmp(y.get(), top.get()) >= 0) {
      return fail(ErrorCode::bad_value, "KE value is 0, 1, p - 1 or larger");
    }
    return power(id, y.get(), state_->private_value.view());
  }
  const EC_GROUP* group = curve(id);
  const std::size_t half = peer.size() / 2;
  const BnPtr x = number(peer.first(half));
  const BnPtr y = number(peer.last(half));
  const BnCtxPtr context(BN_CTX_secure_new());
  // OpenSSL reduces coordinates modulo p without a word; RFC 6989 section 2.3 wants them refused.
  const BnPtr p(BN_new());
  if (EC_GROUP_get_curve(group, p.get(), nullptr, nullptr, context.get()) != 1)
    return openssl_failed("elliptic curve parameters");
  if (BN_cmp(x.get(), p.get()) >= 0 || BN_cmp(y.get(), p.get()) >= 0)
    return fail(ErrorCode::bad_value, "KE value has a coordinate of p or more");
  const PointPtr point(EC_POINT_new(group));
  // Setting the coordinates checks that the point is on the curve.
  if (EC_POINT_set_affine_coordinates(group, point.get(), x.get(), y.get(), context.get()) != 1) {
    return fail(ErrorCode::bad_value, "KE value is no point of the curve");
  }
  KARPSPEC_TRY(both, multiply(id, state_->private_value.view(), point.get()));
  return Secret(both.view().first(half));
}

}  // namespace karpspec::crypto
