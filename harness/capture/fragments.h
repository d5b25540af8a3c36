#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "base/octets.h"

namespace karpspec::capture {

// One fragment of an IPv4 or IPv6 packet. KEY names the packet that it is of: addresses, protocol
// and identification. OFFSET and the octets count within the packet's payload.
struct Fragment {
  std::string key;
  std::size_t offset = 0;
  bool more = false;
  Octets octets;
};

// Puts fragments together again, in bounded memory: of too many unfinished packets the oldest is
// given up.
class Fragments {
 public:
  // The packet's whole payload, once its last missing fragment comes.
  [[nodiscard]] std::optional<Octets> add(Fragment&& fragment);
  // Packets that were given up, or that are not finished yet.
  [[nodiscard]] std::uint64_t incomplete() const { return given_up_ + pending_.size(); }

 private:
  struct Packet {
    std::map<std::size_t, Octets> parts;  // by offset
    std::optional<std::size_t> size;      // known when the last fragment has come
  };
  std::map<std::string, Packet> pending_;
  std::deque<std::string> order_;
  std::uint64_t given_up_ = 0;
};

}  // namespace karpspec::capture
