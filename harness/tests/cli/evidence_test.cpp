#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "program.h"
#include "tests/support/sanitized.h"
#include "tests/support/schema.h"

// What a whole run leaves behind, read by programs that others wrote.
namespace karpspec::cli {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::Not;

class Evidence : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    program_ = new Program;
    const auto ended = program_->run({"run", "--seed", "1", "--out", "out"});
    ASSERT_EQ(ended.code, 0) << ended.output;
  }
  static void TearDownTestSuite() {
    delete program_;
    program_ = nullptr;
  }
  static Program* program_;
};
Program* Evidence::program_ = nullptr;

// The tests of a list in this folder: one a line, # begins a comment.
std::set<std::string> listed(const std::string& name) {
  std::ifstream in(std::string(KARPSPEC_SOURCE_DIR "/harness/tests/cli/") + name);
  std::set<std::string> out;
  for (std::string line; std::getline(in, line);)
    if (!line.empty() && line[0] != '#')
      out.insert(line);
  return out;
}

// All captures, put behind one another, with all keys: which test a packet is of is told by its
// number.
TEST_F(Evidence, TsharkOpensEveryCaptureAndFindsMalformedOnlyWhatWasDamaged) {
  for (const char* name : {"tshark", "mergecap", "capinfos"})
    if (!has_program(*program_, name))
      GTEST_SKIP() << "needs " << name << " (Debian packages tshark and wireshark-common)";
  // Wireshark does not know MRKMP, which is spoken at a port of its own: what the tests of groups
  // capture is opened by `karpspec decode`.
  const auto results = json_of(program_->file("out/results.json"));
  std::set<std::string> of_groups;
  for (const auto& test : results["tests"])
    if (test["role"] == "router" && test.contains("capture"))
      of_groups.insert(test["test"].get<std::string>());
  std::vector<std::string> captures;
  std::string keys;
  for (const std::string& name : files_below(program_->file("out/tests"))) {
    if (of_groups.contains(name.substr(0, name.rfind('.'))))
      continue;
    if (name.ends_with(".pcapng"))
      captures.push_back(name);
    else if (name.ends_with(".keys"))
      keys += text_of(program_->file("out/tests/" + name));
  }
  // In a test of silence there is nothing to capture, nor in one that only asks by control.
  const auto named = std::count_if(results["tests"].begin(), results["tests"].end(),
                                   [](const auto& test) { return test.contains("capture"); });
  ASSERT_EQ(captures.size() + of_groups.size(), static_cast<std::size_t>(named));
  const auto asking = std::count_if(
      results["tests"].begin(), results["tests"].end(),
      [](const auto& test) { return test["role"] == "router" && !test.contains("capture"); });
  ASSERT_LT(results["tests"].size() - static_cast<std::size_t>(asking + named), 10U);
  program_->write("wireshark/ikev2_decryption_table", keys);
  std::vector<std::string> merge = {"mergecap", "-a", "-w", program_->file("all.pcapng")};
  std::vector<std::string> count = {"capinfos", "-T", "-r", "-M", "-c"};
  for (const std::string& name : captures) {
    merge.push_back(program_->file("out/tests/" + name));
    count.push_back(program_->file("out/tests/" + name));
  }
  ASSERT_EQ(program_->run_other(merge).code, 0);
  std::vector<std::string> test_of_packet;
  std::istringstream counts(program_->run_other(count).output);
  std::size_t file = 0;
  for (std::string line; std::getline(counts, line);) {
    const auto tab = line.rfind('\t');
    if (tab == std::string::npos)
      continue;
    ASSERT_LT(file, captures.size());
    const std::string& name = captures[file++];
    test_of_packet.insert(test_of_packet.end(), std::stoul(line.substr(tab + 1)),
                          name.substr(0, name.size() - std::string(".pcapng").size()));
  }
  ASSERT_EQ(file, captures.size());

  const auto read = program_->run_other(
      {"tshark", "-r", program_->file("all.pcapng"), "-T", "fields", "-E", "separator=|", "-e",
       "frame.number", "-e", "isakmp.exchangetype", "-e", "isakmp.typepayload", "-e",
       "isakmp.enc.decrypted", "-e", "_ws.malformed", "-e", "_ws.expert.message"},
      {{"HOME", program_->folder()}, {"XDG_CONFIG_HOME", program_->folder()}});
  ASSERT_EQ(read.code, 0) << read.output;
  std::set<std::string> malformed, closed;
  std::size_t packets = 0, opened = 0;
  std::istringstream lines(read.output);
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> fields;
    std::istringstream parts(line);
    for (std::string part; std::getline(parts, part, '|');)
      fields.push_back(part);
    if (fields.empty() || fields[0].find_first_not_of("0123456789") != std::string::npos)
      continue;  // what tshark says about being root
    fields.resize(6);
    ++packets;
    ASSERT_EQ(fields[0], std::to_string(packets));
    ASSERT_LE(packets, test_of_packet.size());
    const std::string& test = test_of_packet[packets - 1];
    if (!fields[4].empty() || fields[5].find("incorrect") != std::string::npos ||
        fields[5].find("ogus") != std::string::npos)
      malformed.insert(test);
    // An Encrypted or an Encrypted Fragment payload (RFC 7383).
    const std::string first = fields[2].substr(0, 3);
    const bool sealed = first == "46" || first == "46," || first == "53" || first == "53,";
    if (sealed && fields[3].empty())
      closed.insert(test);
    opened += fields[3].empty() ? 0U : 1U;
  }
  EXPECT_EQ(packets, test_of_packet.size());
  EXPECT_GT(opened, packets / 3);
  for (const std::string& raw : listed("raw-keys.txt"))
    malformed.erase(raw);
  EXPECT_THAT(malformed, ElementsAreArray(listed("damaged-on-purpose.txt")))
      << "what tshark calls malformed is what the scenarios damage, and nothing else";
  EXPECT_THAT(closed, ElementsAreArray(listed("not-decrypted.txt")))
      << "tshark opens everything else with the keys of the run";
}

TEST_F(Evidence, ResultsAreWhatTheirSchemaSays) {
  EXPECT_EQ(complaint("results.schema.json", json_of(program_->file("out/results.json"))), "");
}

TEST(Words, TheListOfTestsIsWhatItsSchemaSays) {
  std::vector<std::string> list = {"list", "tests", "--json"};
  // The faults that the tests claim are played.
  if (tests::sanitized)
    list.insert(list.end(), {"rkmp", "rfc7210", "gatekeeper"});
  const Program program;
  const auto ended = program.run(list);
  ASSERT_EQ(ended.code, 0) << ended.output;
  const Json tests = tests::read_json(ended.output);
  EXPECT_EQ(complaint("tests.schema.json", tests), "");
  EXPECT_THAT(ended.output, Not(HasSubstr("-----BEGIN")));
  std::size_t catching = 0;
  for (const Json& test : tests)
    for (const Json& fault : test["faults"])
      catching += fault["caught"].get<bool>() ? 1U : 0U;
  EXPECT_GT(catching, tests.size()) << "faults are played against the tests that claim them";
}

TEST(Words, RequirementsNameTheirTestsAndFaults) {
  const Program program;
  const auto ended = program.run({"list", "requirements", "--json"});
  ASSERT_EQ(ended.code, 0) << ended.output;
  for (const Json& row : tests::read_json(ended.output)) {
    if (row["requirement"] != "RKMP-4.1-02")
      continue;
    EXPECT_FALSE(row["tests"].empty());
    EXPECT_FALSE(row["faults"].empty());
    return;
  }
  FAIL() << "no row RKMP-4.1-02";
}

TEST_F(Evidence, ReportsCanBeMadeAnew) {
  const std::string page = text_of(program_->file("out/report.html"));
  const std::string xml = text_of(program_->file("out/junit.xml"));
  fs::remove(program_->file("out/report.html"));
  fs::remove(program_->file("out/junit.xml"));
  const auto ended = program_->run({"report", "out", "--format", "html,junit"});
  ASSERT_EQ(ended.code, 0) << ended.output;
  EXPECT_EQ(text_of(program_->file("out/report.html")), page);
  EXPECT_EQ(text_of(program_->file("out/junit.xml")), xml);
}

TEST_F(Evidence, JunitIsXml) {
  if (!has_program(*program_, "xmllint"))
    GTEST_SKIP() << "xmllint is not installed";
  const auto ended = program_->run_other({"xmllint", "--noout", program_->file("out/junit.xml")});
  EXPECT_EQ(ended.code, 0) << ended.output;
}

// A browser shows every test, and its scripts and styles complain of nothing.
TEST_F(Evidence, TheReportOpensInABrowser) {
  if (!has_program(*program_, "chromium"))
    GTEST_SKIP() << "chromium is not installed";
  const auto ended = program_->run_other(
      {"chromium", "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
       "--user-data-dir=" + program_->file("browser").string(), "--virtual-time-budget=2000",
       "--dump-dom", "file://" + program_->file("out/report.html").string()},
      {{"HOME", program_->folder()}});
  ASSERT_EQ(ended.code, 0) << ended.output.substr(0, 2000);
  EXPECT_EQ(ended.output.find("CONSOLE"), std::string::npos) << ended.output.substr(0, 2000);
  const Json results = json_of(program_->file("out/results.json"));
  EXPECT_GT(results["tests"].size(), 150U);
  for (const Json& test : results["tests"])
    EXPECT_NE(ended.output.find(test["test"].get<std::string>()), std::string::npos)
        << test["test"];
}

TEST_F(Evidence, CapturesAreDecodedByTheProgramItself) {
  const std::string test = "out/tests/rkmp/3.2/responder/one-policy";
  const auto open = program_->run({"decode", test + ".pcapng", "--keys", test + ".keys"});
  EXPECT_EQ(open.code, 0) << open.output;
  EXPECT_THAT(open.output, HasSubstr("IKE_AUTH"));
  EXPECT_THAT(open.output, HasSubstr("RP"));
  const auto closed = program_->run({"decode", test + ".pcapng"});
  EXPECT_EQ(closed.code, 0) << closed.output;
  EXPECT_THAT(closed.output, HasSubstr("SK"));
  const auto json = program_->run({"decode", test + ".pcapng", "--keys", test + ".keys", "--json"});
  EXPECT_EQ(json.code, 0) << json.output;
  std::istringstream lines(json.output);
  std::size_t messages = 0;
  for (std::string line; std::getline(lines, line); ++messages)
    EXPECT_TRUE(Json::accept(line)) << line;
  EXPECT_EQ(messages, 4U);
}

TEST(Words, ListAndExplainSayWhatThereIs) {
  const Program program;
  for (const char* what : {"tests", "requirements", "faults", "suites", "payloads"}) {
    const auto ended = program.run({"list", what});
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_GT(ended.lines(), 5U) << what;
  }
  for (const char* name : {"rkmp/3.2/responder/one-policy", "RKMP-4.1-02", "kdf-changed"}) {
    const auto ended = program.run({"explain", name});
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr(name));
  }
  // What a test sees is played, not claimed.
  EXPECT_THAT(program.run({"explain", "rkmp/3.2/responder/one-policy"}).output,
              HasSubstr("\n  caught    "));
  for (const char* command : {"run", "prove", "list", "explain", "decode", "report"})
    EXPECT_EQ(program.run({command, "--help"}).code, 0) << command;
}

}  // namespace
}  // namespace karpspec::cli
