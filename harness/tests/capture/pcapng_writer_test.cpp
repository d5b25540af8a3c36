#include "capture/pcapng_writer.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "capture/reader.h"
#include "files.h"

namespace karpspec::capture {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;
using testing::HasSubstr;

const Time start{seconds{1767225600}};
const Datagram over_v4{{"192.0.2.1", 500}, {"192.0.2.2", 500}, octets_of("four")};
const Datagram over_v6{{"2001:db8::1", 500}, {"2001:db8::2", 848}, octets_of("sixsix")};
const Datagram over_nat{{"192.0.2.1", 4500}, {"192.0.2.2", 4500}, octets_of("nat")};

// The one's complement sum of RFC 1071, of words big-endian; 0xffff over data with its checksum.
std::uint16_t sum_of(std::initializer_list<OctetView> parts) {
  std::uint32_t sum = 0;
  for (const OctetView part : parts) {
    for (std::size_t i = 0; i < part.size(); ++i)
      sum += static_cast<std::uint32_t>(part[i]) << (i % 2 == 0 ? 8 : 0);
  }
  while (sum > 0xffff)
    sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

TEST(EthernetFrame, HasRightLengthsAndChecksumsOverIpv4) {
  const auto frame = ethernet_frame(over_v4);
  ASSERT_TRUE(frame);
  const OctetView ip = OctetView(*frame).subspan(14, 20);
  const OctetView udp = OctetView(*frame).subspan(34, 12);
  EXPECT_EQ(ip[3], 20 + 8 + 4);
  EXPECT_EQ(ip[8], 64);
  EXPECT_EQ(sum_of({ip}), 0xffff);
  EXPECT_EQ(udp[5], 8 + 4);
  const Octets pseudo = {0, 17, 0, 12};
  EXPECT_EQ(sum_of({ip.subspan(12, 8), pseudo, udp}), 0xffff);
}

TEST(EthernetFrame, HasRightLengthsAndChecksumsOverIpv6) {
  const auto frame = ethernet_frame(over_v6);
  ASSERT_TRUE(frame);
  const OctetView ip = OctetView(*frame).subspan(14, 40);
  const OctetView udp = OctetView(*frame).subspan(54);
  EXPECT_EQ(udp.size(), 14U);
  EXPECT_EQ(ip[5], 14);
  EXPECT_EQ(ip[7], 64);
  const Octets pseudo = {0, 0, 0, 14, 0, 0, 0, 17};
  EXPECT_EQ(sum_of({ip.subspan(8, 32), pseudo, udp}), 0xffff);
}

TEST(EthernetFrame, RefusesWhatIsNoDatagram) {
  EXPECT_EQ(ethernet_frame({{"192.0.2.1", 500}, {"2001:db8::1", 500}, {}}).error().code,
            ErrorCode::bad_value);
  EXPECT_EQ(ethernet_frame({{"router", 500}, {"192.0.2.1", 500}, {}}).error().code,
            ErrorCode::bad_value);
  EXPECT_EQ(ethernet_frame({{"192.0.2.2", 500}, {"192.0.2.1", 500}, Octets(65508)}).error().code,
            ErrorCode::bad_length);
}

TEST(PcapngWriter, WritesTheSameOctetsEveryTime) {
  const Folder folder;
  for (const char* name : {"a", "b"}) {
    auto writer = PcapngWriter::create(folder.file(name));
    ASSERT_TRUE(writer) << to_string(writer.error());
    ASSERT_TRUE(writer->write(over_v4, start));
    ASSERT_TRUE(writer->write(over_v6, start + microseconds{1}, "why"));
  }
  const std::string a = read_text(folder.file("a"));
  EXPECT_EQ(a, read_text(folder.file("b")));
  // Section header (28) and interface (20), as octets.
  EXPECT_EQ(to_hex(octets_of(a.substr(0, 48))),
            "0a0d0d0a"
            "1c000000"
            "4d3c2b1a"
            "01000000"
            "ffffffffffffffff"
            "1c000000"
            "01000000"
            "14000000"
            "01000000"
            "00000000"
            "14000000");
}

TEST(PcapngWriter, IsReadBackWhileItStillWrites) {
  const Folder folder;
  auto writer = PcapngWriter::create(folder.file("x"));
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->write(over_v4, start));
  ASSERT_TRUE(writer->write(over_v6, start + microseconds{1500001}, "a comment"));
  ASSERT_TRUE(writer->write(over_nat, start + seconds{2}));
  ASSERT_TRUE(writer->flush());
  auto reader = CaptureReader::open(folder.file("x"));
  ASSERT_TRUE(reader) << to_string(reader.error());
  std::uint64_t number = 0;
  for (const auto& [datagram, time] : {std::pair{over_v4, start},
                                       {over_v6, start + microseconds{1500001}},
                                       {over_nat, start + seconds{2}}}) {
    const auto frame = reader->next();
    ASSERT_TRUE(frame && *frame);
    EXPECT_EQ((*frame)->number, ++number);
    EXPECT_EQ((*frame)->time, time);
    EXPECT_EQ((*frame)->datagram.source, datagram.source);
    EXPECT_EQ((*frame)->datagram.destination, datagram.destination);
    EXPECT_EQ((*frame)->datagram.payload, datagram.payload);
  }
  const auto end = reader->next();
  ASSERT_TRUE(end);
  EXPECT_FALSE(*end);
  EXPECT_THAT(reader->notes(), testing::IsEmpty());
}

TEST(PcapngWriter, NamesTheFileItCannotWrite) {
  const auto writer = PcapngWriter::create("/nonexistent/x.pcapng");
  ASSERT_FALSE(writer);
  EXPECT_THAT(writer.error().message, HasSubstr("/nonexistent/x.pcapng: No such file"));
}

TEST(PcapngWriter, SaysThatTheDiskIsFull) {
  auto writer = PcapngWriter::create("/dev/full");
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->write(over_v4, start));
  const auto flushed = writer->flush();
  ASSERT_FALSE(flushed);
  EXPECT_THAT(flushed.error().message, HasSubstr("/dev/full: No space left"));
}

TEST(PcapngWriter, LetsOthersReadTheFile) {
  const Folder folder;
  const mode_t before = umask(022);
  ASSERT_TRUE(PcapngWriter::create(folder.file("x")));
  umask(before);
  struct stat status {};
  ASSERT_EQ(stat(folder.file("x").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0644U);
}

}  // namespace
}  // namespace karpspec::capture
