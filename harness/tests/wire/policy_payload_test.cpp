#include "wire_testing.h"

namespace karpspec::wire {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Octets text(std::string_view from) {
  return {from.begin(), from.end()};
}

// suites/profile.md, P-241, P-242, P-253, P-254.
TEST(PolicyPayload, MayBeAVersionAlone) {
  const auto policy =
      body_of<PolicyPayload>(PayloadType::POLICY, "00 00 000c 0000000000000007", with_mrkmp());
  EXPECT_EQ(policy.version, 7U);
  EXPECT_THAT(policy.entries, IsEmpty());
}

TEST(PolicyPayload, PermitsAReceiverToHearASpeaker) {
  const auto policy = body_of<PolicyPayload>(
      PayloadType::POLICY,
      "00 00 002b 0000000000000007"
      "01 00 001f 0001 61 0001 62 0000 0004 65746830 0003 70696d 01 03 0004 c0000201",
      with_mrkmp());
  ASSERT_THAT(policy.entries, SizeIs(1));
  const PolicyEntry& entry = policy.entries[0];
  EXPECT_EQ(entry.group, (SpeakerGroup{text("a"), {}, text("eth0"), text("pim")}));
  EXPECT_EQ(entry.receiver, text("b"));
  EXPECT_EQ(entry.direction, PolicyEntry::hears);
  ASSERT_THAT(entry.materials, SizeIs(1));
  EXPECT_EQ(entry.materials[0], (Material{Material::address, hex("c0000201")}));
}

TEST(PolicyPayload, HasModesOfInterfacesAndTheWayBackToTheDks) {
  const auto policy =
      body_of<PolicyPayload>(PayloadType::POLICY,
                             "00 00 0036 0000000000000001"
                             "02 00 0014 0001 61 0000 0003 6c616e 01 01 0000003c"
                             "03 00 0016 0005 012c 001e 19 00 03 0004 c0000209 01 0000",
                             with_mrkmp());
  ASSERT_THAT(policy.entries, SizeIs(2));
  EXPECT_EQ(policy.entries[0].router, text("a"));
  EXPECT_EQ(policy.entries[0].group.interface, text("lan"));
  EXPECT_EQ(policy.entries[0].mode, 1);
  EXPECT_EQ(policy.entries[0].flags, PolicyEntry::flag_central);
  EXPECT_EQ(policy.entries[0].permit_seconds, 60U);
  EXPECT_EQ(policy.entries[1].first, 5);
  EXPECT_EQ(policy.entries[1].longest, 300);
  EXPECT_EQ(policy.entries[1].spread, 30);
  EXPECT_EQ(policy.entries[1].jitter_percent, 25);
  EXPECT_THAT(policy.entries[1].materials, SizeIs(2));
}

TEST(PolicyPayload, EntriesFillThePayloadAndTextsTheirEntry) {
  const auto refused = [](const std::string& entries, std::size_t size) {
    char length[5];
    std::snprintf(length, sizeof length, "%04zx", size);
    return refusal(PayloadType::POLICY,
                   "00 00 " + std::string(length) + "0000000000000000" + entries, with_mrkmp());
  };
  EXPECT_EQ(refused("63 00 0003", 16), "bad length at 14");
  EXPECT_EQ(refused("63 00 0009 0badf00d", 20), "truncated at 16");
  EXPECT_EQ(refused("01 00 0006 0001", 18), "truncated at 18");
  EXPECT_EQ(refused("02 00 0011 0000 0000 0000 00 00 00000000 00", 29), "bad length at 28");
  EXPECT_EQ(refused("03 00 000d 0005 012c 001e 19 00 01", 25), "truncated at 25");
}

TEST(PolicyPayload, LogsItsFields) {
  EXPECT_THAT(fields(PayloadType::POLICY,
                     "00 00 0021 0000000000000001 02 00 0015 0001 61 0000 0004 65746830 02 00 "
                     "00000000",
                     with_mrkmp()),
              ElementsAre("POLICY.next_payload 0 1", "POLICY.flags_octet 1 1", "POLICY.length 2 2",
                          "POLICY.version 4 8", "POLICY.entries[1].type 12 1",
                          "POLICY.entries[1].reserved 13 1", "POLICY.entries[1].length 14 2",
                          "POLICY.entries[1].router_length 16 2", "POLICY.entries[1].router 18 1",
                          "POLICY.entries[1].vrf_length 19 2", "POLICY.entries[1].vrf 21 0",
                          "POLICY.entries[1].interface_length 21 2",
                          "POLICY.entries[1].interface 23 4", "POLICY.entries[1].mode 27 1",
                          "POLICY.entries[1].flags 28 1", "POLICY.entries[1].permit_seconds 29 4"));
}

TEST(KeyDownloadPayload, NamesTheGroupAndTheOrderOfKeys) {
  const auto download = body_of<KeyDownloadPayload>(PayloadType::KD,
                                                    "00 00 0030 0000000000000000"
                                                    "80 00 0010 0001 61 0000 0000 0003 70696d"
                                                    "81 00 0014 0000000000000007 0000000100000002",
                                                    with_mrkmp());
  ASSERT_THAT(download.items, SizeIs(2));
  EXPECT_EQ(download.items[0].group, (SpeakerGroup{text("a"), {}, {}, text("pim")}));
  EXPECT_EQ(download.items[1].policy_version, 7U);
  EXPECT_EQ(download.items[1].sequence, 0x100000002U);
  EXPECT_EQ(refusal(PayloadType::KD, "00 00 0018 0000000000000000 81 00 000c 0000000000000007",
                    with_mrkmp()),
            "truncated at 24");
  EXPECT_EQ(refusal(PayloadType::KD,
                    "00 00 0019 0000000000000000 80 00 000d 0000 0000 0000 0000 00", with_mrkmp()),
            "bad length at 24");
}

}  // namespace
}  // namespace karpspec::wire
