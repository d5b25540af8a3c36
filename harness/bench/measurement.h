#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/octets.h"
#include "base/result.h"

namespace karpspec::bench {

using Measured = std::function<void(benchmark::State&)>;
using Sizes = std::vector<std::int64_t>;

// Has MEASURED run as NAME and, beside it, as NAME/bound what no code of ours can be faster than: a
// library's primitive for the same data. By these names `shares` finds them. Each is run for every
// one of SIZES, or once where there are none.
inline void compare(const std::string& name, const Measured& measured, const Measured& bound,
                    const Sizes& sizes = {}) {
  benchmark::internal::Benchmark* pair[] = {
      benchmark::RegisterBenchmark(name.c_str(), measured),
      benchmark::RegisterBenchmark((name + "/bound").c_str(), bound)};
  for (benchmark::internal::Benchmark* each : pair)
    for (const std::int64_t size : sizes)
      each->Arg(size);
}

// Ends the benchmark where RESULT is an error. Whoever calls returns then.
template <class T>
[[nodiscard]] bool failed(benchmark::State& state, const Result<T>& result) {
  if (result)
    return false;
  state.SkipWithError(to_string(result.error()).c_str());
  return true;
}
// The same where what must hold does not.
[[nodiscard]] inline bool failed(benchmark::State& state, bool holds, const char* what) {
  if (!holds)
    state.SkipWithError(what);
  return !holds;
}

// Each iteration has done ITEMS things, with OCTETS in all.
inline void count(benchmark::State& state, std::size_t octets = 0, std::size_t items = 1) {
  const auto total = [&](std::size_t each) {
    return static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(each);
  };
  state.SetItemsProcessed(total(items));
  if (octets > 0)
    state.SetBytesProcessed(total(octets));
}

inline std::size_t size_of(const benchmark::State& state) {
  return static_cast<std::size_t>(state.range(0));
}

}  // namespace karpspec::bench
