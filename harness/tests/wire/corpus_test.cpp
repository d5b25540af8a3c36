// The fuzz target's seeds are the sample messages, and every file beside them, once a crash
// perhaps, still does no harm. Set KARPSPEC_WRITE_SEEDS to write the seeds anew.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "mutation.h"

namespace karpspec::wire {
namespace {

namespace fs = std::filesystem;

const fs::path folder = fs::path(KARPSPEC_SOURCE_DIR) / "harness/fuzz/corpus/message";

Octets read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The target reads each file as a message, and as a chain after an octet with its first type.
Octets as_seed(const Sample& sample) {
  if (!sample.first)
    return sample.octets;
  return concat({Octets{static_cast<std::uint8_t>(*sample.first)}, sample.octets});
}

TEST(Corpus, SeedsAreTheSamples) {
  for (const Sample& sample : all_samples()) {
    const fs::path path = folder / sample.name;
    const Octets seed = as_seed(sample);
    if (std::getenv("KARPSPEC_WRITE_SEEDS") != nullptr) {
      std::ofstream out(path, std::ios::binary);
      out.write(reinterpret_cast<const char*>(seed.data()),
                static_cast<std::streamsize>(seed.size()));
    }
    EXPECT_EQ(to_hex(read_file(path)), to_hex(seed)) << path;
  }
}

TEST(Corpus, EveryFileRoundTripsOrIsRefused) {
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const Octets octets = read_file(entry.path());
    if (const auto message = decode_message(octets)) {
      EXPECT_EQ(encode_message(*message), octets) << entry.path();
    }
    if (octets.empty())
      continue;
    const OctetView rest = OctetView(octets).subspan(1);
    if (const auto chain = decode_chain(static_cast<PayloadType>(octets[0]), rest, with_mrkmp())) {
      EXPECT_EQ(to_hex(encode_chain(*chain)), to_hex(rest)) << entry.path();
    }
    ++files;
  }
  EXPECT_GE(files, all_samples().size());
}

}  // namespace
}  // namespace karpspec::wire
