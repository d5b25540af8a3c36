#pragma once

#include <cstddef>
#include <optional>
#include <ostream>

#include "base/octets.h"
#include "keyfile/reader.h"

namespace karpspec::keyfile {

struct ConvertOptions {
  std::optional<FileForm> to;  // nothing: the form that IN does not have
  bool json = false;           // a table as JSON instead of YAML; key chains are always JSON
  bool plain = false;          // key chains without members that RFC 8177 does not have
  // 32 octets that nobody else knows and nothing else uses: what does not fit MEMORY waits in
  // temporary files that are sealed with them.
  Octets sealing_key = {};
  std::size_t memory = std::size_t{64} << 20;  // octets for sorting
};

struct Converted {
  std::uint64_t rows = 0;  // written
  // Rows that could not be written: key chains that are PLAIN cannot say that a key is for one
  // direction or disabled, nor name algorithms without identity.
  std::uint64_t left_out = 0;
  std::vector<std::string> lost;  // what was written cannot say, a sentence each, 64 at most
};

// Writes what IN holds to OUT in the other form. IN is read twice, so that nothing is written of
// what cannot be read. Key chains need the rows in another order: they are sorted, in time that
// grows as sorting does and in memory that does not grow. What is written has keys in it. Errors:
// those of read_table; bad_value for a row in which a field is missing or cannot be read;
// bad_length where SEALING_KEY is needed and has another size; io.
[[nodiscard]] Result<Converted> convert_table(std::istream& in, const std::string& file,
                                              const ChainContext& context,
                                              const ConvertOptions& options, std::ostream& out);
}  // namespace karpspec::keyfile
