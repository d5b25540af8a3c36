#pragma once

#include <string>
#include <string_view>

namespace karpspec::keytable {

[[nodiscard]] bool is_ipv4(std::string_view text);
// An IPv4 or IPv6 address, without a zone.
[[nodiscard]] bool is_address(std::string_view text);
[[nodiscard]] bool is_link_local(std::string_view address);
// One way to write an address (RFC 5952 for IPv6), so that equal ones are equal texts; anything
// else as it stands.
[[nodiscard]] std::string canonical_address(std::string_view text);
// One way to write a member of Peers: an address as above, an area in dots.
[[nodiscard]] std::string canonical_peer(std::string_view text);

}  // namespace karpspec::keytable
