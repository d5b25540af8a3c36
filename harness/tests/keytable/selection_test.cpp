#include "keytable/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "keytable/tables.h"
#include "keytable/validate.h"

// RFC 7210 section 3: which key protects what goes out, and which verifies what comes in.
namespace karpspec::keytable {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

Time at(int hour) {
  return Time{std::chrono::hours{hour}};
}

// For sending from hour START on, for accepting from an hour before.
Row row(const char* name, const char* local, int start, int end) {
  Row out;
  out.admin_key_name = name;
  out.local_key_name = local;
  out.peers = {"link"};
  out.interfaces = {"eth0"};
  out.protocol = "ospfv2";
  out.kdf = "none";
  out.alg_id = "hmac-sha-256";
  out.key = Secret(octets_of("a key"));
  out.send_lifetime_start = at(start);
  out.send_lifetime_end = at(end);
  out.accept_lifetime_start = at(start - 1);
  out.accept_lifetime_end = at(end + 1);
  return out;
}

std::string sent(const Table& table, int hour, std::vector<std::string> preferred = {},
                 const char* interface = "eth0") {
  const Row* found = select_to_send(table, {"ospfv2", "link", interface, at(hour)}, preferred);
  return found == nullptr ? "nothing" : found->admin_key_name;
}

std::vector<std::string> accepted(const Table& table, int hour,
                                  std::optional<std::string_view> name) {
  std::vector<std::string> names;
  for (const Row* found : select_to_accept(table, {"ospfv2", "link", "eth0", at(hour)}, name))
    names.push_back(found->admin_key_name);
  return names;
}

TEST(Selection, TakesTheMostRecentKeyForSending) {
  Table table;
  ASSERT_TRUE(table.insert(row("old", "1", 10, 30)));
  ASSERT_TRUE(table.insert(row("new", "2", 20, 40)));
  EXPECT_EQ(sent(table, 9), "nothing");
  EXPECT_EQ(sent(table, 10), "old");
  EXPECT_EQ(sent(table, 19), "old");
  EXPECT_EQ(sent(table, 20), "new");
  EXPECT_EQ(sent(table, 40), "new") << "the end counts";
  EXPECT_EQ(sent(table, 41), "nothing");
  EXPECT_EQ(sent(table, 20, {}, "eth1"), "nothing");
  EXPECT_EQ(sent(table, 20, {}, ""), "new") << "no interface is known";
}

TEST(Selection, AcceptsBeforeItSendsAndByName) {
  Table table;
  ASSERT_TRUE(table.insert(row("old", "1", 10, 30)));
  ASSERT_TRUE(table.insert(row("new", "2", 20, 40)));
  EXPECT_THAT(accepted(table, 19, "2"), ElementsAre("new"));
  EXPECT_THAT(accepted(table, 19, "0x02"), ElementsAre("new"));
  EXPECT_THAT(accepted(table, 18, "2"), IsEmpty());
  EXPECT_THAT(accepted(table, 31, "1"), ElementsAre("old"));
  EXPECT_THAT(accepted(table, 25, std::nullopt), ElementsAre("new", "old"))
      << "without names all are tried, the most recent first";
  EXPECT_THAT(accepted(table, 25, "3"), IsEmpty());
}

TEST(Selection, PassesOverDirectionsThatDoNotFit) {
  Table table;
  Row in = row("in", "1", 10, 30), out = row("out", "1", 5, 30), off = row("off", "1", 15, 30);
  in.direction = Direction::in;
  out.direction = Direction::out;
  off.direction = Direction::disabled;
  for (Row* each : {&in, &out, &off})
    ASSERT_TRUE(table.insert(std::move(*each)));
  EXPECT_EQ(sent(table, 20), "out");
  EXPECT_THAT(accepted(table, 20, "1"), ElementsAre("in"));
}

TEST(Selection, SettlesTies) {
  Table table;
  ASSERT_TRUE(table.insert(row("c", "10", 10, 30)));
  ASSERT_TRUE(table.insert(row("b", "9", 10, 30)));
  EXPECT_EQ(sent(table, 20), "b") << "9 is lower than 10";
  ASSERT_TRUE(table.insert(row("a", "9", 10, 30)));
  EXPECT_EQ(sent(table, 20), "a");
  ASSERT_TRUE(table.insert(row("long", "11", 10, 31)));
  EXPECT_EQ(sent(table, 20), "long");
}

TEST(Selection, PrefersAlgorithmsBeforeRecency) {
  Table table;
  Row strong = row("strong", "1", 10, 30);
  strong.alg_id = "hmac-sha-512";
  ASSERT_TRUE(table.insert(std::move(strong)));
  ASSERT_TRUE(table.insert(row("recent", "2", 20, 30)));
  EXPECT_EQ(sent(table, 25), "recent");
  EXPECT_EQ(sent(table, 25, {"hmac-sha-512"}), "strong");
  EXPECT_EQ(sent(table, 25, {"hmac-sha-1"}), "recent") << "none of the preferred ones is there";
}

TEST(Selection, KnowsAllInterfacesAndOneTableAVrf) {
  Tables tables;
  Row everywhere = row("everywhere", "1", 10, 30);
  everywhere.interfaces = {"all"};
  ASSERT_TRUE(tables.of("red").insert(std::move(everywhere)));
  EXPECT_EQ(sent(*tables.find("red"), 20, {}, "eth7"), "everywhere");
  EXPECT_EQ(tables.find("blue"), nullptr);
  EXPECT_EQ(sent(tables.of("blue"), 20), "nothing");
}

TEST(Selection, TheNameOnTheWireIsThePeers) {
  Row one = row("a", "7", 10, 30);
  EXPECT_EQ(name_on_the_wire(one), "7");
  one.peer_key_name = "12";
  EXPECT_EQ(name_on_the_wire(one), "12");
}

// OSPFv2 with two mechanisms that share Key IDs and one that does not; BGP with TCP-AO.
Rulebook rules() {
  Rulebook book;
  const auto add = [&](const char* protocol, const char* space, const char* algorithm,
                       Mechanism::PeerName peer) {
    Mechanism mechanism;
    mechanism.name = algorithm;
    mechanism.algorithms = {algorithm};
    mechanism.name_space = space;
    mechanism.peer_name = peer;
    book.protocols[protocol].mechanisms.push_back(std::move(mechanism));
  };
  add("ospfv2", "Key ID", "hmac-sha-256", Mechanism::PeerName::same);
  add("ospfv2", "Key ID", "md5", Mechanism::PeerName::same);
  add("ospfv2", "SPI", "AES-XCBC-MAC-96", Mechanism::PeerName::same);
  add("bgp", "TCP-AO", "HMAC-SHA-1-96", Mechanism::PeerName::own);
  return book;
}

TEST(Selection, NamesClashWhereOneMessageFitsTwoRows) {
  const Rulebook book = rules();
  const Row one = row("a", "7", 10, 30);
  const auto other = [&](auto change) {
    Row two = row("b", "7", 20, 40);
    change(two);
    return names_clash(one, two, book) && names_clash(two, one, book);
  };
  EXPECT_TRUE(other([](Row&) {}));
  EXPECT_TRUE(other([](Row& two) { two.local_key_name = "007"; }));
  EXPECT_TRUE(other([](Row& two) { two.interfaces = {"all"}; }));
  EXPECT_FALSE(other([](Row& two) { two.interfaces = {"eth1"}; }));
  EXPECT_FALSE(other([](Row& two) { two.peers = {"area 0"}; }));
  EXPECT_FALSE(other([](Row& two) { two.local_key_name = "8"; }));
  EXPECT_FALSE(other([](Row& two) { two.protocol = "rip"; }));
  EXPECT_FALSE(other([](Row& two) { two.direction = Direction::out; }));
  EXPECT_FALSE(other([](Row& two) { two.accept_lifetime_start = at(40); }));
  EXPECT_TRUE(other([](Row& two) { two.alg_id = "md5"; })) << "a packet has the Key ID alone";
  EXPECT_FALSE(other([](Row& two) { two.alg_id = "AES-XCBC-MAC-96"; })) << "an SPI is no Key ID";
}

TEST(Selection, KeyNamesOfOneConnectionDifferInBothDirections) {
  const Rulebook book = rules();
  const auto of_bgp = [](const char* name, const char* local, const char* peer) {
    Row out = row(name, local, 10, 30);
    out.peer_key_name = peer;
    out.peers = {"192.0.2.2"};
    out.interfaces = {"all"};
    out.protocol = "bgp";
    out.alg_id = "HMAC-SHA-1-96";
    return out;
  };
  const Row one = of_bgp("a", "7", "9");
  const auto send_ids = [&](auto change) {
    Row two = of_bgp("b", "8", "9");
    change(two);
    EXPECT_FALSE(names_clash(one, two, book));
    return send_ids_clash(one, two, book) && send_ids_clash(two, one, book);
  };
  EXPECT_TRUE(send_ids([](Row&) {}));
  EXPECT_TRUE(send_ids([](Row& two) { two.peer_key_name = "009"; }));
  EXPECT_FALSE(send_ids([](Row& two) { two.peer_key_name = "10"; }));
  EXPECT_FALSE(send_ids([](Row& two) { two.direction = Direction::disabled; }));
  EXPECT_FALSE(send_ids([](Row& two) { two.peers = {"192.0.2.3"}; }));
  EXPECT_FALSE(send_ids([](Row& two) { two.accept_lifetime_start = at(40); }));
  EXPECT_FALSE(send_ids_clash(row("a", "7", 10, 30), row("b", "8", 10, 30), book));
  // What a record names tells connections apart (profile P-106).
  Row left = of_bgp("left", "7", "9"), right = of_bgp("right", "7", "9");
  const auto both = [&] {
    EXPECT_EQ(names_clash(left, right, book), send_ids_clash(left, right, book));
    return names_clash(left, right, book);
  };
  EXPECT_TRUE(both());
  left.protocol_specific_info = {{"lport", "40001"}, {"rport", "179"}, {"laddr", "any"}};
  EXPECT_TRUE(both());
  right.protocol_specific_info = {{"lport", "40002-40009"}};
  EXPECT_FALSE(both());
  right.protocol_specific_info = {{"lport", "40000-40009"}};
  EXPECT_TRUE(both());
  left.protocol_specific_info["laddr"] = "192.0.2.1";
  right.protocol_specific_info["laddr"] = "198.51.100.0/24";
  EXPECT_FALSE(both());
  right.protocol_specific_info["laddr"] = "no address";
  EXPECT_TRUE(both()) << "what is no pattern excludes nothing";
}

TEST(PeerForms, AreWords) {
  const std::pair<const char*, std::optional<PeerForm>> cases[] = {
      {"192.0.2.1", PeerForm::peer},
      {"2001:db8::1", PeerForm::peer},
      {"link", PeerForm::link},
      {"area 0.0.0.1", PeerForm::area},
      {"area 4294967295", PeerForm::area},
      {"domain", PeerForm::domain},
      {"group core routers", PeerForm::group},
      {"any", PeerForm::any},
      {"", std::nullopt},
      {"Link", std::nullopt},
      {"area", std::nullopt},
      {"area ", std::nullopt},
      {"area 4294967296", std::nullopt},
      {"area 1.2.3", std::nullopt},
      {"area 0x1", std::nullopt},
      {"group ", std::nullopt},
      {"192.0.2.256", std::nullopt},
      {"192.0.2.1/24", std::nullopt},
      {"router.example", std::nullopt}};
  for (const auto& [text, form] : cases)
    EXPECT_EQ(form_of(text), form) << text;
}

TEST(Row, ReadsWhatCanBeWrittenInSeveralWaysAsOne) {
  const Rulebook book;
  RowText text;
  const auto put = [&](Field field, FieldText::Form form, std::vector<std::string> items) {
    text[field].form = form;
    text[field].items = std::move(items);
  };
  using Form = FieldText::Form;
  put(Field::AdminKeyName, Form::text, {"a"});
  put(Field::LocalKeyName, Form::text, {"0x0C"});
  put(Field::PeerKeyName, Form::text, {"007"});
  put(Field::Peers, Form::list, {"2001:DB8:0::1"});
  put(Field::Protocol, Form::text, {"bgp"});
  put(Field::ProtocolSpecificInfo, Form::text, {"options=include; announcing-peer=r2"});
  put(Field::KDF, Form::text, {"HMAC-SHA-1"});
  put(Field::AlgID, Form::text, {"HMAC-SHA-1-96"});
  put(Field::Key, Form::text, {"00FFaB"});
  put(Field::Direction, Form::text, {"both"});
  for (const Field time : {Field::SendLifetimeStart, Field::AcceptLifetimeStart})
    put(time, Form::text, {"20260101000000Z"});
  for (const Field time : {Field::SendLifetimeEnd, Field::AcceptLifetimeEnd})
    put(time, Form::text, {"20270101000000Z"});
  Findings findings;
  const ReadRow read = read_row(text, book, findings);
  EXPECT_TRUE(findings.empty());
  EXPECT_TRUE(read.unread.none());
  EXPECT_EQ(read.row.local_key_name, "12");
  EXPECT_EQ(read.row.peer_key_name, "7");
  EXPECT_THAT(read.row.peers, ElementsAre("2001:db8::1"));
  EXPECT_THAT(read.row.interfaces, ElementsAre("all"));
  EXPECT_EQ(to_hex(read.row.key.view()), "00ffab");
  EXPECT_EQ(read.row.protocol_specific_info.at("options"), "include");
  EXPECT_EQ(origin_of(read.row), "rkmp");
}

}  // namespace
}  // namespace karpspec::keytable
