#include "capture/pcapng_writer.h"

#include <tins/ethernetII.h>
#include <tins/exceptions.h>
#include <tins/ip.h>
#include <tins/ipv6.h>
#include <tins/rawpdu.h>
#include <tins/udp.h>

#include <cerrno>
#include <cstring>

namespace karpspec::capture {
namespace {

constexpr std::size_t largest_udp_payload = 65507;

// Block types and options of the pcapng format (draft-ietf-opsawg-pcapng); fields are written in
// the byte order of the section, here little-endian.
constexpr std::uint32_t section_header_block = 0x0A0D0D0A;
constexpr std::uint32_t interface_block = 1;
constexpr std::uint32_t packet_block = 6;
constexpr std::uint32_t byte_order_magic = 0x1A2B3C4D;
constexpr std::uint16_t link_type_ethernet = 1;

void put16(Octets& out, std::uint16_t value) {
  out.push_back(static_cast<std::uint8_t>(value));
  out.push_back(static_cast<std::uint8_t>(value >> 8));
}

void put32(Octets& out, std::uint32_t value) {
  put16(out, static_cast<std::uint16_t>(value));
  put16(out, static_cast<std::uint16_t>(value >> 16));
}

// A block around BODY: type, total length, body padded to 32 bits, total length again.
Octets block(std::uint32_t type, Octets body) {
  while (body.size() % 4 != 0)
    body.push_back(0);
  const auto total = static_cast<std::uint32_t>(body.size() + 12);
  Octets out;
  put32(out, type);
  put32(out, total);
  append(out, body);
  put32(out, total);
  return out;
}

Octets file_head() {
  Octets section;
  put32(section, byte_order_magic);
  put16(section, 1);           // major version
  put16(section, 0);           // minor version
  put32(section, 0xffffffff);  // section length unknown
  put32(section, 0xffffffff);
  Octets interface;
  put16(interface, link_type_ethernet);
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
  const std::uint8_t octets[6] = {0x02,
                                  0x4b,
                                  static_cast<std::uint8_t>(hash >> 24),
                                  static_cast<std::uint8_t>(hash >> 16),
                                  static_cast<std::uint8_t>(hash >> 8),
                                  static_cast<std::uint8_t>(hash)};
  return Tins::HWAddress<6>(octets);
}

template <class Ip, class Address>
Octets frame_of(const Datagram& datagram) {
  const Address source(datagram.source.address);
  const Address destination(datagram.destination.address);
  Tins::EthernetII frame =
      Tins::EthernetII(hardware_address(destination), hardware_address(source)) /
      Ip(destination, source) / Tins::UDP(datagram.destination.port, datagram.source.port) /
      Tins::RawPDU(datagram.payload.data(), static_cast<std::uint32_t>(datagram.payload.size()));
  return frame.serialize();
}

tl::unexpected<Error> file_error(const std::string& path) {
  return fail(ErrorCode::io, path + ": " + std::strerror(errno));
}

}  // namespace

Result<Octets> ethernet_frame(const Datagram& datagram) {
  if (datagram.payload.size() > largest_udp_payload) {
    return fail(ErrorCode::bad_length, "payload is too long for a UDP datagram");
  }
  try {
    const bool v6 = datagram.source.address.find(':') != std::string::npos;
    return v6 ? frame_of<Tins::IPv6, Tins::IPv6Address>(datagram)
              : frame_of<Tins::IP, Tins::IPv4Address>(datagram);
  } catch (const Tins::exception_base&) {
    return fail(ErrorCode::bad_value, "no pair of IP addresses: '" + datagram.source.address +
                                          "' and '" + datagram.destination.address + "'");
  }
}

Result<PcapngWriter> PcapngWriter::create(const std::string& path) {
  std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "wb"));
  if (!file)
    return file_error(path);
  const Octets head = file_head();
  if (std::fwrite(head.data(), 1, head.size(), file.get()) != head.size() ||
      std::fflush(file.get()) != 0) {
    return file_error(path);
  }
  return PcapngWriter(std::move(file), path);
}

Result<void> PcapngWriter::write(const Datagram& datagram, Time time) {
  KARPSPEC_TRY(frame, ethernet_frame(datagram));
  const auto micros = static_cast<std::uint64_t>(time.time_since_epoch().count());
  Octets body;
  put32(body, 0);  // the one interface
  put32(body, static_cast<std::uint32_t>(micros >> 32));
  put32(body, static_cast<std::uint32_t>(micros));
  put32(body, static_cast<std::uint32_t>(frame.size()));
  put32(body, static_cast<std::uint32_t>(frame.size()));
  append(body, frame);
  const Octets out = block(packet_block, std::move(body));
  if (std::fwrite(out.data(), 1, out.size(), file_.get()) != out.size() ||
      std::fflush(file_.get()) != 0) {
    return file_error(path_);
  }
  return {};
}

}  // namespace karpspec::capture
