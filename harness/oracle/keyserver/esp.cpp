#include "oracle/keyserver/esp.h"

#include "base/reader.h"
#include "base/writer.h"
#include "crypto/prf.h"

namespace karpspec::oracle::keyserver {
namespace {

constexpr std::size_t head_octets = 8, tail_octets = 2, alignment = 4;

struct Integrity {
  Prf prf;
  std::size_t icv;
};

// RFC 2404, RFC 4868, RFC 4494.
Result<Integrity> integrity_of(std::uint16_t algorithm) {
  switch (algorithm) {
    case 1:
      return Integrity{Prf::HMAC_SHA1, 12};
    case 2:
      return Integrity{Prf::HMAC_SHA2_256, 16};
    case 3:
      return Integrity{Prf::HMAC_SHA2_384, 24};
    case 4:
      return Integrity{Prf::HMAC_SHA2_512, 32};
    case 5:
      return Integrity{Prf::AES128_CMAC, 12};
    default:
      return fail(ErrorCode::unsupported,
                  "no algorithm of ESP has number " + std::to_string(algorithm));
  }
}

}  // namespace

Result<Octets> seal_esp(const EspPacket& packet, std::uint16_t algorithm, const Secret& key) {
  KARPSPEC_TRY(integrity, integrity_of(algorithm));
  Writer out;
  out.u32(packet.spi, "spi");
  out.u32(packet.sequence, "sequence");
  out.octets(packet.payload, "payload");
  std::uint8_t padding = 0;
  while ((out.size() + tail_octets) % alignment != 0)
    out.u8(++padding, "padding");  // RFC 4303 section 2.4: 1, 2, 3
  out.u8(padding, "pad_length");
  out.u8(packet.next_header, "next_header");
  Octets octets = out.take();
  KARPSPEC_TRY(mac, crypto::prf(integrity.prf, key.view(), {octets}));
  const OctetView icv = mac.view().first(integrity.icv);
  octets.insert(octets.end(), icv.begin(), icv.end());
  return octets;
}

Result<EspPacket> read_esp_head(OctetView octets) {
  Reader in(octets);
  KARPSPEC_TRY(spi, in.u32("SPI"));
  KARPSPEC_TRY(sequence, in.u32("sequence number"));
  EspPacket out;
  out.spi = spi;
  out.sequence = sequence;
  return out;
}

Result<EspPacket> open_esp(OctetView octets, std::uint16_t algorithm, const Secret& key) {
  KARPSPEC_TRY(integrity, integrity_of(algorithm));
  if (octets.size() < head_octets + tail_octets + integrity.icv)
    return fail(ErrorCode::truncated,
                "an ESP packet of " + std::to_string(octets.size()) + " octets");
  const OctetView covered = octets.first(octets.size() - integrity.icv);
  KARPSPEC_TRY(mac, crypto::prf(integrity.prf, key.view(), {covered}));
  if (!equal_in_constant_time(mac.view().first(integrity.icv), octets.last(integrity.icv)))
    return fail(ErrorCode::not_authentic, "the ICV of an ESP packet is another one");
  KARPSPEC_TRY(out, read_esp_head(octets));
  const std::size_t padding = covered[covered.size() - tail_octets];
  const std::size_t inside = covered.size() - head_octets - tail_octets;
  if (padding > inside)
    return fail(ErrorCode::bad_value, "more padding than payload");
  out.next_header = covered[covered.size() - 1];
  const OctetView payload = covered.subspan(head_octets, inside - padding);
  out.payload.assign(payload.begin(), payload.end());
  return out;
}

}  // namespace karpspec::oracle::keyserver
