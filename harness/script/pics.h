#pragma once

#include <map>
#include <string>
#include <vector>

#include "script/suite.h"

namespace karpspec::script {

// The PICS items that there are, with what each says: the table in SUITES/scenario-guide.md, where
// people look them up; a second list would grow apart from it. Empty where there is no guide.
[[nodiscard]] std::map<std::string, std::string> read_pics(const std::string& suites);

// An item as a vendor is asked about it.
struct PicsQuestion {
  std::string item;      // "role initiator", "cookies"
  std::string question;  // as the guide has it: what the device claims by it
  std::vector<std::string> requirements =
      {};                 // that it governs: of the tests that need it, or need it
                          // not to be claimed, and the advice that it binds to
  std::size_t tests = 0;  // that need it
};
// All of them: the roles, then the others as the guide lists them.
[[nodiscard]] std::vector<PicsQuestion> pics_questions(const Suite& suite);
// A questionnaire in YAML (suites/schema/pics.schema.json) with a question for each of ITEMS and no
// answer, which a DUT file names by `pics: FILE` once it is filled in. MADE_BY is a comment.
[[nodiscard]] std::string questionnaire(const std::vector<PicsQuestion>& items,
                                        const std::string& made_by);

// What is claimed, an item each, in alphabetical order: "role initiator", "cookies".
[[nodiscard]] std::vector<std::string> claimed_items(const Claims& claims);

// What the PICS of the DUT file FILE claims and the DEVICE itself does not, and the other way
// round, a sentence each. That a device can be controlled goes without saying.
[[nodiscard]] std::vector<std::string> pics_differences(const Claims& file, const Claims& device);

}  // namespace karpspec::script
