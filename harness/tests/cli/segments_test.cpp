#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/octets.h"
#include "program.h"

// `karpspec decode` over TCP segments: RFC 9235's own, as captures of raw IP packets.
namespace karpspec::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

struct Vectors {
  std::string section;  // "4.1"
  bool covers_options = true;
  bool hmac = true;
  std::vector<Octets> packets;
};

std::vector<Vectors> rfc9235() {
  std::vector<Vectors> all;
  const Json file = json_of(fs::path(KARPSPEC_SOURCE_DIR) / "vectors/tcp_ao.json");
  for (const Json& test : file.at("tests")) {
    const std::string source = test.at("source").get<std::string>();
    if (!source.starts_with("RFC 9235"))
      continue;
    const std::string section = source.substr(source.rfind(' ') + 1, 3);
    if (all.empty() || all.back().section != section)
      all.push_back({section,
                     test.at("covers_options").get<bool>(),
                     test.at("auth_alg") == "HMAC_SHA_1_96",
                     {}});
    all.back().packets.push_back(*from_hex(test.at("packet").get<std::string>()));
  }
  return all;
}

// A classic pcap file of raw IP packets.
std::string pcap(const std::vector<Octets>& packets) {
  std::string file;
  const auto put = [&](std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8)
      file.push_back(static_cast<char>(value >> shift));
  };
  for (const std::uint32_t value : {0xa1b2c3d4U, 0x00040002U, 0U, 0U, 262144U, 101U})
    put(value);
  for (const Octets& packet : packets) {
    for (const std::size_t value :
         {std::size_t{1767225600}, std::size_t{0}, packet.size(), packet.size()})
      put(static_cast<std::uint32_t>(value));
    file.append(packet.begin(), packet.end());
  }
  return file;
}

// The client's key table, or the server's.
std::string table(const Vectors& vectors, bool client, const std::string& key = "testvector") {
  const bool v4 = vectors.packets.front()[0] >> 4 == 4;
  const std::string peer =
      v4 ? (client ? "172.27.28.29" : "10.11.12.13") : (client ? "fd00::2" : "fd00::1");
  return "rows:\n  - AdminKeyName: rfc9235\n    LocalKeyName: \"" +
         std::string(client ? "84" : "61") + "\"\n    PeerKeyName: \"" + (client ? "61" : "84") +
         "\"\n    Peers: [\"" + peer +
         "\"]\n    Protocol: bgp\n    ProtocolSpecificInfo: {options: " +
         (vectors.covers_options ? "include" : "exclude") +
         "}\n    KDF: " + (vectors.hmac ? "HMAC-SHA-1" : "AES-128-CMAC") +
         "\n    AlgID: " + (vectors.hmac ? "HMAC-SHA-1-96" : "AES-128-CMAC-96") +
         "\n    Key: " + to_hex(octets_of(key)) +
         "\n    Direction: both\n    SendLifetimeStart: 19700101000000Z\n"
         "    SendLifetimeEnd: 99991231235959Z\n    AcceptLifetimeStart: 19700101000000Z\n"
         "    AcceptLifetimeEnd: 99991231235959Z\n";
}

TEST(Segments, OfRfc9235AreAuthenticByEitherKeyTable) {
  const auto all = rfc9235();
  ASSERT_EQ(all.size(), 8U);
  const Program program;
  for (const Vectors& vectors : all) {
    program.write("it.pcap", pcap(vectors.packets));
    for (const bool client : {true, false}) {
      program.write("table.yaml", table(vectors, client));
      const Ended ended = program.run({"decode", "it.pcap", "--keys", "table.yaml"});
      EXPECT_EQ(ended.code, 0) << vectors.section << ended.output;
      EXPECT_THAT(ended.output, HasSubstr("4 authentic segments, 0 refused")) << vectors.section;
      EXPECT_THAT(ended.output, HasSubstr("TCP-AO KeyID 61 RNextKeyID 84 MAC "));
      EXPECT_THAT(ended.output, HasSubstr("authentic: rfc9235, SNE 0"));
    }
  }
}

TEST(Segments, AreNamedWhereTheyAreWrong) {
  Vectors vectors = rfc9235().front();
  const Program program;
  program.write("table.yaml", table(vectors, true));
  vectors.packets[2].back() ^= 1;
  vectors.packets[3][20 + 32 + 2] = 99;  // KeyID
  program.write("it.pcap", pcap(vectors.packets));
  const Ended ended = program.run({"decode", "it.pcap", "--keys", "table.yaml"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.output, HasSubstr("2 authentic segments, 2 refused"));
  EXPECT_THAT(ended.output, HasSubstr("the first that is refused: frame 3: TCP-AO.MAC, octet 36 of "
                                      "the segment: the MAC is not that of MKT 'rfc9235'"));
  EXPECT_THAT(ended.output, HasSubstr("[mac, RFC 5925 7.5]"));
  EXPECT_THAT(ended.output, HasSubstr("TCP-AO.KeyID, octet 34 of the segment: KeyID 99 is the "
                                      "RecvID of no MKT"));
  const Ended json = program.run({"decode", "it.pcap", "--keys", "table.yaml", "--json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_THAT(json.output, HasSubstr("\"reason\":\"unknown-key\""));
  // The other flag is a wrong MAC, and what it is is said.
  vectors = rfc9235().front();
  program.write("it.pcap", pcap(vectors.packets));
  vectors.covers_options = false;
  program.write("table.yaml", table(vectors, true));
  EXPECT_THAT(program.run({"decode", "it.pcap", "--keys", "table.yaml"}).output,
              HasSubstr("but with options covered"));
}

TEST(Segments, WithoutTheirHandshakeAreNotJudged) {
  const Vectors vectors = rfc9235().front();
  const Program program;
  program.write("table.yaml", table(vectors, true));
  program.write("it.pcap", pcap({vectors.packets[2], vectors.packets[3]}));
  const Ended ended = program.run({"decode", "it.pcap", "--keys", "table.yaml"});
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.output, HasSubstr("2 not judged because their handshake is not there"));
  // Without keys they are shown, and nothing is said of them.
  const Ended shown = program.run({"decode", "it.pcap"});
  EXPECT_EQ(shown.code, 0);
  EXPECT_THAT(shown.output, HasSubstr("TCP-AO KeyID 61"));
  EXPECT_THAT(shown.output, Not(HasSubstr("judged")));
}

TEST(Segments, NeedAKeyTableThatCanBeUsed) {
  Vectors vectors = rfc9235().front();
  const Program program;
  program.write("it.pcap", pcap(vectors.packets));
  const auto refusal = [&](const std::string& text) {
    program.write("table.yaml", text);
    const Ended ended = program.run({"decode", "it.pcap", "--keys", "table.yaml"});
    EXPECT_EQ(ended.code, 2);
    return ended.output;
  };
  std::string wrong = table(vectors, true);
  wrong.replace(wrong.find("\"84\""), 4, "\"384\"");
  EXPECT_THAT(refusal(wrong), HasSubstr("table.yaml:2:"));
  EXPECT_THAT(refusal("rows: []\n"), HasSubstr("no key of TCP-AO, TCP MD5, OSPFv2 or RIPv2"));
  EXPECT_THAT(refusal("rows: [\n"), HasSubstr("table.yaml:"));
  const std::string one = table(vectors, true);
  EXPECT_THAT(refusal(one + one.substr(one.find("  - "))), HasSubstr("the same RecvID 84"));
  EXPECT_THAT(program.run({"decode", "it.pcap", "--keys", "none.yaml"}).output,
              HasSubstr("none.yaml: cannot be read"));
}

}  // namespace
}  // namespace karpspec::cli
