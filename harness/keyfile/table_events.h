#pragma once

#include <set>
#include <vector>

#include "keyfile/events.h"
#include "keyfile/reader.h"

namespace karpspec::keyfile {

// A key table in its native form:
//
//   vrf: NAME                       or  tables: [{vrf: NAME, rows: [...]}, ...]
//   zones: {NAME: [peer or interface, ...]}
//   rows: [{AdminKeyName: ..., ...}, ...]
//
// What stands before a row is read before it, so `vrf` and `zones` come before `rows`.
class TableEvents final : public Events {
 public:
  TableEvents(std::string file, TableSink& sink) : file_(std::move(file)), sink_(sink) {}

  bool begin_map(Place place) override;
  bool end_map() override;
  bool begin_list(Place place) override;
  bool end_list() override;
  bool key(std::string_view text, Place place) override;
  bool scalar(std::string_view text, bool quoted, Place place) override;
  bool null(Place place) override;
  [[nodiscard]] const std::optional<Error>& error() const override { return error_; }

 private:
  enum class In {
    start,
    root,
    tables,      // the list
    table,       // one of them
    zones,       // the map
    zone,        // the list of one
    rows,        // the list
    row,         // one of them
    field_list,  // Peers, Interfaces
    field_map,   // ProtocolSpecificInfo
    skipped,     // what has no meaning where it stands
  };

  bool refuse(Place place, const std::string& message);
  bool hand_on(Result<void> result);
  bool begin_rows(Place place);
  bool value(keytable::FieldText::Form form, Place place);
  bool add(std::string_view text, Place place);
  [[nodiscard]] In in() const { return levels_.empty() ? In::start : levels_.back(); }
  bool begin(bool map, Place place);

  std::string file_;
  TableSink& sink_;
  std::vector<In> levels_;
  std::optional<Error> error_;
  std::string key_;             // the last one of root, table or zones
  std::set<std::string> seen_;  // keys of root
  std::set<std::string> seen_in_table_;
  std::set<std::string, std::less<>> info_keys_;
  bool rows_begun_ = false;
  std::string vrf_;
  Zones zones_;
  keytable::RowText row_;
  keytable::FieldText* field_ = nullptr;  // nullptr: of an unknown name
};

}  // namespace karpspec::keyfile
