#include "oracle/tcpao/tcp_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "noon.h"

// Hosts whose applications keep MKTs and connections.
namespace karpspec::oracle::tcpao {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using State = TcpConnection::State;

const wire::IpAddress a_address = *wire::IpAddress::from_text("192.0.2.1");
const wire::IpAddress b_address = *wire::IpAddress::from_text("192.0.2.2");

Mkt mkt(const char* name, const char* remote, std::uint8_t send_id, std::uint8_t recv_id) {
  Mkt out;
  out.name = name;
  out.connection.sockets.remote = *AddressPattern::from_text(remote);
  out.send_id = send_id;
  out.recv_id = recv_id;
  out.row.key = Secret(octets_of(std::string("master key of ") + name));
  return out;
}

// Two hosts at the ends of one cable.
class Hosts : public testing::Test {
 protected:
  SeededRandom random{1, "hosts"};
  TcpHost a{{a_address}, random}, b{{b_address}, random};
  Time now = noon;

  void add(const char* name, std::uint8_t one, std::uint8_t two) {
    ASSERT_TRUE(a.add(mkt(name, "192.0.2.2", one, two)));
    ASSERT_TRUE(b.add(mkt(name, "192.0.2.1", two, one)));
  }
  // Carries what FROM_A and its answers are, until nothing more is sent.
  void carry(TcpHost::Out out, bool from_a) {
    for (int round = 0; round < 20 && !out.empty(); ++round, from_a = !from_a) {
      TcpHost::Out answers;
      for (const wire::TcpPacket& packet : out) {
        TcpHost::Out more = (from_a ? b : a).receive(packet, now);
        answers.insert(answers.end(), more.begin(), more.end());
      }
      out = std::move(answers);
    }
    EXPECT_TRUE(out.empty());
  }
  void open() {
    ASSERT_TRUE(b.listen(179));
    auto syn = a.connect(b_address, 179, 40001, now);
    ASSERT_TRUE(syn) << to_string(syn.error());
    carry(*std::move(syn), true);
  }
  static std::string text(OctetView octets) { return {octets.begin(), octets.end()}; }
};

TEST_F(Hosts, OpenAcceptAndCarryData) {
  add("one", 61, 84);
  open();
  for (const TcpHost* host : {&a, &b}) {
    ASSERT_EQ(host->connections().size(), 1U);
    EXPECT_EQ(host->connections()[0].state, State::established);
  }
  carry(a.send(b_address, 179, octets_of("there"), now).value(), true);
  carry(b.send(a_address, 40001, octets_of("and back"), now).value(), false);
  EXPECT_EQ(text(b.connections()[0].received), "there");
  EXPECT_EQ(text(a.connections()[0].received), "and back");
  EXPECT_EQ(a.connections()[0].bad + b.connections()[0].bad, 0U);
}

TEST_F(Hosts, GoWithoutTcpAoWhereNoMktMatchesAndStayThere) {
  ASSERT_TRUE(a.add(mkt("elsewhere", "203.0.113.9", 1, 2)));
  open();
  ASSERT_EQ(b.connections().size(), 1U);
  EXPECT_EQ(b.connections()[0].state, State::established);
  add("one", 61, 84);
  const auto sent = a.send(b_address, 179, octets_of("plain"), now).value();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(wire::read_tcp_header(sent[0].segment)->find(wire::TcpOptionKind::AO), nullptr);
  carry(sent, true);
  EXPECT_EQ(text(b.connections()[0].received), "plain");
}

TEST_F(Hosts, KeepNothingOfASynThatIsNotAuthentic) {
  ASSERT_TRUE(b.add(mkt("one", "192.0.2.1", 84, 61)));
  open();
  EXPECT_TRUE(b.connections().empty());
  EXPECT_EQ(a.connections()[0].state, State::syn_sent);
}

TEST_F(Hosts, ChooseTheirKeys) {
  add("one", 61, 84);
  open();
  add("two", 62, 85);
  ASSERT_TRUE(a.choose_keys(b_address, 179, std::nullopt, 85, now));
  carry(a.send(b_address, 179, octets_of("asks"), now).value(), true);
  EXPECT_EQ(b.connections()[0].current->name, "two") << "it does as it is asked";
  EXPECT_EQ(a.connections()[0].current->name, "one");
  EXPECT_EQ(a.connections()[0].rnext->name, "two");
  ASSERT_TRUE(a.choose_keys(b_address, 179, 62, std::nullopt, now));
  EXPECT_EQ(a.connections()[0].current->name, "two");
  EXPECT_EQ(a.choose_keys(b_address, 179, 99, std::nullopt, now).error().code,
            ErrorCode::not_found);
}

TEST_F(Hosts, RefuseMktsThatCannotBeToldApart) {
  ASSERT_TRUE(a.add(mkt("one", "192.0.2.0/24", 1, 2)));
  const std::pair<Mkt, const char*> wrong[] = {
      {mkt("one", "203.0.113.9", 5, 6), "there is an MKT 'one'"},
      {mkt("send", "192.0.2.2", 1, 4), "the same SendID 1"},
      {mkt("recv", "any", 3, 2), "the same RecvID 2"}};
  for (const auto& [each, why] : wrong) {
    Mkt copy = mkt(each.name.c_str(), each.connection.sockets.remote.to_text().c_str(),
                   each.send_id, each.recv_id);
    const auto added = a.add(std::move(copy));
    ASSERT_FALSE(added) << each.name;
    EXPECT_THAT(added.error().message, HasSubstr(why));
  }
  Mkt keyless = mkt("keyless", "203.0.113.9", 7, 8);
  keyless.row.key = {};
  EXPECT_THAT(a.add(std::move(keyless)).error().message, HasSubstr("key"));
  Mkt long_key = mkt("long", "203.0.113.9", 7, 8);
  long_key.row.key = Secret(std::size_t{256});
  EXPECT_THAT(a.add(std::move(long_key)).error().message, HasSubstr("longer than 255 octets"));
  EXPECT_TRUE(a.add(mkt("elsewhere", "203.0.113.9", 1, 2)));
  EXPECT_EQ(a.mkts().size(), 2U);
}

TEST_F(Hosts, RetransmitAndGiveUp) {
  add("one", 61, 84);
  auto syn = a.connect(b_address, 179, 40001, now);
  ASSERT_TRUE(syn && syn->size() == 1);
  ASSERT_TRUE(a.deadline());
  now = *a.deadline();
  const auto again = a.tick(now);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0], (*syn)[0]) << "the same octets, under the same traffic key";
  while (a.deadline()) {
    now = *a.deadline();
    (void)a.tick(now);
  }
  EXPECT_EQ(a.connections()[0].state, State::closed);
  EXPECT_EQ(a.send(b_address, 179, octets_of("x"), now).error().code, ErrorCode::not_found);
}

TEST_F(Hosts, EndConnectionsAndPorts) {
  add("one", 61, 84);
  open();
  EXPECT_EQ(b.listen(179).error().code, ErrorCode::bad_value);
  carry(a.close(b_address, 179, now).value(), true);
  EXPECT_EQ(b.connections()[0].state, State::closed) << "by a reset that is authentic";
  ASSERT_TRUE(b.close_port(179));
  EXPECT_EQ(b.close_port(179).error().code, ErrorCode::not_found);
  carry(a.connect(b_address, 179, 40002, now).value(), true);
  EXPECT_EQ(b.connections().size(), 1U) << "nothing is accepted any more";
}

// Whatever comes: nothing is answered but what is authentic.
TEST_F(Hosts, AreSilentAboutGarbage) {
  add("one", 61, 84);
  ASSERT_TRUE(b.listen(179));
  for (std::size_t size = 0; size < 200; ++size) {
    wire::TcpPacket packet{a_address, b_address, random.octets(size)};
    if (size >= wire::tcp_header_size)
      wire::set_tcp_checksum(packet);
    EXPECT_TRUE(b.receive(packet, now).empty());
  }
  EXPECT_TRUE(b.connections().empty());
}

}  // namespace
}  // namespace karpspec::oracle::tcpao
