#pragma once

#include <map>
#include <optional>
#include <set>
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

// Peers that share keys, or the interfaces of an area: each member has the keys of the group, but
// where it has keys of its own (profile P-131).
struct RowGroup {
  std::string vrf = keytable::default_vrf;
  std::string name;
  std::string protocol;
  bool by_interface = false;
  std::vector<std::string> members;  // addresses or interfaces

  std::vector<keytable::Row> rows;  // as the group has them, for no member yet
  std::set<std::string> made;       // AdminKeyNames of the members' rows that are in the table
  std::set<std::string> lost;       // of those that were, and
  bool settled = false;             // whether there ever was one: for habits of faults
  // Whether ROW is MEMBER's alone.
  [[nodiscard]] bool is_for(const keytable::Row& row, const std::string& member) const;
  // ROW of the group as MEMBER's, by the name ROW@MEMBER.
  [[nodiscard]] keytable::Row row_of(const keytable::Row& row, const std::string& member) const;
};

// The rows of one VRF as they are read from a backup.
struct TableText {
  std::string vrf;
  std::vector<keytable::RowText> rows;
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
  // BESIDE: a row for one member of a group stands beside the group's, and not in its place.
  [[nodiscard]] Result<Advice> add(const std::string& vrf, const keytable::RowText& text,
                                   bool beside = false);
  // In the place of the row with the same AdminKeyName. bad_value too where a key management
  // protocol has made that row.
  [[nodiscard]] Result<Advice> replace(const std::string& vrf, const keytable::RowText& text);
  // A row of RKMP's is withdrawn at the peer (profile P-10).
  [[nodiscard]] Result<void> remove(const std::string& vrf, std::string_view name);
  // Of a row that a key management protocol has made only the direction changes, and only to
  // disabled.
  [[nodiscard]] Result<void> change(const RowChoice& choice, const RowChange& change);

  // Makes a group, or gives it other members; without members it is no more, nor are its rows.
  // Errors: bad_value, where the group is one of another protocol.
  [[nodiscard]] Result<void> set_group(RowGroup group);
  // A row for every member. TEXT has no Peers, or, of a group of interfaces, no Interfaces; it is
  // changed.
  [[nodiscard]] Result<Advice> add_to_group(const std::string& vrf, const std::string& group,
                                            keytable::RowText& text);

  // All rows by hand, of all VRFs, give way to those of TABLES, or, where one of these breaks a
  // rule, nothing changes. Groups are no more. What a record of the Gatekeeper has made stays
  // unless it is among them (profile P-113).
  [[nodiscard]] Result<Advice> import(const std::vector<TableText>& tables);

  // Whether a row may be added to the table of the default VRF once the rows LEAVING have gone.
  // Errors: bad_value, as above.
  [[nodiscard]] Result<void> permits(const keytable::Row& row,
                                     const std::vector<std::string>& leaving) const;

  // The rows by hand of each VRF that has any.
  [[nodiscard]] std::vector<std::pair<std::string, std::vector<keytable::Row>>> backup() const;

  // Whether a key by hand with the peer at ADDRESS has this name in what is sent to it, or received
  // from it: RKMP takes another (profile P-133).
  [[nodiscard]] bool names_sent_key(const std::string& address, std::uint8_t id) const;
  [[nodiscard]] bool names_received_key(const std::string& address, std::uint8_t id) const;
  // All rows by hand with the peer at ADDRESS, or with anybody: for habits of faults.
  void forget_manual_rows(const std::string& address);

  // nullptr: no row was ever added in that VRF.
  [[nodiscard]] const keytable::Table* table(const std::string& vrf) const;
  // The tables of all VRFs, the default one's first.
  [[nodiscard]] std::vector<std::pair<std::string, const keytable::Table*>> tables() const;
  // As keytable::select_to_send and select_to_accept. NOW need not be the router's own time.
  [[nodiscard]] const keytable::Row* to_send(const Subject& subject, Time now,
                                             const std::vector<std::string>& preferred) const;
  [[nodiscard]] std::vector<const keytable::Row*> to_accept(
      const Subject& subject, Time now, const std::optional<std::string>& local_key_name) const;
  // What stands in a message protected with ROW.
  [[nodiscard]] const std::string& name_of(const keytable::Row& row) const;

 private:
  [[nodiscard]] keytable::Table& own_table(const std::string& vrf);
  // Which rows of the table a row is compared with: not those of a group that it takes the place
  // of, or none.
  enum class Beside { all, all_but_overridden, none };
  // Reads and checks a row. EXCEPT: the row whose place it takes, or nullptr.
  [[nodiscard]] Result<keytable::Row> checked(const std::string& vrf, const keytable::RowText& text,
                                              const keytable::Row* except, Advice& advice,
                                              Beside beside) const;
  // What is wrong with ROW beside the other rows of a table.
  void compare(const keytable::Table* among, const std::string& vrf, const keytable::Row& row,
               const keytable::Row* except, Beside beside, keytable::Findings& findings) const;
  [[nodiscard]] Result<void> judge(const keytable::Row& row, const keytable::Findings& findings,
                                   Advice& advice) const;
  [[nodiscard]] Result<std::string> name_of(const RowChoice& choice) const;
  [[nodiscard]] keytable::Row with_change(const keytable::Row& row, const RowChange& change) const;
  // Whether CHANGED may stand in the place of EXCEPT.
  [[nodiscard]] Result<void> judge_change(const std::string& vrf, const keytable::Row& changed,
                                          const keytable::Row* except) const;

  // groups.cpp. By the AdminKeyName of a group's own row, or of a member's; nullptr: none.
  [[nodiscard]] RowGroup* group_of_row(const std::string& vrf, std::string_view row);
  [[nodiscard]] const RowGroup* group_of_member_row(const std::string& vrf,
                                                    std::string_view row) const;
  // Whether MEMBER has a key of its own in the place of the group's.
  [[nodiscard]] bool overridden(const RowGroup& group, const std::string& member) const;
  // Gives each member the rows of its groups, where it has none of its own.
  void refresh_groups(const std::string& vrf);
  [[nodiscard]] Result<void> remove_from_group(RowGroup& group, std::string_view row);
  [[nodiscard]] Result<void> change_in_group(RowGroup& group, std::string_view name,
                                             const RowChange& change);

  Core& core_;
  std::map<std::string, keytable::Table, std::less<>> tables_;  // of VRFs other than the default
  std::vector<RowGroup> groups_;
  std::set<std::pair<std::string, std::string>> beside_;  // VRF and AdminKeyName
};

}  // namespace karpspec::oracle::operations
