#include "transcript/free_fields.h"

#include <algorithm>

namespace karpspec::transcript {
namespace {

using How = Written::How;

std::string_view root_of(std::string_view path) {
  return path.substr(0, path.find_first_of(".[("));
}

std::string_view leaf_of(std::string_view path) {
  const auto dot = path.rfind('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

std::size_t size_of(const Value& value) {
  const auto* octets = std::get_if<Octets>(&value);
  return octets == nullptr ? 0 : octets->size();
}

// An SPI: of an IKE SA, of ESP or AH, or the KeyID that takes its place for TCP-AO.
Written spi(const Value& value) {
  switch (size_of(value)) {
    case 0:
      return {How::literal, {}};
    case 1:
      return {How::bound, "key-id"};
    default:
      return {How::bound, "spi"};
  }
}

bool is_wildcard(const Value& value) {
  const auto* octets = std::get_if<Octets>(&value);
  return octets == nullptr || std::ranges::all_of(*octets, [](auto o) { return o == 0; }) ||
         std::ranges::all_of(*octets, [](auto o) { return o == 0xff; });
}

Written of_header(std::string_view leaf, const Value& value) {
  if (leaf == "spi_i" || leaf == "spi_r" || leaf == "exchange")
    return {How::implied, {}};
  if (leaf == "version" && value == Value(std::uint64_t{0x20}))
    return {How::implied, {}};
  return {How::literal, {}};
}

Written of_key_download(std::string_view leaf) {
  if (leaf == "key")
    return {How::bound, "key"};
  if (leaf == "key_id")
    return {How::bound, "key-id"};
  if (leaf == "value")
    return {How::bound, "address"};
  if (leaf == "clock" || leaf == "sequence" || leaf.ends_with("_start") || leaf.ends_with("_end"))
    return {How::any, {}};
  return {How::literal, {}};
}

Written of_notify(std::string_view path, std::string_view leaf, const Value& value) {
  if (leaf == "spi")
    return spi(value);
  if (leaf != "data")
    return {How::literal, {}};
  if (path.starts_with("N(COOKIE)"))
    return {How::bound, "cookie"};
  if (path.starts_with("N(NAT_DETECTION"))
    return {How::any, {}};
  return {How::literal, {}};
}

Written of_segment(std::string_view path) {
  if (path == "AO.mac" || path == "MD5.digest" || path == "TCP.window")
    return {How::any, {}};
  return {How::literal, {}};
}

}  // namespace

Written how_written(const Observed& observed, const PlacedValue& placed) {
  const std::string_view path = placed.path;
  const std::string_view root = root_of(path), leaf = leaf_of(path);
  const Value& value = placed.field.value;
  if (!observed.message)
    return of_segment(path);
  if (root == "HDR")
    return of_header(leaf, value);
  if (root == "N")
    return of_notify(path, leaf, value);
  if (root == "Ni" || root == "Nr" || root == "Nonce")
    return {How::bound, "nonce"};
  if ((root == "KEi" || root == "KEr" || root == "KE") && leaf == "data")
    return {How::bound, "ke"};
  if (root == "AUTH" && leaf == "data")
    return {How::any, {}};
  if ((root == "CERT" || root == "CERTREQ") && leaf == "data" && size_of(value) > 0)
    return {How::bound, root == "CERT" ? "certificate" : "authority"};
  if (root.starts_with("SA") && leaf == "spi")
    return spi(value);
  if (leaf == "send_id")
    return {How::bound, "key-id"};
  if (root == "D" && leaf.starts_with("spis["))
    return spi(value);
  if (root == "KD")
    return of_key_download(leaf);
  if (root == "INC")
    return {How::bound, "incarnation"};
  if (root == "SEQ" || root == "SK" || root == "SKF" || (root == "POLICY" && leaf == "version"))
    return leaf == "first_inner" || leaf.ends_with("fragments") || leaf == "fragment_number"
               ? Written{How::literal, {}}
               : Written{How::any, {}};
  if (placed.field.names == Names::address && !is_wildcard(value))
    return {How::bound, "address"};
  return {How::literal, {}};
}

std::string bound_form(const Value& value) {
  if (const auto* octets = std::get_if<Octets>(&value)) {
    const auto first = std::ranges::find_if(*octets, [](auto o) { return o != 0; });
    // Of the size of a number: without leading zeros, as a number has none.
    if (octets->size() <= 8)
      return to_hex(OctetView(octets->data() + (first - octets->begin()),
                              static_cast<std::size_t>(octets->end() - first)));
    return to_hex(*octets);
  }
  std::uint64_t number = std::get<std::uint64_t>(value);
  Octets octets;
  for (; number != 0; number >>= 8)
    octets.insert(octets.begin(), static_cast<std::uint8_t>(number));
  return to_hex(octets);
}

}  // namespace karpspec::transcript
