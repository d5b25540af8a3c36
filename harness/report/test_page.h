#pragma once

#include <string>
#include <vector>

#include "report/page.h"
#include "report/run_results.h"

// What the pages that show tests have in common. For the room's own use.
namespace karpspec::report {

// "rkmp/3.3" of "rkmp/3.3/responder/rekey-key": document and section.
[[nodiscard]] std::string suite_of(const std::string& test);

// Gives SHOWN, a page or an item, the partial template `failure_table`, which shows what
// failure_data makes.
void set_failure_table(data& shown);
[[nodiscard]] data failure_data(const verdict::Failure& failure,
                                const std::vector<verdict::Requirement>& catalogue);

}  // namespace karpspec::report
