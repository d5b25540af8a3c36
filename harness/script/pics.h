#pragma once

#include <map>
#include <string>
#include <vector>

#include "script/suite.h"

namespace karpspec::script {

// The PICS items that there are, with what each says: the table in SUITES/scenario-guide.md, where
// people look them up; a second list would grow apart from it. Empty where there is no guide.
[[nodiscard]] std::map<std::string, std::string> read_pics(const std::string& suites);

// What is claimed, an item each, in alphabetical order: "role initiator", "cookies".
[[nodiscard]] std::vector<std::string> claimed_items(const Claims& claims);

// What the PICS of the DUT file FILE claims and the DEVICE itself does not, and the other way
// round, a sentence each. That a device can be controlled goes without saying.
[[nodiscard]] std::vector<std::string> pics_differences(const Claims& file, const Claims& device);

}  // namespace karpspec::script
