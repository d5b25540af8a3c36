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
  row.protocol = pick(random, {"bfd", "rsvp-te", "bgp"});
  row.alg_id = row.protocol == "bgp"   ? pick(random, {"HMAC-SHA-1-96", "AES-128-CMAC-96"})
               : row.protocol == "bfd" ? pick(random, {"sha-1", "md5"})
                                       : "hmac-sha-1";
  row.peer_key_name = row.protocol == "bgp" ? pick(random, {"1", "2", "3"}) : "";
  if (row.protocol == "bgp" && random.u64() % 2 == 0)
    row.protocol_specific_info["lport"] = pick(random, {"1-10", "10-20", "any", "7", "30"});
  const auto start = random.u64() % 40;
  row.accept_lifetime_start = Time{std::chrono::hours{start}};
  row.accept_lifetime_end = row.accept_lifetime_start + std::chrono::hours{random.u64() % 6};
  const auto direction = random.u64() % 8;
  row.direction = direction == 0   ? keytable::Direction::out
                  : direction == 1 ? keytable::Direction::disabled
                                   : keytable::Direction::both;
  return row;
}

std::string text_of_row(const Row& row) {
  std::string peers, info;
  for (const std::string& peer : row.peers)
    peers += (peers.empty() ? "" : ", ") + peer;
  for (const auto& [name, value] : row.protocol_specific_info)
    info += name + ": \"" + value + "\"";
  return row_text(row.admin_key_name,
                  {{"LocalKeyName", "\"" + row.local_key_name + "\""},
                   {"PeerKeyName", "\"" + row.peer_key_name + "\""},
                   {"Peers", "[" + peers + "]"},
                   {"Interfaces", "[" + row.interfaces.front() + "]"},
                   {"Protocol", row.protocol},
                   {"ProtocolSpecificInfo", "{" + info + "}"},
                   {"AlgID", row.alg_id},
                   {"Direction", to_string(row.direction)},
                   {"AcceptLifetimeStart", keytable::to_text(row.accept_lifetime_start)},
                   {"AcceptLifetimeEnd", keytable::to_text(row.accept_lifetime_end)}});
}

// Of a pair that clashes one row at least is named; a row that clashes with none never is.
TEST(Comparison, FindsTheRowsWhoseNamesClash) {
  std::size_t clashes = 0, send_clashes = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SeededRandom random(seed);
    std::vector<Row> rows;
    std::string text = "rows:\n";
    for (std::size_t i = 0; i < 14; ++i) {
      rows.push_back(random_row(random, i));
      text += "  - " + text_of_row(rows.back()) + "\n";
    }
    const Outcome outcome = check_text(text, context_for(), 4000);
    ASSERT_EQ(outcome.error, "");
    const auto compare = [&](keytable::RuleId rule, auto clash) {
      std::set<std::size_t> in_clash, named;
      std::vector<std::pair<std::size_t, std::size_t>> pairs;
      for (std::size_t i = 0; i < rows.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) {
          if (clash(rows[i], rows[k], book())) {
            pairs.emplace_back(i, k);
            in_clash.insert(i);
            in_clash.insert(k);
          }
        }
      }
      for (const Reported& what : outcome.reported)
        if (what.rule == rule)
          named.insert(what.row - 1);
      for (const std::size_t row : named)
        EXPECT_TRUE(in_clash.contains(row)) << "seed " << seed << " row " << row + 1;
      for (const auto& [a, b] : pairs)
        EXPECT_TRUE(named.contains(a) || named.contains(b))
            << "seed " << seed << " rows " << a + 1 << ", " << b + 1 << "\n"
            << text;
      return pairs.size();
    };
    clashes += compare(keytable::RuleId::key_name_clash, keytable::names_clash);
    send_clashes += compare(keytable::RuleId::send_id_clash, keytable::send_ids_clash);
  }
  EXPECT_GT(clashes, 50U);
  EXPECT_GT(send_clashes, 20U);
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
              ElementsAre("2 key-name-clash LocalKeyName", "2 send-id-clash PeerKeyName"));
}

// One message is under one mechanism: an SA ID is no SPI.
TEST(Comparison, MechanismsHaveNamesOfTheirOwn) {
  const auto row = [](const char* name, const char* algorithm, const std::string& key) {
    return "  - " +
           row_text(name, {{"Protocol", "ospfv3"},
                           {"LocalKeyName", "\"300\""},
                           {"AlgID", algorithm},
                           {"Key", key}}) +
           "\n";
  };
  const std::string table = "rows:\n" + row("trailer", "hmac-sha-1", std::string(40, '1')) +
                            row("ipsec", "HMAC-SHA-1-96", std::string(40, '2'));
  EXPECT_THAT(check_text(table).faults(), IsEmpty()) << check_text(table).text();
}

// So that a key for the hellos of LDP and one for its sessions are no rollover.
TEST(Comparison, KeysOfTwoMechanismsDoNotFollowEachOther) {
  const auto row = [](const char* name, const char* start, const char* algorithm) {
    return "  - " +
           row_text(name, {{"Protocol", "ospfv3"},
                           {"LocalKeyName", "\"300\""},
                           {"AlgID", algorithm},
                           {"Key", to_hex(octets_of(std::string(name) + "0123456789ab"))},
                           {"SendLifetimeStart", start},
                           {"AcceptLifetimeStart", start}}) +
           "\n";
  };
  const auto faults = [&](const char* algorithm) {
    return check_text("rows:\n" + row("trailer1", "20260101000000Z", "hmac-sha-1") +
                      row("another1", "20260301000000Z", algorithm))
        .faults();
  };
  EXPECT_THAT(faults("HMAC-SHA-1-96"), IsEmpty());
  EXPECT_THAT(faults("hmac-sha-1"),
              ElementsAre("2 key-name-clash LocalKeyName", "2 lead-short AcceptLifetimeStart"));
}

TEST(Comparison, TheSameIsSaidHoweverLittleMemoryThereIs) {
  std::string text = "rows:\n";
  SeededRandom random(7);
  for (std::size_t i = 0; i < 300; ++i)
    text += "  - " + text_of_row(random_row(random, i)) + "\n";
  const std::string whole = check_text(text, context_for(), std::size_t{64} << 20).text();
  EXPECT_GT(whole.size(), 1000U);
  EXPECT_EQ(check_text(text, context_for(), 2000).text(), whole);
}

}  // namespace
}  // namespace karpspec::keyfile
