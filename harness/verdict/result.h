#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace karpspec::verdict {

// ISO/IEC 9646's verdicts, and two for a test that was not played to its end.
enum class Verdict {
  pass,
  fail,
  inconclusive,    // the test's own steps were not reached, or the document permits what was seen
  not_applicable,  // the device's PICS says so, or it answered 'unsupported'
  error,           // the device or the laboratory failed; nothing was judged
};
// Whose fault a verdict other than pass is.
enum class Fault { none, device, laboratory, test, document };

[[nodiscard]] const char* to_string(Verdict verdict);
[[nodiscard]] const char* to_string(Fault fault);

// What did not fit, on one screen.
struct Failure {
  std::size_t step = 0;              // counted from 1 in the scenario as played
  std::string step_text;             // "expect: IKE_AUTH {IDr, AUTH, SAr2, TSi, TSr}"
  std::string where;                 // "suites/rkmp/3.2/responder/x.yaml:14:5"
  std::string why;                   // the step's `why:`, where it has one
  std::string field;                 // "SAr2.proposals[1].transforms[1].flags.O", or empty
  std::optional<std::size_t> octet;  // offset of the field in the (decrypted) message
  std::string expected;
  std::string got;
  std::vector<std::string> requirements;  // ids judged by this step
  std::string clause;                     // "RFC 5996 section 2.15: …statement…"
};

// What the device took of the machine, from its first start to its last end.
struct DeviceUse {
  std::uint64_t peak_memory = 0;  // octets, what the kernel caches for it included
  std::chrono::microseconds cpu_time{};
  std::uint64_t starts = 0;
  std::uint64_t deaths = 0;         // ended by itself
  std::uint64_t out_of_memory = 0;  // of these: at its memory limit
  friend bool operator==(const DeviceUse&, const DeviceUse&) = default;
};

struct TestResult {
  std::string test;  // "rkmp/3.2/responder/options-flag": path of the scenario under suites/
  std::string title;
  std::string role;  // of the device: "initiator", "responder", "router", "tcp"
  std::vector<std::string> marks;
  std::vector<std::string> checks;  // requirement ids
  std::vector<std::string> needs;   // PICS items; "!cookies": that this one is not claimed
  Verdict verdict = Verdict::error;
  Fault fault = Fault::none;
  std::string reason;    // one line, for verdicts other than pass
  std::string expected;  // why just this verdict was expected of the device; empty: it was not
  std::string expected_until;  // YYYY-MM-DD, the last day of that
  std::string unsupported;     // the control method that the device answered 'unsupported' to
  std::optional<Failure> failure;
  std::vector<std::string> notes;     // e.g. which allowed alternative was seen, with its clause
  std::vector<std::string> exchange;  // the decoded messages as they went, one line each
  std::string repeat;                 // the command that repeats just this test
  std::string capture;                // file names relative to the output directory, or empty
  std::string keys;
  std::string transcript;
  Duration lab_time{};  // laboratory time that the test took (virtual where the lab is)
};

// What is not as somebody said, beside the verdicts.
struct Finding {
  enum class Kind {
    describe,   // the device's own PICS is not the DUT file's
    claimed,    // the PICS claims what the device answers 'unsupported' to
    unclaimed,  // the device does what its PICS does not claim
    expected,   // a result is not the one that was expected, or the expectation ran out
  };
  Kind kind = Kind::describe;
  std::string test;  // that shows it, or empty
  std::string text;  // a sentence without full stop
  friend bool operator==(const Finding&, const Finding&) = default;
};
[[nodiscard]] const char* to_string(Finding::Kind kind);

struct RunInfo {
  std::string tool_version;
  std::string device;          // "embedded" or the DUT file's name
  std::string device_version;  // what the device says of itself, or empty
  std::uint64_t seed = 0;
  std::string fault;    // the fault played, or empty
  std::string started;  // RFC 3339, wall clock
  double wall_seconds = 0;
  std::optional<DeviceUse> device_use;  // where it is in a container
  std::string profile_version;
  std::string dut_file;                // name of the DUT file as given, or empty
  std::string suites_digest;           // SHA-256 of what the tests are made of, in hexadecimal
  std::string dut_digest;              // its SHA-256 in hexadecimal, or empty
  std::vector<std::string> pics;       // what was claimed: "role initiator", "cookies"; sorted
  std::string selection;               // which tests were wanted: "all", "rkmp/4.1, shard 1/2"
  std::vector<std::string> overrides;  // of the profile and the setup: "tcp_ao_protocol: 202"
  std::vector<Finding> findings;
};

}  // namespace karpspec::verdict
