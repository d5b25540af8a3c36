#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "group_story.h"
#include "soak_seeds.h"

// Groups of MRKMP as a whole: whoever is elected, all who are in the group have its keys.
namespace karpspec::oracle::mrkmp {
namespace {

using testing::IsEmpty;

GroupLab& with_routers(GroupLab& lab, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    lab.start(lab.add(static_cast<std::uint16_t>(100 - i)));
  lab.run(8s);
  return lab;
}

TEST(MrkmpGroup, ThoseThatStartTogetherShareAKey) {
  GroupLab lab(1);
  with_routers(lab, 5);
  expect_rest(lab, 30s);
  EXPECT_EQ(lab.at(4).election().gcks(), GroupLab::address_of(0));
  EXPECT_GT(lab.heard.verified, 300U);
}

TEST(MrkmpGroup, ANewcomerGetsTheKeyThatStands) {
  GroupLab lab(2);
  with_routers(lab, 3);
  expect_rest(lab, 10s);
  const std::string before = to_hex(lab.at(0).keys().sends_with(lab.now())->key.view());
  lab.start(lab.add(200));
  lab.run(2s);
  expect_rest(lab, 10s);
  EXPECT_EQ(to_hex(lab.at(3).keys().sends_with(lab.now())->key.view()), before);
}

TEST(MrkmpGroup, ARebootChangesTheKey) {
  GroupLab lab(3);
  with_routers(lab, 3);
  lab.run(10s);
  const std::string before = to_hex(lab.at(0).keys().sends_with(lab.now())->key.view());
  lab.crash(2);
  lab.start(2);
  lab.run(2s);
  // It hears the others, and waits for the new key.
  EXPECT_EQ(lab.at(2).keys().sends_with(lab.now()), nullptr);
  lab.run(8s);
  expect_rest(lab, 20s);
  EXPECT_NE(to_hex(lab.at(2).keys().sends_with(lab.now())->key.view()), before);
}

TEST(MrkmpGroup, SeveralRebootsTogetherChangeItOnce) {
  GroupLab lab(4);
  with_routers(lab, 6);
  lab.run(20s);
  for (std::size_t i = 1; i < 6; ++i) {
    lab.crash(i);
    lab.start(i);
  }
  lab.run(10s);
  expect_rest(lab, 40s);
  EXPECT_EQ(lab.at(0).keys().masters().size(), 1U) << lab.picture();
  EXPECT_EQ(lab.at(0).keys().masters().front().id, 2U);
}

TEST(MrkmpGroup, ANewGcksGoesOnWithoutAJoin) {
  GroupLab lab(5);
  with_routers(lab, 4);
  lab.run(10s);
  const std::uint64_t asks = lab.asks;
  lab.crash(0);
  lab.run(15s);
  EXPECT_EQ(lab.at(3).election().gcks(), GroupLab::address_of(1)) << lab.picture();
  EXPECT_LE(lab.asks - asks, 2U) << "its first update comes before its advertisement\n"
                                 << lab.picture();
  expect_rest(lab, 30s);
}

TEST(MrkmpGroup, PartsThatMeetLoseNoReceiver) {
  GroupLab lab(6);
  for (std::uint16_t i = 0; i < 6; ++i) {
    const std::size_t router = lab.add(static_cast<std::uint16_t>(100 + i));
    lab.put_into(router, i % 2);
    lab.start(router);
  }
  lab.run(10s);
  expect_rest(lab, 20s);
  for (std::size_t i = 0; i < lab.size(); ++i)
    lab.put_into(i, 0);
  lab.run(8s);
  // From when the keys have been told all hear all, whichever key is sent with.
  expect_rest(lab, 60s);
  EXPECT_EQ(lab.at(0).election().gcks(), GroupLab::address_of(5));
}

TEST(MrkmpGroup, WhoIsShutOutLearnsNoMore) {
  GroupLab lab(7);
  with_routers(lab, 4);
  lab.run(20s);
  lab.remove(3, true);
  lab.run(60s);
  lab.put_into(3, 9);  // it goes on alone
  lab.run(30s);
  lab.heard = {};
  lab.run(30s);
  EXPECT_THAT(lab.heard.unverified, IsEmpty()) << lab.picture();
  EXPECT_THAT(lab.wrong, IsEmpty()) << lab.picture();
  EXPECT_NE(to_hex(lab.at(0).keys().sends_with(lab.now())->key.view()),
            to_hex(lab.at(3).keys().sends_with(lab.now())->key.view()));
}

TEST(MrkmpGroup, ARunOutOfNumbersChangesTheKey) {
  GroupLab lab(8);
  with_routers(lab, 3);
  lab.run(15s);
  const GroupKey* old = lab.at(2).keys().sends_with(lab.now());
  const std::uint32_t id = old->id;
  lab.act(2, [&](Group& group) { group.want_another_key(id, lab.now()); });
  lab.act(1, [&](Group& group) { group.want_another_key(id, lab.now()); });
  lab.run(10s);
  expect_rest(lab, 30s);
  EXPECT_EQ(lab.at(0).keys().sends_with(lab.now())->id, id + 1) << "once for both";
}

TEST(MrkmpGroup, AKekIsRenewedBeforeItsEnd) {
  GroupTimers timers;
  timers.kek_renewal = 20min;
  timers.kek_life = 24min;
  GroupLab lab(9, timers);
  with_routers(lab, 3);
  lab.run(10s);
  const std::uint32_t old = lab.at(0).keys().keks().front().key.id;
  const std::uint64_t asks = lab.asks;
  lab.run(22min);
  expect_rest(lab, 30s);
  ASSERT_EQ(lab.at(2).keys().keks().size(), 1U) << lab.picture();
  EXPECT_NE(lab.at(2).keys().keks().front().key.id, old);
  EXPECT_EQ(lab.asks, asks) << "nobody has to join for it";
}

TEST(MrkmpGroup, ComesToRestWhateverHasHappened) {
  const auto [first, seeds] = soak_seeds(40);  // harness/tests/soak plays 20,000
  for (std::uint64_t seed = first; seed < first + seeds && !HasFailure(); ++seed)
    play_group_story(seed);
}

}  // namespace
}  // namespace karpspec::oracle::mrkmp
