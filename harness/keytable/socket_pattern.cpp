#include "keytable/socket_pattern.h"

#include <charconv>
#include <utility>

namespace karpspec::keytable {

namespace {

// Whether the first BITS of both are the same.
bool same_prefix(OctetView a, OctetView b, unsigned bits) {
  if (a.size() != b.size())
    return false;
  for (std::size_t i = 0; i < a.size() && bits > 0; ++i) {
    const unsigned here = bits < 8 ? bits : 8;
    if ((static_cast<unsigned>(a[i] ^ b[i]) >> (8 - here)) != 0)
      return false;
    bits -= here;
  }
  return true;
}

// TEXT as a number up to MOST.
std::optional<unsigned> number(std::string_view text, unsigned most) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > most)
    return std::nullopt;
  return value;
}

}  // namespace

Result<AddressPattern> AddressPattern::from_text(std::string_view text) {
  AddressPattern pattern;
  if (text == "any")
    return pattern;
  const auto slash = text.find('/');
  KARPSPEC_TRY(address, wire::IpAddress::from_text(text.substr(0, slash)));
  const auto size = static_cast<unsigned>(address.octets().size() * 8);
  pattern.bits_ = size;
  if (slash != std::string_view::npos) {
    const auto bits = number(text.substr(slash + 1), size);
    if (!bits)
      return fail(ErrorCode::bad_value,
                  "'" + std::string(text) + "': a prefix length is 0 to " + std::to_string(size));
    pattern.bits_ = *bits;
    Octets network(address.octets().begin(), address.octets().end());
    for (std::size_t i = 0; i < network.size(); ++i)
      for (unsigned bit = 0; bit < 8; ++bit)
        if (i * 8 + bit >= *bits && (network[i] >> (7 - bit) & 1) != 0)
          return fail(ErrorCode::bad_value,
                      "'" + std::string(text) + "': bits are set behind the prefix");
  }
  pattern.address_ = address;
  return pattern;
}

bool AddressPattern::exact() const {
  return address_ && bits_ == address_->octets().size() * 8;
}

bool AddressPattern::matches(const wire::IpAddress& address) const {
  return !address_ || same_prefix(address_->octets(), address.octets(), bits_);
}

bool AddressPattern::contains(const AddressPattern& other) const {
  if (!address_)
    return true;
  return other.address_ && bits_ <= other.bits_ && matches(*other.address_);
}

std::string AddressPattern::to_text() const {
  if (!address_)
    return "any";
  return address_->to_text() + (exact() ? "" : "/" + std::to_string(bits_));
}

std::string PortPattern::to_text() const {
  if (any())
    return "any";
  return std::to_string(low) + (exact() ? "" : "-" + std::to_string(high));
}

Result<PortPattern> PortPattern::from_text(std::string_view text) {
  PortPattern pattern;
  if (text == "any")
    return pattern;
  const auto dash = text.find('-');
  const auto low = number(text.substr(0, dash), 65535);
  const auto high = dash == std::string_view::npos ? low : number(text.substr(dash + 1), 65535);
  if (!low || !high || *low > *high)
    return fail(ErrorCode::bad_value, "'" + std::string(text) +
                                          "' is no port, no range of ports such as 40000-40999, "
                                          "and not any");
  pattern.low = static_cast<std::uint16_t>(*low);
  pattern.high = static_cast<std::uint16_t>(*high);
  return pattern;
}

bool SocketPattern::full() const {
  return local.exact() && remote.exact() && local_port.exact() && remote_port.exact();
}

bool SocketPattern::matches(const ConnectionEnds& ends) const {
  const auto fits = [](const PortPattern& pattern, const std::optional<std::uint16_t>& port) {
    return port ? pattern.matches(*port) : pattern.any();
  };
  return local.matches(ends.local) && remote.matches(ends.remote) &&
         fits(local_port, ends.local_port) && fits(remote_port, ends.remote_port);
}

bool SocketPattern::contains(const SocketPattern& other) const {
  return local.contains(other.local) && remote.contains(other.remote) &&
         local_port.contains(other.local_port) && remote_port.contains(other.remote_port);
}

bool SocketPattern::overlaps(const SocketPattern& other) const {
  return local.overlaps(other.local) && remote.overlaps(other.remote) &&
         local_port.overlaps(other.local_port) && remote_port.overlaps(other.remote_port);
}

std::string SocketPattern::to_text() const {
  if (local.any() && remote.any() && local_port.any() && remote_port.any())
    return {};
  return local.to_text() + ' ' + local_port.to_text() + ' ' + remote.to_text() + ' ' +
         remote_port.to_text();
}

Result<SocketPattern> sockets_from_text(std::string_view text) {
  SocketPattern sockets;
  if (text.empty())
    return sockets;
  const auto word = [&] {
    const auto end = std::min(text.find(' '), text.size());
    const std::string_view first = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return first;
  };
  KARPSPEC_TRY(local, AddressPattern::from_text(word()));
  KARPSPEC_TRY(local_port, PortPattern::from_text(word()));
  KARPSPEC_TRY(remote, AddressPattern::from_text(word()));
  KARPSPEC_TRY(remote_port, PortPattern::from_text(word()));
  return SocketPattern{std::move(local), std::move(remote), local_port, remote_port};
}

Result<SocketPattern> sockets_of(const Row& row) {
  SocketPattern sockets;
  const auto& info = row.protocol_specific_info;
  const auto refuse = [](const char* name, const Error& error) {
    return fail(ErrorCode::bad_value, std::string(name) + ": " + error.message);
  };
  for (const auto& [name, address] :
       {std::pair("laddr", &sockets.local), {"raddr", &sockets.remote}})
    if (const auto found = info.find(name); found != info.end()) {
      auto read = AddressPattern::from_text(found->second);
      if (!read)
        return refuse(name, read.error());
      *address = *std::move(read);
    }
  for (const auto& [name, port] :
       {std::pair("lport", &sockets.local_port), {"rport", &sockets.remote_port}})
    if (const auto found = info.find(name); found != info.end()) {
      const auto read = PortPattern::from_text(found->second);
      if (!read)
        return refuse(name, read.error());
      *port = *read;
    }
  return sockets;
}

bool SocketPattern::more_specific_than(const SocketPattern& other) const {
  return other.contains(*this) && !contains(other);
}

}  // namespace karpspec::keytable
