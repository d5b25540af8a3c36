#pragma once

#include <istream>
#include <memory>
#include <optional>
#include <string>

#include "transcript/node.h"

namespace karpspec::transcript {

// A file to be read, which errors call NAME. Errors: not_found "NAME: cannot be read". For the
// room's own use.
[[nodiscard]] Result<std::unique_ptr<std::istream>> open_file(const std::string& path,
                                                              const std::string& name);

// The documents of YAML that stand in IN, one after the other. For the room's own use.
class YamlDocuments {
 public:
  // FILE is what errors call it, LINES_BEFORE how many lines of it end before IN.
  YamlDocuments(std::unique_ptr<std::istream> in, const std::string& file,
                std::size_t lines_before);
  ~YamlDocuments();
  // The next document, or nothing at the end. Errors: as parse_yaml; then there is no next one.
  [[nodiscard]] Result<std::optional<Node>> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace karpspec::transcript
