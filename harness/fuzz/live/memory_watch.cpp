#include <algorithm>

#include "fuzz/live/campaign.h"

// Memory that a device does not give back.
namespace karpspec::fuzz {
namespace {

constexpr std::uint64_t suspicious = 64;  // KiB more after one case
constexpr std::size_t warm = 8;           // cases until the first of everything has been done
constexpr double kept_of_a_case = 16;     // KiB beyond what the plain exchange keeps
constexpr double kept_of_a_run = 32768;   // KiB
constexpr unsigned weighed_cases = 24;
constexpr std::size_t most_weighed = 60;

}  // namespace

// What TIMES cases in a row leave behind in a device that has done the like before, and was reset
// since, in KiB. Nothing where that cannot be seen.
Result<std::optional<double>> Campaign::growth_of(const Case& one, unsigned times) {
  std::uint64_t first = 0, last = 0;
  pid_t process = 0;
  session_.renew();
  for (unsigned i = 0; i < times; ++i) {
    ++replays_;
    KARPSPEC_TRY(played,
                 session_.play(one, options_.deadlines, "weighed-" + std::to_string(replays_)));
    if (played.memory_after == 0 || played.memory_before == 0 ||
        (process != 0 && played.process != process))
      return std::optional<double>();
    process = played.process;
    progress_.messages += played.messages;
    first = i == 0 ? played.memory_before : first;
    last = played.memory_after;
  }
  return std::optional(static_cast<double>(last) - static_cast<double>(first));
}

Result<void> Campaign::look_at_memory(std::size_t number, const Case& one, const Played& seen) {
  if (seen.memory_before == 0 || seen.memory_after < seen.memory_before + suspicious ||
      since_reset_ < warm || one.operations.empty() || one.exchange->flood || one.exchange->fresh)
    return {};
  const std::string place = one.operations.front().place();
  if (weighed_.size() >= most_weighed || weighed_.contains(place) || ++growers_[place] < 2)
    return {};
  weighed_.insert(place);
  Case plain;
  plain.exchange = one.exchange;
  // The second time that it is done the device has what it needs for it.
  KARPSPEC_TRY(warmed, growth_of(plain, weighed_cases / 2));
  KARPSPEC_TRY(usual, growth_of(plain, weighed_cases));
  KARPSPEC_TRY(once, growth_of(one, weighed_cases));
  if (!warmed || !usual || !once)
    return {};
  const double bound = std::max(0.0, *usual) * 2 + weighed_cases * kept_of_a_case;
  if (*once <= bound)
    return {};
  // A pool that was enlarged is not enlarged a second time.
  KARPSPEC_TRY(again, growth_of(one, weighed_cases));
  KARPSPEC_TRY(third, growth_of(one, weighed_cases));
  if (!again || *again <= bound || !third || *third <= bound)
    return {};
  Finding finding;
  finding.symptom = Symptom::memory;
  finding.number = number;
  finding.original = finding.reduced = one;
  // As a scenario: so often that what stays is more than a device that was just started may take
  // for the first of everything.
  constexpr double beginning = 4096;  // KiB
  constexpr double part = 0.6;        // of what was seen to stay
  constexpr unsigned most_times = 2000;
  const double each = *again / weighed_cases;
  const double usually = std::max(0.0, *usual) / weighed_cases;
  finding.reduced.times = std::min(
      most_times, weighed_cases + static_cast<unsigned>(beginning / part / (each - usually)));
  finding.reduced.growth =
      static_cast<std::uint64_t>((usually + part * (each - usually)) * finding.reduced.times);
  finding.text = "each time " + std::to_string(static_cast<int>(each)) +
                 " KiB stay, where the exchange as it should be keeps " +
                 std::to_string(static_cast<int>(usually));
  finding.signature = signature(Symptom::memory, "", one);
  finding.outcome = seen.outcome;
  const auto grows = [&](Case candidate) -> Result<bool> {
    candidate.times = finding.reduced.times;
    candidate.growth = finding.reduced.growth;
    ++replays_;
    KARPSPEC_TRY(played, session_.play(candidate, options_.deadlines,
                                       "grows-" + std::to_string(replays_), true));
    progress_.messages += played.messages;
    return played.reason.find("more memory") != std::string::npos;
  };
  KARPSPEC_TRY(shown, grows(one));
  KARPSPEC_TRY(anyway, grows(plain));
  finding.reproduced = shown && !anyway;
  for (const Operation& operation : one.operations)
    failing_.insert(operation.key());
  session_.renew();
  keep(std::move(finding));
  return {};
}

// Growth that no single case is to blame for.
void Campaign::look_at_trend(std::size_t number, const Case& one, const Played& seen) {
  constexpr std::size_t every = 50;
  if (seen.memory_after == 0)
    return;
  if (seen.process != sampled_) {
    sampled_ = seen.process;
    samples_.clear();
  }
  if (number % every != 0)
    return;
  samples_.push_back({static_cast<double>(number), static_cast<double>(seen.memory_after)});
  const bool told = std::any_of(findings_.begin(), findings_.end(), [](const Finding& finding) {
    return finding.symptom == Symptom::memory;
  });
  // The beginning, where caches fill, is left out.
  const std::size_t skipped = samples_.size() / 4;
  if (told ||
      !grows_steadily({samples_.begin() + static_cast<std::ptrdiff_t>(skipped), samples_.end()},
                      kept_of_a_run))
    return;
  Finding finding;
  finding.symptom = Symptom::memory;
  finding.number = number;
  finding.original = finding.reduced = one;
  finding.text = "its memory grows steadily, by " + std::to_string(trend_of(samples_).per_case) +
                 " KiB a case";
  finding.signature = "memory: over the whole run";
  finding.outcome = seen.outcome;
  keep(std::move(finding));
}

}  // namespace karpspec::fuzz
