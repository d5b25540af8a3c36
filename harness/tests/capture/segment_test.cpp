#include <gmock/gmock.h>
#include <pcap/pcap.h>
#include <tins/ip.h>
#include <tins/ipv6.h>
#include <tins/rawpdu.h>
#include <tins/tcp.h>

#include "base/random.h"
#include "capture/ip_payload.h"
#include "capture/pcapng_writer.h"
#include "capture/reader.h"
#include "files.h"

namespace karpspec::capture {
namespace {

using testing::HasSubstr;

const Octets ethernet4 = *from_hex("020000000002 020000000001 0800");
const Octets ethernet6 = *from_hex("020000000002 020000000001 86dd");

Octets tcp(std::size_t data, const char* options = "") {
  wire::TcpFields fields;
  fields.source_port = 49152;
  fields.destination_port = 179;
  fields.sequence = 0x01020304;
  fields.flags = 0x18;
  fields.options = *from_hex(options);
  fields.data = Octets(data, 0x61);
  return *wire::encode_tcp(fields);
}

Octets ipv4(OctetView payload, std::uint16_t fragment = 0, std::uint8_t protocol = 6) {
  const auto total = static_cast<std::uint16_t>(20 + payload.size());
  Octets packet = {0x45,
                   0,
                   static_cast<std::uint8_t>(total >> 8),
                   static_cast<std::uint8_t>(total),
                   0x12,
                   0x34,
                   static_cast<std::uint8_t>(fragment >> 8),
                   static_cast<std::uint8_t>(fragment),
                   1,
                   protocol,
                   0,
                   0,
                   192,
                   0,
                   2,
                   1,
                   192,
                   0,
                   2,
                   2};
  append(packet, payload);
  return packet;
}

// NEXT says what EXTENSIONS begin with.
Octets ipv6(OctetView payload, std::uint8_t next = 6, const char* extensions = "") {
  Octets more = *from_hex(extensions);
  append(more, payload);
  Octets packet = {0x60,
                   0,
                   0,
                   0,
                   static_cast<std::uint8_t>(more.size() >> 8),
                   static_cast<std::uint8_t>(more.size()),
                   next,
                   1};
  append(packet, *from_hex("20010db8000000000000000000000001"));
  append(packet, *from_hex("20010db8000000000000000000000002"));
  append(packet, more);
  return packet;
}

constexpr std::uint8_t tcp_protocol = 6;

std::optional<IpPayload> found(int link_type, const Octets& frame) {
  Fragments fragments;
  auto packet = ip_payload(link_type, frame, tcp_protocol, fragments);
  EXPECT_TRUE(packet) << to_string(packet.error());
  return packet ? *packet : std::nullopt;
}

TEST(Segment, IsFoundBehindEveryLinkHeader) {
  const Octets segment = tcp(10, "01010101");
  const Octets v4 = ipv4(segment), v6 = ipv6(segment);
  const struct {
    int link_type;
    Octets frame;
  } frames[] = {
      {DLT_EN10MB, concat({ethernet4, v4})},
      {DLT_EN10MB, concat({ethernet4, v4, Octets(6)})},
      {DLT_EN10MB, concat({ethernet6, v6})},
      {DLT_EN10MB, concat({*from_hex("020000000002 020000000001 8100 0005 0800"), v4})},
      {DLT_EN10MB, concat({*from_hex("020000000002 020000000001 88a8 0005 8100 0006 86dd"), v6})},
      {DLT_LINUX_SLL, concat({*from_hex("0000 0001 0006 0200000000010000 0800"), v4})},
      {DLT_LINUX_SLL2, concat({*from_hex("86dd 0000 00000002 0001 00 06 0200000000010000"), v6})},
      {DLT_RAW, v4},
      {DLT_RAW, v6},
      {DLT_RAW, ipv6(segment, 0, "3c00000000000000 0600000000000000")}};
  for (const auto& [link_type, frame] : frames) {
    const auto packet = found(link_type, frame);
    ASSERT_TRUE(packet) << to_hex(frame);
    EXPECT_EQ(packet->octets, segment);
    EXPECT_THAT(packet->source.to_text(), testing::AnyOf("192.0.2.1", "2001:db8::1"));
    EXPECT_THAT(packet->destination.to_text(), testing::AnyOf("192.0.2.2", "2001:db8::2"));
  }
}

TEST(Segment, IsPutTogetherFromFragments) {
  const Octets segment = tcp(40);
  const OctetView view(segment);
  Fragments fragments;
  const Octets second = ipv4(view.subspan(32), 4);
  const Octets first = ipv4(view.first(32), 0x2000);
  EXPECT_FALSE(*ip_payload(DLT_RAW, second, tcp_protocol, fragments));
  const auto whole = ip_payload(DLT_RAW, first, tcp_protocol, fragments);
  ASSERT_TRUE(whole && *whole);
  EXPECT_EQ((**whole).octets, segment);
  EXPECT_FALSE(*ip_payload(DLT_RAW, ipv6(view.first(32), 44, "0600 0001 00000007"), tcp_protocol,
                           fragments));
  const auto whole6 = ip_payload(DLT_RAW, ipv6(view.subspan(32), 44, "0600 0020 00000007"),
                                 tcp_protocol, fragments);
  ASSERT_TRUE(whole6 && *whole6);
  EXPECT_EQ((**whole6).octets, segment);
  EXPECT_EQ(fragments.incomplete(), 0U);
}

TEST(Segment, IsNothingElse) {
  EXPECT_FALSE(found(DLT_RAW, ipv4(tcp(1), 0, 17)));
  EXPECT_FALSE(found(DLT_RAW, ipv6(tcp(1), 17)));
  EXPECT_FALSE(found(DLT_EN10MB, concat({*from_hex("020000000002 020000000001 0806"), tcp(1)})));
  EXPECT_FALSE(found(DLT_RAW, {}));
  EXPECT_FALSE(found(DLT_EN10MB, Octets(13)));
}

TEST(Segment, IsRefusedWhereItIsNotWhole) {
  Octets cut = ipv4(tcp(10));
  cut.pop_back();
  Fragments fragments;
  EXPECT_EQ(ip_payload(DLT_RAW, cut, tcp_protocol, fragments).error().code, ErrorCode::truncated);
  Octets wrong = ipv4(tcp(10));
  wrong[0] = 0x44;
  EXPECT_EQ(ip_payload(DLT_RAW, wrong, tcp_protocol, fragments).error().code,
            ErrorCode::bad_length);
  Octets cut6 = ipv6(tcp(10));
  cut6.pop_back();
  EXPECT_EQ(ip_payload(DLT_RAW, cut6, tcp_protocol, fragments).error().code, ErrorCode::truncated);
}

// libtins takes the same headers apart, as far as it takes them.
TEST(Segment, IsReadAsLibtinsReadsIt) {
  SeededRandom random(9293);
  std::size_t both = 0;
  for (int i = 0; i < 5000; ++i) {
    Octets segment = tcp(random.u64() % 20);
    Octets options = random.octets(4 * (random.u64() % 11));
    // Kinds and lengths that are plausible now and then.
    for (std::size_t at = 0; at + 1 < options.size() && i % 2 == 0; at += options[at + 1]) {
      options[at] = static_cast<std::uint8_t>(2 + random.u64() % 30);
      options[at + 1] = static_cast<std::uint8_t>(2 + random.u64() % 9);
    }
    // libtins reads on after the end of the list, which RFC 9293 section 3.1 does not.
    std::ranges::replace(options, std::uint8_t{0}, std::uint8_t{1});
    segment.insert(segment.begin() + 20, options.begin(), options.end());
    segment[12] = static_cast<std::uint8_t>((5 + options.size() / 4) << 4);
    const auto ours = wire::read_tcp_header(segment);
    std::optional<Tins::TCP> theirs;
    try {
      theirs.emplace(segment.data(), static_cast<std::uint32_t>(segment.size()));
    } catch (const Tins::exception_base&) {
    }
    // libtins looks for a length beyond the header when a kind is its last octet.
    if (!theirs) {
      EXPECT_FALSE(ours) << to_hex(segment);
      continue;
    }
    if (!ours)
      continue;
    ++both;
    EXPECT_EQ(ours->sequence, theirs->seq());
    EXPECT_EQ(ours->size, std::size_t{theirs->data_offset()} * 4);
    std::vector<std::pair<int, std::size_t>> here, there;
    for (const wire::TcpOption& option : ours->options)
      here.emplace_back(option.kind, option.size - 2);
    for (const Tins::TCP::option& option : theirs->options())
      if (option.option() > 1)
        there.emplace_back(option.option(), option.data_size());
    EXPECT_EQ(here, there) << to_hex(segment);
  }
  EXPECT_GT(both, 500U);
}

TEST(Segment, ComesOutOfACaptureBetweenDatagrams) {
  const Folder folder;
  const std::string path = folder.file("mixed.pcapng");
  const Time time{std::chrono::seconds{1767225600}};
  {
    auto writer = PcapngWriter::create(path);
    ASSERT_TRUE(writer);
    const Octets good = concat({ethernet4, ipv4(tcp(3, "1d0201 01"))});
    // An option that runs beyond its header does not hide the segment.
    const Octets hostile = concat({ethernet4, ipv4(tcp(3, "1dff0101"))});
    Octets cut = good;
    cut.pop_back();
    ASSERT_TRUE(writer->write_frame(good, good.size(), time));
    ASSERT_TRUE(writer->write({{"192.0.2.1", 500}, {"192.0.2.2", 500}, Octets(4)}, time));
    ASSERT_TRUE(writer->write_frame(hostile, hostile.size(), time));
    ASSERT_TRUE(writer->write_frame(cut, good.size(), time));
  }
  for (const bool segments : {false, true}) {
    auto reader = CaptureReader::open(path);
    ASSERT_TRUE(reader);
    if (segments)
      reader->with_segments();
    std::vector<std::uint64_t> datagrams, seen;
    for (;;) {
      const auto next = reader->next();
      ASSERT_TRUE(next);
      if (!*next)
        break;
      ((**next).segment ? seen : datagrams).push_back((**next).number);
    }
    EXPECT_THAT(datagrams, testing::ElementsAre(2));
    if (segments) {
      EXPECT_THAT(seen, testing::ElementsAre(1, 3));
      EXPECT_EQ(reader->malformed(), 1U);
    } else {
      EXPECT_TRUE(seen.empty());
    }
  }
}

}  // namespace
}  // namespace karpspec::capture
