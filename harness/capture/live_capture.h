#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace karpspec::capture {

struct LiveCaptureOptions {
  std::string interface;
  std::string network_namespace;  // where the interface is; empty: where this process is
  std::string path;               // the pcapng file to write
  // In libpcap's filter language. Later fragments have no ports, so all fragments are kept.
  std::string filter =
      "udp port 500 or udp port 4500 or (ip[6:2] & 0x3fff) != 0 or (ip6 and ip6[6] == 44)";
};

// Writes what crosses an interface to a pcapng file, frame by frame as it comes, on a thread of
// its own, until stop() or the end of this object.
class LiveCapture {
 public:
  // Frames that cross after the return are captured. Errors: not_found for the namespace;
  // bad_value for the filter; io for the interface (none such, no right) and the file.
  [[nodiscard]] static Result<LiveCapture> start(const LiveCaptureOptions& options);
  LiveCapture(LiveCapture&&) noexcept;
  LiveCapture& operator=(LiveCapture&&) noexcept;
  ~LiveCapture();

  // Frames written so far.
  [[nodiscard]] std::uint64_t frames() const;
  // Writes what the kernel still holds, and ends; returns the number of frames written.
  // Errors: io when the file or the interface failed, or when the kernel had to drop frames.
  Result<std::uint64_t> stop();

 private:
  struct State;
  explicit LiveCapture(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace karpspec::capture
