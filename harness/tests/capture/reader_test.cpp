#include "capture/reader.h"

#include <gmock/gmock.h>

#include <numeric>

#include "capture/pcapng_writer.h"
#include "files.h"

namespace karpspec::capture {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Datagram small{{"192.0.2.1", 500}, {"192.0.2.2", 500}, octets_of("hello")};
const Datagram small6{{"2001:db8::1", 500}, {"2001:db8::2", 500}, octets_of("hello")};

// A classic pcap file, little-endian, times in microseconds.
Octets classic(std::uint32_t link_type, const std::vector<Octets>& frames) {
  Octets file;
  const auto put = [&](std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8)
      file.push_back(static_cast<std::uint8_t>(value >> shift));
  };
  put(0xa1b2c3d4);
  put(0x00040002);
  put(0);
  put(0);
  put(262144);
  put(link_type);
  for (const Octets& frame : frames) {
    put(1767225600);
    put(7);
    put(static_cast<std::uint32_t>(frame.size()));
    put(static_cast<std::uint32_t>(frame.size()));
    append(file, frame);
  }
  return file;
}

Octets ip_of(const Datagram& datagram) {
  Octets frame = *ethernet_frame(datagram);
  frame.erase(frame.begin(), frame.begin() + 14);
  return frame;
}

struct Outcome {
  std::vector<Frame> frames;
  std::vector<std::string> notes;
  std::string error;
};

Outcome read_all(const std::string& path) {
  Outcome outcome;
  auto reader = CaptureReader::open(path);
  if (!reader) {
    outcome.error = reader.error().message;
    return outcome;
  }
  for (;;) {
    auto frame = reader->next();
    if (!frame)
      outcome.error = frame.error().message;
    if (!frame || !*frame)
      break;
    outcome.frames.push_back(**frame);
  }
  outcome.notes = reader->notes();
  return outcome;
}

Outcome read_classic(std::uint32_t link_type, const std::vector<Octets>& frames) {
  const Folder folder;
  write_octets(folder.file("x.pcap"), classic(link_type, frames));
  return read_all(folder.file("x.pcap"));
}

TEST(CaptureReader, ReadsEveryKindOfLink) {
  const Octets ip = ip_of(small), ip6 = ip_of(small6);
  const Octets vlan = [&] {
    Octets frame = *ethernet_frame(small);
    const Octets tag = {0x81, 0x00, 0x00, 0x07};
    frame.insert(frame.begin() + 12, tag.begin(), tag.end());
    return frame;
  }();
  const auto cooked = [](const Octets& packet, std::uint8_t high, std::uint8_t low) {
    return concat({Octets{0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, high, low}, packet});
  };
  const auto cooked2 = [](const Octets& packet, std::uint8_t high, std::uint8_t low) {
    return concat(
        {Octets{high, low, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0}, packet});
  };
  const std::vector<std::pair<std::uint32_t, std::vector<Octets>>> files = {
      {1, {*ethernet_frame(small), *ethernet_frame(small6), vlan}},
      {113, {cooked(ip, 0x08, 0x00), cooked(ip6, 0x86, 0xdd)}},
      {276, {cooked2(ip, 0x08, 0x00), cooked2(ip6, 0x86, 0xdd)}},
      {101, {ip, ip6}},
      {228, {ip}},
      {229, {ip6}}};
  for (const auto& [link_type, frames] : files) {
    const Outcome outcome = read_classic(link_type, frames);
    EXPECT_EQ(outcome.error, "") << link_type;
    EXPECT_THAT(outcome.notes, IsEmpty()) << link_type;
    ASSERT_EQ(outcome.frames.size(), frames.size()) << link_type;
    for (const Frame& frame : outcome.frames) {
      EXPECT_EQ(frame.datagram.payload, small.payload) << link_type;
      EXPECT_EQ(frame.datagram.source.port, 500);
      EXPECT_EQ(frame.time.time_since_epoch().count(), 1767225600000007);
    }
    EXPECT_EQ(outcome.frames[0].datagram.source.address.substr(0, 3),
              link_type == 229 ? "200" : "192");
  }
}

TEST(CaptureReader, LeavesOutWhatIsBrokenAndCountsIt) {
  Octets cut = *ethernet_frame(small);
  cut.resize(14 + 20 + 8 + small.payload.size() - 2);  // as a short snapshot length does
  Octets header_only = *ethernet_frame(small);
  header_only.resize(20);
  Octets long_udp = *ethernet_frame(small);
  long_udp[14 + 20 + 5] = 200;
  const Octets arp = concat({Octets(12, 0xff), Octets{0x08, 0x06}, Octets(28, 0)});
  const Outcome outcome =
      read_classic(1, {cut, arp, header_only, long_udp, {}, *ethernet_frame(small)});
  ASSERT_EQ(outcome.frames.size(), 1U);
  EXPECT_EQ(outcome.frames[0].number, 6U);
  EXPECT_THAT(outcome.notes, ElementsAre(HasSubstr(": 4 frame(s) left out")));
}

TEST(CaptureReader, TakesPaddingOff) {
  Octets padded = *ethernet_frame(small);
  padded.resize(64);
  const Outcome outcome = read_classic(1, {padded});
  ASSERT_EQ(outcome.frames.size(), 1U);
  EXPECT_EQ(outcome.frames[0].datagram.payload, small.payload);
}

TEST(CaptureReader, KnowsIkeFromEspAndKeepalives) {
  // Port 4500 without the marker: the frame of port 500 with its ports changed.
  const auto on_4500 = [](OctetView payload) {
    Octets frame =
        *ethernet_frame({small.source, small.destination, Octets(payload.begin(), payload.end())});
    for (const std::size_t at : {34U, 36U}) {
      frame[at] = 4500 >> 8;
      frame[at + 1] = 4500 & 0xff;
    }
    return frame;
  };
  const Outcome outcome = read_classic(1, {on_4500(Octets{0xff}), on_4500(octets_of("ESP data")),
                                           on_4500(Octets{0, 0, 0, 0, 'i', 'k', 'e'})});
  ASSERT_EQ(outcome.frames.size(), 1U);
  EXPECT_EQ(outcome.frames[0].datagram.payload, octets_of("ike"));
  EXPECT_THAT(outcome.notes, IsEmpty());
}

TEST(CaptureReader, GivesTheAskedPortsOnly) {
  const Folder folder;
  {
    auto writer = PcapngWriter::create(folder.file("x"));
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->write(small, Time{}));
    ASSERT_TRUE(writer->write({{"192.0.2.1", 5000}, {"192.0.2.2", 7}, {}}, Time{}));
  }
  EXPECT_EQ(read_all(folder.file("x")).frames.size(), 1U);
  auto reader = CaptureReader::open(folder.file("x"), {7});
  ASSERT_TRUE(reader);
  const auto frame = reader->next();
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ((*frame)->number, 2U);
}

// The frame of a datagram over IPv4 or IPv6, cut into fragments of SIZE octets (a multiple of 8).
std::vector<Octets> fragments_of(const Datagram& datagram, std::size_t size, std::uint8_t id) {
  const bool v6 = datagram.source.address.find(':') != std::string::npos;
  const Octets whole = *ethernet_frame(datagram);
  const std::size_t header = v6 ? 54 : 34;
  const OctetView payload = OctetView(whole).subspan(header);
  std::vector<Octets> frames;
  for (std::size_t at = 0; at < payload.size(); at += size) {
    const OctetView part = payload.subspan(at, std::min(size, payload.size() - at));
    const bool more = at + part.size() < payload.size();
    Octets frame(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(header));
    if (v6) {
      const std::size_t length = part.size() + 8;
      frame[18] = static_cast<std::uint8_t>(length >> 8);
      frame[19] = static_cast<std::uint8_t>(length);
      frame[20] = 44;
      append(frame, Octets{17, 0, static_cast<std::uint8_t>(at >> 8),
                           static_cast<std::uint8_t>((at & 0xf8) | (more ? 1 : 0)), 0, 0, 0, id});
    } else {
      const std::size_t length = part.size() + 20;
      frame[16] = static_cast<std::uint8_t>(length >> 8);
      frame[17] = static_cast<std::uint8_t>(length);
      frame[19] = id;
      frame[20] = static_cast<std::uint8_t>((more ? 0x20 : 0) | (at / 8) >> 8);
      frame[21] = static_cast<std::uint8_t>(at / 8);
    }
    append(frame, part);
    frames.push_back(frame);
  }
  return frames;
}

TEST(CaptureReader, PutsFragmentsTogether) {
  for (Datagram datagram : {small, small6}) {
    datagram.payload.resize(3001);
    std::iota(datagram.payload.begin(), datagram.payload.end(), std::uint8_t{0});
    std::vector<Octets> frames = fragments_of(datagram, 1000, 1);
    std::swap(frames.front(), frames.back());
    frames.push_back(frames.front());  // a duplicate begins a packet that is never finished
    const Outcome outcome = read_classic(1, frames);
    ASSERT_EQ(outcome.frames.size(), 1U);
    EXPECT_EQ(outcome.frames[0].datagram.payload, datagram.payload);
    EXPECT_EQ(outcome.frames[0].datagram.source, datagram.source);
    EXPECT_EQ(outcome.frames[0].number, frames.size() - 1);
    EXPECT_THAT(outcome.notes, ElementsAre(HasSubstr("1 packet(s) left out of which fragments")));
  }
}

TEST(CaptureReader, DoesNotKeepEveryUnfinishedPacket) {
  std::vector<Octets> frames;
  for (int id = 0; id < 200; ++id) {
    Datagram datagram = small;
    datagram.payload.resize(2000);
    frames.push_back(fragments_of(datagram, 1000, static_cast<std::uint8_t>(id)).front());
  }
  const Outcome outcome = read_classic(1, frames);
  EXPECT_THAT(outcome.frames, IsEmpty());
  EXPECT_THAT(outcome.notes, ElementsAre(HasSubstr(": 200 packet(s)")));
}

TEST(CaptureReader, ReadsUpToWhereAKilledWriterStopped) {
  const Folder folder;
  Octets file = classic(1, {*ethernet_frame(small), *ethernet_frame(small)});
  file.resize(file.size() - 5);
  write_octets(folder.file("x"), file);
  const Outcome outcome = read_all(folder.file("x"));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.frames.size(), 1U);
  EXPECT_THAT(outcome.notes, ElementsAre(HasSubstr("ends within the frame after number 1")));

  {
    auto writer = PcapngWriter::create(folder.file("y"));
    ASSERT_TRUE(writer && writer->write(small, Time{}) && writer->write(small, Time{}));
  }
  std::filesystem::resize_file(folder.file("y"), std::filesystem::file_size(folder.file("y")) - 9);
  EXPECT_EQ(read_all(folder.file("y")).frames.size(), 1U);
  EXPECT_THAT(read_all(folder.file("y")).notes, ElementsAre(HasSubstr("ends within")));
}

TEST(CaptureReader, TakesATimeBeyondItsClockForTheLast) {
  const Folder folder;
  {
    auto writer = PcapngWriter::create(folder.file("x"));
    ASSERT_TRUE(writer && writer->write(small, Time{}));
  }
  // Section (28), interface (20), and of the packet type, length and interface (12): 8 of time.
  std::string file = read_text(folder.file("x"));
  for (std::size_t i = 60; i < 68; ++i)
    file.at(i) = '\xff';
  write_text(folder.file("x"), file);
  const Outcome outcome = read_all(folder.file("x"));
  ASSERT_EQ(outcome.frames.size(), 1U);
  EXPECT_EQ(outcome.frames.front().time.time_since_epoch() / seconds{1}, std::int64_t{1} << 40);
}

TEST(CaptureReader, NamesTheFileItCannotRead) {
  const Folder folder;
  EXPECT_EQ(read_all(folder.file("none")).error, folder.file("none") + ": no such file");
  write_text(folder.file("text"), "This is a letter to my aunt, and no capture at all.");
  EXPECT_THAT(read_all(folder.file("text")).error, HasSubstr(folder.file("text") + ": unknown"));
  EXPECT_THAT(read_all(folder.file("")).error, HasSubstr("directory"));
  EXPECT_THAT(read_classic(147, {}).error, HasSubstr("link type 147 is not read"));
}

}  // namespace
}  // namespace karpspec::capture
