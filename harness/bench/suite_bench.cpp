// The suites: their scenarios loaded, beside yaml-cpp reading the same files; and played against
// the embedded reference device, as `karpspec run` does with another one (the reference first, then
// the device).
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include "bench/measurement.h"
#include "bench/primitives/yaml.h"
#include "bench/subjects.h"
#include "dut/adapters/embedded.h"
#include "script/suite.h"

namespace karpspec::bench {
namespace {

namespace fs = std::filesystem;

constexpr const char* suites = KARPSPEC_SOURCE_DIR "/suites";

// How many tests; all where there are none.
struct Part {
  const char* name;
  std::size_t tests = 0;
};
constexpr Part parts[] = {{"10", 10}, {"100", 100}, {"all"}};

// The tests of PART, evenly spread over all names.
Result<std::vector<std::string>> choose(const Part& part) {
  static const auto loaded = script::load_suite(suites, {});
  if (!loaded)
    return tl::unexpected(loaded.error());
  const auto& scenarios = loaded->scenarios;
  std::vector<std::string> names;
  const std::size_t wanted = part.tests == 0 ? scenarios.size() : part.tests;
  for (std::size_t i = 0; i < wanted; ++i)
    names.push_back(scenarios[i * scenarios.size() / wanted].name);
  return names;
}

Result<script::Suite> load(const Part& part, const std::vector<std::string>& names, unsigned jobs) {
  return script::load_suite(suites, part.tests == 0 ? std::vector<std::string>() : names, jobs);
}

void load_suites(benchmark::State& state, const Part& part) {
  const auto names = choose(part);
  if (failed(state, names))
    return;
  for (auto _ : state) {
    const auto suite = load(part, *names, 1);
    if (failed(state, suite) ||
        failed(state, suite->scenarios.size() == names->size(), "another number of tests"))
      return;
  }
  count(state, 0, names->size());
}

// The scenarios' files, and once each those that all or some of them need.
std::vector<fs::path> files_of(const std::vector<std::string>& names) {
  std::vector<fs::path> files = {fs::path(suites) / "defaults.yaml"};
  for (const char* folder : {"requirements", "protocols", "setups", "fragments"}) {
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(suites) / folder, error))
      if (entry.path().extension() == ".yaml")
        files.push_back(entry.path());
  }
  for (const std::string& name : names)
    files.push_back(fs::path(suites) / (name + ".yaml"));
  return files;
}

void load_suites_bound(benchmark::State& state, const Part& part) {
  const auto names = choose(part);
  if (failed(state, names))
    return;
  const std::vector<fs::path> files = files_of(*names);
  for (auto _ : state) {
    for (const fs::path& file : files) {
      std::ifstream in(file, std::ios::binary);
      if (failed(state, primitives::read_yaml(in), "a file without YAML"))
        return;
    }
  }
  count(state, 0, names->size());
}

void play_suites(benchmark::State& state, const Part& part, unsigned jobs) {
  const auto names = choose(part);
  if (failed(state, names))
    return;
  const auto suite = load(part, *names, jobs);
  if (failed(state, suite))
    return;
  std::size_t judged = 0;
  std::string trouble;
  script::RunOptions options;
  options.play.seed = 1;
  options.play.requirements = &suite->requirements;
  options.play.rules = suite->rules;
  options.claims = dut::embedded_claims();
  options.jobs = jobs;
  options.reference = options.device = dut::embedded_worlds();
  options.on_outcome = [&](script::Outcome&& outcome) {
    ++judged;
    const verdict::Verdict verdict = outcome.result.verdict;
    if (verdict != verdict::Verdict::pass && verdict != verdict::Verdict::not_applicable)
      trouble = outcome.result.test + ": " + to_string(verdict);
  };
  for (auto _ : state) {
    judged = 0;
    script::run_suite(*suite, options);
    if (failed(state, trouble.empty(), trouble.c_str()) ||
        failed(state, judged == suite->scenarios.size(), "a test was not judged"))
      return;
  }
  count(state, 0, judged);
}

}  // namespace

void add_suites() {
  for (const Part& part : parts)
    compare(
        std::string("load_suites/") + part.name, [part](auto& state) { load_suites(state, part); },
        [part](auto& state) { load_suites_bound(state, part); });
  for (const unsigned jobs : {1U, 2U})
    for (const Part& part : parts)
      benchmark::RegisterBenchmark(
          ("play_suites/jobs:" + std::to_string(jobs) + "/" + part.name).c_str(),
          [part, jobs](auto& state) { play_suites(state, part, jobs); })
          ->UseRealTime()
          ->MeasureProcessCPUTime()
          ->Unit(benchmark::kMillisecond);
}

}  // namespace karpspec::bench
