#pragma once

#include <string>

#include "base/result.h"
#include "keytable/rules.h"

namespace karpspec::keyfile {

// The rules in the folder SUITES/protocols: table.yaml and a file for each protocol.
// Errors: not_found; bad_value "FILE:LINE:COLUMN: ...", also where a rule or an algorithm is
// missing.
[[nodiscard]] Result<keytable::Rulebook> read_rulebook(const std::string& suites);

}  // namespace karpspec::keyfile
