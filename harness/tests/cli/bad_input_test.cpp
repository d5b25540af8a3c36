#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.h"

// Whatever is wrong with what a user gives: one line that says what and where, and exit code 2.
namespace karpspec::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

void expect_refusal(const Ended& ended, const std::string& what, const std::string& of) {
  EXPECT_EQ(ended.code, 2) << of << ": " << ended.output;
  EXPECT_EQ(ended.lines(), 1U) << of << ": " << ended.output;
  EXPECT_THAT(ended.output, StartsWith("karpspec: ")) << of;
  EXPECT_THAT(ended.output, HasSubstr(what)) << of;
}

// The scenarios that the loader's own tests have, through the whole program: each in a folder of
// suites where it is the only scenario.
TEST(BadInput, OfScenariosIsOneLineWithItsPlace) {
  const fs::path bad = source_tree / "harness/tests/script/bad";
  const Program program;
  fs::create_directory(program.file("suites"));
  fs::copy(source_tree / "suites/requirements", program.file("suites/requirements"));
  for (const char* name : {"defaults.yaml", "profile.yaml"})
    fs::copy_file(source_tree / "suites" / name, program.file(std::string("suites/") + name));
  fs::copy(bad / "fragments", program.file("suites/fragments"));
  std::size_t tried = 0;
  for (const auto& entry : fs::directory_iterator(bad)) {
    if (entry.path().extension() != ".yaml")
      continue;
    const std::string text = text_of(entry.path());
    const auto marker = text.find("# error: ");
    ASSERT_NE(marker, std::string::npos) << entry.path();
    std::string expected = text.substr(marker + 9, text.find('\n', marker) - marker - 9);
    if (expected.starts_with("suites/") && !expected.starts_with("suites/fragments/"))
      expected.insert(7, "rkmp/");
    const std::string name = "suites/rkmp/" + entry.path().filename().string();
    program.write(name, text);
    expect_refusal(program.run({"--suites", "suites", "run"}), expected, name);
    fs::remove(program.file(name));
    ++tried;
  }
  EXPECT_GE(tried, 30U);
}

TEST(BadInput, OfCommandLines) {
  const Program program;
  const struct {
    std::vector<std::string> arguments;
    const char* says;
  } cases[] = {
      {{}, "A subcommand is required"},
      {{"frob"}, "no command 'frob'"},
      {{"run", "nope"}, "no suite or test 'nope'"},
      {{"run", "--dut", "nope.yaml"}, "nope.yaml: cannot be read"},
      {{"run", "--seed", "x"}, "--seed"},
      {{"run", "--jobs", "-1"}, "--jobs"},
      {{"run", "--shard", "3/2"}, "expected I/N"},
      {{"run", "--shard", "one"}, "expected I/N"},
      {{"run", "--resume"}, "--resume goes with --out"},
      {{"run", "--fault", "nope"}, "no fault 'nope'"},
      {{"run", "--expected", "nope.yaml"}, "nope.yaml: cannot be read"},
      {{"run", "--out", "/dev/null/x"}, "/dev/null/x"},
      {{"run", "--frob"}, "--frob"},
      {{"explain"}, "NAME is required"},
      {{"explain", "nope"}, "no test, requirement or fault 'nope'"},
      {{"list", "nope"}, "nope"},
      {{"decode", "nope.pcap"}, "nope.pcap: no such file"},
      {{"decode", "--hex", "xyz"}, "--hex: not a hexadecimal digit"},
      {{"report", "nope", "--format", "html"}, "nope"},
      {{"prove", "--fault", "nope"}, "nope"},
      {{"--suites", "/nope", "run"}, "/nope: no folder of suites"},
      {{"frobnicate", "--help"}, "no command 'frobnicate'"},
      {{"run", "rkpm"}, "did you mean 'rkmp'?"},
      {{"prove", "rkmpp"}, "did you mean 'rkmp'?"},
      {{"run", "--dut", "embeded"}, "did you mean 'embedded'?"},
      {{"run", "--dut", "."}, ".: cannot be read: it is a directory"},
      {{"run", "--expected", "."}, ".: cannot be read: it is a directory"},
      {{"decode", "x.pcap", "--keys", "."}, ".: is a directory"},
      {{"run", "--sede", "1"}, "did you mean '--seed'?"},
      {{"list", "tests", "--jsno"}, "did you mean '--json'?"},
  };
  for (const auto& one : cases) {
    std::string line;
    for (const std::string& argument : one.arguments)
      line += argument + " ";
    expect_refusal(program.run(one.arguments), one.says, line);
  }
}

TEST(BadInput, OfDutFiles) {
  const Program program;
  const std::string good =
      "name: x\nstart: {kind: running}\naddress: 127.0.0.1\n"
      "tester: {address: 127.0.0.2}\ncontrol: {kind: none}\n";
  const struct {
    std::string text;
    const char* says;
  } cases[] = {
      {"name: [\n", "malformed YAML"},
      {"", "dut.yaml:"},
      {"- a list\n", "dut.yaml:1:1: "},
      {good + "colour: red\n", "dut.yaml:6:1: unknown key 'colour'"},
      {"name: x\nstart: {kind: hovering}\n", "hovering"},
      {good + "port: many\n", "dut.yaml:6:7: "},
      {good + "port: 70000\n", "dut.yaml:6:7: "},
      {good + "pics: yes\n", "dut.yaml:6:7: "},
      {good + "pics: {roles: [observer]}\n", "observer"},
      {good + "expected: missing.yaml\n", "missing.yaml"},
      {good + "pics: {claims: [cookies, livenes]}\n",
       "dut.yaml:6:26: unknown claim 'livenes'; did you mean 'liveness'?"},
      {good + "setup: {device: {identiy: {type: ID_FQDN, value: x}}}\n",
       "dut.yaml:6:18: unknown key 'identiy'"},
      {good + "setup: {device: {identity: {typ: ID_FQDN, value: x}}}\n", "unknown key 'typ'"},
      {good + "setup: {device: {timers: {retransmit_frist: 1}}}\n", "retransmit_frist"},
      {good + "setup: {device: {peers: [{name: tester, pks: x}]}}\n", "unknown key 'pks'"},
      {good + "setup: {tester: {pks: x}}\n", "unknown key 'pks'"},
  };
  for (const auto& one : cases) {
    const std::string file = program.write("dut.yaml", one.text);
    expect_refusal(program.run({"run", "--dut", "dut.yaml"}), one.says, one.text);
  }
}

TEST(BadInput, OfOtherFiles) {
  const Program program;
  program.write("text.pcap", "this is no capture\n");
  expect_refusal(program.run({"decode", "text.pcap"}), "text.pcap", "a text as capture");
  ASSERT_EQ(program.run({"run", "rkmp/3.2/responder/one-policy", "--out", "out"}).code, 0);
  program.write("bad.keys", "0011,22\n");
  expect_refusal(program.run({"decode", "out/tests/rkmp/3.2/responder/one-policy.pcapng", "--keys",
                              "bad.keys"}),
                 "bad.keys:1: ", "keys of two fields");
  expect_refusal(program.run({"decode", "out/tests/rkmp/3.2/responder/one-policy.pcapng", "--keys",
                              "none.keys"}),
                 "none.keys", "missing keys");
  program.write("expected.yaml", "expected:\n  - test: rkmp/none\n    verdict: maybe\n");
  expect_refusal(program.run({"run", "rkmp/3.2", "--expected", "expected.yaml"}),
                 "expected.yaml:", "an expected verdict that there is not");
  program.write("out/results.json", "{\"tests\": 3}");
  expect_refusal(program.run({"report", "out", "--format", "html"}), "results.json",
                 "results of another form");
}

TEST(BadInput, OfResultsThatAreDirectories) {
  const Program program;
  fs::create_directories(program.file("one/results.json"));
  fs::create_directories(program.file("two/results.json"));
  expect_refusal(program.run({"report", "compare", "one", "two"}), "results.json: is a directory",
                 "results.json as directory");
}

TEST(BadInput, CaptureThatIsCutIsShownAsFarAsItGoes) {
  const Program program;
  ASSERT_EQ(program.run({"run", "rkmp/3.2/responder/one-policy", "--out", "out"}).code, 0);
  const std::string whole = text_of(program.file("out/tests/rkmp/3.2/responder/one-policy.pcapng"));
  for (const std::size_t less : {1U, 4U, 30U, 100U}) {
    program.write("cut.pcapng", whole.substr(0, whole.size() - less));
    const auto ended = program.run({"decode", "cut.pcapng"});
    EXPECT_EQ(ended.code, 2) << less << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("frame 1")) << less;
  }
}

TEST(BadInput, OutputThatCannotBeWrittenIsNoticed) {
  const Program program;
  EXPECT_EQ(
      program.run_other({"sh", "-c", KARPSPEC_BINARY_DIR "/karpspec list tests > /dev/full"}).code,
      3);
}

TEST(Explain, SaysWhatCatchesAFaultAndWhatIsInASuite) {
  const Program program;
  EXPECT_THAT(program.run({"explain", "self-signed-by-anybody"}).output,
              HasSubstr("caught by: ops/4.2/responder/other-fingerprint"));
  EXPECT_THAT(program.run({"explain", "RKMP-4.1"}).output, HasSubstr("RKMP-4.1-02  "));
  EXPECT_THAT(program.run({"explain", "P-24"}).output, HasSubstr("**P-24 Baseline.** AES-CBC-128"));
  EXPECT_EQ(program.run({"explain", "P-24"}).output.find("P-25"), std::string::npos);
  const auto listed = program.run({"list", "tests", "rkmp/3.2"});
  EXPECT_EQ(listed.code, 0);
  EXPECT_EQ(listed.output.find("rkmp/3.3"), std::string::npos);
  EXPECT_EQ(program.run({"list", "faults", "rkmp/3.2"}).code, 2);
  EXPECT_THAT(program.run({"explain", "rkmp/3.2"}).output,
              HasSubstr("rkmp/3.2/responder/one-policy  "));
}

}  // namespace
}  // namespace karpspec::cli
