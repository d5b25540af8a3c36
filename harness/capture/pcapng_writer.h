#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "base/machine.h"
#include "base/result.h"

namespace karpspec::capture {

// Link types of the pcapng format that are written here.
enum class LinkType : std::uint16_t { ethernet = 1 };

// Writes frames into a pcapng file (one section, one interface, times in microseconds). Frames
// wait in memory, some KiB of them, until flush(). The same datagrams and times give the same
// octets. The file may be read by everybody (0644, less what the umask takes).
class PcapngWriter {
 public:
  // LINK_TYPE as in LinkType, or another of the registry for write_frame(). Errors: io, with the
  // file's name.
  [[nodiscard]] static Result<PcapngWriter> create(
      const std::string& path,
      std::uint16_t link_type = static_cast<std::uint16_t>(LinkType::ethernet));

  // Errors: io; bad_value for addresses that are no IPv4 or IPv6 pair; bad_length for a payload
  // that no UDP datagram can hold. COMMENT, if any, is shown by Wireshark above the frame.
  [[nodiscard]] Result<void> write(const Datagram& datagram, Time time,
                                   std::string_view comment = {});
  // A frame as it was on the link; WIRE_SIZE is its size there, in octets, of which FRAME may be
  // only the beginning. Errors: io.
  [[nodiscard]] Result<void> write_frame(OctetView frame, std::size_t wire_size, Time time,
                                         std::string_view comment = {});

  // Gives the file what waits; without it an error of the last frames stays unknown. Errors: io.
  [[nodiscard]] Result<void> flush();

 private:
  struct Close {
    void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
  };
  PcapngWriter(std::unique_ptr<std::FILE, Close> file, std::string path)
      : file_(std::move(file)), path_(std::move(path)) {}
  Result<void> put(const Octets& octets);

  std::unique_ptr<std::FILE, Close> file_;
  std::string path_;
};

// One datagram as an Ethernet frame with IPv4 or IPv6 and UDP, checksums included. The Ethernet
// addresses are made from the IP addresses. From or to port 4500 the non-ESP marker of RFC 3948,
// which a Datagram does not have, is put before the payload. Errors as in PcapngWriter::write.
[[nodiscard]] Result<Octets> ethernet_frame(const Datagram& datagram);
// The same around a whole IP packet, octet for octet. Errors: bad_value where that is neither IPv4
// nor IPv6.
[[nodiscard]] Result<Octets> ethernet_frame(OctetView ip_packet);

}  // namespace karpspec::capture
