#pragma once

#include <string>
#include <string_view>

namespace karpspec::report {

// TEXT for XML and HTML, as text or inside quotes. What XML 1.0 cannot hold (control characters
// other than tab and line ends, octets that are no UTF-8) becomes U+FFFD.
[[nodiscard]] std::string escape_markup(std::string_view text);

}  // namespace karpspec::report
