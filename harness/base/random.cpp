#include "base/random.h"

namespace karpspec {
namespace {

// SplitMix64 (Steele, Lea, Flood 2014), used to spread a seed over the generator's state.
std::uint64_t split_mix(std::uint64_t& x) {
  x += 0x9e3779b97f4a7c15U;
  std::uint64_t z = x;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

std::uint64_t rotate_left(std::uint64_t x, int k) {
  return (x << k) | (x >> (64 - k));
}

// FNV-1a, 64 bits.
std::uint64_t hash_name(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (char c : name)
    hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3U;
  return hash;
}

}  // namespace

Octets Random::octets(std::size_t size) {
  Octets out(size);
  fill(out);
  return out;
}

std::uint64_t Random::u64() {
  std::uint8_t raw[8];
  fill(raw);
  std::uint64_t value = 0;
  for (std::uint8_t octet : raw)
    value = (value << 8) | octet;
  return value;
}

SeededRandom::SeededRandom(std::uint64_t seed) {
  for (std::uint64_t& word : state_)
    word = split_mix(seed);
}

SeededRandom::SeededRandom(std::uint64_t seed, std::string_view name)
    : SeededRandom(seed ^ hash_name(name)) {}

// xoshiro256** (Blackman, Vigna 2018).
std::uint64_t SeededRandom::next() {
  const std::uint64_t result = rotate_left(state_[1] * 5, 7) * 9;
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = rotate_left(state_[3], 45);
  return result;
}

void SeededRandom::fill(std::span<std::uint8_t> out) {
  std::size_t i = 0;
  while (i < out.size()) {
    std::uint64_t word = next();
    for (int b = 0; b < 8 && i < out.size(); ++b, word >>= 8)
      out[i++] = static_cast<std::uint8_t>(word);
  }
}

}  // namespace karpspec
