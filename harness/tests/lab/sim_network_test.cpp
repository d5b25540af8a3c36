#include "lab/sim_network.h"

#include <gtest/gtest.h>

namespace karpspec::lab {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Endpoint router{"192.0.2.1", 500};
const Endpoint tester{"192.0.2.2", 500};

// Answers each datagram with its octets, and says "tick" every second once it was spoken to.
class Echo final : public Machine {
 public:
  std::vector<Datagram> receive(const Datagram& datagram, Time now) override {
    ++received;
    if (ticking)
      next = now + seconds{1};
    return {{datagram.destination, datagram.source, datagram.payload}};
  }
  std::vector<Datagram> tick(Time now) override {
    next = now + seconds{1};
    return {{router, tester, octets_of("tick")}};
  }
  [[nodiscard]] std::optional<Time> deadline() const override { return next; }

  int received = 0;
  bool ticking = false;
  std::optional<Time> next;
};

struct Net {
  explicit Net(std::uint64_t seed = 1) : network(seed), link(network.tester(tester.address)) {
    network.attach(router.address, echo);
  }
  void say(std::string_view text) { ASSERT_TRUE(link.send({tester, router, octets_of(text)})); }
  std::optional<std::string> hear(Duration within = seconds{1}) {
    const auto got = link.receive(link.now() + within);
    EXPECT_TRUE(got);
    if (!got || !*got)
      return std::nullopt;
    return std::string((*got)->payload.begin(), (*got)->payload.end());
  }
  SimNetwork network;
  Echo echo;
  Link& link;
};

TEST(SimNetwork, CarriesADatagramThereAndBack) {
  Net net;
  net.say("hello");
  EXPECT_EQ(net.hear(), "hello");
  EXPECT_EQ(net.link.now() - SimNetwork::start_time(), milliseconds{2});
}

TEST(SimNetwork, SilenceEndsAtTheDeadline) {
  Net net;
  EXPECT_EQ(net.hear(seconds{3600}), std::nullopt);
  EXPECT_EQ(net.link.now() - SimNetwork::start_time(), seconds{3600});
}

TEST(SimNetwork, RunsTimersOnTheWay) {
  Net net;
  net.echo.ticking = true;
  net.say("x");
  EXPECT_EQ(net.hear(seconds{5}), "x");
  EXPECT_EQ(net.hear(seconds{5}), "tick");
  EXPECT_EQ(net.hear(seconds{5}), "tick");
}

TEST(SimNetwork, LosesWhatItIsToldTo) {
  Net net;
  net.network.drop_next_received(1);
  net.say("lost");
  net.say("kept");
  EXPECT_EQ(net.hear(), "kept");
  net.network.drop_next_sent(1);
  net.say("never arrives");
  EXPECT_EQ(net.hear(), std::nullopt);
  EXPECT_EQ(net.echo.received, 2);
}

TEST(SimNetwork, Duplicates) {
  Net net;
  net.network.duplicate_next_received();
  net.say("twice");
  EXPECT_EQ(net.hear(), "twice");
  EXPECT_EQ(net.hear(), "twice");
  EXPECT_EQ(net.hear(), std::nullopt);
}

TEST(SimNetwork, TheSameSeedGivesTheSameRun) {
  const auto run = [](std::uint64_t seed) {
    Net net(seed);
    net.network.impair_received({milliseconds{1}, milliseconds{9}, 0.3, 0.2, 0.2});
    std::string heard;
    for (int i = 0; i < 50; ++i)
      net.say(std::to_string(i));
    while (const auto text = net.hear())
      heard += *text + ",";
    return heard;
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
}

TEST(SimNetwork, LossIsAboutAsOftenAsAsked) {
  Net net;
  net.network.impair_received({.loss = 0.25});
  for (int i = 0; i < 1000; ++i)
    net.say("x");
  int heard = 0;
  while (net.hear())
    ++heard;
  EXPECT_GT(heard, 680);
  EXPECT_LT(heard, 820);
}

TEST(SimNetwork, DuplicatesWhatIsSent) {
  Net net;
  net.network.duplicate_next_sent(2);
  net.say("a");
  net.say("b");
  net.say("c");
  while (net.hear()) {
  }
  EXPECT_EQ(net.echo.received, 5);
}

TEST(SimNetwork, Reorders) {
  Net net;
  net.network.impair_sent({.reordering = 1.0});
  net.say("first");
  net.network.impair_sent({});
  net.say("second");
  EXPECT_EQ(net.hear(), "second");
  EXPECT_EQ(net.hear(), "first");
}

TEST(SimNetwork, TakesWhatACommandMadeAMachineSay) {
  Net net;
  net.network.inject({{router, tester, octets_of("by itself")}});
  EXPECT_EQ(net.hear(), "by itself");
  // A deadline that a command has set counts although nothing was received.
  net.echo.next = net.link.now() + seconds{2};
  EXPECT_EQ(net.hear(seconds{3}), "tick");
}

TEST(SimNetwork, WhatIsOverdueIsDoneNow) {
  Net net;
  EXPECT_EQ(net.hear(seconds{10}), std::nullopt);
  net.echo.next = net.link.now() - seconds{5};
  const Time before = net.link.now();
  EXPECT_EQ(net.hear(), "tick");
  EXPECT_EQ(net.link.now() - before, milliseconds{1});
}

TEST(SimNetwork, TheTesterMayHaveSeveralAddressesAndPorts) {
  Net net;
  net.network.add_tester_address("2001:db8::2");
  const Endpoint other{"2001:db8::2", 4500};
  ASSERT_TRUE(net.link.send({other, router, octets_of("x")}));
  const auto got = net.link.receive(net.link.now() + seconds{1});
  ASSERT_TRUE(got && *got);
  EXPECT_EQ((*got)->destination, other);
}

TEST(SimNetwork, AMachineMayHaveSeveralAddressesAndBeTakenAway) {
  Net net;
  net.network.attach("192.0.2.9", net.echo);
  ASSERT_TRUE(net.link.send({tester, {"192.0.2.9", 500}, octets_of("x")}));
  EXPECT_EQ(net.hear(), "x");
  net.network.detach("192.0.2.9");
  ASSERT_TRUE(net.link.send({tester, {"192.0.2.9", 500}, octets_of("x")}));
  EXPECT_EQ(net.hear(), std::nullopt);
  net.say("still there");
  EXPECT_EQ(net.hear(), "still there");
  net.echo.next = net.link.now();
  net.network.detach(router.address);
  EXPECT_EQ(net.hear(), std::nullopt);
}

TEST(SimNetwork, TheTapSeesBothWays) {
  Net net;
  std::string seen;
  net.link.set_tap([&](const Datagram& datagram, Time time) {
    seen += datagram.source.address + " " +
            std::to_string((time - SimNetwork::start_time()) / milliseconds{1}) + ",";
  });
  net.say("x");
  EXPECT_EQ(net.hear(), "x");
  EXPECT_EQ(seen, "192.0.2.2 0,192.0.2.1 2,");
}

// Answers each packet with its octets, and says something once of its own accord.
class PacketEcho final : public PacketMachine {
 public:
  std::vector<Octets> receive(OctetView packet, Time) override {
    return {Octets(packet.begin(), packet.end())};
  }
  std::vector<Octets> tick(Time) override {
    next.reset();
    return {octets_of("late")};
  }
  [[nodiscard]] std::optional<Time> deadline() const override { return next; }
  std::optional<Time> next;
};

TEST(SimNetwork, CarriesPacketsAtTheClockOfDatagrams) {
  Net net;
  PacketEcho echo;
  net.network.attach_packets(echo);
  PacketLink& packets = net.network.packet_tester();
  std::string seen;
  packets.set_tap([&](OctetView packet, Time time) {
    seen += std::string(packet.begin(), packet.end()) + " " +
            std::to_string((time - SimNetwork::start_time()) / milliseconds{1}) + ",";
  });
  echo.next = net.link.now() + seconds{1};
  ASSERT_TRUE(packets.send(octets_of("one")));
  net.say("datagram");
  // What comes while a datagram is waited for is not lost, nor the other way round.
  EXPECT_EQ(net.hear(), "datagram");
  auto got = packets.receive(net.link.now());
  ASSERT_TRUE(got && *got);
  EXPECT_EQ(**got, octets_of("one"));
  got = packets.receive(packets.now() + seconds{2});
  ASSERT_TRUE(got && *got);
  EXPECT_EQ(**got, octets_of("late"));
  EXPECT_EQ(net.link.now(), packets.now());
  EXPECT_EQ(packets.now() - SimNetwork::start_time(), milliseconds{1001});
  EXPECT_EQ(seen, "one 0,one 2,late 1001,");
  got = packets.receive(packets.now() + seconds{1});
  ASSERT_TRUE(got);
  EXPECT_FALSE(*got);
}

// A machine that is always due: time cannot pass.
class Restless final : public Machine {
 public:
  std::vector<Datagram> receive(const Datagram&, Time) override { return {}; }
  std::vector<Datagram> tick(Time) override { return {}; }
  [[nodiscard]] std::optional<Time> deadline() const override { return Time{}; }
};

TEST(SimNetwork, NoticesALivelock) {
  SimNetwork network(1);
  Restless restless;
  network.attach(router.address, restless);
  Link& link = network.tester(tester.address);
  EXPECT_FALSE(link.receive(link.now() + seconds{1}));
}

}  // namespace
}  // namespace karpspec::lab
