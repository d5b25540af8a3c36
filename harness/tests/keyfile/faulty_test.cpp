#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checking.h"

// Each table in faulty/ has faults planted in it, which its first lines name: exactly these are
// reported, row and rule, and none more.
namespace karpspec::keyfile {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAreArray;
using testing::Not;
using testing::SizeIs;

const fs::path folder = KARPSPEC_SOURCE_DIR "/harness/tests/keyfile/faulty";

std::vector<std::string> planted(const std::string& text) {
  constexpr std::string_view mark = "# expect: ";
  std::vector<std::string> out;
  for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos;) {
    at += mark.size();
    out.push_back(text.substr(at, text.find('\n', at) - at));
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<fs::path> tables() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

class Faulty : public testing::TestWithParam<fs::path> {};

TEST_P(Faulty, ReportsThePlantedFaultsAndNoneMore) {
  const std::string text = text_of(GetParam());
  ASSERT_THAT(planted(text), Not(testing::IsEmpty()));
  const Outcome outcome = check_text(text);
  EXPECT_EQ(outcome.error, "");
  EXPECT_THAT(outcome.faults(), ElementsAreArray(planted(text))) << outcome.text();
  for (const Reported& what : outcome.reported) {
    EXPECT_FALSE(what.message.empty());
    EXPECT_FALSE(what.clause.document.empty()) << what.message;
    EXPECT_FALSE(what.clause.section.empty()) << what.message;
    EXPECT_GT(what.place.line, 1U) << what.message;
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, Faulty, testing::ValuesIn(tables()), [](const auto& file) {
  std::string name = file.param.stem();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(FaultyTables, AreEnoughAndUseEveryRule) {
  EXPECT_GE(tables().size(), 60U);
  std::string all;
  for (const fs::path& file : tables())
    all += text_of(file);
  for (std::size_t i = 0; i < keytable::rule_count; ++i) {
    const auto rule = static_cast<keytable::RuleId>(i);
    if (rule != keytable::RuleId::chain_form) {
      EXPECT_NE(all.find(std::string(" ") + to_string(rule) + " "), std::string::npos)
          << to_string(rule);
    }
  }
}

TEST(FaultyTables, OneRowAloneIsFaultless) {
  const Outcome outcome = check_text("rows: [" + row_text("a") + "]");
  EXPECT_EQ(outcome.text(), "");
  EXPECT_EQ(outcome.checked.rows, 1U);
}

TEST(FaultyTables, NothingSaysWhatAKeyIs) {
  for (const fs::path& file : tables()) {
    const std::string report = check_text(text_of(file)).text();
    for (const char* part : {"9f4a1c", "41d3b7", "7be90d", "horse", "dc961"})
      EXPECT_EQ(report.find(part), std::string::npos) << file << report;
  }
}

TEST(Example, OfTheGuideIsFaultless) {
  const Outcome outcome = check_text(text_of(KARPSPEC_SOURCE_DIR "/suites/keytable/example.yaml"));
  EXPECT_EQ(outcome.text(), "");
  EXPECT_EQ(outcome.checked.rows, 3U);
}

}  // namespace
}  // namespace karpspec::keyfile
