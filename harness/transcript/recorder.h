#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <string>

#include "transcript/observed.h"

namespace karpspec::transcript {

// What a transcript says before its first message.
struct TranscriptHead {
  std::string title;
  // Every field of a message stands in its entry: another one is a difference. Otherwise only those
  // that stand there are compared.
  bool all_fields = true;
  // The transcript is of one conversation, and every one of the capture is to go like that.
  bool every_conversation = false;
};

// Writes messages as the entries of a transcript: a stream of YAML documents, the first of which is
// the head. Values that a run draws anew become names, the same value the same name within its
// conversation. Memory does not grow with the number of conversations: the names of those that
// have been silent for longest are forgotten.
class Recorder {
 public:
  explicit Recorder(wire::CodePoints numbers = {}) : numbers_(numbers) {}
  [[nodiscard]] static std::string head(const TranscriptHead& head);
  // The text of the next entry. Copies of periodic messages are none: then it is empty.
  [[nodiscard]] std::string entry(const Observed& observed);

 private:
  struct Names {
    std::map<std::string, std::string> by_value;            // kind and bound_form()
    std::map<std::string, std::size_t, std::less<>> count;  // by kind
    std::list<std::uint64_t>::iterator used;
  };
  Names& names_of(std::uint64_t conversation);
  std::string value_text(Names& names, const Observed& observed, const PlacedValue& placed);

  wire::CodePoints numbers_;
  std::map<std::uint64_t, Names> names_;
  std::list<std::uint64_t> order_;  // the last used one in front
  std::optional<Time> start_;
};

}  // namespace karpspec::transcript
