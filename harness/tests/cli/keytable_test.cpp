#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "program.h"

// karpspec keytable, as its users run it: exit codes, what goes where, and that no key is shown.
namespace karpspec::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const std::string example = source_tree / "suites/keytable/example.yaml";
const std::string faulty = source_tree / "harness/tests/keyfile/faulty/ospfv2-kdf.yaml";

TEST(Keytable, CheckEndsByWhatItFinds) {
  const Program program;
  const Ended good = program.run({"keytable", "check", example});
  EXPECT_EQ(good.code, 0) << good.output;
  EXPECT_THAT(good.output, HasSubstr("3 rows, 0 violations, 0 pieces of advice"));
  const Ended bad = program.run({"keytable", "check", faulty});
  EXPECT_EQ(bad.code, 1);
  EXPECT_THAT(bad.output, HasSubstr(faulty + ":9:10: row 1 ('a'), KDF: 'HMAC-SHA-1' is no KDF of "
                                             "ospfv2"));
  EXPECT_THAT(bad.output, HasSubstr("[kdf, RFC 5709 section 3.2]"));
  const Ended advice = program.run(
      {"keytable", "check", source_tree / "harness/tests/keyfile/faulty/weak-md5.yaml"});
  EXPECT_EQ(advice.code, 0) << "advice is no violation";
  EXPECT_THAT(advice.output, HasSubstr("[advice algorithm-weak, RFC 6151 section 2.1]"));
}

TEST(Keytable, CheckGivesJson) {
  const Program program;
  for (const std::string& file : {example, faulty}) {
    const Ended ended = program.run_other(
        {"sh", "-c",
         std::string(KARPSPEC_BINARY_DIR) + "/karpspec keytable check --json " + file + " 2>&-"});
    const Json json = Json::parse(ended.output, nullptr, false);
    ASSERT_TRUE(json.is_object()) << ended.output;
    EXPECT_EQ(json["file"], file);
    EXPECT_EQ(json["form"], "key table");
    EXPECT_EQ(json["violations"], file == faulty ? 1 : 0);
    EXPECT_EQ(json["findings"].size(), file == faulty ? 1U : 0U);
    if (file == faulty) {
      const Json& finding = json["findings"][0];
      EXPECT_EQ(finding["rule"], "kdf");
      EXPECT_EQ(finding["kind"], "violation");
      EXPECT_EQ(finding["row"], 1);
      EXPECT_EQ(finding["field"], "KDF");
      EXPECT_EQ(finding["document"], "RFC 5709");
      EXPECT_EQ(finding["section"], "3.2");
    }
  }
}

TEST(Keytable, BadInputIsOneLine) {
  const Program program;
  const std::string empty = program.write("empty.yaml", ""),
                    list = program.write("list.yaml", "[]");
  const struct {
    std::vector<std::string> arguments;
    const char* says;
  } cases[] = {{{"keytable"}, "A subcommand is required"},
               {{"keytable", "check"}, "FILE is required"},
               {{"keytable", "check", "nope.yaml"}, "nope.yaml: cannot be read"},
               {{"keytable", "check", "."}, "cannot be read"},
               {{"keytable", "check", empty}, "empty.yaml:1:1: the file is empty"},
               {{"keytable", "check", list}, "list.yaml:1:1: expected a map"},
               {{"keytable", "check", example, "--protocol", "bgp"}, "belong together"},
               {{"keytable", "convert", "nope.yaml"}, "nope.yaml: cannot be read"},
               {{"keytable", "convert", example, "--to", "xml"}, "--to"},
               {{"keytable", "convert", example, "--out", "no/such/folder"}, "cannot be written"}};
  for (const auto& one : cases) {
    const Ended ended = program.run(one.arguments);
    EXPECT_EQ(ended.code, 2) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr(one.says));
    EXPECT_EQ(ended.lines(), 1U) << ended.output;
  }
}

TEST(Keytable, ConvertWritesAFileThatOnlyItsOwnerReads) {
  const Program program;
  const Ended there =
      program.run({"keytable", "convert", example, "--out", program.file("chains.json")});
  EXPECT_EQ(there.code, 0) << there.output;
  EXPECT_THAT(there.output, HasSubstr("3 keys converted"));
  EXPECT_THAT(there.output, Not(HasSubstr("9f4a1c")));
  struct stat status {};
  ASSERT_EQ(::stat(program.file("chains.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  const Json chains = json_of(program.file("chains.json"));
  EXPECT_EQ(chains["ietf-key-chain:key-chains"]["key-chain"].size(), 2U);
  const Ended back = program.run(
      {"keytable", "convert", program.file("chains.json"), "--out", program.file("back.yaml")});
  EXPECT_EQ(back.code, 0) << back.output;
  const Ended checked = program.run({"keytable", "check", program.file("back.yaml")});
  EXPECT_EQ(checked.code, 0) << checked.output;
  EXPECT_THAT(checked.output, HasSubstr("3 rows, 0 violations, 0 pieces of advice"));
  const Ended bad = program.run({"keytable", "convert",
                                 source_tree / "harness/tests/keyfile/faulty/"
                                               "direction-unknown.yaml",
                                 "--out", program.file("bad.json")});
  EXPECT_EQ(bad.code, 2);
  EXPECT_FALSE(fs::exists(program.file("bad.json")));
  EXPECT_FALSE(fs::exists(program.file("bad.json.part")));
}

TEST(Keytable, PlainKeyChainsLeaveOutWhatTheyCannotSay) {
  const Program program;
  std::string table = text_of(example);
  table.replace(table.find("Direction: both"), 15, "Direction: disabled");
  const std::string file = program.write("table.yaml", table);
  const Ended ended =
      program.run({"keytable", "convert", file, "--plain", "--out", program.file("plain.json")});
  EXPECT_EQ(ended.code, 1) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("2 keys converted, 1 left out"));
  EXPECT_THAT(text_of(program.file("plain.json")), Not(HasSubstr("karpspec")));
}

}  // namespace
}  // namespace karpspec::cli
