#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.h"

// `karpspec decode` over packets of OSPFv2 and RIPv2 and segments of BGP that BIRD has sent.
namespace karpspec::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const fs::path captures = fs::path(KARPSPEC_SOURCE_DIR) / "vectors/captures";
const std::string bird_capture = (captures / "bird-2.0.12.pcap").string();

TEST(RoutingPackets, OfARealRouterAreAuthentic) {
  const Program program;
  const std::string table = (captures / "bird-2.0.12.yaml").string();
  const Ended ended = program.run({"decode", bird_capture, "--keys", table});
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("8 authentic packets of OSPFv2 or RIPv2, 0 refused"));
  EXPECT_THAT(ended.output, HasSubstr("4 authentic segments, 0 refused"));
  EXPECT_THAT(ended.output, HasSubstr("OSPFv2 Hello router 192.0.2.1 area 0.0.0.0 AuType 2\n"
                                      "  Key ID 3 sequence number 1795677000 digest "));
  EXPECT_THAT(ended.output, HasSubstr("authentic: ospf-3"));
  EXPECT_THAT(ended.output, HasSubstr("RIPv2 Response, 2 entries, authentication type 3"));
  EXPECT_THAT(ended.output, HasSubstr("authentic: rip-7"));
  const Ended json = program.run({"decode", bird_capture, "--keys", table, "--json"});
  EXPECT_THAT(json.output, HasSubstr("\"row\":\"ospf-3\",\"in_send_lifetime\":true"));
  // Without keys they are shown, and nothing is said of them.
  const Ended shown = program.run({"decode", bird_capture});
  EXPECT_EQ(shown.code, 0);
  EXPECT_THAT(shown.output, HasSubstr("Key ID 7 sequence number"));
  EXPECT_THAT(shown.output, Not(HasSubstr("authentic:")));
}

TEST(RoutingPackets, AreNamedWhereTheyAreWrong) {
  const Program program;
  const std::string right = text_of(captures / "bird-2.0.12.yaml");
  const auto judged = [&](const std::string& what, const std::string& by) {
    program.write("table.yaml", replaced(right, what, by));
    const Ended ended = program.run({"decode", bird_capture, "--keys", "table.yaml"});
    EXPECT_EQ(ended.code, 1) << what;
    EXPECT_THAT(ended.output, HasSubstr("4 authentic packets of OSPFv2 or RIPv2, 4 refused"));
    return ended.output;
  };
  EXPECT_THAT(judged("LocalKeyName: \"3\"", "LocalKeyName: \"4\""),
              HasSubstr("frame 3: Key ID, octet 18 of the packet: Key ID 3 is the LocalKeyName of "
                        "no row [unknown-key, RFC 2328 D.5.2]"));
  EXPECT_THAT(judged("Key: 30", "Key: 31"), HasSubstr("digest, octet 44 of the packet"));
  EXPECT_THAT(judged("AlgID: hmac-sha-1", "AlgID: hmac-sha-512"),
              HasSubstr("Auth Data Len, octet 19 of the packet"));
  EXPECT_THAT(judged("AcceptLifetimeEnd: 9999", "AcceptLifetimeEnd: 2020"),
              HasSubstr("may not be accepted at 20261126"));
  EXPECT_THAT(judged("AlgID: hmac-sha-256", "AlgID: hmac-sha-1"), HasSubstr("RFC 4822"));
}

TEST(RoutingPackets, OutsideOfTheirSendLifetimeAreAuthenticAndSaySo) {
  const Program program;
  program.write("table.yaml", replaced(text_of(captures / "bird-2.0.12.yaml"),
                                       "SendLifetimeEnd: 9999", "SendLifetimeEnd: 2020"));
  const Ended ended = program.run({"decode", bird_capture, "--keys", "table.yaml"});
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.output, HasSubstr("authentic: ospf-3, outside of its send lifetime"));
}

}  // namespace
}  // namespace karpspec::cli
