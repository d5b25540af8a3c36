#pragma once

#include <list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keytable/row.h"

namespace karpspec::keytable {

// The rows of one VRF, in the order in which they came. To insert, find or remove one of n rows
// takes log n steps, besides those that its own Peers take.
class Table {
 public:
  Table() = default;
  // What is asked by points into the rows.
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
  Table(Table&&) = default;
  Table& operator=(Table&&) = default;
  ~Table() = default;

  // Errors: bad_value when AdminKeyName, Protocol, Peers or Key is empty, when a lifetime ends
  // before it starts, or when AdminKeyName is taken.
  [[nodiscard]] Result<void> insert(Row row);
  // Puts ROW, as it is, where the row with its AdminKeyName stands. Errors: not_found.
  [[nodiscard]] Result<void> replace(Row row);
  // Errors: not_found.
  [[nodiscard]] Result<void> remove(std::string_view admin_key_name);
  // nullptr when there is none. The pointer holds until the row is removed. What rows are asked for
  // by is changed by replace() alone: AdminKeyName, Protocol and Peers.
  [[nodiscard]] const Row* find(std::string_view admin_key_name) const;
  [[nodiscard]] Row* find(std::string_view admin_key_name);
  [[nodiscard]] const std::list<Row>& rows() const { return rows_; }
  // The rows of PROTOCOL with PEER among their Peers, each once, in no particular order. They hold
  // until the next insert, replace or remove.
  [[nodiscard]] std::span<const Row* const> rows_of(std::string_view protocol,
                                                    std::string_view peer) const;
  void clear();

 private:
  using ByPeer = std::map<std::string, std::vector<const Row*>, std::less<>>;
  void enter(const Row& row);
  void leave(const Row& row);

  std::list<Row> rows_;
  std::map<std::string, std::list<Row>::iterator, std::less<>> by_name_;
  std::map<std::string, ByPeer, std::less<>> by_protocol_;
};

}  // namespace karpspec::keytable
