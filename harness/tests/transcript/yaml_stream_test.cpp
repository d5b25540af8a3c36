#include <gmock/gmock.h>

#include <sstream>

#include "transcript/node.h"

namespace karpspec::transcript {
namespace {

// What refuses TEXT, and how many documents it gives until then: fewer than it has octets.
std::string refusal(const std::string& text) {
  YamlStream stream(std::make_unique<std::istringstream>(text), "f");
  for (std::size_t documents = 0; documents <= text.size(); ++documents) {
    const auto document = stream.next();
    if (!document)
      return std::to_string(documents) + " " + document.error().message;
    if (!*document)
      return "nothing";
  }
  return "documents without end";
}

TEST(YamlStream, RefusesWhatNoDocumentBeginsWith) {
  EXPECT_EQ(refusal(", a\n"), "1 f:1:1: malformed YAML: no document begins with this");
  EXPECT_EQ(refusal("---\na: 1\n--- !3 ,\n"),
            "3 f:3:8: malformed YAML: no document begins with this");
  EXPECT_EQ(refusal("---\n---\n---\n~\n---\n[] []\n"), "nothing");
}

}  // namespace
}  // namespace karpspec::transcript
