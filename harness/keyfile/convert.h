#pragma once

#include <optional>
#include <ostream>

#include "keyfile/reader.h"

namespace karpspec::keyfile {

struct ConvertOptions {
  std::optional<FileForm> to;  // nothing: the form that IN does not have
  bool json = false;           // a table as JSON instead of YAML; key chains are always JSON
  bool plain = false;          // key chains without members that RFC 8177 does not have
};

struct Converted {
  std::uint64_t rows = 0;  // written
  // Rows that could not be written: key chains that are PLAIN cannot say that a key is for one
  // direction or disabled, nor name algorithms without identity.
  std::uint64_t left_out = 0;
  std::vector<std::string> lost;  // what was written cannot say, a sentence each
};

// Writes what IN holds to OUT in the other form. IN is read twice, so that nothing is written of
// what cannot be read; rows wait in memory until they are in the order of their key chains. What is
// written has keys in it. Errors: those of read_table; bad_value for a row in which a field is
// missing or cannot be read; io.
[[nodiscard]] Result<Converted> convert_table(std::istream& in, const std::string& file,
                                              const ChainContext& context,
                                              const ConvertOptions& options, std::ostream& out);
}  // namespace karpspec::keyfile
