// results.sarif: SARIF 2.1.0, as our schema of what we write of it says.
#include <gmock/gmock.h>

#include <set>

#include "sample_results.h"

namespace karpspec::report {
namespace {

using testing::HasSubstr;

TEST(Sarif, IsAsItsSchemaSays) {
  for (const RunResults& results : {sample_run(), sample_findings(), RunResults()})
    EXPECT_EQ(complaint("sarif", to_sarif(results).dump()), "");
  expect_golden(json_text(to_sarif(sample_findings()), 1) + "\n", "results.sarif");
}

TEST(Sarif, SchemaRefusesWhatIsNoSarif) {
  const Json good = to_sarif(sample_findings());
  Json json = good;
  json["runs"][0]["results"][0]["level"] = "error";  // of what is no failure
  EXPECT_NE(complaint("sarif", json.dump()), "");
  json = good;
  json["version"] = "2.0.0";
  EXPECT_NE(complaint("sarif", json.dump()), "");
  json = good;
  json["runs"][0]["tool"]["driver"].erase("name");
  EXPECT_NE(complaint("sarif", json.dump()), "");
  json = good;
  json["runs"][0]["results"][0]["suppressions"] = Json::array({{{"kind", "external"}}});
  EXPECT_NE(complaint("sarif", json.dump()), "");
}

TEST(Sarif, RequirementsAreRulesAndWhatDidNotPassAreResults) {
  const RunResults run = sample_findings();
  const Json sarif = to_sarif(run);
  const Json& rules = sarif["runs"][0]["tool"]["driver"]["rules"];
  ASSERT_EQ(rules.size(), run.requirements.size());
  const Json& results = sarif["runs"][0]["results"];
  ASSERT_EQ(results.size(), 3U);  // of 5 tests: one passes, one does not apply
  std::set<std::string> fingerprints;
  for (const Json& result : results) {
    EXPECT_EQ(rules[result["ruleIndex"].get<std::size_t>()]["id"], result["ruleId"]);
    fingerprints.insert(result["partialFingerprints"]["karpspec/v1"].get<std::string>());
  }
  EXPECT_EQ(fingerprints.size(), results.size());
  EXPECT_EQ(rules[2]["properties"]["document"], "RKMP");
  EXPECT_EQ(rules[2]["properties"]["section"], "4.1");
  EXPECT_EQ(rules[2]["defaultConfiguration"]["level"], "error");
  EXPECT_EQ(rules[1]["defaultConfiguration"]["level"], "warning");

  const Json& failed = results[1];
  EXPECT_EQ(failed["ruleId"], "RKMP-4.1-02");
  EXPECT_EQ(failed["kind"], "fail");
  EXPECT_EQ(failed["level"], "error");
  EXPECT_EQ(failed["suppressions"][0]["kind"], "external");
  EXPECT_THAT(failed["suppressions"][0]["justification"].get<std::string>(),
              HasSubstr("Told to its maker"));
  const Json& place = failed["locations"][0]["physicalLocation"];
  EXPECT_EQ(place["artifactLocation"]["uri"], "suites/rkmp/4.1/responder/options-flag.yaml");
  EXPECT_EQ(place["region"]["startLine"], 9);
  EXPECT_EQ(place["region"]["startColumn"], 5);

  EXPECT_EQ(results[0]["kind"], "open");
  EXPECT_EQ(results[0]["level"], "none");
  EXPECT_FALSE(results[0].contains("suppressions"));
  EXPECT_EQ(results[2]["properties"]["verdict"], "error");
  EXPECT_EQ(results[2]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "suites/rkmp/6/initiator/liveness.yaml");
}

TEST(Sarif, OneFailureIsOneResultForEachRequirementOfItsStep) {
  RunResults run = sample_run();
  run.tests = {sample_failure()};
  run.tests[0].failure->requirements = {"RKMP-4.1-02", "RKMP-3.2-04"};
  const Json results = to_sarif(run)["runs"][0]["results"];
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[1]["ruleId"], "RKMP-3.2-04");
  EXPECT_EQ(results[1]["level"], "warning");
}

TEST(Sarif, PlacesAreReferencesWhateverTheFileIsCalled) {
  RunResults run = sample_run();
  run.tests = {sample_failure()};
  run.tests[0].failure->where = "/tmp/my tests/a%b.yaml:12:3";
  Json place = to_sarif(run)["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
  EXPECT_EQ(place["artifactLocation"]["uri"], "/tmp/my%20tests/a%25b.yaml");
  EXPECT_EQ(place["region"]["startLine"], 12);
  for (const char* where : {"x", "x:1", ":1:2", "x:0:1", "x:a:1", "x:99999999999:1"}) {
    run.tests[0].failure->where = where;
    EXPECT_EQ(complaint("sarif", to_sarif(run).dump()), "") << where;
  }
}

}  // namespace
}  // namespace karpspec::report
