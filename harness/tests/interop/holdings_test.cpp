// What devices say that they have, and what they lack for an exchange to be complete.
#include "interop/holdings.h"

#include <gmock/gmock.h>

namespace karpspec::interop {
namespace {

using Action = Exchange::Action;
using dut::Json;
using testing::HasSubstr;

Json sa(const std::string& spi_i, const std::string& state, Json children = Json::array()) {
  return {{"peer", "peer"},      {"spi_i", spi_i}, {"spi_r", "00000000000000bb"},
          {"role", "initiator"}, {"state", state}, {"children", std::move(children)}};
}
Json esp(unsigned in, unsigned out) {
  return Json::array({{{"kind", "esp"}, {"spi_in", in}, {"spi_out", out}}});
}
Json key(unsigned send, unsigned receive, unsigned algorithm = 1) {
  return Json::array({{{"kind", "tcp-ao"},
                       {"protocol", "BGP"},
                       {"send_id", send},
                       {"recv_id", receive},
                       {"auth_alg", algorithm},
                       {"kdf", algorithm}}});
}
Holdings held(Json list) {
  // Compilers differ in whether {x} is a list of x or x itself.
  if (list.is_object())
    list = Json::array({std::move(list)});
  const auto out = holdings_of(Json::object({{"sas", std::move(list)}}));
  EXPECT_TRUE(out) << out.error().message;
  return out.value_or(Holdings());
}

const std::string one = "00000000000000aa", two = "00000000000000ac";

TEST(Holdings, RefuseWhatIsNoAnswer) {
  EXPECT_FALSE(holdings_of(Json::object()));
  EXPECT_FALSE(holdings_of(Json("x")));
  const auto wrong =
      holdings_of(Json::object({{"sas", Json::array({Json::object({{"spi_i", 1}})})}}));
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("without 'spi_i'"));
}

TEST(Holdings, InitialNeedsAnSaThatStandsAndItsChild) {
  EXPECT_EQ(lacks(Action::initial, {}, {}), "has no IKE SA");
  EXPECT_EQ(lacks(Action::initial, {}, held({sa(one, "half-open")})), "has no IKE SA");
  EXPECT_EQ(lacks(Action::initial, {}, held({sa(one, "established")})), "has no child");
  EXPECT_EQ(lacks(Action::initial, {}, held({sa(one, "established", esp(1, 2))})), "");
}

TEST(Holdings, ARekeyEndsTheOldAndMakesTheNew) {
  const Holdings before = held({sa(one, "established", esp(1, 2))});
  EXPECT_EQ(lacks(Action::rekey_child, before, before), "has no new child");
  EXPECT_EQ(lacks(Action::rekey_child, before,
                  held({sa(one, "established", Json::array({esp(1, 2)[0], esp(3, 4)[0]}))})),
            "still has the old child");
  EXPECT_EQ(lacks(Action::rekey_child, before, held({sa(one, "established", esp(3, 4))})), "");
  EXPECT_EQ(lacks(Action::rekey_ike, before, before), "has no new IKE SA");
  EXPECT_EQ(lacks(Action::rekey_ike, before,
                  held({sa(one, "established"), sa(two, "established", esp(1, 2))})),
            "still has the old IKE SA");
  EXPECT_EQ(lacks(Action::rekey_ike, before,
                  held({sa(one, "rekeyed", esp(1, 2)), sa(two, "established")})),
            "has no child below the new IKE SA");
  EXPECT_EQ(lacks(Action::rekey_ike, before,
                  held({sa(one, "closing"), sa(two, "established", esp(1, 2))})),
            "");
}

// Profile P-10 and P-11.
TEST(Holdings, KeysMayLingerAtTheOtherEndForTheOverlap) {
  const Holdings before = held({sa(one, "established", key(1, 2))});
  const Holdings both = held({sa(one, "established", Json::array({key(1, 2)[0], key(3, 4)[0]}))});
  EXPECT_EQ(lacks(Action::rekey_child, before, before), "has no new child");
  EXPECT_EQ(lacks(Action::rekey_child, before, both), "");
  // Whether it was withdrawn is for who watches the wire to say.
  EXPECT_EQ(lacks(Action::delete_child, before, before), "");
  const Holdings mirrored = held({sa(one, "established", key(2, 1))});
  EXPECT_EQ(disagreement(held({sa(one, "established")}), mirrored), "");
  EXPECT_EQ(disagreement(mirrored, held({sa(one, "established")})), "they name other children");
}

TEST(Holdings, ADeleteLeavesNoMoreThanItSays) {
  const Holdings before = held({sa(one, "established", esp(1, 2))});
  EXPECT_EQ(lacks(Action::delete_child, before, before), "still has the child");
  EXPECT_EQ(lacks(Action::delete_child, before, held({sa(one, "established")})), "");
  EXPECT_EQ(lacks(Action::delete_child, before, {}), "has no IKE SA");
  EXPECT_EQ(lacks(Action::delete_ike, before, before), "still has the IKE SA");
  EXPECT_EQ(lacks(Action::delete_ike, before, {}), "");
  EXPECT_EQ(lacks(Action::liveness, before, before), "");
  EXPECT_EQ(lacks(Action::liveness, before, {}), "has no IKE SA");
}

TEST(Holdings, BothSidesNameTheSame) {
  const Holdings a = held({sa(one, "established", esp(1, 2))});
  EXPECT_EQ(disagreement(a, held({sa(one, "established", esp(2, 1))})), "");
  EXPECT_EQ(disagreement(a, held({sa(one, "established", esp(1, 2))})), "they name other children");
  EXPECT_EQ(disagreement(a, held({sa(two, "established", esp(2, 1))})), "they name other IKE SAs");
  EXPECT_EQ(disagreement(a, {}), "they name other IKE SAs");
  const Holdings k = held({sa(one, "established", key(7, 9))});
  EXPECT_EQ(disagreement(k, held({sa(one, "established", key(9, 7))})), "");
  EXPECT_EQ(disagreement(k, held({sa(one, "established", key(7, 9))})), "they name other children");
  EXPECT_EQ(disagreement(k, held({sa(one, "established", key(9, 7, 2))})),
            "they name other children");
}

TEST(Holdings, AreSaidInWords) {
  EXPECT_EQ(in_words({}), "nothing");
  EXPECT_EQ(in_words(held({sa(one, "established", esp(1, 2))})),
            "IKE SA 00000000000000aa/00000000000000bb established, esp in 1 out 2");
}

}  // namespace
}  // namespace karpspec::interop
