#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/run_results.h"

namespace karpspec::report {

// Something that the live fuzzer has found.
struct FuzzFinding {
  std::string name;       // its folder below findings/
  std::string symptom;    // crash, hang, state, memory, answer
  std::string signature;  // by which it is told from others
  std::string text;       // what was seen
  bool reproduced = false;
  std::string exchange, operations;
  std::size_t number = 0;    // of the case
  double seconds = 0;        // since the run began
  std::size_t messages = 0;  // that had been sent until then
  std::size_t seen = 1;
  std::string repeat;                  // the command that shows it again
  std::string scenario;                // its text
  std::vector<std::string> exchanged;  // the messages, a line each
};

// How often one thing was done to one field.
struct FuzzCell {
  std::string operation;
  std::size_t played = 0, findings = 0;
};
struct FuzzPlace {
  std::string place;  // "SA.proposals.number"
  std::vector<FuzzCell> cells;
};

// One run of `karpspec fuzz --dut`.
struct FuzzRun {
  verdict::RunInfo info;
  std::size_t cases = 0, not_playable = 0, unfinished = 0, messages = 0, restarts = 0;
  std::size_t systematic = 0;  // cases in all that do one thing each
  std::vector<std::string> exchanges;
  std::vector<std::pair<std::string, std::string>> left_out;  // exchange, reason
  std::vector<FuzzPlace> coverage;
  std::vector<FuzzFinding> findings;
};

// Cells in all, and those that were played.
struct FuzzCoverage {
  std::size_t cells = 0, played = 0;
};
[[nodiscard]] FuzzCoverage coverage_of(const FuzzRun& run);

// reports/schema/fuzz.schema.json
[[nodiscard]] Json to_json(const FuzzRun& run);
// One self-contained page, without outside assets.
[[nodiscard]] std::string to_html(const FuzzRun& run);
// For a terminal: the findings, a line each, and the coverage.
[[nodiscard]] std::string fuzz_summary(const FuzzRun& run, const std::string& out);

}  // namespace karpspec::report
