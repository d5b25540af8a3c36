#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "keyserver_lab.h"
#include "oracle/keyserver/security_state.h"

// GSPD and SAD of a router, and ESP with integrity alone (suites/profile.md, P-246, P-251, P-252,
// P-258; RFC 4301, RFC 4303, RFC 5374).
namespace karpspec::oracle::keyserver {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Fate = SecurityState::Fate;

wire::IpAddress at(const char* text) {
  return *wire::IpAddress::from_text(text);
}

GroupKeys keys_from(const char* speaker, const char* source, std::uint32_t spi,
                    std::uint8_t octet = 1) {
  GroupKeys out;
  out.group = {speaker, "", "lan", "pim"};
  out.source = at(source);
  DataKey key;
  key.key.id = spi;
  key.key.algorithm = 2;
  key.key.key = Secret(Octets(32, octet));
  key.key.times = {begin, begin, begin + 1h, begin + 1h + 30s};
  key.order = {1, 1};
  out.highest = key.order;
  out.keys.push_back(std::move(key));
  return out;
}

// Two routers on one link.
class Pair {
 public:
  explicit Pair(Mode mode = Mode::require, Habit habit = Habit::proper)
      : a({{"lan", "", at("192.0.2.1")}}, Habit::proper),
        b({{"lan", "", at("192.0.2.2")}, {"wan", "", at("198.51.100.2")}}, habit) {
    a.set_mode(a.interfaces()[0], Mode::require, {}, begin);
    b.set_mode(b.interfaces()[0], mode, {}, begin);
    a.set_outbound(keys_from("a", "192.0.2.1", 1000), true);
    (void)b.set_inbound(keys_from("a", "192.0.2.1", 1000), Origin::lks, begin);
  }
  Octets sent(Octets payload = {1, 2, 3}, Time now = begin) {
    return a.send(a.interfaces()[0], "pim", 103, std::move(payload), now).octets;
  }
  SecurityState::In taken(const Octets& octets, const char* source = "192.0.2.1",
                          const char* destination = "224.0.0.13", Time now = begin) {
    return b.receive_esp(b.interfaces()[0], at(source), destination, octets, now);
  }
  SecurityState a, b;
};

TEST(Esp, HasIntegrityAlone) {
  const Secret key(Octets(32, 7));
  for (std::size_t size = 0; size < 9; ++size) {
    const EspPacket packet{1000, 5, 103, Octets(size, 0xaa)};
    const auto octets = seal_esp(packet, 2, key);
    ASSERT_TRUE(octets);
    EXPECT_EQ((octets->size() - 16) % 4, 0U);
    const auto back = open_esp(*octets, 2, key);
    ASSERT_TRUE(back) << to_string(back.error());
    EXPECT_EQ(back->spi, 1000U);
    EXPECT_EQ(back->sequence, 5U);
    EXPECT_EQ(back->next_header, 103);
    EXPECT_EQ(back->payload, packet.payload);
    for (std::size_t i = 0; i < octets->size(); ++i) {
      Octets spoilt = *octets;
      spoilt[i] ^= 1;
      EXPECT_EQ(open_esp(spoilt, 2, key).error().code, ErrorCode::not_authentic);
    }
  }
}

TEST(Esp, HasTheIcvOfItsAlgorithm) {
  const std::size_t icv[] = {12, 16, 24, 32, 12};
  const std::size_t keys[] = {20, 32, 48, 64, 16};
  for (std::uint16_t algorithm = 1; algorithm <= 5; ++algorithm) {
    const auto octets =
        seal_esp({1, 1, 103, Octets(2)}, algorithm, Secret(Octets(keys[algorithm - 1], 1)));
    ASSERT_TRUE(octets);
    EXPECT_EQ(octets->size(), 12 + icv[algorithm - 1]);
  }
  EXPECT_EQ(seal_esp({}, 6, Secret(Octets(32))).error().code, ErrorCode::unsupported);
  EXPECT_EQ(open_esp(Octets(25), 2, Secret(Octets(32))).error().code, ErrorCode::truncated);
}

TEST(SecurityState, FindsAnSaBySpiDestinationAndSource) {
  Pair pair;
  EXPECT_TRUE(pair.taken(pair.sent()).taken);
  EXPECT_THAT(pair.taken(pair.sent(), "192.0.2.3").why, HasSubstr("no SA"));
  EXPECT_THAT(pair.taken(pair.sent(), "192.0.2.1", "224.0.0.5").why, HasSubstr("no SA"));
  Octets other = pair.sent();
  other[3] ^= 1;
  EXPECT_THAT(pair.taken(other).why, HasSubstr("no SA"));
  // Another speaker may have chosen the same SPI.
  EXPECT_FALSE(pair.b.set_inbound(keys_from("c", "192.0.2.3", 1000, 9), Origin::lks, begin));
  EXPECT_EQ(pair.taken(pair.sent()).speaker, "a");
  EXPECT_THAT(pair.taken(pair.sent(), "192.0.2.3").why, HasSubstr("ICV"));
}

TEST(SecurityState, TakesAPacketOnce) {
  Pair pair;
  const Octets first = pair.sent(), second = pair.sent();
  EXPECT_TRUE(pair.taken(second).taken);
  EXPECT_TRUE(pair.taken(first).taken) << "out of order, within the window";
  EXPECT_THAT(pair.taken(first).why, HasSubstr("before"));
  EXPECT_THAT(pair.taken(second).why, HasSubstr("before"));
  const Octets late = pair.sent();
  for (int i = 0; i < 64; ++i)
    EXPECT_TRUE(pair.taken(pair.sent()).taken);
  EXPECT_FALSE(pair.taken(late).taken) << "behind the window";
  // What was not authentic has moved nothing.
  Octets forged = pair.sent();
  forged[4] = 0x70;
  EXPECT_FALSE(pair.taken(forged).taken);
  EXPECT_TRUE(pair.taken(pair.sent()).taken);
  // The same keys told again are the same SA.
  (void)pair.b.set_inbound(keys_from("a", "192.0.2.1", 1000), Origin::dks, begin);
  EXPECT_FALSE(pair.taken(second).taken);
}

TEST(SecurityState, AKeyEndsWithItsTime) {
  Pair pair;
  const Octets octets = pair.sent();
  EXPECT_FALSE(pair.taken(octets, "192.0.2.1", "224.0.0.13", begin + 1h + 32s).taken);
  EXPECT_EQ(pair.a.send(pair.a.interfaces()[0], "pim", 103, {}, begin + 1h).fate, Fate::discard);
}

TEST(SecurityState, ModesSayWhatIsTaken) {
  for (const Mode mode : {Mode::off, Mode::permit, Mode::require}) {
    Pair pair(mode);
    const Interface& lan = pair.b.interfaces()[0];
    EXPECT_EQ(pair.b.receive_clear(lan, "pim", {1}, begin).taken, mode != Mode::require);
    EXPECT_EQ(pair.taken(pair.sent()).taken, mode != Mode::off) << mode_name(mode);
    // Each interface by itself.
    EXPECT_TRUE(pair.b.receive_clear(pair.b.interfaces()[1], "pim", {1}, begin).taken);
  }
}

TEST(SecurityState, PermitProtectsOnceAllAreKeyedAndEnds) {
  Pair pair(Mode::permit);
  const Interface& lan = pair.b.interfaces()[0];
  pair.b.set_mode(lan, Mode::permit, 10min, begin);
  pair.b.set_outbound(keys_from("b", "192.0.2.2", 2000, 2), false);
  EXPECT_EQ(pair.b.send(lan, "pim", 103, {1}, begin).fate, Fate::clear);
  pair.b.set_outbound(keys_from("b", "192.0.2.2", 2000, 2), true);
  EXPECT_EQ(pair.b.send(lan, "pim", 103, {1}, begin).fate, Fate::protect);
  EXPECT_EQ(pair.b.send(lan, "rip", 17, {1}, begin).fate, Fate::clear) << "another protocol";
  EXPECT_EQ(pair.b.deadline(begin), begin + 10min);
  // Told again, it goes on.
  pair.b.set_mode(lan, Mode::permit, 10min, begin + 5min);
  EXPECT_EQ(pair.b.mode(lan, begin + 10min - 1s), Mode::permit);
  EXPECT_EQ(pair.b.mode(lan, begin + 10min), Mode::require);
  EXPECT_EQ(pair.b.send(lan, "rip", 17, {1}, begin + 10min).fate, Fate::discard);
}

TEST(SecurityState, OfTwoSpeakersWithOneAddressTheFirstStays) {
  Pair pair;
  EXPECT_TRUE(pair.b.set_inbound(keys_from("c", "192.0.2.1", 3000, 9), Origin::lks, begin));
  EXPECT_TRUE(pair.taken(pair.sent()).taken);
  EXPECT_THAT(pair.b.sad(), SizeIs(1));
  // Until its keys are over.
  EXPECT_FALSE(pair.b.set_inbound(keys_from("c", "192.0.2.1", 3000, 9), Origin::lks, begin + 2h));
}

TEST(SecurityState, ListsWhatItHolds) {
  Pair pair;
  pair.b.set_outbound(keys_from("b", "192.0.2.2", 2000, 2), true);
  const auto sad = pair.b.sad();
  ASSERT_THAT(sad, SizeIs(2));
  EXPECT_FALSE(sad[0].inbound);
  EXPECT_EQ(sad[0].spi, 2000U);
  EXPECT_EQ(sad[0].origin, Origin::own);
  EXPECT_TRUE(sad[1].inbound);
  EXPECT_EQ(sad[1].source, "192.0.2.1");
  EXPECT_THAT(sad[1].destinations, ElementsAre("224.0.0.13"));
  EXPECT_EQ(sad[1].algorithm, "hmac-sha-256");
  EXPECT_EQ(sad[1].fingerprint.size(), 16U);
  EXPECT_NE(sad[1].fingerprint, sad[0].fingerprint);
  const auto gspd = pair.b.gspd(begin);
  ASSERT_THAT(gspd, SizeIs(4));
  EXPECT_EQ(gspd[0].action, "protect");
  EXPECT_TRUE(gspd[0].inbound);
  EXPECT_EQ(gspd[1].action, "protect");
  EXPECT_EQ(gspd[2].interface, "wan");
  EXPECT_EQ(gspd[2].action, "bypass");
  pair.b.remove({"a", "", "lan", "pim"});
  EXPECT_THAT(pair.b.sad(), SizeIs(1));
  EXPECT_FALSE(pair.taken(pair.sent()).taken);
}

TEST(SecurityState, FaultsShow) {
  Pair alone(Mode::require, Habit::spi_alone);
  EXPECT_TRUE(alone.taken(alone.sent(), "192.0.2.3").taken);
  Pair replays(Mode::require, Habit::replays_taken);
  const Octets octets = replays.sent();
  EXPECT_TRUE(replays.taken(octets).taken);
  EXPECT_TRUE(replays.taken(octets).taken);
  Pair clear(Mode::require, Habit::require_takes_clear);
  EXPECT_TRUE(clear.b.receive_clear(clear.b.interfaces()[0], "pim", {}, begin).taken);
  Pair refuses(Mode::permit, Habit::permit_refuses_clear);
  EXPECT_FALSE(refuses.b.receive_clear(refuses.b.interfaces()[0], "pim", {}, begin).taken);
  Pair early(Mode::permit, Habit::permit_protects_at_once);
  early.b.set_outbound(keys_from("b", "192.0.2.2", 2000, 2), false);
  EXPECT_EQ(early.b.send(early.b.interfaces()[0], "pim", 103, {}, begin).fate, Fate::protect);
  Pair good(Mode::permit, Habit::permit_for_good);
  good.b.set_mode(good.b.interfaces()[0], Mode::permit, 1s, begin);
  EXPECT_EQ(good.b.mode(good.b.interfaces()[0], begin + 1h), Mode::permit);
  Pair off(Mode::off, Habit::off_protects);
  EXPECT_TRUE(off.taken(off.sent()).taken);
  Pair all(Mode::require, Habit::mode_for_all);
  EXPECT_FALSE(all.b.receive_clear(all.b.interfaces()[1], "pim", {}, begin).taken);
  Pair second(Mode::require, Habit::second_source_replaces);
  EXPECT_FALSE(second.b.set_inbound(keys_from("c", "192.0.2.1", 3000, 9), Origin::lks, begin));
  EXPECT_FALSE(second.taken(second.sent()).taken);
  Pair shows(Mode::require, Habit::fingerprint_is_key);
  EXPECT_EQ(shows.b.sad()[0].fingerprint, to_hex(Octets(32, 1)));
  Pair none(Mode::require, Habit::no_inbound);
  EXPECT_THAT(none.taken(none.sent()).why, HasSubstr("no SA"));
  Pair unicast(Mode::require, Habit::destination_of_speaker);
  EXPECT_THAT(unicast.b.sad()[0].destinations, ElementsAre("192.0.2.1"));
  EXPECT_FALSE(unicast.taken(unicast.sent()).taken);
  Pair unchecked(Mode::require, Habit::icv_unchecked);
  Octets forged = unchecked.sent();
  forged.back() ^= 1;
  EXPECT_TRUE(unchecked.taken(forged).taken);
  Pair once(Mode::require, Habit::address_once), twice;
  for (Pair* each : {&once, &twice}) {
    GroupKeys elsewhere = keys_from("c", "192.0.2.1", 3000, 9);
    elsewhere.group.interface = "wan";
    EXPECT_EQ(each->b.set_inbound(elsewhere, Origin::lks, begin), each == &once);
  }
  Pair leaves(Mode::require, Habit::clear_without_sa);
  EXPECT_EQ(leaves.b.send(leaves.b.interfaces()[0], "ospfv2", 89, {}, begin).fate, Fate::clear);
}

}  // namespace
}  // namespace karpspec::oracle::keyserver
