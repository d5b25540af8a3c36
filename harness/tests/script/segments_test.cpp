#include <gmock/gmock.h>

#include "engine.h"
#include "oracle/tcpao/tcp_host.h"
#include "wire/ip_packet.h"

// Steps about TCP segments, against a device whose TCP is the oracle's behind a fake cable.
namespace karpspec::script {
namespace {

using oracle::tcpao::TcpHost;
using testing::HasSubstr;

const wire::IpAddress device_ip = *wire::IpAddress::from_text("192.0.2.1");
const wire::IpAddress tester_ip = *wire::IpAddress::from_text("192.0.2.2");

struct Cable {
  Time now{};
  std::multimap<Time, Octets> coming;
  // What becomes of a packet of the tester's: packets that answer it.
  std::function<std::vector<Octets>(const Octets&, Time)> device;
  bool broken = false;
};

class FakePackets final : public lab::PacketLink {
 public:
  FakePackets(Cable& cable, FakeState& state) : cable_(cable), state_(state) {}
  [[nodiscard]] Time now() const override { return state_.now; }
  Result<void> send(OctetView packet) override {
    if (tap_)
      tap_(packet, state_.now);
    for (Octets& answer : cable_.device(Octets(packet.begin(), packet.end()), state_.now))
      cable_.coming.emplace(state_.now + std::chrono::milliseconds{1}, std::move(answer));
    return {};
  }
  Result<std::optional<Octets>> receive(Time deadline) override {
    if (cable_.broken)
      return fail(ErrorCode::io, "the cable is cut");
    if (cable_.coming.empty() || cable_.coming.begin()->first > deadline) {
      state_.now = std::max(state_.now, deadline);
      return std::optional<Octets>();
    }
    const auto first = cable_.coming.begin();
    state_.now = std::max(state_.now, first->first);
    Octets packet = first->second;
    cable_.coming.erase(first);
    if (tap_)
      tap_(packet, state_.now);
    return std::optional(std::move(packet));
  }
  void set_tap(Tap tap) override { tap_ = std::move(tap); }

 private:
  Cable& cable_;
  FakeState& state_;
  Tap tap_;
};

class Segments : public testing::Test {
 protected:
  Segments() {
    cable_.device = [this](const Octets& packet, Time now) {
      const auto segment = wire::read_ip(packet);
      std::vector<Octets> out;
      if (segment && *segment)
        for (wire::TcpPacket& answer : host_.receive(**segment, now)) {
          if (spoil)
            spoil(answer);
          out.push_back(*wire::encode_ip(answer));
        }
      return out;
    };
    oracle::tcpao::Mkt mkt;
    mkt.name = "one";
    mkt.send_id = 61;
    mkt.recv_id = 84;
    mkt.row.key = Secret(octets_of("key"));
    EXPECT_TRUE(host_.add(std::move(mkt)));
    EXPECT_TRUE(host_.listen(179));
  }

  Outcome play_steps(const std::string& steps) {
    desk_.write("rkmp/x.yaml",
                "title: A claim\nchecks: [RKMP-4.1-02]\nrole: tcp\nsteps:\n" + prelude + steps);
    const auto suite = desk_.load();
    if (!suite) {
      ADD_FAILURE() << suite.error().message;
      return {};
    }
    World world = fake_world(state_);
    if (has_packets)
      world.packets = std::make_unique<FakePackets>(cable_, state_);
    world.packet_addresses = {tester_ip, device_ip, {}, {}};
    PlayOptions options;
    options.seed = 3;
    options.requirements = &suite->requirements;
    return play(suite->scenarios[0], world, options);
  }
  // The failure that STEPS end with.
  verdict::Failure failure(const std::string& steps) {
    const Outcome outcome = play_steps(steps);
    EXPECT_EQ(outcome.result.verdict, verdict::Verdict::fail) << outcome.result.reason;
    return outcome.result.failure.value_or(verdict::Failure{});
  }

  const std::string prelude =
      "  - control: mkt-add\n"
      "    params: {name: one, remote: {address: =tester-tcp-address}, send_id: 61, recv_id: 84, "
      "mac: HMAC-SHA-1-96, kdf: HMAC-SHA-1, key: 6b6579}\n"
      "  - control: tcp-listen\n    params: {port: 179}\n";
  const std::string handshake =
      "  - send: TCP {SYN}\n  - expect: TCP {SYN, ACK}\n  - send: TCP {ACK}\n";
  Desk desk_;
  FakeState state_;
  Cable cable_;
  SeededRandom random_{1, "host"};
  TcpHost host_{{device_ip}, random_};
  std::function<void(wire::TcpPacket&)> spoil;
  bool has_packets = true;
};

TEST_F(Segments, AreSentAndJudged) {
  const Outcome outcome =
      play_steps(handshake +
                 "  - send: TCP {PSH, ACK}\n    data: 0x6162\n  - expect: TCP {ACK}\n"
                 "    where: {AO.key_id: 61, AO.r_next_key_id: 84, AO.length: 16, MD5: absent}\n");
  EXPECT_EQ(outcome.result.verdict, verdict::Verdict::pass) << outcome.result.reason;
  EXPECT_EQ(outcome.packets.size(), 5U) << "both ways";
  EXPECT_THAT(outcome.key_table, HasSubstr("PeerKeyName: \"61\""));
  EXPECT_THAT(outcome.transcript, HasSubstr("TCP {PSH, ACK}"));
  EXPECT_THAT(outcome.result.exchange.back(), HasSubstr("TCP-AO KeyID 61 RNextKeyID 84"));
}

TEST_F(Segments, TellWhatIsWrongWithAMac) {
  spoil = [](wire::TcpPacket& packet) {
    packet.segment.back() ^= 1;
    wire::set_tcp_checksum(packet);
  };
  const auto wrong = failure("  - send: TCP {SYN}\n  - expect: TCP {SYN, ACK}\n");
  EXPECT_EQ(wrong.field, "AO.mac");
  EXPECT_EQ(wrong.octet, 28U) << "behind the header, the MSS and the four octets of the option";
  EXPECT_THAT(wrong.expected, HasSubstr("that of MKT 'one' with options covered and SNE 0"));
  EXPECT_EQ(wrong.got.size(), 24U);
}

TEST_F(Segments, TellOtherDifferencesInTheirWords) {
  EXPECT_THAT(failure("  - send: TCP {SYN}\n  - expect: TCP {RST, ACK}\n").got,
              HasSubstr("TCP {SYN, ACK} 179 -> "));
  const auto silence = failure("  - send: TCP {SYN}\n  - silence: 1s\n");
  EXPECT_EQ(silence.expected, "silence");
  const auto nothing =
      failure("  - send: TCP {SYN}\n    with: {AO.key_id: 9}\n  - expect: TCP {SYN, ACK}\n");
  EXPECT_EQ(nothing.got, "nothing");
  const auto none = failure("  - send: TCP {SYN}\n  - expect: TCP {SYN, ACK}\n    mkt: none\n");
  EXPECT_EQ(none.expected, "no TCP-AO option");
  const auto where = failure(
      "  - send: TCP {SYN}\n  - expect: TCP {SYN, ACK}\n    where: {AO.r_next_key_id: 7}\n");
  EXPECT_EQ(where.field, "AO.r_next_key_id");
  EXPECT_EQ(where.got, "84");
}

TEST_F(Segments, MissTheirOption) {
  spoil = [](wire::TcpPacket& packet) {
    const auto header = wire::read_tcp_header(packet.segment);
    std::fill(packet.segment.begin() + 20,
              packet.segment.begin() + static_cast<std::ptrdiff_t>(header->size), std::uint8_t{1});
    wire::set_tcp_checksum(packet);
  };
  const auto wrong = failure("  - send: TCP {SYN}\n  - expect: TCP {SYN, ACK}\n");
  EXPECT_EQ(wrong.expected, "a TCP-AO option");
  EXPECT_EQ(wrong.got, "none");
}

// A retransmission is set aside, but not unseen.
TEST_F(Segments, OfBeforeAreSetAside) {
  const std::string twice = handshake +
                            "  - send: TCP {SYN}\n    connection: two\n"
                            "  - expect: TCP {SYN, ACK}\n    connection: two\n"
                            "  - wait: 3s\n  - silence: 1s\n";
  int copies = 0;
  const auto device = cable_.device;
  cable_.device = [&](const Octets& packet, Time now) {
    auto out = device(packet, now);
    if (out.size() == 1 && copies++ == 0)
      out.push_back(out[0]);
    return out;
  };
  EXPECT_EQ(play_steps(twice).result.verdict, verdict::Verdict::pass);
}

TEST_F(Segments, NeedALaboratoryThatCarriesThem) {
  has_packets = false;
  const Outcome outcome = play_steps(handshake);
  EXPECT_EQ(outcome.result.verdict, verdict::Verdict::not_applicable);
  EXPECT_THAT(outcome.result.reason, HasSubstr("carries no TCP segments"));
}

TEST_F(Segments, NeedACableThatHolds) {
  cable_.broken = true;
  const Outcome outcome = play_steps(handshake);
  EXPECT_EQ(outcome.result.verdict, verdict::Verdict::error);
  EXPECT_EQ(outcome.result.fault, verdict::Fault::laboratory);
}

TEST_F(Segments, ThatCannotBeMadeAreTheTestsFault) {
  for (const char* steps : {"  - send: TCP {ACK}\n  - silence: 1s\n",
                            "  - send: TCP {SYN}\n    mkt: unheard-of\n  - silence: 1s\n",
                            "  - send: TCP {SYN}\n    options: =zeros(41)\n  - silence: 1s\n",
                            "  - send: TCP {SYN}\n    with: {AO.key_id: 256}\n  - silence: 1s\n"}) {
    const Outcome outcome = play_steps(steps);
    EXPECT_EQ(outcome.result.verdict, verdict::Verdict::error) << steps;
    EXPECT_EQ(outcome.result.fault, verdict::Fault::test) << steps;
    EXPECT_THAT(outcome.result.reason, HasSubstr("suites/rkmp/x.yaml:")) << steps;
  }
}

}  // namespace
}  // namespace karpspec::script
