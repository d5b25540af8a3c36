#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/machine.h"
#include "base/result.h"

namespace karpspec::capture {

// A UDP datagram of a capture, a non-ESP marker (RFC 3948) taken off.
struct Frame {
  std::uint64_t number = 0;  // counted from 1, as Wireshark does
  Time time{};
  Datagram datagram;
};

// Reads a pcap or pcapng file frame by frame; memory does not grow with the file. Ethernet (with
// VLAN tags), Linux cooked and raw IP; IPv4 and IPv6.
class CaptureReader {
 public:
  // Errors: not_found or io with the file's name, bad_value when it is no capture or of a link
  // type that is not read.
  [[nodiscard]] static Result<CaptureReader> open(const std::string& path);
  CaptureReader(CaptureReader&&) noexcept;
  CaptureReader& operator=(CaptureReader&&) noexcept;
  ~CaptureReader();

  // The next datagram from or to one of the IKE ports (500, 4500, 848), or nothing at the end.
  // Frames that are no such datagram are passed over. Errors: io when the file ends in a frame.
  [[nodiscard]] Result<std::optional<Frame>> next();
  // Frames whose IP or UDP part did not parse.
  [[nodiscard]] std::uint64_t malformed() const;

 private:
  struct State;
  explicit CaptureReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace karpspec::capture
