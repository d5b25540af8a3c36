#include "oracle/tcpao/segment_mac.h"

#include <algorithm>
#include <array>

#include "base/writer.h"
#include "crypto/digest.h"
#include "crypto/prf.h"

namespace karpspec::oracle::tcpao {
namespace {

using wire::TcpAoAuthAlg;
using wire::TcpAoKdf;

constexpr std::array<std::uint8_t, wire::tcp_option_space> zeros{};
constexpr std::size_t before_mac = 4;  // octets of the option before its MAC

Result<Prf> prf_of(TcpAoKdf kdf) {
  switch (kdf) {
    case TcpAoKdf::KDF_HMAC_SHA1:
      return Prf::HMAC_SHA1;
    case TcpAoKdf::KDF_AES_128_CMAC:
      return Prf::AES128_CMAC;
  }
  return fail(ErrorCode::unsupported, "KDF " + std::to_string(static_cast<int>(kdf)));
}

Result<Prf> prf_of(TcpAoAuthAlg alg) {
  switch (alg) {
    case TcpAoAuthAlg::HMAC_SHA_1_96:
      return Prf::HMAC_SHA1;
    case TcpAoAuthAlg::AES_128_CMAC_96:
      return Prf::AES128_CMAC;
  }
  return fail(ErrorCode::unsupported, "MAC algorithm " + std::to_string(static_cast<int>(alg)));
}

Octets octets_of_number(std::uint32_t value) {
  Writer out;
  out.u32(value, "number");
  return out.take();
}

}  // namespace

std::size_t traffic_key_size(TcpAoAuthAlg alg) {
  const auto prf = prf_of(alg);
  return prf ? crypto::prf_key_size(*prf) : 0;
}

std::size_t mac_size(TcpAoAuthAlg alg) {
  return prf_of(alg) ? 12 : 0;
}

KeyContext bound_by(KeyContext context, bool syn_ack, Habit habit) {
  if (habit == Habit::isns_left_out)
    context.source_isn = context.destination_isn = 0;
  if (habit == Habit::syn_ack_like_syn && syn_ack)
    context.destination_isn = 0;
  if (habit == Habit::ports_left_out)
    context.source_port = context.destination_port = 0;
  return context;
}

Result<Secret> traffic_key(TcpAoKdf kdf, TcpAoAuthAlg alg, OctetView master_key,
                           const KeyContext& context) {
  KARPSPEC_TRY(prf, prf_of(kdf));
  KARPSPEC_CHECK(prf_of(alg));
  if (master_key.empty())
    return fail(ErrorCode::bad_length, "an empty master key");
  const std::size_t size = traffic_key_size(alg);
  Writer seed;
  seed.octets(octets_of("TCP-AO"), "label");
  seed.octets(context.source.octets(), "source");
  seed.octets(context.destination.octets(), "destination");
  seed.u16(context.source_port, "source port");
  seed.u16(context.destination_port, "destination port");
  seed.u32(context.source_isn, "source ISN");
  seed.u32(context.destination_isn, "destination ISN");
  seed.u16(static_cast<std::uint16_t>(size * 8), "output length");
  Secret key(size);
  std::size_t done = 0;
  for (std::uint8_t i = 1; done < size; ++i) {
    KARPSPEC_TRY(block, crypto::prf(prf, master_key, {OctetView(&i, 1), seed.written()}));
    const std::size_t take = std::min(block.size(), size - done);
    std::ranges::copy(block.view().first(take),
                      key.writable().begin() + static_cast<std::ptrdiff_t>(done));
    done += take;
  }
  return key;
}

Result<Secret> segment_mac(TcpAoAuthAlg alg, OctetView key, bool covers_options, std::uint32_t sne,
                           const wire::TcpPacket& packet, const wire::TcpHeader& header,
                           const wire::TcpAoOption& option) {
  KARPSPEC_TRY(prf, prf_of(alg));
  if (key.size() != traffic_key_size(alg))
    return fail(ErrorCode::bad_length, "a traffic key of another size than the MAC's");
  const OctetView segment(packet.segment);
  const std::size_t option_at = option.mac_offset - before_mac;
  const std::size_t mac_end = option.mac_offset + option.mac_size;
  const Octets extension = octets_of_number(sne);
  const Octets pseudo = wire::pseudo_header(packet);
  const OctetView to_checksum = segment.first(wire::tcp_checksum_offset);
  const OctetView checksum = OctetView(zeros).first(2);
  const OctetView urgent = segment.subspan(wire::tcp_checksum_offset + 2, 2);
  const OctetView before = segment.subspan(wire::tcp_header_size,
                                           covers_options ? option_at - wire::tcp_header_size : 0);
  const OctetView after =
      covers_options ? segment.subspan(mac_end, header.size - mac_end) : OctetView();
  KARPSPEC_TRY(whole, crypto::prf(prf, key,
                                  {extension, pseudo, to_checksum, checksum, urgent, before,
                                   segment.subspan(option_at, before_mac),
                                   OctetView(zeros).first(option.mac_size), after,
                                   segment.subspan(header.size)}));
  return Secret(whole.view().first(mac_size(alg)));
}

Octets md5_signature(OctetView key, const wire::TcpPacket& packet, const wire::TcpHeader& header) {
  const OctetView segment(packet.segment);
  // The key is in what is digested, so that must be wiped as well.
  const Secret covered(
      concat({wire::pseudo_header(packet), segment.first(wire::tcp_checksum_offset),
              OctetView(zeros).first(2), segment.subspan(wire::tcp_checksum_offset + 2, 2),
              segment.subspan(header.size), key}));
  return crypto::md5(covered.view());
}

}  // namespace karpspec::oracle::tcpao
