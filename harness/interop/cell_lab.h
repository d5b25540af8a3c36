#pragma once

#include <memory>
#include <optional>
#include <string>

#include "capture/live_capture.h"
#include "dut/port.h"
#include "lab/bridge.h"

namespace karpspec::interop {

// The network of one cell: a bridge in a namespace of its own, a namespace for each device with a
// cable to it, and a capture of what crosses the bridge. All of it goes with this object; what a
// killed harness leaves behind the next one removes.
class CellLab {
 public:
  // CAPTURE is the path of the pcapng file. Errors: unsupported where there can be no namespaces;
  // io.
  [[nodiscard]] static Result<std::unique_ptr<CellLab>> make(const std::string& capture);

  // Where the device is to be; SEED is its own.
  [[nodiscard]] dut::Port initiator(std::uint64_t seed) const;
  [[nodiscard]] dut::Port responder(std::uint64_t seed) const;

  // What crosses the bridge from now on. Errors: io.
  [[nodiscard]] Result<void> start_capture();
  // Frames so far.
  [[nodiscard]] std::uint64_t frames() const { return capture_ ? capture_->frames() : 0; }
  // Errors: io, also where frames were lost.
  [[nodiscard]] Result<void> stop_capture();

 private:
  CellLab(lab::Bridge bridge, std::string capture)
      : bridge_(std::move(bridge)), path_(std::move(capture)) {}
  Result<std::shared_ptr<const lab::NetworkNamespace>> plug(const std::string& label,
                                                            const char* address);
  lab::Bridge bridge_;
  std::shared_ptr<const lab::NetworkNamespace> initiator_, responder_;
  std::string path_;
  std::optional<capture::LiveCapture> capture_;
};

}  // namespace karpspec::interop
