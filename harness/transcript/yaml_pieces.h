#pragma once

#include <cstddef>
#include <deque>
#include <istream>
#include <memory>
#include <optional>
#include <string>

#include "transcript/document_cutter.h"
#include "transcript/yaml_documents.h"

namespace karpspec {
class Workers;
}

namespace karpspec::transcript {

// A stream of YAML documents that is read in pieces, ahead of who takes them. Where all of it is
// well-formed, the sizes of the pieces cannot be told from what it gives. For the room's own use.
class YamlPieces {
 public:
  // As YamlStream.
  YamlPieces(std::unique_ptr<std::istream> in, std::string file, Workers* workers,
             const PieceSizes& sizes = {});
  [[nodiscard]] Result<std::optional<Node>> next();

 private:
  struct Piece;

  void cut_ahead();
  void wait_for(Piece& piece) const;
  void read_rest();

  DocumentCutter cutter_;
  std::string file_;
  Workers* workers_;
  std::deque<std::shared_ptr<Piece>> ahead_;
  std::size_t taken_ = 0;              // documents of the first of them
  std::optional<YamlDocuments> rest_;  // of what is read without cuts
};

}  // namespace karpspec::transcript
