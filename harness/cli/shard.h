#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"

// Splitting a command's work between machines: each does its part and knows nothing of the others;
// `karpspec report merge` joins what they leave.
namespace karpspec::cli {

// Which part of the work is ours: of what is counted from 0, every COUNTth from INDEX on.
struct Shard {
  std::size_t index = 0;
  std::size_t count = 1;
  [[nodiscard]] bool has(std::size_t item) const { return item % count == index; }
};

// The value of a variable of the environment; nothing where it is unset or empty.
using Environment = std::function<std::optional<std::string>(const std::string&)>;
Environment process_environment();

// TEXT is "I/N" with I from 1 to N; it counts for more than the environment. Where it is empty the
// part is the one that the system has given us which splits work:
//   Bazel          TEST_SHARD_INDEX, TEST_TOTAL_SHARDS
//   GitLab         CI_NODE_INDEX, CI_NODE_TOTAL
//   Kubernetes     JOB_COMPLETION_INDEX of an indexed Job, KARPSPEC_SHARDS (its `completions`,
//   which
//                  Kubernetes tells nobody)
//   Slurm          SLURM_ARRAY_TASK_ID, _COUNT, _MIN, _MAX, _STEP
// and the whole where there is none. To standard error it says which part that is, and by which
// variables.
// Errors: bad_value, for what is no part of a whole, for half of a pair, and for two systems that
// differ: to play everything, or the wrong part, on every machine would not be noticed.
Result<Shard> read_shard(const std::string& text,
                         const Environment& environment = process_environment());

}  // namespace karpspec::cli
