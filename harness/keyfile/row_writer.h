#pragma once

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "keytable/row.h"

namespace karpspec::keyfile {

// A row with RFC 7210's field names, in their order.
[[nodiscard]] nlohmann::ordered_json row_json(const keytable::Row& row);
// The same in two parts without Key, which stands between them.
struct KeylessRow {
  nlohmann::ordered_json before, behind;
};
[[nodiscard]] KeylessRow keyless_row(const keytable::Row& row);
// Hexadecimal digits of KEY, with colons between octets where COLONS. They go to OUT one by one, so
// that no copy of the key is left but in OUT's own buffer.
void write_hex(std::ostream& out, OctetView key, bool colons);

// Writes a table row by row, in YAML or JSON.
class RowWriter {
 public:
  // SEVERAL: there are tables of more than one VRF, or of another one than the default.
  RowWriter(std::ostream& out, bool json, bool several)
      : out_(out), json_(json), several_(several) {}
  void table(const std::string& vrf);
  void row(const keytable::Row& row);
  void finish();

 private:
  void end_table();
  std::ostream& out_;
  bool json_, several_;
  bool open_ = false;  // a table
  bool first_ = true;  // row of it
  bool any_ = false;   // table
};

}  // namespace karpspec::keyfile
