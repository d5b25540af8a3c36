#pragma once

#include <functional>

#include "base/octets.h"
#include "keyfile/reader.h"
#include "keyfile/sorter.h"

namespace karpspec::keyfile {

// What rows are to each other: names given twice, names that clash, lifetimes that leave gaps or
// overlap, keys that are shared. Each row leaves some records; these are sorted so that rows that
// have to do with each other come together, and are then looked at in one pass.
class Comparison {
 public:
  struct Row {
    std::uint64_t number = 0;
    keytable::Place place;
    std::string vrf;
    std::string name;
  };
  // What there is to say about a row because of OTHER (or 0).
  struct Found {
    Row row;
    std::uint64_t other = 0;
    keytable::RuleId rule = keytable::RuleId::key_name_clash;
    keytable::Field field = keytable::Field::LocalKeyName;
    std::string message;
  };
  using Report = std::function<Result<void>(const Found&)>;

  // MEMORY: octets for sorting the records; a quarter of it more sorts what comes of them.
  Comparison(const keytable::Rulebook& book, OctetView salt, std::size_t memory)
      : book_(book), salt_(salt.begin(), salt.end()), memory_(memory), sorter_(memory) {}

  void set_zones(const Zones& zones) { zones_ = zones; }
  // CHAIN: the key chain of which the row is a key while its protocol is unknown, else empty.
  // Errors: io; bad_value when the row is for more than 65,536 pairs of peer and interface.
  [[nodiscard]] Result<void> add(const Row& about, const keytable::ReadRow& read,
                                 const std::string& chain);
  // The same pair of rows may come several times, once for each peer they share.
  [[nodiscard]] Result<void> finish(const Report& report);

 private:
  [[nodiscard]] Result<void> add_scope(const Row& about, const keytable::Row& row,
                                       const std::vector<std::string>& peers,
                                       keytable::FieldSet unread);
  [[nodiscard]] Result<void> add_key(const Row& about, const keytable::Row& row,
                                     const std::vector<std::string>& peers);
  [[nodiscard]] std::string zones_of(const keytable::Row& row) const;

  const keytable::Rulebook& book_;
  Octets salt_;
  std::size_t memory_;
  Zones zones_;
  Sorter sorter_;
};

// Of a record.
void put_row(Record& record, const Comparison::Row& row);
[[nodiscard]] Comparison::Row take_row(std::string_view& record);

// ROW as findings name it: row 3 ('key-3').
[[nodiscard]] std::string named(const Comparison::Row& row);

}  // namespace karpspec::keyfile
