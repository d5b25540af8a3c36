#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/octets.h"

namespace karpspec {

// Where nonces, SPIs, KE private values and IVs come from; passed in, never global.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;

  [[nodiscard]] Octets octets(std::size_t size);
  [[nodiscard]] std::uint64_t u64();
};

// The same seed gives the same octets on every machine. For test traffic only: a tester's nonces
// must repeat, they need not be unguessable.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed);
  // A stream of its own for NAME under SEED, so that order and number of jobs change nothing.
  SeededRandom(std::uint64_t seed, std::string_view name);
  void fill(std::span<std::uint8_t> out) override;

 private:
  std::uint64_t next();
  std::uint64_t state_[4];
};

}  // namespace karpspec
