#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keyfile/comparison.h"
#include "keytable/socket_pattern.h"

namespace karpspec::keyfile {

// When a row is in use for one peer and interface; whole seconds, both ends included.
struct Window {
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  std::uint64_t accept_start = 0;
  bool manual = true;    // not made by a key management protocol
  bool accepted = true;  // the row is for receiving too
  std::string space;     // of the mechanism's key names
  keytable::SocketPattern sockets;
  Comparison::Row row;
};

// Looks at the windows of one VRF, protocol, key name and peer: first those for all interfaces,
// then those of each interface, each in the order of their starts. A window for all interfaces
// counts for each of them; what that means for the windows of an interface is sorted once more and
// said at the end, so that no list of windows is kept.
class Sweep {
 public:
  // MEMORY: octets for sorting. REPORT outlives the sweep.
  Sweep(const Comparison::Report& report, std::size_t memory) : report_(report), across_(memory) {}

  // Errors: io.
  [[nodiscard]] Result<void> begin_group();
  [[nodiscard]] Result<void> begin_interface(const std::string& interface);
  // No two windows of a key name may overlap where one connection could be of both. RULE says of
  // which name. Errors: io; bad_value where more than 1,024 sets of connections with one peer have
  // one name; and what the report gives.
  [[nodiscard]] Result<void> clash(const Window& window, keytable::RuleId rule);
  // Windows should leave no gaps; of sending, they should not overlap but for a rollover. Errors:
  // io, and what the report gives.
  [[nodiscard]] Result<void> coverage(const Window& window, bool sending);
  // After the last window.
  [[nodiscard]] Result<void> finish();

 private:
  // A stretch of time in which some row for SOCKETS is in use.
  struct Stretch {
    std::uint64_t start = 0, end = 0;
    keytable::SocketPattern sockets;
    Comparison::Row row;  // the one that lasts longest
  };
  // The keys of one mechanism.
  struct Use {
    std::string space;
    Window last;     // the one before
    Window longest;  // the one that lasts longest so far
  };

  [[nodiscard]] Result<void> say_clash(const Comparison::Row& row, const Comparison::Row& other,
                                       keytable::RuleId rule) const;
  [[nodiscard]] Result<void> say_gap(const Window& window, bool sending);
  [[nodiscard]] Result<void> say_rollover(const Window& window) const;
  // Stretches for all interfaces, and what is to be asked of them, in the order of time.
  [[nodiscard]] Result<void> keep(Stretch stretch);
  [[nodiscard]] Result<void> put(const Stretch& stretch);
  [[nodiscard]] Result<void> put_held();
  [[nodiscard]] Result<void> ask(std::uint64_t at, const Window& window,
                                 const Comparison::Found& found);
  [[nodiscard]] Result<void> end_interface();

  const Comparison::Report& report_;
  Sorter across_;
  std::uint64_t group_ = 0;
  std::string interface_;
  bool all_ = false;           // there are stretches for all interfaces
  bool asked_ = false;         // and they are in ACROSS_
  std::vector<Stretch> held_;  // while they are few, and nothing has been asked
  std::vector<Stretch> open_;  // of this interface, still growing
  std::vector<Use> uses_;
  std::optional<Window> longest_;  // of this interface so far
};

}  // namespace karpspec::keyfile
