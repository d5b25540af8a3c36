#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "noon.h"
#include "oracle/rpauth/checker.h"

// Every reason for which a packet of OSPFv2 or RIPv2 is refused.
namespace karpspec::oracle::rpauth {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

keytable::Row row(const char* name, const char* protocol, const char* id, const char* alg) {
  keytable::Row row;
  row.admin_key_name = name;
  row.local_key_name = id;
  row.peers = {"link"};
  row.protocol = protocol;
  row.kdf = "none";
  row.alg_id = alg;
  row.key = Secret(octets_of("a key"));
  return row;
}

template <class... Rows>
Checker checker(Rows&&... rows) {
  std::vector<keytable::Row> all;
  (all.push_back(std::forward<Rows>(rows)), ...);
  return Checker(std::move(all), 2);
}

wire::OspfPacket hello(std::uint8_t key_id, std::uint32_t sequence,
                       Algorithm algorithm = Algorithm::hmac_sha_256, const char* key = "a key",
                       const char* source = "192.0.2.1") {
  wire::OspfHeader header;
  header.area_id = 1;
  header.au_type = 2;
  header.key_id = key_id;
  header.sequence = sequence;
  return {*wire::IpAddress::from_text(source), *wire::IpAddress::from_text("224.0.0.5"),
          *protect(algorithm, octets_of(key), header, wire::OspfHello{})};
}

wire::RipPacket response(std::uint8_t key_id, std::uint32_t sequence,
                         Algorithm algorithm = Algorithm::md5, const char* key = "a key") {
  wire::RipMessage message;
  message.command = 2;
  message.authentication.emplace();
  message.authentication->type = 3;
  message.authentication->key_id = key_id;
  message.authentication->sequence = sequence;
  message.entries.resize(2);
  return {*wire::IpAddress::from_text("192.0.2.1"), *wire::IpAddress::from_text("224.0.0.9"),
          *protect(algorithm, octets_of(key), message)};
}

TEST(RoutingChecker, AcceptsWhatARowWasMadeWith) {
  for (const char* alg : {"md5", "hmac-sha-1", "hmac-sha-256", "hmac-sha-384", "hmac-sha-512"}) {
    Checker by = checker(row("one", "ospfv2", "1", alg), row("two", "rip", "0x02", alg));
    const Algorithm algorithm = *algorithm_from(alg);
    const Judgement ospf = by.check(hello(1, 7, algorithm), noon);
    EXPECT_TRUE(ospf.accepted()) << alg << ": " << ospf.detail;
    EXPECT_EQ(ospf.row, "one");
    EXPECT_EQ(ospf.sequence, 7U);
    EXPECT_TRUE(ospf.in_send_lifetime);
    const Judgement rip = by.check(response(2, 8, algorithm), noon);
    EXPECT_TRUE(rip.accepted()) << alg << ": " << rip.detail;
    EXPECT_EQ(rip.row, "two");
  }
}

TEST(RoutingChecker, SaysWhatIsToBlame) {
  Checker by = checker(row("one", "ospfv2", "1", "hmac-sha-256"), row("two", "rip", "2", "md5"));
  const auto refused = [](const Judgement& judgement, Reason reason, std::size_t offset,
                          const char* words) {
    EXPECT_EQ(judgement.reason, reason) << judgement.detail;
    EXPECT_EQ(judgement.offset, offset);
    EXPECT_THAT(judgement.detail, HasSubstr(words));
    EXPECT_NE(judgement.section, "");
    EXPECT_TRUE(judgement.refused());
  };
  refused(by.check(hello(9, 1), noon), Reason::unknown_key, 18, "Key ID 9 is");
  refused(by.check(hello(1, 1, Algorithm::hmac_sha_1), noon), Reason::digest_length, 19,
          "hmac-sha-256 of row 'one' makes 32");
  refused(by.check(hello(1, 1, Algorithm::hmac_sha_256, "another"), noon), Reason::digest, 44,
          "not that of row 'one'");
  refused(by.check(response(9, 1), noon), Reason::unknown_key, 10, "Key ID 9 is");
  refused(by.check(response(2, 1, Algorithm::hmac_sha_1), noon), Reason::digest_length, 11,
          "has 20 octets");
  refused(by.check(response(2, 1, Algorithm::md5, "another"), noon), Reason::digest, 68,
          "row 'two'");
  // No authentication, and one in the clear.
  wire::OspfHeader plain;
  plain.au_type = 1;
  refused(by.check(wire::OspfPacket{{}, {}, encode_ospf_hello(plain, {})}, noon),
          Reason::authentication, 14, "AuType is 1");
  refused(by.check(wire::RipPacket{{}, {}, wire::encode_rip({2, 2, {}, {{}}})}, noon),
          Reason::authentication, 4, "no authentication");
  refused(by.check(wire::OspfPacket{{}, {}, Octets(23)}, noon), Reason::header, 23, "24 octets");
  refused(by.check(wire::RipPacket{{}, {}, Octets(3)}, noon), Reason::header, 3, "4 octets");
}

// No bit of what is covered, and none of the digest, may be another.
TEST(RoutingChecker, RefusesEveryOtherBit) {
  Checker by = checker(row("one", "ospfv2", "1", "hmac-sha-256"), row("two", "rip", "2", "md5"));
  const wire::OspfPacket ospf = hello(1, 1);
  for (std::size_t bit = 0; bit < ospf.octets.size() * 8; ++bit) {
    wire::OspfPacket other = ospf;
    other.octets[bit / 8] = static_cast<std::uint8_t>(other.octets[bit / 8] ^ 1U << bit % 8);
    EXPECT_FALSE(by.check(other, noon).accepted()) << bit;
  }
  const wire::RipPacket rip = response(2, 1);
  for (std::size_t bit = 0; bit < rip.octets.size() * 8; ++bit) {
    wire::RipPacket other = rip;
    other.octets[bit / 8] = static_cast<std::uint8_t>(other.octets[bit / 8] ^ 1U << bit % 8);
    EXPECT_FALSE(by.check(other, noon).accepted()) << bit;
  }
}

TEST(RoutingChecker, HoldsRowsToTheirTimes) {
  keytable::Row one = row("one", "ospfv2", "1", "hmac-sha-256");
  one.send_lifetime_end = noon;
  one.accept_lifetime_end = noon + 60s;
  Checker by = checker(std::move(one));
  EXPECT_TRUE(by.check(hello(1, 1), noon).in_send_lifetime);
  const Judgement late = by.check(hello(1, 2), noon + 1s);
  EXPECT_TRUE(late.accepted());
  EXPECT_FALSE(late.in_send_lifetime);
  const Judgement over = by.check(hello(1, 3), noon + 61s);
  EXPECT_EQ(over.reason, Reason::key_not_valid);
  EXPECT_EQ(over.row, "one");
  EXPECT_THAT(over.detail, HasSubstr("20260101120101Z"));
  keytable::Row off = row("off", "ospfv2", "1", "hmac-sha-256");
  off.direction = keytable::Direction::disabled;
  Checker none = checker(std::move(off));
  EXPECT_EQ(none.check(hello(1, 1), noon).reason, Reason::key_not_valid);
}

// Two rows may have one Key ID at different times: the one that made the digest counts.
TEST(RoutingChecker, TriesEveryRowOfAKeyId) {
  keytable::Row old = row("old", "ospfv2", "1", "hmac-sha-256");
  old.accept_lifetime_end = noon - 1s;
  keytable::Row young = row("young", "ospfv2", "1", "hmac-sha-256");
  young.key = Secret(octets_of("another"));
  Checker by = checker(std::move(old), std::move(young));
  EXPECT_EQ(by.check(hello(1, 1, Algorithm::hmac_sha_256, "another"), noon).row, "young");
  EXPECT_EQ(by.check(hello(1, 1), noon).reason, Reason::key_not_valid);
}

TEST(RoutingChecker, LooksAtAreas) {
  keytable::Row here = row("here", "ospfv2", "1", "hmac-sha-256");
  here.peers = {"area 0.0.0.1"};
  Checker by = checker(std::move(here));
  EXPECT_TRUE(by.check(hello(1, 1), noon).accepted());
  keytable::Row number = row("number", "ospfv2", "1", "hmac-sha-256");
  number.peers = {"area 1"};
  Checker same = checker(std::move(number));
  EXPECT_TRUE(same.check(hello(1, 1), noon).accepted());
  keytable::Row there = row("there", "ospfv2", "1", "hmac-sha-256");
  there.peers = {"area 2"};
  Checker other = checker(std::move(there));
  EXPECT_EQ(other.check(hello(1, 1), noon).reason, Reason::unprotected);
  EXPECT_EQ(other.check(response(1, 1), noon).reason, Reason::unprotected);
}

TEST(RoutingChecker, KnowsASequenceThatGoesBack) {
  Checker by = checker(row("one", "ospfv2", "1", "hmac-sha-256"));
  EXPECT_TRUE(by.check(hello(1, 5), noon).accepted());
  EXPECT_TRUE(by.check(hello(1, 5), noon + 1s).accepted());
  const Judgement back = by.check(hello(1, 4), noon + 2s);
  EXPECT_EQ(back.reason, Reason::sequence);
  EXPECT_EQ(back.offset, 20U);
  // Another sender has its own; so has one that has been silent for as long as makes it dead.
  EXPECT_TRUE(
      by.check(hello(1, 1, Algorithm::hmac_sha_256, "a key", "192.0.2.9"), noon + 2s).accepted());
  EXPECT_TRUE(by.check(hello(1, 1), noon + 41s).accepted());
  // A forged one moves nothing.
  EXPECT_FALSE(by.check(hello(1, 99, Algorithm::hmac_sha_256, "another"), noon + 42s).accepted());
  EXPECT_TRUE(by.check(hello(1, 2), noon + 43s).accepted());
}

TEST(RoutingDigest, RefusesKeysThatItCannotTake) {
  EXPECT_EQ(digest(Algorithm::md5, Octets(17), {}).error().code, ErrorCode::bad_length);
  EXPECT_EQ(digest(Algorithm::hmac_sha_1, {}, {}).error().code, ErrorCode::bad_length);
  EXPECT_FALSE(algorithm_from("HMAC-SHA-1-96"));
}

}  // namespace
}  // namespace karpspec::oracle::rpauth
