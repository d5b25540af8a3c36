#pragma once

#include <map>
#include <optional>
#include <string>

#include "keytable/row.h"

namespace karpspec::oracle {
class Core;
}

namespace karpspec::oracle::operations {

// Tells the operator, by events of growing urgency, that the time of a key is nearly over and that
// no other will take its place (operations model section 6.2, profile P-128).
class ExpiryNotices {
 public:
  explicit ExpiryNotices(Core& core) : core_(core) {}
  void run();
  // When time brings the next one.
  [[nodiscard]] std::optional<Time> deadline() const;

 private:
  // How urgent it is, from 0; 4: the key's time is over.
  struct Told {
    Time end{};
    int level = 0;
  };
  void run(const std::string& vrf, const keytable::Row& row);

  Core& core_;
  std::map<std::pair<std::string, std::string>, Told> told_;  // by VRF and AdminKeyName
};

}  // namespace karpspec::oracle::operations
