// The journal of a run: nothing that was done is lost, whenever the run is killed.
#include "report/journal.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "sample_results.h"

namespace karpspec::report {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

// A journal of the sample run, as a whole run leaves it.
std::string whole_journal(const std::string& path) {
  const RunResults run = sample_run();
  auto journal = Journal::open(path, run.info, "all", false);
  EXPECT_TRUE(journal);
  for (const TestResult& test : run.tests)
    EXPECT_TRUE(journal->add(test));
  return read(path);
}

TEST(Journal, ResumeFindsWhatWasDone) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/journal.jsonl";
  whole_journal(path);
  const auto journal = Journal::open(path, sample_run().info, "all", true);
  ASSERT_TRUE(journal) << journal.error().message;
  ASSERT_THAT(journal->found(), SizeIs(5));
  EXPECT_EQ(json_text(to_json(journal->found()[2])), json_text(to_json(sample_failure())));
}

// Where a cut is most likely to be taken for another.
bool near_line_end(const std::string& text, std::size_t at) {
  return text.substr(at < 2 ? 0 : at - 2, 45).find('\n') != std::string::npos;
}

// Cut everywhere: whole records are found, the torn one is not, and what is added then reads
// back as if nothing had happened.
TEST(Journal, GoesOnWhereverItWasCut) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/journal.jsonl";
  const RunResults run = sample_run();
  const std::string whole = whole_journal(path);
  for (std::size_t cut = 0; cut <= whole.size(); cut += near_line_end(whole, cut) ? 1 : 41) {
    write(path, whole.substr(0, cut));
    const auto lines = static_cast<std::size_t>(
        std::count(whole.begin(), whole.begin() + static_cast<long>(cut), '\n'));
    const std::size_t records = lines == 0 ? 0 : lines - 1;
    {
      auto journal = Journal::open(path, run.info, "all", true);
      ASSERT_TRUE(journal) << cut;
      ASSERT_THAT(journal->found(), SizeIs(records)) << cut;
      for (std::size_t i = records; i < run.tests.size(); ++i)
        ASSERT_TRUE(journal->add(run.tests[i]));
    }
    ASSERT_EQ(read(path), whole) << cut;
  }
}

TEST(Journal, SaysWhatTheDeviceHadTakenByThen) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/journal.jsonl";
  const RunResults run = sample_run();
  const verdict::DeviceUse first{10, std::chrono::microseconds{100}, 1, 0, 0};
  const verdict::DeviceUse then{30, std::chrono::microseconds{250}, 2, 1, 1};
  {
    auto journal = Journal::open(path, run.info, "all", false);
    ASSERT_TRUE(journal);
    EXPECT_EQ(journal->use(), std::nullopt);
    ASSERT_TRUE(journal->add(run.tests[0], first));
    ASSERT_TRUE(journal->add(run.tests[1], then));
  }
  const auto journal = Journal::open(path, run.info, "all", true);
  ASSERT_TRUE(journal) << journal.error().message;
  EXPECT_THAT(journal->found(), SizeIs(2));
  EXPECT_EQ(journal->use(), then);
  // Journals of before do not say it.
  whole_journal(path);
  const auto old = Journal::open(path, run.info, "all", true);
  ASSERT_TRUE(old) << old.error().message;
  EXPECT_THAT(old->found(), SizeIs(5));
  EXPECT_EQ(old->use(), std::nullopt);
  // What is damaged, and all behind it, is played again.
  std::string text = read(path);
  text.replace(text.rfind("{\"test\""), 1, "{\"device_use\": {\"starts\": 1}, ");
  write(path, text);
  const auto damaged = Journal::open(path, run.info, "all", true);
  ASSERT_TRUE(damaged);
  EXPECT_THAT(damaged->found(), SizeIs(4));
}

TEST(Journal, WithoutResumeItStartsAnew) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/journal.jsonl";
  whole_journal(path);
  const auto journal = Journal::open(path, sample_run().info, "all", false);
  ASSERT_TRUE(journal);
  EXPECT_THAT(journal->found(), SizeIs(0));
  EXPECT_THAT(read(path), Not(HasSubstr("rkmp/4.1")));
}

TEST(Journal, AnotherRunIsNotGoneOnWith) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/journal.jsonl";
  const std::string whole = whole_journal(path);
  verdict::RunInfo other = sample_run().info;
  other.seed = 8;
  const auto journal = Journal::open(path, other, "all", true);
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, ErrorCode::bad_value);
  EXPECT_EQ(read(path), whole);
}

TEST(Journal, OtherTestsAreAnotherRun) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/journal.jsonl";
  const std::string whole = whole_journal(path);
  const auto journal = Journal::open(path, sample_run().info, "rkmp", true);
  ASSERT_FALSE(journal);
  EXPECT_THAT(journal.error().message, HasSubstr("tests \"all\" there, \"rkmp\" now"));
  EXPECT_EQ(read(path), whole);
}

TEST(Journal, WhatIsNoJournalIsLeftAlone) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/journal.jsonl";
  write(path, "someone's notes\n");
  const auto journal = Journal::open(path, sample_run().info, "all", true);
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, ErrorCode::bad_value);
  EXPECT_EQ(read(path), "someone's notes\n");
}

TEST(Journal, SaysWhyItCannotBeWritten) {
  const auto journal = Journal::open("/nonexistent/journal.jsonl", {}, "all", false);
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, ErrorCode::io);
  EXPECT_THAT(journal.error().message, HasSubstr("/nonexistent/journal.jsonl"));
}

}  // namespace
}  // namespace karpspec::report
