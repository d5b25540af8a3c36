#pragma once

#include <cstring>
#include <utility>

#include "base/octets.h"

namespace karpspec {

// Octets that are wiped before their memory is given back. Copying is spelled out by clone().
class Secret {
 public:
  Secret() = default;
  explicit Secret(OctetView octets) : octets_(octets.begin(), octets.end()) {}
  // Takes the octets over, so that no copy of them is left unwiped.
  explicit Secret(Octets&& octets) : octets_(std::move(octets)) {}
  explicit Secret(std::size_t size) : octets_(size) {}
  ~Secret() { wipe(); }
  Secret(Secret&& other) noexcept : octets_(std::exchange(other.octets_, {})) {}
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe();
      octets_ = std::exchange(other.octets_, {});
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  [[nodiscard]] Secret clone() const { return Secret(view()); }
  [[nodiscard]] OctetView view() const { return octets_; }
  [[nodiscard]] std::span<std::uint8_t> writable() { return octets_; }
  [[nodiscard]] std::size_t size() const { return octets_.size(); }
  [[nodiscard]] bool empty() const { return octets_.empty(); }

 private:
  void wipe() {
    // Not empty(): g++ 12 then warns, with -O1, of a pointer that may be null.
    if (octets_.data() != nullptr)
      explicit_bzero(octets_.data(), octets_.size());
  }
  Octets octets_;
};

// Compares in time that depends on the sizes alone.
[[nodiscard]] inline bool equal_in_constant_time(OctetView a, OctetView b) {
  if (a.size() != b.size())
    return false;
  std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
  return difference == 0;
}

}  // namespace karpspec
