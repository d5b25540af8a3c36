#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "fuzz/live/classifier.h"
#include "fuzz/live/generator.h"
#include "fuzz/live/session.h"

namespace karpspec::fuzz {

struct Options {
  std::chrono::seconds time{60};
  std::size_t cases = 0;  // at most so many; 0: as many as the time allows
  std::uint64_t seed = 1;
  Deadlines deadlines;
  std::size_t renew_every = 50;  // cases after which the device is reset, whatever happened
  bool patient = false;          // a device of real time
};

// Something that the device should not do, after it was seen again on a device just reset.
struct Finding {
  Symptom symptom{};
  std::string signature;
  std::string text;  // what was seen
  bool reproduced = false;
  std::size_t number = 0;    // of the case
  double seconds = 0;        // since the run began
  std::size_t messages = 0;  // that had been sent until then
  std::size_t seen = 1;      // how often, all in all
  Case original, reduced;
  std::string scenario;                            // what is played to see it
  std::string said;                                // by the device, to its standard error
  std::shared_ptr<const script::Outcome> outcome;  // of the reduced case; nullptr: not known
};

// How often a cell of the coverage was played, and what came of it.
struct Cell {
  std::size_t played = 0, findings = 0;
};
// By place and operation, as "SA.proposals.number" and "max".
using Coverage = std::map<std::string, std::map<std::string, Cell>>;

// What a run has come to so far.
struct Progress {
  std::size_t cases = 0;         // numbers given out
  std::size_t played = 0;        // of them, those that reached the device
  std::size_t not_playable = 0;  // made no message, or one that does not fit a datagram
  std::size_t unfinished = 0;    // the exchange ended before its altered message
  std::size_t messages = 0;
  std::size_t restarts = 0;
  double seconds = 0;
  std::size_t slow = 0;     // the device answered, but not in time
  std::size_t put_off = 0;  // cases whose operation is known to end in a finding
};

// Exchanges that are left out, with the reason.
struct LeftOut {
  std::string exchange, reason;
};

// A record of the journal: a case that was played, or a finding by its signature.
struct Record {
  std::size_t number = 0;
  double seconds = 0;
  std::size_t messages = 0;
  std::string result;  // "served", "not playable", "unfinished", "finding", "put off"
};

// One run of the live fuzzer against one device.
class Campaign {
 public:
  struct Hooks {
    std::function<void(const Record&)> record;                // after each case
    std::function<void(const Finding&, bool first)> finding;  // a new one, or one seen again
    std::function<void(const Progress&, std::size_t findings)> progress;
    std::function<bool()> stopped;  // whether somebody wants it to end
  };
  // SESSION and HOOKS outlive it.
  Campaign(Generator generator, Session& session, Options options, const Hooks& hooks);

  // Goes on after what an earlier run has done: RECORDS and FINDINGS (signatures with what is known
  // of them; their cases are made anew).
  void resume(const std::vector<Record>& records, std::vector<Finding> findings);
  // Errors: where the device cannot be had again.
  [[nodiscard]] Result<void> run();

  [[nodiscard]] const Progress& progress() const { return progress_; }
  [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }
  [[nodiscard]] const Coverage& coverage() const { return coverage_; }
  [[nodiscard]] const Generator& generator() const { return generator_; }

 private:
  using Clock = std::chrono::steady_clock;
  [[nodiscard]] double now() const;
  [[nodiscard]] bool time_is_up() const;
  [[nodiscard]] bool is_known_to_fail(const Case& one) const;
  void fails(const Case& one);
  Result<void> play_case(std::size_t number, const Case& one);
  Result<void> suspect(std::size_t number, const Case& one, Played seen);
  // Plays ONE on a device just reset. Whether it shows SYMPTOM, and with the same words.
  [[nodiscard]] bool shows(const Case& one, Symptom symptom, const std::string& words,
                           Played* last);
  Result<void> look_at_memory(std::size_t number, const Case& one, const Played& seen);
  [[nodiscard]] Result<std::optional<double>> growth_of(const Case& one, unsigned times);
  void look_at_trend(std::size_t number, const Case& one, const Played& seen);
  void keep(Finding finding);
  void count(const Case& one, bool finding);
  [[nodiscard]] std::string next_name(std::size_t number);

  Generator generator_;
  Session& session_;
  Options options_;
  const Hooks& hooks_;
  Progress progress_;
  std::vector<Finding> findings_;
  Coverage coverage_;
  Clock::time_point began_;
  double earlier_seconds_ = 0;
  std::size_t next_ = 0;
  std::size_t replays_ = 0;
  std::size_t since_reset_ = 0;
  std::set<std::string> failing_;  // keys of single operations that end in a finding
  std::map<std::string, std::set<std::string>> failing_places_;  // their places, by what is done
  std::vector<std::size_t> put_off_;
  std::map<std::string, unsigned> growers_;  // places after which memory was more than before
  std::set<std::string> weighed_;            // places whose memory has been looked at
  std::vector<Sample> samples_;
  pid_t sampled_ = 0;
};

// Which of EXCHANGES apply to the device with CLAIMS and go through with it as they should; their
// operations are those of the message as it is then sent. What does not is in LEFT_OUT.
// Errors: where the device cannot be had.
[[nodiscard]] Result<std::vector<Target>> find_targets(
    Session& session, const script::Claims& claims, const Material& material,
    const wire::CodePoints& numbers, const Deadlines& deadlines,
    const std::vector<std::string>& only, std::vector<LeftOut>& left_out);

}  // namespace karpspec::fuzz
