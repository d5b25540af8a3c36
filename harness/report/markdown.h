#pragma once

#include <string>
#include <string_view>
#include <vector>

// Pieces of Markdown (tables are GitHub's and GitLab's). For the room's own use.
namespace karpspec::report {

// A summary page of a CI system is looked at, not searched: the report has the rest.
inline constexpr std::size_t most_markdown_rows = 60;
inline constexpr std::size_t most_markdown_text = 300;

// TEXT as plain words in a cell of a table: one line of at most MOST octets, nothing in it is
// markup.
[[nodiscard]] std::string plain_markdown(std::string_view text,
                                         std::size_t most = most_markdown_text);
// The name of a test as code.
[[nodiscard]] std::string code_markdown(const std::string& name);
// A row of a table, and its first two.
[[nodiscard]] std::string markdown_row(const std::vector<std::string>& cells);
[[nodiscard]] std::string markdown_head(const std::vector<std::string>& cells);

}  // namespace karpspec::report
