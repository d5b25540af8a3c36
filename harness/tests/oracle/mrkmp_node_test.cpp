#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <queue>

#include "oracle/ike/negotiation.h"
#include "oracle/mrkmp/node.h"

// Routers of MRKMP on one link, with real associations.
namespace karpspec::oracle::mrkmp {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using State = Election::State;

Octets octets_of_text(std::string_view text) {
  return {text.begin(), text.end()};
}

class Link {
 public:
  explicit Link(std::size_t count, std::uint16_t best = 100) {
    for (std::size_t i = 0; i < count; ++i) {
      Place place;
      place.random = std::make_unique<SeededRandom>(17 + i);
      place.config = config_of(i, count, static_cast<std::uint16_t>(best - i));
      places_.push_back(std::move(place));
      power_on(i);
    }
  }
  static std::string address(std::size_t i) { return "192.0.2." + std::to_string(i + 1); }
  static std::string name(std::size_t i) { return "router-" + std::to_string(i + 1) + ".example"; }

  NodeConfig& config(std::size_t i) { return *places_[i].config; }
  Node& at(std::size_t i) { return *places_[i].node; }
  const Group& group(std::size_t i) { return *at(i).group("ospf"); }
  const GroupKey* key(std::size_t i) { return group(i).keys().sends_with(now); }
  // The datagrams with EXCHANGE that were sent.
  std::size_t sent(wire::ExchangeType exchange) const {
    return counts_.contains(exchange) ? counts_.at(exchange) : 0;
  }

  // GROUP_SECRET: of peers that have none.
  void power_on(std::size_t i, const Octets& group_secret = {}) {
    NodeConfig config = clone(*places_[i].config);
    config.group_secret = Secret(OctetView(group_secret));
    places_[i].node = std::make_unique<Node>(std::move(config), *places_[i].random);
  }
  void join(std::size_t i) { send(*at(i).join("ospf", config(i).groups[0].priority, now)); }
  void send(const std::vector<Datagram>& datagrams) {
    for (const Datagram& datagram : datagrams) {
      const auto header = wire::decode_header(datagram.payload);
      ASSERT_TRUE(header) << to_string(header.error());
      ++counts_[header->exchange_type()];
      for (std::size_t to = 0; to < places_.size(); ++to)
        if (datagram.source.address != address(to) && !places_[to].off &&
            (datagram.destination.address == address(to) ||
             datagram.destination.address == group_address(false)))
          flights_.push({now + 1ms, order_++, to, datagram});
    }
  }
  void off(std::size_t i, bool is_off) { places_[i].off = is_off; }
  void run(Duration duration) {
    const Time end = now + duration;
    for (;;) {
      std::optional<Time> next;
      for (const Place& place : places_)
        if (const auto at = place.off ? std::nullopt : place.node->deadline())
          next = next ? std::min(*next, *at) : *at;
      if (!flights_.empty())
        next = next ? std::min(*next, flights_.top().arrival) : flights_.top().arrival;
      if (!next || *next > end)
        break;
      now = std::max(now, *next);
      while (!flights_.empty() && flights_.top().arrival <= now) {
        const Flight flight = flights_.top();
        flights_.pop();
        if (!places_[flight.to].off)
          send(at(flight.to).receive(flight.datagram, now));
      }
      for (const Place& place : places_)
        if (!place.off)
          send(place.node->tick(now));
    }
    now = end;
  }
  std::string story() {
    std::string out;
    for (const Place& place : places_) {
      out += place.config->router.local.address + "\n";
      for (const Event& event : place.node->events())
        out += "  " +
               std::to_string(
                   std::chrono::duration_cast<std::chrono::milliseconds>(event.time - begin_)
                       .count()) +
               " " + event.kind + ": " + event.text + "\n";
    }
    return out;
  }
  const Time begin_{std::chrono::seconds{1767225600}};
  Time now = begin_;

 private:
  struct Place {
    std::unique_ptr<SeededRandom> random;
    std::optional<NodeConfig> config;
    std::unique_ptr<Node> node;
    bool off = false;
  };
  struct Flight {
    Time arrival;
    std::uint64_t order = 0;
    std::size_t to = 0;
    Datagram datagram;
    bool operator<(const Flight& other) const {
      return std::tie(other.arrival, other.order) < std::tie(arrival, order);
    }
  };

  static NodeConfig config_of(std::size_t i, std::size_t count, std::uint16_t priority) {
    NodeConfig out;
    out.router.local = {address(i), udp_port};
    out.router.identity = {static_cast<std::uint8_t>(wire::IdType::ID_FQDN),
                           octets_of_text(name(i))};
    out.router.ike_proposals = {
        *ike::suite_from_text("AES_CBC-128/HMAC_SHA2_256_128/HMAC_SHA2_256/CURVE25519")};
    for (std::size_t other = 0; other < count; ++other) {
      if (other == i)
        continue;
      PeerConfig peer;
      peer.name = name(other);
      peer.endpoint = {address(other), udp_port};
      peer.identity = {static_cast<std::uint8_t>(wire::IdType::ID_FQDN),
                       octets_of_text(name(other))};
      peer.psk = Secret(octets_of_text("a key for all routers of one link"));
      out.router.peers.push_back(std::move(peer));
    }
    GroupSetup setup;
    setup.group.name = "ospf";
    setup.group.id = {1, 0, 0, 0};
    setup.group.interface = "eth0";
    setup.priority = priority;
    out.groups.push_back(setup);
    return out;
  }
  static NodeConfig clone(const NodeConfig& config) {
    NodeConfig out;
    out.router = config.router.clone();
    out.groups = config.groups;
    out.timers = config.timers;
    out.election_timers = config.election_timers;
    out.idle = config.idle;
    return out;
  }

  std::vector<Place> places_;
  std::priority_queue<Flight> flights_;
  std::map<wire::ExchangeType, std::size_t> counts_;
  std::uint64_t order_ = 0;
};

void expect_one_group(Link& link, std::initializer_list<std::size_t> routers, std::size_t gcks) {
  for (const std::size_t i : routers) {
    EXPECT_EQ(link.group(i).election().gcks(), *wire::IpAddress::from_text(Link::address(gcks)))
        << link.story();
    ASSERT_NE(link.key(i), nullptr) << "router " << i + 1 << "\n" << link.story();
    EXPECT_TRUE(link.key(i)->same_key(*link.key(gcks))) << link.story();
  }
}

TEST(MrkmpNode, RoutersElectAndJoinWithTheInitialExchange) {
  Link link(3);
  for (std::size_t i = 0; i < 3; ++i)
    link.join(i);
  link.run(10s);
  expect_one_group(link, {0, 1, 2}, 0);
  // A join takes two round trips: it is part of mrkmp_auth.
  EXPECT_EQ(link.sent(wire::ExchangeType::mrkmp_init), 4U);
  EXPECT_EQ(link.sent(wire::ExchangeType::mrkmp_auth), 4U);
  EXPECT_EQ(link.sent(wire::ExchangeType::mrkmp_join), 0U);
  EXPECT_EQ(link.sent(wire::ExchangeType::IKE_SA_INIT), 0U);
  const auto rows = link.at(2).rows();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].protocol, "ospfv2");
  EXPECT_EQ(rows[0].alg_id, "hmac-sha-256");
  EXPECT_EQ(rows[0].admin_key_name, "mrkmp/ospf/" + rows[0].local_key_name);
}

TEST(MrkmpNode, AnIdleAssociationGoesAndTheGroupStays) {
  Link link(2);
  link.join(0);
  link.join(1);
  link.run(10s);
  EXPECT_EQ(link.at(1).sas().size(), 1U);
  link.run(40s);
  EXPECT_THAT(link.at(1).sas(), IsEmpty());
  EXPECT_THAT(link.at(0).sas(), IsEmpty());
  expect_one_group(link, {0, 1}, 0);
}

TEST(MrkmpNode, AFailOverTakesAnUpdateAndNoJoin) {
  Link link(3);
  for (std::size_t i = 0; i < 3; ++i)
    link.join(i);
  link.run(10s);
  const std::size_t inits = link.sent(wire::ExchangeType::mrkmp_init);
  link.off(0, true);
  link.run(15s);
  expect_one_group(link, {1, 2}, 1);
  EXPECT_EQ(link.sent(wire::ExchangeType::mrkmp_init), inits) << link.story();
  // The old one comes back with nothing, and is let in.
  link.power_on(0);
  link.off(0, false);
  link.join(0);
  link.run(15s);
  expect_one_group(link, {0, 1, 2}, 1);
}

TEST(MrkmpNode, ARequestForAnotherKeyGoesOnTheAssociationThatStands) {
  Link link(2);
  link.join(0);
  link.join(1);
  link.run(10s);
  const std::uint32_t id = link.key(1)->id;
  link.send(*link.at(1).change_key("ospf", link.now));
  link.run(12s);  // ten seconds after the key before it, and five to tell of it
  EXPECT_EQ(link.sent(wire::ExchangeType::mrkmp_newkey), 2U);
  EXPECT_EQ(link.key(1)->id, id + 1) << link.story();
  expect_one_group(link, {0, 1}, 0);
}

TEST(MrkmpNode, WhoCannotProveItselfIsIgnoredAsGcks) {
  Link link(3);
  // The best of them has another key than all others.
  for (PeerConfig& peer : link.config(0).router.peers)
    peer.psk = Secret(octets_of_text("what nobody else has"));
  link.power_on(0);
  for (std::size_t i = 0; i < 3; ++i)
    link.join(i);
  link.run(40s);
  expect_one_group(link, {1, 2}, 1);
  EXPECT_EQ(link.group(0).election().state(), State::gcks) << "of itself alone";
  EXPECT_FALSE(link.key(0)->same_key(*link.key(1)));
}

TEST(MrkmpNode, WhoDoesNotProveItselfHoldsNobodyUpBySilence) {
  Link link(3);
  link.config(0).router.identity.value = octets_of_text("somebody-else.example");
  link.power_on(0);
  link.join(0);
  link.run(8s);
  link.join(1);
  link.join(2);
  // It has answered both, and answers nothing that they tell it then.
  while (link.now < link.begin_ + 12s && link.sent(wire::ExchangeType::mrkmp_auth) < 4)
    link.run(1ms);
  ASSERT_EQ(link.sent(wire::ExchangeType::mrkmp_auth), 4U) << link.story();
  link.off(0, true);
  link.run(15s);
  expect_one_group(link, {1, 2}, 1);
}

TEST(MrkmpNode, TheSecretOfAGroupIsThatOfPeersWithoutOne) {
  Link link(3);
  link.config(0).router.peers[0].psk = Secret();
  link.config(1).router.peers[0].psk = Secret(octets_of_text("a secret of the group"));
  link.power_on(0, octets_of_text("a secret of the group"));
  link.power_on(1);
  for (std::size_t i = 0; i < 3; ++i)
    link.join(i);
  link.run(20s);
  expect_one_group(link, {0, 1, 2}, 0);
}

TEST(MrkmpNode, PartsMergeByMrkmpMergeSa) {
  Link link(4);
  link.off(0, true);
  link.off(1, true);
  link.join(2);
  link.join(3);
  link.run(10s);
  expect_one_group(link, {2, 3}, 2);
  link.off(0, false);
  link.off(1, false);
  link.off(2, true);
  link.off(3, true);
  link.join(0);
  link.join(1);
  // Shorter than what the sleeping ones need to miss their GCKS: their clocks stand still too.
  link.run(8s);
  expect_one_group(link, {0, 1}, 0);
  link.off(2, false);
  link.off(3, false);
  link.run(30s);
  EXPECT_GE(link.sent(wire::ExchangeType::mrkmp_merge_sa), 2U) << link.story();
  expect_one_group(link, {0, 1, 2, 3}, 0);
}

TEST(MrkmpNode, ARemovedRouterIsNotLetInAgain) {
  Link link(3);
  for (std::size_t i = 0; i < 3; ++i)
    link.join(i);
  link.run(10s);
  for (const std::size_t i : {0U, 1U})
    link.send(*link.at(i).remove("ospf", Link::name(2), true, link.now));
  link.run(20s);
  expect_one_group(link, {0, 1}, 0);
  EXPECT_TRUE(link.key(2) == nullptr || !link.key(2)->same_key(*link.key(0))) << link.story();
  EXPECT_THAT(link.at(2).events(), Contains(Field(&Event::kind, "kek-retired")));
  EXPECT_THAT(link.at(0).events(), Contains(Field(&Event::kind, "join-refused"))) << link.story();
}

TEST(MrkmpNode, AnotherProtocolsExchangesAreNotKnown) {
  Link link(2);
  link.join(0);
  link.join(1);
  link.run(10s);
  wire::Message message;
  message.header.spi_i = 7;
  message.header.exchange = static_cast<std::uint8_t>(wire::ExchangeType::IKE_SA_INIT);
  message.header.flags = wire::Header::flag_initiator;
  const Datagram datagram{
      {Link::address(1), udp_port}, {Link::address(0), udp_port}, wire::encode_message(message)};
  EXPECT_THAT(link.at(0).receive(datagram, link.now), IsEmpty());
  EXPECT_THAT(link.at(0).events().back().text, HasSubstr("exchange type 34"));
}

}  // namespace
}  // namespace karpspec::oracle::mrkmp
