#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "report/run_results.h"

namespace karpspec::report {

// Results as they come, a line of JSON each, on the disk before the next test is taken, so that a
// run killed at any moment loses nothing that was done. The first line says which run it is; a torn
// last line is dropped when the run goes on.
class Journal {
 public:
  // Starts a new journal, or goes on with the one of RUN that is there when RESUME; one of another
  // run (device, seed, fault, version) or of another SELECTION of tests is an error then.
  // Errors: io, bad_value.
  [[nodiscard]] static Result<Journal> open(const std::string& path, const verdict::RunInfo& run,
                                            const std::string& selection, bool resume);
  [[nodiscard]] const std::vector<TestResult>& found() const { return found_; }
  // Errors: io.
  [[nodiscard]] Result<void> add(const TestResult& test);

 private:
  [[nodiscard]] Result<void> append(const std::string& record);

  struct Close {
    void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
  };
  std::unique_ptr<std::FILE, Close> file_;
  std::string path_;
  std::vector<TestResult> found_;
};

}  // namespace karpspec::report
