#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/machine.h"
#include "base/result.h"
#include "wire/ospf_packet.h"
#include "wire/rip_packet.h"
#include "wire/tcp_segment.h"

namespace karpspec::capture {

// A UDP datagram of a capture, a non-ESP marker (RFC 3948) taken off; or one of the others, and
// then there is no datagram.
struct Frame {
  std::uint64_t number = 0;  // counted from 1, as Wireshark does; of fragments the last one's
  Time time{};
  Datagram datagram;
  std::optional<wire::TcpPacket> segment;
  std::optional<wire::OspfPacket> ospf;
  std::optional<wire::RipPacket> rip;
};

// Reads a pcap or pcapng file, or an interface, frame by frame; memory does not grow with the file.
// Ethernet (with VLAN tags), Linux cooked (both versions) and raw IP; IPv4 and IPv6, fragments put
// together.
class CaptureReader {
 public:
  // PATH: a file; "-": standard input; "interface:NAME": what crosses that interface from now on.
  // Only datagrams from or to one of PORTS are given: by default those of IKE and of MRKMP.
  // Errors: not_found with the file's name; bad_value when it is no capture or of a link type that
  // is not read; io when there is no such interface, or no right to it.
  [[nodiscard]] static Result<CaptureReader> open(const std::string& path,
                                                  std::vector<std::uint16_t> ports = {500, 4500,
                                                                                      848, 1021});
  // Where the frames of an interface end: when *STOP is set, within a tenth of a second. STOP
  // outlives this object.
  void stop_at(const std::atomic<bool>& stop);
  [[nodiscard]] bool is_live() const;
  // Gives every TCP segment too, from here on.
  void with_segments();
  // Gives every packet of OSPFv2 and every datagram of RIP (port 520) over IPv4 too.
  void with_routing();
  CaptureReader(CaptureReader&&) noexcept;
  CaptureReader& operator=(CaptureReader&&) noexcept;
  ~CaptureReader();

  // The next such datagram or segment, or nothing at the end; what is passed over is counted.
  // Errors: io when the file cannot be read on.
  [[nodiscard]] Result<std::optional<Frame>> next();
  // Frames whose IP or UDP part, or segments whose IP part, did not parse or was not captured
  // whole.
  [[nodiscard]] std::uint64_t malformed() const;
  // Packets of which fragments are missing so far.
  [[nodiscard]] std::uint64_t incomplete() const;
  // The file ended within a frame, as that of a killed writer does.
  [[nodiscard]] bool cut_short() const;
  // One sentence for each of these that is so, for a reader of the outcome.
  [[nodiscard]] std::vector<std::string> notes() const;

 private:
  struct State;
  explicit CaptureReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace karpspec::capture
