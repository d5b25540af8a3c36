#pragma once

#include <string>
#include <vector>

namespace karpspec::report {

// What the published schema reports/schema/NAME says against the JSON in TEXT.
std::vector<std::string> schema_errors(const std::string& text,
                                       const std::string& name = "results.schema.json");

}  // namespace karpspec::report
