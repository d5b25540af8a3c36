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

  // Removes, doubles or exchanges members of LIST, or clears it. It grows to MOST members at most;
  // an empty one stays so. A List has size(), cut(count), erase(i), duplicate(i) and swap(i, j), as
  // a transcript::ListRef has.
  template <class List>
  void rearrange(const List& list, std::size_t most = 64);
  template <class T>
  void rearrange(std::vector<T>& list, std::size_t most = 64);

 private:
  // Flips a bit, overwrites, inserts, removes or repeats some octets.
  static void plain_change(Octets& octets, Draw& draw);

  std::uint64_t state_;
  ChangeOctets change_;
};

template <class List>
void Draw::rearrange(const List& list, std::size_t most) {
  if (list.size() == 0)
    return;
  const std::size_t which = below(list.size());
  switch (below(16)) {
    case 0:
      return list.cut(0);
    case 1:
    case 2:
    case 3:
      // Many of one kind find what counts them in too few bits.
      for (std::size_t times = one_in(4) ? below(16) + 1 : 1; times > 0 && list.size() < most;
           --times)
        list.duplicate(which);
      return;
    case 4:
    case 5:
    case 6:
    case 7:
      return list.erase(which);
    case 8:
      return list.cut(which + 1);
    default:
      return list.swap(which, below(list.size()));
  }
}

template <class T>
void Draw::rearrange(std::vector<T>& list, std::size_t most) {
  struct Members {
    std::vector<T>& all;
    [[nodiscard]] auto at(std::size_t i) const {
      return all.begin() + static_cast<std::ptrdiff_t>(i);
    }
    [[nodiscard]] std::size_t size() const { return all.size(); }
    void cut(std::size_t count) const { all.erase(at(count), all.end()); }
    void erase(std::size_t i) const { all.erase(at(i)); }
    void duplicate(std::size_t i) const {
      T copy = all[i];
      all.insert(at(i), std::move(copy));
    }
    void swap(std::size_t one, std::size_t other) const { std::swap(all[one], all[other]); }
  };
  rearrange(Members{list}, most);
}

}  // namespace karpspec::fuzz
