#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "transcript/yaml_documents.h"

namespace karpspec::transcript {
namespace {

Node::Place place_of(const YAML::Mark& mark, std::shared_ptr<const std::string> file,
                     std::size_t lines_before) {
  return {std::move(file), lines_before + static_cast<std::size_t>(mark.line + 1),
          static_cast<std::size_t>(mark.column + 1)};
}

// Builds Nodes from yaml-cpp's events. Its own tree would lose whether a scalar was quoted.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(std::shared_ptr<const std::string> file, std::size_t lines_before = 0)
      : file_(std::move(file)), lines_before_(lines_before) {}

  void OnDocumentStart(const YAML::Mark& mark) override { start_ = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    put(Node::make(Node::Kind::null, place(mark)));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(Node::make(Node::Kind::null, place(mark)),
           "an alias (*name) is not used in these files");
    put(Node::make(Node::Kind::null, place(mark)));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    const bool quoted = tag == "!";
    // A matcher such as !3 is a tag to YAML, of an empty text.
    const bool negation = tag.size() > 1 && tag[0] == '!';
    std::string text = negation ? tag + (value.empty() ? "" : " " + value) : value;
    if (!quoted && !negation && (value == "~" || value == "null"))
      put(Node::make(Node::Kind::null, place(mark)));
    else
      put(Node::make_scalar(std::move(text), quoted, place(mark)));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::list, mark);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::map, mark);
  }
  void OnMapEnd() override { close(); }

  // Where the document begins, from HandleNextDocument() on.
  [[nodiscard]] const YAML::Mark& start() const { return start_; }
  [[nodiscard]] Result<Node> result() {
    if (error_)
      return tl::unexpected(*error_);
    return std::move(root_);
  }

 private:
  struct Level {
    Node node;
    std::optional<Node> key;
  };

  [[nodiscard]] Node::Place place(const YAML::Mark& mark) const {
    return place_of(mark, file_, lines_before_);
  }
  void refuse(const Node& node, std::string message) {
    if (!error_)
      error_ = node.error(std::move(message)).value();
  }
  void open(Node::Kind kind, const YAML::Mark& mark) {
    open_.push_back({Node::make(kind, place(mark)), std::nullopt});
  }
  void close() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    put(std::move(node));
  }
  void put(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& top = open_.back();
    if (top.node.is_list()) {
      top.node.mutable_items().push_back(std::move(node));
    } else if (!top.key) {
      if (!node.is_scalar())
        refuse(node, "a key must be a text");
      else if (top.node.find(node.text()) != nullptr)
        refuse(node, "key '" + node.text() + "' is given twice");
      top.key = std::move(node);
    } else {
      top.node.mutable_entries().emplace_back(std::move(*top.key), std::move(node));
      top.key.reset();
    }
  }

  std::shared_ptr<const std::string> file_;
  std::size_t lines_before_;
  YAML::Mark start_;
  std::vector<Level> open_;
  Node root_;
  std::optional<Error> error_;
};

// yaml-cpp's text, with the cause that is most often behind it in these files.
std::string explain(const YAML::ParserException& problem, std::string_view text) {
  std::string line;
  std::istringstream lines{std::string(text)};
  for (int i = 0; i <= problem.mark.line && std::getline(lines, line); ++i) {
  }
  std::string message = "malformed YAML: " + problem.msg;
  const auto brace = line.find('{');
  if (brace != std::string::npos && line.find('[', brace) != std::string::npos)
    message += " (inside {...} a path with brackets must stand in quotes)";
  return message;
}

}  // namespace

Result<Node> parse_yaml(std::string_view text, std::string file) {
  const auto place = [&](const YAML::Mark& mark) {
    return Node::make(Node::Kind::null,
                      place_of(mark, std::make_shared<const std::string>(file), 0));
  };
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    Builder builder(std::make_shared<const std::string>(file));
    if (!parser.HandleNextDocument(builder))
      return fail(ErrorCode::bad_value, file + ":1:1: the file is empty");
    return builder.result();
  } catch (const YAML::ParserException& problem) {
    return place(problem.mark).error(explain(problem, text));
  } catch (const YAML::Exception& problem) {
    return place(problem.mark).error("malformed YAML: " + problem.msg);
  }
}

struct YamlDocuments::State {
  std::unique_ptr<std::istream> in;
  std::shared_ptr<const std::string> file;
  std::size_t lines_before;
  std::unique_ptr<YAML::Parser> parser;  // made with the first document: it reads at once
  std::optional<int> start;              // of the document before, in octets
  bool ended = false;
};

YamlDocuments::YamlDocuments(std::unique_ptr<std::istream> in, const std::string& file,
                             std::size_t lines_before)
    : state_(std::make_unique<State>(State{
          std::move(in), std::make_shared<const std::string>(file), lines_before, {}, {}, false})) {
}
YamlDocuments::~YamlDocuments() = default;

Result<std::optional<Node>> YamlDocuments::next() {
  if (state_->ended)
    return std::nullopt;
  const auto refused = [&](const YAML::Mark& mark, const std::string& message) {
    state_->ended = true;
    return Node::make(Node::Kind::null, place_of(mark, state_->file, state_->lines_before))
        .error("malformed YAML: " + message);
  };
  try {
    if (!state_->parser)
      state_->parser = std::make_unique<YAML::Parser>(*state_->in);
    Builder builder(state_->file, state_->lines_before);
    if (!state_->parser->HandleNextDocument(builder)) {
      state_->ended = true;
      return std::nullopt;
    }
    // What begins nothing, as a ',' outside of brackets, yaml-cpp takes for an empty document and
    // does not pass: that would be given without end.
    if (state_->start == builder.start().pos)
      return refused(builder.start(), "no document begins with this");
    state_->start = builder.start().pos;
    auto node = builder.result();
    if (!node) {
      state_->ended = true;
      return tl::unexpected(node.error());
    }
    return *std::move(node);
  } catch (const YAML::ParserException& problem) {
    return refused(problem.mark, problem.msg);
  } catch (const YAML::Exception& problem) {
    return refused(problem.mark, problem.msg);
  }
}

Result<std::unique_ptr<std::istream>> open_file(const std::string& path, const std::string& name) {
  // To read a directory as a file throws.
  if (std::error_code error; std::filesystem::is_directory(path, error))
    return fail(ErrorCode::not_found, name + ": cannot be read: it is a directory");
  auto in = std::make_unique<std::ifstream>(path, std::ios::binary);
  if (!in->is_open())
    return fail(ErrorCode::not_found, name + ": cannot be read: " + std::strerror(errno));
  return in;
}

Result<Node> read_yaml(const std::string& path, std::string name) {
  if (name.empty())
    name = path;
  KARPSPEC_TRY(in, open_file(path, name));
  const std::string text{std::istreambuf_iterator<char>(*in), {}};
  if (in->bad())
    return fail(ErrorCode::not_found, name + ": cannot be read");
  return parse_yaml(text, name);
}

}  // namespace karpspec::transcript
