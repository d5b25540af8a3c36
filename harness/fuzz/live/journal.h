#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "fuzz/live/campaign.h"

namespace karpspec::fuzz {

// What a run has done, a line of JSON each, so that one that is killed at any moment goes on where
// it was. The first line says which run it is; a torn last line is dropped.
class Journal {
 public:
  // What its first line calls it.
  static constexpr const char* name = "karpspec-fuzz-1";
  // Starts PATH anew, or with RESUME goes on with what is there; HEAD names the run, and one with
  // another head is an error. Errors: io, bad_value.
  [[nodiscard]] static Result<Journal> open(const std::string& path, const std::string& head,
                                            bool resume);
  [[nodiscard]] const std::vector<Record>& records() const { return records_; }
  // As far as the journal knows them: without their cases.
  [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }
  // Errors: io.
  [[nodiscard]] Result<void> add(const Record& record);
  [[nodiscard]] Result<void> add(const Finding& finding);

 private:
  struct Close {
    void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
  };
  [[nodiscard]] Result<void> append(const std::string& line);
  std::unique_ptr<std::FILE, Close> file_;
  std::string path_;
  std::vector<Record> records_;
  std::vector<Finding> findings_;
};

}  // namespace karpspec::fuzz
