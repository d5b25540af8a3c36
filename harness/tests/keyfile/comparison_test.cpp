#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "checking.h"
#include "keytable/selection.h"

// Rows against each other: what the sweep over sorted records finds is what comparing every pair
// finds.
namespace karpspec::keyfile {
namespace {

using keytable::Row;
using testing::ElementsAre;
using testing::IsEmpty;

std::string pick(SeededRandom& random, std::initializer_list<const char*> of) {
  return *(of.begin() + random.u64() % of.size());
}

Row random_row(SeededRandom& random, std::size_t number) {
  Row row;
  row.admin_key_name = "row" + std::to_string(number);
  row.local_key_name = pick(random, {"1", "2"});
  row.peers = {pick(random, {"192.0.2.1", "192.0.2.2"})};
  if (random.u64() % 3 == 0)
    row.peers.push_back("192.0.2.3");
  row.interfaces = {pick(random, {"all", "eth0", "eth1"})};
  row.protocol = pick(random, {"bfd", "rsvp-te"});
  const auto start = random.u64() % 40;
  row.accept_lifetime_start = Time{std::chrono::hours{start}};
  row.accept_lifetime_end = row.accept_lifetime_start + std::chrono::hours{random.u64() % 6};
  const auto direction = random.u64() % 8;
  row.direction = direction == 0   ? keytable::Direction::out
                  : direction == 1 ? keytable::Direction::disabled
                                   : keytable::Direction::both;
  return row;
}

std::string text_of(const Row& row) {
  std::string peers;
  for (const std::string& peer : row.peers)
    peers += (peers.empty() ? "" : ", ") + peer;
  return row_text(row.admin_key_name,
                  {{"LocalKeyName", "\"" + row.local_key_name + "\""},
                   {"Peers", "[" + peers + "]"},
                   {"Interfaces", "[" + row.interfaces.front() + "]"},
                   {"Protocol", row.protocol},
                   {"Direction", to_string(row.direction)},
                   {"AcceptLifetimeStart", keytable::to_text(row.accept_lifetime_start)},
                   {"AcceptLifetimeEnd", keytable::to_text(row.accept_lifetime_end)}});
}

TEST(Comparison, FindsTheRowsWhoseNamesClash) {
  std::size_t clashes = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SeededRandom random(seed);
    std::vector<Row> rows;
    std::string text = "rows:\n";
    for (std::size_t i = 0; i < 12; ++i) {
      rows.push_back(random_row(random, i));
      text += "  - " + text_of(rows.back()) + "\n";
    }
    // Of a pair that clashes one row at least is named; a row that clashes with none never is.
    std::set<std::size_t> in_clash, named;
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        if (keytable::names_clash(rows[i], rows[k])) {
          pairs.emplace_back(i, k);
          in_clash.insert(i);
          in_clash.insert(k);
        }
      }
    }
    const Outcome outcome = check_text(text, context_for(), 4000);
    ASSERT_EQ(outcome.error, "");
    for (const Reported& what : outcome.reported)
      if (what.rule == keytable::RuleId::key_name_clash)
        named.insert(what.row - 1);
    for (const std::size_t row : named)
      EXPECT_TRUE(in_clash.contains(row)) << "seed " << seed << " row " << row + 1;
    for (const auto& [a, b] : pairs)
      EXPECT_TRUE(named.contains(a) || named.contains(b))
          << "seed " << seed << " rows " << a + 1 << ", " << b + 1;
    clashes += pairs.size();
  }
  EXPECT_GT(clashes, 50U);
}

std::string times(const char* start, const char* end) {
  return row_text(std::string("k") + start,
                  {{"LocalKeyName", "\"" + std::string(start).substr(6, 2) + "\""},
                   {"Key", to_hex(octets_of(std::string(start) + "0123456789abcdef01"))},
                   {"SendLifetimeStart", start},
                   {"SendLifetimeEnd", end}});
}

TEST(Comparison, AKeyForAllInterfacesFillsTheGapsOfOne) {
  const std::string gap = "rows:\n  - " + times("20260101000000Z", "20260201000000Z") + "\n  - " +
                          times("20260310000000Z", "20260401000000Z") + "\n";
  EXPECT_THAT(check_text(gap).faults(), ElementsAre("2 lifetime-gap SendLifetimeStart"));
  const std::string all =
      "  - " +
      row_text("all",
               {{"Interfaces", "all"}, {"LocalKeyName", "\"9\""}, {"Key", std::string(64, '7')}}) +
      "\n";
  EXPECT_THAT(check_text(gap + all).faults(), IsEmpty()) << check_text(gap + all).text();
}

TEST(Comparison, KeysThatFollowToTheSecondLeaveNoGap) {
  EXPECT_THAT(check_text("rows:\n  - " + times("20260101000000Z", "20260201000000Z") + "\n  - " +
                         times("20260202000001Z", "20260401000000Z"))
                  .faults(),
              ElementsAre("2 lifetime-gap SendLifetimeStart"));
  EXPECT_THAT(check_text("rows:\n  - " + times("20260101000000Z", "20260201000000Z") + "\n  - " +
                         times("20260202000000Z", "20260401000000Z"))
                  .faults(),
              ElementsAre("2 lifetime-gap SendLifetimeStart"));
  EXPECT_THAT(check_text("rows:\n  - " + times("20260101000000Z", "20260201235959Z") + "\n  - " +
                         times("20260202000000Z", "20260401000000Z"))
                  .faults(),
              IsEmpty());
}

TEST(Comparison, ManualAndAutomatedRowsStandSideBySide) {
  const auto row = [](const char* name, const char* id, const char* info, const char* start,
                      const char* end, char key) {
    return "  - " +
           row_text(name, {{"Protocol", "bgp"},
                           {"Peers", "[192.0.2.2]"},
                           {"Interfaces", "all"},
                           {"LocalKeyName", id},
                           {"PeerKeyName", id},
                           {"ProtocolSpecificInfo", info},
                           {"KDF", "HMAC-SHA-1"},
                           {"AlgID", "HMAC-SHA-1-96"},
                           {"Key", std::string(40, key)},
                           {"SendLifetimeStart", start},
                           {"SendLifetimeEnd", end},
                           {"AcceptLifetimeStart", start},
                           {"AcceptLifetimeEnd", end}}) +
           "\n";
  };
  const std::string manual =
      row("manual", "\"1\"", "{options: include}", "20260101000000Z", "99991231235959Z", '1');
  const std::string automated =
      row("rkmp/a/bgp/1", "\"2\"", "{options: include, announcing-peer: r2}", "20260301000000Z",
          "20260302000000Z", '2');
  EXPECT_THAT(check_text("rows:\n" + manual + automated).faults(), IsEmpty())
      << check_text("rows:\n" + manual + automated).text();
  const std::string clash = row("rkmp/a/bgp/1", "\"1\"", "{options: include, announcing-peer: r2}",
                                "20260301000000Z", "20260302000000Z", '2');
  EXPECT_THAT(check_text("rows:\n" + manual + clash).faults(),
              ElementsAre("2 key-name-clash LocalKeyName"));
}

TEST(Comparison, TheSameIsSaidHoweverLittleMemoryThereIs) {
  std::string text = "rows:\n";
  SeededRandom random(7);
  for (std::size_t i = 0; i < 300; ++i)
    text += "  - " + text_of(random_row(random, i)) + "\n";
  const std::string whole = check_text(text, context_for(), std::size_t{64} << 20).text();
  EXPECT_GT(whole.size(), 1000U);
  EXPECT_EQ(check_text(text, context_for(), 2000).text(), whole);
}

}  // namespace
}  // namespace karpspec::keyfile
