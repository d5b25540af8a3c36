#include "keytable/address.h"

#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <optional>

#include "keytable/key_name.h"

namespace karpspec::keytable {
namespace {

using V6 = std::array<unsigned char, 16>;

std::optional<V6> v6_of(std::string_view text) {
  V6 octets;
  const std::string ended(text);
  if (ended.find('\0') != std::string::npos || ended.find(':') == std::string::npos ||
      ::inet_pton(AF_INET6, ended.c_str(), octets.data()) != 1)
    return std::nullopt;
  return octets;
}

}  // namespace

bool is_ipv4(std::string_view text) {
  std::array<unsigned char, 4> octets;
  const std::string ended(text);
  return ended.find('\0') == std::string::npos &&
         ::inet_pton(AF_INET, ended.c_str(), octets.data()) == 1;
}

bool is_address(std::string_view text) {
  return is_ipv4(text) || v6_of(text);
}

bool is_link_local(std::string_view address) {
  const auto octets = v6_of(address);
  return octets && (*octets)[0] == 0xfe && ((*octets)[1] & 0xc0) == 0x80;
}

std::string canonical_address(std::string_view text) {
  const auto octets = v6_of(text);
  if (!octets)
    return std::string(text);
  std::array<char, INET6_ADDRSTRLEN> out{};
  ::inet_ntop(AF_INET6, octets->data(), out.data(), out.size());
  return out.data();
}

std::string canonical_peer(std::string_view text) {
  constexpr std::string_view word = "area ";
  if (!text.starts_with(word))
    return canonical_address(text);
  const std::string_view area = text.substr(word.size());
  const auto number = key_number(area);
  if (!number || *number > 0xffffffff || area.starts_with("0x"))
    return std::string(text);
  std::string out(word);
  for (int shift = 24; shift >= 0; shift -= 8)
    out += std::to_string(*number >> shift & 0xff) + (shift > 0 ? "." : "");
  return out;
}

}  // namespace karpspec::keytable
