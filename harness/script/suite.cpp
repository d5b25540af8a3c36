#include "script/suite.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>

#include "base/for_each_index.h"
#include "keyfile/rulebook.h"
#include "script/secrets.h"

namespace karpspec::script {
namespace {

namespace fs = std::filesystem;

bool lies_below(const std::string& name, const std::string& prefix) {
  return name == prefix || (name.size() > prefix.size() && name.starts_with(prefix) &&
                            (prefix.ends_with("/") || name[prefix.size()] == '/'));
}

// Folders of suites/ that hold no scenarios.
bool holds_scenarios(const std::string& folder) {
  for (const char* other : {"requirements", "faults", "fragments", "setups", "credentials",
                            "schema", "protocols", "keytable", "self-check"})
    if (folder == other)
      return false;
  return true;
}

Result<std::vector<std::string>> find_files(const std::string& suites) {
  std::error_code code;
  if (!fs::is_directory(suites, code))
    return fail(ErrorCode::not_found, suites + ": there is no such folder");
  std::vector<std::string> out;
  for (const auto& folder : fs::directory_iterator(suites, code)) {
    if (!folder.is_directory() || !holds_scenarios(folder.path().filename().string()))
      continue;
    for (const auto& entry : fs::recursive_directory_iterator(folder.path(), code))
      if (entry.is_regular_file() && entry.path().extension() == ".yaml")
        out.push_back(entry.path().lexically_relative(suites).generic_string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

// Whether GIVEN is the file of a scenario that is no part of SUITES: a finding of a fuzz run, say.
bool lies_elsewhere(const std::string& given, const std::string& suites) {
  std::error_code code;
  if (!given.ends_with(".yaml") || !fs::is_regular_file(given, code))
    return false;
  const fs::path below =
      fs::weakly_canonical(given, code).lexically_relative(fs::weakly_canonical(suites, code));
  return below.empty() || *below.begin() == "..";
}

std::string without_yaml(const std::string& file) {
  return file.substr(0, file.size() - 5);
}

}  // namespace

Result<std::size_t> count_tests(const std::string& suites) {
  KARPSPEC_TRY(files, find_files(suites));
  return files.size();
}

Result<LoadContext> load_context(const std::string& suites,
                                 const std::map<std::string, verdict::Requirement>& requirements) {
  LoadContext context;
  context.suites = suites;
  context.requirements = requirements;
  KARPSPEC_TRY(defaults, transcript::read_yaml((fs::path(suites) / "defaults.yaml").string(),
                                               "suites/defaults.yaml"));
  KARPSPEC_CHECK(defaults.check_keys({"device", "tester"}, "the defaults"));
  context.defaults = to_json(defaults);
  return context;
}

Result<Suite> load_suite(const std::string& path, const std::vector<std::string>& prefixes,
                         unsigned jobs) {
  Suite suite;
  suite.path = path;
  KARPSPEC_TRY(files, find_files(path));
  KARPSPEC_TRY(requirements, load_requirements(path, jobs));
  suite.requirements = std::move(requirements);
  KARPSPEC_TRY(context, load_context(path, suite.requirements));
  if (std::error_code code; fs::exists(fs::path(path) / "protocols", code)) {
    KARPSPEC_TRY(rules, keyfile::read_rulebook(path));
    suite.rules = std::make_shared<const keytable::Rulebook>(std::move(rules));
  }

  std::vector<std::string> chosen;
  std::vector<std::string> apart;  // scenarios that lie elsewhere
  if (prefixes.empty())
    chosen = files;
  for (const std::string& given : prefixes) {
    if (lies_elsewhere(given, path)) {
      if (std::find(apart.begin(), apart.end(), given) == apart.end())
        apart.push_back(given);
      continue;
    }
    // A path of the file system is as good as the test's name.
    std::string prefix = given.starts_with("suites/") ? given.substr(7) : given;
    if (prefix.ends_with(".yaml"))
      prefix = without_yaml(prefix);
    while (prefix.ends_with("/"))
      prefix.pop_back();
    bool found = false;
    for (const std::string& file : files) {
      if (!lies_below(without_yaml(file), prefix))
        continue;
      found = true;
      if (std::find(chosen.begin(), chosen.end(), file) == chosen.end())
        chosen.push_back(file);
    }
    if (!found) {
      std::vector<std::string> names;
      names.reserve(files.size());
      for (const std::string& file : files) {
        const std::string name = without_yaml(file);
        for (std::size_t at = name.find('/'); at != std::string::npos; at = name.find('/', at + 1))
          names.push_back(name.substr(0, at));
        names.push_back(name);
      }
      const std::string near = transcript::nearest(prefix, names);
      return fail(ErrorCode::not_found, "there is no suite or test '" + given + "'" +
                                            (near.empty() ? "" : "; did you mean '" + near + "'?"));
    }
  }
  std::sort(chosen.begin(), chosen.end());
  chosen.insert(chosen.end(), apart.begin(), apart.end());

  std::vector<std::optional<Result<Scenario>>> loaded(chosen.size());
  for_each_index(chosen.size(), jobs, [&](std::size_t i) {
    loaded[i] = i + apart.size() < chosen.size() ? load_scenario(chosen[i], context)
                                                 : load_scenario_elsewhere(chosen[i], context);
  });
  for (auto& scenario : loaded) {
    if (!*scenario)
      return tl::unexpected(scenario->error());
    suite.scenarios.push_back(**std::move(scenario));
  }
  return suite;
}

Claims claims_of(const Json& pics, const std::string& child) {
  Claims out;
  out.child = child;
  if (!pics.is_object())
    return out;
  const auto texts = [&](const char* key) {
    std::vector<std::string> list;
    if (pics.contains(key) && pics[key].is_array())
      for (const Json& item : pics[key])
        if (item.is_string())
          list.push_back(item.get<std::string>());
    return list;
  };
  if (pics.contains("roles"))
    out.roles = texts("roles");
  out.items = texts("claims");
  for (const std::string& method : texts("auth"))
    out.items.push_back(method);
  for (const auto& [key, value] : pics.items())
    if (value.is_boolean() && value.get<bool>())
      out.items.push_back(key);
  out.only_marked_ikev2 = child != "rkmp";
  return out;
}

namespace {

bool is_claimed(const Claims& claims, const std::string& item) {
  return std::find(claims.items.begin(), claims.items.end(), item) != claims.items.end();
}

// The longest time that one step of SCENARIO may take. CLOCK: the device's clock can be put
// forward, so that a wait takes no time.
Duration longest_step(const Scenario& scenario, bool clock) {
  Duration longest{};
  for (const Step& step : scenario.steps) {
    if (const auto* wait = std::get_if<WaitStep>(&step.action); wait != nullptr && !clock)
      longest = std::max(longest, wait->time);
    if (const auto* check = std::get_if<CheckStep>(&step.action))
      longest = std::max(longest, check->within.value_or(Duration{}));
    if (const auto* alive = std::get_if<AliveStep>(&step.action))
      longest = std::max(longest, alive->within.value_or(Duration{}));
    if (const auto* expect = std::get_if<ExpectStep>(&step.action)) {
      longest = std::max(longest, expect->within.value_or(Duration{}));
      for (const Alternative& alternative : expect->alternatives)
        longest = std::max(longest, alternative.silence.value_or(Duration{}));
    }
    if (const auto* expect = std::get_if<SegmentExpectStep>(&step.action)) {
      longest = std::max(longest, expect->within.value_or(Duration{}));
      for (const SegmentAlternative& alternative : expect->alternatives)
        longest = std::max(longest, alternative.silence.value_or(Duration{}));
    }
  }
  return longest;
}

std::string in_seconds(Duration duration) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(duration).count()) + " s";
}

}  // namespace

std::string not_applicable(const Scenario& scenario, const Claims& claims) {
  const auto has = [](const std::vector<std::string>& list, const std::string& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
  };
  // Where the tester only asks, by control, or speaks TCP, it does not matter which IKE the device
  // speaks.
  const bool only_asks = scenario.role == "router" || scenario.role == "tcp";
  if (!only_asks && claims.roles.empty())
    return "the test is about IKE, in which the PICS claims no role";
  if (claims.only_marked_ikev2 && !only_asks && !has(scenario.marks, "ikev2"))
    return "the test needs more than IKEv2, which is all that the device speaks";
  if (!only_asks && !has(claims.roles, scenario.role))
    return "the PICS does not claim the role of " + scenario.role;
  for (const std::string& item : scenario.needs) {
    if (!item.empty() && item.front() == '!') {
      if (has(claims.items, item.substr(1)))
        return "the PICS declares '" + item.substr(1) + "'";
    } else if (!has(claims.items, item)) {
      return "the PICS does not claim '" + item + "'";
    }
  }
  if (const Duration longest = longest_step(scenario, is_claimed(claims, "clock"));
      claims.patience && longest > *claims.patience) {
    return "a step of the test takes " + in_seconds(longest) +
           ", and the device's clock cannot be put forward; at most " +
           in_seconds(*claims.patience) + " of real time are waited (--patience)";
  }
  return {};
}

namespace {

Outcome blank(const Scenario& scenario) {
  Outcome out;
  out.result.test = scenario.name;
  out.result.title = scenario.title;
  out.result.role = scenario.role;
  out.result.marks = scenario.marks;
  out.result.checks = scenario.checks;
  out.result.needs = scenario.needs;
  return out;
}

Outcome play_in(const MakeWorld& make, const Scenario& scenario, const PlayOptions& options) {
  auto world = make({scenario.name, options.seed, &scenario, options.rules});
  if (world)
    return play(scenario, *world, options);
  Outcome out = blank(scenario);
  out.result.verdict = verdict::Verdict::error;
  out.result.fault = verdict::Fault::laboratory;
  out.result.reason = "the laboratory could not be set up: " + to_string(world.error());
  // An adapter that has a configuration refused may tell the line of it.
  HiddenSecrets secrets;
  for (const Json* given :
       {&scenario.device, &scenario.tester, &scenario.device_patch, &scenario.tester_patch,
        &options.device_overrides, &options.tester_overrides})
    collect_secrets(*given, secrets);
  hide_secrets(secrets, out.result);
  return out;
}

}  // namespace

Outcome run_test(const Scenario& scenario, const RunOptions& options) {
  if (const std::string reason = not_applicable(scenario, options.claims); !reason.empty()) {
    Outcome out = blank(scenario);
    out.result.verdict = verdict::Verdict::not_applicable;
    out.result.reason = reason;
    return out;
  }
  if (options.judge_tests && options.reference) {
    PlayOptions plain = options.play;
    plain.device_overrides = Json();
    plain.tester_overrides = Json();
    // The reference has IKE, whatever the device lacks.
    if (plain.child == "none")
      plain.child = "rkmp";
    Outcome reference = play_in(options.reference, scenario, plain);
    if (reference.result.verdict != verdict::Verdict::pass) {
      // The test or the oracle is wrong; the device is not judged by it.
      reference.result.reason = "the reference device does not pass this test (" +
                                std::string(to_string(reference.result.verdict)) +
                                "), so nothing is judged: " + reference.result.reason;
      reference.result.verdict = verdict::Verdict::error;
      reference.result.fault = verdict::Fault::test;
      return reference;
    }
    if (options.device_is_reference)
      return reference;
  }
  PlayOptions live = options.play;
  live.clock = is_claimed(options.claims, "clock");
  return play_in(options.device, scenario, live);
}

namespace {

// In real time, several at a time. Whoever goes on after a kill has each outcome that was there.
void run_live(const Suite& suite, const std::vector<std::size_t>& todo, const RunOptions& options) {
  const auto played = [&](Outcome& outcome) {
    if (options.on_played)
      options.on_played(outcome);
  };
  const auto hand_on = [&](Outcome&& outcome) {
    if (options.on_outcome)
      options.on_outcome(std::move(outcome));
  };
  std::mutex mutex;
  std::map<std::size_t, std::string> again;  // index -> what it came to beside others
  for_each_index(todo.size(), options.jobs, [&](std::size_t i) {
    Outcome outcome = run_test(suite.scenarios[todo[i]], options);
    const verdict::Verdict verdict = outcome.result.verdict;
    const bool counts =
        verdict == verdict::Verdict::pass || verdict == verdict::Verdict::not_applicable;
    if (counts)
      played(outcome);
    const std::lock_guard lock(mutex);
    if (counts)
      hand_on(std::move(outcome));
    else
      again.emplace(todo[i], std::string(to_string(verdict)) + ": " + outcome.result.reason);
  });
  for (const auto& [index, before] : again) {
    Outcome outcome = run_test(suite.scenarios[index], options);
    if (outcome.result.verdict == verdict::Verdict::pass)
      outcome.result.notes.push_back("beside other tests it had come to " + before +
                                     "; this is what it came to alone");
    played(outcome);
    hand_on(std::move(outcome));
  }
}

}  // namespace

void run_suite(const Suite& suite, const RunOptions& options) {
  std::vector<std::size_t> todo;
  for (std::size_t i = 0; i < suite.scenarios.size(); ++i)
    if (!options.skip || !options.skip(suite.scenarios[i], i))
      todo.push_back(i);
  if (options.real_time && options.jobs > 1) {
    run_live(suite, todo, options);
    return;
  }
  // Outcomes are handed on in the suite's order: what is done early waits here.
  std::mutex mutex;
  std::vector<std::optional<Outcome>> done(todo.size());
  std::size_t handed_on = 0;
  for_each_index(todo.size(), options.jobs, [&](std::size_t i) {
    Outcome outcome = run_test(suite.scenarios[todo[i]], options);
    if (options.on_played)
      options.on_played(outcome);
    const std::lock_guard lock(mutex);
    done[i] = std::move(outcome);
    for (; handed_on < done.size() && done[handed_on]; ++handed_on) {
      if (options.on_outcome)
        options.on_outcome(*std::move(done[handed_on]));
      done[handed_on].reset();
      done[handed_on].emplace();  // its place stays taken, its evidence is given back
    }
  });
}

}  // namespace karpspec::script
