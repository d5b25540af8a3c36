// Shards joined.
#include "report/merge.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "sample_results.h"

namespace karpspec::report {
namespace {

using testing::HasSubstr;

// RESULTS as COUNT runs with --shard would have left it.
std::vector<ShardResults> split(const RunResults& results, std::size_t count) {
  std::vector<ShardResults> shards;
  for (std::size_t i = 0; i < count; ++i) {
    RunResults part = results;
    part.tests.clear();
    for (std::size_t j = i; j < results.tests.size(); j += count)
      part.tests.push_back(results.tests[j]);
    part.info.selection = "all, shard " + std::to_string(i + 1) + "/" + std::to_string(count);
    part.info.started = "2031-02-03T04:05:0" + std::to_string(9 - i) + "Z";
    part.info.wall_seconds = 2;
    std::erase_if(part.info.findings, [&](const verdict::Finding& finding) {
      return finding.kind != verdict::Finding::Kind::describe && !finding.test.empty() &&
             std::none_of(part.tests.begin(), part.tests.end(),
                          [&](const TestResult& test) { return test.test == finding.test; });
    });
    shards.push_back({"out/" + std::to_string(i + 1), std::move(part)});
  }
  return shards;
}

// A run with everything that shards have to put together again, in its order.
RunResults whole_run() {
  RunResults results = sample_findings();
  results.info.selection = "all";
  std::vector<verdict::Finding>& findings = results.info.findings;
  std::stable_sort(
      findings.begin(), findings.end(),
      [](const verdict::Finding& a, const verdict::Finding& b) { return a.kind < b.kind; });
  return results;
}

std::string error_of(std::vector<ShardResults> shards) {
  const auto merged = merge(std::move(shards));
  EXPECT_FALSE(merged);
  return merged ? "" : merged.error().message;
}

TEST(Merge, MakesTheWholeAgainInWhateverOrder) {
  const RunResults whole = whole_run();
  for (const std::size_t count : {2U, 3U, 5U, 8U}) {
    std::vector<ShardResults> shards = split(whole, count);
    std::reverse(shards.begin(), shards.end());
    const auto merged = merge(std::move(shards));
    ASSERT_TRUE(merged) << merged.error().message;
    Json expected = to_json(whole);
    Json got = to_json(*merged);
    EXPECT_EQ(got["run"]["started"], "2031-02-03T04:05:0" + std::to_string(10 - count) + "Z");
    EXPECT_EQ(got["run"]["wall_seconds"], 2.0 * static_cast<double>(count));
    for (Json* json : {&expected, &got}) {
      (*json)["run"].erase("started");
      (*json)["run"].erase("wall_seconds");
    }
    EXPECT_EQ(got.dump(1), expected.dump(1)) << count;
  }
}

TEST(Merge, WhatTheDeviceTookIsOfAllParts) {
  auto shards = split(whole_run(), 3);
  const auto merged_use = [&] {
    const auto merged = merge(shards);
    EXPECT_TRUE(merged);
    return merged ? merged->info.device_use : std::nullopt;
  };
  EXPECT_EQ(merged_use(), std::nullopt);
  using std::chrono::microseconds;
  shards[1].results.info.device_use = verdict::DeviceUse{10, microseconds{100}, 4, 1, 0};
  shards[2].results.info.device_use = verdict::DeviceUse{30, microseconds{50}, 2, 1, 1};
  EXPECT_EQ(merged_use(), (verdict::DeviceUse{30, microseconds{150}, 6, 2, 1}));
}

TEST(Merge, AfterAnErrorWhatIsNotClaimedIsLeftOpen) {
  RunResults whole = whole_run();
  ASSERT_EQ(count_verdicts(whole.tests)[Verdict::error], 1U);
  const verdict::Finding probe{verdict::Finding::Kind::unclaimed, "rkmp/4.1/responder/x",
                               "does 'cookies'"};
  const auto unclaimed = [&] {
    auto shards = split(whole, 2);
    shards[0].results.info.findings.push_back(probe);
    const auto merged = merge(std::move(shards));
    EXPECT_TRUE(merged);
    return std::count(merged->info.findings.begin(), merged->info.findings.end(), probe);
  };
  EXPECT_EQ(unclaimed(), 0);
  for (TestResult& test : whole.tests)
    test.verdict = Verdict::pass;
  EXPECT_EQ(unclaimed(), 1);
}

TEST(Merge, NamesShardsThatAreMissing) {
  auto shards = split(whole_run(), 5);
  shards.erase(shards.begin() + 3);
  shards.erase(shards.begin() + 1);
  EXPECT_EQ(error_of(std::move(shards)), "missing: shard 2/5, 4/5");
}

TEST(Merge, NamesShardsThatAreThereTwice) {
  auto shards = split(whole_run(), 2);
  shards.push_back({"out/again", shards[0].results});
  EXPECT_EQ(error_of(std::move(shards)), "out/again: is shard 1/2, as is out/1");
}

TEST(Merge, RefusesShardsOfAnotherRun) {
  const auto with = [](auto&& change) {
    auto shards = split(whole_run(), 2);
    change(shards[1].results.info);
    return error_of(std::move(shards));
  };
  EXPECT_EQ(with([](verdict::RunInfo& info) { info.seed = 8; }),
            "out/2: is of another run than out/1: its seed is '8', there it is '7'");
  EXPECT_THAT(with([](verdict::RunInfo& info) { info.device = "other"; }),
              HasSubstr("its device is 'other'"));
  EXPECT_THAT(with([](verdict::RunInfo& info) { info.tool_version = "9"; }),
              HasSubstr("its version of karpspec is '9'"));
  EXPECT_THAT(with([](verdict::RunInfo& info) { info.profile_version = "9"; }),
              HasSubstr("its profile is '9'"));
  EXPECT_THAT(with([](verdict::RunInfo& info) { info.suites_digest = "ab"; }),
              HasSubstr("its suites' SHA-256 is 'ab'"));
  EXPECT_THAT(with([](verdict::RunInfo& info) { info.pics = {}; }), HasSubstr("its PICS is"));
  EXPECT_THAT(with([](verdict::RunInfo& info) { info.selection = "rkmp, shard 2/2"; }),
              HasSubstr("its selection of tests is 'rkmp', there it is 'all'"));
  EXPECT_THAT(with([](verdict::RunInfo& info) { info.selection = "all, shard 2/3"; }),
              HasSubstr("out/2: is a shard of 3, and out/1 is one of 2"));
  EXPECT_THAT(with([](verdict::RunInfo& info) { info.selection = "all"; }),
              HasSubstr("out/2: is no shard: its run was whole (all)"));
}

TEST(Merge, RefusesShardsThatMakeNoWhole) {
  auto shards = split(whole_run(), 2);
  shards[0].results.tests.pop_back();
  shards[0].results.tests.pop_back();
  EXPECT_THAT(error_of(std::move(shards)), HasSubstr("out/1: has 1 tests, where shard 1/2 of 3 "));
  shards = split(whole_run(), 2);
  shards[1].results.tests[0] = shards[0].results.tests[0];
  EXPECT_THAT(error_of(std::move(shards)),
              HasSubstr("out/2: has the test 'rfc5996/2.15/responder/auth-value', as has out/1"));
}

TEST(Merge, ReadsWhichPartASelectionIs) {
  EXPECT_EQ(part_of("rkmp/4.1 ops, shard 2/13").number, 2U);
  EXPECT_EQ(part_of("rkmp/4.1 ops, shard 2/13").count, 13U);
  EXPECT_EQ(part_of("rkmp/4.1 ops, shard 2/13").selection, "rkmp/4.1 ops");
  for (const char* none : {"all", "all, shard", "all, shard x/2", "all, shard 3/2",
                           "all, shard 0/2", "all, shard 1/", "all, shard 1/2/3"}) {
    EXPECT_EQ(part_of(none).count, 1U) << none;
    EXPECT_EQ(part_of(none).selection, none);
  }
}

}  // namespace
}  // namespace karpspec::report
