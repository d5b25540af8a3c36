#include <map>

#include "soak_seeds.h"
#include "tcpao_world.h"

// A session like BGP's under keys that RKMP makes, for a day and a night.
namespace karpspec::oracle {
namespace {

using tcpao::Reason;

std::string refusals(const KeyedSession& world) {
  std::string text;
  for (std::size_t end : {0U, 1U}) {
    for (const auto& [reason, count] : world.total(end).refused)
      text += std::string(end == 0 ? "A" : "B") + " refused " + std::to_string(count) + " as " +
              to_string(reason) + "; the last: " + world.session(end).last_refusal().detail + "\n";
  }
  return text + "A:\n" + all_events(world.router(0)) + "B:\n" + all_events(world.router(1));
}

struct Day {
  KeyedSession world;
  // What protected the segments that an end sent; what a restart numbers anew is another key.
  std::set<std::pair<bool, std::uint64_t>> keys[2];
  bool again = false;  // a router has been started again
  explicit Day(std::uint64_t seed, KeyedSession::Family family) : world(seed, 1h, family) {
    world.weather.loss = static_cast<double>(1 + world.pick(10)) / 100;
    world.weather.jitter = std::chrono::milliseconds(1 + world.pick(200));
  }

  // HOURS with updates now and then; in RESTART_HOUR one of the routers starts again.
  void play(std::uint64_t restart_hour, const std::function<void(std::uint64_t hour)>& on_hour,
            std::uint64_t hours = 24) {
    const std::uint64_t restart_second = world.pick(3600);
    const std::size_t restarted = world.pick(2);
    world.start(world.pick(2));
    for (std::uint64_t hour = 0; hour < hours; ++hour) {
      on_hour(hour);
      Duration left = 1h;
      if (hour == restart_hour) {
        minutes(std::chrono::seconds(restart_second));
        world.restart(restarted);
        again = true;
        left -= std::chrono::seconds(restart_second);
      }
      minutes(left);
    }
  }
  void minutes(Duration duration) {
    while (duration > Duration::zero()) {
      const Duration step =
          std::min<Duration>(duration, std::chrono::seconds(20 + world.pick(600)));
      world.run(step);
      for (std::size_t end : {0U, 1U}) {
        world.update(end, world.pick(4000));
        if (const std::uint64_t key = world.session(end).current_key())
          keys[end].emplace(again, key);
      }
      duration -= step;
    }
  }
};

TEST(TcpAoSession, RunsADayWithoutARefusedSegment) {
  const auto [first, seeds] = soak_seeds(sanitized ? 4 : 8);
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Day day(seed, seed % 2 == 0 ? KeyedSession::Family::ipv6 : KeyedSession::Family::ipv4);
    day.play(1 + day.world.pick(22), [](std::uint64_t) {});
    const KeyedSession& world = day.world;
    ASSERT_EQ(world.refused(), 0U) << refusals(world);
    for (std::size_t end : {0U, 1U}) {
      const auto counters = world.total(end);
      EXPECT_TRUE(world.session(end).up());
      EXPECT_EQ(counters.disorder, 0U);
      EXPECT_GE(counters.sessions, 2U);
      EXPECT_GT(counters.updates, 100U);
      EXPECT_GT(counters.accepted, 2000U);
      // Each is replaced when four fifths of its hour are over (profile P-67).
      EXPECT_GE(day.keys[end].size(), 24U);
    }
    // The restart costs one session, and nothing else costs any.
    EXPECT_LE(world.total(0).lost + world.total(1).lost, 1U) << refusals(world);
  }
}

// What somebody between the routers, or a router with a fault, does to one segment; and what the
// other router must call it.
struct Planted {
  const char* name;
  Reason reason;
  void (*alter)(wire::TcpPacket&);
};

void put(wire::TcpPacket& packet, std::size_t at, std::uint8_t octet) {
  packet.segment[at] = octet;
}
std::size_t option_at(const wire::TcpPacket& packet) {
  return wire::read_tcp_header(packet.segment)->find(wire::TcpOptionKind::AO)->offset;
}

class PlantedFault : public testing::TestWithParam<Planted> {};

TEST_P(PlantedFault, CostsOneSegment) {
  Day day(7, KeyedSession::Family::ipv4);
  KeyedSession& world = day.world;
  bool armed = false;
  world.on_segment = [&](wire::TcpPacket& packet, std::size_t from) {
    const auto header = wire::read_tcp_header(packet.segment);
    if (!armed || from != 0 || header->size == packet.segment.size())
      return KeyedSession::Fate::weather;
    armed = false;
    GetParam().alter(packet);
    wire::set_tcp_checksum(packet);
    return KeyedSession::Fate::arrives;
  };
  day.play(
      2, [&](std::uint64_t hour) { armed = hour == 5; }, 12);
  EXPECT_FALSE(armed);
  EXPECT_EQ(world.refused(), 1U) << refusals(world);
  EXPECT_EQ(world.total(1).refused[GetParam().reason], 1U) << refusals(world);
  EXPECT_FALSE(world.session(1).last_refusal().detail.empty());
  // What was lost so is sent again, and the session does not notice.
  EXPECT_LE(world.total(0).lost + world.total(1).lost, 1U);
  EXPECT_GT(world.total(1).updates, 100U);
  EXPECT_EQ(world.total(1).disorder, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    All, PlantedFault,
    testing::Values(
        Planted{"MacBit", Reason::mac,
                [](wire::TcpPacket& packet) { packet.segment[option_at(packet) + 15] ^= 1; }},
        Planted{"DataBit", Reason::mac,
                [](wire::TcpPacket& packet) { packet.segment.back() ^= 0x80; }},
        Planted{"Window", Reason::mac, [](wire::TcpPacket& packet) { put(packet, 15, 0); }},
        Planted{"RNextKeyId", Reason::mac,
                [](wire::TcpPacket& packet) { packet.segment[option_at(packet) + 3] ^= 0x40; }},
        Planted{"KeyId", Reason::unknown_key,
                [](wire::TcpPacket& packet) { packet.segment[option_at(packet) + 2] ^= 0x80; }},
        Planted{"NoOption", Reason::no_option,
                [](wire::TcpPacket& packet) {
                  const std::size_t at = option_at(packet);
                  std::fill_n(packet.segment.begin() + static_cast<std::ptrdiff_t>(at), 16, 1);
                }},
        Planted{"ShortMac", Reason::mac_length,
                [](wire::TcpPacket& packet) {
                  const std::size_t at = option_at(packet);
                  put(packet, at + 1, 12);
                  std::fill_n(packet.segment.begin() + static_cast<std::ptrdiff_t>(at + 12), 4, 1);
                }},
        Planted{"NoMac", Reason::mac_length,
                [](wire::TcpPacket& packet) {
                  const std::size_t at = option_at(packet);
                  put(packet, at + 1, 4);
                  std::fill_n(packet.segment.begin() + static_cast<std::ptrdiff_t>(at + 4), 12, 1);
                }},
        Planted{"OptionOfThreeOctets", Reason::option_length,
                [](wire::TcpPacket& packet) {
                  const std::size_t at = option_at(packet);
                  put(packet, at + 1, 3);
                  std::fill_n(packet.segment.begin() + static_cast<std::ptrdiff_t>(at + 3), 13, 1);
                }},
        Planted{"OptionBeyondTheHeader", Reason::header,
                [](wire::TcpPacket& packet) { put(packet, option_at(packet) + 1, 17); }}),
    [](const auto& planted) { return std::string(planted.param.name); });

}  // namespace
}  // namespace karpspec::oracle
