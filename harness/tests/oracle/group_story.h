#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "group_lab.h"

// What must hold of a group at rest, and seeded stories that end in one.
namespace karpspec::oracle::mrkmp {

// At rest each part has one GCKS, everybody in it sends with the same key, and everybody has
// verified what everybody sent in the last WHILE.
inline void expect_rest(GroupLab& lab, Duration span) {
  lab.heard = {};
  lab.run(span);
  EXPECT_THAT(lab.heard.unverified, testing::IsEmpty()) << lab.picture();
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
  EXPECT_THAT(lab.wrong, testing::IsEmpty()) << lab.picture();
}

// Crashes, reboots, leaving, removal, partitions, other keys and loss at random; then peace.
inline void play_group_story(std::uint64_t seed) {
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
    ASSERT_THAT(lab.wrong, testing::IsEmpty()) << lab.picture();
  }
  lab.set_loss_percent(0);
  for (std::size_t i = 0; i < size; ++i) {
    lab.put_into(i, 0);
    lab.start(i);
  }
  lab.run(3min);
  expect_rest(lab, 20s);
}

}  // namespace karpspec::oracle::mrkmp
