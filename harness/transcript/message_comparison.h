#pragma once

#include <map>
#include <string>
#include <vector>

#include "transcript/finding.h"
#include "transcript/transcript_file.h"

namespace karpspec::transcript {

// What the names of a transcript stand for in one conversation of a capture.
class Bindings {
 public:
  // Whether VALUE is what NAME stands for; a name that stands for nothing yet stands for it from
  // now on.
  bool fits(const std::string& name, const Value& value);
  // The same for texts: addresses.
  bool fits(const std::string& name, const std::string& text);
  [[nodiscard]] const Value* find(const std::string& name) const;
  [[nodiscard]] std::string text(const std::string& name) const;

 private:
  std::map<std::string, Value> values_;
  std::map<std::string, std::string> texts_;
};

struct ComparisonRules {
  bool all_fields = true;  // as TranscriptHead has it
  wire::CodePoints numbers;
};

// Holds OBSERVED against EXPECTED: every difference of the two. Findings have no message and
// frame yet. Cost: fields of both, each looked up in the other.
[[nodiscard]] std::vector<Finding> compare_messages(const ExpectedMessage& expected,
                                                    const Observed& observed, Bindings& bindings,
                                                    const ComparisonRules& rules);

}  // namespace karpspec::transcript
