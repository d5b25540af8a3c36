#include "oracle/ike/lenient.h"

#include "wire/header.h"

namespace karpspec::oracle::ike {

namespace {

constexpr std::size_t length_at = 24;
constexpr std::size_t proposal_head = 8;
constexpr std::size_t smallest_transform = 8;

std::size_t u16_at(const Octets& octets, std::size_t at) {
  return static_cast<std::size_t>(octets[at] << 8 | octets[at + 1]);
}

// Transforms from AT to END; gives how many there are.
std::size_t repair_transforms(Octets& octets, std::size_t at, std::size_t end) {
  std::size_t count = 0, last = 0;
  while (at + smallest_transform <= end) {
    const std::size_t size = u16_at(octets, at + 2);
    if (size < smallest_transform || at + size > end)
      break;
    octets[at] = 3;
    last = at;
    ++count;
    at += size;
  }
  if (count != 0)
    octets[last] = 0;
  return count;
}

void repair_proposals(Octets& octets, std::size_t at, std::size_t end) {
  std::size_t last = end;
  while (at + proposal_head <= end) {
    const std::size_t size = u16_at(octets, at + 2);
    if (size < proposal_head || at + size > end)
      break;
    const std::size_t transforms = at + proposal_head + octets[at + 6];
    if (transforms <= at + size)
      octets[at + 7] = static_cast<std::uint8_t>(repair_transforms(octets, transforms, at + size));
    octets[at] = 2;
    last = at;
    at += size;
  }
  if (last != end)
    octets[last] = 0;
}

void set_u16(Octets& octets, std::size_t at, std::size_t value) {
  octets[at] = static_cast<std::uint8_t>(value >> 8);
  octets[at + 1] = static_cast<std::uint8_t>(value);
}

// Of the elements from AT to END, whose length stands two octets behind their start, leaves SIZE
// octets each. Gives how many octets went.
std::size_t cut_elements(Octets& octets, std::size_t at, std::size_t end, std::size_t size) {
  std::size_t gone = 0;
  while (at + size <= end - gone) {
    const std::size_t length = u16_at(octets, at + 2);
    if (length < size || at + length > end - gone)
      break;
    const auto from = octets.begin() + static_cast<std::ptrdiff_t>(at + size);
    octets.erase(from, from + static_cast<std::ptrdiff_t>(length - size));
    set_u16(octets, at + 2, size);
    gone += length - size;
    at += size;
  }
  return gone;
}

std::size_t cut_transforms(Octets& octets, std::size_t at, std::size_t end,
                           const wire::CodePoints& numbers) {
  std::size_t gone = 0;
  while (at + proposal_head <= end - gone) {
    const std::size_t size = u16_at(octets, at + 2);
    if (size < proposal_head || at + size > end - gone)
      break;
    const std::size_t cut = octets[at + 5] == numbers.tcp_ao_protocol
                                ? cut_elements(octets, at + proposal_head + octets[at + 6],
                                               at + size, smallest_transform)
                                : 0;
    set_u16(octets, at + 2, size - cut);
    gone += cut;
    at += size - cut;
  }
  return gone;
}

}  // namespace

void cut_long_elements(wire::PayloadType first, Octets& octets, const wire::CodePoints& numbers) {
  constexpr std::size_t generic_header = 4, ts_head = 8, selector_size = 4;
  for (std::size_t at = 0;
       first != wire::PayloadType::none && at + generic_header <= octets.size();) {
    const std::size_t size = u16_at(octets, at + 2);
    if (size < generic_header || at + size > octets.size())
      return;
    std::size_t cut = 0;
    if (first == wire::PayloadType::SA)
      cut = cut_transforms(octets, at + generic_header, at + size, numbers);
    else if ((first == wire::PayloadType::TSi || first == wire::PayloadType::TSr) &&
             size > ts_head && octets[at + ts_head] == numbers.rp_ts_type)
      cut = cut_elements(octets, at + ts_head, at + size, selector_size);
    set_u16(octets, at + 2, size - cut);
    first = static_cast<wire::PayloadType>(octets[at]);
    at += size - cut;
  }
}

void repair_sa_counts(wire::PayloadType first, Octets& octets, std::size_t start) {
  constexpr std::size_t generic_header = 4;
  for (std::size_t at = start;
       first != wire::PayloadType::none && at + generic_header <= octets.size();) {
    const std::size_t size = u16_at(octets, at + 2);
    if (size < generic_header || at + size > octets.size())
      return;
    if (first == wire::PayloadType::SA)
      repair_proposals(octets, at + generic_header, at + size);
    first = static_cast<wire::PayloadType>(octets[at]);
    at += size;
  }
}

void clamp_lengths(wire::PayloadType first, Octets& octets, std::size_t start) {
  constexpr std::size_t generic_header = 4;
  for (std::size_t at = start;
       first != wire::PayloadType::none && at + generic_header <= octets.size();) {
    std::size_t size = u16_at(octets, at + 2);
    if (size < generic_header)
      return;
    if (at + size > octets.size()) {
      size = octets.size() - at;
      set_u16(octets, at + 2, size);
    }
    first = static_cast<wire::PayloadType>(octets[at]);
    at += size;
  }
}

std::uint32_t header_length(OctetView octets) {
  std::uint32_t length = 0;
  for (std::size_t i = length_at; i < wire::Header::size; ++i)
    length = length << 8 | octets[i];
  return length;
}

void set_header_length(Octets& octets, std::size_t length) {
  for (std::size_t i = 0; i < 4; ++i)
    octets[length_at + i] = static_cast<std::uint8_t>(length >> (24 - 8 * i));
}

}  // namespace karpspec::oracle::ike
