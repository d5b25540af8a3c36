#pragma once

#include <cstddef>
#include <istream>
#include <memory>
#include <optional>
#include <string>

namespace karpspec::transcript {

// Octets.
struct PieceSizes {
  std::size_t block = 16384;        // of a piece, if its documents are smaller
  std::size_t most_held = 1 << 20;  // until a piece has an end
};

// Cuts a stream of YAML documents into pieces, each of which can be read before those in front of
// it are, and, if a '---' follows, means the same as where it stands. A cut is made before a line
// that begins with '---'. There is none where that is not certain: from a line that begins with a
// directive (YAML 1.2 section 6.8) on, which is of what follows too; nor where the encoding is not
// UTF-8, or a piece is very large.
class DocumentCutter {
 public:
  DocumentCutter(std::unique_ptr<std::istream> in, const PieceSizes& sizes);
  DocumentCutter(DocumentCutter&&) = default;
  DocumentCutter& operator=(DocumentCutter&&) = default;

  struct Piece {
    std::string text;
    std::size_t lines_before = 0;  // lines of the stream that end before it
    bool last = false;             // nothing follows; otherwise a line that begins with '---' does
  };
  // Some documents, whole ones; nothing where no further piece is cut.
  [[nodiscard]] std::optional<Piece> next();
  // What stands in no piece, with BEFORE in front of it. There are no pieces after this.
  [[nodiscard]] std::unique_ptr<std::istream> rest(std::string before);
  // Lines that end before what stands in no piece.
  [[nodiscard]] std::size_t lines() const { return lines_; }

 private:
  [[nodiscard]] bool may_be_cut() const;

  std::unique_ptr<std::istream> in_;
  PieceSizes sizes_;
  std::string held_;  // was read and is in no piece
  std::size_t lines_ = 0;
  bool began_ = false;
  bool cuts_ = true;
};

}  // namespace karpspec::transcript
