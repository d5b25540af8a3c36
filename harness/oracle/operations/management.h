#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "keytable/row_text.h"
#include "keytable/selection.h"
#include "keytable/tables.h"

namespace karpspec::oracle {
class Core;
}

namespace karpspec::oracle::operations {

// What a routing protocol asks for a key with: RFC 7210 section 3, in one VRF.
struct Subject {
  std::string vrf = keytable::default_vrf;
  std::string protocol;
  std::string peer;
  std::string interface;  // empty where the protocol has no interfaces
};

// One row of a VRF's table: by AdminKeyName, or as the key that is sent now with a peer on an
// interface (operations model section 3.2).
struct RowChoice {
  Subject subject;
  std::string name;  // AdminKeyName; empty: the key of SUBJECT
};

// What is to be changed in a row; what is left out stays.
struct RowChange {
  std::optional<keytable::Direction> direction;
  std::optional<Time> send_start, send_end, accept_start, accept_end;
};

// What there is to say about a row that was taken: legal but unwise.
using Advice = std::vector<std::string>;

// The key tables as their administrators see them (operations model, profile P-120 to P-139): one
// for each VRF, that of the default VRF with the rows that RKMP makes. Every row is held against
// the rules of its protocol before it is taken.
class Management {
 public:
  explicit Management(Core& core) : core_(core) {}

  // Errors of these: bad_value, with a line for each violated rule that says row, field and rule
  // and where it stands; not_found, where the row is not there; unsupported without rules.
  [[nodiscard]] Result<Advice> add(const std::string& vrf, const keytable::RowText& text);
  // In the place of the row with the same AdminKeyName. bad_value too where a key management
  // protocol has made that row.
  [[nodiscard]] Result<Advice> replace(const std::string& vrf, const keytable::RowText& text);
  // A row of RKMP's is withdrawn at the peer (profile P-10).
  [[nodiscard]] Result<void> remove(const std::string& vrf, std::string_view name);
  // Of a row that a key management protocol has made only the direction changes, and only to
  // disabled.
  [[nodiscard]] Result<void> change(const RowChoice& choice, const RowChange& change);

  // nullptr: no row was ever added in that VRF.
  [[nodiscard]] const keytable::Table* table(const std::string& vrf) const;
  // As keytable::select_to_send and select_to_accept. NOW need not be the router's own time.
  [[nodiscard]] const keytable::Row* to_send(const Subject& subject, Time now,
                                             const std::vector<std::string>& preferred) const;
  [[nodiscard]] std::vector<const keytable::Row*> to_accept(
      const Subject& subject, Time now, const std::optional<std::string>& local_key_name) const;
  // What stands in a message protected with ROW.
  [[nodiscard]] const std::string& name_of(const keytable::Row& row) const;

 private:
  [[nodiscard]] keytable::Table& own_table(const std::string& vrf);
  // Reads and checks a row. EXCEPT: the row whose place it takes, or nullptr.
  [[nodiscard]] Result<keytable::Row> checked(const std::string& vrf, const keytable::RowText& text,
                                              const keytable::Row* except, Advice& advice) const;
  // What is wrong with ROW beside the other rows of the VRF's table.
  void compare(const std::string& vrf, const keytable::Row& row, const keytable::Row* except,
               keytable::Findings& findings) const;
  [[nodiscard]] Result<void> judge(const keytable::Row& row, const keytable::Findings& findings,
                                   Advice& advice) const;
  [[nodiscard]] Result<std::string> name_of(const RowChoice& choice) const;

  Core& core_;
  std::map<std::string, keytable::Table, std::less<>> tables_;  // of VRFs other than the default
};

}  // namespace karpspec::oracle::operations
