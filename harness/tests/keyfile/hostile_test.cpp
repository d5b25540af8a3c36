#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checking.h"

// Whatever a file holds: it is refused with the place, or checked.
namespace karpspec::keyfile {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

std::string repeated(const std::string& part, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i)
    out += part;
  return out;
}

TEST(Hostile, FilesAreRefusedWithLineAndColumn) {
  const struct {
    const char* what;
    std::string text;
    const char* place;
    const char* says;
  } cases[] = {
      {"nothing", "", "1:1", "empty"},
      {"blanks", " \n\n", "1:1", "empty"},
      {"a list", "- a\n", "1:1", "it is a list"},
      {"a text", "hello\n", "1:1", "it is a text"},
      {"a JSON list", "[1]", "1:1", "it is a list"},
      {"an unknown key", "rows: []\nrow: []\n", "2:1", "did you mean 'rows'"},
      {"no rows", "vrf: red\n", "1:1", "neither"},
      {"no rows in JSON", "{}", "1:1", "neither"},
      {"a table without rows", "tables:\n  - vrf: red\n", "1:1", "without 'rows'"},
      {"rows twice", "rows: []\nrows: []\n", "2:1", "twice"},
      {"a key twice in JSON", R"({"rows": [], "rows": []})", "1:14", "twice"},
      {"a field twice", "rows:\n  - {Key: a, Key: b}\n", "2:14", "twice"},
      {"rows that are a map", "rows: {a: b}\n", "1:7", "is a map"},
      {"rows that are a text", "rows: a\n", "1:7", "is a text"},
      {"a row that is a list", "rows:\n  - [a]\n", "2:5", "expected a row"},
      {"a row that is a text", "rows:\n  - a\n", "2:5", "expected a row"},
      {"zones after rows", "rows: []\nzones: {}\n", "2:1", "before the rows"},
      {"a VRF after rows", "rows: []\nvrf: red\n", "2:1", "before the rows"},
      {"a VRF without name", "vrf: \"\"\nrows: []\n", "1:6", "no name of a VRF"},
      {"tables beside rows", "rows: []\ntables: []\n", "2:1", "in each of them"},
      {"one in two zones", "zones: {a: [eth0], b: [eth0]}\nrows: []\n", "1:24", "two zones"},
      {"malformed YAML", "rows: [\n", "2:1", "malformed YAML"},
      {"a tab", "rows:\n\t- a: b\n", "2:2", "malformed YAML"},
      {"an alias", "vrf: &x a\nrows: *x\n", "2:7", "alias"},
      {"two documents", "rows: []\n---\nrows: []\n", "2:", "more than one document"},
      {"malformed JSON", "{\"rows\": [}", "1:11", "malformed JSON"},
      {"JSON that ends", "{\"rows\": [{\"Key\": \"0102", "1:19", "malformed JSON"},
      {"more than JSON", "{\"rows\": []} x", "1:14", "malformed JSON"},
      {"bad UTF-8 in YAML", "rows:\n  - AdminKeyName: \"\xff\xfe\"\n", "2:19", "UTF-8"},
      {"bad UTF-8 in JSON", "{\"rows\": [{\"AdminKeyName\": \"\xc0\xaf\"}]}", "1:28", "UTF-8"},
      {"a key that is a list", "rows:\n  - {[a]: b}\n", "2:6", "a key must be a text"},
      {"deep YAML", "rows: " + repeated("[", 100), "1:8", ""},
      {"deep block YAML", "rows:\n  - Peers: " + repeated("{a: ", 30) + "b" + repeated("}", 30),
       "2:", "16 deep"},
      {"deep JSON", "{\"rows\": " + repeated("[", 100'000), "1:11", "expected a row"},
      {"deep JSON in a field", "{\"rows\": [{\"Peers\": " + repeated("[", 100'000),
       "1:", "16 deep"},
      {"a long text", "rows:\n  - AdminKeyName: " + repeated("a", 70'000), "2:19", "65536"},
      {"a long text in JSON", "{\"rows\": [{\"Key\": \"" + repeated("a", 70'000) + "\"}]}", "1:19",
       "65536"},
      {"a set of many", "{\"rows\": [{\"Peers\": [\"a\"" + repeated(",\"a\"", 70'000) + "]}]}",
       "1:", "65536 members"},
      {"many unknown fields",
       "{\"rows\": [{" +
           [] {
             std::string fields;
             for (int i = 0; i < 20; ++i)
               fields += (i > 0 ? ",\"f" : "\"f") + std::to_string(i) + "\": 1";
             return fields;
           }() +
           "}]}",
       "1:", "unknown fields"},
      {"a key chain beside a table", "{\"ietf-key-chain:key-chains\": {}, \"rows\": []}", "1:35",
       "unknown key"},
      {"a long text in a chain",
       R"({"ietf-key-chain:key-chains": {"key-chain": [{"name": "c", "key": [{"key-string":
       {"hexadecimal-string": "ab)" +
           repeated(":ab", 20'000) + "\"}}]}]}}",
       "2:31", "1024"},
      {"an unknown member beside chains", "{\"ietf-key-chain:key-chains\": {\"keys\": []}}", "1:32",
       "unknown key"},
      {"a key twice in a chain",
       R"({"ietf-key-chain:key-chains": {"key-chain": [{"name": "a", "name": "b"}]}})", "1:60",
       "twice"},
  };
  for (const auto& one : cases) {
    const Outcome outcome = check_text(one.text);
    EXPECT_THAT(outcome.error, MatchesRegex("table:[0-9]+:[0-9]+: .*")) << one.what;
    EXPECT_THAT(outcome.error, HasSubstr(std::string("table:") + one.place)) << one.what;
    EXPECT_THAT(outcome.error, HasSubstr(one.says)) << one.what;
    EXPECT_LT(outcome.error.size(), 300U) << one.what;
  }
}

TEST(Hostile, NoErrorSaysWhatAKeyIs) {
  for (const char* text :
       {"{\"rows\": [{\"Key\": \"deadbeef", "{\"rows\": [{\"Key\": \"deadbeef\" x",
        "{\"rows\": [{\"Key\": deadbeef}]}", "rows:\n  - {Key: \"deadbeef",
        "rows:\n  - Key: deadbeef: x: y\n", "rows:\n  - Key: [deadbeef, *dead]\n",
        "{\"rows\": [{\"Key\": \"deadbeef\\u12\"}]}"}) {
    const Outcome outcome = check_text(text);
    EXPECT_NE(outcome.text(), "") << text;
    EXPECT_EQ(outcome.text().find("dead"), std::string::npos) << outcome.text();
  }
}

TEST(Hostile, NumbersAndNamesWithoutEnd) {
  const auto fault = [](const std::string& field, const std::string& value) {
    const Outcome outcome = check_text("rows:\n  - " + row_text("a", {{field, value}}));
    return outcome.error + (outcome.faults().empty() ? "" : outcome.faults().front());
  };
  EXPECT_EQ(fault("LocalKeyName", repeated("9", 60'000)), "1 key-name-form LocalKeyName");
  EXPECT_EQ(fault("LocalKeyName", "18446744073709551616"), "1 key-name-form LocalKeyName");
  EXPECT_EQ(fault("LocalKeyName", "-1"), "1 key-name-form LocalKeyName");
  EXPECT_EQ(fault("SendLifetimeEnd", repeated("9", 60'000) + "Z"), "1 time-form SendLifetimeEnd");
  EXPECT_EQ(fault("Peers", "[area 99999999999999999999]"), "1 peers-form Peers");
  EXPECT_EQ(fault("Protocol", "\"" + repeated("x", 60'000) + "\""), "1 protocol-known Protocol");
  EXPECT_EQ(fault("Key", repeated("ab", 300)), "1 key-size Key");
  const Outcome shown = check_text(
      "rows:\n  - " + row_text("a", {{"Protocol", "\"" + repeated("x", 60'000) + "\""}}));
  EXPECT_LT(shown.text().size(), 400U) << "a long text is cut";
}

TEST(Hostile, NumbersInJson) {
  const Outcome outcome = check_text(
      R"({"rows": [{"AdminKeyName": 1e400, "LocalKeyName": 99999999999999999999999, "Key": true,
          "Peers": null, "Direction": 3}]})");
  // 1e400 is out of the library's range.
  EXPECT_THAT(outcome.error, testing::StartsWith("table:1:")) << outcome.text();
}

}  // namespace
}  // namespace karpspec::keyfile
