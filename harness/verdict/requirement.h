#pragma once

#include <string>
#include <vector>

namespace karpspec::verdict {

enum class Level { must, should, may, implied };

// One row of suites/requirements/*.yaml: a normative or implied requirement, in our own words.
struct Requirement {
  std::string id;        // "RKMP-4.1-02"
  std::string document;  // "RKMP", "RFC5996"
  std::string section;   // "4.1"
  Level level = Level::must;
  std::string role;        // "initiator", "responder", "both"
  std::string statement;   // without trailing full stop
  std::string tested;      // "wire", "control", "not-observable"
  std::string why;         // why it cannot be tested, where it cannot
  std::string profile;     // the profile decision that settles it, "P-07", or empty
  std::string claim = {};  // the PICS item by which a device makes this advice its own word
  std::string document_title =
      {};  // "RFC 5996, Internet Key Exchange Protocol Version 2", or empty
};

[[nodiscard]] const char* to_string(Level level);

// "RFC 5996" of "RFC5996"; others as they are.
[[nodiscard]] std::string document_name(const std::string& document);
// Where it is written: "RFC 5996 section 2.15".
[[nodiscard]] std::string clause(const Requirement& requirement);

// Whether a device fails that does otherwise, in a test that NEEDS these PICS items: it is a MUST
// or implied, or the test is only for devices that claim to do what is advised (decision 0002).
[[nodiscard]] bool binds(const Requirement& requirement, const std::vector<std::string>& needs);

}  // namespace karpspec::verdict
