#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <unordered_map>

#include "base/hidden_secrets.h"
#include "program.h"
#include "tests/support/sanitized.h"

// In what a run leaves behind keys stand in the files that are for them, and nowhere else.
namespace karpspec::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;

bool is_for_keys(const std::string& name) {
  return name.ends_with(".keys") || name.ends_with(".secrets.yaml") ||
         name.ends_with(".keytable.yaml");
}

// What TEXT has where PATTERN has its group, each as octets; 0x and all-hexadecimal ones are.
void find_all(const std::string& text, const std::regex& pattern, bool hexadecimal,
              std::set<Octets>& secrets) {
  for (auto found = std::sregex_iterator(text.begin(), text.end(), pattern);
       found != std::sregex_iterator(); ++found) {
    const std::string value = (*found)[1];
    if (!hexadecimal)
      secrets.insert(octets_of(value));
    else if (const auto octets = from_hex(value))
      secrets.insert(*octets);
  }
}

// The keys in the files below OUT that are for keys.
std::set<Octets> keys_of_run(const fs::path& out) {
  std::set<Octets> secrets;
  for (const std::string& name : files_below(out)) {
    if (!is_for_keys(name))
      continue;
    const std::string text = text_of(out / name);
    if (!name.ends_with(".keys")) {
      find_all(text, std::regex(R"((?:key|value|Key): (?:0x|")?([0-9a-f]{8,}))"), true, secrets);
      continue;
    }
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      // SPIi, SPIr, SK_ei, SK_er, cipher, SK_ai, SK_ar, integrity.
      std::istringstream parts(line);
      std::size_t part = 0;
      for (std::string value; std::getline(parts, value, ','); ++part)
        if (part == 2 || part == 3 || part == 5 || part == 6)
          if (const auto octets = from_hex(value))
            secrets.insert(*octets);
    }
  }
  return secrets;
}

// Whether it is worth looking for: what is one octet again and again may be a nonce of another
// test.
bool is_telling(const Octets& secret) {
  return std::set<std::uint8_t>(secret.begin(), secret.end()).size() > 2;
}

// What tests configure devices with.
std::set<Octets> secrets_of_suites() {
  std::set<Octets> secrets;
  const fs::path suites = KARPSPEC_SOURCE_DIR "/suites";
  for (const std::string& name : files_below(suites)) {
    if (name.ends_with(".yaml") && !name.starts_with("requirements/")) {
      const std::string text = text_of(suites / name);
      find_all(text, std::regex(R"(\bpsk: "?([a-z][a-z ]{15,}))"), false, secrets);
      find_all(text, std::regex(R"(\b[kK]ey: "?([0-9a-f]{16,}))"), true, secrets);
    } else if (name.ends_with(".key")) {
      // Each line of PEM is a text of its own.
      find_all(text_of(suites / name), std::regex(R"(([A-Za-z0-9+/]{32,}))"), false, secrets);
    }
  }
  std::erase_if(secrets, [](const Octets& secret) { return !is_telling(secret); });
  return secrets;
}

// "FILE: FORM" of everything below OUT, but files for keys, that holds one of SECRETS as
// characters, in hexadecimal or in base64.
std::vector<std::string> leaks(const fs::path& out, const std::set<Octets>& secrets) {
  constexpr std::size_t start = 16;
  std::unordered_map<std::string, std::vector<std::string>> forms;
  // Nearly every place of a text is none of a form's, which its first octets say soonest.
  const auto lot = [](const char* octets) {
    std::uint64_t first = 0;
    std::memcpy(&first, octets, sizeof first);
    return (first * 0x9e3779b97f4a7c15ULL) >> 44U;
  };
  std::vector<char> may_begin(std::size_t{1} << 20U);
  for (const Octets& secret : secrets) {
    const std::string hex = to_hex(secret);
    std::string upper = hex;
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    for (const std::string& form :
         {hex, upper, to_base64(secret), std::string(secret.begin(), secret.end())})
      if (form.size() >= start) {
        forms[form.substr(0, start)].push_back(form);
        may_begin[lot(form.data())] = 1;
      }
  }
  std::vector<std::string> found;
  for (const std::string& name : files_below(out)) {
    // What a test sends in clear on purpose stands in its capture.
    if (is_for_keys(name) || name.ends_with(".pcapng"))
      continue;
    const std::string text = text_of(out / name);
    const char* const octets = text.data();
    for (std::size_t at = 0; at + start <= text.size(); ++at) {
      if (may_begin[lot(octets + at)] == 0)
        continue;
      const auto known = forms.find(text.substr(at, start));
      if (known == forms.end())
        continue;
      for (const std::string& form : known->second)
        if (text.compare(at, form.size(), form) == 0)
          found.push_back(name + ": " + form);
    }
  }
  return found;
}

class Secrets : public testing::Test {
 protected:
  // A run that passes, and one that has something to tell of keys.
  static void SetUpTestSuite() {
    program_ = new Program;
    std::vector<std::string> passing = {"run", "--out", "out/good"};
    if (tests::sanitized)
      passing.insert(passing.end(), {"rkmp", "mrkmp/3", "keyserver", "ops"});
    EXPECT_EQ(program_->run(passing).code, 0);
    EXPECT_EQ(
        program_->run({"run", "rkmp", "--fault", "master-key-nonces-swapped", "--out", "out/bad"})
            .code,
        1);
  }
  static void TearDownTestSuite() {
    delete program_;
    program_ = nullptr;
  }
  static Program* program_;
};
Program* Secrets::program_ = nullptr;

TEST_F(Secrets, StandInNoReportAndNoTranscript) {
  std::set<Octets> secrets = keys_of_run(program_->file("out"));
  EXPECT_GT(secrets.size(), 200U);
  const std::set<Octets> configured = secrets_of_suites();
  EXPECT_GT(configured.size(), 20U);
  secrets.insert(configured.begin(), configured.end());
  // A key of rfc5925/3.1 whose octets are words that titles have too.
  secrets.erase(octets_of("options are left out"));
  EXPECT_THAT(leaks(program_->file("out"), secrets), IsEmpty());
  EXPECT_THAT(text_of(program_->file("out/good/results.json")), HasSubstr("[secret 1]"));
  EXPECT_THAT(text_of(program_->file("out/bad/results.json")), HasSubstr("got [secret "));
}

// The test above can fail: a key that is put into any of the files is found, however it is written.
TEST_F(Secrets, ThatArePlantedAreFound) {
  const std::set<Octets> secrets = keys_of_run(program_->file("out/bad"));
  ASSERT_FALSE(secrets.empty());
  Octets planted;
  for (const Octets& secret : secrets)
    if (secret.size() >= 16)
      planted = secret;
  ASSERT_FALSE(planted.empty());
  const std::string hex = to_hex(planted);
  std::size_t expected = 0;
  for (const char* file : {"results.json", "journal.jsonl", "report.html", "junit.xml"}) {
    for (const std::string& form : {hex, to_base64(planted)}) {
      std::ofstream(program_->file("out/bad") / file, std::ios::app) << "\n" << form;
      EXPECT_EQ(leaks(program_->file("out/bad"), secrets).size(), ++expected) << file;
    }
  }
}

// An adapter that repeats what it was given, where it refuses it.
TEST_F(Secrets, ThatADeviceRepeatsAreHidden) {
  const std::string device = program_->write(
      "echo.sh",
      "while read -r line; do\n"
      "  id=$(printf '%s' \"$line\" | sed 's/.*\"id\":\\([0-9]*\\).*/\\1/')\n"
      "  case $line in\n"
      "    *'\"describe\"'*) printf '{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"name\":\"echo\","
      "\"child\":\"rkmp\",\"pics\":{\"roles\":[\"responder\"],\"auth\":[\"psk\"],"
      "\"control\":true}}}\\n' \"$id\" ;;\n"
      "    *'\"reset\"'*) printf '{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{}}\\n' \"$id\" ;;\n"
      "    *'\"configure\"'*) printf '{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32602,"
      "\"message\":\"no such psk: a preshared key of one pair of routers\"}}\\n' \"$id\" ;;\n"
      "    *) printf '{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32601,"
      "\"message\":\"unknown\"}}\\n' \"$id\" ;;\n"
      "  esac\n"
      "done\n");
  const std::string dut = program_->write(
      "echo.yaml",
      "name: echo\nstart: {kind: process, command: [sh, " + device +
          "]}\naddress: 127.0.0.1\nport: 17540\n"
          "tester: {address: 127.0.0.2, port: 17540}\ncontrol: {kind: json-rpc, over: stdio}\n"
          "pics: {roles: [responder], auth: [psk], control: true}\n");
  const auto ended =
      program_->run({"run", "rkmp/3.2/responder/one-policy", "--dut", dut, "--out", "echo"});
  EXPECT_EQ(ended.output.find("a preshared key of one pair of routers"), std::string::npos)
      << ended.output;
  if (fs::exists(program_->file("echo"))) {
    EXPECT_THAT(
        leaks(program_->file("echo"), {octets_of("a preshared key of one pair of routers")}),
        IsEmpty());
  }
  EXPECT_EQ(ended.code, 3) << ended.output;
}

}  // namespace
}  // namespace karpspec::cli
