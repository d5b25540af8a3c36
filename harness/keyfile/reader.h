#pragma once

#include <istream>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "keyfile/chain_schema.h"
#include "keytable/row_text.h"

namespace karpspec::keyfile {

// Peers and interfaces by the zone of trust to which the operator says they belong.
using Zones = std::map<std::string, std::string, std::less<>>;

// Gets a table row by row. An error ends the reading and is handed on.
class TableSink {
 public:
  virtual ~TableSink() = default;
  // Zones come before all rows.
  virtual Result<void> zones(const Zones& zones) = 0;
  // The rows that follow are those of this VRF. Where a file names none: keytable::default_vrf.
  virtual Result<void> table(const std::string& vrf) = 0;
  virtual Result<void> row(const keytable::RowText& row) = 0;
  // A key chain that is none (RFC 8177), so that its keys are not rows.
  virtual Result<void> bad_chain(const std::string& message, keytable::Place place) = 0;
};

enum class FileForm { table, key_chains };

// What a key chain does not say about its keys (RFC 8177 has no place for it).
struct ChainContext {
  const keytable::Rulebook& book;
  const ChainSchema& schema;
  std::string protocol;  // empty: unknown, and then rows lack Protocol and Peers
  std::vector<std::string> peers;
  std::vector<std::string> interfaces;
};

// Reads a key table or RFC 8177 key chains, in YAML or, where the text begins with a brace, in
// JSON. Memory does not grow with the number of rows; a key chain is held as a whole. FILE is what
// errors call it. Says which of the two it was. Errors: bad_value "FILE:LINE:COLUMN: ...":
// malformed or not UTF-8, nested too deep, a key twice in a map, a text of more than 65,536 octets
// (1,024 in a chain), a set or a chain with more than 65,536 members, parts of a table in an order
// that cannot be read in one go; and what SINK gives.
[[nodiscard]] Result<FileForm> read_table(std::istream& in, const std::string& file,
                                          const ChainContext& context, TableSink& sink);

}  // namespace karpspec::keyfile
