#include "base/workers.h"

#include <gmock/gmock.h>

#include <atomic>

namespace karpspec {
namespace {

TEST(Workers, WhoWaitsSeesAllDone) {
  for (const unsigned threads : {0U, 1U, 4U}) {
    Workers workers(threads);
    std::atomic<int> done{0};
    for (int i = 0; i < 1000; ++i)
      workers.give([&] { ++done; });
    workers.wait_until([&] { return done == 1000; });
    EXPECT_EQ(done, 1000) << threads;
  }
}

TEST(Workers, WithoutThreadsWhoWaitsDoesItInOrder) {
  Workers workers(0);
  std::vector<int> order;
  for (int i = 0; i < 4; ++i)
    workers.give([&, i] { order.push_back(i); });
  EXPECT_THAT(order, testing::IsEmpty());
  workers.wait_until([&] { return order.size() == 3; });
  EXPECT_THAT(order, testing::ElementsAre(0, 1, 2));
}

TEST(Workers, WorkGivesFurtherWork) {
  for (const unsigned threads : {0U, 1U, 4U}) {
    Workers workers(threads);
    std::atomic<int> left{100};
    std::function<void()> next = [&] {
      if (--left > 0)
        workers.give(next);
    };
    workers.give(next);
    workers.wait_until([&] { return left == 0; });
    EXPECT_EQ(left, 0);
  }
}

TEST(Workers, WhatNobodyBeganIsDropped) {
  std::atomic<int> done{0};
  {
    Workers workers(0);
    workers.give([&] { ++done; });
  }
  EXPECT_EQ(done, 0);
  const auto used = std::make_shared<int>(1);
  {
    Workers workers(2);
    for (int i = 0; i < 100; ++i)
      workers.give([used, &done] { ++done; });
  }
  EXPECT_EQ(used.use_count(), 1);
}

}  // namespace
}  // namespace karpspec
