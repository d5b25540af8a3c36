#include "script/probes.h"

#include <algorithm>
#include <map>

namespace karpspec::script {
namespace {

constexpr std::size_t most_tests = 3;
constexpr Duration longest_probe_step = std::chrono::seconds{10};

bool has(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

Claims with(Claims claims, const std::string& item) {
  constexpr std::string_view role = "role ";
  if (item.starts_with(role))
    claims.roles.push_back(item.substr(role.size()));
  else
    claims.items.push_back(item);
  claims.patience = std::min(claims.patience.value_or(longest_probe_step), longest_probe_step);
  return claims;
}

// What SCENARIO needs and CLAIMS lacks.
std::vector<std::string> lacking(const Scenario& scenario, const Claims& claims) {
  std::vector<std::string> items;
  if ((scenario.role == "initiator" || scenario.role == "responder") &&
      !has(claims.roles, scenario.role))
    items.push_back("role " + scenario.role);
  for (const std::string& need : scenario.needs) {
    if (!need.starts_with('!') && !has(claims.items, need) && !has(items, need))
      items.push_back(need);
  }
  return items;
}

}  // namespace

std::vector<Probe> choose_probes(const Suite& suite, const Claims& claims) {
  std::map<std::string, Probe> by_item;
  for (const Scenario& scenario : suite.scenarios) {
    const std::vector<std::string> items = lacking(scenario, claims);
    if (items.size() != 1 || items.front() == "control" || items.front() == "clock")
      continue;
    Claims more = with(claims, items.front());
    if (!not_applicable(scenario, more).empty())
      continue;
    Probe& probe = by_item[items.front()];
    probe.item = items.front();
    probe.claims = std::move(more);
    probe.scenarios.push_back(&scenario);
  }
  std::vector<Probe> probes;
  for (auto& [item, probe] : by_item) {
    std::stable_sort(
        probe.scenarios.begin(), probe.scenarios.end(),
        [](const Scenario* a, const Scenario* b) { return a->steps.size() < b->steps.size(); });
    probe.scenarios.resize(std::min(probe.scenarios.size(), most_tests));
    probes.push_back(std::move(probe));
  }
  return probes;
}

std::vector<verdict::Finding> unclaimed_abilities(const Suite& suite, const RunOptions& options) {
  std::vector<verdict::Finding> findings;
  for (const Probe& probe : choose_probes(suite, options.claims)) {
    RunOptions probing = options;
    probing.claims = probe.claims;
    const bool does =
        std::all_of(probe.scenarios.begin(), probe.scenarios.end(), [&](const Scenario* scenario) {
          return run_test(*scenario, probing).result.verdict == verdict::Verdict::pass;
        });
    if (!does)
      continue;
    const std::size_t count = probe.scenarios.size();
    findings.push_back({verdict::Finding::Kind::unclaimed, probe.scenarios.front()->name,
                        "the PICS does not claim '" + probe.item + "', and the device passes " +
                            (count == 1 ? "the test" : std::to_string(count) + " tests") +
                            " tried that " + (count == 1 ? "needs it" : "need it")});
  }
  return findings;
}

}  // namespace karpspec::script
