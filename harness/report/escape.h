#pragma once

#include <string>
#include <string_view>

namespace karpspec::report {

// TEXT for XML and HTML, as text or inside quotes. What XML 1.0 cannot hold (control characters
// other than tab and line ends, octets that are no UTF-8) becomes U+FFFD.
[[nodiscard]] std::string escape_markup(std::string_view text);
// PATH as a relative reference of RFC 3986: what is no unreserved character nor '/' is
// percent-encoded, so that nothing in a file's name begins a scheme, a query or a fragment.
[[nodiscard]] std::string as_uri(std::string_view path);

}  // namespace karpspec::report
