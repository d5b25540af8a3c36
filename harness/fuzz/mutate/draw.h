#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/octets.h"

namespace karpspec::fuzz {

// What a mutator decides by: numbers drawn from a seed, the same on every machine, and a way to
// change octets that have no structure.
class Draw {
 public:
  // Changes OCTETS, and may make them somewhat longer or shorter.
  using ChangeOctets = void (*)(Octets& octets, Draw& draw);
  explicit Draw(std::uint64_t seed, ChangeOctets how = nullptr)
      : state_(seed), change_(how == nullptr ? &plain_change : how) {}

  // splitmix64.
  std::uint64_t next();
  // From 0 to BOUND - 1; 0 where BOUND is 0.
  std::size_t below(std::size_t bound);
  // True one time in N.
  bool one_in(std::size_t n) { return below(n) == 0; }
  void change(Octets& octets) { change_(octets, *this); }

  // A number of BITS bits made of VALUE: one bit or one more or less, a bound, or any.
  std::uint64_t near(std::uint64_t value, unsigned bits);
  // The number in the SIZE octets (at most 8, big-endian) at AT becomes one near it.
  void change_number(Octets& octets, std::size_t at, std::size_t size);

  // Removes, doubles, moves or exchanges members of LIST, or clears it. It grows to MOST members at
  // most; an empty one stays so.
  template <class T>
  void rearrange(std::vector<T>& list, std::size_t most = 64);

 private:
  // Flips a bit, overwrites, inserts, removes or repeats some octets.
  static void plain_change(Octets& octets, Draw& draw);

  std::uint64_t state_;
  ChangeOctets change_;
};

template <class T>
void Draw::rearrange(std::vector<T>& list, std::size_t most) {
  if (list.empty())
    return;
  const std::size_t which = below(list.size());
  const auto at = list.begin() + static_cast<std::ptrdiff_t>(which);
  switch (below(16)) {
    case 0:
      return list.clear();
    case 1:
    case 2:
    case 3:
      // Many of one kind find what counts them in too few bits.
      for (std::size_t times = one_in(4) ? below(16) + 1 : 1; times > 0 && list.size() < most;
           --times) {
        T copy = list[which];
        list.insert(list.begin() + static_cast<std::ptrdiff_t>(which), std::move(copy));
      }
      return;
    case 4:
    case 5:
    case 6:
    case 7:
      list.erase(at);
      return;
    case 8:
      return list.resize(which + 1, list.front());
    default:
      return std::swap(list[which], list[below(list.size())]);
  }
}

}  // namespace karpspec::fuzz
