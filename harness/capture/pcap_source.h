#pragma once

#include <pcap/pcap.h>

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"

// Where libpcap has its frames from. For the room's own use.
namespace karpspec::capture {

struct ClosePcap {
  void operator()(pcap_t* handle) const { pcap_close(handle); }

  std::unique_ptr<char[]> buffer = nullptr;  // of the file, which is closed with what reads it
};
using PcapHandle = std::unique_ptr<pcap_t, ClosePcap>;

// The interface that PATH names ("interface:eth0"), or nothing where it is a file's.
[[nodiscard]] std::optional<std::string> interface_of(const std::string& path);
// A pcap or pcapng file; "-" is the standard input. Errors: not_found; bad_value for what is none.
[[nodiscard]] Result<PcapHandle> open_file(const std::string& path);
// Everything that goes over the interface NAME from here on, at once as it comes. Errors: io, as
// where there is none or the right is missing.
[[nodiscard]] Result<PcapHandle> open_interface(const std::string& name);

}  // namespace karpspec::capture
