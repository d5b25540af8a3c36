#include <gmock/gmock.h>

#include <set>

#include "golden.h"
#include "transcript/free_fields.h"

// The same capture with one thing changed: `diff` names exactly that.
namespace karpspec::observer {
namespace {

using transcript::Finding;
using transcript::Observed;
using transcript::Value;
using Kind = Finding::Kind;

const std::vector<std::string>& bases() {
  static const std::vector<std::string> names = {
      "rkmp-initial",    "ike-cookie",   "rkmp-new-protocol",     "rkmp-rekey-ike-sa",
      "rkmp-delete-key", "mrkmp-newkey", "keyserver-group-pulled"};
  return names;
}

bool is_to_group(const Observed& observed) {
  return observed.kind.starts_with("mrkmp_advert") || observed.kind.starts_with("mrkmp_group");
}

// What a field says of the fields beside it: changed, it changes their names too.
bool names_others(const std::string& path) {
  for (const char* name : {".protocol", ".type", ".id_type", ".encoding", ".spi_size", ".kind"})
    if (path.ends_with(name))
      return true;
  return false;
}

Value another(const Value& value, unsigned bits) {
  if (const auto* octets = std::get_if<Octets>(&value)) {
    Octets changed = *octets;
    if (changed.empty())
      changed.push_back(7);
    else
      changed.back() ^= 0x01;
    return changed;
  }
  const std::uint64_t number = std::get<std::uint64_t>(value);
  // Far enough that a message ID is not that of another message.
  return bits == 1 ? 1 - number : bits == 32 ? number ^ 0x40U : number ^ 1U;
}

struct Case {
  std::string what;
  std::vector<capture::Frame> frames;
};

// Every case that was tried, over all the tests of this file.
std::size_t& cases() {
  static std::size_t count = 0;
  return count;
}

TEST(ChangedCapture, UnchangedItIsWhatIsExpected) {
  for (const std::string& name : bases()) {
    const Golden golden(name);
    const auto compared = golden.compare(golden.frames);
    EXPECT_TRUE(compared.differences.empty()) << name << "\n" << text(compared.differences);
    EXPECT_TRUE(compared.notes.empty()) << name << "\n" << text(compared.notes);
    EXPECT_GT(compared.counts.compared, 3U) << name;
  }
}

TEST(ChangedCapture, OneFieldChanged) {
  std::size_t tried = 0;
  std::set<std::string> fields;
  for (const std::string& name : bases()) {
    const Golden golden(name);
    const auto observed = golden.observe();
    for (std::size_t at = 0; at < observed.size(); ++at) {
      const Observed& was = observed[at];
      if (!was.message || is_to_group(was) || was.again || was.partial)
        continue;
      for (const transcript::PlacedValue& placed : values_of(was)) {
        if (how_written(was, placed).how != transcript::Written::How::literal ||
            names_others(placed.path) || !fields.insert(was.kind + placed.path).second)
          continue;
        wire::Message changed = *was.message;
        const auto path = transcript::parse_path(placed.path);
        ASSERT_TRUE(path) << placed.path;
        if (!set_field(changed, *path, another(placed.field.value, placed.field.bits)))
          continue;
        std::vector<capture::Frame> frames = golden.frames;
        frames[at].datagram.payload = golden.encode(at, was, changed);
        const auto compared = golden.compare(frames);
        const std::string what = name + ", frame " + std::to_string(at + 1) + ", " + placed.path;
        ASSERT_EQ(compared.differences.size(), 1U) << what << "\n" << text(compared.differences);
        EXPECT_EQ(compared.differences[0].field, placed.path) << text(compared.differences);
        EXPECT_EQ(compared.differences[0].frame, at + 1) << what;
        EXPECT_GT(compared.differences[0].message, 0U) << what;
        EXPECT_NE(compared.differences[0].expected, compared.differences[0].got) << what;
        EXPECT_TRUE(compared.notes.empty()) << what << "\n" << text(compared.notes);
        ++tried;
      }
    }
  }
  EXPECT_GE(tried, 50U);
  cases() += tried;
}

TEST(ChangedCapture, OneMessageDropped) {
  std::size_t tried = 0;
  for (const std::string& name : bases()) {
    const Golden golden(name);
    const auto observed = golden.observe();
    for (std::size_t at = 0; at < observed.size(); ++at) {
      if (observed[at].again || observed[at].partial || is_to_group(observed[at]))
        continue;
      std::vector<capture::Frame> frames = golden.frames;
      frames.erase(frames.begin() + static_cast<std::ptrdiff_t>(at));
      const auto compared = golden.compare(frames);
      const std::string what =
          name + " without frame " + std::to_string(at + 1) + ", " + notation(observed[at]);
      ASSERT_EQ(compared.differences.size(), 1U) << what << "\n" << text(compared.differences);
      EXPECT_EQ(compared.differences[0].kind, Kind::message_missing) << what;
      EXPECT_EQ(compared.differences[0].what, notation(observed[at])) << what;
      EXPECT_TRUE(compared.notes.empty()) << what << "\n" << text(compared.notes);
      ++tried;
    }
  }
  EXPECT_GE(tried, 20U);
  cases() += tried;
}

TEST(ChangedCapture, OneMessageDoubled) {
  std::size_t tried = 0;
  for (const std::string& name : bases()) {
    const Golden golden(name);
    const auto observed = golden.observe();
    for (std::size_t at = 0; at < observed.size(); ++at) {
      if (observed[at].again || observed[at].partial || is_to_group(observed[at]))
        continue;
      std::vector<capture::Frame> frames = golden.frames;
      frames.insert(frames.begin() + static_cast<std::ptrdiff_t>(at), frames[at]);
      const auto compared = golden.compare(frames);
      const std::string what = name + ", frame " + std::to_string(at + 1) + " twice";
      EXPECT_TRUE(compared.differences.empty()) << what << "\n" << text(compared.differences);
      ASSERT_EQ(compared.notes.size(), 1U) << what << "\n" << text(compared.notes);
      EXPECT_EQ(compared.notes[0].kind, Kind::retransmission) << what;
      EXPECT_EQ(compared.notes[0].frame, at + 2) << what;
      ++tried;
    }
  }
  EXPECT_GE(tried, 20U);
  cases() += tried;
}

TEST(ChangedCapture, TwoMessagesSwapped) {
  std::size_t tried = 0;
  for (const std::string& name : bases()) {
    const Golden golden(name);
    const auto observed = golden.observe();
    for (std::size_t at = 0; at + 1 < observed.size(); ++at) {
      const Observed &first = observed[at], &second = observed[at + 1];
      if (first.again || second.again || first.partial || second.partial || is_to_group(first) ||
          is_to_group(second) || first.conversation != second.conversation ||
          first.digest == second.digest)
        continue;
      std::vector<capture::Frame> frames = golden.frames;
      std::swap(frames[at], frames[at + 1]);
      const auto compared = golden.compare(frames);
      const std::string what =
          name + ", frames " + std::to_string(at + 1) + " and the next swapped";
      auto found = compared.differences;
      found.insert(found.end(), compared.notes.begin(), compared.notes.end());
      ASSERT_EQ(found.size(), 1U) << what << "\n" << text(found);
      EXPECT_EQ(found[0].kind, Kind::message_order) << what;
      EXPECT_EQ(found[0].what, notation(first)) << what;
      // An answer before its question is no matter of the network.
      const bool is_answer =
          second.kind == first.kind.substr(0, first.kind.find(' ')) + " response" &&
          first.kind.ends_with("request") && first.association == second.association;
      if (is_answer) {
        EXPECT_FALSE(found[0].tolerated) << what;
      }
      ++tried;
    }
  }
  EXPECT_GE(tried, 15U);
  cases() += tried;
}

TEST(ChangedCapture, OnePayloadMissing) {
  std::size_t tried = 0;
  std::set<std::string> seen;
  for (const std::string& name : bases()) {
    const Golden golden(name);
    const auto observed = golden.observe();
    for (std::size_t at = 0; at < observed.size(); ++at) {
      const Observed& was = observed[at];
      if (!was.message || is_to_group(was) || was.again || was.partial)
        continue;
      for (std::size_t i = 0; i < was.parts.size(); ++i) {
        if (!seen.insert(was.kind + was.parts[i]).second)
          continue;
        wire::Message changed = *was.message;
        changed.payloads.erase(changed.payloads.begin() + static_cast<std::ptrdiff_t>(i));
        std::vector<capture::Frame> frames = golden.frames;
        frames[at].datagram.payload = golden.encode(at, was, changed);
        // Without N(COOKIE) it is a copy of the request before.
        if (std::ranges::any_of(golden.frames, [&](const capture::Frame& frame) {
              return frame.datagram.payload == frames[at].datagram.payload;
            }))
          continue;
        const auto compared = golden.compare(frames);
        const std::string what =
            name + ", frame " + std::to_string(at + 1) + " without " + was.parts[i];
        ASSERT_EQ(compared.differences.size(), 1U) << what << "\n" << text(compared.differences);
        EXPECT_EQ(compared.differences[0].kind, Kind::payload_missing) << what;
        EXPECT_EQ(compared.differences[0].payload, was.parts[i]) << what;
        EXPECT_EQ(compared.differences[0].frame, at + 1) << what;
        ++tried;
      }
    }
  }
  EXPECT_GE(tried, 20U);
  cases() += tried;
}

}  // namespace
}  // namespace karpspec::observer
