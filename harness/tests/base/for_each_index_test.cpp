#include "base/for_each_index.h"

#include <gmock/gmock.h>

#include <atomic>

namespace karpspec {
namespace {

TEST(ForEachIndex, CallsOnceForEach) {
  for (const unsigned jobs : {0U, 1U, 2U, 7U}) {
    for (const std::size_t count : {0U, 1U, 5U, 1000U}) {
      std::vector<std::atomic<int>> calls(count);
      for_each_index(count, jobs, [&](std::size_t i) { ++calls[i]; });
      for (const auto& call : calls)
        EXPECT_EQ(call, 1) << jobs << " jobs, " << count;
    }
  }
}

TEST(ForEachIndex, GoesInOrderWithOneJob) {
  std::vector<std::size_t> order;
  for_each_index(4, 1, [&](std::size_t i) { order.push_back(i); });
  EXPECT_THAT(order, testing::ElementsAre(0, 1, 2, 3));
}

}  // namespace
}  // namespace karpspec
