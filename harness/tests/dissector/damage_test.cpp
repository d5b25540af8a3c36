#include <algorithm>

#include "fixture.h"

// What is damaged, or was not captured whole.
namespace karpspec::dissector {
namespace {

using testing::IsEmpty;

// Messages with octets changed, left out or put in, in clear and before they were sealed.
TEST_F(Dissector, DamagedMessagesAreCalledMalformedAndRaiseNoError) {
  const std::string capture = program_->file("damaged.pcapng");
  std::string keys;
  {
    Scribe scribe(capture);
    SeededRandom random(7);
    const auto below = [&random](std::size_t bound) {
      return static_cast<std::size_t>(random.u64() % bound);
    };
    const auto damage = [&](Octets& octets) {
      const std::size_t at = below(octets.size());
      switch (below(4)) {
        case 0:
          octets[at] = static_cast<std::uint8_t>(random.u64());
          break;
        case 1:  // most lengths are of two octets, the upper one 0
          octets[at] = static_cast<std::uint8_t>(octets[at] + 1);
          break;
        case 2:
          octets.resize(std::max<std::size_t>(at, 19));
          break;
        default:
          octets.insert(octets.begin() + static_cast<std::ptrdiff_t>(at), 2, 0xff);
          break;
      }
    };
    auto messages = group_messages();
    const auto rkmp = rkmp_messages();
    for (int round = 0; round < 600; ++round) {
      const bool is_rkmp = round % 5 == 0;
      const wire::Message& message =
          is_rkmp ? rkmp[below(rkmp.size())] : messages[below(messages.size())];
      const std::uint16_t port = is_rkmp ? ike_port : mrkmp_port;
      if (round % 2 == 0) {
        Octets octets = wire::encode_message(message);
        damage(octets);
        // Where the length is right, what is inside is looked at.
        if (below(3) > 0 && octets.size() >= wire::Header::size) {
          octets[26] = static_cast<std::uint8_t>(octets.size() >> 8);
          octets[27] = static_cast<std::uint8_t>(octets.size());
        }
        scribe.octets(octets, port);
      } else {
        scribe.sealed(message, port, [&](Octets& clear, const std::vector<FieldAt>&) {
          if (clear.size() <= wire::Header::size)
            return;
          Octets chain(clear.begin() + wire::Header::size, clear.end());
          damage(chain);
          clear.resize(wire::Header::size);
          append(clear, chain);
          clear[26] = static_cast<std::uint8_t>(clear.size() >> 8);
          clear[27] = static_cast<std::uint8_t>(clear.size());
        });
      }
    }
    keys = scribe.keys();
  }
  const auto frames = shown(capture, keys);
  ASSERT_EQ(frames.size(), 600U);
  const auto messages = decoded(capture, keys);
  std::size_t malformed = 0, sound = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Frame& frame = frames[i];
    EXPECT_FALSE(frame.lua_error) << "frame " << i + 1;
    const auto message = messages.find(i + 1);
    if (message == messages.end() || !frame.has("mrkmp"))
      continue;
    const std::string at =
        "frame " + std::to_string(i + 1) + ": " + message->second.dump().substr(0, 600);
    const bool called = frame.has("karpspec.malformed");
    if (!message->second.contains("trouble")) {
      EXPECT_FALSE(called) << at;
      EXPECT_THAT(differences(message->second, frame), IsEmpty()) << at;
      ++sound;
    } else if (frame.has("karpspec.sealed") || frame.has("karpspec.icv")) {
      continue;  // the SPIs were changed
    } else {
      EXPECT_TRUE(called || frame.has("karpspec.odd")) << at;
      ++malformed;
    }
  }
  EXPECT_GT(malformed, 100U);
  EXPECT_GT(sound, 50U);
}

TEST_F(Dissector, FramesThatWereCutOffAreShownAsFarAsTheyGo) {
  const std::string capture = program_->file("cut.pcapng");
  std::size_t written = 0;
  {
    Scribe scribe(capture);
    for (const wire::Message& message : group_messages()) {
      const Octets octets = wire::encode_message(message);
      for (std::size_t seen = 42; seen < 62 + octets.size();
           seen += std::max<std::size_t>(1, octets.size() / 7), ++written)
        scribe.cut(octets, mrkmp_port, seen);
    }
    for (const wire::Message& message : rkmp_messages()) {
      const Octets octets = wire::encode_message(message);
      for (std::size_t seen = 42; seen < 62 + octets.size(); seen += 3, ++written)
        scribe.cut(octets, ike_port, seen);
    }
  }
  const auto frames = shown(capture, "");
  ASSERT_EQ(frames.size(), written);
  std::size_t cut = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_FALSE(frames[i].lua_error) << "frame " << i + 1;
    EXPECT_FALSE(frames[i].has("mrkmp") && frames[i].has("karpspec.malformed"))
        << "frame " << i + 1;
    cut += frames[i].has("karpspec.cut_off") ? 1U : 0U;
  }
  EXPECT_GT(cut, 100U);
}

// Lengths inside a payload of IKEv2 are RKMP's own (P-21).
TEST_F(Dissector, ATcpAoTransformOfAnotherLengthIsMalformed) {
  const std::string capture = program_->file("transform.pcapng");
  Octets octets = wire::encode_message(rkmp_messages()[0]);
  constexpr std::size_t length_of_first_transform = 28 + 4 + 8 + 3;
  ASSERT_EQ(octets[length_of_first_transform], 8);
  {
    Scribe scribe(capture);
    for (const std::uint8_t length : Octets{0, 4, 7, 9, 16, 200}) {
      octets[length_of_first_transform] = length;
      scribe.octets(octets, ike_port);
    }
  }
  const auto frames = shown(capture, "");
  ASSERT_EQ(frames.size(), 6U);
  for (const Frame& frame : frames) {
    EXPECT_TRUE(frame.has("rkmp"));
    EXPECT_TRUE(frame.has("karpspec.malformed"));
    EXPECT_FALSE(frame.lua_error);
  }
}

}  // namespace
}  // namespace karpspec::dissector
