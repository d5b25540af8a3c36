#include <gtest/gtest.h>

#include <filesystem>

#include "golden.h"
#include "transcript/render.h"

// Who only shows messages is told the same of each as who follows them.
namespace karpspec::observer {
namespace {

namespace fs = std::filesystem;
using transcript::Observed;

// All that `decode` shows.
std::string shown(const Observed& observed) {
  std::string out = std::to_string(observed.frame) + " " + observed.source.address + " " +
                    observed.fragment + " " + observed.trouble;
  for (const std::string& checked : observed.checked)
    out += " (" + checked + ")";
  if (observed.message)
    out += transcript::with_fields(*observed.message);
  return out;
}

TEST(OnlyToShow, SaysTheSameOfEveryMessage) {
  std::size_t messages = 0, checked = 0, copies = 0;
  for (const auto& entry : fs::directory_iterator(KARPSPEC_SOURCE_DIR "/pcaps")) {
    if (entry.path().extension() != ".pcapng")
      continue;
    const Golden golden(entry.path().stem().string());
    for (const bool by_secrets : {false, true}) {
      OpeningKeys keys = golden.keys();
      const std::string secrets = KARPSPEC_SOURCE_DIR "/pcaps/" + golden.name + ".secrets.yaml";
      if (by_secrets) {
        if (!fs::exists(secrets))
          continue;
        keys.table.clear();
        auto read = read_secrets(secrets);
        ASSERT_TRUE(read) << read.error().message;
        keys.secrets = *std::move(read);
      }
      Opener follows(keys), shows(keys);
      shows.only_to_show();
      // Twice, so that there are copies of everything.
      for (int again = 0; again < 2; ++again)
        for (const capture::Frame& frame : golden.frames) {
          if (frame.segment)
            continue;
          const Observed all = follows.open(frame);
          EXPECT_EQ(shown(shows.open(frame)), shown(all)) << golden.name;
          ++messages;
          checked += all.checked.size();
          copies += all.again ? 1 : 0;
        }
    }
  }
  EXPECT_GT(messages, 500U);
  EXPECT_GT(checked, 20U);
  EXPECT_GT(copies, 200U);
}

}  // namespace
}  // namespace karpspec::observer
