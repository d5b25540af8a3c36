// results.json: as the schema says, in a fixed order, and read back as it was written.
#include <gmock/gmock.h>

#include "sample_results.h"

namespace karpspec::report {
namespace {

using testing::HasSubstr;

TEST(ResultsJson, IsAsItsSchemaSays) {
  EXPECT_EQ(complaint("results", to_json(sample_run()).dump()), "");
  EXPECT_EQ(complaint("proof", to_json(sample_proof()).dump()), "");
}

TEST(ResultsJson, SchemaRefusesWhatIsNoResult) {
  Json json = to_json(sample_run());
  json["tests"][0]["verdict"] = "perhaps";
  EXPECT_NE(complaint("results", json.dump()), "");
  json = to_json(sample_run());
  json["tests"][2]["failure"]["octet"] = "143";
  EXPECT_NE(complaint("results", json.dump()), "");
  json = to_json(sample_run());
  json["extra"] = 1;
  EXPECT_NE(complaint("results", json.dump()), "");
  json = to_json(sample_run());
  json["run"].erase("seed");
  EXPECT_NE(complaint("results", json.dump()), "");
}

TEST(ResultsJson, Golden) {
  expect_golden(to_json(sample_run()).dump(1) + "\n", "results.json");
  expect_golden(to_json(sample_proof()).dump(1) + "\n", "proof.json");
}

TEST(ResultsJson, IsReadBackAsItWasWritten) {
  const Json run = to_json(sample_run());
  const auto read_run = results_from_json(run);
  ASSERT_TRUE(read_run) << read_run.error().message;
  EXPECT_EQ(to_json(*read_run).dump(), run.dump());
  const Json proof = to_json(sample_proof());
  const auto read_proven = proof_from_json(proof);
  ASSERT_TRUE(read_proven) << read_proven.error().message;
  EXPECT_EQ(to_json(*read_proven).dump(), proof.dump());
  EXPECT_FALSE(results_from_json(proof));
  EXPECT_FALSE(proof_from_json(run));
}

TEST(ResultsJson, TwoRunsDifferOnlyInTheirStamps) {
  RunResults later = sample_run();
  later.info.started = "2040-01-01T00:00:00Z";
  later.info.wall_seconds = 99;
  Json first = to_json(sample_run());
  Json second = to_json(later);
  EXPECT_NE(first.dump(), second.dump());
  for (Json* json : {&first, &second}) {
    (*json)["run"].erase("started");
    (*json)["run"].erase("wall_seconds");
  }
  EXPECT_EQ(first.dump(), second.dump());
}

TEST(ResultsJson, OtherFilesAreRefused) {
  const TemporaryDirectory directory;
  EXPECT_EQ(read_results(directory.path()).error().code, ErrorCode::not_found);
  const std::string path = directory.path() + "/results.json";
  for (const char* text : {"{", "[]", "{}", R"({"format": "karpspec-results-9"})",
                           R"({"format": "karpspec-results-1", "run": 3})",
                           R"({"format": "karpspec-results-1", "run": {}, "requirements": [],
                               "tests": [{"test": 1, "verdict": "pass"}]})"}) {
    ASSERT_TRUE(write_file(path, text));
    const auto read = read_results(directory.path());
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::bad_value) << text;
    EXPECT_THAT(read.error().message, HasSubstr(path));
  }
}

// A page makes links of these, which a reader follows.
TEST(ResultsJson, EvidenceIsAFileOfARun) {
  for (const char* name : {"capture", "keys", "transcript"}) {
    for (const char* bad : {"javascript:alert(1)", "file:///etc/passwd", "/etc/passwd", "..",
                            "tests/../../x", "../../..", "..//etc/passwd", "../C:/x", "a:b/x"}) {
      Json json = to_json(sample_failure());
      json[name] = bad;
      const auto read = test_from_json(json);
      ASSERT_FALSE(read) << bad;
      EXPECT_EQ(read.error().code, ErrorCode::bad_value);
      EXPECT_THAT(read.error().message,
                  HasSubstr(std::string(name) + ": '" + bad + "' is no file"));
    }
    for (const char* good : {"", "tests/a.keys", "../out/tests/a.keys", "../../run #1/tests/a:b",
                             "./a:b/tests/a.keys", "tests/..a/b.."}) {
      Json json = to_json(sample_failure());
      json[name] = good;
      EXPECT_TRUE(test_from_json(json)) << good;
    }
  }
}

TEST(ResultsJson, UnknownVerdictsAreRefused) {
  Json json = to_json(sample_failure());
  json["verdict"] = "perhaps";
  const auto read = test_from_json(json);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("perhaps"));
}

}  // namespace
}  // namespace karpspec::report
