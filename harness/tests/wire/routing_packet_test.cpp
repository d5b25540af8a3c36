#include <gtest/gtest.h>

#include "base/random.h"
#include "wire/ospf_packet.h"
#include "wire/rip_packet.h"
#include "wire_testing.h"

// OSPFv2 and RIPv2 packets: every field, every length, and no octet beyond the packet.
namespace karpspec::wire {
namespace {

// RFC 2328 appendix A.3.1 and A.3.2, by hand; the digest stands behind the 48 octets of the packet.
const char* const hello_text =
    "02 01 0030 c0000201 00000001 0000 0002 0000 03 10 6b07db48"
    "ffffff00 000a 02 01 00000028 c0000201 00000000 c0000202"
    "000102030405060708090a0b0c0d0e0f";
// RFC 4822 section 2.1: the header, the authentication entry, one entry, the trailer.
const char* const response_text =
    "02 02 0000 ffff 0003 002c 07 10 6b07db49 0000000000000000"
    "0002 0007 0a000000 ff000000 c0000202 00000010"
    "ffff 0001 000102030405060708090a0b0c0d0e0f";

OspfHeader ospf(OctetView packet) {
  const auto header = read_ospf_header(packet);
  EXPECT_TRUE(header) << to_string(header.error());
  return header.value_or(OspfHeader{});
}

TEST(OspfPacket, IsReadInPlace) {
  const Octets packet = hex(hello_text);
  const OspfHeader header = ospf(packet);
  EXPECT_EQ(header.length, 48);
  EXPECT_EQ(header.router_id, 0xc0000201U);
  EXPECT_EQ(header.area_id, 1U);
  EXPECT_TRUE(header.is(OspfAuType::CRYPTOGRAPHIC));
  EXPECT_EQ(header.key_id, 3);
  EXPECT_EQ(header.digest_size, 16);
  EXPECT_EQ(header.sequence, 0x6b07db48U);
  const auto hello = read_ospf_hello(packet, header);
  ASSERT_TRUE(hello) << to_string(hello.error());
  EXPECT_EQ(hello->mask, 0xffffff00U);
  EXPECT_EQ(hello->interval, 10);
  EXPECT_EQ(hello->options, 2);
  EXPECT_EQ(hello->priority, 1);
  EXPECT_EQ(hello->dead_interval, 40U);
  EXPECT_EQ(hello->designated, 0xc0000201U);
  EXPECT_EQ(hello->backup, 0U);
  EXPECT_EQ(hello->neighbors, std::vector<std::uint32_t>{0xc0000202});
  EXPECT_EQ(to_hex(encode_ospf_hello(header, *hello, OctetView(packet).subspan(48))),
            to_hex(packet));
}

// Section D.4.1: without cryptographic authentication there is a checksum, and nothing behind.
TEST(OspfPacket, HasAChecksumWhereNothingElseProtectsIt) {
  OspfHeader header = ospf(hex(hello_text));
  header.au_type = 0;
  const Octets packet = encode_ospf_hello(header, {}, hex("aabb"));
  EXPECT_EQ(packet.size(), 44U);
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < packet.size(); i += 2)
    sum += static_cast<std::uint32_t>(packet[i] << 8 | packet[i + 1]);
  while (sum >> 16 != 0)
    sum = (sum & 0xffff) + (sum >> 16);
  EXPECT_EQ(sum, 0xffffU);
  EXPECT_EQ(ospf(packet).key_id, 0);
}

struct Alteration {
  const char* name;
  std::size_t at;  // where OCTETS stand instead
  const char* octets;
  int size;  // octets that are left; -1: all
  const char* refusal;
};
std::string name_of(const testing::TestParamInfo<Alteration>& info) {
  return info.param.name;
}
Octets altered(const char* text, const Alteration& alteration) {
  Octets packet = hex(text);
  const Octets octets = hex(alteration.octets);
  std::copy(octets.begin(), octets.end(),
            packet.begin() + static_cast<std::ptrdiff_t>(alteration.at));
  if (alteration.size >= 0)
    packet.resize(static_cast<std::size_t>(alteration.size));
  return packet;
}

class HostileOspf : public testing::TestWithParam<Alteration> {};
TEST_P(HostileOspf, IsRefusedAtItsOctet) {
  const Octets packet = altered(hello_text, GetParam());
  const auto header = read_ospf_header(packet);
  EXPECT_EQ(header ? refusal(read_ospf_hello(packet, *header)) : refusal(header),
            GetParam().refusal);
}
INSTANTIATE_TEST_SUITE_P(
    All, HostileOspf,
    testing::Values(Alteration{"Empty", 0, "", 0, "truncated at 0"},
                    Alteration{"Short", 0, "", 23, "truncated at 23"},
                    Alteration{"Version3", 0, "03", -1, "bad value at 0"},
                    Alteration{"LengthBelowTheHeader", 2, "0017", -1, "bad length at 2"},
                    Alteration{"LengthBeyondThePacket", 2, "0041", -1, "truncated at 2"},
                    Alteration{"LengthOfEverything", 2, "ffff", -1, "truncated at 2"},
                    Alteration{"DigestBeyondThePacket", 19, "11", -1, "truncated at 19"},
                    Alteration{"DigestCut", 0, "", 63, "truncated at 19"},
                    Alteration{"NoHello", 1, "02", -1, "bad value at 1"},
                    Alteration{"HelloWithoutItsBody", 2, "0028", -1, "bad length at 2"},
                    Alteration{"HalfANeighbor", 2, "002e", -1, "bad length at 2"}),
    name_of);

TEST(RipPacket, IsReadInPlace) {
  const Octets octets = hex(response_text);
  const auto message = read_rip(octets);
  ASSERT_TRUE(message) << to_string(message.error());
  EXPECT_EQ(message->command, 2);
  ASSERT_TRUE(message->authentication);
  const RipAuthentication& by = *message->authentication;
  EXPECT_TRUE(by.is(RipAuthType::KEYED_DIGEST));
  EXPECT_EQ(by.trailer_at, 44);
  EXPECT_EQ(by.digest_at(), 48U);
  EXPECT_EQ(by.key_id, 7);
  EXPECT_EQ(by.digest_size, 16);
  EXPECT_EQ(by.sequence, 0x6b07db49U);
  ASSERT_EQ(message->entries.size(), 1U);
  EXPECT_EQ(message->entries[0],
            (RipEntry{2, 7, 0x0a000000, 0xff000000, 0xc0000202, rip_infinity}));
  EXPECT_EQ(to_hex(encode_rip(*message, OctetView(octets).subspan(48))), to_hex(octets));
}

// Some routers count the trailer's header in Auth Data Len.
TEST(RipPacket, MayTellTheLengthOfItsTrailer) {
  Octets octets = hex(response_text);
  octets[11] = 20;
  const auto message = read_rip(octets);
  ASSERT_TRUE(message) << to_string(message.error());
  EXPECT_TRUE(message->authentication->length_of_trailer);
  EXPECT_EQ(message->authentication->digest_size, 16);
  EXPECT_EQ(to_hex(encode_rip(*message, OctetView(octets).subspan(48))), to_hex(octets));
}

// RFC 2453 section 4.1: sixteen octets of password in the clear.
TEST(RipPacket, MayHaveASimplePasswordOrNone) {
  const auto simple =
      read_rip(hex("02020000 ffff0002 70617373 00000000 00000000 00000000"
                   "00020000 0a000000 ff000000 00000000 00000001"));
  ASSERT_TRUE(simple) << to_string(simple.error());
  ASSERT_TRUE(simple->authentication);
  EXPECT_TRUE(simple->authentication->is(RipAuthType::SIMPLE_PASSWORD));
  EXPECT_EQ(simple->entries.size(), 1U);
  const auto none = read_rip(hex("01020000 00000000 00000000 00000000 00000000 00000010"));
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->authentication);
  // Only the first entry authenticates.
  EXPECT_FALSE(read_rip(hex("02020000 00020000 0a000000 ff000000 00000000 00000001"
                            "ffff0003 002c0710 00000000 00000000 00000000"))
                   ->authentication);
}

class HostileRip : public testing::TestWithParam<Alteration> {};
TEST_P(HostileRip, IsRefusedAtItsOctet) {
  EXPECT_EQ(refusal(read_rip(altered(response_text, GetParam()))), GetParam().refusal);
}
INSTANTIATE_TEST_SUITE_P(
    All, HostileRip,
    testing::Values(Alteration{"Empty", 0, "", 0, "truncated at 0"},
                    Alteration{"Short", 0, "", 3, "truncated at 3"},
                    Alteration{"Version1", 1, "01", -1, "bad value at 1"},
                    Alteration{"HalfAnEntry", 0, "", 23, "bad length at 4"},
                    Alteration{"LengthWithinTheHeader", 8, "0004", -1, "bad length at 8"},
                    Alteration{"LengthWithinAnEntry", 8, "002b", -1, "bad length at 8"},
                    Alteration{"LengthBeyondTheMessage", 8, "0054", -1, "truncated at 8"},
                    Alteration{"LengthOfEverything", 8, "fff4", -1, "truncated at 8"},
                    Alteration{"DigestBeyondTheMessage", 11, "15", -1, "truncated at 11"},
                    Alteration{"DigestCut", 0, "", 63, "truncated at 11"},
                    Alteration{"OctetsBehind", 11, "0f", -1, "bad length at 11"},
                    Alteration{"NoTrailer", 44, "fffe", -1, "bad value at 44"},
                    Alteration{"OtherTrailer", 46, "0003", -1, "bad value at 44"}),
    name_of);

// Whatever comes is read within its bounds, and what is read is written back the same.
TEST(RoutingPacket, SurvivesWhateverComes) {
  SeededRandom random(89);
  for (const bool is_ospf : {true, false}) {
    const Octets good = hex(is_ospf ? hello_text : response_text);
    for (int i = 0; i < 20000; ++i) {
      Octets octets = good;
      for (std::uint64_t n = random.u64() % 4; n > 0; --n)
        octets[random.u64() % octets.size()] = static_cast<std::uint8_t>(random.u64());
      octets.resize(octets.size() - random.u64() % (i % 2 == 0 ? 1 : octets.size()));
      if (is_ospf) {
        const auto header = read_ospf_header(octets);
        if (header && header->is(OspfAuType::CRYPTOGRAPHIC)) {
          EXPECT_LE(std::size_t{header->length} + header->digest_size, octets.size());
        }
        if (header)
          static_cast<void>(read_ospf_hello(octets, *header));
      } else if (const auto message = read_rip(octets); message && message->authentication) {
        const RipAuthentication& by = *message->authentication;
        if (by.is(RipAuthType::KEYED_DIGEST)) {
          EXPECT_EQ(by.digest_at() + by.digest_size, octets.size());
        }
      }
    }
  }
}

}  // namespace
}  // namespace karpspec::wire
