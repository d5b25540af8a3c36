#pragma once

#include <optional>
#include <vector>

#include "fuzz/live/operations.h"

namespace karpspec::fuzz {

// An exchange that the device goes through, and what can be done to its message.
struct Target {
  const Exchange* exchange = nullptr;
  std::vector<Operation> fields;  // each is done once, before anything else
  std::vector<Operation> octets;  // then these
};

// Which case comes when. Everything follows from the targets and the seed: case N is the same
// whatever was played before it.
//   0 ... systematic()-1   every operation of every target once, fields first, in an order of the
//                          seed: first each thing to do to each field in one exchange, then in the
//                          others (targets with little to do before all); cases that need the same
//                          configuration of the device stay together
//   from there on          two to four operations of a target, drawn
class Generator {
 public:
  Generator(std::vector<Target> targets, std::uint64_t seed);

  [[nodiscard]] Case at(std::size_t number) const;
  [[nodiscard]] std::size_t systematic() const { return order_.size(); }
  [[nodiscard]] std::size_t fields() const { return fields_; }
  [[nodiscard]] const std::vector<Target>& targets() const { return targets_; }

 private:
  struct Place {
    std::size_t target, operation;
    bool octets;
  };
  void add_round(bool octets, std::uint64_t seed);

  std::vector<Target> targets_;
  std::uint64_t seed_;
  std::vector<Place> order_;
  std::size_t fields_ = 0;
  std::vector<std::size_t> drawn_from_;  // targets with operations that go together
};

}  // namespace karpspec::fuzz
