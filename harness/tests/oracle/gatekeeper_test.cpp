#include "oracle/gatekeeper/gatekeeper.h"

#include "keytable/validate.h"
#include "tests/oracle/managed_router.h"

// The Gatekeeper between routing protocols and RKMP (profile P-100 to P-112).
namespace karpspec::oracle {
namespace {

using gatekeeper::ConnectionState;
using gatekeeper::Opened;
using gatekeeper::Record;
using gatekeeper::RecordState;
using tcpao::AddressPattern;
using tcpao::ConnectionEnds;
using tcpao::PortPattern;
using tcpao::SocketPair;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

wire::IpAddress ip(const char* text) {
  return wire::IpAddress::from_text(text).value();
}

AddressPattern addresses(const char* text) {
  return AddressPattern::from_text(text).value();
}

PortPattern ports(const char* text) {
  return PortPattern::from_text(text).value();
}

Record record_of(std::string name, std::string peer, const char* remote) {
  Record record;
  record.name = std::move(name);
  record.protocol = "bgp";
  record.peer = std::move(peer);
  record.sockets.remote = addresses(remote);
  record.macs = {"HMAC-SHA-1-96"};
  record.kdfs = {"HMAC-SHA-1"};
  return record;
}

ConnectionEnds ends_of(const char* local, const char* remote) {
  return {ip(local), ip(remote), std::nullopt, std::nullopt};
}

// Two routers with a record for BGP each.
struct Neighbours : TwoRouters {
  Opened opened;
  Neighbours() {
    power_on();
    send(a().set_record(record_of("to-b", "b", "192.0.2.2"), now));
    send(b().set_record(record_of("to-a", "a", "192.0.2.1"), now));
  }
  void open() {
    send(a().open_connection("bgp", ends_of("192.0.2.1", "192.0.2.2"), opened, now));
    deliver();
  }
};

TEST(SocketPattern, ReadsWhatItWrites) {
  for (const char* text : {"any", "192.0.2.1", "192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32"})
    EXPECT_EQ(addresses(text).to_text(), text);
  for (const char* text : {"any", "179", "40000-40999", "0-0"}) {
    const std::string written = ports(text).to_text();
    EXPECT_EQ(written, text == std::string("0-0") ? "0" : text);
  }
  for (const char* text : {"", "192.0.2", "192.0.2.1/33", "192.0.2.1/24", "2001:db8::1/x", "any/8"})
    EXPECT_FALSE(AddressPattern::from_text(text)) << text;
  for (const char* text : {"", "-", "65536", "2-1", "1-", "-1", "ANY"})
    EXPECT_FALSE(PortPattern::from_text(text)) << text;
}

TEST(SocketPattern, FitsPrefixesAndRanges) {
  EXPECT_TRUE(addresses("192.0.2.128/25").matches(ip("192.0.2.129")));
  EXPECT_FALSE(addresses("192.0.2.128/25").matches(ip("192.0.2.127")));
  EXPECT_FALSE(addresses("0.0.0.0/0").matches(ip("2001:db8::1"))) << "IPv4 alone";
  EXPECT_TRUE(AddressPattern().matches(ip("2001:db8::1")));
  EXPECT_TRUE(addresses("192.0.2.0/24").contains(addresses("192.0.2.1")));
  EXPECT_FALSE(addresses("192.0.2.1").contains(addresses("192.0.2.0/24")));
  EXPECT_FALSE(addresses("192.0.2.0/24").contains(AddressPattern()));
  tcpao::SocketPattern wide, narrow, beside;
  wide.local_port = ports("40000-40999");
  narrow.local_port = ports("40500");
  beside.local_port = ports("40900-41000");
  EXPECT_TRUE(narrow.more_specific_than(wide));
  EXPECT_FALSE(wide.more_specific_than(narrow));
  EXPECT_TRUE(wide.overlaps(beside));
  EXPECT_FALSE(beside.more_specific_than(wide));
  EXPECT_FALSE(wide.more_specific_than(wide));
  ConnectionEnds ends = ends_of("192.0.2.1", "192.0.2.2");
  EXPECT_FALSE(wide.matches(ends)) << "the port is not known yet";
  ends.local_port = 40123;
  EXPECT_TRUE(wide.matches(ends));
  EXPECT_FALSE(wide.full());
}

TEST(Gatekeeper, SaysWhichFieldOfARecordIsWrong) {
  struct Case {
    const char* field;
    std::function<void(Record&)> spoil;
  };
  const Octets key(20, 7);
  const Case cases[] = {
      {"name", [](Record& r) { r.name.clear(); }},
      {"protocol", [](Record& r) { r.protocol = "bfd"; }},
      {"protocol", [](Record& r) { r.protocol.clear(); }},
      {"peer", [](Record& r) { r.peer = "nobody"; }},
      {"mode", [](Record& r) { r.peer.clear(); }},
      {"mode", [&](Record& r) { r.key = Secret(key); }},
      {"key",
       [&](Record& r) {
         r.mode = gatekeeper::Mode::kmp;
         r.key = Secret(key);
       }},
      {"key", [](Record& r) { r.mode = gatekeeper::Mode::manual; }},
      {"macs", [](Record& r) { r.macs.clear(); }},
      {"macs", [](Record& r) { r.macs = {"HMAC-MD5"}; }},
      {"macs", [](Record& r) { r.macs.push_back("HMAC-SHA-1-96"); }},
      {"kdfs", [](Record& r) { r.kdfs = {"none"}; }},
      {"kdfs", [](Record& r) { r.kdfs.clear(); }},
      {"rekey_lifetime", [](Record& r) { r.rekey_lifetime = 9s; }},
      {"rekey_lifetime", [](Record& r) { r.rekey_lifetime = 604801s; }},
      {"remote", [](Record& r) { r.sockets.local = addresses("2001:db8::1"); }},
  };
  for (const Case& one : cases) {
    Neighbours net;
    Record record = record_of("spoilt", "b", "192.0.2.9");
    one.spoil(record);
    const auto refused = net.a().set_record(std::move(record), net.now);
    ASSERT_FALSE(refused) << one.field;
    EXPECT_EQ(refused.error().code, ErrorCode::bad_value);
    EXPECT_THAT(refused.error().message, StartsWith(one.field));
    EXPECT_THAT(net.a().records(), SizeIs(1));
  }
}

TEST(Gatekeeper, AManualRecordNeedsAllThatAKeyNeeds) {
  const auto manual = [] {
    Record record = record_of("by-hand", "", "192.0.2.9");
    record.key = Secret(Octets(20, 7));
    record.local_key_name = "1";
    record.peer_key_name = "2";
    return record;
  };
  Neighbours net;
  const std::pair<const char*, std::function<void(Record&)>> cases[] = {
      {"local_key_name", [](Record& r) { r.local_key_name = "256"; }},
      {"peer_key_name", [](Record& r) { r.peer_key_name.clear(); }},
      {"macs", [](Record& r) { r.macs.push_back("AES-128-CMAC-96"); }},
      {"kdfs", [](Record& r) { r.kdfs.push_back("AES-128-CMAC"); }},
      {"remote", [](Record& r) { r.sockets.remote = addresses("198.51.100.0/24"); }},
      {"key", [](Record& r) { r.key = Secret(Octets(256, 7)); }}};
  for (const auto& [field, spoil] : cases) {
    Record record = manual();
    spoil(record);
    const auto refused = net.a().set_record(std::move(record), net.now);
    ASSERT_FALSE(refused) << field;
    EXPECT_THAT(refused.error().message, StartsWith(field));
  }
  net.send(net.a().set_record(manual(), net.now));
  EXPECT_THAT(net.a().key_table().rows(), SizeIs(1));
  ASSERT_THAT(net.a().mkts(), SizeIs(1));
  EXPECT_EQ(net.a().mkts()[0].record, "by-hand");
  net.send(net.a().remove_record("by-hand", net.now));
  EXPECT_THAT(net.a().key_table().rows(), SizeIs(0));
}

Record by_hand(std::string name, std::string protocol) {
  Record record = record_of(std::move(name), "", "192.0.2.2");
  record.protocol = std::move(protocol);
  record.key = Secret(Octets(20, 9));
  record.local_key_name = record.peer_key_name = "7";
  if (record.protocol == "bfd") {
    record.macs = {"sha-1"};
    record.kdfs = {"none"};
  }
  return record;
}

// What its rules have against rows of ROUTER's table; advice aside.
std::string faults_of(const Router& router) {
  std::string out;
  for (const keytable::Row& row : router.key_table().rows()) {
    keytable::Findings findings;
    keytable::validate(row, {}, *rules(), findings);
    for (const keytable::Finding& finding : findings)
      if (!rules()->rule(finding.rule).advice)
        out += row.admin_key_name + ": " + finding.message + "\n";
  }
  return out;
}

TEST(Gatekeeper, ItsRowsAreLegalWhateverTheProtocol) {
  Neighbours net;
  for (const char* protocol : {"ldp", "msdp", "pcep", "pim", "bfd"}) {
    Record record = by_hand(std::string("hand-") + protocol, protocol);
    record.sockets.local_port = ports("40000-40999");
    record.sockets.local = addresses("192.0.2.0/24");
    net.send(net.a().set_record(std::move(record), net.now));
  }
  net.open();
  EXPECT_THAT(net.a().key_table().rows(), SizeIs(6));
  EXPECT_THAT(net.b().key_table().rows(), SizeIs(1));
  EXPECT_EQ(faults_of(net.a()), "");
  EXPECT_EQ(faults_of(net.b()), "");
}

struct RuledNeighbours : Neighbours {
  RuledNeighbours() {
    a_config.rules = b_config.rules = rules();
    power_on();
    send(a().set_record(record_of("to-b", "b", "192.0.2.2"), now));
    send(b().set_record(record_of("to-a", "a", "192.0.2.1"), now));
  }
};

TEST(Gatekeeper, AManualRecordIsHeldAgainstTheRulesOfTheTable) {
  RuledNeighbours net;
  net.open();
  ASSERT_THAT(net.a().key_table().rows(), SizeIs(1));
  const std::string agreed = net.a().key_table().rows().front().local_key_name;
  net.send(net.a().set_record(by_hand("liveness", "bfd"), net.now));
  const std::pair<const char*, std::function<Record()>> cases[] = {
      {"rot13",
       [] {
         Record r = by_hand("x", "ldp");
         r.macs = {"rot13"};
         return r;
       }},
      {"'none' is no KDF",
       [] {
         Record r = by_hand("x", "ldp");
         r.kdfs = {"none"};
         return r;
       }},
      {"LocalKeyName '256'",
       [] {
         Record r = by_hand("x", "bfd");
         r.sockets.remote_port = ports("3784");
         r.local_key_name = r.peer_key_name = "256";
         return r;
       }},
      {"Key has 21 octets",
       [] {
         Record r = by_hand("x", "bfd");
         r.sockets.remote_port = ports("3784");
         r.key = Secret(Octets(21, 9));
         return r;
       }},
      {"no protocol 'ospf'", [] { return by_hand("x", "ospf"); }},
      {"the name of row 'gatekeeper/liveness' too",
       [] {
         Record r = by_hand("x", "bfd");
         r.sockets.remote_port = ports("3784");
         return r;
       }},
      {"too, at one time", [&] {
         Record r = by_hand("x", "bgp");
         r.sockets.remote_port = ports("179");
         r.local_key_name = agreed;
         return r;
       }}};
  for (const auto& [why, make] : cases) {
    const auto refused = net.a().set_record(make(), net.now);
    ASSERT_FALSE(refused) << why;
    EXPECT_THAT(refused.error().message, HasSubstr(why));
    EXPECT_THAT(net.a().records(), SizeIs(2));
    EXPECT_THAT(net.a().key_table().rows(), SizeIs(2));
  }
  // A key by hand may have any name of the one that it takes the place of.
  Record instead = by_hand("to-b", "bgp");
  instead.local_key_name = agreed;
  net.send(net.a().set_record(std::move(instead), net.now));
  EXPECT_NE(net.a().key_table().find("gatekeeper/to-b"), nullptr);
}

TEST(Gatekeeper, ABackupBringsRowsOfRecordsBack) {
  RuledNeighbours net;
  net.send(net.a().set_record(by_hand("liveness", "bfd"), net.now));
  auto& management = net.a().management(net.now);
  // The row of a record that stands is nothing that a backup without it takes away.
  ASSERT_TRUE(management.import({}));
  ASSERT_NE(net.a().key_table().find("gatekeeper/liveness"), nullptr);
  ASSERT_TRUE(management.remove(keytable::default_vrf, "gatekeeper/liveness"));
  EXPECT_THAT(net.a().records()[1].rows, SizeIs(0));
  net.send(net.a().set_record(by_hand("liveness", "bfd"), net.now));
  EXPECT_THAT(net.a().records()[1].rows, SizeIs(1)) << "set again, it has its row again";
}

TEST(Gatekeeper, BothEndsHaveOneKeyAndOpenWithIt) {
  Neighbours net;
  net.open();
  EXPECT_EQ(net.opened.record, "to-b");
  EXPECT_EQ(net.opened.connection, ConnectionState::waiting);
  ASSERT_THAT(net.a().mkts(), SizeIs(1));
  ASSERT_THAT(net.b().mkts(), SizeIs(1));
  const auto a = std::move(net.a().mkts()[0]), b = std::move(net.b().mkts()[0]);
  EXPECT_EQ(a.mkt.send_id, b.mkt.recv_id);
  EXPECT_EQ(a.mkt.recv_id, b.mkt.send_id);
  EXPECT_EQ(to_hex(a.mkt.row.key.view()), to_hex(b.mkt.row.key.view()));
  EXPECT_EQ(net.a().records()[0].state, RecordState::keyed);
  EXPECT_EQ(net.a().records()[0].connection, ConnectionState::open);
  EXPECT_THAT(net.a().records()[0].session, SizeIs(34));
  EXPECT_EQ(net.b().records()[0].state, RecordState::keyed);
  EXPECT_EQ(net.b().records()[0].connection, ConnectionState::closed);
}

TEST(Gatekeeper, WithoutARecordNothingIsAgreedOn) {
  Neighbours net;
  net.send(net.b().remove_record("to-a", net.now));
  net.open();
  EXPECT_EQ(net.a().records()[0].connection, ConnectionState::waiting);
  EXPECT_THAT(net.b().mkts(), SizeIs(0));
  EXPECT_THAT(all_events(net.a()), HasSubstr("TS_UNACCEPTABLE"));
}

TEST(Gatekeeper, AChangedPolicyIsAgreedOnOnceBothEndsHaveIt) {
  Neighbours net;
  net.open();
  Record changed = record_of("to-b", "b", "192.0.2.2");
  changed.macs = {"AES-128-CMAC-96"};
  changed.kdfs = {"AES-128-CMAC"};
  net.send(net.a().set_record(changed.clone(), net.now));
  net.deliver();
  EXPECT_EQ(net.a().records()[0].connection, ConnectionState::waiting);
  EXPECT_THAT(net.a().mkts(), SizeIs(0));
  changed.name = "to-a";
  changed.peer = "a";
  changed.sockets.remote = addresses("192.0.2.1");
  net.send(net.b().set_record(std::move(changed), net.now));
  net.run(120s);
  EXPECT_EQ(net.a().records()[0].connection, ConnectionState::open);
  for (Router* router : {&net.a(), &net.b()})
    for (const auto& info : router->mkts())
      EXPECT_EQ(info.mkt.row.alg_id, "AES-128-CMAC-96");
  EXPECT_FALSE(net.a().mkts().empty());
}

TEST(Gatekeeper, AnOverdueKeyGoesOnUntilThePeerIsBack) {
  Neighbours net;
  Record record = record_of("to-b", "b", "192.0.2.2");
  record.rekey_lifetime = 100s;
  net.send(net.a().set_record(std::move(record), net.now));
  net.open();
  net.wire = [](Datagram&) { return false; };
  net.run(1000s);
  EXPECT_EQ(net.a().records()[0].connection, ConnectionState::open);
  EXPECT_EQ(count_events(net.a(), "rekey-overdue"), 1u);
  net.wire = [](Datagram&) { return true; };
  net.run(200s);
  EXPECT_EQ(net.a().records()[0].connection, ConnectionState::open);
  ASSERT_FALSE(net.a().mkts().empty());
  EXPECT_LT(net.a().mkts().back().mkt.row.send_lifetime_end, keytable::always_end)
      << "another key has taken its place";
}

TEST(Gatekeeper, AChangedSecretIsUsedByBothEnds) {
  Neighbours net;
  net.open();
  const auto changed = [](const Router& router, const char* name) {
    PeerConfig peer = router.peer(name)->clone();
    peer.psk = Secret(octets_of("another secret of these two"));
    return peer;
  };
  // The first end alone: the old key goes on, but not for ever.
  net.send(net.a().change_peer(changed(net.a(), "b"), net.now));
  net.run(20s);
  EXPECT_EQ(net.a().records()[0].connection, ConnectionState::open);
  net.run(15s);
  EXPECT_EQ(net.a().records()[0].connection, ConnectionState::waiting);
  net.send(net.b().change_peer(changed(net.b(), "a"), net.now));
  net.run(120s);
  EXPECT_EQ(net.a().records()[0].connection, ConnectionState::open);
}

// BGP multisession: KeyIDs may be the same where the socket pairs tell the connections apart.
TEST(Gatekeeper, FullSocketPairsMayHaveTheSameKeyIds) {
  const auto manual = [](const char* name, const char* port, std::uint8_t octet) {
    Record record = record_of(name, "", "192.0.2.2");
    record.sockets.local = addresses("192.0.2.1");
    record.sockets.local_port = ports(port);
    record.sockets.remote_port = ports("179");
    record.key = Secret(Octets(20, octet));
    record.local_key_name = record.peer_key_name = "1";
    return record;
  };
  TwoRouters net;
  net.power_on();
  net.send(net.a().set_record(manual("ipv4", "40001", 1), net.now));
  net.send(net.a().set_record(manual("ipv6", "40002", 2), net.now));
  tcpao::Mkts mkts;
  std::vector<keytable::Row> rows;
  for (const keytable::Row& row : net.a().key_table().rows())
    rows.push_back(row.clone());
  ASSERT_TRUE(mkts.follow(rows));
  const auto found = [&](std::uint16_t port) {
    const SocketPair pair{ip("192.0.2.1"), ip("192.0.2.2"), port, 179};
    const tcpao::Mkt* mkt = mkts.find(pair, tcpao::Mkts::Which::recv_id, 1, net.now);
    return mkt == nullptr ? std::string() : mkt->name;
  };
  EXPECT_EQ(found(40001), "gatekeeper/ipv4");
  EXPECT_EQ(found(40002), "gatekeeper/ipv6");
  EXPECT_EQ(found(40003), "");
  const auto refused = net.a().set_record(manual("both", "40001-40002", 3), net.now);
  EXPECT_TRUE(refused) << "a wider record is no tie";
}

TEST(Gatekeeper, ARowWithAnOddSocketPairIsNoMkt) {
  keytable::Row row;
  row.admin_key_name = "odd";
  row.local_key_name = row.peer_key_name = "1";
  row.peers = {"192.0.2.2"};
  row.protocol = "bgp";
  row.kdf = "HMAC-SHA-1";
  row.alg_id = "HMAC-SHA-1-96";
  row.key = Secret(Octets(20, 7));
  EXPECT_TRUE(tcpao::mkt_from_row(row));
  for (const auto& [name, value] : {std::pair("lport", "70000"), {"rport", "x"}, {"laddr", "x"}}) {
    keytable::Row odd = row.clone();
    odd.protocol_specific_info[name] = value;
    const auto mkt = tcpao::mkt_from_row(odd);
    ASSERT_FALSE(mkt) << name;
    EXPECT_THAT(mkt.error().message, HasSubstr(name));
  }
}

}  // namespace
}  // namespace karpspec::oracle
