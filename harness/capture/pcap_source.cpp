#include "capture/pcap_source.h"

#include <array>
#include <filesystem>
#include <string_view>

namespace karpspec::capture {
namespace {

constexpr std::string_view interface_prefix = "interface:";

}  // namespace

std::optional<std::string> interface_of(const std::string& path) {
  if (!path.starts_with(interface_prefix))
    return std::nullopt;
  return path.substr(interface_prefix.size());
}

Result<PcapHandle> open_file(const std::string& path) {
  std::error_code error;
  if (path != "-" && !std::filesystem::exists(path, error))
    return fail(ErrorCode::not_found, path + ": no such file");
  std::array<char, PCAP_ERRBUF_SIZE> message{};
  PcapHandle handle(pcap_open_offline(path.c_str(), message.data()));
  if (!handle)
    return fail(ErrorCode::bad_value, path + ": " + message.data());
  return handle;
}

Result<PcapHandle> open_interface(const std::string& name) {
  std::array<char, PCAP_ERRBUF_SIZE> message{};
  PcapHandle handle(pcap_create(name.c_str(), message.data()));
  if (!handle)
    return fail(ErrorCode::io, "interface " + name + ": " + message.data());
  pcap_set_immediate_mode(handle.get(), 1);
  pcap_set_promisc(handle.get(), 1);
  if (const int status = pcap_activate(handle.get()); status < 0) {
    const std::string why = pcap_geterr(handle.get());
    return fail(ErrorCode::io,
                "interface " + name + ": " + (why.empty() ? pcap_statustostr(status) : why));
  }
  // libpcap's own waiting does not end where nothing comes, and the reader has to see that it is
  // to stop.
  if (pcap_setnonblock(handle.get(), 1, message.data()) != 0)
    return fail(ErrorCode::io, "interface " + name + ": " + message.data());
  return handle;
}

}  // namespace karpspec::capture
