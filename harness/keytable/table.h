#pragma once

#include <string_view>
#include <vector>

#include "keytable/row.h"

namespace karpspec::keytable {

// The rows of one VRF, in the order in which they came.
class Table {
 public:
  // Errors: bad_value when AdminKeyName, Protocol, Peers or Key is empty, when a lifetime ends
  // before it starts, or when AdminKeyName is taken.
  [[nodiscard]] Result<void> insert(Row row);
  // Errors: not_found.
  [[nodiscard]] Result<void> remove(std::string_view admin_key_name);
  // nullptr when there is none. The pointer holds until the next insert or remove.
  [[nodiscard]] const Row* find(std::string_view admin_key_name) const;
  [[nodiscard]] Row* find(std::string_view admin_key_name);
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
  void clear() { rows_.clear(); }

 private:
  std::vector<Row> rows_;
};

}  // namespace karpspec::keytable
