#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <vector>

#include "keyfile/events.h"

namespace karpspec::keyfile {
namespace {

// yaml-cpp can only be stopped by throwing; this never leaves read_yaml_events.
struct Stop {};

class YamlHandler final : public YAML::EventHandler {
 public:
  YamlHandler(const std::string& file, Events& events) : file_(file), events_(events) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (begun_)
      refuse(mark, "the file holds more than one document");
    begun_ = true;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    if (is_key())
      refuse(mark, "a key must be a text");
    after_value(events_.null(place(mark)));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "an alias (*name) is not used in these files");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    if (!is_utf8(value))
      refuse(mark, "a text that is not UTF-8");
    if (value.size() > most_text)
      refuse(mark, "a text of more than 65536 octets");
    if (is_key()) {
      levels_.back().key = false;
      proceed(events_.key(value, place(mark)));
    } else if (tag != "!" && (value == "~" || value == "null")) {
      after_value(events_.null(place(mark)));
    } else {
      after_value(events_.scalar(value, tag == "!", place(mark)));
    }
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(mark, false);
    proceed(events_.begin_list(place(mark)));
  }
  void OnSequenceEnd() override {
    levels_.pop_back();
    after_value(events_.end_list());
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(mark, true);
    proceed(events_.begin_map(place(mark)));
  }
  void OnMapEnd() override {
    levels_.pop_back();
    after_value(events_.end_map());
  }

  [[nodiscard]] const Error& error() const { return error_; }

 private:
  struct Level {
    bool map = false;
    bool key = false;  // what comes next is a key
  };

  static Place place(const YAML::Mark& mark) {
    return {static_cast<std::size_t>(mark.line + 1), static_cast<std::size_t>(mark.column + 1)};
  }
  [[nodiscard]] bool is_key() const { return !levels_.empty() && levels_.back().key; }
  [[noreturn]] void refuse(const YAML::Mark& mark, const char* message) {
    error_ = error_at(file_, place(mark), message);
    throw Stop{};
  }
  void open(const YAML::Mark& mark, bool map) {
    if (is_key())
      refuse(mark, "a key must be a text");
    if (levels_.size() >= most_depth)
      refuse(mark, "nested more than 16 deep");
    levels_.push_back({map, map});
  }
  void proceed(bool good) {
    if (good)
      return;
    error_ = *events_.error();
    throw Stop{};
  }
  void after_value(bool good) {
    proceed(good);
    if (!levels_.empty() && levels_.back().map)
      levels_.back().key = true;
  }

  const std::string& file_;
  Events& events_;
  std::vector<Level> levels_;
  bool begun_ = false;
  Error error_;
};

}  // namespace

Result<void> read_yaml_events(std::istream& in, const std::string& file, Events& events) {
  YamlHandler handler(file, events);
  const auto malformed = [&](const YAML::Exception& problem) {
    // A mark that is nowhere is at the beginning.
    const auto count = [](int value) { return static_cast<std::size_t>(std::max(value, 0) + 1); };
    return tl::unexpected(error_at(file, {count(problem.mark.line), count(problem.mark.column)},
                                   "malformed YAML: " + problem.msg));
  };
  try {
    YAML::Parser parser(in);
    if (!parser.HandleNextDocument(handler))
      return tl::unexpected(error_at(file, {1, 1}, "the file is empty"));
    (void)parser.HandleNextDocument(handler);
  } catch (const Stop&) {
    return tl::unexpected(handler.error());
  } catch (const YAML::Exception& problem) {
    return malformed(problem);
  }
  return {};
}

}  // namespace karpspec::keyfile
