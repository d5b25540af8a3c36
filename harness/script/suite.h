#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "script/runner.h"
#include "script/scenario.h"

namespace karpspec::script {

struct Suite {
  std::string path;  // of suites/
  std::map<std::string, verdict::Requirement> requirements;
  std::vector<Scenario> scenarios;                  // by name
  std::shared_ptr<const keytable::Rulebook> rules;  // protocols/; nullptr where there is none
};

// Reads requirements, defaults and the scenarios whose name is one of PREFIXES or lies below one
// ("rkmp/3.2/responder", "rkmp"); all without prefixes. JOBS threads read. Only the first error is
// told. Errors: not_found when a prefix names nothing, else those of the loaders.
[[nodiscard]] Result<Suite> load_suite(const std::string& path,
                                       const std::vector<std::string>& prefixes, unsigned jobs = 1);

// How many tests there are in the folder SUITES, by the number of their files. Errors: not_found.
[[nodiscard]] Result<std::size_t> count_tests(const std::string& suites);

// Reads suites/requirements/*.yaml, on JOBS threads. Errors: bad_value "FILE:LINE:COLUMN: ...".
[[nodiscard]] Result<std::map<std::string, verdict::Requirement>> load_requirements(
    const std::string& suites, unsigned jobs = 1);

// What loading one scenario of the folder SUITES takes, for those whose folder load_suite passes
// over. Errors: those of suites/defaults.yaml.
[[nodiscard]] Result<LoadContext> load_context(
    const std::string& suites, const std::map<std::string, verdict::Requirement>& requirements);

// What the device claims (PICS), as far as choosing tests goes.
struct Claims {
  std::vector<std::string> roles = {"initiator", "responder"};
  std::vector<std::string> items;  // "control", "key-table", "psk", "cookies", ...
  std::string child = "rkmp";
  bool only_marked_ikev2 = false;  // run only what needs nothing beyond IKEv2
  // Where time is real: how long one step may take. Nothing: however long.
  std::optional<Duration> patience;
};
// Claims of a PICS object of the control protocol or the DUT file: {roles: [...], auth: [...],
// control: true, key-table: true, claims: [...]}.
[[nodiscard]] Claims claims_of(const Json& pics, const std::string& child);

// Why SCENARIO does not apply to a device with these claims, or "".
[[nodiscard]] std::string not_applicable(const Scenario& scenario, const Claims& claims);

struct RunOptions {
  PlayOptions play;
  Claims claims;
  unsigned jobs = 1;
  // With a device in real time a test that did not pass beside others is played again alone, when
  // all are through, and that counts: a device may be late because of its neighbours.
  bool real_time = false;
  MakeWorld reference;  // the oracle in a simulated laboratory: judges the test itself
  MakeWorld device;
  // Called with each outcome before on_outcome is, from the thread that has played the test, beside
  // others: for what takes long and keeps no order.
  std::function<void(Outcome&)> on_played;
  // Called once a test, from one thread at a time: in the suite's order whatever the number of
  // jobs, and in real time as soon as its outcome is there.
  std::function<void(Outcome&&)> on_outcome;
  // Asked before a test: whether it was already done (--resume) or is another shard's.
  std::function<bool(const Scenario&, std::size_t index)> skip;
  // Whether the reference is played first. `prove` has played it once already.
  bool judge_tests = true;
  // Whether `device` is the reference, and nothing overrides its configuration: what the one comes
  // to the other does, and it is played once.
  bool device_is_reference = false;
};

// Plays one test: the reference first, then the device.
[[nodiscard]] Outcome run_test(const Scenario& scenario, const RunOptions& options);
// Plays all of them on `jobs` threads; as many live devices have to be there.
void run_suite(const Suite& suite, const RunOptions& options);

}  // namespace karpspec::script
