#pragma once

#include <string>
#include <vector>

#include "report/run_results.h"

namespace karpspec::report {

// A part of a run, as `run --shard` leaves it.
struct ShardResults {
  std::string directory;  // as it was given, for errors
  RunResults results;
};

// The parts of one run as the whole: what an unsplit run would have left, but for its stamps, where
// `started` is the first of theirs and `wall_seconds` is what they took together, as `device_use`
// is. In any order. Errors: bad_value, where they are not parts of one run (which differ in what),
// where parts are missing or are there twice (which), or where their tests do not make a whole.
[[nodiscard]] Result<RunResults> merge(std::vector<ShardResults> shards);

// The part of a selection: "rkmp/4.1, shard 2/3" is part 2 of 3 of "rkmp/4.1".
struct Part {
  std::string selection;
  std::size_t number = 1, count = 1;
};
[[nodiscard]] Part part_of(const std::string& selection);

}  // namespace karpspec::report
