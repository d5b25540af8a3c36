#include "wire/tcp_segment.h"

#include <algorithm>
#include <string>

#include "base/reader.h"
#include "base/writer.h"
#include "wire/ip_packet.h"

namespace karpspec::wire {
namespace {

constexpr std::size_t unit = 4;  // of the data offset, octets
constexpr std::size_t data_offset_at = 12;

// The one's complement sum of 16-bit words, on top of SUM.
std::uint32_t add_words(std::uint32_t sum, OctetView octets) {
  for (std::size_t i = 0; i + 1 < octets.size(); i += 2)
    sum += static_cast<std::uint32_t>(octets[i] << 8 | octets[i + 1]);
  if (octets.size() % 2 != 0)
    sum += static_cast<std::uint32_t>(octets.back() << 8);
  while (sum >> 16 != 0)
    sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

std::uint32_t sum_of(const TcpPacket& packet) {
  return add_words(add_words(0, pseudo_header(packet)), packet.segment);
}

Result<std::vector<TcpOption>> read_options(OctetView segment, std::size_t end) {
  std::vector<TcpOption> options;
  for (std::size_t at = tcp_header_size; at < end;) {
    const std::uint8_t kind = segment[at];
    if (kind == static_cast<std::uint8_t>(TcpOptionKind::END))
      break;
    if (kind == static_cast<std::uint8_t>(TcpOptionKind::NOP)) {
      ++at;
      continue;
    }
    const std::string name = "TCP option " + std::to_string(kind);
    if (at + 1 >= end)
      return fail(ErrorCode::truncated, name + " has no length", at);
    const std::size_t size = segment[at + 1];
    if (size < 2)
      return fail(ErrorCode::bad_length, name + " has length " + std::to_string(size), at + 1);
    if (size > end - at) {
      return fail(ErrorCode::bad_length,
                  name + " has length " + std::to_string(size) + ", and the header " +
                      std::to_string(end - at) + " octets left",
                  at + 1);
    }
    options.push_back({kind, at, size});
    at += size;
  }
  return options;
}

}  // namespace

const TcpOption* TcpHeader::find(TcpOptionKind kind) const {
  const auto found =
      std::ranges::find_if(options, [&](const TcpOption& option) { return option.is(kind); });
  return found == options.end() ? nullptr : &*found;
}

std::size_t TcpHeader::count(TcpOptionKind kind) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(options, [&](const TcpOption& option) { return option.is(kind); }));
}

Result<TcpHeader> read_tcp_header(OctetView segment) {
  if (segment.size() < tcp_header_size) {
    return fail(ErrorCode::truncated,
                "a TCP header has 20 octets, and there are " + std::to_string(segment.size()),
                segment.size());
  }
  Reader in(segment);
  TcpHeader header;
  header.source_port = *in.u16("source port");
  header.destination_port = *in.u16("destination port");
  header.sequence = *in.u32("sequence number");
  header.acknowledgment = *in.u32("acknowledgment number");
  header.size = std::size_t{*in.u8("data offset")} / 16 * unit;
  header.flags = *in.u8("flags");
  header.window = *in.u16("window");
  if (header.size < tcp_header_size) {
    return fail(ErrorCode::bad_length,
                "the data offset says " + std::to_string(header.size) + " octets, 20 at least",
                data_offset_at);
  }
  if (header.size > segment.size()) {
    return fail(ErrorCode::truncated,
                "the data offset says " + std::to_string(header.size) + " octets, and there are " +
                    std::to_string(segment.size()),
                data_offset_at);
  }
  KARPSPEC_TRY(options, read_options(segment, header.size));
  header.options = std::move(options);
  return header;
}

Result<TcpAoOption> read_tcp_ao(OctetView segment, const TcpOption& option) {
  constexpr std::size_t before_mac = 4;
  if (option.size < before_mac) {
    return fail(ErrorCode::bad_length,
                "TCP-AO has length " + std::to_string(option.size) + ", 4 at least",
                option.offset + 1);
  }
  return TcpAoOption{segment[option.offset + 2], segment[option.offset + 3],
                     option.offset + before_mac, option.size - before_mac};
}

Result<Octets> encode_tcp(const TcpFields& fields) {
  if (fields.options.size() > tcp_option_space) {
    return fail(ErrorCode::bad_length, std::to_string(fields.options.size()) +
                                           " octets of TCP options, and there is room for 40");
  }
  const std::size_t padding = (unit - fields.options.size() % unit) % unit;
  const std::size_t size = tcp_header_size + fields.options.size() + padding;
  Writer out;
  out.u16(fields.source_port, "source port");
  out.u16(fields.destination_port, "destination port");
  out.u32(fields.sequence, "sequence number");
  out.u32(fields.acknowledgment, "acknowledgment number");
  out.u8(static_cast<std::uint8_t>(size / unit << 4), "data offset");
  out.u8(fields.flags, "flags");
  out.u16(fields.window, "window");
  out.u16(0, "checksum");
  out.u16(0, "urgent pointer");
  out.octets(fields.options, "options");
  out.octets(Octets(padding), "padding");
  out.octets(fields.data, "data");
  return out.take();
}

Octets pseudo_header(const TcpPacket& packet) {
  Writer out;
  out.octets(packet.source.octets(), "source");
  out.octets(packet.destination.octets(), "destination");
  if (packet.source.is_v4()) {
    out.u8(0, "zero");
    out.u8(protocol_tcp, "protocol");
    out.u16(static_cast<std::uint16_t>(packet.segment.size()), "TCP length");
  } else {
    out.u32(static_cast<std::uint32_t>(packet.segment.size()), "TCP length");
    out.u32(protocol_tcp, "next header");
  }
  return out.take();
}

void set_tcp_checksum(TcpPacket& packet) {
  std::uint8_t* at = packet.segment.data() + tcp_checksum_offset;
  at[0] = at[1] = 0;
  const std::uint32_t sum = ~sum_of(packet);
  at[0] = static_cast<std::uint8_t>(sum >> 8);
  at[1] = static_cast<std::uint8_t>(sum);
}

bool tcp_checksum_holds(const TcpPacket& packet) {
  return sum_of(packet) == 0xffff;
}

}  // namespace karpspec::wire
