#include "fuzz/mutate/der.h"

#include <optional>

namespace karpspec::fuzz {
namespace {

constexpr std::uint8_t tag_sequence = 0x30, tag_integer = 2, tag_octet_string = 4,
                       bit_constructed = 0x20;
constexpr int deepest = 24;

struct Element {
  std::uint8_t tag = 0;
  bool has_inner = false;  // constructed, or an OCTET STRING around DER
  Octets value;
  std::vector<Element> inner;
  bool wrong_length = false;
};

std::optional<std::vector<Element>> read_all(OctetView octets, int depth);

std::optional<Element> read_one(OctetView& octets, int depth) {
  if (octets.size() < 2 || depth > deepest)
    return std::nullopt;
  Element element;
  element.tag = octets[0];
  std::size_t length = octets[1], head = 2;
  if (length > 0x80) {
    const std::size_t more = length - 0x80;
    if (more > 3 || octets.size() < 2 + more)
      return std::nullopt;
    length = 0;
    for (; head < 2 + more; ++head)
      length = length << 8 | octets[head];
  } else if (length == 0x80) {
    return std::nullopt;
  }
  if (length > octets.size() - head)
    return std::nullopt;
  const OctetView value = octets.subspan(head, length);
  element.value.assign(value.begin(), value.end());
  octets = octets.subspan(head + length);
  if ((element.tag & bit_constructed) != 0 || element.tag == tag_octet_string) {
    if (auto inner = read_all(value, depth + 1); inner && !inner->empty()) {
      element.has_inner = true;
      element.inner = *std::move(inner);
    }
  }
  return element;
}

std::optional<std::vector<Element>> read_all(OctetView octets, int depth) {
  std::vector<Element> all;
  while (!octets.empty()) {
    auto one = read_one(octets, depth);
    if (!one)
      return std::nullopt;
    all.push_back(*std::move(one));
  }
  return all;
}

void write(Octets& out, const Element& element, Draw& draw) {
  Octets value;
  if (element.has_inner)
    for (const Element& each : element.inner)
      write(value, each, draw);
  else
    value = element.value;
  std::size_t length = value.size();
  if (element.wrong_length)
    length = static_cast<std::size_t>(draw.near(length, draw.one_in(2) ? 8 : 32));
  out.push_back(element.tag);
  if (length < 0x80) {
    out.push_back(static_cast<std::uint8_t>(length));
  } else {
    Octets digits;
    for (std::size_t left = length; left > 0; left >>= 8)
      digits.insert(digits.begin(), static_cast<std::uint8_t>(left));
    out.push_back(static_cast<std::uint8_t>(0x80 + digits.size()));
    append(out, digits);
  }
  append(out, value);
}

std::size_t count(const Element& element) {
  std::size_t all = 1;
  for (const Element& each : element.inner)
    all += count(each);
  return all;
}

void change(Element& element, Draw& draw) {
  switch (draw.below(8)) {
    case 0:
      element.tag = static_cast<std::uint8_t>(draw.near(element.tag, 8));
      return;
    case 1:
      element.wrong_length = true;
      return;
    case 2: {
      Element inner = std::move(element);
      element = Element{draw.one_in(2) ? tag_sequence : std::uint8_t{0xa0}, true, {}, {}, false};
      element.inner.push_back(std::move(inner));
      return;
    }
    case 3:
      if (element.tag == tag_integer) {
        element.value.assign(1 + draw.below(9), static_cast<std::uint8_t>(draw.next()));
        return;
      }
      [[fallthrough]];
    default:
      if (element.has_inner)
        draw.rearrange(element.inner);
      else
        draw.change(element.value);
      element.has_inner = element.has_inner && !element.inner.empty();
      if (!element.has_inner && (element.tag & bit_constructed) != 0)
        element.value.clear();
      return;
  }
}

// Changes the element of this number, depth first.
bool change_at(Element& element, std::size_t& which, Draw& draw) {
  if (which-- == 0) {
    change(element, draw);
    return true;
  }
  for (Element& each : element.inner)
    if (change_at(each, which, draw))
      return true;
  return false;
}

}  // namespace

bool change_der(Octets& octets, Draw& draw) {
  if (octets.size() < 2 || octets[0] != tag_sequence)
    return false;
  OctetView rest(octets);
  auto whole = read_one(rest, 0);
  if (!whole || !rest.empty())
    return false;
  std::size_t which = draw.below(count(*whole));
  change_at(*whole, which, draw);
  octets.clear();
  write(octets, *whole, draw);
  return true;
}

}  // namespace karpspec::fuzz
