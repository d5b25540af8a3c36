#pragma once

#include "report/comparison.h"
#include "report/proof.h"
#include "report/run_results.h"
#include "support/schema.h"

namespace karpspec::report {

// A run with one test of every verdict, and characters in its texts that mean something to XML,
// HTML and templates.
RunResults sample_run();
// The failed one.
TestResult sample_failure();
// The same run with an expected failure, overrides, and findings.
RunResults sample_findings();
// A proof of the same tests, all of them passed: one fault caught, one not.
Proof sample_proof();

// Three runs: the sample; another device, which fails elsewhere and lacks a test; and the sample's
// device again, with another seed, where one test newly fails, one newly passes, one was added and
// one failure is known.
Comparison sample_comparison();

// Compares TEXT with harness/tests/report/golden/NAME; with KARPSPEC_GOLDEN=write in the
// environment the file is written instead.
void expect_golden(const std::string& text, const std::string& name);

// What is wrong with the JSON in TEXT by the published schema reports/schema/NAME.schema.json, or
// "".
inline std::string complaint(const std::string& name, const std::string& text) {
  return tests::Schema(KARPSPEC_SOURCE_DIR "/reports/schema/" + name + ".schema.json")
      .complaint(text);
}

// A directory of its own below the system's temporary one, removed at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace karpspec::report
