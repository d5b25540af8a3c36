// The keys in a log that charon has written.
#include "dut/adapters/charon_keys.h"

#include <gmock/gmock.h>

#include "dut/adapters/strongswan_config.h"

namespace karpspec::dut {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::string key(const std::string& thread, const std::string& name, const std::string& octets,
                std::size_t size) {
  return thread + "[IKE] Sk_" + name + " secret => " + std::to_string(size) + " bytes @ 0x7f01\n" +
         thread + "[IKE]    0: " + octets + "  ................\n";
}

std::string set(const std::string& thread, const std::string& first) {
  const std::string octets = first + " 02 03 04";
  return key(thread, "d", octets, 4) + key(thread, "ai", octets, 4) + key(thread, "ar", octets, 4) +
         key(thread, "ei", octets, 4) + key(thread, "er", octets, 4) +
         key(thread, "pi", octets, 4) + key(thread, "pr", octets, 4);
}

TEST(CharonKeys, AreSetsThatBeginWithTheFirstKey) {
  const auto sets = charon_keys("00[IKE] SKEYSEED => 4 bytes @ 0x1\n00[IKE]    0: FF FF FF FF\n" +
                                set("05", "01") + set("05", "11"));
  ASSERT_THAT(sets, SizeIs(2));
  EXPECT_EQ(to_hex(sets[0].keys.SK_ei.view()), "01020304");
  EXPECT_EQ(to_hex(sets[1].keys.SK_pr.view()), "11020304");
  EXPECT_EQ(sets[0].spi_i, 0U);
  EXPECT_FALSE(sets[0].suite);
}

TEST(CharonKeys, OfThreadsBetweenOneAnother) {
  const std::string a = set("05", "01"), b = set("12", "11");
  std::string mixed;
  for (std::size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    const auto take = [&mixed](const std::string& from, std::size_t& at) {
      if (at >= from.size())
        return;
      const auto end = from.find('\n', at) + 1;
      mixed += from.substr(at, end - at);
      at = end;
    };
    take(a, i);
    take(b, j);
  }
  const auto sets = charon_keys(mixed);
  ASSERT_THAT(sets, SizeIs(2));
  EXPECT_EQ(to_hex(sets[0].keys.SK_er.view()), "01020304");
  EXPECT_EQ(to_hex(sets[1].keys.SK_er.view()), "11020304");
}

TEST(CharonKeys, GoOnOverLines) {
  const std::string line = "01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10";
  std::string log = set("05", "01");
  log += "05[IKE] Sk_d secret => 20 bytes @ 0x1\n05[IKE]    0: " + line +
         "  AA BB text\n05[IKE]   16: 11 12 13 14  ....\n";
  log += key("05", "ei", "01 02", 2) + key("05", "er", "03 04", 2) + key("05", "pi", "05 06", 2) +
         key("05", "pr", "07 08", 2);
  const auto sets = charon_keys(log);
  ASSERT_THAT(sets, SizeIs(2));
  EXPECT_EQ(to_hex(sets[1].keys.SK_d.view()), "0102030405060708090a0b0c0d0e0f1011121314");
  EXPECT_THAT(sets[1].keys.SK_ai.view(), IsEmpty()) << "an AEAD has none";
}

TEST(CharonKeys, WhatIsNotWholeIsLeftOut) {
  std::string log = set("05", "01");
  EXPECT_THAT(charon_keys(log.substr(0, log.rfind("05[IKE] "))), IsEmpty());
  EXPECT_THAT(charon_keys(""), IsEmpty());
  EXPECT_THAT(charon_keys("05[IKE] Sk_ei secret => 4 bytes @ 0x1\n05[IKE]    0: 01 02 03 04\n"),
              IsEmpty());
  EXPECT_THAT(charon_keys("05[IKE] Sk_d secret => x\n05[IKE]    0: zz\nnothing\n"), IsEmpty());
}

// Errors quote the ordinary log.
TEST(CharonKeys, GoToALogOfTheirOwn) {
  const Json params = {{"identity", {{"type", "ID_FQDN"}, {"value", "x"}}}};
  const auto quiet = charon_config(params, {"192.0.2.1", 500}, "/mnt/vici");
  ASSERT_TRUE(quiet) << quiet.error().message;
  EXPECT_THAT(quiet->strongswan_conf, Not(HasSubstr("ike = 4")));
  const auto telling = charon_config(params, {"192.0.2.1", 500}, "/mnt/vici", false, true);
  ASSERT_TRUE(telling) << telling.error().message;
  const auto at = telling->strongswan_conf.find("ike = 4");
  ASSERT_NE(at, std::string::npos);
  EXPECT_LT(telling->strongswan_conf.find("path = stderr"), at);
  EXPECT_THAT(telling->strongswan_conf.substr(at), HasSubstr("path = /mnt/keys.log"));
}

}  // namespace
}  // namespace karpspec::dut
