#include "oracle/keyserver/stable_storage.h"

#include "base/reader.h"
#include "base/writer.h"
#include "crypto/prf.h"
#include "wire/codec.h"

namespace karpspec::oracle::keyserver {
namespace {

constexpr std::uint32_t magic = 0x4b535053;
constexpr std::uint8_t format = 1;
constexpr std::size_t mac_octets = 32;

Secret mac_of(const Secret& device_key, OctetView octets) {
  auto mac = crypto::prf(Prf::HMAC_SHA2_256, device_key.view(), {octets});
  return mac ? *std::move(mac) : Secret();
}

}  // namespace

Octets to_storage(const Retained& retained, const Secret& device_key) {
  Writer out;
  out.u32(magic, "magic");
  out.u8(format, "format");
  wire::write_u24(out, 0, "reserved");
  out.u32(retained.starts, "starts");
  wire::PolicyPayload payload = to_payload(retained.policy);
  if (!retained.stowaway.empty()) {
    payload.entries.emplace_back();
    payload.entries.back().kind = 0xff;
    payload.entries.back().value = retained.stowaway;
  }
  wire::write(out, payload);
  Octets octets = out.take();
  const Secret mac = mac_of(device_key, octets);
  octets.insert(octets.end(), mac.view().begin(), mac.view().end());
  return octets;
}

Result<Retained> from_storage(OctetView octets, const Secret& device_key, bool unchecked) {
  if (octets.size() < mac_octets)
    return fail(ErrorCode::truncated, "what was stored has no MAC");
  const OctetView covered = octets.first(octets.size() - mac_octets);
  const Secret mac = mac_of(device_key, covered);
  if (!unchecked && !equal_in_constant_time(mac.view(), octets.last(mac_octets)))
    return fail(ErrorCode::not_authentic, "what was stored has another MAC");
  Reader in(covered);
  KARPSPEC_TRY(word, in.u32("magic"));
  KARPSPEC_TRY(number, in.u8("format"));
  KARPSPEC_CHECK(wire::read_u24(in, "reserved"));
  KARPSPEC_TRY(starts, in.u32("starts"));
  if (word != magic || number != format)
    return fail(ErrorCode::bad_value, "what was stored is of another format");
  KARPSPEC_TRY(policy, wire::read_policy(in));
  return Retained{starts, policy_from(policy)};
}

}  // namespace karpspec::oracle::keyserver
