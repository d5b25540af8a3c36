#pragma once

#include <string>
#include <vector>

#include "capture/reader.h"
#include "observer/opener.h"
#include "transcript/alignment.h"

namespace karpspec::observer {

// A golden capture of pcaps/ with its keys, frame by frame.
struct Golden {
  explicit Golden(const std::string& name);

  // The keys are read anew: they cannot be copied.
  [[nodiscard]] OpeningKeys keys() const;
  // What is different when FRAMES are held against the expected transcript.
  struct Compared {
    std::vector<transcript::Finding> differences, notes;
    transcript::Alignment::Counts counts;
  };
  [[nodiscard]] Compared compare(const std::vector<capture::Frame>& frames) const;
  // The expected transcript; EACH: which each conversation is to go like.
  [[nodiscard]] std::string transcript(bool each) const;
  // The message of a frame as the keys open it, of each frame.
  [[nodiscard]] std::vector<transcript::Observed> observe() const;
  // MESSAGE, of frame AT, as it would have been sent: sealed where that was.
  [[nodiscard]] Octets encode(std::size_t at, const transcript::Observed& was,
                              const wire::Message& message) const;

  std::string name;
  std::vector<capture::Frame> frames;
};

// One line for a finding, for what a test prints.
[[nodiscard]] std::string text(const transcript::Finding& finding);
[[nodiscard]] std::string text(const std::vector<transcript::Finding>& findings);

}  // namespace karpspec::observer
