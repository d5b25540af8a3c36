#pragma once

#include <map>
#include <string>
#include <string_view>

#include "keytable/table.h"

namespace karpspec::keytable {

// The table of the router itself, which belongs to no other VRF.
inline constexpr const char* default_vrf = "default";

// One table for each VRF (operations model section 3.4). A key of one is never found in another.
class Tables {
 public:
  // The VRF's table, made where there is none yet.
  [[nodiscard]] Table& of(const std::string& vrf) { return tables_[vrf]; }
  // nullptr when there is none.
  [[nodiscard]] const Table* find(std::string_view vrf) const {
    const auto at = tables_.find(vrf);
    return at == tables_.end() ? nullptr : &at->second;
  }
  [[nodiscard]] const std::map<std::string, Table, std::less<>>& all() const { return tables_; }

 private:
  std::map<std::string, Table, std::less<>> tables_;
};

}  // namespace karpspec::keytable
