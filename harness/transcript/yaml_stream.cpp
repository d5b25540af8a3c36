#include <utility>

#include "transcript/node.h"
#include "transcript/yaml_pieces.h"

namespace karpspec::transcript {

struct YamlStream::State {
  YamlPieces pieces;
};

YamlStream::YamlStream(std::unique_ptr<std::istream> in, std::string file, Workers* workers)
    : state_(new State{YamlPieces(std::move(in), std::move(file), workers)}) {}
YamlStream::YamlStream(YamlStream&&) noexcept = default;
YamlStream& YamlStream::operator=(YamlStream&&) noexcept = default;
YamlStream::~YamlStream() = default;

Result<YamlStream> YamlStream::open(const std::string& path, Workers* workers) {
  KARPSPEC_TRY(in, open_file(path, path));
  return YamlStream(std::move(in), path, workers);
}

Result<std::optional<Node>> YamlStream::next() {
  return state_->pieces.next();
}

}  // namespace karpspec::transcript
