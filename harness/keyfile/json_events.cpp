#include <algorithm>
#include <cstring>
#include <iterator>
#include <nlohmann/json.hpp>
#include <vector>

#include "keyfile/events.h"

namespace karpspec::keyfile {
namespace {

// Where in the text the reader is. The library says where a token ends at best; this remembers
// where the last one began.
struct Position {
  Place now{1, 0};
  Place token{1, 1};
  bool in_text = false;
  bool escaped = false;
  bool in_word = false;

  void step(char c) {
    if (c == '\n')
      now = {now.line + 1, 0};
    else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80)
      ++now.column;
    if (in_text) {
      if (!escaped && c == '"')
        in_text = false;
      escaped = !escaped && c == '\\';
      return;
    }
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    const bool mark = c == ',' || c == ':' || c == '{' || c == '}' || c == '[' || c == ']';
    if (c == '"') {
      in_text = true;
      escaped = in_word = false;
      token = now;
    } else if (blank || c == ',' || c == ':') {
      in_word = false;
    } else if (mark || !in_word) {
      in_word = !mark;
      token = now;
    }
  }
};

// The characters of a stream, each counted as it is read.
class Counting {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  Counting() = default;
  Counting(std::streambuf* from, Position* position) : from_(from), position_(position) { get(); }
  char operator*() const { return static_cast<char>(current_); }
  Counting& operator++() {
    position_->step(static_cast<char>(current_));
    get();
    return *this;
  }
  bool operator==(const Counting& other) const { return at_end() == other.at_end(); }
  bool operator!=(const Counting& other) const { return !(*this == other); }

 private:
  [[nodiscard]] bool at_end() const {
    return from_ == nullptr || current_ == std::char_traits<char>::eof();
  }
  void get() { current_ = from_->sbumpc(); }

  std::streambuf* from_ = nullptr;
  Position* position_ = nullptr;
  int current_ = 0;
};

class JsonHandler final : public nlohmann::json_sax<nlohmann::json> {
 public:
  JsonHandler(const std::string& file, Events& events, const Position& position)
      : file_(file), events_(events), position_(position) {}

  bool null() override { return events_.null(position_.token); }
  bool boolean(bool value) override { return word(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return word(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return word(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { return word(text); }
  bool string(string_t& text) override {
    const bool good = short_enough(text) && events_.scalar(text, true, position_.token);
    // It may be a key, and the library's buffer lives on.
    explicit_bzero(text.data(), text.size());
    return good;
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return deeper() && events_.begin_map(position_.token); }
  bool end_object() override {
    --depth_;
    return events_.end_map();
  }
  bool start_array(std::size_t) override { return deeper() && events_.begin_list(position_.token); }
  bool end_array() override {
    --depth_;
    return events_.end_list();
  }
  bool key(string_t& text) override {
    return short_enough(text) && events_.key(text, position_.token);
  }
  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::json::exception& problem) override {
    // The library's own place and number stand before what it says.
    std::string what = problem.what();
    if (const auto at = what.find("syntax error"); at != std::string::npos)
      what.erase(0, at);
    else if (const auto bracket = what.find("] "); bracket != std::string::npos)
      what.erase(0, bracket + 2);
    // It quotes what it read last, which may be a key.
    what.erase(std::min(what.find("; last read:"), what.size()));
    return refuse("malformed JSON: " + what);
  }

  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  bool refuse(std::string message) {
    error_ = error_at(file_, position_.token, message);
    return false;
  }
  bool word(const std::string& text) { return events_.scalar(text, false, position_.token); }
  bool deeper() { return ++depth_ <= most_depth || refuse("nested more than 16 deep"); }
  bool short_enough(const std::string& text) {
    return text.size() <= most_text || refuse("a text of more than 65536 octets");
  }

  const std::string& file_;
  Events& events_;
  const Position& position_;
  std::size_t depth_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Result<void> read_json_events(std::istream& in, const std::string& file, Events& events) {
  Position position;
  JsonHandler handler(file, events, position);
  const bool good =
      nlohmann::json::sax_parse(Counting(in.rdbuf(), &position), Counting(), &handler);
  if (good)
    return {};
  if (handler.error())
    return tl::unexpected(*handler.error());
  if (events.error())
    return tl::unexpected(*events.error());
  return tl::unexpected(error_at(file, position.token, "malformed JSON"));
}

}  // namespace karpspec::keyfile
