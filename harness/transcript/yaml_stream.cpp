#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/workers.h"
#include "transcript/document_cutter.h"
#include "transcript/node.h"
#include "transcript/yaml_documents.h"

namespace karpspec::transcript {
namespace {

// Of the stream, read by whoever comes to it first.
struct Piece {
  DocumentCutter::Piece cut;
  std::vector<Node> documents;
  bool whole = false;  // nothing in it was refused
  std::atomic<bool> read{false};

  explicit Piece(DocumentCutter::Piece of) : cut(std::move(of)) {}
  void parse(const std::string& file) {
    // yaml-cpp takes the end of its input for the end of a quoted text, but no other document: so
    // one follows here too.
    auto in = std::make_unique<std::istringstream>(cut.text + (cut.last ? "" : "---\n"));
    // With a name of their own: all nodes count who holds it, which threads do at each other's
    // expense.
    YamlDocuments reader(std::move(in), file, cut.lines_before);
    for (;;) {
      auto document = reader.next();
      if (!document)
        break;
      whole = !*document;
      if (whole)
        break;
      documents.push_back(**std::move(document));
    }
    if (whole && !cut.last)
      documents.pop_back();
    read = true;
  }
};

}  // namespace

struct YamlStream::State {
  State(std::unique_ptr<std::istream> in, std::string name, Workers* others)
      : cutter(std::move(in)), file(std::move(name)), workers(others) {}

  DocumentCutter cutter;
  std::string file;
  Workers* workers;
  std::deque<std::shared_ptr<Piece>> ahead;
  std::size_t taken = 0;  // documents of the first of them
  std::optional<YamlDocuments> rest;

  void cut_ahead();
  void wait_for(Piece& piece) const;
  void read_rest();
};

// Memory does not grow with the stream: so many pieces are there at most.
void YamlStream::State::cut_ahead() {
  constexpr std::size_t for_each_thread = 4;
  const std::size_t most = workers == nullptr ? 1 : 1 + for_each_thread * workers->threads();
  while (ahead.size() < most) {
    auto cut = cutter.next();
    if (!cut)
      return;
    ahead.push_back(std::make_shared<Piece>(*std::move(cut)));
    if (workers != nullptr)
      workers->give([piece = ahead.back(), name = file] { piece->parse(name); });
  }
}

void YamlStream::State::wait_for(Piece& piece) const {
  if (piece.read)
    return;
  if (workers == nullptr)
    piece.parse(file);
  else
    workers->wait_until([&] { return piece.read.load(); });
}

// Goes on without cuts, from the piece on in which something is refused: what is wrong, and where,
// may depend on what follows.
void YamlStream::State::read_rest() {
  std::string before;
  for (const auto& piece : ahead)
    before += piece->cut.text;
  const std::size_t lines = ahead.empty() ? cutter.lines() : ahead.front()->cut.lines_before;
  rest.emplace(cutter.rest(std::move(before)), file, lines);
  ahead.clear();
}

YamlStream::YamlStream(std::unique_ptr<std::istream> in, std::string file, Workers* workers)
    : state_(std::make_unique<State>(std::move(in), std::move(file), workers)) {}
YamlStream::YamlStream(YamlStream&&) noexcept = default;
YamlStream& YamlStream::operator=(YamlStream&&) noexcept = default;
YamlStream::~YamlStream() = default;

Result<YamlStream> YamlStream::open(const std::string& path, Workers* workers) {
  if (std::error_code error; std::filesystem::is_directory(path, error))
    return fail(ErrorCode::not_found, path + ": cannot be read: it is a directory");
  auto in = std::make_unique<std::ifstream>(path, std::ios::binary);
  if (!in->is_open())
    return fail(ErrorCode::not_found, path + ": cannot be read: " + std::strerror(errno));
  return YamlStream(std::move(in), path, workers);
}

Result<std::optional<Node>> YamlStream::next() {
  State& state = *state_;
  while (!state.rest) {
    state.cut_ahead();
    if (state.ahead.empty()) {
      state.read_rest();
      break;
    }
    Piece& piece = *state.ahead.front();
    state.wait_for(piece);
    if (state.taken < piece.documents.size())
      return std::move(piece.documents[state.taken++]);
    if (!piece.whole) {
      state.read_rest();
      for (; state.taken > 0; --state.taken)
        KARPSPEC_CHECK(state.rest->next());
      break;
    }
    state.ahead.pop_front();
    state.taken = 0;
  }
  return state.rest->next();
}

}  // namespace karpspec::transcript
