// Several devices alike beside one another.
#include "dut/adapters/lanes.h"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>

namespace karpspec::dut {
namespace {

using testing::HasSubstr;

// Worlds that know which device they are of.
class Devices {
 public:
  // The first BEFORE can be made, no more.
  explicit Devices(int before = 1000) : before_(before) {}

  std::function<Result<script::MakeWorld>()> maker() {
    return [this]() -> Result<script::MakeWorld> {
      const int mine = ++asked;
      if (mine > before_)
        return fail(ErrorCode::io, "no room for device " + std::to_string(mine));
      ++made;
      return script::MakeWorld([this, mine](const script::WorldRequest&) -> Result<script::World> {
        script::World world;
        // Stands for the device: gone before the lane is given back.
        world.end_capture = [in_use = enter(mine)]() -> Result<std::string> { return "x"; };
        return world;
      });
    };
  }

  std::atomic<int> asked{0}, made{0}, twice{0};

 private:
  std::shared_ptr<void> enter(int device) {
    const std::lock_guard lock(mutex_);
    if (!in_use_.insert(device).second)
      ++twice;
    return {nullptr, [this, device](void*) {
              const std::lock_guard leave(mutex_);
              in_use_.erase(device);
            }};
  }

  int before_;
  std::mutex mutex_;
  std::set<int> in_use_;
};

TEST(Lanes, OneDeviceIsMadeWhileOneIsEnough) {
  Devices devices;
  const auto make = lanes(3, devices.maker());
  ASSERT_TRUE(make);
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE((*make)({}));
  EXPECT_EQ(devices.made, 1);
}

TEST(Lanes, AFurtherOneIsMadeWhereAllAreTaken) {
  Devices devices;
  const auto make = lanes(3, devices.maker());
  ASSERT_TRUE(make);
  auto first = (*make)({});
  const auto second = (*make)({}), third = (*make)({});
  ASSERT_TRUE(first && second && third);
  EXPECT_EQ(devices.made, 3);
  // There is no fourth: who wants it waits until one goes.
  std::atomic<bool> there{false};
  std::thread waits([&] {
    const auto fourth = (*make)({});
    there = fourth.has_value();
  });
  std::this_thread::sleep_for(std::chrono::milliseconds{50});
  EXPECT_FALSE(there);
  first = fail(ErrorCode::io, "gone");
  waits.join();
  EXPECT_TRUE(there);
  EXPECT_EQ(devices.made, 3);
  EXPECT_EQ(devices.twice, 0);
}

TEST(Lanes, NoDeviceHasTwoTestsAtATime) {
  Devices devices;
  const auto make = lanes(4, devices.maker());
  ASSERT_TRUE(make);
  std::atomic<int> got{0};
  std::vector<std::thread> workers;
  for (int i = 0; i < 8; ++i) {
    workers.emplace_back([&] {
      for (int test = 0; test < 500; ++test) {
        if ((*make)({}))
          ++got;
      }
    });
  }
  for (std::thread& worker : workers)
    worker.join();
  EXPECT_EQ(got, 8 * 500);
  EXPECT_EQ(devices.twice, 0);
  EXPECT_LE(devices.made, 4);
}

TEST(Lanes, WhoCannotHaveAFurtherOneGoesOnWithThoseThatAreThere) {
  Devices devices(2);
  const auto make = lanes(4, devices.maker());
  ASSERT_TRUE(make);
  std::atomic<int> got{0};
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&] {
      for (int test = 0; test < 5; ++test) {
        const auto world = (*make)({});
        got += world ? 1 : 0;
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
      }
    });
  }
  for (std::thread& worker : workers)
    worker.join();
  EXPECT_EQ(got, 4 * 5);
  EXPECT_EQ(devices.made, 2);
  EXPECT_EQ(devices.twice, 0);
  EXPECT_LE(devices.asked, 2 + 4) << "asked for again and again";
}

TEST(Lanes, WithoutTheFirstThereIsNothing) {
  Devices devices(0);
  const auto make = lanes(4, devices.maker());
  ASSERT_FALSE(make);
  EXPECT_THAT(make.error().message, HasSubstr("no room for device 1"));
}

// A device that one world could not be made of is there for the next test.
TEST(Lanes, WhatFailsGivesItsLaneBack) {
  int asked = 0;
  const auto make = lanes(2, [&asked]() -> Result<script::MakeWorld> {
    return script::MakeWorld([&asked](const script::WorldRequest&) -> Result<script::World> {
      if (++asked == 1)
        return fail(ErrorCode::timeout, "the device is silent");
      return script::World{};
    });
  });
  ASSERT_TRUE(make);
  EXPECT_FALSE((*make)({}));
  const auto second = (*make)({}), third = (*make)({});
  EXPECT_TRUE(second && third);
}

}  // namespace
}  // namespace karpspec::dut
