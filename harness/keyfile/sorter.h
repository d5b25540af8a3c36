#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/octets.h"
#include "base/result.h"
#include "base/wiping_string.h"
#include "crypto/record_seal.h"

namespace karpspec::keyfile {

// A record may hold a key, or what a key is found by.
using Record = WipingString;

// Puts records, which are octets, into the order of their octets. It keeps BUDGET octets of them in
// memory, and one record of each temporary file. More goes, sorted, to such files, which have no
// name. First everything is added, then everything is taken.
class Sorter {
 public:
  explicit Sorter(std::size_t budget = std::size_t{64} << 20) : budget_(budget) {}
  // The files are sealed with KEY, of crypto::RecordSeal::key_size octets, for records that nobody
  // may read; of another size it is an error where there has to be a file. KEY is for this sorter
  // alone.
  Sorter(std::size_t budget, OctetView key)
      : budget_(budget), seal_(crypto::RecordSeal::make(key)) {}

  // Errors: io; bad_length of the key.
  [[nodiscard]] Result<void> add(std::string_view record);
  // The next record, or false after the last one. Errors: io.
  [[nodiscard]] Result<bool> next(Record& record);

 private:
  struct Closer {
    void operator()(std::FILE* file) const { (void)std::fclose(file); }
  };
  struct Run {
    std::unique_ptr<std::FILE, Closer> file;
    Record head;               // its next record
    std::uint64_t number = 0;  // that of the record behind it, by which it is sealed
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
  [[nodiscard]] Result<void> write(std::FILE* file, std::string_view record);
  [[nodiscard]] Result<bool> advance(Run& run);

  std::size_t budget_;
  std::optional<Result<crypto::RecordSeal>> seal_;
  std::uint64_t written_ = 0;  // records, in all files
  Record octets_;
  std::vector<Item> items_;
  std::vector<Run> runs_;
  std::vector<std::size_t> heap_;  // of runs, the least head on top
  std::size_t taken_ = 0;
  bool begun_ = false;
};

// Parts of records, whose order is that of the values.
template <class Out>
void put_number(Out& record, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8)
    record += static_cast<char>(value >> shift & 0xff);
}
// TEXT holds no NUL.
template <class Out>
void put_text(Out& record, std::string_view text) {
  record += text;
  record += '\0';
}
// The parts again, from the front of RECORD.
[[nodiscard]] std::uint64_t take_number(std::string_view& record);
[[nodiscard]] std::string_view take_text(std::string_view& record);

}  // namespace karpspec::keyfile
