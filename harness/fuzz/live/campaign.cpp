#include "fuzz/live/campaign.h"

#include <algorithm>

#include "fuzz/live/reducer.h"

namespace karpspec::fuzz {
namespace {

Symptom symptom_of(Played::End end) {
  switch (end) {
    case Played::End::died:
      return Symptom::crash;
    case Played::End::state_changed:
      return Symptom::state;
    default:
      return Symptom::hang;
  }
}

bool is_trouble(Played::End end) {
  return end == Played::End::died || end == Played::End::state_changed ||
         end == Played::End::not_served;
}

// The same thing done to the same kind of field, wherever it is: "length max".
std::string alike_key(const Operation& operation) {
  const std::string field = operation.field.empty()
                                ? operation.payload
                                : operation.field.substr(operation.field.rfind('.') + 1);
  return field + " " + operation.name;
}

}  // namespace

Campaign::Campaign(Generator generator, Session& session, Options options, const Hooks& hooks)
    : generator_(std::move(generator)),
      session_(session),
      options_(options),
      hooks_(hooks),
      began_(Clock::now()) {
  for (const Target& target : generator_.targets())
    for (const auto* list : {&target.fields, &target.octets})
      for (const Operation& operation : *list)
        coverage_[operation.place()][operation.name];
}

double Campaign::now() const {
  return earlier_seconds_ + std::chrono::duration<double>(Clock::now() - began_).count();
}

bool Campaign::time_is_up() const {
  return (options_.cases != 0 && progress_.cases >= options_.cases) ||
         now() >= static_cast<double>(options_.time.count()) ||
         (hooks_.stopped && hooks_.stopped());
}

std::string Campaign::next_name(std::size_t number) {
  return "case-" + std::to_string(number) + (replays_ == 0 ? "" : "-" + std::to_string(replays_));
}

void Campaign::count(const Case& one, bool finding) {
  for (const Operation& operation : one.operations) {
    Cell& cell = coverage_[operation.place()][operation.name];
    ++cell.played;
    cell.findings += finding ? 1U : 0U;
  }
}

// What has failed in just this way, or in this way at many places: a length that is believed
// everywhere.
bool Campaign::is_known_to_fail(const Case& one) const {
  constexpr std::size_t everywhere = 3;
  return std::any_of(one.operations.begin(), one.operations.end(), [&](const Operation& operation) {
    const auto alike = failing_places_.find(alike_key(operation));
    return failing_.contains(operation.key()) ||
           (alike != failing_places_.end() && alike->second.size() >= everywhere);
  });
}

void Campaign::fails(const Case& one) {
  if (one.operations.size() != 1)
    return;
  const Operation& operation = one.operations.front();
  failing_.insert(operation.key());
  failing_places_[alike_key(operation)].insert(operation.place());
}

void Campaign::resume(const std::vector<Record>& records, std::vector<Finding> findings) {
  for (const Record& record : records) {
    const bool put_off = record.result == "put off";
    if (record.number >= next_)
      next_ = record.number + 1;
    earlier_seconds_ = std::max(earlier_seconds_, record.seconds);
    progress_.messages = std::max(progress_.messages, record.messages);
    ++progress_.cases;
    if (put_off) {
      put_off_.push_back(record.number);
      continue;
    }
    std::erase(put_off_, record.number);
    if (record.result == "not playable") {
      ++progress_.not_playable;
      continue;
    }
    ++progress_.played;
    progress_.unfinished += record.result == "unfinished" ? 1U : 0U;
    count(generator_.at(record.number), record.result == "finding");
  }
  findings_ = std::move(findings);
  for (Finding& finding : findings_) {
    finding.original = generator_.at(finding.number);
    if (finding.reduced.exchange == nullptr)
      finding.reduced = finding.original;
    if (finding.reproduced)
      fails(finding.reduced);
  }
}

Result<void> Campaign::run() {
  began_ = Clock::now();
  while (!time_is_up()) {
    std::size_t number = next_;
    bool again = false;
    // What is known to end in a finding comes when everything else has been done once.
    if (number >= generator_.fields() && !put_off_.empty() && (progress_.cases % 2 == 0)) {
      number = put_off_.front();
      put_off_.erase(put_off_.begin());
      again = true;
    } else {
      ++next_;
    }
    const Case one = generator_.at(number);
    if (one.exchange == nullptr)
      return {};
    ++progress_.cases;
    progress_.seconds = now();
    if (!again && is_known_to_fail(one)) {
      put_off_.push_back(number);
      ++progress_.put_off;
      if (hooks_.record)
        hooks_.record({number, now(), progress_.messages, "put off"});
      continue;
    }
    KARPSPEC_CHECK(play_case(number, one));
    if (hooks_.progress)
      hooks_.progress(progress_, findings_.size());
  }
  progress_.seconds = now();
  return {};
}

Result<void> Campaign::play_case(std::size_t number, const Case& one) {
  if (since_reset_ >= options_.renew_every) {
    session_.renew();
    since_reset_ = 0;
  }
  KARPSPEC_TRY(played, session_.play(one, options_.deadlines, next_name(number)));
  ++since_reset_;
  progress_.messages += played.messages;
  progress_.restarts = session_.restarts();
  std::string result = "served";
  if (played.end == Played::End::not_playable) {
    ++progress_.not_playable;
    result = "not playable";
  } else {
    ++progress_.played;
    const bool trouble = is_trouble(played.end);
    progress_.unfinished += played.end == Played::End::unfinished ? 1U : 0U;
    progress_.slow += played.slow ? 1U : 0U;
    if (played.end == Played::End::unfinished)
      result = "unfinished";
    count(one, trouble);
    if (trouble) {
      result = "finding";
      KARPSPEC_CHECK(suspect(number, one, std::move(played)));
    } else {
      for (const wire::Message& answer : played.answers) {
        const auto odd = odd_answer(answer);
        if (!odd)
          continue;
        Finding finding;
        finding.symptom = Symptom::answer;
        finding.signature = signature(Symptom::answer, *odd, one);
        finding.text = *odd;
        finding.number = number;
        finding.original = finding.reduced = one;
        finding.outcome = played.outcome;
        const auto again =
            session_.play(one, options_.deadlines, next_name(number) + "-again", true);
        ++replays_;
        finding.reproduced = again && std::any_of(again->answers.begin(), again->answers.end(),
                                                  [&](const wire::Message& other) {
                                                    return odd_answer(other) == odd;
                                                  });
        keep(std::move(finding));
        break;
      }
      // An exchange that does not even begin may be the work of what came before it.
      if (played.end == Played::End::unfinished)
        session_.renew();
      look_at_trend(number, one, played);
      KARPSPEC_CHECK(look_at_memory(number, one, played));
    }
  }
  if (hooks_.record)
    hooks_.record({number, now(), progress_.messages, result});
  return {};
}

bool Campaign::shows(const Case& one, Symptom symptom, const std::string& words, Played* last) {
  ++replays_;
  Deadlines deadlines = options_.deadlines;
  if (symptom == Symptom::state && options_.patient)
    deadlines.alive_ms *= 4;
  auto played = session_.play(one, deadlines, "again-" + std::to_string(replays_), true);
  if (!played)
    return false;
  progress_.messages += played->messages;
  const bool shown = is_trouble(played->end) && symptom_of(played->end) == symptom &&
                     (symptom != Symptom::crash || words.empty() ||
                      place_of(last_words(played->said)) == place_of(words));
  if (shown && last != nullptr)
    *last = *std::move(played);
  return shown;
}

Result<void> Campaign::suspect(std::size_t number, const Case& one, Played seen) {
  const double when = now();
  const std::size_t messages = progress_.messages;
  const Symptom symptom = symptom_of(seen.end);
  const std::string words = symptom == Symptom::crash ? last_words(seen.said) : std::string();
  since_reset_ = 0;
  Finding finding;
  finding.symptom = symptom;
  finding.text = seen.reason;
  finding.said = seen.said;
  finding.number = number;
  finding.seconds = when;
  finding.messages = messages;
  finding.original = finding.reduced = one;
  finding.outcome = std::move(seen.outcome);
  // What is known need not be played again.
  if (!words.empty() || (symptom == Symptom::hang && one.operations.size() == 1)) {
    finding.signature = signature(symptom, words, one);
    const auto known = std::find_if(findings_.begin(), findings_.end(), [&](const Finding& other) {
      return other.signature == finding.signature && other.reproduced;
    });
    if (known != findings_.end()) {
      fails(one);
      keep(std::move(finding));
      return {};
    }
  }
  Played last;
  const Shows again = [&](const Case& candidate) {
    return shows(candidate, symptom, words, &last);
  };
  finding.reproduced = again(one);
  if (finding.reproduced) {
    // A hang takes seconds each time; and where there is one operation there is little to leave
    // out.
    constexpr unsigned many = 24, some = 8, few = 3;
    const bool whole = one.operations.size() == 1 && one.operations.front().lines.size() <= 2 &&
                       one.operations.front().times <= 1;
    const unsigned tries = symptom == Symptom::crash   ? many
                           : one.operations.size() > 1 ? some
                                                       : few;
    if (!whole)
      finding.reduced = reduce(finding.reduced, again, tries);
    // An IKE SA that seems to have ended may be one of a device that was slow, even twice.
    if (symptom == Symptom::state && options_.patient)
      finding.reproduced = again(finding.reduced);
    finding.outcome = std::move(last.outcome);
    finding.text = last.reason;
    if (!last.said.empty())
      finding.said = last.said;
    if (finding.reproduced && finding.reduced.times <= 1)
      fails(finding.reduced);
  }
  finding.signature = signature(symptom, words, finding.reduced);
  session_.renew();
  keep(std::move(finding));
  return {};
}

void Campaign::keep(Finding finding) {
  if (finding.seconds == 0) {
    finding.seconds = now();
    finding.messages = progress_.messages;
  }
  // Whoever plays it on a slower machine is to see the same.
  Deadlines generous = options_.deadlines;
  generous.alive_ms *= 4;
  finding.scenario = scenario_text(finding.reduced, generous);
  const auto known = std::find_if(findings_.begin(), findings_.end(), [&](const Finding& other) {
    return other.signature == finding.signature;
  });
  if (known == findings_.end()) {
    findings_.push_back(std::move(finding));
    if (hooks_.finding)
      hooks_.finding(findings_.back(), true);
    return;
  }
  ++known->seen;
  if (finding.reproduced && !known->reproduced) {
    finding.seen = known->seen;
    *known = std::move(finding);
    if (hooks_.finding)
      hooks_.finding(*known, true);
  } else if (hooks_.finding) {
    hooks_.finding(*known, false);
  }
}

}  // namespace karpspec::fuzz
