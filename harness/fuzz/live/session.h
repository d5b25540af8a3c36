#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fuzz/live/fuzz_case.h"
#include "script/suite.h"

namespace karpspec::fuzz {

// What came of playing a case once.
struct Played {
  std::shared_ptr<const script::Outcome> outcome;  // none where there is no scenario
  std::vector<wire::Message> answers;              // opened where there were keys
  std::optional<wire::Message> altered;  // the message of the exchange, its payloads in clear
  std::size_t messages = 0;              // datagrams that the tester has sent
  // Where it ended, if not well.
  enum class End {
    served,         // the device serves on
    not_playable,   // the scenario could not be made into messages, or does not apply
    unfinished,     // the exchange did not get as far as the altered message
    state_changed,  // what is not authentic has ended the IKE SA
    not_served,     // nothing answers, the device lives
    died,
  } end = End::served;
  std::string reason;
  bool slow = false;                                  // it did not answer in time, but then it did
  std::uint64_t memory_before = 0, memory_after = 0;  // KiB; 0: not known
  std::string said;  // what the device has written to its standard error meanwhile
  pid_t process = 0;
};

// One device through many cases: it keeps its configuration and its process from case to case, and
// is reset where a case wants that or another configuration, or where it does not serve any more.
class Session {
 public:
  // CONTEXT, PLAY and WORLDS outlive it. CLAIMS say what the device can do.
  Session(script::MakeWorld worlds, script::PlayOptions play, const script::LoadContext& context,
          std::shared_ptr<const keytable::Rulebook> rules);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Plays ONE. FRESH: the device is reset before.
  // Errors: those of making a world, where the device cannot be had again.
  // Under NAME, of which SPIs, nonces and the like follow: no two in the life of a device are
  // equal.
  [[nodiscard]] Result<Played> play(const Case& one, const Deadlines& deadlines,
                                    const std::string& name, bool fresh = false);
  // The same of a scenario's TEXT.
  [[nodiscard]] Result<Played> play_text(const std::string& text, const std::string& name,
                                         bool fresh);
  // The next case finds the device reset.
  void renew() { wants_reset_ = true; }
  // How often the device's process was another one than before.
  [[nodiscard]] std::size_t restarts() const { return restarts_; }

 private:
  struct Place;
  // A device that did not answer in time: whether it has died, hangs, or was only slow. Slowness is
  // the laboratory's; so a process counts as hanging once it has used up CPU time over nothing.
  void wait_for_verdict(Played& played, double cpu_before);
  Result<void> prepare(const script::Scenario& scenario, bool fresh);
  // What a case gets of the world.
  [[nodiscard]] script::World handles() const;

  script::MakeWorld worlds_;
  script::PlayOptions play_;
  const script::LoadContext& context_;
  std::shared_ptr<const keytable::Rulebook> rules_;
  std::shared_ptr<Place> place_;
  std::string configured_;  // with what, "" for not at all
  bool wants_reset_ = false;
  std::size_t restarts_ = 0;
  std::size_t probes_ = 0;
  std::size_t log_read_ = 0;
  std::string log_;
  pid_t process_ = 0;
};

}  // namespace karpspec::fuzz
