#pragma once

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace karpspec {

// Calls ACT(i) once for each 0 <= i < COUNT, on JOBS threads, of which the caller's is one; with
// one job in order. Returns when all are done. ACT does not throw.
template <class Act>
void for_each_index(std::size_t count, unsigned jobs, const Act& act) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++)
      act(i);
  };
  std::vector<std::thread> others;
  for (unsigned j = 1; j < jobs && j < count; ++j)
    others.emplace_back(work);
  work();
  for (std::thread& thread : others)
    thread.join();
}

}  // namespace karpspec
