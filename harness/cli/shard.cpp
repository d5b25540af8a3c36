#include "cli/shard.h"

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string_view>

namespace karpspec::cli {
namespace {

std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

// A part as one system gives it, and the variables in which it does.
struct Given {
  Shard shard;
  std::string by;
};
using Found = Result<std::optional<Given>>;

std::string assigned(const Environment& environment, const std::string& name) {
  return name + "=" + environment(name).value_or("(unset)");
}

Error no_part(const Environment& environment, const std::string& index, const std::string& count,
              const std::string& why) {
  return {ErrorCode::bad_value,
          assigned(environment, index) + ", " + assigned(environment, count) + ": " + why +
              "; --shard I/N says which part is meant, --shard 1/1 the whole",
          std::nullopt};
}

// FIRST is what the first machine's index is.
Found pair_of(const Environment& environment, const std::string& index, const std::string& count,
              std::size_t first) {
  const auto index_text = environment(index);
  const auto count_text = environment(count);
  if (!index_text && !count_text)
    return std::nullopt;
  const auto n = number(count_text.value_or(""));
  // GitLab names the total in every job.
  if (!index_text && n == std::size_t{1})
    return std::nullopt;
  if (!index_text || !count_text)
    return tl::unexpected(no_part(environment, index, count, "one without the other"));
  const auto i = number(*index_text);
  if (!i || !n || *n == 0 || *i < first || *i - first >= *n)
    return tl::unexpected(no_part(environment, index, count, "not a part of a whole"));
  return Given{{*i - first, *n}, index + "=" + *index_text + ", " + count + "=" + *count_text};
}

Found from_bazel(const Environment& environment) {
  return pair_of(environment, "TEST_SHARD_INDEX", "TEST_TOTAL_SHARDS", 0);
}

Found from_gitlab(const Environment& environment) {
  return pair_of(environment, "CI_NODE_INDEX", "CI_NODE_TOTAL", 1);
}

Found from_kubernetes(const Environment& environment) {
  return pair_of(environment, "JOB_COMPLETION_INDEX", "KARPSPEC_SHARDS", 0);
}

// An array starts where its user wants and steps as he wants: the tasks of --array=3-9:2 are 3, 5,
// 7 and 9. One with gaps (--array=1,5,6), or a task that is submitted again by itself, does not
// know which part it is.
Found from_slurm(const Environment& environment) {
  const std::string id = "SLURM_ARRAY_TASK_ID";
  const std::string count = "SLURM_ARRAY_TASK_COUNT";
  const auto of = [&](const char* name, std::size_t otherwise) {
    const auto text = environment(name);
    return text ? number(*text) : otherwise;
  };
  if (!environment(id) && !environment(count))
    return std::nullopt;
  if (!environment(id) || !environment(count))
    return tl::unexpected(no_part(environment, id, count, "one without the other"));
  const auto i = of("SLURM_ARRAY_TASK_ID", 0);
  const auto n = of("SLURM_ARRAY_TASK_COUNT", 0);
  const auto first = of("SLURM_ARRAY_TASK_MIN", 0);
  const auto step = of("SLURM_ARRAY_TASK_STEP", 1);
  if (!i || !n || !first || !step || *n == 0 || *step == 0 || *i < *first)
    return tl::unexpected(no_part(environment, id, count, "not a part of a whole"));
  const std::size_t index = (*i - *first) / *step;
  const auto last = of("SLURM_ARRAY_TASK_MAX", *first + (*n - 1) * *step);
  const bool even =
      (*i - *first) % *step == 0 && index < *n && last && *last == *first + (*n - 1) * *step;
  if (!even || (*n == 1 && *first > 1)) {
    return tl::unexpected(no_part(environment, id, count,
                                  "a task of an array with gaps, or of a part of one, does not "
                                  "know which part of the whole it is"));
  }
  return Given{{index, *n}, id + "=" + *environment(id) + ", " + count + "=" + *environment(count)};
}

Result<Shard> shard_from(const Environment& environment) {
  std::optional<Given> chosen;
  for (const auto from : {from_bazel, from_gitlab, from_kubernetes, from_slurm}) {
    KARPSPEC_TRY(given, from(environment));
    if (!given)
      continue;
    if (chosen &&
        (chosen->shard.index != given->shard.index || chosen->shard.count != given->shard.count)) {
      return fail(ErrorCode::bad_value, chosen->by + " and " + given->by +
                                            ": two systems name different parts; --shard I/N says "
                                            "which is meant");
    }
    if (!chosen)
      chosen = std::move(given);
  }
  if (!chosen)
    return Shard{};
  // Bazel wants to be told that its shards are known.
  if (const auto status = environment("TEST_SHARD_STATUS_FILE");
      status && environment("TEST_SHARD_INDEX")) {
    if (!std::ofstream(*status, std::ios::app).flush())
      return fail(ErrorCode::io, "TEST_SHARD_STATUS_FILE=" + *status + ": cannot be written");
  }
  // Where nobody has asked for a part it is to be seen that this is one: a CI system may split what
  // was meant to be whole.
  if (chosen->shard.count > 1)
    std::cerr << "part " << chosen->shard.index + 1 << "/" << chosen->shard.count << " ("
              << chosen->by << ")\n";
  return chosen->shard;
}

}  // namespace

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): no threads yet
    if (value == nullptr || *value == '\0')
      return std::nullopt;
    return value;
  };
}

Result<Shard> read_shard(const std::string& text, const Environment& environment) {
  if (text.empty())
    return shard_from(environment);
  const auto slash = text.find('/');
  const auto index = number(std::string_view(text).substr(0, slash));
  const auto count = slash == std::string::npos ? std::optional<std::size_t>()
                                                : number(std::string_view(text).substr(slash + 1));
  if (!index || !count || *index == 0 || *index > *count) {
    return fail(ErrorCode::bad_value, "--shard " + text + ": expected I/N with I from 1 to N");
  }
  return Shard{*index - 1, *count};
}

}  // namespace karpspec::cli
