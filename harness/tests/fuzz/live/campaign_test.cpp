#include "fuzz/live/campaign.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "bench.h"
#include "fuzz/live/journal.h"

namespace karpspec::fuzz {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class JournalFile {
 public:
  JournalFile()
      : path_((std::filesystem::temp_directory_path() /
               ("karpspec-fuzz-journal-" + std::to_string(::getpid())))
                  .string()) {}
  ~JournalFile() { std::filesystem::remove(path_); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Finding finding(const std::string& signature, bool reproduced) {
  Finding out;
  out.symptom = Symptom::hang;
  out.signature = signature;
  out.text = "nothing came\n\xff";
  out.scenario = "title: x\n";
  out.reproduced = reproduced;
  out.number = 3;
  out.seconds = 1.5;
  out.messages = 12;
  return out;
}

TEST(FuzzJournal, GivesBackWhatItWasTold) {
  const JournalFile file;
  {
    auto journal = Journal::open(file.path(), "a run", false);
    ASSERT_TRUE(journal);
    ASSERT_TRUE(journal->add(Record{0, 0.5, 4, "served"}));
    ASSERT_TRUE(journal->add(finding("hang: SA", false)));
    ASSERT_TRUE(journal->add(finding("hang: SA", true)));
    ASSERT_TRUE(journal->add(finding("hang: SA", true)));
    ASSERT_TRUE(journal->add(Record{1, 1.5, 9, "finding"}));
  }
  std::ofstream(file.path(), std::ios::app) << "{\"case\":2,\"s\":2.0,\"mess";  // killed here
  auto journal = Journal::open(file.path(), "a run", true);
  ASSERT_TRUE(journal);
  ASSERT_THAT(journal->records(), SizeIs(2));
  EXPECT_EQ(journal->records()[1].result, "finding");
  EXPECT_EQ(journal->records()[1].messages, 9U);
  ASSERT_THAT(journal->findings(), SizeIs(1));
  EXPECT_TRUE(journal->findings()[0].reproduced);
  EXPECT_EQ(journal->findings()[0].seen, 2U);
  EXPECT_EQ(journal->findings()[0].scenario, "title: x\n");
  ASSERT_TRUE(journal->add(Record{2, 2.5, 11, "served"}));
  auto again = Journal::open(file.path(), "a run", true);
  ASSERT_TRUE(again);
  EXPECT_THAT(again->records(), SizeIs(3)) << "the torn line was taken away";
}

TEST(FuzzJournal, OfAnotherRunIsRefused) {
  const JournalFile file;
  ASSERT_TRUE(Journal::open(file.path(), "a run", false));
  const auto other = Journal::open(file.path(), "another", true);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::bad_value);
}

struct Ran {
  std::vector<std::size_t> numbers;
  std::vector<std::string> found;
  Coverage coverage;
  std::size_t played = 0;
};

Ran run(Bench& bench, std::size_t cases, const std::vector<Record>& before = {}) {
  Ran out;
  Campaign::Hooks hooks;
  hooks.record = [&](const Record& record) { out.numbers.push_back(record.number); };
  hooks.finding = [&](const Finding& each, bool) {
    out.found.push_back(each.signature + "\n" + each.scenario);
  };
  Options options;
  options.time = std::chrono::seconds{200};
  options.cases = cases;
  options.deadlines.alive_ms = 5000;
  Campaign campaign(Generator(bench.targets(), 1), bench.session(), options, hooks);
  campaign.resume(before, {});
  EXPECT_TRUE(campaign.run());
  out.coverage = campaign.coverage();
  out.played = campaign.progress().played;
  return out;
}

std::size_t cells_played(const Coverage& coverage) {
  std::size_t out = 0;
  for (const auto& [place, cells] : coverage)
    for (const auto& [name, cell] : cells)
      out += cell.played;
  return out;
}

TEST(Campaign, GoesOnWhereAnEarlierOneEnded) {
  Bench bench({"ike-sa-init", "delete-in-clear"});
  const Ran first = run(bench, 6);
  EXPECT_THAT(first.numbers, ElementsAre(0, 1, 2, 3, 4, 5));
  std::vector<Record> records;
  for (const std::size_t number : first.numbers)
    records.push_back({number, 1.0, 10, "served"});
  const Ran second = run(bench, 9, records);
  EXPECT_THAT(second.numbers, ElementsAre(6, 7, 8));
  EXPECT_EQ(second.played, 9U);
  EXPECT_EQ(cells_played(second.coverage), 9U);
}

TEST(Campaign, FindsNothingInTheReferenceDevice) {
  Bench bench;
  const Ran ran = run(bench, 400);
  EXPECT_THAT(ran.found, IsEmpty());
  EXPECT_GT(ran.played, 300U);
}

// A device that ends an IKE SA on the word of anybody: the forged messages are what shows it.
class Gullible final : public oracle::Seams {
 public:
  bool leaves_out(oracle::Check check) override {
    return check == oracle::Check::protection_required || check == oracle::Check::integrity;
  }
};

TEST(Campaign, FindsWhatTakesForgedMessagesForTrue) {
  const Bench bench({"delete-in-clear"});
  const script::Suite suite = *script::load_suite(KARPSPEC_SOURCE_DIR "/suites", {"rfc5996/1.2"});
  script::PlayOptions play;
  play.seed = 1;
  play.requirements = &suite.requirements;
  play.rules = suite.rules;
  Session session(dut::embedded_worlds({}, [] { return std::make_unique<Gullible>(); }), play,
                  bench.context(), suite.rules);
  std::vector<LeftOut> left_out;
  const auto targets = find_targets(session, dut::embedded_claims(), {}, {}, {5000},
                                    {"delete-in-clear", "delete-not-authentic"}, left_out);
  ASSERT_TRUE(targets);
  ASSERT_THAT(*targets, SizeIs(2)) << left_out.front().exchange << ": " << left_out.front().reason;
  std::vector<std::string> found;
  Campaign::Hooks hooks;
  hooks.finding = [&](const Finding& each, bool first) {
    if (first)
      found.push_back(each.signature + (each.reproduced ? "" : ", not reproduced"));
  };
  Options options;
  options.cases = 2;
  options.deadlines.alive_ms = 5000;
  Campaign campaign(Generator(*targets, 1), session, options, hooks);
  ASSERT_TRUE(campaign.run());
  EXPECT_THAT(found, testing::Contains(testing::HasSubstr("state: delete-")));
}

}  // namespace
}  // namespace karpspec::fuzz
