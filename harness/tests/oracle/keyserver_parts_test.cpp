#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "keyserver_lab.h"
#include "oracle/keyserver/domain_server.h"
#include "oracle/keyserver/heard_group.h"
#include "oracle/keyserver/local_group.h"
#include "oracle/keyserver/reconnection.h"
#include "oracle/keyserver/stable_storage.h"

// The parts of a key server, each by itself (DKS and LKS architecture; suites/profile.md, P-240 to
// P-258).
namespace karpspec::oracle::keyserver {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const GroupId one{"a.example", "", "lan", "pim"};
const wire::IpAddress source = *wire::IpAddress::from_text("192.0.2.1");

Secret secret(std::string_view text) {
  return Secret(Octets(text.begin(), text.end()));
}

DomainPolicy domain_of_three() {
  DomainPolicy out;
  out.version = 3;
  out.permit_both("a.example", "b.example", "", "lan", "pim");
  out.permit_both("b.example", "c.example", "red", "wan", "ospfv2");
  out.interfaces = {{"a.example", "", "lan", Mode::permit, true, 60s},
                    {"b.example", "red", "wan", Mode::off, false, {}}};
  out.reconnect.addresses = {"192.0.2.9", "2001:db8::9"};
  out.materials["a.example"] = {{wire::Material::key_sha256, Octets(32, 0xa1)}};
  return out;
}

// --- policy --------------------------------------------------------------------------------------

TEST(KeyserverPolicy, ARouterIsToldOfItsOwnAdjacencies) {
  const Policy policy = domain_of_three().of("a.example");
  EXPECT_EQ(policy.version, 3U);
  ASSERT_THAT(policy.permissions, SizeIs(2));
  EXPECT_THAT(policy.interfaces, SizeIs(1));
  // The material is the other router's: of b there is none.
  EXPECT_THAT(policy.permissions[0].materials, IsEmpty());
  EXPECT_THAT(domain_of_three().of("b.example").permissions[0].materials, SizeIs(1));
  EXPECT_THAT(domain_of_three().of("d.example").permissions, IsEmpty());
}

TEST(KeyserverPolicy, PermissionsHaveADirectionAnInterfaceAndAProtocol) {
  Policy policy;
  policy.permissions = {{one, "b.example", {}}};
  EXPECT_TRUE(policy.permits(one, "b.example"));
  EXPECT_FALSE(policy.permits({"b.example", "", "lan", "pim"}, "a.example"));
  EXPECT_FALSE(policy.permits({"a.example", "", "wan", "pim"}, "b.example"));
  EXPECT_FALSE(policy.permits({"a.example", "", "lan", "rip"}, "b.example"));
  EXPECT_FALSE(policy.permits({"a.example", "red", "lan", "pim"}, "b.example"));
}

TEST(KeyserverPolicy, ModesComeFromItsEntryOrItsUse) {
  const Policy policy = domain_of_three().of("a.example");
  EXPECT_EQ(policy.mode("a.example", "", "lan"), Mode::permit);
  EXPECT_EQ(policy.mode("a.example", "", "other"), Mode::off);
  EXPECT_EQ(domain_of_three().of("c.example").mode("c.example", "red", "wan"), Mode::require);
}

TEST(KeyserverPolicy, GoesToTheWireAndBack) {
  for (const char* router : {"a.example", "b.example", "c.example"}) {
    const Policy policy = domain_of_three().of(router);
    std::vector<std::string> notes;
    EXPECT_EQ(policy_from(to_payload(policy), &notes), policy);
    EXPECT_THAT(notes, IsEmpty());
  }
}

TEST(KeyserverPolicy, PassesOverWhatItDoesNotKnow) {
  wire::PolicyPayload payload = to_payload(domain_of_three().of("a.example"));
  payload.entries[0].direction = 2;
  payload.entries[2].mode = 3;
  payload.entries[3].first = 0;
  payload.entries.emplace_back();
  payload.entries.back().kind = 99;
  std::vector<std::string> notes;
  const Policy policy = policy_from(payload, &notes);
  EXPECT_THAT(policy.permissions, SizeIs(1));
  EXPECT_THAT(policy.interfaces, IsEmpty());
  EXPECT_FALSE(policy.reconnect);
  EXPECT_THAT(notes, ElementsAre("entry 1 of the policy: an unknown direction",
                                 "entry 3 of the policy: an unknown mode",
                                 "entry 4 of the policy: times out of order",
                                 "entry 5 of the policy: an unknown kind"));
}

TEST(KeyserverPolicy, TextsNameIdentities) {
  for (const char* name :
       {"a.example", "ops@a.example", "192.0.2.1", "2001:db8::1", "0x0a0b", "0xzz"})
    EXPECT_EQ(name_of(identity_of(name)), name);
  EXPECT_EQ(name_of(identity_of("A.Example")), "a.example");
  EXPECT_EQ(identity_of("0x0a0b").type, static_cast<std::uint8_t>(wire::IdType::ID_KEY_ID));
  EXPECT_EQ(identity_of("2001:db8::1").type, static_cast<std::uint8_t>(wire::IdType::ID_IPV6_ADDR));
}

// --- keys ----------------------------------------------------------------------------------------

class Speaker {
 public:
  explicit Speaker(Habit habit = Habit::proper, std::uint32_t starts = 1)
      : group(one, source, starts, {}, random, habit) {}
  SeededRandom random{7};
  LocalGroup group;
};

TEST(LocalGroup, SendsWithItsFirstKeyAtOnce) {
  Speaker speaker;
  EXPECT_FALSE(speaker.group.set_receivers({"b", "c"}, 4, begin));
  ASSERT_THAT(speaker.group.keys(), SizeIs(1));
  const DataKey& key = speaker.group.keys()[0];
  EXPECT_EQ(sends_with(speaker.group.keys(), begin), &key);
  EXPECT_EQ(key.order, (Order{4, (1ULL << 32U) + 1}));
  EXPECT_GE(key.key.id, 256U);
  EXPECT_EQ(key.key.times.send_end, begin + 1h);
  EXPECT_EQ(key.key.times.receive_end, begin + 1h + 30s);
}

TEST(LocalGroup, ReplacesItsKeyBeforeItsEnd) {
  Speaker speaker;
  (void)speaker.group.set_receivers({"b"}, 1, begin);
  EXPECT_EQ(speaker.group.deadline(), begin + 59min);
  speaker.group.tick(begin + 59min - 1s);
  EXPECT_THAT(speaker.group.keys(), SizeIs(1));
  speaker.group.tick(begin + 59min);
  ASSERT_THAT(speaker.group.keys(), SizeIs(2));
  EXPECT_EQ(sends_with(speaker.group.keys(), begin + 59min + 4s), &speaker.group.keys()[0]);
  EXPECT_EQ(sends_with(speaker.group.keys(), begin + 59min + 5s), &speaker.group.keys()[1]);
  EXPECT_EQ(speaker.group.keys()[0].key.times.receive_end, begin + 59min + 35s);
  speaker.group.tick(begin + 1h);
  EXPECT_THAT(speaker.group.keys(), SizeIs(1));
}

TEST(LocalGroup, ChangesItsKeyForAReceiverLessNotForOneMore) {
  Speaker speaker;
  (void)speaker.group.set_receivers({"b", "c"}, 1, begin);
  EXPECT_FALSE(speaker.group.set_receivers({"b", "c", "d"}, 2, begin + 1s));
  EXPECT_THAT(speaker.group.keys(), SizeIs(1));
  EXPECT_TRUE(speaker.group.set_receivers({"b", "d"}, 3, begin + 2s));
  ASSERT_THAT(speaker.group.keys(), SizeIs(2));
  EXPECT_EQ(speaker.group.highest(), (Order{3, (1ULL << 32U) + 2}));
  EXPECT_FALSE(speaker.group.permits("c"));
}

TEST(LocalGroup, KnowsWhoHoldsItsKeys) {
  Speaker speaker;
  (void)speaker.group.set_receivers({"b", "c"}, 1, begin);
  speaker.group.holds("b", speaker.group.highest(), begin);
  EXPECT_TRUE(speaker.group.is_told("b"));
  EXPECT_FALSE(speaker.group.all_keyed());
  speaker.group.holds("c", speaker.group.highest(), begin);
  EXPECT_TRUE(speaker.group.all_keyed());
  speaker.group.change(begin + 1s);
  EXPECT_FALSE(speaker.group.is_told("b"));
  EXPECT_TRUE(speaker.group.all_keyed()) << "an older key of it will do until the new one is used";
}

TEST(LocalGroup, GoesAboveWhatAReceiverHolds) {
  Speaker speaker(Habit::proper, 0);
  (void)speaker.group.set_receivers({"b"}, 1, begin);
  speaker.group.holds("b", {1, 99}, begin);
  EXPECT_GT(speaker.group.highest(), (Order{1, 99}));
  const Order now = speaker.group.highest();
  speaker.group.above({1, 3}, begin);
  EXPECT_EQ(speaker.group.highest(), now);
}

TEST(LocalGroup, MakesFewKeysForWhatReceiversSay) {
  Speaker speaker;
  (void)speaker.group.set_receivers({"b"}, 1, begin);
  std::uint64_t said = 1ULL << 40U;
  for (int seconds = 0; seconds < 100; ++seconds) {
    const Time now = begin + std::chrono::seconds{seconds};
    EXPECT_TRUE(speaker.group.above({1, ++said}, now));
    speaker.group.tick(now);
    EXPECT_LE(speaker.group.keys().size(), 8U);
    EXPECT_NE(sends_with(speaker.group.keys(), now), nullptr);
  }
  // The last of it is not forgotten.
  EXPECT_LE(*speaker.group.deadline(), begin + 110s);
  speaker.group.tick(begin + 110s);
  EXPECT_GT(speaker.group.highest(), (Order{1, said}));
}

TEST(LocalGroup, DoesNotBelieveAnOrderWithNothingAboveIt) {
  Speaker speaker;
  (void)speaker.group.set_receivers({"b"}, 1, begin);
  const Order before = speaker.group.highest();
  EXPECT_FALSE(speaker.group.above({1, ~std::uint64_t{0}}, begin));
  EXPECT_FALSE(speaker.group.holds("b", {~std::uint64_t{0}, 1}, begin));
  speaker.group.tick(begin + 1min);
  EXPECT_EQ(speaker.group.highest(), before);
}

TEST(LocalGroup, AKeyThatIsReplacedBeforeItsUseLeavesNoGap) {
  Speaker speaker;
  (void)speaker.group.set_receivers({"b"}, 1, begin);
  for (int i = 1; i <= 4; ++i)
    speaker.group.change(begin + 1min + std::chrono::seconds{i});
  ASSERT_THAT(speaker.group.keys(), SizeIs(2));
  EXPECT_EQ(sends_with(speaker.group.keys(), begin + 65s), &speaker.group.keys()[0]);
  EXPECT_EQ(sends_with(speaker.group.keys(), begin + 66s), &speaker.group.keys()[1]);
}

TEST(LocalGroup, WhoIsLateWithItsRenewalLeavesNoGap) {
  Speaker speaker;
  (void)speaker.group.set_receivers({"b"}, 1, begin);
  speaker.group.tick(begin + 1h - 2s);
  EXPECT_EQ(sends_with(speaker.group.keys(), begin + 1h - 1s), &speaker.group.keys()[0]);
  EXPECT_EQ(sends_with(speaker.group.keys(), begin + 1h), &speaker.group.keys()[1]);
}

TEST(LocalGroup, HasAKeyAfterALeapOfTheClock) {
  Speaker speaker;
  (void)speaker.group.set_receivers({"b"}, 1, begin);
  speaker.group.tick(begin + 24h);
  EXPECT_NE(sends_with(speaker.group.keys(), begin + 24h), nullptr);
  EXPECT_GT(speaker.group.deadline(), begin + 24h);
}

TEST(DataKeys, AreBounded) {
  std::vector<DataKey> keys(40);
  for (std::size_t i = 0; i < keys.size(); ++i)
    keys[i].order = {1, i * 7 % 40};
  bound(keys);
  ASSERT_THAT(keys, SizeIs(16));
  EXPECT_EQ(keys.front().order, (Order{1, 24}));
  EXPECT_EQ(keys.back().order, (Order{1, 39}));
}

TEST(DataKeys, GoToTheWireAndBack) {
  Speaker speaker;
  (void)speaker.group.set_receivers({"b"}, 1, begin);
  speaker.group.change(begin + 10s);
  wire::KeyDownloadPayload download = empty_download(begin + 10s);
  EXPECT_EQ(download.clock, 1767225610U);
  add(download, speaker.group.download(), begin + 10s);
  GroupKeys asked;
  asked.group = {"b.example", "", "lan", "pim"};
  asked.highest = Order{2, 7};
  add(download, asked, begin + 10s);
  std::vector<std::string> notes;
  const auto groups = groups_in(download, begin + 10s, &notes);
  EXPECT_THAT(notes, IsEmpty());
  ASSERT_THAT(groups, SizeIs(2));
  EXPECT_EQ(groups[0].group, one);
  EXPECT_EQ(groups[0].source, source);
  ASSERT_THAT(groups[0].keys, SizeIs(2));
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_TRUE(groups[0].keys[i].key.same_key(speaker.group.keys()[i].key));
    EXPECT_EQ(groups[0].keys[i].key.id, speaker.group.keys()[i].key.id);
    EXPECT_EQ(groups[0].keys[i].key.times, speaker.group.keys()[i].key.times);
    EXPECT_EQ(groups[0].keys[i].order, speaker.group.keys()[i].order);
  }
  EXPECT_EQ(groups[0].highest, speaker.group.highest());
  EXPECT_THAT(groups[1].keys, IsEmpty());
  EXPECT_EQ(groups[1].highest, (Order{2, 7}));
}

TEST(DataKeys, OnesThatCannotBeUsedArePassedOver) {
  Speaker speaker;
  (void)speaker.group.set_receivers({"b"}, 1, begin);
  wire::KeyDownloadPayload download = empty_download(begin);
  add(download, speaker.group.download(), begin);
  download.items[3].key.pop_back();
  download.items.insert(download.items.begin(), download.items[3]);
  std::vector<std::string> notes;
  const auto groups = groups_in(download, begin, &notes);
  ASSERT_THAT(groups, SizeIs(1));
  EXPECT_THAT(groups[0].keys, IsEmpty());
  EXPECT_THAT(notes, SizeIs(2));
}

GroupKeys keys_of(Speaker& speaker) {
  return speaker.group.download();
}

class Receiver {
 public:
  explicit Receiver(bool central = false, Habit habit = Habit::proper)
      : group(one, central, {}, {}, random, habit) {}
  SeededRandom random{8};
  HeardGroup group;
};
using Whom = HeardGroup::Whom;

TEST(HeardGroup, AsksTheLksFirstAndTheDksWhereItIsSilent) {
  Receiver receiver;
  receiver.group.want(begin);
  EXPECT_TRUE(receiver.group.wants(Whom::lks, true, begin));
  EXPECT_FALSE(receiver.group.wants(Whom::dks, true, begin));
  receiver.group.asked(Whom::lks);
  EXPECT_FALSE(receiver.group.wants(Whom::lks, true, begin));
  receiver.group.failed(Whom::lks, true, begin + 31s);
  EXPECT_TRUE(receiver.group.wants(Whom::dks, true, begin + 31s));
  EXPECT_FALSE(receiver.group.wants(Whom::dks, false, begin + 31s)) << "no DKS is connected";
  EXPECT_FALSE(receiver.group.wants(Whom::lks, true, begin + 31s));
  EXPECT_TRUE(receiver.group.wants(Whom::lks, true, begin + 31s + 6250ms));
}

TEST(HeardGroup, ADenialAndARefusalAreNoSilence) {
  Receiver receiver;
  receiver.group.want(begin);
  receiver.group.asked(Whom::lks);
  receiver.group.denied(Whom::lks, begin);
  EXPECT_FALSE(receiver.group.wants(Whom::dks, true, begin));
  receiver.group.asked(Whom::lks);
  receiver.group.failed(Whom::lks, false, begin);
  EXPECT_FALSE(receiver.group.wants(Whom::dks, true, begin));
}

TEST(HeardGroup, ACentralOneAsksTheDksFirst) {
  Receiver receiver(true);
  receiver.group.want(begin);
  EXPECT_TRUE(receiver.group.wants(Whom::dks, true, begin));
  EXPECT_FALSE(receiver.group.wants(Whom::lks, true, begin));
  receiver.group.asked(Whom::dks);
  receiver.group.answered(Whom::dks, false, begin + 1s);
  EXPECT_TRUE(receiver.group.wants(Whom::lks, true, begin + 1s)) << "the DKS has no key";
}

TEST(HeardGroup, TakesTheHigherOrder) {
  Speaker speaker;
  (void)speaker.group.set_receivers({"b"}, 1, begin);
  const GroupKeys old = keys_of(speaker);
  Receiver receiver;
  EXPECT_EQ(receiver.group.take(keys_of(speaker), Whom::lks, begin), HeardGroup::Taken::newer);
  EXPECT_EQ(receiver.group.take(keys_of(speaker), Whom::lks, begin), HeardGroup::Taken::same);
  speaker.group.change(begin + 1s);
  EXPECT_EQ(receiver.group.take(keys_of(speaker), Whom::dks, begin + 1s), HeardGroup::Taken::newer);
  EXPECT_EQ(receiver.group.origin(), Whom::dks);
  EXPECT_THAT(receiver.group.held().keys, SizeIs(2));
  EXPECT_EQ(receiver.group.take(old.clone(), Whom::lks, begin + 1s), HeardGroup::Taken::lower);
  EXPECT_EQ(receiver.group.question().highest, speaker.group.highest());
  GroupKeys nothing;
  nothing.group = one;
  EXPECT_EQ(receiver.group.take(std::move(nothing), Whom::lks, begin), HeardGroup::Taken::nothing);
}

TEST(HeardGroup, KeepsTheOldKeyThirtySeconds) {
  Speaker speaker;
  (void)speaker.group.set_receivers({"b"}, 1, begin);
  Receiver receiver;
  (void)receiver.group.take(keys_of(speaker), Whom::lks, begin);
  const std::uint32_t old = speaker.group.keys()[0].key.id;
  speaker.group.change(begin + 60s);
  (void)receiver.group.take(keys_of(speaker), Whom::lks, begin + 60s);
  const auto takes_old = [&](Time at) {
    receiver.group.tick(at);
    return std::any_of(
        receiver.group.held().keys.begin(), receiver.group.held().keys.end(),
        [&](const DataKey& each) { return each.key.id == old && each.key.may_receive(at); });
  };
  EXPECT_TRUE(takes_old(begin + 65s + 30s));
  EXPECT_FALSE(takes_old(begin + 65s + 32s));
}

TEST(HeardGroup, AsksBeforeItsLastKeyEndsAndDropsTheSpeakerThen) {
  Speaker speaker;
  (void)speaker.group.set_receivers({"b"}, 1, begin);
  Receiver receiver;
  receiver.group.want(begin);
  receiver.group.asked(Whom::lks);
  receiver.group.answered(Whom::lks, true, begin);
  (void)receiver.group.take(keys_of(speaker), Whom::lks, begin);
  EXPECT_EQ(receiver.group.deadline(), begin + 1h - 30s);
  EXPECT_FALSE(receiver.group.tick(begin + 1h - 30s));
  EXPECT_TRUE(receiver.group.wants(Whom::lks, true, begin + 1h - 30s));
  // An LKS that has no other key is not asked without an end.
  receiver.group.asked(Whom::lks);
  receiver.group.answered(Whom::lks, true, begin + 1h - 29s);
  (void)receiver.group.tick(begin + 1h - 29s);
  EXPECT_FALSE(receiver.group.wants(Whom::lks, true, begin + 1h - 29s));
  EXPECT_TRUE(receiver.group.wants(Whom::lks, true, begin + 1h - 22s));
  EXPECT_FALSE(receiver.group.tick(begin + 1h + 31s));
  EXPECT_TRUE(receiver.group.tick(begin + 1h + 32s));
}

TEST(HeardGroup, AsksAgainWhenTheSpeakerHasBeenAway) {
  Receiver receiver;
  receiver.group.speaker_gone(begin);
  EXPECT_FALSE(receiver.group.wants(Whom::lks, true, begin));
  receiver.group.speaker_up(begin + 1s);
  EXPECT_TRUE(receiver.group.wants(Whom::lks, true, begin + 1s));
}

// --- reconnecting --------------------------------------------------------------------------------

Duration wait(Reconnection& reconnection, Time now) {
  return *reconnection.deadline() - now;
}

TEST(Reconnection, DoublesItsDelaysAndTakesAddressesInTurn) {
  SeededRandom random(9);
  Reconnection reconnection("192.0.2.9", random, Habit::proper);
  Reconnect policy;
  policy.addresses = {"192.0.2.10", "192.0.2.11"};
  reconnection.begin(policy, begin);
  EXPECT_LE(wait(reconnection, begin), 30s);
  std::vector<std::string> tried;
  for (const auto delay : {5s, 10s, 20s, 40s, 80s, 160s, 300s, 300s}) {
    tried.push_back(reconnection.address());
    reconnection.trying();
    EXPECT_FALSE(reconnection.deadline());
    reconnection.failed(begin);
    EXPECT_GE(wait(reconnection, begin), delay * 3 / 4);
    EXPECT_LE(wait(reconnection, begin), delay * 5 / 4);
  }
  tried.resize(3);
  EXPECT_THAT(tried, ElementsAre("192.0.2.10", "192.0.2.11", "192.0.2.10"));
  reconnection.trying();
  reconnection.connected();
  EXPECT_FALSE(reconnection.deadline());
  const std::string there = reconnection.address();
  reconnection.failed(begin);
  EXPECT_LE(wait(reconnection, begin), 6250ms);
  EXPECT_EQ(reconnection.address(), there) << "what was lost is tried first";
}

TEST(Reconnection, ARouteEndsTheWaiting) {
  SeededRandom random(10);
  Reconnection reconnection("192.0.2.9", random, Habit::proper);
  reconnection.begin({}, begin);
  reconnection.trying();
  reconnection.failed(begin);
  reconnection.route("192.0.2.77", begin + 1s);
  EXPECT_FALSE(reconnection.due(begin + 1s));
  reconnection.route("192.0.2.9", begin + 1s);
  EXPECT_TRUE(reconnection.due(begin + 1s));
}

TEST(Reconnection, StartsAreSpread) {
  SeededRandom random(11);
  std::set<std::int64_t> seconds;
  for (int i = 0; i < 300; ++i) {
    Reconnection reconnection("192.0.2.9", random, Habit::proper);
    reconnection.begin({}, begin);
    const auto delay = wait(reconnection, begin);
    EXPECT_LE(delay, 30s);
    seconds.insert(std::chrono::duration_cast<std::chrono::seconds>(delay).count());
  }
  EXPECT_GE(seconds.size(), 25U);
}

// --- storage and the DKS -------------------------------------------------------------------------

TEST(StableStorage, HoldsPolicyAndStartsUnderAMac) {
  const Retained retained{5, domain_of_three().of("a.example"), {}};
  const Octets octets = to_storage(retained, secret("device"));
  const auto back = from_storage(octets, secret("device"));
  ASSERT_TRUE(back) << to_string(back.error());
  EXPECT_EQ(back->starts, 5U);
  EXPECT_EQ(back->policy, retained.policy);
  EXPECT_EQ(from_storage(octets, secret("another")).error().code, ErrorCode::not_authentic);
  for (std::size_t i = 0; i < octets.size(); ++i) {
    Octets spoilt = octets;
    spoilt[i] ^= 1;
    EXPECT_FALSE(from_storage(spoilt, secret("device"))) << i;
    EXPECT_FALSE(from_storage(OctetView(octets).first(i), secret("device"))) << i;
  }
}

TEST(StableStorage, AnotherFormatIsRefusedWhateverItsMac) {
  Octets octets = to_storage({1, {}, {}}, secret("device"));
  octets[4] = 2;
  EXPECT_EQ(from_storage(octets, secret("device"), true).error().code, ErrorCode::bad_value);
}

TEST(DomainServer, SendsWhatARouterDoesNotHave) {
  DomainServer server(domain_of_three(), Habit::proper);
  EXPECT_EQ(server.answer("a.example", 3).version, 3U);
  EXPECT_THAT(server.answer("a.example", 3).entries, IsEmpty());
  EXPECT_THAT(server.answer("a.example", 2).entries, SizeIs(4));
  EXPECT_THAT(server.answer("a.example", 9).entries, SizeIs(4)) << "also to one that knows more";
  DomainPolicy changed = server.policy();
  changed.revoke("a.example");
  server.replace(changed);
  EXPECT_EQ(server.policy().version, 4U);
  EXPECT_FALSE(server.permits(one, "b.example"));
  EXPECT_TRUE(server.permits({"b.example", "red", "wan", "ospfv2"}, "c.example"));
}

TEST(DomainServer, HandsOnWhatTheSpeakerHasReported) {
  DomainServer server(domain_of_three(), Habit::proper);
  EXPECT_THAT(server.keys(one, begin).keys, IsEmpty());
  Speaker speaker;
  (void)speaker.group.set_receivers({"b.example"}, 3, begin);
  const GroupKeys old = keys_of(speaker);
  EXPECT_TRUE(server.report(keys_of(speaker)).changed);
  EXPECT_FALSE(server.report(keys_of(speaker)).changed);
  speaker.group.change(begin + 1s);
  EXPECT_EQ(server.report(keys_of(speaker)).held, speaker.group.highest());
  EXPECT_EQ(server.report(old.clone()).held, speaker.group.highest()) << "the higher one stands";
  EXPECT_THAT(server.keys(one, begin + 1s).keys, SizeIs(2));
  EXPECT_THAT(server.keys(one, begin + 3h).keys, IsEmpty());
  DomainPolicy changed = server.policy();
  changed.revoke("a.example");
  server.replace(changed);
  EXPECT_THAT(server.keys(one, begin + 1s).keys, IsEmpty()) << "a group that is none any more";
}

}  // namespace
}  // namespace karpspec::oracle::keyserver
