// What is written of a capture is a transcript that the same capture does not differ from, whatever
// odd things somebody has sent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "golden.h"
#include "observer/follower.h"

namespace karpspec::observer {
namespace {

// The transcript of FRAMES, and what is wrong with reading it and holding them against it.
struct Written {
  std::string text;
  std::vector<std::string> wrong;
};

Written write_and_compare(const Golden& golden, const std::vector<capture::Frame>& frames) {
  Written out;
  const auto follow = [&](auto&& take) {
    Follower follower(golden.keys());
    std::uint64_t number = 0;
    for (capture::Frame frame : frames) {
      frame.number = ++number;
      if (const auto observed = follower.follow(frame))
        take(*observed);
    }
  };
  transcript::Recorder recorder;
  out.text = transcript::Recorder::head({golden.name});
  follow([&](const transcript::Observed& observed) { out.text += recorder.entry(observed); });
  auto expected = transcript::TranscriptReader::read(
      transcript::YamlStream(std::make_unique<std::istringstream>(out.text), "t.yaml"), "t.yaml");
  if (!expected) {
    out.wrong.push_back(expected.error().message);
    return out;
  }
  transcript::Alignment alignment(*expected, {});
  const auto note = [&](const Result<void>& done) {
    if (!done)
      out.wrong.push_back(done.error().message);
  };
  follow([&](const transcript::Observed& observed) { note(alignment.add(observed)); });
  note(alignment.finish());
  for (const transcript::Finding& finding : alignment.findings())
    out.wrong.push_back(text(finding));
  return out;
}

TEST(WrittenTranscript, HoldsADatagramWithoutAHeader) {
  const Golden golden("rkmp-initial");
  auto frames = golden.frames;
  frames.insert(frames.begin() + 1, frames.front());
  frames[1].datagram.payload = {1, 2, 3};
  const Written written = write_and_compare(golden, frames);
  EXPECT_THAT(written.text, testing::HasSubstr("message: \"datagram {}\"\n"));
  EXPECT_THAT(written.wrong, testing::IsEmpty());
}

// MRKMP's payloads have types for private use, and mean nothing in IKE_SA_INIT.
TEST(WrittenTranscript, HoldsAPayloadOfPrivateUse) {
  const Golden golden("rkmp-initial");
  auto frames = golden.frames;
  auto message = *golden.observe().front().message;
  for (wire::Payload& payload : message.payloads)
    if (payload.type == wire::PayloadType::Nonce)
      payload = wire::make_payload(wire::PayloadType::INC, wire::UnknownPayload{{1, 2, 3}});
  frames.front().datagram.payload = wire::encode_message(message);
  const Written written = write_and_compare(golden, frames);
  EXPECT_THAT(written.text, testing::HasSubstr("  INC.data: "));
  EXPECT_THAT(written.wrong, testing::IsEmpty());
}

// RFC 5925 section 2.2 forbids it.
TEST(WrittenTranscript, HoldsASegmentWithTwoOptionsOfTcpAo) {
  const Golden golden("tcp-ao-handshake");
  auto frames = golden.frames;
  const auto at = std::ranges::find_if(
      frames, [](const capture::Frame& frame) { return frame.segment.has_value(); });
  ASSERT_NE(at, frames.end());
  Octets& segment = at->segment->segment;
  // A header as long as it can be, with two options of 20 octets that have other keys.
  segment.resize(20);
  segment[12] = 0xf0;
  for (const std::uint8_t key : {std::uint8_t{1}, std::uint8_t{2}}) {
    append(segment, Octets{29, 20, key, key});
    segment.resize(segment.size() + 16);
  }
  const Written written = write_and_compare(golden, frames);
  EXPECT_THAT(written.text, testing::HasSubstr("  AO.key_id: 1\n"));
  EXPECT_THAT(written.text, testing::HasSubstr("  options: \"29 29\"\n"));
  EXPECT_THAT(written.wrong, testing::IsEmpty());
}

}  // namespace
}  // namespace karpspec::observer
