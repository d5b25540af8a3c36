#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>

#include <fstream>
#include <set>
#include <thread>

#include "program.h"
#include "tests/support/sanitized.h"
#include "tests/support/schema.h"

// `karpspec run`: what it leaves behind is the same each time, whatever becomes of it meanwhile.
namespace karpspec::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// `karpspec run OPTIONS` of everything; the sanitizers, which take ten times as long, see a part.
std::vector<std::string> played(std::vector<std::string> options) {
  std::vector<std::string> out = {"run"};
  if (tests::sanitized)
    out.insert(out.end(), {"rkmp", "mrkmp/3", "keyserver"});
  out.insert(out.end(), options.begin(), options.end());
  return out;
}

// Results without what is the wall clock's.
Json timeless(const fs::path& out) {
  const std::string text = text_of(out / "results.json");
  // Where a file of a test lies is the run's own.
  const std::string folder = out.filename().string() + "/";
  std::string moved;
  std::size_t from = 0;
  for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder, from)) {
    moved.append(text, from, at - from).append("OUT/");
    from = at + folder.size();
  }
  Json results = tests::read_json(moved.append(text, from));
  results["run"].erase("started");
  results["run"].erase("wall_seconds");
  return results;
}

void expect_alike(const Program& program, const std::string& one, const std::string& other) {
  EXPECT_EQ(timeless(program.file(one)), timeless(program.file(other)));
  const auto files = files_below(program.file(one) / "tests");
  EXPECT_EQ(files, files_below(program.file(other) / "tests"));
  EXPECT_GT(files.size(), 10U);
  for (const std::string& file : files)
    EXPECT_EQ(text_of(program.file(one) / "tests" / file),
              text_of(program.file(other) / "tests" / file))
        << file;
}

TEST(Run, IsTheSameTwiceAndWithAnyNumberOfJobs) {
  const Program program;
  const auto run = [&](const std::string& out, const std::string& jobs) {
    const auto ended =
        program.run(played({"--dut", "embedded", "--seed", "1", "--jobs", jobs, "--out", out}));
    EXPECT_EQ(ended.code, 0) << ended.output;
  };
  run("once", "2");
  run("again", "2");
  run("alone", "1");
  expect_alike(program, "once", "again");
  expect_alike(program, "once", "alone");
}

TEST(Run, WithAnotherSeedIsAnother) {
  const Program program;
  for (const char* seed : {"1", "2"})
    EXPECT_EQ(program.run({"run", "rkmp/3.2", "--seed", seed, "--out", seed}).code, 0);
  const std::string capture = "tests/rkmp/3.2/responder/one-policy.pcapng";
  EXPECT_NE(text_of(program.file("1") / capture), text_of(program.file("2") / capture));
}

TEST(Run, KeysAreForTheirOwnerAlone) {
  const Program program;
  ASSERT_EQ(program.run({"run", "rkmp/3.2", "--out", "out"}).code, 0);
  std::size_t keys = 0;
  for (const std::string& name : files_below(program.file("out"))) {
    if (!name.ends_with(".keys"))
      continue;
    ++keys;
    struct stat status {};
    ASSERT_EQ(stat(program.file("out/" + name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U) << name;
  }
  EXPECT_GT(keys, 5U);
}

TEST(Run, KilledAtAnyMomentGoesOn) {
  const Program program;
  const std::vector<std::string> arguments = played({"--seed", "1", "--jobs", "1", "--out"});
  auto whole = arguments;
  whole.emplace_back("whole");
  ASSERT_EQ(program.run(whole).code, 0);
  auto killed = arguments;
  killed.emplace_back("killed");
  auto resumed = killed;
  resumed.emplace_back("--resume");
  // The first is killed early; each of the next goes on from there, and is killed later.
  for (const std::size_t lines : {3U, 40U, 120U}) {
    auto child = lab::ChildProcess::start(program.options(lines == 3 ? killed : resumed));
    ASSERT_TRUE(child) << to_string(child.error());
    const auto journal = program.file("killed/journal.jsonl");
    const auto written = [&] {
      const std::string text = text_of(journal);
      return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    };
    while (child->alive() && written() < lines)
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    child->signal(SIGKILL);
    (void)child->wait(std::chrono::seconds{10});
  }
  EXPECT_FALSE(fs::exists(program.file("killed/results.json")) &&
               json_of(program.file("killed/results.json"))["tests"].size() ==
                   json_of(program.file("whole/results.json"))["tests"].size());
  const auto ended = program.run(resumed);
  EXPECT_EQ(ended.code, 0) << ended.output;
  expect_alike(program, "whole", "killed");
}

TEST(Run, ResumeWantsTheSameRun) {
  const Program program;
  ASSERT_EQ(program.run({"run", "rkmp/3.2", "--seed", "1", "--out", "out"}).code, 0);
  const auto other = program.run({"run", "rkmp/3.2", "--seed", "2", "--out", "out", "--resume"});
  EXPECT_EQ(other.code, 2) << other.output;
  EXPECT_EQ(other.lines(), 1U) << other.output;
}

std::set<std::string> tests_of(const fs::path& out) {
  std::set<std::string> names;
  const Json results = json_of(out / "results.json");
  for (const Json& test : results["tests"])
    names.insert(test["test"].get<std::string>());
  return names;
}

TEST(Run, ShardsAreThePartsOfTheWhole) {
  const Program program;
  ASSERT_EQ(program.run({"run", "rkmp", "--out", "whole"}).code, 0);
  const auto whole = tests_of(program.file("whole"));
  std::set<std::string> together;
  std::size_t sum = 0;
  for (const char* shard : {"1/3", "2/3", "3/3"}) {
    const std::string out = std::string("part") + shard[0];
    ASSERT_EQ(program.run({"run", "rkmp", "--shard", shard, "--out", out}).code, 0);
    const auto part = tests_of(program.file(out));
    EXPECT_GT(part.size(), whole.size() / 4);
    sum += part.size();
    together.insert(part.begin(), part.end());
  }
  EXPECT_EQ(together, whole);
  EXPECT_EQ(sum, whole.size());
  // The variables of schedulers mean the same.
  const std::map<std::string, std::map<std::string, std::string>> schedulers = {
      {"bazel", {{"TEST_SHARD_INDEX", "1"}, {"TEST_TOTAL_SHARDS", "3"}}},
      {"gitlab", {{"CI_NODE_INDEX", "2"}, {"CI_NODE_TOTAL", "3"}}}};
  for (const auto& [name, variables] : schedulers) {
    ASSERT_EQ(program.run({"run", "rkmp", "--out", name}, variables).code, 0);
    EXPECT_EQ(tests_of(program.file(name)), tests_of(program.file("part2"))) << name;
  }
}

TEST(Run, ExitCodesTellApartWhatHappened) {
  const Program program;
  EXPECT_EQ(program.run({"run", "rkmp/3.2"}).code, 0);
  const auto faulty = program.run({"run", "rkmp/4.1", "--fault", "kdf-changed"});
  EXPECT_EQ(faulty.code, 1);
  EXPECT_THAT(faulty.output, HasSubstr("--fault kdf-changed"));
  EXPECT_EQ(program.run({"run", "rkmp/none"}).code, 2);
  const std::string dead = program.write(
      "dead.yaml",
      "name: nobody\nstart: {kind: process, command: [/bin/false]}\naddress: 127.0.0.1\n"
      "port: 5599\ntester: {address: 127.0.0.2, port: 5599}\n"
      "control: {kind: json-rpc, over: stdio}\n"
      "pics: {roles: [responder], auth: [psk], control: true, key-table: true, claims: []}\n");
  const auto nobody = program.run({"run", "rkmp/3.2", "--dut", dead});
  EXPECT_EQ(nobody.code, 3) << nobody.output;
  EXPECT_EQ(nobody.lines(), 1U) << nobody.output;
}

// A scenario outside of the suites has no name by which it could be found, but a file.
TEST(Run, OfAFileIsRepeatedByThatFile) {
  const Program program;
  program.write(
      "mine.yaml",
      "title: The options flag comes back\nchecks: [RKMP-4.1-02]\nrole: responder\nsteps:\n"
      "  - use: ike-sa-init\n"
      "  - send: IKE_AUTH {IDi, AUTH, SAi2, TSi, TSr}\n"
      "    with:\n      SAi2.proposals[1].transforms[1].flags.O: 1\n"
      "  - expect: IKE_AUTH {IDr, AUTH, SAr2, TSi, TSr}\n"
      "    where: {SAr2.transform.flags.O: 1}\n");
  EXPECT_EQ(program.run({"run", "mine.yaml"}).code, 0);
  const auto failed = program.run({"run", "mine.yaml", "--fault", "options-flag-cleared"});
  EXPECT_EQ(failed.code, 1) << failed.output;
  EXPECT_THAT(failed.output, HasSubstr(" run mine.yaml --dut embedded --seed 1 --fault "));
  const auto explained = program.run({"explain", "mine.yaml"});
  EXPECT_EQ(explained.code, 0) << explained.output;
  EXPECT_THAT(explained.output, HasSubstr("The options flag comes back"));
  const auto missing = program.run({"explain", "yours.yaml"});
  EXPECT_EQ(missing.code, 2);
  EXPECT_THAT(missing.output, HasSubstr("'yours.yaml'"));
}

TEST(Run, InWhichNothingWasJudgedDoesNotConform) {
  const Program program;
  const std::string dut = program.write(
      "none.yaml", "name: claims little\nstart: {kind: embedded}\npics: {roles: [initiator]}\n");
  const auto ended = program.run({"run", "rkmp/4.1/responder", "--dut", dut});
  EXPECT_EQ(ended.code, 3) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("do not apply: the PICS does not claim the role of"));
  EXPECT_THAT(ended.output, HasSubstr("nothing was judged\n"));
  const std::string mute =
      program.write("mute.yaml", "name: no IKE\nstart: {kind: embedded}\npics: {roles: []}\n");
  EXPECT_THAT(program.run({"run", "rkmp/4.1", "--dut", mute}).output,
              HasSubstr("do not apply: the test is about IKE, in which the PICS claims no role"));
  // A shard that has no test speaks for nothing, and another one does for the whole.
  EXPECT_EQ(program.run({"run", "rkmp/3.2/responder/one-policy", "--shard", "2/2"}).code, 0);
}

TEST(Run, SaysWhatWasClaimedAndWhereTheDeviceSaysOtherwise) {
  const Program program;
  const auto dut = [&](const std::string& claims) {
    return program.write(
        "claims.yaml",
        "name: claims\nstart: {kind: process, command: [karpspec-dut, --control, stdio, --listen, "
        "\"127.0.0.1:17520\"]}\naddress: 127.0.0.1\nport: 17520\n"
        "tester: {address: 127.0.0.2, port: 17520}\ncontrol: {kind: json-rpc, over: stdio}\n"
        "pics: {auth: [psk], control: true, claims: [" +
            claims + "]}\n");
  };
  const auto ended = program.run({"run", "rkmp/3.2/responder/one-policy", "--dut",
                                  dut("keeps-ike-sa, sendid-echo"), "--out", "out"});
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("finding: the DUT file claims 'sendid-echo', which the"));
  EXPECT_THAT(ended.output, HasSubstr("'describe' claims 'key-table', which the DUT file does"));
  const Json run = json_of(program.file("out/results.json"))["run"];
  EXPECT_EQ(run["selection"], "rkmp/3.2/responder/one-policy");
  EXPECT_THAT(run["dut_file"].get<std::string>(), HasSubstr("claims.yaml"));
  EXPECT_EQ(run["dut_digest"].get<std::string>().size(), 64U);
  EXPECT_THAT(run["pics"].dump(), HasSubstr("\"keeps-ike-sa\",\"psk\",\"role initiator\""));
  EXPECT_FALSE(run["findings"].empty());
  const std::string page = text_of(program.file("out/report.html"));
  for (const char* shown : {"claims.yaml", "role initiator", "claims &#39;key-table&#39;"})
    EXPECT_THAT(page, HasSubstr(shown));
  // With another PICS it is another run.
  EXPECT_EQ(program
                .run({"run", "rkmp/3.2/responder/one-policy", "--dut", dut("cookies"), "--out",
                      "out", "--resume"})
                .code,
            2);
  ASSERT_EQ(program.run({"run", "rkmp/3.2/responder/one-policy", "--out", "embedded"}).code, 0);
  const auto compared = program.run({"report", "compare", "out", "embedded"});
  EXPECT_THAT(compared.output, HasSubstr("The PICS differ"));
  EXPECT_THAT(compared.output, HasSubstr("sendid-echo (A)"));
}

// A device at an address that goes away: killed as soon as the first test is done.
TEST(Run, OfADeviceThatGoesAwayIsNotJudged) {
  const Program program;
  lab::ChildOptions options;
  options.command = {KARPSPEC_BINARY_DIR "/karpspec-dut", "--control", "tcp:127.0.0.1:17511",
                     "--listen", "127.0.0.1:17510"};
  auto device = lab::ChildProcess::start(options);
  ASSERT_TRUE(device) << to_string(device.error());
  const std::string dut = program.write(
      "gone.yaml",
      "name: gone\nstart: {kind: running}\naddress: 127.0.0.1\nport: 17510\n"
      "tester: {address: 127.0.0.2, port: 17510}\n"
      "control: {kind: json-rpc, over: \"tcp:127.0.0.1:17511\"}\n"
      "pics: {roles: [responder], auth: [psk], control: true, claims: [keeps-ike-sa]}\n");
  auto run = lab::ChildProcess::start(
      program.options({"run", "rkmp/3.2/responder", "--dut", dut, "--out", "out"}));
  ASSERT_TRUE(run) << to_string(run.error());
  while (run->alive() &&
         text_of(program.file("out/journal.jsonl")).find("\"pass\"") == std::string::npos)
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  device->signal(SIGKILL);
  const auto status = run->wait(std::chrono::seconds{120});
  ASSERT_TRUE(status);
  const Json results = json_of(program.file("out/results.json"));
  ASSERT_GT(results["summary"]["error"], 0);
  EXPECT_EQ(status->code, results["summary"]["fail"] == 0 ? 3 : 1);
  EXPECT_EQ(text_of(program.file("out/results.json")).find("input or output failed"),
            std::string::npos);
}

TEST(Run, DoesNotMixItsEvidenceWithAnothers) {
  const Program program;
  ASSERT_EQ(program.run({"run", "rkmp/3.2", "--out", "out"}).code, 0);
  program.write("out/notes.txt", "the user's own\n");
  const auto before = files_below(program.file("out"));
  const auto refused = program.run({"run", "rkmp/4.1", "--out", "out"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.lines(), 1U) << refused.output;
  EXPECT_THAT(refused.output, HasSubstr("out: holds a run; --resume"));
  EXPECT_EQ(files_below(program.file("out")), before);
  EXPECT_EQ(program.run({"run", "rkmp/4.1", "--out", "out", "--force"}).code, 0);
  EXPECT_TRUE(fs::exists(program.file("out/notes.txt")));
  EXPECT_FALSE(fs::exists(program.file("out/tests/rkmp/3.2")));
  EXPECT_TRUE(fs::exists(program.file("out/tests/rkmp/4.1")));
  EXPECT_EQ(program.run({"run", "rkmp/4.1", "--out", "out", "--resume", "--force"}).code, 2);
  EXPECT_EQ(program.run({"run", "rkmp/4.1", "--force"}).code, 2);
}

// What reports, by whomever they were made, say of a run that is no more.
TEST(Run, LeavesNoReportOfTheRunBeforeIt) {
  const Program program;
  ASSERT_EQ(program.run({"run", "rkmp/3.2", "--out", "out"}).code, 0);
  const std::vector<std::string> made = {"summary.md",      "results.sarif", "report.pdf",
                                         "manifest.sha256", "manifest.cms",  "device.log"};
  const auto leave = [&] {
    for (const std::string& name : made)
      program.write("out/" + name, "of the run before\n");
  };
  const auto there = [&](const std::string& name) {
    return fs::exists(program.file("out") / name);
  };
  leave();
  ASSERT_EQ(program.run({"run", "rkmp/3.2", "--out", "out", "--resume"}).code, 0);
  for (const std::string& name : made)
    EXPECT_EQ(there(name), name == "device.log") << name << ": what is gone on with keeps its log";
  leave();
  ASSERT_EQ(program.run({"run", "rkmp/4.1", "--out", "out", "--force"}).code, 0);
  for (const std::string& name : made)
    EXPECT_FALSE(there(name)) << name;
  EXPECT_TRUE(there("results.json"));
}

TEST(Run, WhatIsExpectedToFailIsNoFailure) {
  const Program program;
  const std::string expected = program.write(
      "expected.yaml",
      "expected:\n  - test: rkmp/4.1/responder/attributes-unmodified\n    verdict: fail\n"
      "    reason: the fault that is played\n    until: 2099-12-31\n");
  const auto run = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"run", "rkmp/4.1/responder/attributes-unmodified",
                                          "--expected", expected};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return program.run(arguments);
  };
  const auto as_expected = run({"--fault", "kdf-changed"});
  EXPECT_EQ(as_expected.code, 0) << as_expected.output;
  const auto better = run({});
  EXPECT_EQ(better.code, 1) << "what is expected to fail and passes is told\n" << better.output;
}

TEST(Run, WhatHappensNowAndThenMayPass) {
  const Program program;
  const auto run = [&](const std::string& often, const std::vector<std::string>& more) {
    const std::string expected = program.write(
        "expected.yaml",
        "expected:\n  - test: rkmp/4.1/responder/attributes-unmodified\n    verdict: fail\n"
        "    often: " +
            often + "\n    reason: the fault that is played\n    until: 2099-12-31\n");
    std::vector<std::string> arguments = {"run", "rkmp/4.1/responder/attributes-unmodified",
                                          "--expected", expected};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return program.run(arguments);
  };
  EXPECT_EQ(run("now and then", {"--fault", "kdf-changed"}).code, 0);
  EXPECT_EQ(run("now and then", {}).code, 0);
  const auto other = run("always", {});
  EXPECT_EQ(other.code, 2) << other.output;
  EXPECT_THAT(other.output, HasSubstr("expected.yaml:4:12: often: expected 'now and then'"));
}

TEST(Prove, EveryFaultIsCaughtAndTheFaultlessDeviceIsClean) {
  const Program program;
  const auto ended = program.run({"prove", "--out", "proof"});
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("the faultless device fails 0 of"));
  EXPECT_THAT(ended.output, HasSubstr("\n      caught by rkmp/"));
  EXPECT_THAT(ended.output, HasSubstr("\n    cannot be observed: "));
  EXPECT_EQ(complaint("proof.schema.json", json_of(program.file("proof/proof.json"))), "");
  EXPECT_TRUE(fs::exists(program.file("proof/proof.html")));
}

// Other tests under the same names are another run.
TEST(Run, OtherSuitesAreAnotherRun) {
  const Program program;
  const fs::path suites = program.file("suites");
  fs::copy(KARPSPEC_SOURCE_DIR "/suites", suites, fs::copy_options::recursive);
  const std::vector<std::string> first = {"--suites", suites, "run", "rkmp/1.1", "--out", "out"};
  ASSERT_EQ(program.run(first).code, 0);
  std::vector<std::string> again = first;
  again.emplace_back("--resume");
  std::ofstream(suites / "profile.md", std::ios::app) << "\nA guide is no test.\n";
  EXPECT_EQ(program.run(again).code, 0);
  std::ofstream(suites / "defaults.yaml", std::ios::app) << "# changed\n";
  const auto ended = program.run(again);
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.output, HasSubstr("belongs to another run: suites_digest "));
  std::vector<std::string> beside = first;
  beside.back() = "beside";
  ASSERT_EQ(program.run(beside).code, 0);
  EXPECT_THAT(program.run({"report", "compare", "out", "beside"}).output,
              HasSubstr("The tests are not the same, by the SHA-256 of the suites: "));
}

// A test without a fault that it sees proves nothing, and that is no success.
TEST(Prove, ATestThatCatchesNothingIsNotProven) {
  const Program program;
  const fs::path suites = program.file("suites");
  fs::copy(KARPSPEC_SOURCE_DIR "/suites", suites, fs::copy_options::recursive);
  fs::create_directories(suites / "rkmp/4.1.9/responder");
  std::ofstream(suites / "rkmp/4.1.9/responder/idle.yaml")
      << "title: The device answers IKE_SA_INIT\n"
         "checks: [RKMP-4.1-02]\n"
         "role: responder\n"
         "steps:\n"
         "  - send: IKE_SA_INIT {SAi1, KEi, Ni}\n"
         "  - expect: IKE_SA_INIT {SAr1, KEr, Nr}\n";
  const auto ended = program.run({"--suites", suites, "prove", "rkmp/4.1", "rkmp/4.1.9"});
  EXPECT_EQ(ended.code, 1) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("CATCHES NOTHING  rkmp/4.1.9/responder/idle: no fault"));
  EXPECT_THAT(ended.output, HasSubstr("; 1 of them catch nothing\n"));
  const auto some =
      program.run({"--suites", suites, "prove", "rkmp/4.1.9", "--fault", "kdf-changed"});
  EXPECT_EQ(some.output.find("CATCHES"), std::string::npos) << some.output;
}

// Faults that other tests than the selected ones may catch are not held against the selection.
TEST(Prove, ASelectionSpeaksForItsOwnFaultsAlone) {
  const Program program;
  const auto ended = program.run({"prove", "rkmp/4.1", "--out", "proof"});
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr(" not tried"));
  EXPECT_EQ(ended.output.find("MISSED"), std::string::npos);
  EXPECT_EQ(ended.output.find("UNPROVEN"), std::string::npos);
  EXPECT_EQ(json_of(program.file("proof/proof.json"))["summary"]["missed"], 0);
}

TEST(Prove, RefusesAPlaceThatCannotBeWrittenBeforeItPlays) {
  const Program program;
  const auto ended = program.run({"prove", "rkmp/4.1", "--out", "/dev/null/x"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_EQ(ended.lines(), 1U) << ended.output;
}

}  // namespace
}  // namespace karpspec::cli
