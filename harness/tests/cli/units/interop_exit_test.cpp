// What a matrix ends with: the same for one that was played at once and for parts that were joined.
#include <gmock/gmock.h>

#include "cli/commands.h"
#include "cli/interop_run.h"

namespace karpspec::cli {
namespace {

using verdict::Finding;
using verdict::Verdict;

report::InteropRun run_of(const std::vector<Verdict>& verdicts) {
  report::InteropRun run;
  for (const Verdict verdict : verdicts) {
    verdict::InteropCell cell;
    cell.name = "cell/" + std::to_string(run.cells.size());
    cell.verdict = verdict;
    run.cells.push_back(std::move(cell));
  }
  return run;
}

TEST(InteropExit, IsOfVerdicts) {
  EXPECT_EQ(exit_code(run_of({Verdict::pass, Verdict::inconclusive}), false), conforms);
  EXPECT_EQ(exit_code(run_of({Verdict::pass, Verdict::fail}), false), does_not);
  EXPECT_EQ(exit_code(run_of({Verdict::pass, Verdict::error}), false), not_judged);
  EXPECT_EQ(exit_code(run_of({Verdict::error, Verdict::fail}), false), does_not);
  EXPECT_EQ(exit_code(run_of({Verdict::not_applicable}), false), not_judged);
  EXPECT_EQ(exit_code(run_of({Verdict::not_applicable}), true), conforms);
}

TEST(InteropExit, IsOfWhatWasExpectedToo) {
  auto run = run_of({Verdict::pass, Verdict::fail});
  run.cells[1].expected = "known";
  EXPECT_EQ(exit_code(run, false), conforms);
  run.findings = {{Finding::Kind::expected, "cell/0", "pass where fail was expected"}};
  EXPECT_EQ(exit_code(run, false), does_not);
  run.findings = {{Finding::Kind::expected, "", "there is no such test"}};
  EXPECT_EQ(exit_code(run, false), does_not);
  // An error says no more where something else was expected.
  run = run_of({Verdict::error});
  run.findings = {{Finding::Kind::expected, "cell/0", "error where fail was expected"}};
  EXPECT_EQ(exit_code(run, false), not_judged);
}

}  // namespace
}  // namespace karpspec::cli
