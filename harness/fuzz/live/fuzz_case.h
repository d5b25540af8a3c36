#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fuzz/live/exchange.h"

namespace karpspec::fuzz {

// What is done to one field (or payload, or message) in one way: a cell of the coverage.
struct Operation {
  std::string payload;             // "SA", "N(COOKIE)", "HDR", "message"
  std::string field;               // "proposals[1].num_transforms"; "" of the whole payload
  std::string name;                // "max", "+1", "removed"
  std::vector<std::string> lines;  // of `mutate`, a line each
  std::vector<std::string> keys;   // of the send step
  unsigned times = 1;  // the whole message again and again, each on an IKE SA of its own

  // Without the numbers of elements: by which findings that are the same are known.
  [[nodiscard]] std::string place() const;
  [[nodiscard]] std::string key() const { return place() + " " + name; }
};

// One case: an exchange with its operations. A value; its text is what is played.
struct Case {
  const Exchange* exchange = nullptr;
  std::vector<Operation> operations;  // none: the exchange as it should be
  // Parts that a finding turned out not to need.
  std::vector<bool> left_out;  // of exchange->before
  unsigned times = 0;          // how often all of it is done; 0 and 1: once
  std::uint64_t growth = 0;    // KiB that memory may grow by at most; 0: it is not looked at

  [[nodiscard]] std::string title() const;
};

// How long the device may take over the last exchange.
struct Deadlines {
  unsigned alive_ms = 1500;
};

// The scenario that plays ONE.
[[nodiscard]] std::string scenario_text(const Case& one, const Deadlines& deadlines = {});

}  // namespace karpspec::fuzz
