// The verdict over what both sides say and the observer saw: whose fault it is, and when that
// cannot be said.
#include "interop/judgment.h"

#include <gmock/gmock.h>

namespace karpspec::interop {
namespace {

using testing::HasSubstr;
using verdict::Verdict;

// All went well.
Seen good() {
  Seen seen;
  seen.initiator = "alice";
  seen.responder = "bob";
  seen.begun = seen.first_done = true;
  seen.messages = 4;
  return seen;
}

// The responder never got what the initiator wants to have with it.
Seen unfinished() {
  Seen seen = good();
  seen.first_done = false;
  seen.initiator_lacks = seen.responder_lacks = "has no IKE SA";
  return seen;
}

verdict::InteropBreach breach(Side side, const std::string& requirement) {
  verdict::InteropBreach out;
  out.side = side;
  out.requirement = requirement;
  return out;
}

TEST(Judgment, PassesWhatBothHaveAndNobodyBroke) {
  const Judgment judged = judge_cell(good());
  EXPECT_EQ(judged.verdict, Verdict::pass);
  EXPECT_EQ(judged.whose, Side::none);
  EXPECT_EQ(judged.reason, "");
}

TEST(Judgment, NothingThatIsMissingPasses) {
  Seen seen = good();
  seen.begun = false;
  EXPECT_NE(judge_cell(seen).verdict, Verdict::pass);
  seen = good();
  seen.first_done = false;
  EXPECT_NE(judge_cell(seen).verdict, Verdict::pass);
  seen = good();
  seen.messages = 0;
  EXPECT_NE(judge_cell(seen).verdict, Verdict::pass);
  seen = good();
  seen.action = Exchange::Action::liveness;
  EXPECT_NE(judge_cell(seen).verdict, Verdict::pass);
  seen.asked_for_life = true;
  EXPECT_EQ(judge_cell(seen).verdict, Verdict::pass);
}

// A key may stay for a while after it was withdrawn, so that nothing is missing at either side.
TEST(Judgment, ADeleteThatNobodySentIsItsInitiators) {
  using Action = Exchange::Action;
  for (const Action action : {Action::delete_child, Action::delete_ike}) {
    Seen seen = good();
    seen.action = action;
    Judgment judged = judge_cell(seen);
    EXPECT_EQ(judged.verdict, Verdict::fail);
    EXPECT_EQ(judged.whose, Side::initiator);
    EXPECT_EQ(judged.reason, "alice (initiator) was told to delete and sent no Delete for that");
    // Who was told nothing has everything still.
    seen.responder_lacks = "still has the child";
    EXPECT_EQ(judge_cell(seen).whose, Side::initiator);
    seen.responder_lacks.clear();
    seen.deleted = true;
    EXPECT_EQ(judge_cell(seen).verdict, Verdict::pass);
  }
}

TEST(Judgment, ADeleteThatWasNotAnsweredDoesNotPass) {
  Seen seen = good();
  seen.action = Exchange::Action::delete_child;
  seen.unanswered = Unanswered{Side::responder, "INFORMATIONAL", true};
  Judgment judged = judge_cell(seen);
  EXPECT_EQ(judged.verdict, Verdict::fail);
  EXPECT_EQ(judged.whose, Side::responder);
  EXPECT_EQ(judged.reason, "bob (responder) did not answer INFORMATIONAL");
  // One of two was.
  seen.deleted = true;
  EXPECT_EQ(judge_cell(seen).whose, Side::responder);
}

TEST(Judgment, ABreachNamesItsSideAndRequirement) {
  Seen seen = good();
  seen.breaches = {breach(Side::responder, "IKE-3.1-04"), breach(Side::responder, "IKE-3.1-04")};
  Judgment judged = judge_cell(seen);
  EXPECT_EQ(judged.verdict, Verdict::fail);
  EXPECT_EQ(judged.whose, Side::responder);
  EXPECT_EQ(judged.reason, "bob (responder) broke IKE-3.1-04");
  seen.breaches.push_back(breach(Side::initiator, "IKE-2.3-01"));
  judged = judge_cell(seen);
  EXPECT_EQ(judged.whose, Side::both);
  EXPECT_EQ(judged.reason, "both broke IKE-2.3-01, IKE-3.1-04");
}

TEST(Judgment, ABreachOutweighsADeviceThatFailed) {
  Seen seen = unfinished();
  seen.trouble = Trouble{Side::initiator, "it died", false};
  EXPECT_EQ(judge_cell(seen).verdict, Verdict::error);
  EXPECT_EQ(judge_cell(seen).whose, Side::initiator);
  seen.breaches = {breach(Side::responder, "IKE-3.1-04")};
  EXPECT_EQ(judge_cell(seen).verdict, Verdict::fail);
  EXPECT_EQ(judge_cell(seen).whose, Side::responder);
}

TEST(Judgment, TellsDevicesAndTheLaboratoryApart) {
  Seen seen = unfinished();
  seen.trouble = Trouble{Side::laboratory, "no namespaces here", false};
  Judgment judged = judge_cell(seen);
  EXPECT_EQ(judged.verdict, Verdict::error);
  EXPECT_EQ(judged.whose, Side::laboratory);
  EXPECT_THAT(judged.reason, HasSubstr("no namespaces here"));
  seen.trouble = Trouble{Side::responder, "configure: no such cipher", true};
  judged = judge_cell(seen);
  EXPECT_EQ(judged.verdict, Verdict::not_applicable);
  EXPECT_THAT(judged.reason, HasSubstr("bob (responder) does not offer this"));
  seen = unfinished();
  seen.messages = 0;
  judged = judge_cell(seen);
  EXPECT_EQ(judged.verdict, Verdict::error);
  EXPECT_EQ(judged.whose, Side::initiator);
}

TEST(Judgment, DecliningIsNobodysFault) {
  Seen seen = unfinished();
  seen.refusal = Refusal{Side::responder, "NO_PROPOSAL_CHOSEN", "IKE_SA_INIT"};
  seen.nothing_in_common = true;
  Judgment judged = judge_cell(seen);
  EXPECT_EQ(judged.verdict, Verdict::inconclusive);
  EXPECT_EQ(judged.whose, Side::none);
  EXPECT_THAT(judged.reason, HasSubstr("no cipher suite is configured at both"));
  // Where there is one, who declines it is wrong, or who did not offer it.
  seen.nothing_in_common = false;
  judged = judge_cell(seen);
  EXPECT_EQ(judged.verdict, Verdict::fail);
  EXPECT_EQ(judged.whose, Side::undecided);
  // Children's algorithms are each device's own.
  seen.refusal = Refusal{Side::responder, "NO_PROPOSAL_CHOSEN", "IKE_AUTH"};
  EXPECT_EQ(judge_cell(seen).verdict, Verdict::inconclusive);
  seen.refusal = Refusal{Side::initiator, "TS_UNACCEPTABLE", "CREATE_CHILD_SA"};
  EXPECT_EQ(judge_cell(seen).verdict, Verdict::inconclusive);
}

TEST(Judgment, WhoRefusesAnAuthThatHoldsIsWrong) {
  Seen seen = unfinished();
  seen.refusal = Refusal{Side::responder, "AUTHENTICATION_FAILED", "IKE_AUTH"};
  Judgment judged = judge_cell(seen);
  EXPECT_EQ(judged.verdict, Verdict::fail);
  EXPECT_EQ(judged.whose, Side::undecided);
  seen.initiator_auth = true;
  judged = judge_cell(seen);
  EXPECT_EQ(judged.whose, Side::responder);
  EXPECT_THAT(judged.reason, HasSubstr("though the AUTH of alice holds"));
  seen.initiator_auth = false;
  EXPECT_EQ(judge_cell(seen).whose, Side::undecided);
}

TEST(Judgment, WhoDoesNotAnswerWhatCanBeReadIsWrong) {
  Seen seen = unfinished();
  seen.unanswered = Unanswered{Side::responder, "IKE_AUTH", true};
  Judgment judged = judge_cell(seen);
  EXPECT_EQ(judged.verdict, Verdict::fail);
  EXPECT_EQ(judged.whose, Side::responder);
  EXPECT_EQ(judged.reason, "bob (responder) did not answer IKE_AUTH");
  seen.unanswered->readable = false;
  judged = judge_cell(seen);
  EXPECT_EQ(judged.verdict, Verdict::fail);
  EXPECT_EQ(judged.whose, Side::undecided);
}

TEST(Judgment, WhatOneSideLacksThoughAllWasAnsweredIsThatSides) {
  Seen seen = good();
  seen.action = Exchange::Action::rekey_ike;
  seen.responder_lacks = "still has the old IKE SA";
  Judgment judged = judge_cell(seen);
  EXPECT_EQ(judged.verdict, Verdict::fail);
  EXPECT_EQ(judged.whose, Side::responder);
  EXPECT_EQ(judged.reason,
            "bob (responder) still has the old IKE SA, though every request on the wire was "
            "answered");
  seen.initiator_lacks = "has no new IKE SA";
  EXPECT_EQ(judge_cell(seen).whose, Side::undecided);
  seen = good();
  seen.disagreement = "they name other children";
  judged = judge_cell(seen);
  EXPECT_EQ(judged.verdict, Verdict::fail);
  EXPECT_EQ(judged.whose, Side::undecided);
}

TEST(Judgment, SaysWhereTheExchangeItselfWasNotReached) {
  Seen seen = unfinished();
  seen.action = Exchange::Action::rekey_child;
  seen.unanswered = Unanswered{Side::responder, "IKE_SA_INIT", true};
  EXPECT_EQ(judge_cell(seen).reason,
            "before the exchange itself: bob (responder) did not answer IKE_SA_INIT");
}

}  // namespace
}  // namespace karpspec::interop
