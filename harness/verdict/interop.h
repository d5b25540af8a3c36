#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "verdict/result.h"

// What comes of an interop matrix: two devices each time, none of which is the tester.
namespace karpspec::verdict {

// Whose fault a cell's verdict other than pass is.
enum class Side {
  none,
  initiator,
  responder,
  both,
  undecided,   // of the two devices one, and nothing that was seen says which
  laboratory,  // neither's
};
[[nodiscard]] const char* to_string(Side side);
// Errors: none; nothing for what is no side's name.
[[nodiscard]] std::optional<Side> side_from(const std::string& text);

// A requirement that a device broke, as the observer saw it.
struct InteropBreach {
  Side side = Side::none;   // initiator or responder
  std::string requirement;  // its id
  std::string clause;       // "RKMP section 4.1"
  std::string statement;    // the requirement in our words
  std::uint64_t frame = 0;  // of the capture
  std::string message;      // "IKE_AUTH response {IDr, AUTH, SAr2, TSi, TSr}"
  std::string field;        // or empty, where it is the whole message
  std::optional<std::uint64_t> octet;
  std::string expected, got;
};

// One exchange between two devices, one of which begins it.
struct InteropCell {
  std::string name;  // "EXCHANGE/INITIATOR/RESPONDER", "/2" behind it for the second repetition
  std::string exchange, initiator, responder;
  unsigned repetition = 1;
  Verdict verdict = Verdict::error;
  Side whose = Side::none;
  std::string reason;    // one line, for verdicts other than pass; no times, numbers or SPIs in it
  std::string expected;  // why just this verdict was expected; empty: it was not
  std::vector<std::string> notes;  // what else there is to say, a sentence each
  std::vector<InteropBreach> breaches;

  // Evidence: other in each run.
  std::string initiator_has, responder_has;  // what each says that it has, at the end
  std::string keys_of;                       // the device whose keys opened the capture; or empty
  std::uint64_t messages = 0;                // that crossed the bridge
  std::uint64_t sealed = 0;                  // of these, those that stayed closed
  std::vector<std::string> exchanged;        // a line each, as TestResult::exchange
  std::string capture, keys, secrets, transcript;  // file names relative to the run, or empty
  double seconds = 0;
};

struct InteropDevice {
  std::string name;                   // as the matrix has it
  std::string label;                  // as its DUT file has it
  std::string version;                // what it says of itself, or empty where no cell was played
  std::string dut_file;               // as the matrix names it
  std::string dut_digest;             // its SHA-256 in hexadecimal
  std::vector<std::string> children;  // kinds of child that it makes
  std::vector<std::string> pics;      // "role initiator", "cookies"
};
struct InteropExchange {
  std::string name, title;
};

struct InteropRun {
  std::string tool_version, profile_version, suites_digest;
  std::string title;
  std::string matrix;         // its file as given
  std::string matrix_digest;  // SHA-256 in hexadecimal
  std::uint64_t seed = 0;
  unsigned repetitions = 1;
  std::string selection;         // which cells were wanted: "all", "all, shard 1/2"
  std::size_t cells_in_all = 0;  // of the matrix, whatever the selection
  std::vector<InteropDevice> devices;
  std::vector<InteropExchange> exchanges;
  std::vector<InteropCell> cells;  // in the matrix's order
  // What the expected-results file says otherwise, all of Kind::expected: those of cells in the
  // cells' order, those of no cell behind them.
  std::vector<Finding> findings;
  std::string started;  // RFC 3339, wall clock
  double wall_seconds = 0;
};

}  // namespace karpspec::verdict
