#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "group_lab.h"
#include "soak_seeds.h"

// Groups of MRKMP as a whole: whoever is elected, all who are in the group have its keys.
namespace karpspec::oracle::mrkmp {
namespace {

using testing::IsEmpty;

// At rest each part has one GCKS, everybody in it sends with the same key, and everybody has
// verified what everybody sent in the last WHILE.
void expect_rest(GroupLab& lab, Duration span) {
  lab.heard = {};
  lab.run(span);
  EXPECT_THAT(lab.heard.unverified, IsEmpty()) << lab.picture();
  std::map<unsigned, std::string> keys;
  std::map<unsigned, wire::IpAddress> gcks;
  for (std::size_t i = 0; i < lab.size(); ++i) {
    if (lab.at(i).election().state() == Election::State::off || lab.is_removed(i))
      continue;
    const GroupKey* key = lab.at(i).keys().sends_with(lab.now());
    ASSERT_NE(key, nullptr) << "router " << i + 1 << " may not send\n" << lab.picture();
    const auto [own, fresh] = keys.emplace(lab.part_of(i), to_hex(key->key.view()));
    EXPECT_EQ(own->second, to_hex(key->key.view())) << lab.picture();
    const auto whose = lab.at(i).election().gcks();
    ASSERT_TRUE(whose.has_value()) << lab.picture();
    const auto [first, only] = gcks.emplace(lab.part_of(i), *whose);
    EXPECT_EQ(first->second, *whose) << lab.picture();
  }
  EXPECT_THAT(lab.wrong, IsEmpty()) << lab.picture();
}

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

// Crashes, reboots, leaving, removal, partitions and loss at random; then peace.
TEST(MrkmpGroup, ComesToRestWhateverHasHappened) {
  const auto [first, seeds] = soak_seeds(sanitized ? 40 : 200);
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    GroupLab lab(seed);
    const std::uint64_t size = 2 + lab.pick(6);
    for (std::uint64_t i = 0; i < size; ++i)
      (void)lab.add(static_cast<std::uint16_t>(lab.pick(4)));
    lab.set_loss_percent(static_cast<unsigned>(lab.pick(4) == 0 ? lab.pick(30) : 0));
    bool one_is_removed = false;
    const std::uint64_t happenings = 6 + lab.pick(30);
    for (std::uint64_t i = 0; i < happenings; ++i) {
      const std::size_t router = lab.pick(size);
      switch (lab.pick(10)) {
        case 0:
        case 1:
        case 2:
          lab.start(router);
          break;
        case 3:
          lab.crash(router);
          break;
        case 4:
          lab.leave(router);
          break;
        case 5:
          lab.put_into(router, static_cast<unsigned>(lab.pick(2)));
          break;
        case 6:
          lab.act(router, [&](Group& group) { group.change_key(lab.now()); });
          break;
        case 7:
          lab.act(router, [&](Group& group) { group.renew_kek(lab.now()); });
          break;
        case 8:
          if (const GroupKey* key = lab.at(router).keys().sends_with(lab.now()))
            lab.act(router,
                    [&, id = key->id](Group& group) { group.want_another_key(id, lab.now()); });
          break;
        case 9:
          // One at most: removed routers that take themselves for the GCKS are tried in turn, and
          // each failure is waited out for longer than this test has patience.
          if (!std::exchange(one_is_removed, true))
            lab.remove(router, lab.pick(4) != 0);
          break;
      }
      lab.run(std::chrono::milliseconds(lab.pick(12'000)));
      ASSERT_THAT(lab.wrong, IsEmpty()) << lab.picture();
    }
    lab.set_loss_percent(0);
    for (std::size_t i = 0; i < size; ++i) {
      lab.put_into(i, 0);
      lab.start(i);
    }
    lab.run(3min);
    expect_rest(lab, 20s);
    if (testing::Test::HasFailure())
      return;
  }
}

}  // namespace
}  // namespace karpspec::oracle::mrkmp
