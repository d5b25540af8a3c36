#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "program.h"

// The golden captures of pcaps/: what the reference device sends today, and what `diff` says.
namespace karpspec::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const fs::path pcaps = KARPSPEC_SOURCE_DIR "/pcaps";

struct Golden {
  std::string name, test, dut;
  [[nodiscard]] std::string file(const std::string& kind) const {
    return (pcaps / (name + kind)).string();
  }
  [[nodiscard]] std::vector<std::string> keys() const {
    std::vector<std::string> out;
    for (const char* kind : {".keys", ".keytable.yaml"})
      if (fs::exists(file(kind)))
        out.insert(out.end(), {"--keys", file(kind)});
    return out;
  }
  [[nodiscard]] std::vector<std::string> with_keys(std::vector<std::string> command) const {
    const auto more = keys();
    command.insert(command.end(), more.begin(), more.end());
    return command;
  }
};

std::vector<Golden> goldens() {
  std::vector<Golden> out;
  std::ifstream in(pcaps / "golden.txt");
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#')
      continue;
    std::istringstream words(line);
    Golden golden;
    words >> golden.name >> golden.test >> golden.dut;
    out.push_back(golden);
  }
  return out;
}

TEST(GoldenCaptures, EachIsWhatItsTranscriptSays) {
  const Program program;
  ASSERT_GE(goldens().size(), 30U);
  for (const Golden& golden : goldens()) {
    const Ended ended = program.run(golden.with_keys(
        {"diff", golden.file(".pcapng"), golden.file(".transcript.yaml"), "--exact"}));
    EXPECT_EQ(ended.code, 0) << golden.name << "\n" << ended.output;
  }
}

TEST(GoldenCaptures, TheReferenceDeviceSendsTheSameOctetsToday) {
  const Program program;
  std::vector<std::string> command = {"run", "--seed", "1", "--out", "out"};
  for (const Golden& golden : goldens())
    if (golden.dut.empty())
      command.push_back(golden.test);
  ASSERT_EQ(program.run(command).code, 0);
  for (const Golden& golden : goldens()) {
    if (!golden.dut.empty())
      continue;
    const std::string made = "out/tests/" + golden.test;
    EXPECT_TRUE(text_of(program.file(made + ".pcapng")) == text_of(golden.file(".pcapng")))
        << golden.name << ": pcaps/update makes it anew, with what is different for review";
    for (const char* kind : {".keys", ".keytable.yaml"})
      if (fs::exists(golden.file(kind))) {
        EXPECT_EQ(text_of(program.file(made + kind)), text_of(golden.file(kind))) << golden.name;
      }
  }
}

TEST(GoldenCaptures, DecodeWritesTheTranscriptsThatAreThere) {
  const Program program;
  for (const Golden& golden : goldens()) {
    const Ended ended =
        program.run_other({"sh", "-c",
                           std::string(KARPSPEC_BINARY_DIR "/karpspec decode --transcript ") +
                               golden.file(".pcapng") +
                               [&] {
                                 std::string text;
                                 for (const std::string& word : golden.keys())
                                   text += " " + word;
                                 return text;
                               }() +
                               " 2>/dev/null"});
    EXPECT_EQ(ended.code, 0) << golden.name;
    EXPECT_EQ(ended.output, text_of(golden.file(".transcript.yaml"))) << golden.name;
  }
}

// Preshared key and private values open the same, and say whether AUTH holds: of the real daemons
// too.
TEST(GoldenCaptures, SecretsOpenThemToo) {
  const Program program;
  std::size_t holds = 0, of_daemons = 0;
  for (const Golden& golden : goldens()) {
    const std::string secrets = golden.file(".secrets.yaml");
    if (!fs::exists(secrets) || golden.name.starts_with("mrkmp-"))
      continue;  // a KEK follows from nothing
    const Ended ended = program.run(
        {"diff", golden.file(".pcapng"), golden.file(".transcript.yaml"), "--keys", secrets});
    EXPECT_EQ(ended.code, 0) << golden.name << "\n" << ended.output;
    const Ended shown = program.run({"decode", golden.file(".pcapng"), "--keys", secrets});
    const std::string said = "AUTH by a preshared key holds";
    for (std::size_t at = 0; (at = shown.output.find(said, at)) != std::string::npos; ++at) {
      ++holds;
      of_daemons += golden.dut.empty() ? 0 : 1;
    }
    if (golden.name != "ike-wrong-psk") {
      EXPECT_THAT(shown.output, testing::Not(HasSubstr("AUTH holds under no"))) << golden.name;
    }
  }
  EXPECT_GE(holds, 20U);
  EXPECT_GE(of_daemons, 8U);
}

// What a message needs before it can be read is there for every exchange of every protocol.
TEST(GoldenCaptures, HaveEveryExchange) {
  std::string all;
  for (const Golden& golden : goldens())
    all += text_of(golden.file(".transcript.yaml"));
  const auto has = [&](const std::string& text) { return all.find(text) != std::string::npos; };
  for (const char* exchange :
       {"IKE_SA_INIT", "IKE_AUTH", "CREATE_CHILD_SA", "INFORMATIONAL", "mrkmp_init", "mrkmp_auth",
        "mrkmp_join", "mrkmp_merge_sa", "mrkmp_newkey", "ks_policy", "ks_group"})
    for (const char* way : {" request {", " response {"})
      EXPECT_TRUE(has("message: \"" + std::string(exchange) + way)) << exchange << way;
  for (const char* text : {"mrkmp_group request {", "mrkmp_advert request {", "TCP {SYN}",
                           "AO.key_id", "judged: \"accepted\""})
    EXPECT_TRUE(has(text)) << text;
}

}  // namespace
}  // namespace karpspec::cli
