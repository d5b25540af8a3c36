#include "tests/oracle/managed_router.h"

// Rows by management beside those of RKMP (profile P-120 to P-139).
namespace karpspec::oracle {
namespace {

using keytable::Field;
using operations::Management;
using operations::RowChange;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(Management, ARefusalNamesRowFieldRuleAndClause) {
  TwoRouters net = with_rules();
  net.power_on();
  Management& keys = net.a().management(net.now);
  keytable::RowText text = bgp_row("core", "300", "1", "192.0.2.2");
  set(text, Field::Direction, "in");
  const auto refused = keys.add("default", text);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::bad_value);
  EXPECT_THAT(refused.error().message,
              HasSubstr("row 'core', Direction: 'in' is no direction of bgp (TCP-AO), expected one "
                        "of: both, disabled [direction, RFC 5925 section 3.1]"));
  EXPECT_THAT(refused.error().message, HasSubstr("row 'core', LocalKeyName: "));
  EXPECT_THAT(refused.error().message, HasSubstr("[key-name-size, "));
  EXPECT_THAT(refused.error().message, Not(HasSubstr("000102")));
  EXPECT_THAT(net.a().key_table().rows(), IsEmpty());
}

TEST(Management, WithoutRulesThereAreNoRowsByHand) {
  TwoRouters net;
  net.power_on();
  const auto refused =
      net.a().management(net.now).add("default", bgp_row("core", "1", "2", "192.0.2.2"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
}

TEST(Management, EveryVrfHasATableOfItsOwn) {
  TwoRouters net = with_rules();
  net.power_on();
  Management& keys = net.a().management(net.now);
  ASSERT_TRUE(keys.add("red", bgp_row("core", "1", "2", "192.0.2.2")));
  ASSERT_TRUE(keys.add("blue", bgp_row("core", "3", "4", "192.0.2.2")));
  EXPECT_EQ(keys.table("green"), nullptr);
  EXPECT_THAT(net.a().key_table().rows(), IsEmpty());
  const operations::Subject red{"red", "bgp", "192.0.2.2", ""};
  EXPECT_EQ(keys.name_of(*keys.to_send(red, net.now, {})), "2");
  EXPECT_THAT(keys.to_accept(red, net.now, "3"), IsEmpty());
  EXPECT_EQ(keys.remove("green", "core").error().code, ErrorCode::not_found);
}

TEST(Management, ARowOfRkmpsIsWithdrawnOrDisabledAndNotChanged) {
  TwoRouters net = with_rules();
  net.establish();
  ASSERT_THAT(net.a().key_table().rows(), SizeIs(1));
  const std::string name = net.a().key_table().rows().front().admin_key_name;
  Management& keys = net.a().management(net.now);
  RowChange longer;
  longer.send_end = keytable::always_end;
  EXPECT_THAT(keys.change({{}, name}, longer).error().message, HasSubstr("is rkmp's"));
  EXPECT_FALSE(keys.replace("default", bgp_row(name, "1", "2", "192.0.2.2")));
  RowChange disabled;
  disabled.direction = keytable::Direction::disabled;
  EXPECT_TRUE(keys.change({{}, name}, disabled));
  EXPECT_EQ(keys.to_send({"default", "bgp", "192.0.2.2", ""}, net.now, {}), nullptr);
  EXPECT_TRUE(keys.remove("default", name));
  net.send(net.a().tick(net.now));
  net.deliver();
  EXPECT_THAT(net.a().key_table().rows(), IsEmpty());
  ASSERT_THAT(net.b().key_table().rows(), SizeIs(1));
  EXPECT_FALSE(net.b().key_table().rows().front().may_send(net.now + 1s))
      << "its peer has been told";
}

TEST(Management, WhatAChangeResultsInIsHeldAgainstTheRules) {
  TwoRouters net = with_rules();
  net.power_on();
  Management& keys = net.a().management(net.now);
  ASSERT_TRUE(keys.add("default", bgp_row("core", "1", "2", "192.0.2.2")));
  RowChange change;
  change.direction = keytable::Direction::in;
  EXPECT_THAT(keys.change({{}, "core"}, change).error().message, HasSubstr("[direction, "));
  change = {};
  change.send_start = net.now + 1h;
  change.send_end = net.now;
  EXPECT_THAT(keys.change({{}, "core"}, change).error().message, HasSubstr("[lifetime-order, "));
  change.send_end = net.now + 2h;
  ASSERT_TRUE(keys.change({{"default", "bgp", "192.0.2.2", ""}, ""}, change));
  EXPECT_EQ(keys.to_send({"default", "bgp", "192.0.2.2", ""}, net.now, {}), nullptr);
}

}  // namespace
}  // namespace karpspec::oracle
