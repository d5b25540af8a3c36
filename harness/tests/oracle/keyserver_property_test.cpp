#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "keyserver_lab.h"
#include "soak_seeds.h"

// What holds of a region whatever happens to it: power failures, outages of the DKS, partitions,
// loss, restarts with and without stable storage, changes of keys, and revocations.
namespace karpspec::oracle::keyserver {
namespace {

using testing::IsEmpty;
using wire::ExchangeType;

class Region {
 public:
  explicit Region(std::uint64_t seed) : lab(seed, 3 + seed % 3) {
    lab.start_all();
    lab.run(40s);
  }

  void trouble(std::size_t steps) {
    for (std::size_t step = 0; step < steps; ++step) {
      const std::size_t i = 1 + lab.pick(lab.size() - 1);
      switch (lab.pick(9)) {
        case 0:
          lab.loss_percent = static_cast<unsigned>(lab.pick(30));
          break;
        case 1:
          toggle(Lab::dks);
          break;
        case 2:
          toggle(i);
          break;
        case 3:  // the storage is lost with the power
          if (lab.is_on(i) && !lab.revoked.contains(i)) {
            lab.power_off(i);
            lab.storage(i).reset();
            lab.power_on(i);
          }
          break;
        case 4:
          lab.put_into(i, static_cast<unsigned>(lab.pick(2)));
          break;
        case 5:
          lab.put_into(Lab::dks, static_cast<unsigned>(lab.pick(2)));
          break;
        case 6:
          if (lab.is_on(i))
            for (const GroupId& group : lab.at(i).own_groups())
              lab.send(i, *lab.at(i).change_key(group, lab.now));
          break;
        case 7:
          if (lab.is_on(Lab::dks))
            lab.set_policy();
          break;
        case 8:
          if (lab.is_on(Lab::dks) && lab.revoked.size() + 2 < lab.size() - 1 &&
              !lab.revoked.contains(i))
            lab.revoke(i);
          break;
      }
      lab.run(std::chrono::milliseconds(lab.pick(120000)));
    }
  }

  // Everything works again, for long enough that the last delay is over.
  void rest() {
    lab.loss_percent = 0;
    for (std::size_t i = 0; i < lab.size(); ++i) {
      lab.put_into(i, 0);
      if (!lab.is_on(i))
        lab.power_on(i);
    }
    lab.run(20min);
  }
  void toggle(std::size_t i) { lab.is_on(i) ? lab.power_off(i) : lab.power_on(i); }

  Lab lab;
};

TEST(KeyserverProperty, AtRestAllNeighboursHearEachOtherAndNobodyElseDoes) {
  const auto [first, seeds] = soak_seeds(24);
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    Region region(seed);
    region.trouble(12);
    region.rest();
    ASSERT_EQ(region.lab.deaf(), "") << "seed " << seed << "\n" << region.lab.story();
    ASSERT_THAT(region.lab.wrong, IsEmpty()) << "seed " << seed << "\n" << region.lab.story();
    for (const auto& [i, version] : region.lab.revoked)
      for (std::size_t speaker = 1; speaker < region.lab.size(); ++speaker)
        if (speaker != i) {
          ASSERT_FALSE(region.lab.hears(i, speaker)) << "seed " << seed;
        }
    // One truth: the highest key that the DKS has of a group is its speaker's.
    for (const GroupKeys& keys : region.lab.at(Lab::dks).reported_keys(region.lab.now)) {
      const std::size_t speaker = region.lab.index_of(keys.group.speaker);
      const DataKey* sent = region.lab.sent_with(speaker);
      ASSERT_NE(sent, nullptr);
      ASSERT_TRUE(keys.highest && *keys.highest >= sent->order)
          << "seed " << seed << ", " << keys.group.speaker << "\n"
          << region.lab.story();
    }
  }
}

TEST(KeyserverProperty, AColdStartAsksTheDksForOnePolicyEach) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const std::size_t routers = 4 + seed;
    Lab lab(seed, routers);
    lab.start_all();
    lab.run(1min);
    for (std::size_t i = 1; i <= routers; ++i)
      lab.power_off(i);
    lab.run(std::chrono::seconds(lab.pick(7200)));
    lab.requests.clear();
    const Time start = lab.now;
    // They do not come up all at once.
    for (std::size_t i = 1; i <= routers; ++i) {
      lab.power_on(i);
      lab.run(std::chrono::milliseconds(lab.pick(1500)));
    }
    lab.run(start + 5min - lab.now);
    EXPECT_EQ(lab.deaf(), "") << "seed " << seed << "\n" << lab.story();
    for (const ExchangeType exchange : {ExchangeType::mrkmp_init, ExchangeType::mrkmp_auth,
                                        ExchangeType::ks_policy, ExchangeType::ks_group})
      EXPECT_LE((lab.requests[{Lab::dks, exchange}]), routers)
          << "seed " << seed << ", " << wire::exchange_name(static_cast<std::uint8_t>(exchange))
          << "\n"
          << lab.story();
  }
}

TEST(KeyserverProperty, AnOutageOfTheDksIsNotHeard) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Lab lab(seed, 3 + seed % 3);
    lab.start_all();
    lab.run(1min);
    lab.power_off(Lab::dks);
    lab.loss_percent = static_cast<unsigned>(seed);
    // A key is told for 5 s before it is sent with, which two retransmissions fit into; whoever
    // misses it hears the speaker again when it has come.
    for (int minute = 0; minute < 130; ++minute) {
      lab.run(1min);
      if (lab.deaf().empty())
        continue;
      lab.run(35s);
      ASSERT_EQ(lab.deaf(), "") << "seed " << seed << "\n" << lab.story();
    }
    for (std::size_t i = 1; i < lab.size(); ++i)
      EXPECT_EQ(lab.count(i, "neighbour-dropped"), 0U) << "seed " << seed;
  }
}

TEST(KeyserverProperty, TheSameSeedGivesTheSameStory) {
  const auto story = [](std::uint64_t seed) {
    Region region(seed);
    region.trouble(10);
    return region.lab.story();
  };
  for (std::uint64_t seed = 1; seed <= 3; ++seed)
    EXPECT_EQ(story(seed), story(seed));
  EXPECT_NE(story(1), story(2));
}

}  // namespace
}  // namespace karpspec::oracle::keyserver
