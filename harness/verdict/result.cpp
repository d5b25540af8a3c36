#include "verdict/result.h"

#include <algorithm>

#include "verdict/requirement.h"

namespace karpspec::verdict {

const char* to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::fail:
      return "fail";
    case Verdict::inconclusive:
      return "inconclusive";
    case Verdict::not_applicable:
      return "not-applicable";
    case Verdict::error:
      return "error";
  }
  return "error";
}

const char* to_string(Fault fault) {
  switch (fault) {
    case Fault::none:
      return "none";
    case Fault::device:
      return "device";
    case Fault::laboratory:
      return "laboratory";
    case Fault::test:
      return "test";
    case Fault::document:
      return "document";
  }
  return "none";
}

const char* to_string(Finding::Kind kind) {
  switch (kind) {
    case Finding::Kind::describe:
      return "describe";
    case Finding::Kind::claimed:
      return "claimed";
    case Finding::Kind::unclaimed:
      return "unclaimed";
    case Finding::Kind::expected:
      return "expected";
  }
  return "describe";
}

const char* to_string(Level level) {
  switch (level) {
    case Level::must:
      return "MUST";
    case Level::should:
      return "SHOULD";
    case Level::may:
      return "MAY";
    case Level::implied:
      return "implied";
  }
  return "implied";
}

std::string document_name(const std::string& document) {
  return document.starts_with("RFC") && document.size() > 3 && document[3] != ' '
             ? "RFC " + document.substr(3)
             : document;
}

std::string clause(const Requirement& requirement) {
  return document_name(requirement.document) + " section " + requirement.section;
}

bool binds(const Requirement& requirement, const std::vector<std::string>& needs) {
  if (requirement.level == Level::must || requirement.level == Level::implied)
    return true;
  return !requirement.claim.empty() &&
         std::find(needs.begin(), needs.end(), requirement.claim) != needs.end();
}

}  // namespace karpspec::verdict
