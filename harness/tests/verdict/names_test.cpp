// The names of verdicts, faults and levels are read by other programs: they stay as they are.
#include <gmock/gmock.h>

#include "verdict/requirement.h"
#include "verdict/result.h"

namespace karpspec::verdict {
namespace {

using testing::StrEq;

TEST(Names, OfVerdicts) {
  EXPECT_THAT(to_string(Verdict::pass), StrEq("pass"));
  EXPECT_THAT(to_string(Verdict::fail), StrEq("fail"));
  EXPECT_THAT(to_string(Verdict::inconclusive), StrEq("inconclusive"));
  EXPECT_THAT(to_string(Verdict::not_applicable), StrEq("not-applicable"));
  EXPECT_THAT(to_string(Verdict::error), StrEq("error"));
}

TEST(Names, OfFaults) {
  EXPECT_THAT(to_string(Fault::none), StrEq("none"));
  EXPECT_THAT(to_string(Fault::device), StrEq("device"));
  EXPECT_THAT(to_string(Fault::laboratory), StrEq("laboratory"));
  EXPECT_THAT(to_string(Fault::test), StrEq("test"));
  EXPECT_THAT(to_string(Fault::document), StrEq("document"));
}

TEST(Names, OfLevels) {
  EXPECT_THAT(to_string(Level::must), StrEq("MUST"));
  EXPECT_THAT(to_string(Level::should), StrEq("SHOULD"));
  EXPECT_THAT(to_string(Level::may), StrEq("MAY"));
  EXPECT_THAT(to_string(Level::implied), StrEq("implied"));
}

// A result that nobody filled in must never read as a pass.
TEST(Defaults, AreNoPass) {
  EXPECT_EQ(TestResult().verdict, Verdict::error);
}

// The strongest level of a test is the least value.
TEST(Levels, AreOrderedByStrength) {
  EXPECT_LT(Level::must, Level::should);
  EXPECT_LT(Level::should, Level::may);
  EXPECT_LT(Level::may, Level::implied);
}

}  // namespace
}  // namespace karpspec::verdict
