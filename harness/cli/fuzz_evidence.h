#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "fuzz/live/campaign.h"
#include "report/fuzz_run.h"

namespace karpspec::cli {

// Certificates out of SUITES/credentials that nobody sends by accident. Errors: io.
[[nodiscard]] Result<fuzz::Material> fuzz_material(const std::string& suites);

// The folders of findings: OUT/findings/NAME with scenario.yaml, capture.pcapng, keys, stderr.txt
// and README.md.
class FuzzEvidence {
 public:
  FuzzEvidence(const FuzzCommand& command, const Common& common)
      : command_(command), common_(common) {}
  // Errors: io.
  [[nodiscard]] Result<void> write(const fuzz::Finding& finding);
  // Its folder's name; the next number where it has none yet.
  [[nodiscard]] std::string name_of(const fuzz::Finding& finding);
  // What shows it again; "" without --out.
  [[nodiscard]] std::string repeat(const fuzz::Finding& finding);

 private:
  const FuzzCommand& command_;
  const Common& common_;
  std::map<std::string, std::string> names_;
};

// Puts into RUN what CAMPAIGN has come to.
void fill_fuzz_run(const fuzz::Campaign& campaign, const std::vector<fuzz::LeftOut>& left_out,
                   FuzzEvidence& evidence, report::FuzzRun& run);

}  // namespace karpspec::cli
