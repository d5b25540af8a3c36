#include "sample_results.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "report/findings.h"

namespace karpspec::report {
namespace {

using verdict::Fault;
using verdict::Level;

TestResult result(const std::string& test, const std::string& title, Verdict verdict, Fault fault,
                  const std::string& reason, std::vector<std::string> checks) {
  TestResult item;
  item.test = test;
  item.title = title;
  item.role = test.find("/initiator/") != std::string::npos ? "initiator" : "responder";
  item.checks = std::move(checks);
  item.verdict = verdict;
  item.fault = fault;
  item.reason = reason;
  item.repeat = "karpspec run " + test + " --dut embedded --seed 7";
  item.lab_time = std::chrono::milliseconds(1500);
  item.capture = "tests/" + test + ".pcapng";
  item.keys = "tests/" + test + ".keys";
  item.transcript = "tests/" + test + ".txt";
  return item;
}

std::vector<verdict::Requirement> requirements() {
  std::vector<verdict::Requirement> rows = {
      {"IKE-2.15-02", "RFC5996", "2.15", Level::must, "responder",
       "A wrong AUTH value is answered with AUTHENTICATION_FAILED", "wire", "", ""},
      {"RKMP-3.2-04", "RKMP", "3.2", Level::should, "responder",
       "SAr2 holds one policy with \"<one> & only one\" transform", "wire", "", ""},
      {"RKMP-4.1-02", "RKMP", "4.1", Level::must, "responder",
       "A responder returns the attributes of the chosen transform unmodified", "wire", "", "P-03"},
      {"RKMP-5.1-01", "RKMP", "5.1", Level::may, "both", "A router may delete an old key early",
       "control", "", ""},
      {"RKMP-6-01", "RKMP", "6", Level::implied, "initiator", "Liveness is checked", "wire", "",
       ""},
      {"RKMP-6-02", "RKMP", "6", Level::must, "both", "Keys are wiped from memory",
       "not-observable", "Memory of the device cannot be read from outside", ""}};
  for (verdict::Requirement& row : rows)
    row.document_title = row.document == "RKMP" ? "Keys for <routers>" : "IKEv2, version 2";
  return rows;
}

}  // namespace

TestResult sample_failure() {
  TestResult test = result(
      "rkmp/4.1/responder/options-flag",
      "The chosen transform keeps the options flag that was offered", Verdict::fail, Fault::device,
      "SAr2.proposals[1].transforms[1].flags.O: expected 1, got 0", {"RKMP-4.1-02"});
  verdict::Failure failure;
  failure.step = 4;
  failure.step_text = "expect: IKE_AUTH {IDr, AUTH, SAr2, TSi, TSr}";
  failure.where = "suites/rkmp/4.1/responder/options-flag.yaml:9:5";
  failure.why = "The flag says whether TCP options are covered & must come back";
  failure.field = "SAr2.proposals[1].transforms[1].flags.O";
  failure.octet = 143;
  failure.expected = "1";
  failure.got = "0";
  failure.requirements = {"RKMP-4.1-02"};
  failure.clause =
      "RKMP-4.1-02 (MUST, RKMP section 4.1): A responder returns the attributes of the chosen "
      "transform unmodified";
  test.failure = failure;
  test.exchange = {
      "    0.000s  tester -> device  IKE_SA_INIT request, id 0 {SAi1, KEi, Ni}",
      "    0.002s  device -> tester  IKE_SA_INIT response, id 0 {SAr1, KEr, Nr}",
      "    0.002s  tester -> device  IKE_AUTH request, id 1 {IDi, AUTH, SAi2, TSi, TSr}",
      "    0.004s  device -> tester  IKE_AUTH response, id 1 {IDr, AUTH, SAr2, TSi, TSr}"};
  return test;
}

RunResults sample_run() {
  RunResults results;
  results.info.tool_version = "0.1.0";
  results.info.profile_version = "1";
  results.info.device = "router <b>\"A&B\"</b> {{seed}}";
  results.info.device_version = "<v> 1.2 & later";
  results.info.seed = 7;
  results.info.started = "2031-02-03T04:05:06Z";
  results.info.wall_seconds = 0.25;
  results.requirements = requirements();

  TestResult alternative =
      result("rfc5996/2.15/responder/auth-value", "A wrong AUTH value is refused", Verdict::pass,
             Fault::none, "", {"IKE-2.15-02"});
  alternative.marks = {"ikev2"};
  alternative.notes = {"silence was seen, permitted by RFC 5996 2.21.2"};
  alternative.exchange = {"    0.000s  tester -> device  IKE_SA_INIT request, id 0 {SAi1, KEi, Ni}",
                          "            waits 2 s: <nothing> came"};
  results.tests.push_back(alternative);
  results.tests.push_back(result(
      "rkmp/3.2/responder/one-policy", "SAr2 holds one policy <only>", Verdict::inconclusive,
      Fault::device, "step 2, in fragment ike-sa-init: no answer within 5 s", {"RKMP-3.2-04"}));
  results.tests.push_back(sample_failure());
  results.tests.push_back(result("rkmp/5.1/responder/early-delete", "An old key is deleted early",
                                 Verdict::not_applicable, Fault::none,
                                 "the device does not claim 'early-delete'", {"RKMP-5.1-01"}));
  results.tests.push_back(result("rkmp/6/initiator/liveness", "A silent peer is probed",
                                 Verdict::error, Fault::laboratory, "192.0.2.1: network is down",
                                 {"RKMP-6-01"}));
  return results;
}

RunResults sample_findings() {
  RunResults results = sample_run();
  results.info.pics = {"control", "early-delete", "role initiator", "role responder"};
  results.info.overrides = {"profile.tcp_ao_protocol: 202, not 201",
                            "setup.device.identity.value: <edge>"};
  results.info.findings = {
      {verdict::Finding::Kind::describe, "", "the DUT file claims 'cookies' & the device does not"},
      {verdict::Finding::Kind::expected, "rfc5996/2.15/responder/auth-value",
       "pass where fail was expected until 2040-01-01: <bug 7>"},
      {verdict::Finding::Kind::expected, "", "'rkmp/9' is expected, and there is no such test"}};
  TestResult& known = results.tests[2];
  known.expected = "Told to its maker | in <2026>";
  known.expected_until = "2040-01-01";
  TestResult& unsupported = results.tests[3];
  unsupported.needs = {"control", "early-delete"};
  unsupported.unsupported = "delete-key";
  for (verdict::Finding& finding : broken_claims(results))
    results.info.findings.push_back(std::move(finding));
  return results;
}

Proof sample_proof() {
  RunResults run = sample_run();
  Proof proof{run.info, run.tests, run.requirements, {}};
  proof.info.device = "embedded";
  proof.info.device_version.clear();
  for (TestResult& test : proof.tests) {
    test.verdict = Verdict::pass;
    test.fault = Fault::none;
    test.reason.clear();
    test.failure.reset();
  }
  proof.faults = {{"auth-unchecked",
                   "accepts any AUTH in IKE_AUTH",
                   {"IKE-2.15-02"},
                   {"rfc5996/2.15/responder/auth-value"},
                   {"rfc5996/2.15/responder/auth-value"}},
                  {"options-flag-cleared",
                   "answers with O = 0 & forgets what was offered",
                   {"RKMP-4.1-02"},
                   {"rkmp/4.1/responder/options-flag"},
                   {}}};
  return proof;
}

Comparison sample_comparison() {
  ComparedRun first{"", "out/one", "../one", sample_run()};
  ComparedRun other{"", "out/other", "", sample_run()};
  other.results.info.device = "other";
  other.results.info.device_version = "4 | 5";
  other.results.tests.erase(other.results.tests.begin() + 1);
  other.results.tests[1].verdict = Verdict::pass;
  other.results.tests[1].fault = Fault::none;
  other.results.tests[1].failure.reset();
  TestResult& refused = other.results.tests[0];
  refused.verdict = Verdict::fail;
  refused.fault = Fault::device;
  refused.failure = sample_failure().failure;
  refused.failure->requirements = {"IKE-2.15-02"};
  refused.expected = "It closes the SA first, see <its> manual";

  ComparedRun later{"", "out/two", "../two", sample_run()};
  later.results.info.seed = 8;
  later.results.tests[0].verdict = Verdict::fail;
  later.results.tests[0].fault = Fault::device;
  later.results.tests[0].failure = sample_failure().failure;
  later.results.tests[1].verdict = Verdict::pass;
  later.results.tests[1].fault = Fault::none;
  later.results.tests[2].expected = "Told to its maker";
  later.results.tests[2].failure->step = 5;
  for (int i = 0; i < 20; ++i) {
    later.results.tests[2].exchange.push_back("            waits " + std::to_string(i) + " s");
  }
  TestResult added = result("rkmp/6/initiator/liveness-twice", "It is probed again", Verdict::pass,
                            Fault::none, "", {"RKMP-6-01"});
  later.results.tests.push_back(added);

  std::vector<ComparedRun> runs;
  runs.push_back(std::move(first));
  runs.push_back(std::move(other));
  runs.push_back(std::move(later));
  auto comparison = compare(std::move(runs));
  EXPECT_TRUE(comparison);
  return *std::move(comparison);
}

void expect_golden(const std::string& text, const std::string& name) {
  const std::string path =
      std::string(KARPSPEC_SOURCE_DIR) + "/harness/tests/report/golden/" + name;
  if (const char* mode = std::getenv("KARPSPEC_GOLDEN"); mode != nullptr && *mode == 'w') {
    std::ofstream(path, std::ios::binary) << text;
  }
  std::ifstream in(path, std::ios::binary);
  std::stringstream golden;
  golden << in.rdbuf();
  EXPECT_EQ(text, golden.str()) << "differs from " << name
                                << "; if that is meant: KARPSPEC_GOLDEN=write";
}

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "karpspec-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr)
    std::abort();
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace karpspec::report
