#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/shard.h"
#include "fault/fault.h"
#include "report/proof.h"
#include "report/run_results.h"
#include "script/suite.h"

namespace karpspec::cli {

// What a command ends with (the command line contract of the README).
enum ExitCode : int {
  conforms = 0,    // or equal, or valid
  does_not = 1,    // conform
  bad_input = 2,   // or usage
  not_judged = 3,  // the device or the laboratory failed
};

struct Common {
  std::string suites;                // folder with requirements, faults and scenarios
  bool other_suites = false;         // given by --suites
  std::string program = "karpspec";  // as it was called
};

struct RunCommand {
  std::vector<std::string> tests;  // names or prefixes
  std::string dut = "embedded";
  unsigned jobs = 0;  // 0: one for each processor
  std::string shard;  // "I/N", or empty: from the environment
  std::uint64_t seed = 1;
  std::string out;
  bool resume = false;
  bool force = false;  // a run that is in `out` gives way to this one
  std::string expected;
  std::string fault;
  std::string patience;    // real time for one step, "2h"; empty: two minutes
  bool no_probes = false;  // what the PICS does not claim is not tried out
};
int run(const Common& common, const RunCommand& command);

struct ProveCommand {
  std::vector<std::string> suites;
  std::vector<std::string> faults;  // only these
  std::string out;
  unsigned jobs = 0;
  std::uint64_t seed = 1;
};
int prove(const Common& common, const ProveCommand& command);

struct FuzzCommand {
  std::string target;  // of libFuzzer; or:
  std::string dut;
  unsigned time = 60;     // seconds
  std::size_t cases = 0;  // at most so many; 0: as many as the time allows
  std::uint64_t seed = 1;
  std::string out;
  bool resume = false;
  bool force = false;
  bool json = false;
  std::vector<std::string> only;  // exchanges
  unsigned deadline_ms = 1500;    // for a live device to answer a fresh exchange
};
// Ends with does_not where there is a finding, with not_judged where the device could not be had.
int fuzz(const Common& common, const FuzzCommand& command);
// The libFuzzer target of COMMAND, by harness/fuzz/run-long.
int fuzz_target(const Common& common, const FuzzCommand& command);

// WHAT: tests, requirements, faults, suites, payloads, pics. QUESTIONNAIRE: pics to be filled in.
int list(const Common& common, const std::string& what, const std::vector<std::string>& tests,
         bool json, bool questionnaire);
int explain(const Common& common, const std::string& name);

struct DecodeCommand {
  std::string capture;
  std::string hex;                // one message instead of a capture
  std::vector<std::string> keys;  // decryption tables, and key tables (*.yaml, *.yml, *.json)
  bool json = false;
  bool transcript = false;  // as `diff` reads it
};
// Ends with does_not where there are messages and none of them is one, or where a TCP segment is
// not authentic by the key table; with not_judged where that could be said of none.
int decode(const Common& common, const DecodeCommand& command);

struct DiffCommand {
  std::string capture;
  std::string transcript;
  std::vector<std::string> keys;
  bool json = false;
  bool exact = false;   // notes count as differences
  bool update = false;  // write what the capture holds as the new transcript
  unsigned jobs = 0;    // 0: one for each processor
};
// Ends with does_not where the capture differs; with bad_input where it cannot be read to its end
// and does not differ so far; with not_judged where messages could not be opened, and the rest does
// not differ.
int diff(const Common& common, const DiffCommand& command);

struct ObserveCommand {
  std::string capture;
  std::vector<std::string> keys;
  bool json = false;
  std::string out;     // a directory for observation.json and observation.txt
  bool whole = false;  // the capture has lost no frame
};
// Ends with does_not where a side has broken a requirement; with bad_input where the capture cannot
// be read to its end and nothing was broken so far; with not_judged where nothing could be judged.
int observe(const Common& common, const ObserveCommand& command);

struct ReportCommand {
  std::vector<std::string> directories;
  std::vector<std::string> formats;  // html, junit, json, markdown, sarif, pdf
  std::string out;                   // empty: each directory itself
  std::string sign;                  // "KEY,CERT", or empty
};
int report(const ReportCommand& command);

struct MergeCommand {
  std::vector<std::string> directories;  // of shards, in any order
  std::string out;
  std::string sign;
};
// Ends as the whole would have ended in one piece.
int merge(const MergeCommand& command);

struct VerifyCommand {
  std::string directory;
  std::string certificate;  // the signer's own, or empty
  std::string issuers;      // of the signer's, or empty
};
// Ends with does_not where a file is not as it was signed, or the signature does not verify.
int verify(const VerifyCommand& command);

struct CompareCommand {
  std::vector<std::string> directories;  // of runs, in their order
  std::string out;
  bool json = false;
  bool exit_code = false;  // end with does_not where a later run is worse
};
int compare(const CompareCommand& command);

struct InteropCommand {
  std::string matrix;
  std::string out;
  std::string shard;                  // "I/N", or empty: from the environment
  std::vector<std::string> only;      // cells by name, or what their names begin with
  std::optional<std::uint64_t> seed;  // in the place of the matrix's
  std::string expected;               // in the place of the matrix's
  bool resume = false;
  bool force = false;
  bool json = false;
};
// Ends with does_not where a cell failed that was not expected to; with not_judged where a device
// or the laboratory failed, and no cell did, or none applies.
int interop(const Common& common, const InteropCommand& command);
// Whether DIRECTORY holds what `interop` left, or a part of it.
bool holds_interop(const std::string& directory);
// Joins the parts of one matrix in DIRECTORIES into OUT, evidence and all, for `report merge`; what
// the whole matrix would have ended with.
// Errors: not_found, io; bad_value where they do not belong together, or some are missing.
Result<int> merge_interop(const std::vector<std::string>& directories, const std::string& out);

struct KeytableCommand {
  std::string file;
  bool json = false;
  // What a key chain cannot say (RFC 8177).
  std::string protocol;
  std::vector<std::string> peers;
  std::vector<std::string> interfaces = {"all"};
  // Of convert.
  std::string to;  // "table", "key-chains", or empty: the form that the file does not have
  std::string out;
  bool plain = false;
};
// Ends with does_not where a rule is violated; advice alone does not change that a table conforms.
int keytable_check(const Common& common, const KeytableCommand& command);
// Ends with does_not where rows are left out because plain key chains cannot say what they are.
int keytable_convert(const Common& common, const KeytableCommand& command);

// Shared by the commands.

// The results in a run's DIRECTORY. Errors: not_found, which says what there is instead, such as a
// run that did not end; bad_value "FILE: ...".
Result<report::RunResults> read_run(const std::string& directory);

// The folder of suites: GIVEN, else $KARPSPEC_SUITES, else the one in lab::data_folder(). Errors:
// not_found.
Result<std::string> find_suites(const std::string& given);
// The command that repeats a test, for PlayOptions::repeat; {test} and {seed} are filled in there.
// It names the program as "karpspec", so that results do not depend on where it stands.
std::string repeat_command(const Common& common, const std::string& dut, const std::string& fault);
// TEXT as one word of a shell.
std::string shell_word(const std::string& text);
// What a run ends with, by what it leaves: so that parts, when they are merged, end as the whole
// does. PART: of a part no test may apply to the device while others do.
int exit_code(const report::RunResults& results, bool part);
// "1 message", "2 messages".
inline std::string count_of(std::uint64_t number, const char* one, const char* many) {
  return std::to_string(number) + " " + (number == 1 ? one : many);
}
// Errors in one line to standard error; returns bad_input.
int complain(const std::string& message);
// The same; returns not_judged where it is no input's fault.
int complain(const Error& error);
// Signs what DIRECTORY holds, unless KEY_AND_CERTIFICATE, "KEY,CERT", is empty. Errors: those of
// sign_directory.
Result<void> sign(const std::string& directory, const std::string& key_and_certificate);
// DIRECTORY as a page in OUT names it: relative, so that both can be moved together; by their
// names alone, as browsers follow "..".
std::string link_to(const std::string& directory, const std::string& out);
unsigned job_count(unsigned wanted);
std::string profile_version(const std::string& suites);
// SHA-256, in hexadecimal, of everything in the folder SUITES but guides and schemas: two runs with
// the same one have played the same tests. Errors: io.
Result<std::string> suites_digest(const std::string& suites);
// What PROGRAM --version prints: its own version, the profile's, and how many tests there are in
// the folder of suites that GIVEN names (as find_suites), with their digest.
std::string version_text(const std::string& program, const std::string& given);
// RFC 3339, UTC, of the wall clock.
std::string wall_clock();
std::vector<verdict::Requirement> requirement_list(const script::Suite& suite);

// Results that are known beforehand: each has a reason and a date until which it holds.
struct Expected {
  std::string verdict;
  std::string reason;
  std::string until;  // YYYY-MM-DD
  std::string where;
  // What happens now and then, as where two threads of the device race: a pass is as expected too.
  bool now_and_then = false;
  [[nodiscard]] bool has(verdict::Verdict found) const;
};
// Errors: not_found, bad_value "FILE:LINE:COLUMN: ...".
Result<std::map<std::string, Expected>> read_expected(const std::string& path);
// What is not as expected: other results, passes among them, entries that ran out on TODAY, and
// entries without a test where ALL, the names of all tests that there are, is not empty. Results
// that are as expected get the reason.
std::vector<verdict::Finding> hold_against(const std::map<std::string, Expected>& expected,
                                           const std::string& today,
                                           std::vector<report::TestResult>& tests,
                                           const std::set<std::string>& all);

// Makes DIRECTORY unless it is there, and sees whether a file can be written in it. Errors: io.
Result<void> writable_directory(const std::string& directory);
// Writes capture, keys and transcript of a test below DIRECTORY and notes their names in the
// result. Errors: io.
Result<void> write_evidence(const std::string& directory, script::Outcome& outcome);
// results.json, junit.xml and report.html, on JOBS threads. Errors: io.
Result<void> write_reports(const std::string& directory, const report::RunResults& results,
                           unsigned jobs);
// proof.json and proof.html. Errors: io.
Result<void> write_reports(const std::string& directory, const report::Proof& proof);

}  // namespace karpspec::cli
