#include "capture/pcapng_writer.h"

#include <fcntl.h>
#include <tins/ethernetII.h>
#include <tins/exceptions.h>
#include <tins/ip.h>
#include <tins/ipv6.h>
#include <tins/rawpdu.h>
#include <tins/udp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "wire/ip_address.h"

namespace karpspec::capture {
namespace {

constexpr std::size_t largest_udp_payload = 65507;
constexpr std::uint8_t hop_limit = 64;

// Block types and options of the pcapng format (draft-ietf-opsawg-pcapng); fields are written in
// the byte order of the section, here little-endian.
constexpr std::uint32_t section_header_block = 0x0A0D0D0A;
constexpr std::uint32_t interface_block = 1;
constexpr std::uint32_t packet_block = 6;
constexpr std::uint32_t byte_order_magic = 0x1A2B3C4D;
constexpr std::uint16_t option_end = 0;
constexpr std::uint16_t option_comment = 1;
constexpr std::size_t longest_option = 65535;

void put16(Octets& out, std::uint16_t value) {
  out.push_back(static_cast<std::uint8_t>(value));
  out.push_back(static_cast<std::uint8_t>(value >> 8));
}

void put32(Octets& out, std::uint32_t value) {
  put16(out, static_cast<std::uint16_t>(value));
  put16(out, static_cast<std::uint16_t>(value >> 16));
}

void pad32(Octets& out) {
  while (out.size() % 4 != 0)
    out.push_back(0);
}

// A block around BODY: type, total length, body padded to 32 bits, total length again.
Octets block(std::uint32_t type, Octets body) {
  pad32(body);
  const auto total = static_cast<std::uint32_t>(body.size() + 12);
  Octets out;
  put32(out, type);
  put32(out, total);
  append(out, body);
  put32(out, total);
  return out;
}

Octets file_head(std::uint16_t link_type) {
  Octets section;
  put32(section, byte_order_magic);
  put16(section, 1);           // major version
  put16(section, 0);           // minor version
  put32(section, 0xffffffff);  // section length unknown
  put32(section, 0xffffffff);
  Octets interface;
  put16(interface, link_type);
  put16(interface, 0);
  put32(interface, 0);  // no snapshot limit; times are in microseconds without an option
  return concat({block(section_header_block, section), block(interface_block, interface)});
}

// A locally administered Ethernet address that says which host it is.
template <class Address>
Tins::HWAddress<6> hardware_address(const Address& address) {
  std::uint32_t hash = 2166136261U;
  for (const char c : address.to_string())
    hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619U;
  std::array<std::uint8_t, 6> octets = {0x02, 0x4b};
  std::ranges::copy(big_endian(hash), octets.begin() + 2);
  return Tins::HWAddress<6>(octets.data());
}

void set_hop_limit(Tins::IP& ip) {
  ip.ttl(hop_limit);
}
void set_hop_limit(Tins::IPv6& ip) {
  ip.hop_limit(hop_limit);
}

template <class Ip, class Address>
Octets frame_of(const Datagram& datagram, OctetView payload) {
  const Address source(datagram.source.address);
  const Address destination(datagram.destination.address);
  Ip ip(destination, source);
  set_hop_limit(ip);
  Tins::EthernetII frame =
      Tins::EthernetII(hardware_address(destination), hardware_address(source)) / ip /
      Tins::UDP(datagram.destination.port, datagram.source.port) /
      Tins::RawPDU(payload.data(), static_cast<std::uint32_t>(payload.size()));
  return frame.serialize();
}

tl::unexpected<Error> file_error(const std::string& path) {
  return fail(ErrorCode::io, path + ": " + std::strerror(errno));
}

}  // namespace

Result<Octets> ethernet_frame(const Datagram& datagram) {
  Octets payload;
  if (datagram.source.port == nat_traversal_port || datagram.destination.port == nat_traversal_port)
    payload.resize(non_esp_marker_size);
  append(payload, datagram.payload);
  if (payload.size() > largest_udp_payload) {
    return fail(ErrorCode::bad_length, "payload is too long for a UDP datagram");
  }
  try {
    const bool v6 = datagram.source.address.find(':') != std::string::npos;
    return v6 ? frame_of<Tins::IPv6, Tins::IPv6Address>(datagram, payload)
              : frame_of<Tins::IP, Tins::IPv4Address>(datagram, payload);
  } catch (const Tins::exception_base&) {
    return fail(ErrorCode::bad_value, "no pair of IP addresses: '" + datagram.source.address +
                                          "' and '" + datagram.destination.address + "'");
  }
}

Result<Octets> ethernet_frame(OctetView packet) {
  constexpr std::size_t v4_header = 20, v6_header = 40;
  const int version = packet.empty() ? 0 : packet[0] >> 4;
  const bool v4 = version == 4;
  if ((!v4 && version != 6) || packet.size() < (v4 ? v4_header : v6_header))
    return fail(ErrorCode::bad_value, "neither an IPv4 nor an IPv6 packet");
  const std::size_t source = v4 ? 12 : 8, size = v4 ? 4 : 16;
  const auto address = [&](std::size_t at) {
    std::string text;
    if (const auto read = wire::IpAddress::from_octets(packet.subspan(at, size)))
      text = read->to_text();
    return v4 ? hardware_address(Tins::IPv4Address(text))
              : hardware_address(Tins::IPv6Address(text));
  };
  Octets out;
  for (const Tins::HWAddress<6>& each : {address(source + size), address(source)})
    out.insert(out.end(), each.begin(), each.end());
  append(out, v4 ? Octets{0x08, 0x00} : Octets{0x86, 0xdd});
  append(out, packet);
  return out;
}

Result<PcapngWriter> PcapngWriter::create(const std::string& path, std::uint16_t link_type) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0)
    return file_error(path);
  std::unique_ptr<std::FILE, Close> file(::fdopen(fd, "wb"));
  if (!file) {
    auto error = file_error(path);
    ::close(fd);
    return error;
  }
  PcapngWriter writer(std::move(file), path);
  KARPSPEC_CHECK(writer.put(file_head(link_type)));
  return writer;
}

Result<void> PcapngWriter::write(const Datagram& datagram, Time time, std::string_view comment) {
  KARPSPEC_TRY(frame, ethernet_frame(datagram));
  return write_frame(frame, frame.size(), time, comment);
}

Result<void> PcapngWriter::write_frame(OctetView frame, std::size_t wire_size, Time time,
                                       std::string_view comment) {
  const auto micros = static_cast<std::uint64_t>(time.time_since_epoch().count());
  Octets body;
  put32(body, 0);  // the one interface
  put32(body, static_cast<std::uint32_t>(micros >> 32));
  put32(body, static_cast<std::uint32_t>(micros));
  put32(body, static_cast<std::uint32_t>(frame.size()));
  put32(body, static_cast<std::uint32_t>(wire_size));
  append(body, frame);
  if (!comment.empty()) {
    comment = comment.substr(0, longest_option);
    pad32(body);
    put16(body, option_comment);
    put16(body, static_cast<std::uint16_t>(comment.size()));
    append(body, octets_of(comment));
    pad32(body);
    put16(body, option_end);
    put16(body, 0);
  }
  return put(block(packet_block, std::move(body)));
}

Result<void> PcapngWriter::put(const Octets& octets) {
  if (std::fwrite(octets.data(), 1, octets.size(), file_.get()) != octets.size())
    return file_error(path_);
  return {};
}

Result<void> PcapngWriter::flush() {
  if (std::fflush(file_.get()) != 0)
    return file_error(path_);
  return {};
}

}  // namespace karpspec::capture
