#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <thread>

#include "base/random.h"
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
  SeededRandom random(seed);
  std::vector<std::vector<capture::Frame>> left;
  for (const auto& entry : fs::directory_iterator(KARPSPEC_SOURCE_DIR "/pcaps")) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() != ".pcapng" || !fits(name) ||
        (by == By::secrets && !fs::exists(KARPSPEC_SOURCE_DIR "/pcaps/" + name + ".secrets.yaml")))
      continue;
    out.names.push_back(name);
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

std::string all_of(const Observed& observed) {
  std::string out = std::to_string(observed.frame) + " " + std::to_string(observed.conversation) +
                    "." + std::to_string(observed.association) + " " + notation(observed) + " at " +
                    observed.place + (observed.again ? " again " : " ") + observed.fragment + " " +
                    observed.trouble + " " + std::to_string(static_cast<int>(observed.body));
  for (const std::string& checked : observed.checked)
    out += " (" + checked + ")";
  if (observed.message)
    transcript::append_with_fields(out, *observed.message);
  return out;
}

using Texts = std::map<std::uint64_t, std::string>;  // by frame

Texts followed(const Traffic& traffic) {
  Follower follower(traffic.keys());
  Texts out;
  for (const capture::Frame& frame : traffic.frames)
    if (const auto observed = follower.follow(frame))
      out[frame.number] = all_of(*observed);
  for (const std::string& note : follower.notes())
    out[0] += note;
  return out;
}

// What was placed and is not opened.
class Waiting {
 public:
  explicit Waiting(std::size_t threads) : parts_(threads) {}

  void add(Follower::Placed placed, std::uint64_t frame) {
    Part& part = parts_[placed.conversation % parts_.size()];
    part.messages.emplace_back(frame, std::move(placed.message));
  }
  void open() {
    std::vector<std::jthread> threads;
    for (Part& part : parts_)
      threads.emplace_back([&part] {
        for (auto& [frame, message] : std::exchange(part.messages, {}))
          if (const auto observed = message->open())
            part.texts[frame] = all_of(*observed);
      });
  }
  Texts texts() {
    Texts out;
    for (Part& part : parts_)
      out.merge(part.texts);
    return out;
  }

 private:
  struct Part {
    std::vector<std::pair<std::uint64_t, std::unique_ptr<transcript::Unopened>>> messages;
    Texts texts;
  };
  std::vector<Part> parts_;
};

struct Later {
  Texts texts;
  std::size_t settled = 0;
};

Later placed(const Traffic& traffic, std::size_t threads) {
  Later out;
  Waiting waiting(threads);
  auto follower = std::make_unique<Follower>(traffic.keys());
  follower->settle_by([&] {
    waiting.open();
    ++out.settled;
  });
  for (const capture::Frame& frame : traffic.frames)
    if (auto message = follower->place(frame))
      waiting.add(*std::move(message), frame.number);
  waiting.open();
  out.texts = waiting.texts();
  for (const std::string& note : follower->notes())
    out.texts[0] += note;
  return out;
}

TEST(Placed, OpensToTheSameWhoeverOpensIt) {
  std::size_t opened = 0, settled = 0, rekeyed = 0;
  for (const By by : {By::table, By::secrets})
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      const Traffic traffic = mixed(by, seed, [](const std::string&) { return true; });
      const Texts expected = followed(traffic);
      for (const std::size_t threads : {1U, 3U}) {
        const Later later = placed(traffic, threads);
        ASSERT_EQ(later.texts, expected) << seed;
        opened += later.texts.size();
        settled += later.settled;
      }
      for (const auto& [frame, text] : expected)
        rekeyed += text.find(".2 ") != std::string::npos ? 1U : 0U;
    }
  EXPECT_GT(opened, 5000U);
  EXPECT_GT(settled, 10U);
  EXPECT_GT(rekeyed, 10U);
}

TEST(Placed, OpensAfterItsFollowerIsGone) {
  const Traffic traffic = mixed(By::table, 1, [](const std::string& name) {
    return name == "rkmp-initial" || name == "ike-fragments";
  });
  const Texts expected = followed(traffic);
  Waiting waiting(2);
  {
    Follower follower(traffic.keys());
    for (const capture::Frame& frame : traffic.frames)
      if (auto message = follower.place(frame))
        waiting.add(*std::move(message), frame.number);
  }
  waiting.open();
  Texts texts = waiting.texts();
  if (const auto notes = expected.find(0); notes != expected.end())
    texts.insert(*notes);
  EXPECT_EQ(texts, expected);
}

}  // namespace
}  // namespace karpspec::observer
