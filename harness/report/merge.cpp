#include "report/merge.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "report/device_use.h"
#include "report/findings.h"

namespace karpspec::report {
namespace {

using verdict::Finding;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : ", ") + word;
  return text;
}

// What has to be alike in all parts of a run, with the words for it.
std::vector<std::pair<const char*, std::string>> identity_of(const RunResults& results) {
  const verdict::RunInfo& info = results.info;
  return {{"device", info.device},
          {"device's version", info.device_version},
          {"seed", std::to_string(info.seed)},
          {"version of karpspec", info.tool_version},
          {"profile", info.profile_version},
          {"fault", info.fault},
          {"DUT file's SHA-256", info.dut_digest},
          {"suites' SHA-256", info.suites_digest},
          {"PICS", joined(info.pics)},
          {"overrides", joined(info.overrides)},
          {"selection of tests", part_of(info.selection).selection}};
}

Result<void> check_alike(const std::vector<ShardResults>& shards) {
  const auto first = identity_of(shards.front().results);
  for (const ShardResults& shard : shards) {
    const auto other = identity_of(shard.results);
    for (std::size_t i = 0; i < first.size(); ++i) {
      if (first[i].second == other[i].second)
        continue;
      return fail(ErrorCode::bad_value, shard.directory + ": is of another run than " +
                                            shards.front().directory + ": its " + first[i].first +
                                            " is '" + other[i].second + "', there it is '" +
                                            first[i].second + "'");
    }
  }
  return {};
}

// The shards in their order; each is there once.
Result<void> check_parts(std::vector<ShardResults>& shards) {
  std::map<std::size_t, const ShardResults*> by_number;
  const std::size_t count = part_of(shards.front().results.info.selection).count;
  for (const ShardResults& shard : shards) {
    const Part part = part_of(shard.results.info.selection);
    if (part.count == 1)
      return fail(ErrorCode::bad_value, shard.directory + ": is no shard: its run was whole (" +
                                            shard.results.info.selection + ")");
    if (part.count != count)
      return fail(ErrorCode::bad_value,
                  shard.directory + ": is a shard of " + std::to_string(part.count) + ", and " +
                      shards.front().directory + " is one of " + std::to_string(count));
    const auto [before, added] = by_number.emplace(part.number, &shard);
    if (!added)
      return fail(ErrorCode::bad_value,
                  shard.directory + ": is shard " + std::to_string(part.number) + "/" +
                      std::to_string(count) + ", as is " + before->second->directory);
  }
  std::vector<std::string> missing;
  for (std::size_t number = 1; number <= count; ++number) {
    if (!by_number.contains(number))
      missing.push_back(std::to_string(number) + "/" + std::to_string(count));
  }
  if (!missing.empty())
    return fail(ErrorCode::bad_value, "missing: shard " + joined(missing));
  std::sort(shards.begin(), shards.end(), [](const ShardResults& a, const ShardResults& b) {
    return part_of(a.results.info.selection).number < part_of(b.results.info.selection).number;
  });
  return {};
}

// A shard has each COUNT-th test, so that they are dealt out again as they were.
Result<void> join_tests(const std::vector<ShardResults>& shards, RunResults& whole) {
  std::size_t all = 0;
  for (const ShardResults& shard : shards)
    all += shard.results.tests.size();
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const std::size_t wanted = (all + shards.size() - 1 - i) / shards.size();
    if (const std::size_t there = shards[i].results.tests.size(); there != wanted)
      return fail(ErrorCode::bad_value, shards[i].directory + ": has " + std::to_string(there) +
                                            " tests, where shard " + std::to_string(i + 1) + "/" +
                                            std::to_string(shards.size()) + " of " +
                                            std::to_string(all) + " has " + std::to_string(wanted) +
                                            ": its run did not end");
  }
  std::map<std::string, const ShardResults*> seen;
  for (std::size_t i = 0; i < all; ++i) {
    const ShardResults& shard = shards[i % shards.size()];
    const TestResult& test = shard.results.tests[i / shards.size()];
    const auto [before, added] = seen.emplace(test.test, &shard);
    if (!added)
      return fail(ErrorCode::bad_value, shard.directory + ": has the test '" + test.test +
                                            "', as has " + before->second->directory);
    whole.tests.push_back(test);
  }
  return {};
}

// Those of KIND, each once, as the shards have them.
void add_findings(const std::vector<ShardResults>& shards, Finding::Kind kind,
                  std::vector<Finding>& to) {
  for (const ShardResults& shard : shards) {
    for (const Finding& finding : shard.results.info.findings) {
      if (finding.kind == kind && std::find(to.begin(), to.end(), finding) == to.end())
        to.push_back(finding);
    }
  }
}

// As a whole run has them: those of results in the tests' order, those of no test behind them.
void join_findings(const std::vector<ShardResults>& shards, RunResults& whole) {
  std::vector<Finding>& findings = whole.info.findings;
  findings.clear();
  add_findings(shards, Finding::Kind::describe, findings);
  for (Finding& finding : broken_claims(whole))
    findings.push_back(std::move(finding));
  // One part tries for all what the PICS does not claim, and knows its own tests alone; in one
  // piece no run does after an error.
  const bool all_judged =
      std::none_of(whole.tests.begin(), whole.tests.end(),
                   [](const TestResult& test) { return test.verdict == Verdict::error; });
  if (all_judged)
    add_findings(shards, Finding::Kind::unclaimed, findings);
  std::vector<Finding> expected;
  add_findings(shards, Finding::Kind::expected, expected);
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < whole.tests.size(); ++i)
    places[whole.tests[i].test] = i;
  const auto place = [&](const Finding& finding) {
    const auto found = places.find(finding.test);
    return found == places.end() ? whole.tests.size() : found->second;
  };
  std::stable_sort(expected.begin(), expected.end(),
                   [&](const Finding& a, const Finding& b) { return place(a) < place(b); });
  findings.insert(findings.end(), expected.begin(), expected.end());
}

}  // namespace

Part part_of(const std::string& selection) {
  constexpr std::string_view word = ", shard ";
  const auto at = selection.rfind(word);
  if (at == std::string::npos)
    return {selection, 1, 1};
  const char* const end = selection.data() + selection.size();
  Part part{selection.substr(0, at), 0, 0};
  const auto number = std::from_chars(selection.data() + at + word.size(), end, part.number);
  if (number.ec != std::errc{} || number.ptr == end || *number.ptr != '/')
    return {selection, 1, 1};
  const auto count = std::from_chars(number.ptr + 1, end, part.count);
  if (count.ec != std::errc{} || count.ptr != end || part.number == 0 || part.number > part.count)
    return {selection, 1, 1};
  return part;
}

Result<RunResults> merge(std::vector<ShardResults> shards) {
  if (shards.empty())
    return fail(ErrorCode::bad_value, "nothing to merge");
  KARPSPEC_CHECK(check_parts(shards));
  KARPSPEC_CHECK(check_alike(shards));
  RunResults whole;
  whole.info = shards.front().results.info;
  whole.info.selection = part_of(whole.info.selection).selection;
  whole.info.wall_seconds = 0;
  whole.info.device_use.reset();
  for (const ShardResults& shard : shards) {
    whole.info.started = std::min(whole.info.started, shard.results.info.started);
    whole.info.wall_seconds += shard.results.info.wall_seconds;
    whole.info.device_use = joined(whole.info.device_use, shard.results.info.device_use);
  }
  whole.requirements = shards.front().results.requirements;
  KARPSPEC_CHECK(join_tests(shards, whole));
  join_findings(shards, whole);
  return whole;
}

}  // namespace karpspec::report
