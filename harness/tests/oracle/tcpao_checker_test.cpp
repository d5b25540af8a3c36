#include "oracle/tcpao/checker.h"
#include "tcpao_world.h"

// A third party with one router's key table, and what two routers say to each other.
namespace karpspec::oracle {
namespace {

using tcpao::Checker;
using tcpao::Judgement;
using tcpao::Reason;

// Keys of both routers together, as no router has them but a laboratory has: rows of an hour that
// has passed stay in it.
struct Recorded {
  std::vector<std::pair<wire::TcpPacket, Time>> packets;
  std::vector<keytable::Row> rows[2];
};

Recorded record(std::uint64_t seed, bool restart) {
  KeyedSession world(seed);
  Recorded recorded;
  std::set<std::string> known;
  world.on_segment = [&](wire::TcpPacket& packet, std::size_t) {
    recorded.packets.emplace_back(packet, world.now);
    for (std::size_t end : {0U, 1U})
      for (const keytable::Row& row : world.router(end).key_table().rows()) {
        // A restarted router counts its rows from the beginning.
        const std::string name = std::to_string(end) + row.admin_key_name + to_hex(row.key.view());
        if (!known.insert(name).second)
          continue;
        recorded.rows[end].push_back(row.clone());
        recorded.rows[end].back().admin_key_name = name;
      }
    return KeyedSession::Fate::weather;
  };
  world.start(0);
  for (int hour = 0; hour < 4; ++hour) {
    world.run(20min);
    world.update(0, 3000);
    world.update(1, 300);
    if (restart && hour == 2)
      world.restart(1);
    world.run(40min);
  }
  EXPECT_EQ(world.refused(), 0U);
  return recorded;
}

Checker checker_for(const std::vector<keytable::Row>& rows, std::size_t most = 100) {
  tcpao::Mkts mkts;
  EXPECT_TRUE(mkts.follow(rows));
  return Checker(std::move(mkts), {}, most);
}

TEST(Checker, FindsADayRightWithTheKeysOfEitherEnd) {
  for (const bool restart : {false, true})
    for (std::size_t end : {0U, 1U}) {
      const Recorded recorded = record(11, restart);
      Checker checker = checker_for(recorded.rows[end]);
      std::size_t at = 0;
      for (const auto& [packet, time] : recorded.packets) {
        const Judgement judgement = checker.check(packet, time);
        ASSERT_EQ(judgement.reason, Reason::accepted) << at << ": " << judgement.detail;
        EXPECT_NE(checker.mkts().find(judgement.mkt), nullptr);
        ++at;
      }
      EXPECT_GT(at, 500U);
    }
}

TEST(Checker, FindsTheOneThatIsWrong) {
  Recorded recorded = record(12, false);
  const std::size_t wrong = recorded.packets.size() / 2;
  recorded.packets[wrong].first.segment[15] ^= 1;
  Checker checker = checker_for(recorded.rows[0]);
  for (std::size_t at = 0; at < recorded.packets.size(); ++at) {
    const Judgement judgement =
        checker.check(recorded.packets[at].first, recorded.packets[at].second);
    EXPECT_EQ(judgement.reason, at == wrong ? Reason::mac : Reason::accepted) << at;
  }
}

TEST(Checker, KnowsASynAckWithoutItsSyn) {
  Recorded recorded = record(13, false);
  recorded.packets.erase(recorded.packets.begin());
  Checker checker = checker_for(recorded.rows[1]);
  for (const auto& [packet, time] : recorded.packets)
    ASSERT_EQ(checker.check(packet, time).reason, Reason::accepted);
}

TEST(Checker, SaysWhenItHasNotSeenTheHandshake) {
  const Recorded recorded = record(14, false);
  Checker checker = checker_for(recorded.rows[0]);
  for (std::size_t at = 3; at < recorded.packets.size(); ++at) {
    const Judgement judgement =
        checker.check(recorded.packets[at].first, recorded.packets[at].second);
    ASSERT_EQ(judgement.reason, Reason::no_handshake);
    EXPECT_FALSE(judgement.refused());
  }
}

TEST(Checker, ForgetsWhoWasSilentLongest) {
  const Recorded one = record(15, false), other = record(16, false);
  std::vector<keytable::Row> rows;
  for (const keytable::Row& row : one.rows[0])
    rows.push_back(row.clone());
  Checker checker = checker_for(rows, 1);
  for (std::size_t at = 0; at < 10; ++at)
    EXPECT_TRUE(checker.check(one.packets[at].first, one.packets[at].second).accepted());
  // Another connection with the same keys, by hand.
  const auto header = wire::read_tcp_header(one.packets[0].first.segment);
  tcpao::Connection fresh({one.packets[0].first.source, one.packets[0].first.destination, 1, 179});
  fresh.set_isn(1);
  tcpao::Mkts mkts;
  ASSERT_TRUE(mkts.follow(rows));
  wire::TcpFields syn;
  syn.source_port = 1;
  syn.destination_port = 179;
  syn.sequence = 1;
  syn.flags = 2;
  const auto packet = fresh.protect(syn, mkts, {}, one.packets[0].second);
  ASSERT_TRUE(packet) << to_string(packet.error());
  EXPECT_TRUE(checker.check(*packet, one.packets[0].second).accepted());
  EXPECT_EQ(checker.check(one.packets[10].first, one.packets[10].second).reason,
            Reason::no_handshake);
}

TEST(Checker, FollowsANewConnectionOfTheSamePorts) {
  tcpao::Mkts mkts;
  keytable::Row row;
  row.admin_key_name = "key";
  row.local_key_name = row.peer_key_name = "1";
  row.peers = {"192.0.2.2"};
  row.protocol = "bgp";
  row.kdf = "AES-128-CMAC";
  row.alg_id = "AES-128-CMAC-96";
  row.key = Secret(octets_of("0123456789abcdef"));
  ASSERT_TRUE(mkts.add(*tcpao::mkt_from_row(row)));
  keytable::Row mirrored = row.clone();
  mirrored.peers = {"192.0.2.1"};
  tcpao::Mkts of_b;
  ASSERT_TRUE(of_b.add(*tcpao::mkt_from_row(mirrored)));
  const Time time{std::chrono::seconds{1767225600}};
  const wire::IpAddress a = *wire::IpAddress::from_text("192.0.2.1");
  const wire::IpAddress b = *wire::IpAddress::from_text("192.0.2.2");
  Checker checker(std::move(mkts), {});
  tcpao::Mkts of_a;
  ASSERT_TRUE(of_a.add(*tcpao::mkt_from_row(row)));
  for (std::uint32_t isn : {100U, 0xffffffffU, 7U}) {
    tcpao::TcpConnection from_a({a, b, 2000, 179}, isn), from_b({b, a, 179, 2000}, isn + 50);
    const auto see = [&](const tcpao::TcpConnection::Out& out) {
      for (const wire::TcpPacket& packet : out)
        EXPECT_EQ(checker.check(packet, time).reason, Reason::accepted) << isn;
      return out.empty() ? wire::TcpPacket{} : out.front();
    };
    const auto syn = see(from_a.start({of_a, {}}, time));
    const auto syn_ack = see(from_b.receive(syn, {of_b, {}}, time).out);
    const auto last = see(from_a.receive(syn_ack, {of_a, {}}, time).out);
    (void)from_b.receive(last, {of_b, {}}, time);
    see(from_a.send(octets_of("routes"), {of_a, {}}, time));
    see(from_b.send(octets_of("routes"), {of_b, {}}, time));
    EXPECT_EQ(from_b.state(), tcpao::TcpConnection::State::established);
  }
}

}  // namespace
}  // namespace karpspec::oracle
