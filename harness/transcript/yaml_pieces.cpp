#include "transcript/yaml_pieces.h"

#include <atomic>
#include <sstream>
#include <utility>
#include <vector>

#include "base/workers.h"

namespace karpspec::transcript {

// Of the stream, read by whoever comes to it first.
struct YamlPieces::Piece {
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

YamlPieces::YamlPieces(std::unique_ptr<std::istream> in, std::string file, Workers* workers,
                       const PieceSizes& sizes)
    : cutter_(std::move(in), sizes), file_(std::move(file)), workers_(workers) {}

// Memory does not grow with the stream: so many pieces are there at most.
void YamlPieces::cut_ahead() {
  constexpr std::size_t for_each_thread = 4;
  const std::size_t most = workers_ == nullptr ? 1 : 1 + for_each_thread * workers_->threads();
  while (ahead_.size() < most) {
    auto cut = cutter_.next();
    if (!cut)
      return;
    ahead_.push_back(std::make_shared<Piece>(*std::move(cut)));
    if (workers_ != nullptr)
      workers_->give([piece = ahead_.back(), name = file_] { piece->parse(name); });
  }
}

void YamlPieces::wait_for(Piece& piece) const {
  if (piece.read)
    return;
  if (workers_ == nullptr)
    piece.parse(file_);
  else
    workers_->wait_until([&] { return piece.read.load(); });
}

// Goes on without cuts, from the piece on in which something is refused: what is wrong, and where,
// may depend on what follows.
void YamlPieces::read_rest() {
  std::string before;
  for (const auto& piece : ahead_)
    before += piece->cut.text;
  const std::size_t lines = ahead_.empty() ? cutter_.lines() : ahead_.front()->cut.lines_before;
  rest_.emplace(cutter_.rest(std::move(before)), file_, lines);
  ahead_.clear();
}

Result<std::optional<Node>> YamlPieces::next() {
  while (!rest_) {
    cut_ahead();
    if (ahead_.empty()) {
      read_rest();
      break;
    }
    Piece& piece = *ahead_.front();
    wait_for(piece);
    if (taken_ < piece.documents.size())
      return std::move(piece.documents[taken_++]);
    if (!piece.whole) {
      read_rest();
      for (; taken_ > 0; --taken_)
        KARPSPEC_CHECK(rest_->next());
      break;
    }
    ahead_.pop_front();
    taken_ = 0;
  }
  return rest_->next();
}

}  // namespace karpspec::transcript
