#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>
#include <thread>
#include <utility>

#include "base/random.h"
#include "base/workers.h"
#include "golden.h"
#include "observer/follower.h"
#include "transcript/render.h"

// A message that has its place opens to the same, whoever opens it, and whenever.
namespace karpspec::observer {
namespace {

namespace fs = std::filesystem;
using transcript::Observed;

enum class By { table, secrets };

// The frames of many captures, with all that opens them.
struct Traffic {
  explicit Traffic(By how) : by(how) {}
  [[nodiscard]] OpeningKeys keys() const;

  By by;
  std::vector<std::string> names;
  std::vector<capture::Frame> frames;
};

OpeningKeys Traffic::keys() const {
  OpeningKeys out;
  for (const std::string& name : names) {
    if (by == By::table) {
      out.table.merge(Golden(name).keys().table);
      continue;
    }
    auto read = read_secrets(KARPSPEC_SOURCE_DIR "/pcaps/" + name + ".secrets.yaml");
    EXPECT_TRUE(read) << (read ? "" : read.error().message);
    if (!read)
      continue;
    std::ranges::move(read->preshared_keys, std::back_inserter(out.secrets.preshared_keys));
    std::ranges::move(read->private_values, std::back_inserter(out.secrets.private_values));
  }
  return out;
}

// The golden captures that FITS takes, between each other: each in its order, some frames lost and
// some twice.
template <class Fits>
Traffic mixed(By by, std::uint64_t seed, Fits&& fits) {
  Traffic out(by);
  for (const auto& entry : fs::directory_iterator(KARPSPEC_SOURCE_DIR "/pcaps")) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() == ".pcapng" && fits(name) &&
        (by == By::table || fs::exists(KARPSPEC_SOURCE_DIR "/pcaps/" + name + ".secrets.yaml")))
      out.names.push_back(name);
  }
  std::ranges::sort(out.names);
  SeededRandom random(seed);
  std::vector<std::vector<capture::Frame>> left;
  for (const std::string& name : out.names) {
    left.push_back(Golden(name).frames);
    std::ranges::reverse(left.back());
  }
  while (!left.empty()) {
    auto& one = left[random.u64() % left.size()];
    for (std::uint64_t n = random.u64() % 4; n > 0 && !one.empty(); --n) {
      const std::uint64_t fate = random.u64() % 24;
      if (fate != 0)
        out.frames.push_back(one.back());
      if (fate == 1)
        out.frames.push_back(one.back());
      one.pop_back();
    }
    std::erase_if(left, [](const auto& frames) { return frames.empty(); });
  }
  std::uint64_t number = 0;
  for (capture::Frame& frame : out.frames)
    frame.number = ++number;
  return out;
}

Traffic all(By by, std::uint64_t seed) {
  return mixed(by, seed, [](const std::string&) { return true; });
}

std::string all_of(const Observed& observed) {
  std::string out = std::to_string(observed.frame) + " " + std::to_string(observed.conversation) +
                    "." + std::to_string(observed.association) + " " + notation(observed) + " at " +
                    observed.place + " " + observed.fragment + " " + observed.trouble + " " +
                    to_hex(observed.iv);
  for (const std::uint64_t half : observed.digest)
    out += " " + std::to_string(half);
  for (const std::string& checked : observed.checked)
    out += " (" + checked + ")";
  const auto say = [&](auto value) { out += " " + std::to_string(static_cast<int>(value)); };
  for (const bool flag : {observed.again, observed.partial, observed.periodic, observed.authentic})
    say(flag);
  say(observed.body);
  say(observed.octet.value_or(99'999));
  say(observed.by_initiator ? *observed.by_initiator : 2);
  say(observed.auth_holds ? *observed.auth_holds : 2);
  if (observed.message)
    out += transcript::with_fields(*observed.message);
  return out;
}

// What a capture opens to, of each frame; and what is said of the whole.
struct Seen {
  std::map<std::uint64_t, std::string> texts;
  std::uint64_t incomplete = 0;
  std::size_t rekeyed = 0;  // messages that keys opened which follow from rekeying
  std::size_t settled = 0;

  void add(const Observed& observed) {
    texts[observed.frame] = all_of(observed);
    if (observed.association > 1 && observed.body == Observed::Body::opened)
      ++rekeyed;
  }
};

Seen opened_at_once(const Traffic& traffic, std::size_t most) {
  const OpeningKeys keys = traffic.keys();
  Opener opener(keys, {}, most);
  Seen out;
  for (const capture::Frame& frame : traffic.frames)
    if (!frame.segment)
      out.add(opener.open(frame));
  out.incomplete = opener.incomplete();
  return out;
}

// Opens what was placed as late as can be.
Seen opened_late(const Traffic& traffic, std::size_t most, std::size_t threads) {
  const OpeningKeys keys = traffic.keys();
  Opener opener(keys, {}, most);
  struct Part {
    std::vector<Opener::Placed> waiting;
    Seen seen;
  };
  std::vector<Part> parts(threads);
  Seen out;
  const auto open = [&] {
    std::vector<std::jthread> running;
    for (Part& part : parts)
      running.emplace_back([&part] {
        for (Opener::Placed& placed : std::exchange(part.waiting, {}))
          part.seen.add(placed.open());
      });
  };
  const auto settle = [&] {
    open();
    ++out.settled;
  };
  for (const capture::Frame& frame : traffic.frames) {
    if (frame.segment)
      continue;
    auto placed = opener.place(frame.datagram, frame.number, frame.time, settle);
    Part& part = parts[placed.conversation() % threads];
    part.waiting.push_back(std::move(placed));
  }
  open();
  for (Part& part : parts) {
    out.texts.merge(part.seen.texts);
    out.rekeyed += part.seen.rekeyed;
  }
  out.incomplete = opener.incomplete();
  return out;
}

TEST(Placed, OpensToTheSameWhoeverOpensIt) {
  std::size_t opened = 0, settled = 0, rekeyed = 0, incomplete = 0;
  for (const By by : {By::table, By::secrets})
    for (std::uint64_t seed = 1; seed <= 6; ++seed)
      for (const std::size_t most : {2U, 5U, 4096U}) {
        const Traffic traffic = all(by, seed);
        const Seen expected = opened_at_once(traffic, most);
        for (const std::size_t threads : {1U, 3U}) {
          const Seen late = opened_late(traffic, most, threads);
          ASSERT_EQ(late.texts, expected.texts) << seed << ", " << most;
          EXPECT_EQ(late.incomplete, expected.incomplete) << seed << ", " << most;
          settled += late.settled;
        }
        opened += expected.texts.size();
        rekeyed += by == By::secrets ? expected.rekeyed : 0;
        incomplete += expected.incomplete;
      }
  EXPECT_GT(opened, 5000U);
  EXPECT_GT(settled, 10U);
  EXPECT_GT(rekeyed, 10U);
  EXPECT_GT(incomplete, 10U);
}

TEST(Placed, OpensAfterItsOpenerIsGone) {
  const Traffic traffic =
      mixed(By::table, 1, [](const std::string& name) { return name == "rkmp-initial"; });
  const Seen expected = opened_at_once(traffic, 4096);
  std::vector<std::unique_ptr<transcript::Unopened>> waiting;
  {
    Follower follower(traffic.keys());
    for (const capture::Frame& frame : traffic.frames)
      if (auto placed = follower.place(frame, [] {}))
        waiting.push_back(std::move(placed->message));
  }
  Seen seen;
  for (const auto& message : waiting)
    if (const auto observed = message->open())
      seen.add(*observed);
  EXPECT_EQ(seen.texts, expected.texts);
}

// Everything that `diff` does, with so many threads beside this one; or each message opened before
// it is added.
struct Diff {
  std::optional<unsigned> threads;
  std::size_t conversations = 0;
};
std::string compared(const Traffic& traffic, const std::string& transcript, const Diff& how) {
  Workers workers(how.threads.value_or(0));
  auto expected = transcript::TranscriptReader::read(
      transcript::YamlStream(std::make_unique<std::istringstream>(transcript), "t.yaml"), "t.yaml");
  EXPECT_TRUE(expected);
  if (!expected)
    return "";
  transcript::Alignment::Options options;
  options.conversations = how.conversations;
  options.workers = how.threads ? &workers : nullptr;
  transcript::Alignment alignment(*expected, options);
  Follower follower(traffic.keys());
  const auto settle = [&] { alignment.settle(); };
  for (const capture::Frame& frame : traffic.frames) {
    Result<void> added;
    if (!how.threads) {
      if (auto observed = follower.follow(frame))
        added = alignment.add(*std::move(observed));
    } else if (auto placed = follower.place(frame, settle)) {
      added = alignment.add(placed->conversation, std::move(placed->message));
    }
    EXPECT_TRUE(added);
  }
  EXPECT_TRUE(alignment.finish());
  const auto& counts = alignment.counts();
  std::string out = std::to_string(counts.messages) + " " + std::to_string(counts.compared) + " " +
                    std::to_string(counts.conversations) + "\n" + text(alignment.findings());
  for (const std::string& note : follower.notes())
    out += note;
  return out;
}

TEST(Placed, IsComparedAlikeWhoeverOpensIt) {
  const std::string transcript = Golden("rkmp-initial").transcript(true);
  for (const By by : {By::table, By::secrets}) {
    const Traffic traffic = all(by, 7);
    EXPECT_EQ(compared(traffic, transcript, {0, 1024}), compared(traffic, transcript, {{}, 1024}));
    for (const std::size_t conversations : {4U, 1024U}) {
      const std::string one = compared(traffic, transcript, {0, conversations});
      EXPECT_GT(one.size(), 1000U);
      for (const unsigned threads : {1U, 4U})
        EXPECT_EQ(compared(traffic, transcript, {threads, conversations}), one);
    }
  }
}

}  // namespace
}  // namespace karpspec::observer
