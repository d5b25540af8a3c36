#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace karpspec::keyfile {

// Puts records, which are octets, into the order of their octets. It keeps BUDGET octets of them in
// memory; more goes, sorted, to temporary files that have no name. First everything is added, then
// everything is taken.
class Sorter {
 public:
  explicit Sorter(std::size_t budget = std::size_t{64} << 20) : budget_(budget) {}

  // Errors: io.
  [[nodiscard]] Result<void> add(std::string_view record);
  // The next record, or false after the last one. Errors: io.
  [[nodiscard]] Result<bool> next(std::string& record);

 private:
  struct Closer {
    void operator()(std::FILE* file) const { (void)std::fclose(file); }
  };
  struct Run {
    std::unique_ptr<std::FILE, Closer> file;
    std::string head;  // its next record
  };
  struct Item {
    std::uint32_t at;
    std::uint32_t size;
  };

  [[nodiscard]] std::string_view view(const Item& item) const {
    return std::string_view(octets_).substr(item.at, item.size);
  }
  void sort_items();
  [[nodiscard]] Result<void> spill();
  [[nodiscard]] Result<void> begin();
  [[nodiscard]] static Result<bool> advance(Run& run);

  std::size_t budget_;
  std::string octets_;
  std::vector<Item> items_;
  std::vector<Run> runs_;
  std::vector<std::size_t> heap_;  // of runs, the least head on top
  std::size_t taken_ = 0;
  bool begun_ = false;
};

// Parts of records, whose order is that of the values.
void put_number(std::string& record, std::uint64_t value);
// TEXT holds no NUL.
void put_text(std::string& record, std::string_view text);
// The parts again, from the front of RECORD.
[[nodiscard]] std::uint64_t take_number(std::string_view& record);
[[nodiscard]] std::string_view take_text(std::string_view& record);

}  // namespace karpspec::keyfile
