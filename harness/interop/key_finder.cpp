#include "interop/key_finder.h"

#include <algorithm>
#include <map>

#include "observer/opener.h"
#include "wire/message.h"

namespace karpspec::interop {
namespace {

using Spis = std::pair<std::uint64_t, std::uint64_t>;
using Sealed = std::map<Spis, std::vector<const capture::Frame*>>;

// What is sealed, by the IKE SA that its header names.
Sealed sealed_frames(const std::vector<capture::Frame>& frames) {
  const observer::OpeningKeys none;
  observer::Opener opener(none);
  Sealed out;
  for (const capture::Frame& frame : frames) {
    if (frame.segment || frame.ospf || frame.rip)
      continue;
    const auto seen = opener.open(frame);
    if (seen.message && seen.body == transcript::Observed::Body::no_keys)
      out[{seen.message->header.spi_i, seen.message->header.spi_r}].push_back(&frame);
  }
  return out;
}

bool has_sizes_of(const crypto::IkeKeys& keys, const crypto::IkeSuite& suite) {
  const std::size_t integ = crypto::is_aead(suite.encr) ? 0 : crypto::integ_key_size(suite.integ);
  return keys.SK_ei.size() == crypto::encr_key_size(suite.encr, suite.key_bits) &&
         keys.SK_ai.size() == integ && keys.SK_ar.size() == integ &&
         keys.SK_er.size() == keys.SK_ei.size();
}

// Whether KEYS open one of FRAMES: one whose checksum is wrong says nothing about them.
bool fit(const observer::Secrets::IkeSa& sa, const std::vector<const capture::Frame*>& frames) {
  observer::OpeningKeys keys;
  keys.secrets.ike_sas.push_back({sa.spi_i, sa.spi_r, sa.suite, sa.keys.clone()});
  observer::Opener opener(keys);
  return std::any_of(frames.begin(), frames.end(),
                     [&](const capture::Frame* frame) { return opener.open(*frame).authentic; });
}

std::optional<crypto::IkeSuite> fitting_suite(const std::vector<crypto::IkeSuite>& suites,
                                              const crypto::IkeKeys& keys, const Spis& spis,
                                              const std::vector<const capture::Frame*>& frames) {
  for (const crypto::IkeSuite& suite : suites)
    if (has_sizes_of(keys, suite) && fit({spis.first, spis.second, suite, keys.clone()}, frames))
      return suite;
  return std::nullopt;
}

}  // namespace

std::vector<observer::Secrets::IkeSa> find_keys(const std::vector<capture::Frame>& frames,
                                                const std::vector<dut::ToldKeys>& told,
                                                const std::vector<crypto::IkeSuite>& suites) {
  std::vector<observer::Secrets::IkeSa> out;
  const Sealed sealed = sealed_frames(frames);
  const auto known = [&](const Spis& spis) {
    return std::any_of(out.begin(), out.end(), [&](const observer::Secrets::IkeSa& sa) {
      return sa.spi_i == spis.first && sa.spi_r == spis.second;
    });
  };
  for (const dut::ToldKeys& one : told) {
    const auto candidates = one.suite ? std::vector{*one.suite} : suites;
    for (const auto& [spis, of_sa] : sealed) {
      const bool named = one.spi_i != 0 || one.spi_r != 0;
      if (known(spis) || (named && spis != Spis(one.spi_i, one.spi_r)))
        continue;
      const auto suite = fitting_suite(candidates, one.keys, spis, of_sa);
      if (!suite)
        continue;
      out.push_back({spis.first, spis.second, *suite, one.keys.clone()});
      break;
    }
  }
  return out;
}

}  // namespace karpspec::interop
