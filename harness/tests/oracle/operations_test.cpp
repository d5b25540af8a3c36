#include "tests/oracle/managed_router.h"

// Associations, expiry, groups and backups (profile P-126 to P-132).
namespace karpspec::oracle {
namespace {

using operations::ExpiryPolicy;
using operations::Management;
using operations::RowGroup;
using operations::Subject;
using operations::TableText;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const Subject with_b{"default", "bgp", "192.0.2.2", ""};

keytable::RowText until(keytable::RowText text, Time end) {
  set(text, Field::SendLifetimeEnd, keytable::to_text(end));
  set(text, Field::AcceptLifetimeEnd, keytable::to_text(end));
  return text;
}

std::vector<std::string> levels(const Router& router) {
  std::vector<std::string> out;
  for (const Event& event : router.events())
    if (event.kind == "expiry-notice")
      out.push_back(event.fields.at("level"));
  return out;
}

bool is_up(TwoRouters& net) {
  return net.a().associations(net.now).all().at(0).up;
}

TEST(Operations, AnAssociationFailsWhenItsKeyExpiresAndComesBackWithAnotherOne) {
  TwoRouters net = with_rules();
  net.power_on();
  ASSERT_TRUE(net.a().management(net.now).add(
      "default", until(bgp_row("core", "1", "2", "192.0.2.2"), net.now + 1h)));
  net.a().associations(net.now).open(with_b);
  EXPECT_TRUE(is_up(net));
  net.run(1h);
  EXPECT_TRUE(is_up(net)) << "both ends count";
  net.run(1s);
  EXPECT_FALSE(is_up(net));
  ASSERT_TRUE(net.a().management(net.now).add("default", bgp_row("spare", "3", "4", "192.0.2.2")));
  net.send(net.a().tick(net.now));
  EXPECT_TRUE(is_up(net));
}

TEST(Operations, AnAssociationGoesOnWithItsExpiredKeyWhereThePolicySaysSo) {
  TwoRouters net = with_rules();
  net.power_on();
  ASSERT_TRUE(net.a().management(net.now).add(
      "default", until(bgp_row("core", "1", "2", "192.0.2.2"), net.now + 1h)));
  net.a().associations(net.now).set_policy("default", "", ExpiryPolicy::go_on);
  net.a().associations(net.now).open(with_b);
  net.run(24h);
  EXPECT_TRUE(is_up(net));
  EXPECT_TRUE(net.a().associations(net.now).all().at(0).expired);
  net.a().associations(net.now).set_policy("default", "bgp", ExpiryPolicy::fail);
  net.send(net.a().tick(net.now));
  EXPECT_FALSE(is_up(net)) << "the protocol's own policy comes first";
  ASSERT_TRUE(net.a().management(net.now).remove("default", "core"));
  EXPECT_FALSE(net.a().associations(net.now).close({"red", "bgp", "192.0.2.2", ""}));
  EXPECT_TRUE(net.a().associations(net.now).close(with_b));
  EXPECT_THAT(net.a().associations(net.now).all(), IsEmpty());
}

TEST(Operations, NoticesOfExpiryBecomeMoreUrgent) {
  TwoRouters net = with_rules();
  net.power_on();
  keytable::RowText text = until(bgp_row("core", "1", "2", "192.0.2.2"), net.now + 1000s);
  set(text, Field::SendLifetimeStart, keytable::to_text(net.now));
  ASSERT_TRUE(net.a().management(net.now).add("default", text));
  net.run(899s);
  EXPECT_THAT(levels(net.a()), IsEmpty());
  net.run(2s);
  EXPECT_THAT(levels(net.a()), ElementsAre("notice"));
  operations::RowChange longer;
  longer.send_end = longer.accept_end = net.now + 1000s;
  ASSERT_TRUE(net.a().management(net.now).change({{}, "core"}, longer));
  net.run(500s);
  EXPECT_THAT(levels(net.a()), SizeIs(1)) << "that was of another end";
  net.run(502s);
  EXPECT_THAT(levels(net.a()), ElementsAre("notice", "notice", "warning", "error", "critical"));
}

// A key that is sent for ever and accepted for a while is of use for that while.
TEST(Operations, NoticesCountWhatEndsFirst) {
  TwoRouters net = with_rules();
  net.power_on();
  keytable::RowText text = bgp_row("core", "1", "2", "192.0.2.2");
  set(text, Field::AcceptLifetimeStart, keytable::to_text(net.now));
  set(text, Field::AcceptLifetimeEnd, keytable::to_text(net.now + 1000s));
  ASSERT_TRUE(net.a().management(net.now).add("default", text));
  net.run(899s);
  EXPECT_THAT(levels(net.a()), IsEmpty());
  net.run(2s);
  EXPECT_THAT(levels(net.a()), ElementsAre("notice"));
}

TEST(Operations, MembersInheritTheRowsOfTheirGroupUntilTheyHaveTheirOwn) {
  TwoRouters net = with_rules();
  net.power_on();
  Management& keys = net.a().management(net.now);
  RowGroup group;
  group.name = "ibgp";
  group.protocol = "bgp";
  group.members = {"192.0.2.2", "192.0.2.3"};
  ASSERT_TRUE(keys.set_group(std::move(group)));
  keytable::RowText text = bgp_row("common", "1", "2", "");
  text[Field::Peers] = {};
  ASSERT_TRUE(keys.add_to_group("default", "ibgp", text));
  EXPECT_EQ(keys.to_send(with_b, net.now, {})->admin_key_name, "common@192.0.2.2");
  EXPECT_THAT(keys.remove("default", "common@192.0.2.2").error().message, HasSubstr("P-131"));
  EXPECT_FALSE(keys.add("default", bgp_row("common", "5", "6", "192.0.2.9")));
  // The same KeyID as the group's: it takes the place of that key.
  ASSERT_TRUE(keys.add("default", bgp_row("own", "1", "2", "192.0.2.2")));
  EXPECT_EQ(keys.to_send(with_b, net.now, {})->admin_key_name, "own");
  EXPECT_FALSE(keys.add("default", bgp_row("beside", "1", "9", "192.0.2.3"), true));
  ASSERT_TRUE(keys.remove("default", "own"));
  EXPECT_EQ(keys.to_send(with_b, net.now, {})->admin_key_name, "common@192.0.2.2");
  ASSERT_TRUE(keys.remove("default", "common"));
  EXPECT_THAT(net.a().key_table().rows(), IsEmpty());
}

TEST(Operations, ABackupIsTakenWholeOrNotAtAll) {
  TwoRouters net = with_rules();
  net.establish();
  Management& keys = net.a().management(net.now);
  ASSERT_TRUE(keys.add("default", bgp_row("core", "201", "202", "192.0.2.2")));
  const auto table_with = [](keytable::RowText first, keytable::RowText second) {
    std::vector<TableText> tables(2);
    tables[0].vrf = "default";
    tables[0].rows.push_back(std::move(first));
    tables[1].vrf = "red";
    tables[1].rows.push_back(std::move(second));
    return tables;
  };
  const auto refused = keys.import(table_with(bgp_row("good", "203", "204", "192.0.2.2"),
                                              bgp_row("bad", "999", "1", "192.0.2.2")));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("row 'bad', LocalKeyName"));
  EXPECT_NE(net.a().key_table().find("core"), nullptr);
  ASSERT_TRUE(keys.import(table_with(bgp_row("good", "203", "204", "192.0.2.2"),
                                     bgp_row("tenant", "1", "2", "192.0.2.2"))));
  EXPECT_EQ(net.a().key_table().find("core"), nullptr);
  EXPECT_THAT(net.a().key_table().rows(), SizeIs(2)) << "the automated row stays";
  ASSERT_NE(keys.table("red"), nullptr);
  EXPECT_NE(keys.table("red")->find("tenant"), nullptr);
  EXPECT_THAT(keys.backup(), SizeIs(2));
}

}  // namespace
}  // namespace karpspec::oracle
