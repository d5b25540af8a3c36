#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "crypto/digest.h"
#include "keyserver_lab.h"

// Routers with their LKS and a DKS, with real phase 1 (DKS and LKS architecture; suites/profile.md,
// P-240 to P-258).
namespace karpspec::oracle::keyserver {
namespace {

using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using wire::ExchangeType;

TEST(KeyserverNode, RoutersLearnThePolicyAndEachOthersKeys) {
  Lab lab(1, 3);
  lab.start_all();
  lab.run(40s);
  EXPECT_EQ(lab.deaf(), "") << lab.story();
  for (std::size_t i = 1; i <= 3; ++i) {
    EXPECT_EQ(lab.at(i).policy().version, 1U);
    EXPECT_EQ(lab.at(i).dks_state(), Reconnection::State::connected);
    EXPECT_THAT(lab.at(i).heard_groups(), SizeIs(2));
  }
  // Each has told the DKS of its own key, and nobody has asked the DKS for one.
  const auto reported = lab.at(Lab::dks).reported_keys(lab.now);
  ASSERT_THAT(reported, SizeIs(3));
  EXPECT_TRUE(reported[0].keys[0].key.same_key(lab.sent_with(1)->key));
  EXPECT_EQ(lab.requests[std::pair(Lab::dks, ExchangeType::ks_policy)], 3U);
  EXPECT_EQ(lab.requests[std::pair(Lab::dks, ExchangeType::ks_group)], 3U);
}

TEST(KeyserverNode, WhatIsSentIsHeardUnderTheSa) {
  Lab lab(2, 2);
  lab.start_all();
  lab.run(40s);
  SecurityState& one = lab.at(1).security();
  SecurityState& two = lab.at(2).security();
  const auto sent = one.send(one.interfaces()[0], "pim", 103, {1, 2, 3}, lab.now);
  ASSERT_EQ(sent.fate, SecurityState::Fate::protect);
  const auto from = *wire::IpAddress::from_text(Lab::address(1));
  const auto taken = two.receive_esp(two.interfaces()[0], from, "224.0.0.13", sent.octets, lab.now);
  EXPECT_TRUE(taken.taken) << taken.why;
  EXPECT_EQ(taken.speaker, Lab::name(1));
  EXPECT_EQ(taken.payload, (Octets{1, 2, 3}));
}

TEST(KeyserverNode, KeysChangeEachHourAndNobodyIsDeaf) {
  Lab lab(3, 3);
  lab.start_all();
  lab.run(40s);
  const std::uint32_t first = lab.sent_with(1)->key.id;
  for (int minute = 0; minute < 180; ++minute) {
    lab.run(1min);
    ASSERT_EQ(lab.deaf(), "") << "minute " << minute << "\n" << lab.story();
  }
  EXPECT_NE(lab.sent_with(1)->key.id, first);
  EXPECT_EQ(lab.count(1, "group-key-made"), 4U);
  EXPECT_EQ(lab.count(1, "neighbour-dropped"), 0U);
}

TEST(KeyserverNode, ARevokedNeighbourLearnsNoLaterKey) {
  Lab lab(4, 3);
  lab.start_all();
  lab.run(40s);
  const std::uint32_t before = lab.sent_with(1)->key.id;
  lab.revoke(3);
  lab.run(10s);
  EXPECT_NE(lab.sent_with(1)->key.id, before) << "within 10 s (P-247)";
  EXPECT_EQ(lab.deaf(), "") << lab.story();
  EXPECT_FALSE(lab.hears(3, 1));
  EXPECT_THAT(lab.at(1).heard_groups(), SizeIs(1));
  lab.run(3h);
  EXPECT_THAT(lab.wrong, IsEmpty());
  EXPECT_FALSE(lab.hears(3, 1));
  EXPECT_EQ(lab.deaf(), "");
}

TEST(KeyserverNode, ADenialLeavesPhaseOne) {
  Lab lab(5, 2);
  // Router 2 hears router 1, and not the other way round.
  lab.domain.permissions = {{Lab::group(1), Lab::name(2), {}}};
  lab.start_all();
  lab.run(40s);
  EXPECT_EQ(lab.deaf(), "");
  // The revoked one does not know yet, and asks.
  lab.put_into(Lab::dks, 7);
  lab.configure = [](std::size_t i, NodeConfig& config) {
    if (i == 1) {
      Policy policy;
      policy.permissions = {{Lab::group(1), "another.example", {}}};
      config.storage.reset();
      config.bootstrap = policy;
    }
  };
  lab.power_off(1);
  lab.power_on(1);
  lab.run(10min);
  EXPECT_GE(lab.count(2, "denied"), 1U) << lab.story();
  EXPECT_THAT(lab.at(2).sas(), Not(IsEmpty()));
  EXPECT_FALSE(lab.hears(2, 1));
}

TEST(KeyserverNode, ADksOutageLosesNoAdjacency) {
  Lab lab(6, 4);
  lab.start_all();
  lab.run(1min);
  lab.power_off(Lab::dks);
  for (int minute = 0; minute < 150; ++minute) {
    lab.run(1min);
    ASSERT_EQ(lab.deaf(), "") << lab.story();
  }
  EXPECT_EQ(lab.at(1).dks_state(), Reconnection::State::waiting);
  // It comes back, and all come back to it within the longest delay and a quarter.
  lab.power_on(Lab::dks);
  lab.run(420s);
  for (std::size_t i = 1; i <= 4; ++i)
    EXPECT_EQ(lab.at(i).dks_state(), Reconnection::State::connected) << lab.story();
  EXPECT_THAT(lab.at(Lab::dks).reported_keys(lab.now), SizeIs(4));
}

TEST(KeyserverNode, AfterAPowerFailureTheDksSeesNoStorm) {
  constexpr std::size_t routers = 12;
  Lab lab(7, routers);
  lab.start_all();
  lab.run(1min);
  for (std::size_t i = 1; i <= routers; ++i)
    lab.power_off(i);
  lab.run(5min);
  lab.requests.clear();
  for (std::size_t i = 1; i <= routers; ++i)
    lab.power_on(i);
  // Well before all have turned to the DKS they hear each other, by what they have kept.
  lab.run(2s);
  EXPECT_EQ(lab.deaf(), "") << lab.story();
  lab.run(58s);
  EXPECT_EQ(lab.requests[std::pair(Lab::dks, ExchangeType::mrkmp_init)], routers);
  EXPECT_EQ(lab.requests[std::pair(Lab::dks, ExchangeType::ks_policy)], routers);
  // One report of each, and no pull.
  EXPECT_EQ(lab.requests[std::pair(Lab::dks, ExchangeType::ks_group)], routers);
  EXPECT_EQ(lab.deaf(), "");
}

TEST(KeyserverNode, WithoutTheDksAColdStartTakesWhatWasKept) {
  Lab lab(8, 3);
  lab.start_all();
  lab.run(1min);
  for (std::size_t i = 0; i <= 3; ++i)
    lab.power_off(i);
  for (std::size_t i = 1; i <= 3; ++i)
    lab.power_on(i);
  lab.run(2s);
  EXPECT_EQ(lab.deaf(), "") << lab.story();
  lab.run(2h);
  EXPECT_EQ(lab.deaf(), "");
}

TEST(KeyserverNode, ARestartMakesANewKeyAndSpi) {
  Lab lab(9, 2);
  lab.start_all();
  lab.run(1min);
  const auto spi = lab.sent_with(1)->key.id;
  const auto order = lab.sent_with(1)->order;
  const Secret key = lab.sent_with(1)->key.key.clone();
  lab.power_off(1);
  lab.power_on(1);
  lab.run(5s);
  EXPECT_NE(lab.sent_with(1)->key.id, spi);
  EXPECT_FALSE(equal_in_constant_time(lab.sent_with(1)->key.key.view(), key.view()));
  EXPECT_GT(lab.sent_with(1)->order, order);
  EXPECT_EQ(lab.deaf(), "") << lab.story();
}

TEST(KeyserverNode, WhoHasForgottenItsStartsGoesAboveWhatOthersHold) {
  Lab lab(10, 2);
  lab.start_all();
  lab.run(1min);
  for (int restart = 0; restart < 3; ++restart) {
    lab.power_off(1);
    lab.power_on(1);
    lab.run(1s);
  }
  const auto order = lab.sent_with(1)->order;
  lab.power_off(1);
  lab.storage(1).reset();
  lab.power_on(1);
  lab.run(1min);
  EXPECT_GT(lab.sent_with(1)->order, order) << lab.story();
  EXPECT_EQ(lab.deaf(), "") << lab.story();
}

TEST(KeyserverNode, NobodyButTheDksSendsPolicy) {
  Lab lab(11, 2);
  lab.configure = [](std::size_t i, NodeConfig& config) {
    // Router 1 takes itself for a DKS too.
    if (i == 1) {
      config.domain = DomainPolicy();
      config.domain->version = 99;
    }
  };
  lab.start_all();
  lab.run(1min);
  lab.send(1, *lab.at(1).set_domain_policy(DomainPolicy(), lab.now));
  lab.run(5s);
  EXPECT_EQ(lab.at(2).policy().version, 1U);
  EXPECT_EQ(lab.count(2, "policy-refused"), 1U) << lab.story();
  EXPECT_EQ(lab.deaf(), "");
}

TEST(KeyserverNode, ADksThatKnowsLessIsNotBelieved) {
  Lab lab(12, 2);
  lab.domain.version = 5;
  lab.start_all();
  lab.run(1min);
  lab.power_off(Lab::dks);
  lab.domain.version = 4;
  lab.domain.permissions.clear();
  lab.power_on(Lab::dks);
  lab.run(10min);
  EXPECT_EQ(lab.at(1).policy().version, 5U);
  EXPECT_GE(lab.count(1, "policy-refused"), 1U) << lab.story();
  EXPECT_TRUE(lab.hears(1, 2));
}

TEST(KeyserverNode, ACentralInterfaceAsksTheDks) {
  Lab lab(13, 3);
  for (std::size_t i = 1; i <= 3; ++i)
    lab.domain.interfaces.push_back({Lab::name(i), "", "lan", Mode::require, true, {}});
  lab.start_all();
  lab.run(2min);
  EXPECT_EQ(lab.deaf(), "") << lab.story();
  lab.run(3h);
  EXPECT_EQ(lab.deaf(), "") << lab.story();
  const auto sad = lab.at(1).security().sad();
  EXPECT_TRUE(std::any_of(sad.begin(), sad.end(), [](const SadRow& row) {
    return row.inbound && row.origin == Origin::dks;
  }));
}

TEST(KeyserverNode, WhereTheLksIsSilentTheDksIsAskedOnce) {
  Lab lab(14, 2);
  lab.start_all();
  lab.run(1min);
  // Router 1 cannot be reached by router 2, but the DKS has its key.
  lab.power_off(1);
  lab.power_off(2);
  lab.power_on(2);
  lab.requests.clear();
  lab.run(3min);
  EXPECT_EQ(lab.at(2).heard_keys(Lab::group(1)).size(), 1U) << lab.story();
  // Its policy, its own key, and one pull.
  EXPECT_EQ(lab.requests[std::pair(Lab::dks, ExchangeType::ks_group)], 2U);
  // "Receivers keep the SA to its end, then drop the neighbour."
  lab.run(2h);
  EXPECT_THAT(lab.at(2).heard_keys(Lab::group(1)), IsEmpty());
  EXPECT_EQ(lab.count(2, "neighbour-dropped"), 1U);
}

TEST(KeyserverNode, AnInterfaceIsSecuredWhenThePolicySaysSo) {
  Lab lab(15, 2);
  for (std::size_t i = 1; i <= 2; ++i)
    lab.domain.interfaces.push_back({Lab::name(i), "", "lan", Mode::off, false, {}});
  lab.start_all();
  lab.run(1min);
  auto& security = lab.at(1).security();
  const Interface& lan = security.interfaces()[0];
  EXPECT_THAT(lab.at(1).own_groups(), IsEmpty());
  EXPECT_EQ(security.send(lan, "pim", 103, {1}, lab.now).fate, SecurityState::Fate::clear);
  // Prepared in the DKS, one interface after the other.
  lab.domain.interfaces[0].mode = Mode::permit;
  lab.domain.interfaces[0].permit_for = 10min;
  lab.set_policy();
  lab.run(5s);
  EXPECT_EQ(security.mode(lan, lab.now), Mode::permit);
  EXPECT_EQ(security.send(lan, "pim", 103, {1}, lab.now).fate, SecurityState::Fate::clear)
      << "router 2 has no key yet";
  EXPECT_TRUE(security.receive_clear(lan, "pim", {1}, lab.now).taken);
  lab.domain.interfaces[1].mode = Mode::permit;
  lab.set_policy();
  lab.run(5s);
  EXPECT_EQ(security.send(lan, "pim", 103, {1}, lab.now).fate, SecurityState::Fate::protect)
      << lab.story();
  EXPECT_TRUE(security.receive_clear(lan, "pim", {1}, lab.now).taken);
  lab.run(10min);
  EXPECT_EQ(security.mode(lan, lab.now), Mode::require) << "permit ends";
  EXPECT_FALSE(security.receive_clear(lan, "pim", {1}, lab.now).taken);
}

TEST(KeyserverNode, ARouteToTheDksEndsTheWaiting) {
  Lab lab(16, 1);
  lab.power_on(1);
  lab.run(20min);
  ASSERT_EQ(lab.at(1).dks_state(), Reconnection::State::waiting) << lab.story();
  lab.power_on(Lab::dks);
  lab.send(1, *lab.at(1).route_appeared(Lab::address(Lab::dks), lab.now));
  lab.run(1s);
  EXPECT_EQ(lab.at(1).dks_state(), Reconnection::State::connected) << lab.story();
}

TEST(KeyserverNode, RefreshAsksAtOnce) {
  Lab lab(17, 1);
  lab.start_all();
  lab.send(1, lab.at(1).tick(lab.now));
  lab.send(1, *lab.at(1).refresh(lab.now));
  lab.run(100ms);
  EXPECT_EQ(lab.at(1).policy().version, 1U) << lab.story();
}

// A neighbour that the policy alone has brought: known by the SHA-256 of its raw key.
TEST(KeyserverNode, ThePolicyIdentifiesNeighboursByTheirKeys) {
  const auto read = [](const std::string& file) {
    std::ifstream in(std::string(KARPSPEC_SOURCE_DIR) + "/suites/credentials/" + file);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  Lab lab(18, 2);
  std::map<std::size_t, crypto::PrivateKey> keys;
  keys.emplace(1, *crypto::PrivateKey::from_pem(read("device-ec256.key")));
  keys.emplace(2, *crypto::PrivateKey::from_pem(read("tester-ed25519.key")));
  for (std::size_t i = 1; i <= 2; ++i) {
    const auto where = *wire::IpAddress::from_text(Lab::address(i));
    lab.domain.materials[Lab::name(i)] = {
        {wire::Material::key_sha256, crypto::sha256(keys.at(i).public_key().spki())},
        {wire::Material::address, Octets(where.octets().begin(), where.octets().end())}};
  }
  lab.configure = [&](std::size_t i, NodeConfig& config) {
    if (i == Lab::dks)
      return;
    config.router.credentials = {{"own", keys.at(i), {}}};
    std::erase_if(config.router.peers,
                  [](const PeerConfig& peer) { return peer.name != Lab::name(Lab::dks); });
  };
  lab.start_all();
  lab.run(1min);
  EXPECT_EQ(lab.deaf(), "") << lab.story();
  // Without the material phase 1 is refused.
  lab.revoke(2);
  lab.run(1min);
  lab.power_off(1);
  lab.power_on(1);
  lab.run(10min);
  EXPECT_FALSE(lab.hears(2, 1));
  EXPECT_THAT(lab.wrong, IsEmpty());
}

// P-253: who is configured with a preshared key proves itself by what the policy has of it.
TEST(KeyserverNode, ThePolicyReplacesHowAConfiguredNeighbourProvesItself) {
  Lab lab(20, 2);
  lab.domain.materials[Lab::name(2)] = {{wire::Material::key_sha256, Octets(32, 7)}};
  lab.start_all();
  lab.run(1min);
  lab.power_off(1);
  lab.power_on(1);
  lab.run(20s);
  EXPECT_FALSE(lab.hears(2, 1)) << lab.story();
  lab.domain.materials.clear();
  lab.set_policy();
  lab.run(10min);
  EXPECT_EQ(lab.deaf(), "") << lab.story();
}

TEST(KeyserverNode, ForeignAndSpoiltStorageIsRefused) {
  Lab lab(19, 2);
  lab.start_all();
  lab.run(1min);
  lab.power_off(Lab::dks);
  lab.power_off(1);
  lab.storage(1)->at(20) ^= 1;
  lab.power_on(1);
  lab.run(5s);
  EXPECT_EQ(lab.count(1, "storage-refused"), 1U);
  EXPECT_THAT(lab.at(1).own_groups(), IsEmpty());
}

// A DKS whose AUTH is wrong.
class FalseProof : public Seams {
 public:
  void before_encode(Outgoing& outgoing) override {
    for (wire::Payload& payload : outgoing.message.payloads)
      if (auto* auth = payload.as<wire::AuthPayload>();
          auth != nullptr && outgoing.message.header.is_response())
        auth->data.back() ^= 1;
  }
};

TEST(KeyserverNode, ADksThatIsNotAuthenticIsTriedAgainOnTheSchedule) {
  Lab lab(21, 1);
  FalseProof false_proof;
  lab.seams[Lab::dks] = &false_proof;
  lab.domain.permissions.push_back({Lab::group(1), "somebody.example", {}});
  lab.start_all();
  lab.run(5min);
  // Begun within 30 s, then after 5, 10, 20, 40, 80 and 160 s, 25% more or less (P-249, P-250).
  EXPECT_GE(lab.count(1, "dks-silent"), 5U) << lab.story();
  EXPECT_LE(lab.count(1, "dks-silent"), 7U) << lab.story();
  EXPECT_EQ(lab.at(1).policy().version, 0U);
  lab.power_off(Lab::dks);
  lab.seams.erase(Lab::dks);
  lab.power_on(Lab::dks);
  lab.run(10min);
  EXPECT_EQ(lab.at(1).policy().version, 1U) << lab.story();
}

TEST(KeyserverNode, APolicyMayBeLoadedByHandBeforeFirstContact) {
  Lab lab(20, 2);
  lab.configure = [&](std::size_t i, NodeConfig& config) {
    if (i != Lab::dks)
      config.bootstrap = lab.domain.of(Lab::name(i));
  };
  lab.power_on(1);
  lab.power_on(2);
  lab.run(2s);
  EXPECT_EQ(lab.deaf(), "") << lab.story();
  EXPECT_EQ(lab.at(1).policy().version, 0U);
  lab.power_on(Lab::dks);
  lab.run(8min);
  EXPECT_EQ(lab.at(1).policy().version, 1U) << lab.story();
}

}  // namespace
}  // namespace karpspec::oracle::keyserver
