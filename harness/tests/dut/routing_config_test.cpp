#include <gmock/gmock.h>

#include "dut/adapters/bird.h"
#include "dut/adapters/frr_config.h"
#include "dut/adapters/routing_row.h"

// What rows of the key table come to in FRR's and BIRD's configuration, without either.
namespace karpspec::dut {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

Json fields(const char* id, const char* protocol, const char* alg = "md5") {
  return {{"AdminKeyName", "core"},
          {"LocalKeyName", id},
          {"Peers", "link"},
          {"Protocol", protocol},
          {"KDF", "none"},
          {"AlgID", alg},
          {"Key", to_hex(octets_of("secret"))},
          {"Direction", "both"},
          {"SendLifetimeStart", "19700101000000Z"},
          {"SendLifetimeEnd", "99991231235959Z"},
          {"AcceptLifetimeStart", "19700101000000Z"},
          {"AcceptLifetimeEnd", "99991231235959Z"}};
}
keytable::Row row(const Json& from) {
  auto read = routing_row(from);
  EXPECT_TRUE(read) << to_string(read.error());
  return read ? *std::move(read) : keytable::Row{};
}
std::vector<keytable::Row> rows(const Json& from) {
  std::vector<keytable::Row> out;
  out.push_back(row(from));
  return out;
}

TEST(RoutingRow, IsReadOrHasNoPlace) {
  EXPECT_EQ(row(fields("0x07", "rip")).local_key_name, "7");
  const auto refusal = [](const char* field, const Json& value) {
    Json other = fields("7", "rip");
    other[field] = value;
    const auto read = routing_row(other);
    EXPECT_FALSE(read) << field;
    return read ? Error{} : read.error();
  };
  for (const auto& [field, value] :
       std::vector<std::pair<const char*, Json>>{{"Protocol", "isis"},
                                                 {"KDF", "HMAC-SHA-1"},
                                                 {"AlgID", "HMAC-SHA-1-96"},
                                                 {"LocalKeyName", "256"},
                                                 {"LocalKeyName", 7},
                                                 {"PeerKeyName", "9"},
                                                 {"Key", "no octets"},
                                                 {"Key", ""},
                                                 {"Direction", "in"},
                                                 {"Interfaces", {"eth0"}},
                                                 {"Peers", Json::array()},
                                                 {"SendLifetimeEnd", "tomorrow"},
                                                 {"SendLifetimeEnd", "19690101000000Z"}})
    EXPECT_EQ(refusal(field, value).code, ErrorCode::unsupported);
  EXPECT_EQ(routing_row(Json::object()).error().code, ErrorCode::unsupported);
  EXPECT_FALSE(routing_row(fields("7", "bgp"))) << "keys of TCP MD5 have no names";
}

TEST(RoutingRow, IsChanged) {
  keytable::Row changed = row(fields("7", "rip"));
  ASSERT_TRUE(change_routing_row(
      changed, {{"direction", "disabled"}, {"expires", "20300101000000Z"}, {"overlap", 60}}));
  EXPECT_EQ(changed.direction, keytable::Direction::disabled);
  EXPECT_EQ(keytable::to_text(changed.send_lifetime_end), "20300101000000Z");
  EXPECT_EQ(keytable::to_text(changed.accept_lifetime_end), "20300101000100Z");
  EXPECT_FALSE(change_routing_row(changed, {{"direction", "out"}}));
}

TEST(FrrConfig, HasKeyChainsForRip) {
  Json one = fields("7", "rip");
  one["SendLifetimeEnd"] = "20301231235959Z";
  const auto lines = frr_commands({}, rows(one), "eth0", "192.0.2.2");
  EXPECT_THAT(lines, Contains("key 7"));
  EXPECT_THAT(lines, Contains("key-string secret"));
  EXPECT_THAT(lines, Contains("send-lifetime 00:00:00 Jan 1 1993 23:59:59 Dec 31 2030"));
  EXPECT_THAT(lines, Contains("accept-lifetime 00:00:00 Jan 1 1993 infinite"));
  EXPECT_THAT(lines, Contains("ip rip authentication mode md5 auth-length rfc"));
  const auto gone = frr_commands(rows(one), {}, "eth0", "192.0.2.2");
  EXPECT_THAT(gone, Contains("no key 7"));
  EXPECT_THAT(gone, Not(Contains("router rip")));
}

TEST(FrrConfig, KnowsWhatFrrCannot) {
  EXPECT_EQ(frr_cannot(row(fields("7", "ospfv2")), {}), "");
  EXPECT_THAT(frr_cannot(row(fields("7", "ospfv2", "hmac-sha-256")), {}), HasSubstr("has no"));
  Json timed = fields("7", "ospfv2");
  timed["SendLifetimeEnd"] = "20301231235959Z";
  EXPECT_THAT(frr_cannot(row(timed), {}), HasSubstr("without lifetimes"));
  timed["Protocol"] = "rip";
  EXPECT_EQ(frr_cannot(row(timed), {}), "");
  timed["SendLifetimeEnd"] = "20361231235959Z";
  EXPECT_THAT(frr_cannot(row(timed), {}), HasSubstr("1993 to 2035"));
  Json spaced = fields("7", "rip");
  spaced["Key"] = to_hex(octets_of("two words"));
  EXPECT_THAT(frr_cannot(row(spaced), {}), HasSubstr("one printable word"));
}

TEST(FrrConfig, IsReadBack) {
  const auto read = frr_keys(
      "key chain karpspec\n key 7\n  accept-lifetime 00:00:00 Jan 01 1993 infinite\n"
      "  key-string secret\n  send-lifetime 12:30:00 Feb 29 2028 23:59:59 Dec 31 2030\n exit\n"
      "exit\n!\ninterface eth0\n ip ospf message-digest-key 5 md5 other\nexit\n!\n"
      "router bgp 65001\n neighbor 192.0.2.2 password third\nexit\n");
  ASSERT_TRUE(read) << to_string(read.error());
  ASSERT_EQ(read->size(), 3U);
  const Json& rip = (*read)[0];
  EXPECT_EQ(rip["LocalKeyName"], "7");
  EXPECT_EQ(rip["Key"], to_hex(octets_of("secret")));
  EXPECT_EQ(rip["SendLifetimeStart"], "20280229123000Z");
  EXPECT_EQ(rip["SendLifetimeEnd"], "20301231235959Z");
  EXPECT_EQ(rip["AcceptLifetimeStart"], "19700101000000Z");
  EXPECT_EQ(rip["AcceptLifetimeEnd"], "99991231235959Z");
  EXPECT_EQ((*read)[1]["Protocol"], "ospfv2");
  EXPECT_EQ((*read)[1]["LocalKeyName"], "5");
  EXPECT_EQ((*read)[2]["Key"], to_hex(octets_of("third")));
  EXPECT_FALSE(frr_keys("key chain c\n key 1\n  send-lifetime 1 2 3\n"));
}

TEST(BirdConfig, HasPasswordsWithLifetimes) {
  Json one = fields("7", "ospfv2", "hmac-sha-384");
  one["AcceptLifetimeEnd"] = "20301231235959Z";
  EXPECT_THAT(bird_config(rows(one), "eth0", "192.0.2.1", "192.0.2.2"),
              HasSubstr("password \"secret\" { id 7; algorithm hmac sha384; accept to "
                        "\"2030-12-31 23:59:59\"; };"));
  Json bgp = fields("", "bgp");
  bgp["Peers"] = {"192.0.2.2"};
  EXPECT_EQ(bird_cannot(row(bgp), {}), "");
  EXPECT_THAT(bird_cannot(row(bgp), rows(bgp)), HasSubstr("one key"));
  EXPECT_THAT(bird_config(rows(bgp), "eth0", "192.0.2.1", "192.0.2.2"),
              HasSubstr("neighbor 192.0.2.2 as 65002; password \"secret\";"));
  one["Direction"] = "disabled";
  EXPECT_THAT(bird_config(rows(one), "eth0", "192.0.2.1", "192.0.2.2"),
              Not(HasSubstr("protocol ospf")));
}

}  // namespace
}  // namespace karpspec::dut
