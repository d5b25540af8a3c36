#include "script/tester/group_end.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"

// What a router of the tester's goes on telling (suites/scenario-guide.md, Groups).
namespace karpspec::script {
namespace {

using Kind = wire::KeyItem::Kind;

std::size_t count(const wire::KeyDownloadPayload& download, Kind kind) {
  return static_cast<std::size_t>(std::count_if(
      download.items.begin(), download.items.end(),
      [&](const wire::KeyItem& item) { return item.kind == static_cast<std::uint8_t>(kind); }));
}

TEST(GroupEnd, AKeyThatWasAlteredTakesThePlaceOfTheOneThatWasMade) {
  SeededRandom random(1, "group-end");
  GroupEnd end({1, 0, 0, 0}, random);
  const wire::IpAddress address = *wire::IpAddress::from_text("192.0.2.9");
  wire::KeyDownloadPayload said = end.download("second", address);
  for (wire::KeyItem& item : said.items)
    if (item.is_key()) {
      item.key_id = 77;
      item.key.assign(item.key.size(), 0x5a);
    }
  end.sent("second", said);
  EXPECT_EQ(77U, end.current_kek("second"));
  const wire::KeyDownloadPayload next = end.download("second", address);
  EXPECT_EQ(1U, count(next, Kind::kek));
  EXPECT_EQ(1U, count(next, Kind::pmk));
}

TEST(GroupEnd, AKeyThatWasToldStaysBesideAnother) {
  SeededRandom random(1, "group-end");
  GroupEnd end({1, 0, 0, 0}, random);
  const wire::IpAddress address = *wire::IpAddress::from_text("192.0.2.9");
  wire::KeyDownloadPayload said = end.download("second", address);
  end.sent("second", said);
  for (wire::KeyItem& item : said.items)
    if (item.kind == static_cast<std::uint8_t>(Kind::pmk)) {
      item.key_id = 2;
      item.key.assign(item.key.size(), 0x5a);
    }
  end.sent("second", said);
  EXPECT_EQ(2U, count(end.download("second", address), Kind::pmk));
}

}  // namespace
}  // namespace karpspec::script
