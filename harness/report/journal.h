#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/record_journal.h"
#include "report/run_results.h"

namespace karpspec::report {

// The journal of a run: results of tests as they come.
class Journal {
 public:
  // Starts a new journal, or goes on with the one of RUN that is there when RESUME; one of another
  // run (device, seed, fault, version) or of another SELECTION of tests is an error then.
  // Errors: io, bad_value.
  [[nodiscard]] static Result<Journal> open(const std::string& path, const verdict::RunInfo& run,
                                            const std::string& selection, bool resume);
  [[nodiscard]] const std::vector<TestResult>& found() const { return found_; }
  // What the device had taken when the last of these was done, where it is in a container; what it
  // took after that is gone with the process that was killed.
  [[nodiscard]] const std::optional<verdict::DeviceUse>& use() const { return use_; }
  // USE: what the device has taken since the run began, be it in earlier processes. Errors: io.
  [[nodiscard]] Result<void> add(const TestResult& test,
                                 const std::optional<verdict::DeviceUse>& use = std::nullopt);

 private:
  explicit Journal(RecordJournal records) : records_(std::move(records)) {}
  RecordJournal records_;
  std::vector<TestResult> found_;
  std::optional<verdict::DeviceUse> use_;
};

}  // namespace karpspec::report
