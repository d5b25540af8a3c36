#include "report/run_results.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "report/json_members.h"

namespace karpspec::report {

std::map<Verdict, std::size_t> count_verdicts(const std::vector<TestResult>& tests) {
  std::map<Verdict, std::size_t> counts;
  for (const TestResult& test : tests)
    ++counts[test.verdict];
  return counts;
}

std::size_t judged_tests(const std::vector<TestResult>& tests) {
  return static_cast<std::size_t>(
      std::count_if(tests.begin(), tests.end(), [](const TestResult& test) {
        return test.verdict != Verdict::not_applicable && test.verdict != Verdict::error;
      }));
}

std::vector<std::pair<std::string, std::size_t>> why_not_applicable(
    const std::vector<TestResult>& tests) {
  std::map<std::string, std::size_t> counts;
  for (const TestResult& test : tests) {
    if (test.verdict == Verdict::not_applicable)
      ++counts[test.reason];
  }
  std::vector<std::pair<std::string, std::size_t>> reasons(counts.begin(), counts.end());
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return reasons;
}

bool comes_before(const std::string& a, const std::string& b) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (!is_digit(a[i]) || !is_digit(b[j])) {
      if (a[i] != b[j])
        return a[i] < b[j];
      ++i, ++j;
      continue;
    }
    const std::size_t first = i;
    const std::size_t second = j;
    while (i < a.size() && is_digit(a[i]))
      ++i;
    while (j < b.size() && is_digit(b[j]))
      ++j;
    if (i - first != j - second)
      return i - first < j - second;
    if (const int order = a.compare(first, i - first, b, second, j - second); order != 0)
      return order < 0;
  }
  return a.size() - i < b.size() - j;
}

bool counts_against(const TestResult& test) {
  const bool permitted =
      test.verdict == Verdict::inconclusive && test.fault == verdict::Fault::none;
  return test.verdict != Verdict::pass && test.verdict != Verdict::not_applicable && !permitted;
}

bool is_judged(const RequirementVerdict& row) {
  return !row.tests.empty() && row.verdict != to_string(Verdict::not_applicable) &&
         row.verdict != to_string(Verdict::error);
}

std::vector<RequirementVerdict> judge_requirements(const RunResults& results) {
  std::map<std::string, std::vector<const TestResult*>> by_requirement;
  for (const TestResult& test : results.tests) {
    for (const std::string& id : test.checks)
      by_requirement[id].push_back(&test);
  }
  std::vector<RequirementVerdict> rows;
  for (const verdict::Requirement& requirement : results.requirements) {
    RequirementVerdict row;
    row.requirement = &requirement;
    std::map<Verdict, std::size_t> seen;
    for (const TestResult* test : by_requirement[requirement.id]) {
      row.tests.push_back(test->test);
      // A failure counts against the requirements that its step judged, where the step says so.
      const bool elsewhere =
          test->verdict == Verdict::fail && test->failure && !test->failure->requirements.empty() &&
          std::find(test->failure->requirements.begin(), test->failure->requirements.end(),
                    requirement.id) == test->failure->requirements.end();
      ++seen[elsewhere ? Verdict::inconclusive : test->verdict];
    }
    if (row.tests.empty()) {
      row.verdict = requirement.tested == "not-observable" ? "not-observable" : "untested";
    } else if (seen[Verdict::fail] > 0) {
      row.verdict = to_string(Verdict::fail);
    } else if (seen[Verdict::error] > 0) {
      row.verdict = to_string(Verdict::error);
    } else if (seen[Verdict::inconclusive] > 0) {
      row.verdict = to_string(Verdict::inconclusive);
    } else {
      row.verdict = to_string(seen[Verdict::pass] > 0 ? Verdict::pass : Verdict::not_applicable);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<void> write_file(const std::string& path, const std::string& text) {
  const std::string beside = path + ".new";
  std::FILE* file = std::fopen(beside.c_str(), "wb");
  if (file == nullptr)
    return fail(ErrorCode::io, beside + ": " + std::strerror(errno));
  bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size() &&
                 std::fflush(file) == 0 && fsync(fileno(file)) == 0;
  int error = errno;
  if (std::fclose(file) != 0 && written) {
    written = false;
    error = errno;
  }
  if (!written)
    return fail(ErrorCode::io, beside + ": " + std::strerror(error));
  if (std::rename(beside.c_str(), path.c_str()) != 0) {
    return fail(ErrorCode::io, path + ": " + std::strerror(errno));
  }
  return {};
}

Result<Json> read_json(const std::string& path) {
  // To read a directory as a file throws.
  if (std::error_code error; std::filesystem::is_directory(path, error))
    return fail(ErrorCode::bad_value, path + ": is a directory");
  std::ifstream in(path);
  if (!in)
    return fail(ErrorCode::not_found, path + ": " + std::strerror(errno));
  try {
    return Json::parse(in);
  } catch (const Json::exception& error) {
    return fail(ErrorCode::bad_value, path + ": not JSON: " + plain_words(error));
  }
}

Result<RunResults> read_results(const std::string& directory) {
  const std::string path = directory + "/results.json";
  KARPSPEC_TRY(json, read_json(path));
  auto results = results_from_json(json);
  if (!results)
    return fail(results.error().code, path + ": " + results.error().message);
  return results;
}

}  // namespace karpspec::report
