#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "base/machine.h"
#include "base/result.h"

namespace karpspec::capture {

// Writes datagrams as Ethernet frames into a pcapng file (one section, one interface, times in
// microseconds). Each frame is written through at once, so that a killed run keeps what it saw.
// The same datagrams and times give the same octets.
class PcapngWriter {
 public:
  // Errors: io, with the file's name.
  [[nodiscard]] static Result<PcapngWriter> create(const std::string& path);

  // Errors: io; bad_value for addresses that are no IPv4 or IPv6 pair; bad_length for a payload
  // that no UDP datagram can hold.
  [[nodiscard]] Result<void> write(const Datagram& datagram, Time time);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  PcapngWriter(std::unique_ptr<std::FILE, Close> file, std::string path)
      : file_(std::move(file)), path_(std::move(path)) {}

  std::unique_ptr<std::FILE, Close> file_;
  std::string path_;
};

// One datagram as an Ethernet frame with IPv4 or IPv6 and UDP, checksums included. The Ethernet
// addresses are made from the IP addresses. Errors as in PcapngWriter::write.
[[nodiscard]] Result<Octets> ethernet_frame(const Datagram& datagram);

}  // namespace karpspec::capture
