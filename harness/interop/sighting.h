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

// Follows FRAMES with KEYS, and judges both sides: the initiator is at the address of
// initiator_place. TITLE is the transcript's.
[[nodiscard]] Sighting look_at(const std::vector<capture::Frame>& frames,
                               observer::OpeningKeys keys, const Requirements& requirements,
                               const std::string& title);

}  // namespace karpspec::interop
