#pragma once

#include <optional>
#include <string>
#include <vector>

#include "interop/exchange.h"
#include "verdict/interop.h"

namespace karpspec::interop {

using verdict::Side;

// What a device did not do, or the laboratory.
struct Trouble {
  Side whose = Side::laboratory;
  std::string text;
  bool not_offered = false;  // the device says that it does not do what it was asked for
};

// An error notification that one of the two sent.
struct Refusal {
  Side by = Side::none;
  std::string notify;    // "NO_PROPOSAL_CHOSEN"
  std::string exchange;  // "IKE_AUTH"
};

// A request that was on the wire and never answered.
struct Unanswered {
  Side asked = Side::none;  // who did not answer
  std::string exchange;     // "IKE_AUTH"
  // It was opened, or went in clear, and nothing in it is broken: a peer could have read it.
  bool readable = false;
};

// All that a cell came to, for the verdict. Names stand for the devices in reasons.
struct Seen {
  std::string initiator, responder;
  Exchange::Action action = Exchange::Action::initial;
  std::optional<Trouble> trouble;
  bool begun = false;       // the first command was taken
  bool first_done = false;  // IKE_AUTH was complete at both; before it the action has not begun
  // What each lacks in the end; and in what they disagree.
  std::string initiator_lacks, responder_lacks, disagreement;
  bool asked_for_life = false;  // liveness: an INFORMATIONAL of the initiator was answered
  // delete_ike, delete_child: a Delete of the initiator for such a thing was answered. What devices
  // say that they have is not enough: who withdraws a key may keep it for a while (profile P-10,
  // P-11), and who tells nobody has nothing left either.
  bool deleted = false;
  std::vector<verdict::InteropBreach> breaches;
  std::optional<Refusal> refusal;        // the first one
  std::optional<Unanswered> unanswered;  // the last one
  bool nothing_in_common = false;        // the configurations have no cipher suite in common
  // Whether the AUTH of each was found to hold, by keys that were told; nothing: not checked.
  std::optional<bool> initiator_auth, responder_auth;
  std::uint64_t messages = 0, sealed = 0;
};

struct Judgment {
  verdict::Verdict verdict = verdict::Verdict::error;
  Side whose = Side::none;
  std::string reason;  // "" for a pass
};

// The verdict of a cell.
//   pass: both say that the exchange is complete and that they have the same, and no requirement
//     was broken.
//   fail: a requirement was broken, by whom is known; or the exchange did not come to its end, and
//     whose fault that is where what was seen says so, else `undecided`.
//   inconclusive: one side declined what it may decline.
//   not-applicable: a device answered 'unsupported'.
//   error: a device or the laboratory failed.
// A breach outweighs a device that failed: it is certain. A capture with gaps gives none (look_at).
[[nodiscard]] Judgment judge_cell(const Seen& seen);

}  // namespace karpspec::interop
