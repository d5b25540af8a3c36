#include "capture/pcap_source.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string_view>

namespace karpspec::capture {
namespace {

constexpr std::string_view interface_prefix = "interface:";
// Of a file. The system is asked less often than for what stdio reads by itself.
constexpr std::size_t read_at_once = 64 * 1024;

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
  PcapHandle handle;
  if (path == "-") {
    handle.reset(pcap_open_offline("-", message.data()));
  } else {
    std::FILE* const file = std::fopen(path.c_str(), "rbe");
    if (file == nullptr)
      return fail(ErrorCode::bad_value, path + ": " + std::strerror(errno));
    auto buffer = std::make_unique<char[]>(read_at_once);
    std::setvbuf(file, buffer.get(), _IOFBF, read_at_once);
    handle.reset(pcap_fopen_offline(file, message.data()));
    if (!handle)
      std::fclose(file);
    handle.get_deleter().buffer = std::move(buffer);
  }
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
