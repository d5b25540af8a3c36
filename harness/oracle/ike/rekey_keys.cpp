#include "oracle/ike/rekey_keys.h"

#include "oracle/ike/habits.h"

namespace karpspec::oracle::ike {

std::optional<std::uint64_t> spi_from(const Octets& octets) {
  if (octets.size() != 8)
    return std::nullopt;
  const std::uint64_t spi = unsigned_from(octets);
  return spi == 0 ? std::nullopt : std::optional(spi);
}

IkeSa* make_rekeyed_sa(Core& core, const IkeSa& old, const RekeyedSa& plan) {
  const crypto::Ni ni{plan.ni};
  const crypto::Nr nr{plan.nr};
  const auto skeyseed = rekeyed_skeyseed(core, old, plan.suite.prf, plan.g_ir, plan.ni, plan.nr);
  if (!skeyseed) {
    core.event(old, "rekey-refused", "SKEYSEED: " + to_string(skeyseed.error()));
    return nullptr;
  }
  auto keys = crypto::derive_ike_keys(plan.suite, *skeyseed, ni, nr, crypto::SpiI{plan.spi_i},
                                      crypto::SpiR{plan.spi_r});
  if (!keys) {
    core.event(old, "rekey-refused", "SK_*: " + to_string(keys.error()));
    return nullptr;
  }
  IkeSa& sa = core.new_sa(plan.made_by_us, old.remote);
  sa.suite = plan.suite;
  sa.spi_i = plan.spi_i;
  sa.spi_r = plan.spi_r;
  sa.ni.assign(plan.ni.begin(), plan.ni.end());
  sa.nr.assign(plan.nr.begin(), plan.nr.end());
  sa.keys = *std::move(keys);
  // It has no IKE_SA_INIT in which it could be announced again (profile P-56).
  sa.fragmentation = old.fragmentation && core.tunables.rekey_keeps_fragmentation;
  if (!core.tunables.rekey_resets_message_ids) {
    sa.next_request = old.next_request;
    sa.expected_request = old.expected_request;
  }
  sa.origin = old.origin;
  core.assign(sa, *old.peer);
  sa.state = IkeState::auth_sent;  // it was never half open
  core.become_established(sa);
  core.index(sa);
  core.log_keys(sa);
  return &sa;
}

}  // namespace karpspec::oracle::ike
