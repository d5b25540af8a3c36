#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/random.h"
#include "golden.h"
#include "observer/follower.h"
#include "transcript/recorder.h"

// Captures that are truncated, corrupt, spliced or no captures at all: each is refused with a
// sentence, or read as far as it goes, and nothing else happens (under the sanitizers too).
namespace karpspec::observer {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> originals() {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(std::string(KARPSPEC_SOURCE_DIR) + "/pcaps"))
    if (entry.path().extension() == ".pcapng")
      out.push_back(entry.path().string());
  for (const auto& entry :
       fs::directory_iterator(std::string(KARPSPEC_SOURCE_DIR) + "/vectors/captures"))
    if (entry.path().extension() == ".pcap")
      out.push_back(entry.path().string());
  std::ranges::sort(out);
  return out;
}

Octets read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return Octets(std::istreambuf_iterator<char>(in), {});
}

std::size_t below(Random& random, std::size_t limit) {
  Octets draw(4);
  random.fill(draw);
  std::size_t number = 0;
  for (const std::uint8_t octet : draw)
    number = number << 8 | octet;
  return limit == 0 ? 0 : number % limit;
}

void damage(Octets& octets, const Octets& other, Random& random) {
  switch (below(random, 6)) {
    case 0:  // cut off
      octets.resize(below(random, octets.size()));
      break;
    case 1:  // some octets are others
      for (std::size_t n = 1 + below(random, 30); n > 0 && !octets.empty(); --n)
        octets[below(random, octets.size())] = static_cast<std::uint8_t>(below(random, 256));
      break;
    case 2: {  // a stretch is zero
      const std::size_t from = below(random, octets.size());
      const std::size_t size = std::min(octets.size() - from, below(random, 200));
      std::fill_n(octets.begin() + static_cast<std::ptrdiff_t>(from), size, std::uint8_t{0});
      break;
    }
    case 3: {  // a stretch is missing
      const std::size_t from = below(random, octets.size());
      const std::size_t size = std::min(octets.size() - from, below(random, 200));
      const auto at = octets.begin() + static_cast<std::ptrdiff_t>(from);
      octets.erase(at, at + static_cast<std::ptrdiff_t>(size));
      break;
    }
    case 4: {  // another one goes on in the middle
      octets.resize(below(random, octets.size()));
      const std::size_t from = below(random, other.size());
      octets.insert(octets.end(), other.begin() + static_cast<std::ptrdiff_t>(from), other.end());
      break;
    }
    default:  // all lengths that begin somewhere are large
      for (std::size_t n = 1 + below(random, 4); n > 0 && octets.size() > 4; --n) {
        const std::size_t at = below(random, octets.size() - 4);
        std::fill_n(octets.begin() + static_cast<std::ptrdiff_t>(at), 4, std::uint8_t{0xff});
      }
  }
}

struct Outcome {
  std::string refused;
  std::size_t messages = 0;
  bool partly = false;  // it ends before its end, and says so
};

Outcome read(const std::string& path, const Golden& golden) {
  auto reader = capture::CaptureReader::open(path);
  if (!reader) {
    EXPECT_THAT(reader.error().message, testing::StartsWith(path));
    return {reader.error().message};
  }
  reader->with_segments();
  reader->with_routing();
  Outcome out;
  Follower follower(golden.keys());
  transcript::Recorder recorder;
  auto expected = transcript::TranscriptReader::open(std::string(KARPSPEC_SOURCE_DIR) + "/pcaps/" +
                                                     golden.name + ".transcript.yaml");
  EXPECT_TRUE(expected);
  transcript::Alignment alignment(*expected, {});
  for (;;) {
    const auto next = reader->next();
    if (!next) {
      EXPECT_THAT(next.error().message, testing::StartsWith(path));
      out.partly = true;
      break;
    }
    if (!*next)
      break;
    const auto observed = follower.follow(**next);
    if (!observed)
      continue;
    ++out.messages;
    static_cast<void>(recorder.entry(*observed));
    EXPECT_TRUE(alignment.add(*observed));
  }
  EXPECT_TRUE(alignment.finish());
  if (reader->cut_short()) {
    out.partly = true;
    EXPECT_FALSE(reader->notes().empty());
  }
  return out;
}

TEST(DamagedCapture, FiveHundredAreRefusedOrReadAsFarAsTheyGo) {
  const std::vector<std::string> files = originals();
  ASSERT_GT(files.size(), 10U);
  const Golden golden("rkmp-initial");
  const std::string path = testing::TempDir() + "damaged.pcapng";
  std::size_t refused = 0, partly = 0, messages = 0;
  SeededRandom random(6);
  for (std::size_t i = 0; i < 500; ++i) {
    Octets octets = read_file(files[i % files.size()]);
    const Octets other = read_file(files[below(random, files.size())]);
    for (std::size_t n = 1 + below(random, 2); n > 0; --n)
      damage(octets, other, random);
    std::ofstream(path, std::ios::binary | std::ios::trunc)
        .write(reinterpret_cast<const char*>(octets.data()),
               static_cast<std::streamsize>(octets.size()));
    const Outcome outcome = read(path, golden);
    refused += outcome.refused.empty() ? 0 : 1;
    partly += outcome.partly ? 1 : 0;
    messages += outcome.messages;
  }
  std::error_code error;
  fs::remove(path, error);
  // All three kinds of outcome are there.
  EXPECT_GT(refused, 20U);
  EXPECT_GT(partly, 50U);
  EXPECT_GT(messages, 500U);
}

}  // namespace
}  // namespace karpspec::observer
