#pragma once

#include <map>
#include <string>
#include <vector>

#include "capture/reader.h"
#include "interop/judgment.h"
#include "observer/opener.h"
#include "verdict/requirement.h"

namespace karpspec::interop {

using Requirements = std::map<std::string, verdict::Requirement>;

// What somebody at the bridge saw of a cell.
struct Sighting {
  std::vector<std::string> exchanged;  // a line each: "0.002s  initiator -> responder  ..."
  std::string transcript;              // as `karpspec diff` reads it
  std::vector<verdict::InteropBreach> breaches;
  std::vector<std::string> notes;
  std::optional<Refusal> refusal;
  std::optional<Unanswered> unanswered;
  std::optional<bool> initiator_auth, responder_auth;
  bool asked_for_life = false;  // an INFORMATIONAL request of the initiator was answered
  // Deletes of the initiator that were answered. What stayed closed may have been of either kind.
  bool deleted_ike = false, deleted_child = false;
  std::uint64_t messages = 0, sealed = 0;
};

// The frames of a capture, all of them. Errors: those of the reader.
[[nodiscard]] Result<std::vector<capture::Frame>> read_frames(const std::string& path);

// Whether all that crossed the bridge is in a capture.
enum class Captured { whole, with_gaps };

// Follows FRAMES with KEYS, and judges both sides: the initiator is at the address of
// initiator_place. TITLE is the transcript's. Of a capture with gaps nobody is judged: what a
// device did not do may be in what is missing.
[[nodiscard]] Sighting look_at(const std::vector<capture::Frame>& frames,
                               observer::OpeningKeys keys, const Requirements& requirements,
                               const std::string& title, Captured captured = Captured::whole);

}  // namespace karpspec::interop
