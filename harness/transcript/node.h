#pragma once

#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace karpspec {
class Workers;
}

namespace karpspec::transcript {

// Data of a YAML file with the place of every part, so that whoever refuses a part can name file,
// line and column.
class Node {
 public:
  enum class Kind { null, scalar, list, map };
  using Entry = std::pair<Node, Node>;

  Node() = default;
  // A plain scalar that stands in no file, for programs that build one.
  explicit Node(std::string text) : kind_(Kind::scalar), text_(std::move(text)) {}

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] bool is_null() const { return kind_ == Kind::null; }
  [[nodiscard]] bool is_scalar() const { return kind_ == Kind::scalar; }
  [[nodiscard]] bool is_list() const { return kind_ == Kind::list; }
  [[nodiscard]] bool is_map() const { return kind_ == Kind::map; }
  // "a map", "a list", "a text", "nothing".
  [[nodiscard]] const char* kind_name() const;

  [[nodiscard]] const std::string& text() const { return text_; }
  // Written in quotes or as a block, so that it is text even when it looks like a number.
  [[nodiscard]] bool quoted() const { return quoted_; }
  [[nodiscard]] const std::vector<Node>& items() const { return items_; }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  // The value of KEY in a map, or nullptr.
  [[nodiscard]] const Node* find(std::string_view key) const;

  // Counted from 1; 0 where the node stands in no file.
  [[nodiscard]] std::size_t line() const { return line_; }
  [[nodiscard]] std::size_t column() const { return column_; }
  [[nodiscard]] const std::string& file() const;
  // "suites/x.yaml:3:7", or "" where the node stands in no file.
  [[nodiscard]] std::string where() const;
  // bad_value "FILE:LINE:COLUMN: MESSAGE". INTO counts characters inside a scalar's text.
  [[nodiscard]] tl::unexpected<Error> error(std::string message, std::size_t into = 0) const;

  // The scalar as an integer, decimal or 0x.
  [[nodiscard]] Result<std::int64_t> integer() const;
  // true or false.
  [[nodiscard]] Result<bool> boolean() const;
  // Any scalar's text. WHAT names it in the error: "expected WHAT, a text".
  [[nodiscard]] Result<std::string> scalar(std::string_view what) const;
  // A list of texts, or one text alone.
  [[nodiscard]] Result<std::vector<std::string>> texts(std::string_view what) const;
  // Refuses keys of a map that are not in ALLOWED, naming the nearest one that is; refuses what is
  // no map at all.
  [[nodiscard]] Result<void> check_keys(std::initializer_list<std::string_view> allowed,
                                        std::string_view what) const;

  // Building, for the reader of YAML.
  struct Place {
    std::shared_ptr<const std::string> file;
    std::size_t line = 0;
    std::size_t column = 0;
  };
  [[nodiscard]] static Node make_scalar(std::string text, bool quoted, Place place);
  [[nodiscard]] static Node make(Kind kind, Place place);
  std::vector<Node>& mutable_items() { return items_; }
  std::vector<Entry>& mutable_entries() { return entries_; }

 private:
  Kind kind_ = Kind::null;
  bool quoted_ = false;
  std::string text_;
  std::vector<Node> items_;
  std::vector<Entry> entries_;
  std::shared_ptr<const std::string> file_;
  std::size_t line_ = 0;
  std::size_t column_ = 0;
};

// Reads one YAML document. FILE is what errors call it. A tag such as `!3` becomes the text "!3".
// Errors: bad_value "FILE:LINE:COLUMN: ..." for malformed YAML, a key given twice, aliases.
[[nodiscard]] Result<Node> parse_yaml(std::string_view text, std::string file);
// The same from a file. NAME is what errors call it; the path itself when empty.
// Errors: not_found "NAME: cannot be read".
[[nodiscard]] Result<Node> read_yaml(const std::string& path, std::string name = {});

// The documents of a YAML stream, one after the other; memory does not grow with their number.
class YamlStream {
 public:
  // FILE is what errors call it. WORKERS, which outlive this object, read ahead; with others or
  // none the documents and errors are the same.
  YamlStream(std::unique_ptr<std::istream> in, std::string file, Workers* workers = nullptr);
  // The documents of a file. Errors: not_found "PATH: cannot be read".
  [[nodiscard]] static Result<YamlStream> open(const std::string& path, Workers* workers = nullptr);
  YamlStream(YamlStream&&) noexcept;
  YamlStream& operator=(YamlStream&&) noexcept;
  ~YamlStream();
  // The next document, or nothing at the end. Errors: as parse_yaml; then there is no next one.
  [[nodiscard]] Result<std::optional<Node>> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The one of CANDIDATES that is most like WORD, or "" when none is near.
[[nodiscard]] std::string nearest(std::string_view word,
                                  const std::vector<std::string>& candidates);
// ", expected X" or "; did you mean X?" for an unknown WORD: the nearest candidate, else all.
[[nodiscard]] std::string suggestion(std::string_view word,
                                     const std::vector<std::string>& candidates);

}  // namespace karpspec::transcript
