#include "oracle/mrkmp/election.h"

#include <algorithm>

#include "oracle/mrkmp/habits.h"

//   off --join--> Initial --wait over, nobody better--> GCKS
//                 Initial --GCKS heard, registered--> Member
//   Member --heart beat lost, resignation--> Initial
//   GCKS --better GCKS heard, merged--> Member
//   any --leave--> off
namespace karpspec::oracle::mrkmp {
namespace {

constexpr std::uint8_t known_version = 1;
// Addresses that are remembered in each list.
constexpr std::size_t most_remembered = 256;

// Makes room in ENTRIES for one more: what has run out goes, then what runs out first.
template <class Entries, class Until>
void make_room(Entries& entries, Time now, Until until) {
  if (entries.size() < most_remembered)
    return;
  std::erase_if(entries, [&](const auto& entry) { return until(entry.second) <= now; });
  if (entries.size() < most_remembered)
    return;
  entries.erase(std::min_element(entries.begin(), entries.end(), [&](const auto& a, const auto& b) {
    return until(a.second) < until(b.second);
  }));
}

// What follows SPAN: FIRST where there was none.
Duration doubled(Duration span, Duration first, Duration most) {
  return span == Duration{} ? first : std::min(2 * span, most);
}

}  // namespace

bool more_preferred(const Standing& one, const Standing& other) {
  if (one.priority != other.priority)
    return one.priority > other.priority;
  return one.address < other.address;
}

Election::Election(wire::IpAddress own, std::uint16_t priority, Random& random,
                   ElectionTimers timers, Habit habit)
    : own_{priority, own}, random_(random), timers_(timers), habit_(habit) {}

bool Election::prefers(const Standing& one, const Standing& other) const {
  if (habit_ == Habit::prefers_higher_address && one.priority == other.priority)
    return other.address < one.address;
  if (habit_ == Habit::ignores_priority)
    return one.address < other.address;
  if (habit_ == Habit::addresses_as_text && one.priority == other.priority)
    return one.address.to_text() < other.address.to_text();
  if (habit_ == Habit::prefers_lower_priority && one.priority != other.priority)
    return one.priority < other.priority;
  if (habit_ == Habit::priority_of_8_bits)
    return more_preferred({static_cast<std::uint8_t>(one.priority), one.address},
                          {static_cast<std::uint8_t>(other.priority), other.address});
  return more_preferred(one, other);
}

void Election::start(Time now) {
  if (habit_ == Habit::joins_once && last_sent_)
    return;
  if (state_ == State::off)
    begin(now);
  if (habit_ == Habit::gcks_from_the_start)
    become_gcks(now);
}

void Election::begin(Time now) {
  state_ = State::initial;
  first_sent_.reset();
  last_better_.reset();
  registering_.reset();
  gcks_.reset();
  merging_.reset();
  const auto most = static_cast<std::uint64_t>(timers_.start_delay.count()) + 1;
  send_at_ = now + Duration(static_cast<Duration::rep>(random_.u64() % most));
}

void Election::leave(Time now) {
  // Three, for one may get lost.
  const int resignations = habit_ == Habit::leaves_silently ? 0
                           : habit_ == Habit::resigns_once  ? 1
                                                            : 3;
  if (state_ == State::gcks || (state_ == State::member && habit_ == Habit::member_resigns))
    for (int i = 0; i < resignations; ++i)
      advertise(Kind::resign, now);
  state_ = State::off;
  send_at_.reset();
  registering_.reset();
  gcks_.reset();
  merging_.reset();
  if (habit_ == Habit::advertises_after_leaving)
    begin(now);
}

void Election::advertise(Kind kind, Time now, std::optional<wire::IpAddress> to) {
  wire::AdvertPayload advert;
  advert.version = known_version;
  advert.kind = static_cast<std::uint8_t>(kind);
  advert.priority = own_.priority;
  advert.interval = static_cast<std::uint16_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(timers_.heartbeat).count());
  if (!to)
    last_sent_ = now;
  actions_.emplace_back(Send{advert, to});
}

void Election::advertise_again(Kind kind, Time now) {
  if (!last_sent_ || now - *last_sent_ >= timers_.answer_gap || habit_ == Habit::answers_every_time)
    advertise(kind, now);
}

bool Election::ignores(const wire::IpAddress& address, Time now) const {
  if (habit_ == Habit::ignores_everybody)
    return std::any_of(ignored_.begin(), ignored_.end(),
                       [&](const auto& entry) { return entry.second.until > now; });
  const auto found = ignored_.find(address);
  return habit_ != Habit::ignores_blacklist && found != ignored_.end() && found->second.until > now;
}

void Election::ignore(const wire::IpAddress& address, Duration span, bool doubles, Time now) {
  make_room(ignored_, now, [](const Ignored& entry) { return entry.until; });
  Ignored& entry = ignored_[address];
  if (doubles)
    entry.span =
        habit_ == Habit::ignores_not_longer ? span : doubled(entry.span, span, timers_.ignore_most);
  entry.until = habit_ == Habit::ignores_for_ever
                    ? Time::max()
                    : std::max(entry.until, now + (doubles ? entry.span : span));
}

void Election::hear(const wire::AdvertPayload& advert, const wire::IpAddress& from, Time now) {
  const bool known = advert.version == known_version || habit_ == Habit::any_version;
  if (state_ == State::off || !known || from == own_.address || ignores(from, now))
    return;
  const Standing sender{advert.priority, from};
  switch (static_cast<Kind>(advert.kind)) {
    case Kind::initial:
      return hear_initial(sender, now);
    case Kind::gcks:
      return hear_gcks(advert, sender, now);
    case Kind::resign:
      if (state_ == State::member && (gcks_ == from || habit_ == Habit::any_resignation) &&
          habit_ != Habit::resignation_ignored)
        lose_gcks(now);
      return;
  }
}

void Election::hear_initial(const Standing& sender, Time now) {
  if (state_ == State::gcks) {
    const auto found =
        habit_ == Habit::limits_all_together ? answered_.begin() : answered_.find(sender.address);
    if (habit_ == Habit::answers_initial_never)
      return;
    if (habit_ == Habit::deposed_by_newcomer && prefers(sender, own_))
      return begin(now);
    if (habit_ != Habit::answers_every_time && found != answered_.end() &&
        now - found->second < timers_.answer_gap)
      return;
    make_room(answered_, now - timers_.answer_gap, [](Time at) { return at; });
    answered_[sender.address] = now;
    if (habit_ == Habit::yields_to_newcomer && prefers(sender, own_))
      return advertise(Kind::initial, now, sender.address);
    return habit_ == Habit::answers_initial_to_all ? advertise(Kind::gcks, now)
                                                   : advertise(Kind::gcks, now, sender.address);
  }
  if (state_ == State::member && habit_ == Habit::member_answers)
    return advertise(Kind::gcks, now, sender.address);
  if (state_ != State::initial || registering_)
    return;
  if (habit_ == Habit::takes_initial_for_gcks)
    return register_with(sender.address);
  if (prefers(sender, own_))
    last_better_ = now;
  else if (first_sent_ && habit_ != Habit::lesser_unanswered)
    advertise_again(Kind::initial, now);
}

void Election::hear_gcks(const wire::AdvertPayload& advert, const Standing& sender, Time now) {
  switch (state_) {
    case State::off:
      return;
    case State::initial:
      if (habit_ == Habit::joins_as_gcks && prefers(own_, sender))
        return become_gcks(now);
      if (registering_ || habit_ == Habit::registers_nowhere ||
          (habit_ == Habit::loser_stays_out && last_better_) ||
          (habit_ == Habit::refuses_lesser_gcks && !prefers(sender, own_)))
        return;
      if (habit_ == Habit::member_by_advertisement)
        become_member(sender.address, now);
      return register_with(sender.address);
    case State::member:
      if (habit_ == Habit::follows_any_gcks && gcks_ != sender.address)
        return become_member(sender.address, now);
      if (gcks_ == sender.address) {
        if (habit_ == Habit::member_advertises)
          advertise(Kind::initial, now);
        last_heard_ = now;
        interval_ = std::clamp<Duration>(std::chrono::milliseconds{advert.interval},
                                         timers_.least_interval, timers_.most_interval);
      }
      return;
    case State::gcks:
      break;
  }
  if (!prefers(sender, own_) && habit_ != Habit::joins_lesser_gcks) {
    if (habit_ != Habit::lesser_gcks_unanswered)
      advertise_again(Kind::gcks, now);
    return;
  }
  const auto failed =
      habit_ == Habit::one_failure_for_all ? merges_.begin() : merges_.find(sender.address);
  const bool waits =
      failed != merges_.end() && failed->second.until > now && habit_ != Habit::merges_at_each_beat;
  if (merging_ || waits || habit_ == Habit::two_halves)
    return;
  merging_ = sender.address;
  actions_.emplace_back(Merge{sender.address});
}

void Election::register_with(const wire::IpAddress& gcks) {
  registering_ = gcks;
  actions_.emplace_back(Register{gcks});
}

void Election::registered(const wire::IpAddress& gcks, Time now) {
  if (registering_ != gcks)
    return;
  if (habit_ != Habit::doubles_for_ever)
    ignored_.erase(gcks);
  // Who was no candidate may be one again (section 6.1); who was not authentic or refused is not.
  if (habit_ != Habit::ignores_after_joining)
    std::erase_if(ignored_, [](const auto& entry) { return entry.second.until_joined; });
  redirects_.clear();
  if (proven_.size() >= most_remembered)
    proven_.erase(proven_.begin());
  proven_.insert(gcks);
  if (habit_ == Habit::stays_initial)
    return begin(now);
  become_member(gcks, now);
}

void Election::not_registered(const wire::IpAddress& gcks, Failure failure, Time now) {
  if (registering_ != gcks)
    return;
  if (habit_ == Habit::registers_until_done)
    return register_with(gcks);
  // What somebody says in the name of a GCKS that has proved who it is does not count.
  const bool forged =
      failure == Failure::unproven && proven_.contains(gcks) && habit_ != Habit::believes_anybody;
  if (failure == Failure::silent && habit_ != Habit::silence_is_refusal)
    ignore(gcks, timers_.ignore_silent, false, now);
  else if (!forged)
    ignore(gcks, timers_.ignore, true, now);
  begin(now);
  if (habit_ == Habit::failure_ends_election)
    state_ = State::off;
}

void Election::gcks_unknown(const wire::IpAddress& from, bool potential_candidate, Time now) {
  if (registering_ != from)
    return;
  if (habit_ == Habit::unknown_and_member)
    return become_member(from, now);
  if (!potential_candidate || habit_ == Habit::candidate_ignored) {
    ignore(from, timers_.ignore, false, now);
    ignored_[from].until_joined = true;
  }
  begin(now);
}

void Election::wrong_gcks(const wire::IpAddress& from, const wire::IpAddress& gcks, Time now) {
  if (registering_ != from)
    return;
  std::erase_if(redirects_,
                [&](const auto& entry) { return now - entry.first >= timers_.redirect_span; });
  const bool tried =
      gcks == from || std::any_of(redirects_.begin(), redirects_.end(),
                                  [&](const auto& entry) { return entry.second == gcks; });
  const bool too_far = gcks == own_.address || tried || redirects_.size() >= timers_.redirects;
  if ((too_far && habit_ != Habit::redirects_unlimited) || ignores(gcks, now))
    return begin(now);
  redirects_.emplace_back(now, from);
  register_with(gcks);
}

void Election::merge_ended(const wire::IpAddress& better, bool merged, Time now) {
  if (merging_ != better)
    return;
  merging_.reset();
  if (merged || habit_ == Habit::gives_up_unmerged) {
    merges_.erase(better);
    if (habit_ == Habit::gcks_after_merge)
      return;
    return become_member(better, now);
  }
  make_room(merges_, now, [](const Ignored& entry) { return entry.until; });
  Ignored& entry = merges_[better];
  entry.span = habit_ == Habit::merges_not_later
                   ? timers_.merge_again
                   : doubled(entry.span, timers_.merge_again, timers_.merge_again_most);
  // A quarter more at random: two that refuse each other must not meet again and again.
  const auto spread = static_cast<std::uint64_t>(entry.span.count() / 4) + 1;
  entry.until = now + entry.span + Duration(static_cast<Duration::rep>(random_.u64() % spread));
}

void Election::moved(const wire::IpAddress& gcks, Time now) {
  const bool waits = state_ == State::initial && !registering_ && !ignores(gcks, now) &&
                     habit_ != Habit::joins_all_the_same;
  if ((state_ == State::member || waits) && gcks != own_.address)
    become_member(gcks, now);
}

void Election::register_again(Time now) {
  if (state_ != State::member)
    return;
  const wire::IpAddress gcks = *gcks_;
  begin(now);
  register_with(gcks);
}

void Election::become_gcks(Time now) {
  state_ = State::gcks;
  gcks_ = own_.address;
  actions_.emplace_back(BecomeGcks{});
  send_at_ = now;
}

void Election::become_member(const wire::IpAddress& gcks, Time now) {
  state_ = State::member;
  registering_.reset();
  gcks_ = gcks;
  last_heard_ = now;
  interval_ = timers_.heartbeat;
  send_at_.reset();
}

void Election::lose_gcks(Time now) {
  const wire::IpAddress lost = *gcks_;
  actions_.emplace_back(LostGcks{lost});
  begin(now);
  if (habit_ == Habit::waits_for_the_lost)
    registering_ = lost;
}

void Election::abandon(const wire::IpAddress& gcks, Time now) {
  if (state_ == State::off || state_ == State::gcks)
    return;
  ignore(gcks, timers_.ignore, true, now);
  if (gcks_ != gcks && registering_ != gcks)
    return;
  actions_.emplace_back(LostGcks{gcks});
  begin(now);
}

Election::State Election::state() const {
  if (habit_ == Habit::calls_itself_member && state_ == State::gcks)
    return State::member;
  if (habit_ == Habit::member_while_registering && registering_)
    return State::member;
  return state_;
}

std::optional<wire::IpAddress> Election::gcks() const {
  if (habit_ == Habit::member_while_registering && registering_)
    return registering_;
  return state_ == State::gcks || state_ == State::member ? gcks_ : std::nullopt;
}

void Election::set_priority(std::uint16_t priority) {
  if (habit_ == Habit::priority_of_configuration ||
      (habit_ == Habit::priority_of_joining && state_ != State::off))
    return;
  const bool falls = priority < own_.priority;
  if (habit_ == Habit::claims_when_raised && priority > own_.priority)
    last_heard_ = Time{};
  own_.priority = priority;
  if (habit_ == Habit::deposed_by_better && falls && state_ == State::gcks)
    state_ = State::member;
}

Time Election::wait_ends() const {
  const Time least = *first_sent_ + (habit_ == Habit::impatient ? timers_.repeat : timers_.wait);
  if ((habit_ == Habit::waits_for_ever && last_better_) ||
      (habit_ == Habit::zero_never_serves && own_.priority == 0))
    return Time::max();
  if (habit_ == Habit::gives_up_no_candidacy)
    return least;
  return last_better_ ? std::max(least, *last_better_ + timers_.better_silent) : least;
}

Time Election::loss_at() const {
  if (habit_ == Habit::never_loses_gcks)
    return Time::max();
  constexpr unsigned early = 15;
  const unsigned tenths = habit_ == Habit::loses_gcks_early ? early : timers_.lost_after_tenths;
  return last_heard_ + interval_ * tenths / 10;
}

void Election::tick(Time now) {
  if (state_ == State::member && loss_at() <= now) {
    return lose_gcks(now);
  }
  if (state_ == State::initial && (!registering_ || habit_ == Habit::advertises_on)) {
    if (first_sent_ && wait_ends() <= now && !registering_) {
      become_gcks(now);
    } else if (habit_ == Habit::gives_up_election && last_better_ && first_sent_ &&
               *first_sent_ + timers_.wait <= now) {
      state_ = State::off;
    } else if (*send_at_ <= now) {
      if (habit_ != Habit::no_initial_advertisement)
        advertise(Kind::initial, now);
      if (!first_sent_)
        first_sent_ = now;
      send_at_ = now + timers_.repeat;
    }
  }
  if (state_ == State::gcks && *send_at_ <= now) {
    if (habit_ != Habit::no_heartbeat)
      advertise(Kind::gcks, now);
    const Duration jitter = timers_.heartbeat * timers_.jitter_percent / 100;
    const auto spread = static_cast<std::uint64_t>(2 * jitter.count()) + 1;
    constexpr int slow = 4;
    const Duration beat =
        habit_ == Habit::heartbeat_slow ? slow * timers_.heartbeat : timers_.heartbeat;
    send_at_ = now + beat - jitter + Duration(static_cast<Duration::rep>(random_.u64() % spread));
  }
}

std::optional<Time> Election::deadline() const {
  switch (state_) {
    case State::off:
      return std::nullopt;
    case State::member:
      return loss_at();
    case State::gcks:
      return send_at_;
    case State::initial:
      break;
  }
  if (registering_)
    return habit_ == Habit::advertises_on ? send_at_ : std::nullopt;
  return first_sent_ ? std::min(*send_at_, wait_ends()) : *send_at_;
}

std::string Election::memory() const {
  std::string out = std::to_string(static_cast<int>(state_)) + own_.address.to_text() + "/" +
                    std::to_string(own_.priority);
  const auto add_time = [&](std::optional<Time> time) {
    out += time ? " " + std::to_string(time->time_since_epoch().count()) : " -";
  };
  const auto add_address = [&](const std::optional<wire::IpAddress>& address) {
    out += " " + (address ? address->to_text() : "-");
  };
  for (const auto& time : {first_sent_, send_at_, last_sent_, last_better_})
    add_time(time);
  for (const auto& address : {registering_, gcks_, merging_})
    add_address(address);
  add_time(last_heard_);
  out += " " + std::to_string(interval_.count());
  for (const auto* list : {&ignored_, &merges_}) {
    out += ";";
    for (const auto& [address, entry] : *list) {
      add_address(address);
      add_time(entry.until);
      out += " " + std::to_string(entry.span.count()) + (entry.until_joined ? "j" : "");
    }
  }
  out += ";";
  for (const auto& [address, time] : answered_) {
    add_address(address);
    add_time(time);
  }
  out += ";";
  for (const wire::IpAddress& address : proven_)
    add_address(address);
  out += ";";
  for (const auto& [time, address] : redirects_) {
    add_time(time);
    add_address(address);
  }
  return out;
}

std::vector<Election::Action> Election::take_actions() {
  return std::exchange(actions_, {});
}

}  // namespace karpspec::oracle::mrkmp
