#pragma once

#include <optional>
#include <string>

#include "report/run_results.h"

namespace karpspec::report {

[[nodiscard]] Json to_json(const verdict::DeviceUse& use);
// The member `device_use` of JSON, where it is there. Throws what the library throws.
[[nodiscard]] std::optional<verdict::DeviceUse> device_use_in(const Json& json);
// What two parts of a run took together: the most memory, the sums of the rest. Where one of them
// does not say, the other's; nothing where neither does.
[[nodiscard]] std::optional<verdict::DeviceUse> joined(
    const std::optional<verdict::DeviceUse>& one, const std::optional<verdict::DeviceUse>& other);
// "at most 12.3 MiB of memory, 0.42 s of processor time; started 5 times, died once, at its memory
// limit once"; "" for nothing.
[[nodiscard]] std::string to_text(const std::optional<verdict::DeviceUse>& use);

}  // namespace karpspec::report
