#include "keytable/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

namespace karpspec::keytable {
namespace {

using namespace std::chrono_literals;

Row sample(const char* name) {
  Row row;
  row.admin_key_name = name;
  row.local_key_name = "7";
  row.peer_key_name = "9";
  row.peers = {"192.0.2.2"};
  row.protocol = "bgp";
  row.kdf = "HMAC-SHA-1";
  row.alg_id = "HMAC-SHA-1-96";
  row.key = Secret(octets_of("a key of 20 octets.."));
  return row;
}

TEST(Table, KeepsRowsInTheOrderInWhichTheyCame) {
  Table table;
  ASSERT_TRUE(table.insert(sample("b")));
  ASSERT_TRUE(table.insert(sample("a")));
  ASSERT_EQ(table.rows().size(), 2u);
  EXPECT_EQ(table.rows().front().admin_key_name, "b");
  ASSERT_NE(table.find("a"), nullptr);
  EXPECT_TRUE(table.remove("b"));
  EXPECT_EQ(table.find("b"), nullptr);
  EXPECT_EQ(table.remove("b").error().code, ErrorCode::not_found);
}

std::vector<std::string> names_of(std::span<const Row* const> rows) {
  std::vector<std::string> names;
  for (const Row* row : rows)
    names.push_back(row->admin_key_name);
  return names;
}

TEST(Table, FindsRowsByProtocolAndPeer) {
  using testing::ElementsAre;
  using testing::IsEmpty;
  using testing::UnorderedElementsAre;
  Table table;
  Row several = sample("several");
  several.peers = {"192.0.2.2", "192.0.2.3", "192.0.2.2"};
  ASSERT_TRUE(table.insert(sample("one")));
  ASSERT_TRUE(table.insert(std::move(several)));
  EXPECT_THAT(names_of(table.rows_of("bgp", "192.0.2.2")), UnorderedElementsAre("one", "several"))
      << "each once, though a peer is listed twice";
  EXPECT_THAT(names_of(table.rows_of("bgp", "192.0.2.3")), ElementsAre("several"));
  EXPECT_THAT(table.rows_of("ldp", "192.0.2.2"), IsEmpty());
  EXPECT_THAT(table.rows_of("bgp", "192.0.2.4"), IsEmpty());
  ASSERT_TRUE(table.remove("several"));
  EXPECT_THAT(names_of(table.rows_of("bgp", "192.0.2.2")), ElementsAre("one"));
  EXPECT_THAT(table.rows_of("bgp", "192.0.2.3"), IsEmpty());
  table.clear();
  EXPECT_THAT(table.rows_of("bgp", "192.0.2.2"), IsEmpty());
  EXPECT_TRUE(table.insert(sample("one"))) << "its name is free again";
}

TEST(Table, ReplacesARowWhereItStands) {
  using testing::ElementsAre;
  using testing::IsEmpty;
  Table table;
  ASSERT_TRUE(table.insert(sample("a")));
  ASSERT_TRUE(table.insert(sample("b")));
  Row row = sample("a");
  row.protocol = "ldp";
  row.peers = {"192.0.2.3"};
  ASSERT_TRUE(table.replace(std::move(row)));
  EXPECT_EQ(table.rows().front().protocol, "ldp");
  EXPECT_THAT(names_of(table.rows_of("bgp", "192.0.2.2")), ElementsAre("b"));
  EXPECT_THAT(names_of(table.rows_of("ldp", "192.0.2.3")), ElementsAre("a"));
  EXPECT_EQ(table.replace(sample("c")).error().code, ErrorCode::not_found);
}

TEST(Table, IsMovedWithWhatItIsAskedBy) {
  Table table;
  ASSERT_TRUE(table.insert(sample("a")));
  Table other = std::move(table);
  ASSERT_NE(other.find("a"), nullptr);
  EXPECT_EQ(other.rows_of("bgp", "192.0.2.2").front(), other.find("a"));
  EXPECT_TRUE(other.remove("a"));
}

TEST(Table, RefusesRowsThatCannotBeUsed) {
  Table table;
  ASSERT_TRUE(table.insert(sample("a")));
  EXPECT_FALSE(table.insert(sample("a"))) << "AdminKeyName is taken";
  EXPECT_FALSE(table.insert(sample("")));
  Row row = sample("c");
  row.peers.clear();
  EXPECT_FALSE(table.insert(std::move(row)));
  row = sample("d");
  row.key = Secret();
  EXPECT_FALSE(table.insert(std::move(row)));
  row = sample("e");
  row.accept_lifetime_start = Time{10s};
  row.accept_lifetime_end = Time{9s};
  EXPECT_FALSE(table.insert(std::move(row)));
  row = sample("f");
  row.send_lifetime_start = Time{10s};
  row.send_lifetime_end = Time{9s};
  EXPECT_FALSE(table.insert(std::move(row)));
  row = sample("g");
  row.protocol.clear();
  EXPECT_FALSE(table.insert(std::move(row)));
  EXPECT_EQ(table.rows().size(), 1u);
}

TEST(Row, LifetimesIncludeBothEnds) {
  Row row = sample("a");
  row.send_lifetime_start = Time{10s};
  row.send_lifetime_end = Time{20s};
  EXPECT_FALSE(row.may_send(Time{9999ms}));
  EXPECT_TRUE(row.may_send(Time{10s}));
  EXPECT_TRUE(row.may_send(Time{20900ms})) << "compared in whole seconds";
  EXPECT_FALSE(row.may_send(Time{21s}));
  row.direction = Direction::in;
  EXPECT_FALSE(row.may_send(Time{15s}));
  EXPECT_TRUE(row.may_accept(Time{15s}));
  row.direction = Direction::disabled;
  EXPECT_FALSE(row.may_accept(Time{15s}));
}

TEST(Row, CloneHasAKeyOfItsOwn) {
  const Row row = sample("a");
  const Row copy = row.clone();
  EXPECT_NE(copy.key.view().data(), row.key.view().data());
  EXPECT_EQ(to_hex(copy.key.view()), to_hex(row.key.view()));
  EXPECT_EQ(copy.peers, row.peers);
}

TEST(Time, HasTheFormOfErratum4016) {
  EXPECT_EQ(to_text(always_start), "19700101000000Z");
  EXPECT_EQ(to_text(always_end), "99991231235959Z");
  const auto leap = time_from_text("20240229235901Z");
  ASSERT_TRUE(leap);
  EXPECT_EQ(to_text(*leap + 59s), "20240301000000Z");
  EXPECT_EQ(time_from_text("99991231235959Z").value(), always_end);
  for (const char* bad : {"", "20230229000000Z", "20240229240000Z", "202402292359Z",
                          "20240229235901", "2024022923590-Z", "20241301000000Z"})
    EXPECT_FALSE(time_from_text(bad)) << bad;
}

}  // namespace
}  // namespace karpspec::keytable
