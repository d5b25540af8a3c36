// PRFs and the keys of an IKE SA (RFC 5996 sections 2.13 to 2.15), beside the same MACs by OpenSSL
// with contexts that are made beforehand.
#include <cstring>

#include "base/random.h"
#include "bench/measurement.h"
#include "bench/primitives/mac.h"
#include "bench/subjects.h"
#include "crypto/ike_keys.h"
#include "crypto/prf.h"

namespace karpspec::bench {
namespace {

using primitives::Mac;

struct Function {
  const char* name;
  Prf prf;
};
constexpr Function functions[] = {
    {"HMAC_SHA1", Prf::HMAC_SHA1},         {"HMAC_SHA2_256", Prf::HMAC_SHA2_256},
    {"HMAC_SHA2_384", Prf::HMAC_SHA2_384}, {"HMAC_SHA2_512", Prf::HMAC_SHA2_512},
    {"AES128_XCBC", Prf::AES128_XCBC},     {"AES128_CMAC", Prf::AES128_CMAC},
};

// What a key schedule is made of: as many octets as an IKE SA with MODP_2048 has.
struct Parts {
  explicit Parts(Prf prf) {
    SeededRandom random(1);
    key = random.octets(crypto::prf_key_size(prf));
    ni = random.octets(32);
    nr = random.octets(32);
    g_ir = random.octets(256);
    message = random.octets(400);
    id = random.octets(16);
    spis = random.octets(16);
  }
  Octets key, ni, nr, g_ir, message, id, spis;
  [[nodiscard]] Octets nonces() const { return concat({ni, nr}); }
};

// Whether OpenSSL's octets are ours. AES-XCBC's, which it lacks, cannot be.
bool same(Prf prf, OctetView ours, OctetView bound) {
  return prf == Prf::AES128_XCBC ||
         (ours.size() <= bound.size() && std::memcmp(ours.data(), bound.data(), ours.size()) == 0);
}

constexpr const char* not_the_same = "OpenSSL gives other octets";
constexpr const char* refused = "OpenSSL refused";

// prf(key, Ni | Nr).
void prf(benchmark::State& state, Prf function) {
  const Parts parts(function);
  for (auto _ : state) {
    auto out = crypto::prf(function, parts.key, {parts.ni, parts.nr});
    if (failed(state, out))
      return;
    benchmark::DoNotOptimize(out);
  }
  count(state, parts.ni.size() + parts.nr.size());
}

void prf_bound(benchmark::State& state, Prf function) {
  const Parts parts(function);
  Mac mac(function);
  Octets out(mac.size());
  const auto ours = crypto::prf(function, parts.key, {parts.ni, parts.nr});
  if (failed(state, ours) ||
      failed(state, mac.run(parts.key, {parts.ni, parts.nr}, out), refused) ||
      failed(state, same(function, ours->view(), out), not_the_same))
    return;
  for (auto _ : state) {
    bool done = mac.run(parts.key, {parts.ni, parts.nr}, out);
    benchmark::DoNotOptimize(done);
  }
  count(state, parts.ni.size() + parts.nr.size());
}

// Eight blocks of prf+.
constexpr std::size_t blocks = 8;

void prf_plus(benchmark::State& state, Prf function) {
  const Parts parts(function);
  const Octets seed = parts.nonces();
  const std::size_t size = blocks * crypto::prf_output_size(function);
  for (auto _ : state) {
    auto out = crypto::prf_plus(function, parts.key, seed, size);
    if (failed(state, out))
      return;
    benchmark::DoNotOptimize(out);
  }
  count(state, size);
}

void prf_plus_bound(benchmark::State& state, Prf function) {
  const Parts parts(function);
  const Octets seed = parts.nonces();
  Mac mac(function);
  Octets out(blocks * mac.size());
  const auto ours = crypto::prf_plus(function, parts.key, seed, out.size());
  if (failed(state, ours) || failed(state, mac.prf_plus(parts.key, seed, out), refused) ||
      failed(state, same(function, ours->view(), out), not_the_same))
    return;
  for (auto _ : state) {
    bool done = mac.prf_plus(parts.key, seed, out);
    benchmark::DoNotOptimize(done);
  }
  count(state, out.size());
}

// SKEYSEED, and SK_d to SK_pr of it, for AES_CBC-128 and HMAC_SHA2_256_128.
crypto::IkeSuite suite_with(Prf prf) {
  crypto::IkeSuite suite;
  suite.prf = prf;
  return suite;
}

Result<crypto::IkeKeys> keys_of(Prf prf, const Parts& parts) {
  KARPSPEC_TRY(skeyseed, crypto::derive_skeyseed(prf, {parts.ni}, {parts.nr}, {parts.g_ir}));
  return crypto::derive_ike_keys(suite_with(prf), skeyseed, {parts.ni}, {parts.nr}, {1}, {2});
}

void ike_keys(benchmark::State& state, Prf function) {
  const Parts parts(function);
  for (auto _ : state) {
    auto keys = keys_of(function, parts);
    if (failed(state, keys))
      return;
    benchmark::DoNotOptimize(keys);
  }
  count(state);
}

void ike_keys_bound(benchmark::State& state, Prf function) {
  Parts parts(function);
  parts.spis = Octets(16);
  parts.spis[7] = 1;
  parts.spis[15] = 2;
  // RFC 5996 section 2.14: of a PRF with a key of fixed size, half of it from each nonce.
  const bool cuts = function == Prf::AES128_XCBC || function == Prf::AES128_CMAC;
  const std::size_t take = cuts ? 8 : parts.ni.size();
  const Octets key = concat({OctetView(parts.ni).first(take), OctetView(parts.nr).first(take)});
  const Octets seed = concat({parts.ni, parts.nr, parts.spis});
  Mac mac(function);
  Octets skeyseed(mac.size());
  const crypto::IkeSuite suite = suite_with(function);
  const std::size_t size = 3 * mac.size() + 2 * crypto::integ_key_size(suite.integ) +
                           2 * crypto::encr_key_size(suite.encr, suite.key_bits);
  Octets out((size + mac.size() - 1) / mac.size() * mac.size());
  const auto derive = [&] {
    return mac.run(key, {parts.g_ir}, skeyseed) && mac.prf_plus(skeyseed, seed, out);
  };
  const auto ours = keys_of(function, parts);
  if (failed(state, ours) || failed(state, derive(), refused) ||
      failed(state, same(function, ours->SK_d.view(), out), not_the_same))
    return;
  for (auto _ : state) {
    bool done = derive();
    benchmark::DoNotOptimize(done);
  }
  count(state);
}

// AUTH by a preshared key: prf(prf(Shared Secret, "Key Pad for IKEv2"), <SignedOctets>).
void psk_auth(benchmark::State& state, Prf function) {
  const Parts parts(function);
  for (auto _ : state) {
    auto auth = crypto::psk_auth(function, parts.ni, parts.message, parts.nr, parts.key, parts.id);
    if (failed(state, auth))
      return;
    benchmark::DoNotOptimize(auth);
  }
  count(state);
}

void psk_auth_bound(benchmark::State& state, Prf function) {
  const Parts parts(function);
  Mac mac(function);
  const Octets pad = octets_of("Key Pad for IKEv2");
  Octets key(mac.size()), id(mac.size()), out(mac.size());
  // A PRF by AES hashes a secret of any other size than 16 octets first.
  const bool by_aes = mac.size() == 16;
  const Octets zero(16);
  Octets secret = parts.ni;
  if (by_aes)
    secret.resize(16);
  const auto authenticate = [&] {
    return (!by_aes || mac.run(zero, {parts.ni}, secret)) && mac.run(secret, {pad}, key) &&
           mac.run(parts.key, {parts.id}, id) && mac.run(key, {parts.message, parts.nr, id}, out);
  };
  const auto ours =
      crypto::psk_auth(function, parts.ni, parts.message, parts.nr, parts.key, parts.id);
  if (failed(state, ours) || failed(state, authenticate(), refused) ||
      failed(state, same(function, *ours, out), not_the_same))
    return;
  for (auto _ : state) {
    bool done = authenticate();
    benchmark::DoNotOptimize(done);
  }
  count(state);
}

using OfPrf = void (*)(benchmark::State&, Prf);

void compare_by_prf(const char* what, OfPrf measured, OfPrf bound) {
  for (const Function& each : functions)
    compare(
        std::string(what) + "/" + each.name,
        [=, prf = each.prf](auto& state) { measured(state, prf); },
        [=, prf = each.prf](auto& state) { bound(state, prf); });
}

}  // namespace

void add_key_schedule() {
  compare_by_prf("prf", prf, prf_bound);
  compare_by_prf("prf_plus", prf_plus, prf_plus_bound);
  compare_by_prf("ike_keys", ike_keys, ike_keys_bound);
  compare_by_prf("psk_auth", psk_auth, psk_auth_bound);
}

}  // namespace karpspec::bench
