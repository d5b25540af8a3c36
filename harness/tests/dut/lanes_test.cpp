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

using testing::AllOf;
using testing::HasSubstr;

// A device that is only there: in use until it goes.
class Stub final : public Device {
 public:
  Stub(bool silent, std::shared_ptr<void> in_use) : silent_(silent), in_use_(std::move(in_use)) {}
  Result<Json> call(std::string_view, const Json&) override {
    if (silent_)
      return fail(ErrorCode::timeout, "the device is silent");
    return Json::object();
  }
  [[nodiscard]] Endpoint endpoint() const override { return {}; }
  [[nodiscard]] bool alive() const override { return true; }

 private:
  bool silent_;
  std::shared_ptr<void> in_use_;
};

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
        world.device = std::make_unique<Stub>(silent.contains(mine), enter(mine));
        world.given_up = [this, mine] { return lost.contains(mine); };
        return world;
      });
    };
  }

  std::function<void(const std::string&)> say() {
    return [this](const std::string& what) { said.push_back(what); };
  }

  std::atomic<int> asked{0}, made{0}, twice{0};
  std::set<int> silent;           // those that do not answer
  std::set<int> lost;             // those that were given up
  std::vector<std::string> said;  // what whoever runs them was told

  std::size_t in_use() {
    const std::lock_guard lock(mutex_);
    return in_use_.size();
  }

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
  const auto make = lanes(3, devices.maker(), {});
  ASSERT_TRUE(make);
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE((*make)({}));
  EXPECT_EQ(devices.made, 1);
}

TEST(Lanes, AFurtherOneIsMadeWhereAllAreTaken) {
  Devices devices;
  const auto make = lanes(3, devices.maker(), {});
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
  const auto make = lanes(4, devices.maker(), devices.say());
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
  const auto make = lanes(4, devices.maker(), devices.say());
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
  ASSERT_EQ(devices.said.size(), 1U);
  EXPECT_THAT(devices.said[0],
              AllOf(HasSubstr("fewer than 4 devices at a time"), HasSubstr("no room for device")));
}

// A further device that does not come up costs no test.
TEST(Lanes, OneThatDoesNotAnswerIsNotPlayedWith) {
  Devices devices;
  devices.silent = {2};
  const auto make = lanes(3, devices.maker(), devices.say());
  ASSERT_TRUE(make);
  auto first = (*make)({});
  ASSERT_TRUE(first);
  std::atomic<bool> answers{false};
  std::thread second([&] {
    auto world = (*make)({});
    answers = world && world->device->call("reset", Json::object());
  });
  while (devices.made < 2)
    std::this_thread::yield();
  first = fail(ErrorCode::io, "gone");
  second.join();
  EXPECT_TRUE(answers);
  ASSERT_EQ(devices.said.size(), 1U);
  EXPECT_THAT(devices.said[0], HasSubstr("the device is silent"));
}

// Else it would fail all tests that are left before the others have ended theirs.
TEST(Lanes, OneThatWasGivenUpIsLeftOutWhileThereAreOthers) {
  Devices devices;
  const auto make = lanes(2, devices.maker(), {});
  ASSERT_TRUE(make);
  {
    const auto one = (*make)({}), two = (*make)({});
    ASSERT_TRUE(one && two);
    devices.lost = {2};
  }
  EXPECT_EQ(devices.in_use(), 0U);
  const auto one = (*make)({});
  ASSERT_TRUE(one);
  EXPECT_FALSE(one->given_up());
  EXPECT_EQ(devices.made, 2);
}

// The last one stays, and says itself why it cannot go on.
TEST(Lanes, TheLastOneIsKept) {
  Devices devices;
  devices.lost = {1};
  const auto make = lanes(2, devices.maker(), {});
  ASSERT_TRUE(make);
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE((*make)({}));
  EXPECT_EQ(devices.made, 1);
}

TEST(Lanes, WithoutTheFirstThereIsNothing) {
  Devices devices(0);
  const auto make = lanes(4, devices.maker(), devices.say());
  ASSERT_FALSE(make);
  EXPECT_THAT(make.error().message, HasSubstr("no room for device 1"));
}

// A device that one world could not be made of is there for the next test.
TEST(Lanes, WhatFailsGivesItsLaneBack) {
  int asked = 0;
  const auto make = lanes(
      2,
      [&asked]() -> Result<script::MakeWorld> {
        return script::MakeWorld([&asked](const script::WorldRequest&) -> Result<script::World> {
          if (++asked == 1)
            return fail(ErrorCode::timeout, "the device is silent");
          return script::World{};
        });
      },
      {});
  ASSERT_TRUE(make);
  EXPECT_FALSE((*make)({}));
  const auto second = (*make)({}), third = (*make)({});
  EXPECT_TRUE(second && third);
}

}  // namespace
}  // namespace karpspec::dut
