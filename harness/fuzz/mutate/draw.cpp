#include "fuzz/mutate/draw.h"

#include <algorithm>

namespace karpspec::fuzz {

std::uint64_t Draw::next() {
  state_ += 0x9e3779b97f4a7c15ULL;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
  return mixed ^ (mixed >> 31);
}

std::size_t Draw::below(std::size_t bound) {
  return bound == 0 ? 0 : static_cast<std::size_t>(next() % bound);
}

std::uint64_t Draw::near(std::uint64_t value, unsigned bits) {
  const std::uint64_t all = bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  switch (below(8)) {
    case 0:
      return value ^ (std::uint64_t{1} << below(bits));
    case 1:
      return (value + 1) & all;
    case 2:
      return (value - 1) & all;
    case 3:
      return 0;
    case 4:
      return all;
    case 5:
      return (all >> 1) + below(2);
    case 6:
      return (value + (std::uint64_t{1} << below(bits))) & all;
    default:
      return next() & all;
  }
}

void Draw::change_number(Octets& octets, std::size_t at, std::size_t size) {
  if (size > 8 || at + size > octets.size())
    return;
  std::uint64_t value =
      near(unsigned_from(OctetView(octets).subspan(at, size)), static_cast<unsigned>(size * 8));
  for (std::size_t i = size; i-- > 0; value >>= 8)
    octets[at + i] = static_cast<std::uint8_t>(value);
}

void Draw::plain_change(Octets& octets, Draw& draw) {
  if (octets.empty()) {
    octets.resize(1 + draw.below(8), static_cast<std::uint8_t>(draw.next()));
    return;
  }
  const std::size_t which = draw.below(octets.size());
  const auto at = octets.begin() + static_cast<std::ptrdiff_t>(which);
  switch (draw.below(6)) {
    case 0:
      *at = static_cast<std::uint8_t>(*at ^ 1U << draw.below(8));
      return;
    case 1:
      *at = static_cast<std::uint8_t>(draw.next());
      return;
    case 2:
      octets.insert(at, 1 + draw.below(8), static_cast<std::uint8_t>(draw.next()));
      return;
    case 3:
      octets.erase(at, octets.begin() + static_cast<std::ptrdiff_t>(
                                            std::min(octets.size(), which + 1 + draw.below(8))));
      return;
    case 4:
      return draw.change_number(octets, which, std::size_t{1} << draw.below(4));
    default: {
      const Octets piece(at, octets.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                  octets.size(), which + 1 + draw.below(32))));
      octets.insert(octets.begin() + static_cast<std::ptrdiff_t>(draw.below(octets.size() + 1)),
                    piece.begin(), piece.end());
      return;
    }
  }
}

}  // namespace karpspec::fuzz
