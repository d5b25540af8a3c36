#include "transcript/node.h"

#include <algorithm>
#include <charconv>

#include "transcript/number.h"

namespace karpspec::transcript {

const char* Node::kind_name() const {
  switch (kind_) {
    case Kind::null:
      return "nothing";
    case Kind::scalar:
      return "a text";
    case Kind::list:
      return "a list";
    case Kind::map:
      return "a map";
  }
  return "?";
}

const Node* Node::find(std::string_view key) const {
  for (const auto& [name, value] : entries_)
    if (name.text_ == key)
      return &value;
  return nullptr;
}

const std::string& Node::file() const {
  static const std::string none;
  return file_ ? *file_ : none;
}

std::string Node::where() const {
  if (!file_)
    return {};
  return *file_ + ":" + std::to_string(line_) + ":" + std::to_string(column_);
}

tl::unexpected<Error> Node::error(std::string message, std::size_t into) const {
  message = karpspec::one_line(std::move(message));
  if (!file_)
    return fail(ErrorCode::bad_value, std::move(message));
  // A quoted text begins behind its quotation mark.
  const std::size_t column = column_ + (into == 0 ? 0 : into + (quoted_ ? 1 : 0));
  return fail(ErrorCode::bad_value, *file_ + ":" + std::to_string(line_) + ":" +
                                        std::to_string(column) + ": " + std::move(message));
}

Result<std::int64_t> Node::integer() const {
  if (is_scalar() && !quoted_) {
    const bool negative = text_.starts_with("-");
    if (const auto number = read_number(std::string_view(text_).substr(negative ? 1 : 0));
        number && *number <= static_cast<std::uint64_t>(INT64_MAX))
      return negative ? -static_cast<std::int64_t>(*number) : static_cast<std::int64_t>(*number);
    return error("'" + text_ + "' is no integer, expected a number such as 12 or 0x0c");
  }
  return error(std::string(is_scalar() ? "a quoted text" : kind_name()) +
               " where an integer is expected");
}

Result<bool> Node::boolean() const {
  if (is_scalar() && !quoted_) {
    if (text_ == "true")
      return true;
    if (text_ == "false")
      return false;
  }
  return error((is_scalar() ? "'" + text_ + "'" : std::string(kind_name())) +
               " where true or false is expected");
}

Result<std::string> Node::scalar(std::string_view what) const {
  if (is_scalar())
    return text_;
  return error(std::string(kind_name()) + " where " + std::string(what) + " is expected, a text");
}

Result<std::vector<std::string>> Node::texts(std::string_view what) const {
  if (is_scalar())
    return std::vector<std::string>{text_};
  if (!is_list())
    return error(std::string(kind_name()) + " where " + std::string(what) +
                 " is expected, a list of texts");
  std::vector<std::string> out;
  for (const Node& item : items_) {
    KARPSPEC_TRY(text, item.scalar(what));
    out.push_back(std::move(text));
  }
  return out;
}

Result<void> Node::check_keys(std::initializer_list<std::string_view> allowed,
                              std::string_view what) const {
  if (!is_map())
    return error(std::string(kind_name()) + " where " + std::string(what) +
                 " is expected, a map of keys and values");
  for (const auto& [key, value] : entries_) {
    if (std::find(allowed.begin(), allowed.end(), key.text_) != allowed.end())
      continue;
    return key.error("unknown key '" + key.text_ + "' in " + std::string(what) +
                     suggestion(key.text_, {allowed.begin(), allowed.end()}));
  }
  return {};
}

Node Node::make_scalar(std::string text, bool quoted, Place place) {
  Node node = make(Kind::scalar, std::move(place));
  node.text_ = std::move(text);
  node.quoted_ = quoted;
  return node;
}

Node Node::make(Kind kind, Place place) {
  Node node;
  node.kind_ = kind;
  node.file_ = std::move(place.file);
  node.line_ = place.line;
  node.column_ = place.column;
  return node;
}

namespace {

// Letters to insert, leave out, change or swap with a neighbour; without regard to case.
std::size_t distance(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1]))
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = word.size() / 3 + 1;
  for (const std::string& candidate : candidates) {
    // No fewer letters than these differ: what somebody has written may be of any length.
    const std::size_t one = word.size(), other = candidate.size();
    if (std::max(one, other) - std::min(one, other) > best_distance)
      continue;
    const std::size_t d = distance(word, candidate);
    if (d > best_distance || (d == best_distance && !best.empty()))
      continue;
    // Nothing in common is no likeness, however short the words are.
    if (d >= std::max(word.size(), candidate.size()))
      continue;
    best = candidate;
    best_distance = d;
  }
  return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& candidates) {
  if (const std::string near = nearest(word, candidates); !near.empty())
    return "; did you mean '" + near + "'?";
  std::string all;
  for (const std::string& candidate : candidates)
    all += (all.empty() ? "" : ", ") + candidate;
  if (all.empty())
    return {};
  constexpr std::size_t longest = 300;
  if (all.size() > longest)
    all = all.substr(0, all.rfind(',', longest)) + ", ...";
  return ", expected one of: " + all;
}

}  // namespace karpspec::transcript
