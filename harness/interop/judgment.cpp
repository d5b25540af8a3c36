#include "interop/judgment.h"

#include <algorithm>
#include <set>

namespace karpspec::interop {
namespace {

using verdict::Verdict;

const std::string& name_of(const Seen& seen, Side side) {
  return side == Side::initiator ? seen.initiator : seen.responder;
}

Side other(Side side) {
  return side == Side::initiator ? Side::responder : Side::initiator;
}

std::string role_of(const Seen& seen, Side side) {
  return name_of(seen, side) + " (" + verdict::to_string(side) + ")";
}

Judgment by_breaches(const Seen& seen) {
  std::set<std::string> ids;
  Side whose = Side::none;
  for (const verdict::InteropBreach& breach : seen.breaches) {
    whose = whose == Side::none || whose == breach.side ? breach.side : Side::both;
    ids.insert(breach.requirement);
  }
  std::string list;
  for (const std::string& id : ids)
    list += (list.empty() ? "" : ", ") + id;
  return {Verdict::fail, whose,
          (whose == Side::both ? "both" : role_of(seen, whose)) + " broke " + list};
}

Judgment by_trouble(const Seen& seen, const Trouble& trouble) {
  if (trouble.whose == Side::laboratory)
    return {Verdict::error, Side::laboratory, "the laboratory failed: " + trouble.text};
  const std::string who = role_of(seen, trouble.whose);
  if (trouble.not_offered)
    return {Verdict::not_applicable, Side::none, who + " does not offer this: " + trouble.text};
  return {Verdict::error, trouble.whose, who + ": " + trouble.text};
}

// A refusal that documents leave to who refuses, when what is proposed does not suit him.
bool may_decline(const std::string& notify) {
  static const std::set<std::string> choices = {
      "NO_PROPOSAL_CHOSEN", "TS_UNACCEPTABLE",    "SINGLE_PAIR_REQUIRED",    "NO_ADDITIONAL_SAS",
      "TEMPORARY_FAILURE",  "FAILED_CP_REQUIRED", "INTERNAL_ADDRESS_FAILURE"};
  return choices.contains(notify);
}

Judgment by_refusal(const Seen& seen, const Refusal& refusal, const std::string& before) {
  const std::string said = before + role_of(seen, refusal.by) + " answered " + refusal.exchange +
                           " with " + refusal.notify;
  if (refusal.notify == "NO_PROPOSAL_CHOSEN" && seen.nothing_in_common)
    return {Verdict::inconclusive, Side::none, said + ": no cipher suite is configured at both"};
  // Cipher suites of the IKE SA are what both are configured with; those of children are theirs.
  const bool by_own_choice =
      may_decline(refusal.notify) &&
      !(refusal.notify == "NO_PROPOSAL_CHOSEN" && refusal.exchange == "IKE_SA_INIT");
  if (by_own_choice)
    return {Verdict::inconclusive, Side::none, said};
  const auto& peers_auth =
      refusal.by == Side::initiator ? seen.responder_auth : seen.initiator_auth;
  if (refusal.notify == "AUTHENTICATION_FAILED" && peers_auth && *peers_auth)
    return {Verdict::fail, refusal.by,
            said + ", though the AUTH of " + name_of(seen, other(refusal.by)) + " holds"};
  return {Verdict::fail, Side::undecided,
          said + ", and nothing was found wrong with what it answers"};
}

bool is_deletion(Exchange::Action action) {
  return action == Exchange::Action::delete_ike || action == Exchange::Action::delete_child;
}

// What was asked on the wire, for the actions that a request of the initiator is all about.
bool was_asked(const Seen& seen) {
  if (is_deletion(seen.action))
    return seen.deleted;
  return seen.action != Exchange::Action::liveness || seen.asked_for_life;
}

// The exchange did not come to its end, and no requirement was seen broken.
Judgment by_what_is_missing(const Seen& seen) {
  const std::string before = seen.first_done || seen.action == Exchange::Action::initial
                                 ? ""
                                 : "before the exchange itself: ";
  if (seen.refusal)
    return by_refusal(seen, *seen.refusal, before);
  if (seen.messages == 0)
    return {Verdict::error, Side::initiator,
            role_of(seen, Side::initiator) + " was told to begin and sent nothing"};
  if (seen.unanswered) {
    const Unanswered& request = *seen.unanswered;
    const std::string text =
        before + role_of(seen, request.asked) + " did not answer " + request.exchange;
    if (request.readable)
      return {Verdict::fail, request.asked, text};
    return {Verdict::fail, Side::undecided,
            text + ", which could not be opened here: it may be wrong itself"};
  }
  // The peer can hardly know of a Delete that was never sent: what it has still is not its fault.
  if (seen.first_done && is_deletion(seen.action) && !seen.deleted)
    return {Verdict::fail, Side::initiator,
            role_of(seen, Side::initiator) + " was told to delete and sent no Delete for that"};
  const bool initiator = !seen.initiator_lacks.empty();
  const bool responder = !seen.responder_lacks.empty();
  const auto says = [&](Side side, const std::string& what) {
    return role_of(seen, side) + " " + what;
  };
  if (initiator && responder)
    return {Verdict::fail, Side::undecided,
            before + says(Side::initiator, seen.initiator_lacks) + ", " +
                says(Side::responder, seen.responder_lacks)};
  if (initiator || responder) {
    const Side side = initiator ? Side::initiator : Side::responder;
    return {Verdict::fail, side,
            before + says(side, initiator ? seen.initiator_lacks : seen.responder_lacks) +
                ", though every request on the wire was answered"};
  }
  if (!seen.disagreement.empty())
    return {Verdict::fail, Side::undecided, before + "both are done, but " + seen.disagreement};
  return {Verdict::fail, Side::initiator,
          role_of(seen, Side::initiator) + " was told to ask for a sign of life and did not"};
}

bool complete(const Seen& seen) {
  return seen.begun && seen.first_done && seen.initiator_lacks.empty() &&
         seen.responder_lacks.empty() && seen.disagreement.empty() && seen.messages > 0 &&
         was_asked(seen) && !(is_deletion(seen.action) && seen.unanswered);
}

}  // namespace

Judgment judge_cell(const Seen& seen) {
  if (!seen.breaches.empty())
    return by_breaches(seen);
  if (seen.trouble)
    return by_trouble(seen, *seen.trouble);
  if (complete(seen))
    return {Verdict::pass, Side::none, ""};
  return by_what_is_missing(seen);
}

}  // namespace karpspec::interop
