// Diffie-Hellman groups: a key pair, and the shared secret, beside OpenSSL's EVP_PKEY.
#include "base/random.h"
#include "bench/measurement.h"
#include "bench/primitives/dh.h"
#include "bench/subjects.h"
#include "crypto/dh.h"

namespace karpspec::bench {
namespace {

struct NamedGroup {
  const char* name;
  DhGroup group;
};
constexpr NamedGroup dh_groups[] = {
    {"MODP_2048", DhGroup::MODP_2048},   {"MODP_3072", DhGroup::MODP_3072},
    {"MODP_4096", DhGroup::MODP_4096},   {"ECP_256", DhGroup::ECP_256},
    {"ECP_384", DhGroup::ECP_384},       {"ECP_521", DhGroup::ECP_521},
    {"CURVE25519", DhGroup::CURVE25519},
};

void generate(benchmark::State& state, DhGroup group) {
  SeededRandom random(1);
  for (auto _ : state) {
    auto pair = crypto::DhKeyPair::generate(group, random);
    if (failed(state, pair))
      return;
    benchmark::DoNotOptimize(pair);
  }
  count(state);
}

void generate_bound(benchmark::State& state, DhGroup group) {
  primitives::Dh primitive(group);
  for (auto _ : state)
    if (failed(state, primitive.generate(), "OpenSSL refused to make a key pair"))
      return;
  if (failed(state, primitive.ke_data().size() == crypto::ke_size(group),
             "KE data of another size"))
    return;
  count(state);
}

// One side is ours, the other OpenSSL's: both come to the same secret, or it counts for nothing.
struct Sides {
  explicit Sides(DhGroup group) : primitive(group) {
    SeededRandom random(1);
    ours = crypto::DhKeyPair::generate(group, random);
  }
  [[nodiscard]] bool agree() {
    if (!ours || !primitive.generate())
      return false;
    const auto secret = ours->agree(primitive.ke_data());
    const Octets theirs = primitive.derive(ours->ke_data());
    return secret && equal_in_constant_time(secret->view(), theirs);
  }
  primitives::Dh primitive;
  Result<crypto::DhKeyPair> ours = fail(ErrorCode::internal, "not made");
};

constexpr const char* no_secret = "the two sides come to different secrets";

void agree(benchmark::State& state, DhGroup group) {
  Sides sides(group);
  if (failed(state, sides.ours) || failed(state, sides.agree(), no_secret))
    return;
  const Octets peer = sides.primitive.ke_data();
  for (auto _ : state) {
    auto secret = sides.ours->agree(peer);
    benchmark::DoNotOptimize(secret);
  }
  count(state);
}

void agree_bound(benchmark::State& state, DhGroup group) {
  Sides sides(group);
  if (failed(state, sides.ours) || failed(state, sides.agree(), no_secret))
    return;
  const Octets peer = sides.ours->ke_data();
  for (auto _ : state) {
    Octets secret = sides.primitive.derive(peer);
    benchmark::DoNotOptimize(secret.data());
  }
  count(state);
}

using OfGroup = void (*)(benchmark::State&, DhGroup);

void compare_by_group(const char* what, OfGroup measured, OfGroup bound) {
  for (const NamedGroup& each : dh_groups)
    compare(
        std::string(what) + "/" + each.name,
        [=, group = each.group](auto& state) { measured(state, group); },
        [=, group = each.group](auto& state) { bound(state, group); });
}

}  // namespace

void add_dh() {
  compare_by_group("dh_generate", generate, generate_bound);
  compare_by_group("dh_agree", agree, agree_bound);
}

}  // namespace karpspec::bench
