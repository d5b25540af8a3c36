// What a kill matrix says about the tests of a requirement.
#include "report/proof.h"

#include <gmock/gmock.h>

#include "sample_results.h"

namespace karpspec::report {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::string state_of(const Proof& proof, const std::string& id) {
  for (const RequirementProof& row : judge_proof(proof)) {
    if (row.requirement->id == id)
      return row.state;
  }
  return "no row";
}

TEST(Proof, StatesOfTheSample) {
  const Proof proof = sample_proof();
  EXPECT_EQ(state_of(proof, "IKE-2.15-02"), "proven");
  EXPECT_EQ(state_of(proof, "RKMP-4.1-02"), "unproven");
  EXPECT_EQ(state_of(proof, "RKMP-6-01"), "unproven");
  EXPECT_EQ(state_of(proof, "RKMP-6-02"), "not-observable");
}

TEST(Proof, OneFaultThatIsCaughtProves) {
  Proof proof = sample_proof();
  proof.faults[1].caught_by = proof.faults[1].played;
  EXPECT_EQ(state_of(proof, "RKMP-4.1-02"), "proven");
}

TEST(Proof, ATestOfAnotherRequirementProvesNothing) {
  Proof proof = sample_proof();
  proof.faults[0].violates.emplace_back("RKMP-4.1-02");
  EXPECT_EQ(state_of(proof, "RKMP-4.1-02"), "unproven");
  EXPECT_THAT(proof_table(proof), HasSubstr("caught by tests of other requirements alone"));
  EXPECT_THAT(to_html(proof), HasSubstr("caught by tests of other requirements alone"));
}

TEST(Proof, TableSaysOfEachRequirementWhichTestCaughtWhat) {
  const std::string table = proof_table(sample_proof());
  EXPECT_THAT(table, HasSubstr("IKE-2.15-02  proven  "));
  EXPECT_THAT(table,
              HasSubstr("    auth-unchecked: the reference device accepts any AUTH in IKE_AUTH\n"
                        "      caught by rfc5996/2.15/responder/auth-value\n"));
  EXPECT_THAT(table, HasSubstr("RKMP-4.1-02  unproven  "));
  EXPECT_THAT(table, HasSubstr("    none of its tests sees a fault of it\n"));
  EXPECT_THAT(table, HasSubstr("      not caught\n"));
  EXPECT_THAT(table, HasSubstr("RKMP-6-01  unproven  "));
  EXPECT_THAT(table, HasSubstr("    no fault violates it\n"));
  EXPECT_THAT(table, HasSubstr("RKMP-6-02  not-observable  "));
  EXPECT_THAT(table, HasSubstr("    cannot be observed"));
}

TEST(Proof, WithoutTestsARequirementIsUntested) {
  Proof proof = sample_proof();
  proof.tests.clear();
  proof.faults.clear();
  EXPECT_EQ(state_of(proof, "RKMP-4.1-02"), "untested");
  EXPECT_EQ(state_of(proof, "RKMP-6-02"), "not-observable");
}

TEST(Proof, WhatIsNotAsItShouldBe) {
  Proof proof = sample_proof();
  EXPECT_THAT(missed_faults(proof), ElementsAre(&proof.faults[1]));
  EXPECT_THAT(unclean_tests(proof), IsEmpty());
  proof.tests[1].verdict = Verdict::inconclusive;
  proof.tests[3].verdict = Verdict::not_applicable;
  EXPECT_THAT(unclean_tests(proof), ElementsAre(&proof.tests[1]));
}

TEST(Proof, ATestThatNoFaultFailsIsTold) {
  Proof proof = sample_proof();
  proof.faults.resize(1);
  proof.requirements.resize(1);
  const std::vector<std::string> idle = tests_that_catch_nothing(proof);
  EXPECT_THAT(idle, SizeIs(proof.tests.size() - 1));
  EXPECT_THAT(idle, Not(Contains("rfc5996/2.15/responder/auth-value")));
  EXPECT_EQ(to_json(proof)["summary"]["tests_that_catch_nothing"], idle.size());
  const std::string page = to_html(proof);
  EXPECT_THAT(page, HasSubstr("<h1>" + std::to_string(idle.size()) + " tests catch no fault</h1>"));
  EXPECT_THAT(page, HasSubstr("catches nothing"));
  // Some faults alone say nothing of a test.
  proof.info.fault = "auth-unchecked";
  EXPECT_THAT(tests_that_catch_nothing(proof), IsEmpty());
  EXPECT_EQ(to_html(proof).find("catches nothing"), std::string::npos);
}

TEST(Proof, PageNamesWhatIsMissedAndWhoSawWhat) {
  const std::string page = to_html(sample_proof());
  EXPECT_THAT(page, HasSubstr("<h1>1 of 2 faults are not caught</h1>"));
  EXPECT_THAT(page, HasSubstr("answers with O = 0 &amp; forgets what was offered"));
  EXPECT_THAT(page, HasSubstr("rfc5996/2.15/responder/auth-value <span class=\"small\">caught"));
  EXPECT_THAT(page, HasSubstr("rkmp/4.1/responder/options-flag <span class=\"small\">not seen"));
  Proof good = sample_proof();
  good.faults.resize(1);
  good.tests.resize(1);
  EXPECT_THAT(to_html(good), HasSubstr("<h1>Every fault is caught</h1>"));
  good.tests[0].verdict = Verdict::fail;
  EXPECT_THAT(to_html(good), HasSubstr("does not pass 1 of 1 tests"));
}

}  // namespace
}  // namespace karpspec::report
