#pragma once

#include <string>
#include <vector>

#include "keyfile/comparison.h"

namespace karpspec::keyfile {

// When a row is in use for one peer and interface; whole seconds, both ends included.
struct Window {
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  std::uint64_t accept_start = 0;
  bool manual = true;    // not made by a key management protocol
  bool accepted = true;  // the row is for receiving too
  Comparison::Row row;
};

// Looks at the windows of one VRF, protocol, key name and peer: first those for all interfaces,
// then those of each interface, each in the order of their starts. A window for all interfaces
// counts for each of them.
class Sweep {
 public:
  void begin_group();
  void begin_interface(const std::string& interface);

  // No two windows of a key name may overlap.
  [[nodiscard]] Result<void> clash(const Window& window, const Comparison::Report& report);
  // Windows should leave no gaps; of sending, they should not overlap but for a rollover.
  [[nodiscard]] Result<void> coverage(const Window& window, bool sending,
                                      const Comparison::Report& report);

 private:
  // Stretches of time in which some row for all interfaces is in use, apart from each other.
  struct Stretch {
    std::uint64_t start, end;
    std::uint64_t row;  // the one that lasts longest
    std::string name;
  };
  // The last stretch that begins no later than AT, or nullptr.
  [[nodiscard]] const Stretch* stretch_at(std::uint64_t at) const;
  // APART: the seconds from the end of a stretch to a start that makes another one.
  void extend(const Window& window, std::uint64_t apart);

  std::vector<Stretch> all_;
  std::string interface_;
  bool any_ = false;  // a window of this interface has been seen
  Window last_;       // the one before
  Window longest_;    // the one that lasts longest so far
};

}  // namespace karpspec::keyfile
