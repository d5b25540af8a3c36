#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace karpspec::keyfile {

// RFC 6991's date-and-time, which is RFC 3339's: "2026-01-01T00:00:00Z", also with an offset; parts
// of a second are dropped. Nothing where TEXT is none, or its year in UTC is not from 0 to 9999.
[[nodiscard]] std::optional<Time> date_time_from(std::string_view text);
[[nodiscard]] std::string date_time_text(Time time);

}  // namespace karpspec::keyfile
