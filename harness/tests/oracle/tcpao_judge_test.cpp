#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "noon.h"
#include "oracle/tcpao/connection.h"

// Every reason for which a segment is refused, rollover, extension of sequence numbers, TCP MD5.
namespace karpspec::oracle::tcpao {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using wire::TcpFlag;

constexpr std::uint8_t SYN = 2, ACK = 16;

keytable::Row row(const char* name, const char* peer, int send_id, int recv_id) {
  keytable::Row row;
  row.admin_key_name = name;
  row.local_key_name = std::to_string(recv_id);
  row.peer_key_name = std::to_string(send_id);
  row.peers = {peer};
  row.protocol = "bgp";
  row.kdf = "HMAC-SHA-1";
  row.alg_id = "HMAC-SHA-1-96";
  row.key = Secret(octets_of(std::string("master key of ") + name));
  return row;
}

// Two ends of one connection, whose handshake is made by hand.
class Judged : public testing::Test {
 protected:
  static constexpr const char *a_text = "192.0.2.1", *b_text = "192.0.2.2";
  const wire::IpAddress a_address = *wire::IpAddress::from_text(a_text);
  const wire::IpAddress b_address = *wire::IpAddress::from_text(b_text);
  Mkts a_mkts, b_mkts;
  Md5Keys a_md5, b_md5;
  Connection a{SocketPair{a_address, b_address, 49152, 179}};
  Connection b{SocketPair{b_address, a_address, 179, 49152}};
  std::uint32_t a_isn = 1000, b_isn = 5000;
  Time now = noon;

  // The same key on both sides; A sends with ID one, B with ID two.
  void add_key(
      const char* name, int one, int two,
      const std::function<void(keytable::Row&)>& change = [](auto&) {}) {
    keytable::Row of_a = row(name, b_text, one, two), of_b = row(name, a_text, two, one);
    change(of_a);
    change(of_b);
    add(a_mkts, of_a);
    add(b_mkts, of_b);
  }
  static void add(Mkts& to, const keytable::Row& from) {
    auto mkt = mkt_from_row(from);
    ASSERT_TRUE(mkt) << to_string(mkt.error());
    const auto added = to.add(*std::move(mkt));
    ASSERT_TRUE(added) << to_string(added.error());
  }

  wire::TcpFields fields(bool from_a, std::uint8_t flags, std::uint32_t sequence,
                         std::uint32_t acknowledgment, Octets data = {}) {
    wire::TcpFields out;
    out.source_port = from_a ? 49152 : 179;
    out.destination_port = from_a ? 179 : 49152;
    out.flags = flags;
    out.sequence = sequence;
    out.acknowledgment = acknowledgment;
    out.window = 1000;
    out.data = std::move(data);
    return out;
  }
  wire::TcpPacket from_a(std::uint8_t flags, std::uint32_t sequence, std::uint32_t acknowledgment,
                         Octets data = {}) {
    auto packet = a.protect(fields(true, flags, sequence, acknowledgment, std::move(data)), a_mkts,
                            a_md5, now);
    EXPECT_TRUE(packet) << to_string(packet.error());
    return packet.value_or(wire::TcpPacket{});
  }
  wire::TcpPacket from_b(std::uint8_t flags, std::uint32_t sequence, std::uint32_t acknowledgment,
                         Octets data = {}) {
    auto packet = b.protect(fields(false, flags, sequence, acknowledgment, std::move(data)), b_mkts,
                            b_md5, now);
    EXPECT_TRUE(packet) << to_string(packet.error());
    return packet.value_or(wire::TcpPacket{});
  }
  Judgement to_a(const wire::TcpPacket& packet) { return a.receive(packet, a_mkts, a_md5, now); }
  Judgement to_b(const wire::TcpPacket& packet) { return b.receive(packet, b_mkts, b_md5, now); }

  void shake_hands() {
    a.set_isn(a_isn);
    b.set_isn(b_isn);
    EXPECT_EQ(to_b(from_a(SYN, a_isn, 0)).reason, Reason::accepted);
    EXPECT_EQ(to_a(from_b(SYN | ACK, b_isn, a_isn + 1)).reason, Reason::accepted);
    EXPECT_EQ(to_b(from_a(ACK, a_isn + 1, b_isn + 1)).reason, Reason::accepted);
  }
  static std::size_t option_at(const wire::TcpPacket& packet) {
    return wire::read_tcp_header(packet.segment)->options.back().offset;
  }
  static std::uint8_t key_id(const wire::TcpPacket& packet) {
    return packet.segment[option_at(packet) + 2];
  }
};

TEST_F(Judged, AcceptsWhatIsRight) {
  for (const char* address : {"HMAC-SHA-1-96", "AES-128-CMAC-96"}) {
    add_key("key", 1, 2, [&](keytable::Row& changed) {
      changed.alg_id = address;
      changed.kdf = changed.alg_id.starts_with("HMAC") ? "HMAC-SHA-1" : "AES-128-CMAC";
      changed.protocol_specific_info["options"] =
          changed.alg_id.starts_with("HMAC") ? "include" : "exclude";
    });
    a = Connection(a.pair());
    b = Connection(b.pair());
    shake_hands();
    EXPECT_TRUE(to_b(from_a(ACK, a_isn + 1, b_isn + 1, octets_of("routes"))).accepted());
    EXPECT_TRUE(to_a(from_b(ACK, b_isn + 1, a_isn + 7, octets_of("more"))).accepted());
    a_mkts.remove("key");
    b_mkts.remove("key");
  }
}

TEST_F(Judged, RefusesAHeaderThatDoesNotParse) {
  add_key("key", 1, 2);
  shake_hands();
  wire::TcpPacket packet = from_a(ACK, a_isn + 1, b_isn + 1);
  packet.segment[option_at(packet) + 1] = 20;
  const Judgement judgement = to_b(packet);
  EXPECT_EQ(judgement.reason, Reason::header);
  EXPECT_EQ(judgement.offset, option_at(from_a(ACK, a_isn + 1, b_isn + 1)) + 1);
  EXPECT_TRUE(judgement.refused());
}

TEST_F(Judged, RefusesAnOptionOfWrongLength) {
  add_key("key", 1, 2);
  shake_hands();
  wire::TcpPacket packet = from_a(ACK, a_isn + 1, b_isn + 1);
  const std::size_t at = option_at(packet);
  packet.segment[at + 1] = 3;
  std::fill(packet.segment.begin() + static_cast<std::ptrdiff_t>(at + 3), packet.segment.end(), 1);
  EXPECT_EQ(to_b(packet).reason, Reason::option_length);
  packet.segment[at + 1] = 8;
  EXPECT_EQ(to_b(packet).reason, Reason::mac_length);
}

TEST_F(Judged, RefusesTwoOptions) {
  add_key("key", 1, 2);
  shake_hands();
  wire::TcpFields twice = fields(true, ACK, a_isn + 1, b_isn + 1);
  twice.options = {29, 16, 1, 2};
  twice.options.resize(16);
  EXPECT_EQ(to_b(*a.protect(twice, a_mkts, a_md5, now)).reason, Reason::option_twice);
  twice.options = {19, 18};
  twice.options.resize(18);
  EXPECT_EQ(to_b(*a.protect(twice, a_mkts, a_md5, now)).reason, Reason::both_options);
}

TEST_F(Judged, SendsNothingWhoseOptionsHideItsOwn) {
  add_key("key", 1, 2);
  shake_hands();
  // The end of the list; an option that begins here and ends with ours; one that runs beyond it.
  for (const char* options : {"00010101", "1d140101", "13140101", "1dff0101"}) {
    wire::TcpFields hiding = fields(true, ACK, a_isn + 1, b_isn + 1);
    hiding.options = *from_hex(options);
    EXPECT_FALSE(a.protect(hiding, a_mkts, a_md5, now)) << options;
  }
}

TEST_F(Judged, RefusesASegmentWithoutOption) {
  add_key("key", 1, 2);
  shake_hands();
  const wire::TcpPacket bare{a_address, b_address,
                             *wire::encode_tcp(fields(true, ACK, a_isn + 1, b_isn + 1))};
  EXPECT_EQ(to_b(bare).reason, Reason::no_option);
  // A SYN too: an MKT that fits the connection demands TCP-AO of it (profile P-83).
  const wire::TcpPacket syn{a_address, b_address, *wire::encode_tcp(fields(true, SYN, 1, 0))};
  Connection fresh(b.pair());
  EXPECT_EQ(fresh.receive(syn, b_mkts, b_md5, now).reason, Reason::no_option);
  // Without one nothing does (RFC 5925 section 7.3).
  const Judgement free = fresh.receive(syn, Mkts(), b_md5, now);
  EXPECT_EQ(free.reason, Reason::unprotected);
  EXPECT_FALSE(free.refused());
}

TEST_F(Judged, RefusesAKeyIdOfNoMkt) {
  add_key("key", 1, 2);
  shake_hands();
  add(a_mkts, row("unshared", b_text, 3, 4));
  const wire::TcpPacket packet = from_a(ACK, a_isn + 1, b_isn + 1);
  wire::TcpPacket wrong = packet;
  wrong.segment[option_at(packet) + 2] = 3;
  const Judgement judgement = to_b(wrong);
  EXPECT_EQ(judgement.reason, Reason::unknown_key);
  EXPECT_EQ(judgement.field, "TCP-AO.KeyID");
  EXPECT_EQ(judgement.offset, option_at(packet) + 2);
  EXPECT_THAT(judgement.detail, HasSubstr("KeyID 3"));
  // RNextKeyID of a key that B has not asks for nothing.
  EXPECT_EQ(packet.segment[option_at(packet) + 3], 4);
  EXPECT_TRUE(to_b(packet).accepted());
  EXPECT_EQ(key_id(from_b(ACK, b_isn + 1, a_isn + 1)), 2);
}

TEST_F(Judged, RefusesAKeyOutsideOfItsTimes) {
  add_key("key", 1, 2);
  shake_hands();
  const wire::TcpPacket packet = from_a(ACK, a_isn + 1, b_isn + 1);
  for (const bool late : {false, true}) {
    Mkts mkts;
    keytable::Row limited = row("key", a_text, 2, 1);
    (late ? limited.accept_lifetime_end : limited.accept_lifetime_start) = now + (late ? -1s : 1s);
    add(mkts, limited);
    const Judgement judgement = b.receive(packet, mkts, b_md5, now);
    EXPECT_EQ(judgement.reason, Reason::key_not_valid);
    EXPECT_STREQ(section_of(judgement.reason), "RFC 7210 3");
    // The last second counts, as a whole.
    EXPECT_NE(b.receive(packet, mkts, b_md5, now + (late ? -1ms : 1s)).reason,
              Reason::key_not_valid);
  }
  Mkts mkts;
  keytable::Row disabled = row("key", a_text, 2, 1);
  disabled.direction = keytable::Direction::disabled;
  add(mkts, disabled);
  EXPECT_EQ(b.receive(packet, mkts, b_md5, now).reason, Reason::key_not_valid);
}

TEST_F(Judged, RefusesAMacOfOtherOctets) {
  add_key("key", 1, 2);
  shake_hands();
  const wire::TcpPacket packet = from_a(ACK, a_isn + 1, b_isn + 1, octets_of("routes"));
  for (std::size_t at = 0; at < packet.segment.size(); ++at) {
    // Ports make another connection of it, and the checksum is not covered.
    if (at < 4 || at == 16 || at == 17)
      continue;
    wire::TcpPacket altered = packet;
    altered.segment[at] ^= 0x10;
    EXPECT_TRUE(to_b(altered).refused()) << "octet " << at;
  }
  EXPECT_TRUE(to_b(packet).accepted());
  wire::TcpPacket other_checksum = packet;
  other_checksum.segment[16] ^= 1;
  EXPECT_TRUE(to_b(other_checksum).accepted());
}

TEST_F(Judged, SaysWhenOnlyTheOptionsDiffer) {
  add_key("key", 1, 2);
  shake_hands();
  Mkts mkts;
  keytable::Row other = row("key", a_text, 2, 1);
  other.protocol_specific_info["options"] = "exclude";
  add(mkts, other);
  wire::TcpFields with_options = fields(true, ACK, a_isn + 1, b_isn + 1);
  with_options.options = *from_hex("0101080a0102030405060708");
  Connection fresh(b.pair());
  fresh.set_isn(b_isn);
  (void)fresh.receive(from_a(SYN, a_isn, 0), b_mkts, b_md5, now);
  const Judgement judgement =
      fresh.receive(*a.protect(with_options, a_mkts, a_md5, now), mkts, b_md5, now);
  EXPECT_EQ(judgement.reason, Reason::mac);
  EXPECT_THAT(judgement.detail, HasSubstr("left out and SNE 0, but with options covered"));
}

TEST_F(Judged, HasNoTrafficKeysWithoutHandshake) {
  add_key("key", 1, 2);
  shake_hands();
  Connection late(b.pair());
  late.set_isn(b_isn);
  EXPECT_EQ(late.receive(from_a(ACK, a_isn + 1, b_isn + 1), b_mkts, b_md5, now).reason,
            Reason::no_handshake);
}

TEST_F(Judged, IgnoresTheSynOfAnEarlierConnection) {
  add_key("key", 1, 2);
  shake_hands();
  Connection earlier(a.pair());
  earlier.set_isn(77);
  const auto replayed = earlier.protect(fields(true, SYN, 77, 0), a_mkts, a_md5, now);
  EXPECT_TRUE(to_b(*replayed).accepted());
  EXPECT_TRUE(to_b(from_a(ACK, a_isn + 1, b_isn + 1)).accepted());
  // Segments of an earlier connection have other traffic keys.
  Connection other_end(b.pair());
  other_end.set_isn(88);
  EXPECT_TRUE(other_end.receive(*replayed, b_mkts, b_md5, now).accepted());
  const auto answer = other_end.protect(fields(false, SYN | ACK, 88, 78), b_mkts, b_md5, now);
  EXPECT_TRUE(earlier.receive(*answer, a_mkts, a_md5, now).accepted());
  const auto stale = earlier.protect(fields(true, ACK, a_isn + 1, b_isn + 1), a_mkts, a_md5, now);
  EXPECT_EQ(to_b(*stale).reason, Reason::mac);
}

TEST_F(Judged, RollsOverWhenThePeerAsks) {
  add_key("old", 1, 2);
  shake_hands();
  // B has the new key first: it asks for it, and A, which has it not, goes on with the old one.
  add(b_mkts, row("new", a_text, 12, 11));
  EXPECT_TRUE(to_a(from_b(ACK, b_isn + 1, a_isn + 1)).accepted());
  EXPECT_EQ(key_id(from_a(ACK, a_isn + 1, b_isn + 1)), 1);
  EXPECT_EQ(key_id(from_b(ACK, b_isn + 1, a_isn + 1)), 2);
  // Now A has it too, and asks; each changes when it is asked.
  keytable::Row of_a = row("new", b_text, 11, 12);
  add(a_mkts, of_a);
  EXPECT_EQ(key_id(from_a(ACK, a_isn + 1, b_isn + 1)), 1);
  EXPECT_TRUE(to_b(from_a(ACK, a_isn + 1, b_isn + 1)).accepted());
  const wire::TcpPacket with_new = from_b(ACK, b_isn + 1, a_isn + 1);
  EXPECT_EQ(key_id(with_new), 12);
  EXPECT_TRUE(to_a(with_new).accepted());
  EXPECT_EQ(key_id(from_a(ACK, a_isn + 1, b_isn + 1)), 11);
  // The old one is still taken, until it goes.
  EXPECT_TRUE(to_b(from_a(ACK, a_isn + 1, b_isn + 1)).accepted());
  a_mkts.remove("old");
  b_mkts.remove("old");
  EXPECT_TRUE(to_b(from_a(ACK, a_isn + 1, b_isn + 1)).accepted());
}

TEST_F(Judged, GoesToTheNewestWhereTheCurrentKeyMayNotSend) {
  add_key("old", 1, 2, [&](keytable::Row& changed) { changed.send_lifetime_end = now + 60s; });
  shake_hands();
  add(a_mkts, row("new", b_text, 11, 12));
  EXPECT_EQ(key_id(from_a(ACK, a_isn + 1, b_isn + 1)), 1);
  now += 61s;
  EXPECT_EQ(key_id(from_a(ACK, a_isn + 1, b_isn + 1)), 11);
  a_mkts.remove("new");
  const auto nothing = a.protect(fields(true, ACK, a_isn + 1, b_isn + 1), a_mkts, a_md5, now);
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, ErrorCode::not_found);
}

TEST_F(Judged, ExtendsSequenceNumbers) {
  add_key("key", 1, 2);
  a_isn = 0xfffffff0;
  b_isn = 0xffffffff;
  shake_hands();
  // Over several turns, each segment twice and out of order.
  std::uint32_t sequence = a_isn + 1;
  for (int i = 0; i < 40; ++i) {
    const wire::TcpPacket first = from_a(ACK, sequence, b_isn + 1, octets_of("x"));
    const wire::TcpPacket second = from_a(ACK, sequence + 0x10000000, b_isn + 1, octets_of("x"));
    EXPECT_TRUE(to_b(second).accepted()) << i;
    EXPECT_TRUE(to_b(first).accepted()) << i;
    EXPECT_TRUE(to_b(second).accepted()) << i;
    sequence += 0x20000000;
  }
  const Judgement judgement = to_b(from_a(ACK, sequence, b_isn + 1));
  EXPECT_EQ(judgement.sne, 5U);
  // A segment of the turn before, taken down then and played again now.
  const wire::TcpPacket recorded = from_a(ACK, sequence, b_isn + 1, octets_of("x"));
  for (int turn = 0; turn < 8; ++turn) {
    sequence += 0x20000000;
    EXPECT_TRUE(to_b(from_a(ACK, sequence, b_isn + 1)).accepted());
  }
  EXPECT_EQ(to_b(recorded).reason, Reason::mac);
}

TEST(SequenceExtension, IsNotMovedByASegmentBeforeTheIsn) {
  SequenceExtension extension;
  extension.start(0);
  EXPECT_EQ(extension.of(0xffffffff), 0xffffffffU);
  extension.advance(0xffffffff);
  EXPECT_EQ(extension.of(1), 0U);
  extension.advance(0x7fffffff);
  EXPECT_EQ(extension.of(0x80000000), 0U);
  extension.advance(0xfffffff0);
  EXPECT_EQ(extension.of(5), 1U);
  EXPECT_EQ(extension.of(0xffffffe0), 0U);
}

TEST_F(Judged, UsesMd5WhereThatIsAllThereIs) {
  a_md5.emplace(b_address, Md5Key{Secret(octets_of("an old secret")), 179});
  b_md5.emplace(a_address, Md5Key{Secret(octets_of("an old secret")), 179});
  shake_hands();
  EXPECT_EQ(a.mode(), Inbound::Mode::md5);
  wire::TcpPacket packet = from_a(ACK, a_isn + 1, b_isn + 1, octets_of("routes"));
  EXPECT_TRUE(to_b(packet).accepted());
  packet.segment.back() ^= 1;
  const Judgement judgement = to_b(packet);
  EXPECT_EQ(judgement.reason, Reason::mac);
  EXPECT_EQ(judgement.field, "MD5.digest");
  // Another key beside it changes nothing, and one for another port is none.
  b_md5.emplace(a_address, Md5Key{Secret(octets_of("another")), 179});
  EXPECT_TRUE(to_b(from_a(ACK, a_isn + 1, b_isn + 1)).accepted());
  Md5Keys elsewhere;
  elsewhere.emplace(a_address, Md5Key{Secret(octets_of("an old secret")), 646});
  EXPECT_TRUE(b.receive(from_a(ACK, a_isn + 1, b_isn + 1), b_mkts, elsewhere, now).refused());
  wire::TcpPacket shorter = from_a(ACK, a_isn + 1, b_isn + 1);
  shorter.segment[option_at(shorter) + 1] = 17;
  shorter.segment.back() = 0;
  EXPECT_EQ(to_b(shorter).reason, Reason::option_length);
}

TEST_F(Judged, KeepsAConnectionToOneOfTheTwoOptions) {
  // Both ends have both, as in a migration (profile P-85).
  a_md5.emplace(b_address, Md5Key{Secret(octets_of("an old secret")), 179});
  b_md5.emplace(a_address, Md5Key{Secret(octets_of("an old secret")), 179});
  shake_hands();
  add_key("key", 1, 2);
  // The connection that began with MD5 goes on with it.
  EXPECT_TRUE(to_b(from_a(ACK, a_isn + 1, b_isn + 1)).accepted());
  EXPECT_EQ(a.mode(), Inbound::Mode::md5);
  const wire::TcpPacket with_md5 = from_a(ACK, a_isn + 1, b_isn + 1);
  // The next one uses TCP-AO.
  Connection old_a = std::move(a), old_b = std::move(b);
  a = Connection(old_a.pair());
  b = Connection(old_b.pair());
  shake_hands();
  EXPECT_EQ(a.mode(), Inbound::Mode::ao);
  EXPECT_EQ(to_b(with_md5).reason, Reason::other_option);
  const Judgement judgement = old_b.receive(from_a(ACK, a_isn + 1, b_isn + 1), b_mkts, b_md5, now);
  EXPECT_EQ(judgement.reason, Reason::other_option);
  EXPECT_STREQ(section_of(judgement.reason), "RFC 5925 2.2");
  // Whoever accepts takes either, as long as it has the secret of MD5.
  Connection caller(old_a.pair()), listener(old_b.pair());
  caller.set_isn(9);
  listener.set_isn(10);
  const auto syn = caller.protect(fields(true, SYN, 9, 0), Mkts(), a_md5, now);
  EXPECT_TRUE(listener.receive(*syn, b_mkts, b_md5, now).accepted());
  EXPECT_EQ(listener.mode(), Inbound::Mode::md5);
  Connection strict(old_b.pair());
  EXPECT_EQ(strict.receive(*syn, b_mkts, Md5Keys(), now).reason, Reason::other_option);
}

TEST(Mkt, IsMadeOfARow) {
  const auto mkt = mkt_from_row(row("key", "192.0.2.2", 61, 84));
  ASSERT_TRUE(mkt);
  EXPECT_EQ(mkt->send_id, 61);
  EXPECT_EQ(mkt->recv_id, 84);
  EXPECT_TRUE(mkt->covers_options);
  const wire::IpAddress own = *wire::IpAddress::from_text("192.0.2.1");
  const wire::IpAddress peer = *wire::IpAddress::from_text("192.0.2.2");
  EXPECT_TRUE(mkt->connection.matches({own, peer, 179, 1025}));
  EXPECT_TRUE(mkt->connection.matches({own, peer, 1025, 179}));
  EXPECT_FALSE(mkt->connection.matches({own, peer, 1025, 646}));
  EXPECT_FALSE(mkt->connection.matches({peer, own, 179, 1025}));
}

TEST(Mkt, NamesTheFieldThatIsWrong) {
  const auto error = [](const std::function<void(keytable::Row&)>& change) {
    keytable::Row wrong = row("key", "192.0.2.2", 61, 84);
    change(wrong);
    const auto mkt = mkt_from_row(wrong);
    return mkt ? std::string() : mkt.error().message;
  };
  EXPECT_THAT(error([](auto& r) { r.alg_id = "HMAC-SHA-256"; }), HasSubstr("AlgID"));
  EXPECT_THAT(error([](auto& r) { r.kdf = "none"; }), HasSubstr("KDF"));
  EXPECT_THAT(error([](auto& r) { r.peer_key_name = "256"; }), HasSubstr("PeerKeyName '256'"));
  EXPECT_THAT(error([](auto& r) { r.local_key_name = "1x"; }), HasSubstr("LocalKeyName '1x'"));
  EXPECT_THAT(error([](auto& r) { r.local_key_name = ""; }), HasSubstr("LocalKeyName"));
  EXPECT_THAT(error([](auto& r) { r.local_key_name = "-1"; }), HasSubstr("LocalKeyName"));
  EXPECT_THAT(error([](auto& r) { r.peers = {"link"}; }), HasSubstr("Peers"));
  EXPECT_THAT(error([](auto& r) { r.key = Secret(); }), HasSubstr("Key is empty"));
  EXPECT_THAT(error([](auto& r) { r.protocol_specific_info["options"] = "yes"; }),
              HasSubstr("options 'yes'"));
  EXPECT_EQ(error([](auto&) {}), "");
}

TEST(Mkts, RefuseIdsThatCannotBeToldApart) {
  Mkts mkts;
  const auto add = [&](keytable::Row added) { return mkts.add(*mkt_from_row(added)).has_value(); };
  EXPECT_TRUE(add(row("one", "192.0.2.2", 1, 2)));
  EXPECT_FALSE(add(row("same RecvID", "192.0.2.2", 3, 2)));
  EXPECT_FALSE(add(row("same SendID", "192.0.2.2", 1, 3)));
  EXPECT_TRUE(add(row("another peer", "192.0.2.3", 1, 2)));
  EXPECT_TRUE(add(row("another key", "192.0.2.2", 3, 4)));
  keytable::Row disabled = row("disabled", "192.0.2.2", 1, 2);
  disabled.direction = keytable::Direction::disabled;
  EXPECT_TRUE(add(std::move(disabled))) << "it is never in use";
  keytable::Row ldp = row("another port", "192.0.2.2", 1, 2);
  ldp.protocol = "ldp";
  EXPECT_TRUE(add(std::move(ldp)));
}

TEST(Reasons, HaveNamesAndSections) {
  for (int i = 0; i <= static_cast<int>(Reason::mac); ++i) {
    const auto reason = static_cast<Reason>(i);
    EXPECT_STRNE(to_string(reason), "") << i;
    EXPECT_EQ(std::string(section_of(reason)).empty(), reason == Reason::accepted) << i;
  }
}

}  // namespace
}  // namespace karpspec::oracle::tcpao
