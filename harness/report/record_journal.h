#pragma once

#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "report/run_results.h"

namespace karpspec::report {

// Records as they come, a line of JSON each, with the system before the next one is taken, so that
// a run killed at any moment loses nothing that was done. The disk is waited for too, unless it was
// less than a tenth of a second ago: a machine that fails may lose the records that came since. The
// first line says which run it is; a torn last line is dropped when the run goes on.
class RecordJournal {
 public:
  // Starts a new journal, or goes on with the one that is there when RESUME; one with another HEAD
  // is an error then, which says in which members it differs. IS_GOOD: whether a record can be
  // used; with the first that cannot all that follow are dropped. Errors: io, bad_value.
  [[nodiscard]] static Result<RecordJournal> open(
      const std::string& path, const Json& head, bool resume,
      const std::function<bool(const Json& record)>& is_good);
  // Those of the run that goes on.
  [[nodiscard]] const std::vector<Json>& found() const { return found_; }
  // Errors: io.
  [[nodiscard]] Result<void> add(const Json& record);

 private:
  struct Close {
    void operator()(std::FILE* file) const;
  };
  std::unique_ptr<std::FILE, Close> file_;
  std::chrono::steady_clock::time_point on_disk_;  // when the disk was last waited for
  std::string path_;
  std::vector<Json> found_;
};

}  // namespace karpspec::report
