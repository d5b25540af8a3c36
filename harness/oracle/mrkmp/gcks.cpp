#include "oracle/mrkmp/gcks.h"

#include <algorithm>

#include "oracle/mrkmp/habits.h"

namespace karpspec::oracle::mrkmp {
namespace {

using Kind = wire::KeyItem::Kind;

// Members that are remembered; of more the GCKS no longer knows who has rebooted.
constexpr std::size_t most_holders = 1024;
// For each so many members a retirement spreads the joins over `seconds_of_them` more seconds.
constexpr std::size_t members_at_once = 16;
constexpr std::uint16_t seconds_of_them = 2;

std::uint32_t most_key_id(const wire::GroupPayload& group) {
  constexpr std::uint8_t ospfv2 = 1, ripv2 = 4;
  return group.protocol == ospfv2 || group.protocol == ripv2 ? 255 : 65535;
}

}  // namespace

wire::KeyItem gcks_item(const wire::IpAddress& address) {
  wire::KeyItem item;
  item.kind = static_cast<std::uint8_t>(Kind::gcks);
  item.value.assign(address.octets().begin(), address.octets().end());
  return item;
}

Gcks::Gcks(const GroupConfig& config, const GroupTimers& timers, Random& random, KeyRing& ring)
    : config_(config), timers_(timers), random_(random), ring_(ring) {}

// --- keys ----------------------------------------------------------------------------------------

void Gcks::begin(Time now) {
  serving_ = true;
  holders_.clear();
  retired_.clear();
  strangers_hold_.clear();
  if (config_.habit == Habit::successor_drops_keys)
    ring_.masters().clear();
  if (config_.habit == Habit::successor_drops_kek)
    ring_.keks().clear();
  for (const GroupKey& key : ring_.masters())
    strangers_hold_.insert(key.id);
  Kek* predecessor = ring_.current_kek(now);
  strangers_ = predecessor != nullptr || !strangers_hold_.empty();
  for (Kek& kek : ring_.keks()) {
    kek.sent = config_.habit == Habit::successor_counts_anew ? 0 : kek.greatest() + number_gap;
    if (config_.habit != Habit::kek_inherited)
      kek.key.times.end(now + timers_.kek_overlap, timers_.kek_overlap);
  }
  if (predecessor == nullptr || config_.habit != Habit::kek_inherited)
    add_kek({now, now, now + timers_.kek_life, now + timers_.kek_life + timers_.kek_overlap});
  renew_at_ = now + timers_.kek_renewal;
  if (ring_.sends_with(now) == nullptr && !waits_for_use(now) && export_manual(now)) {
    flood(now);
  } else if (ring_.sends_with(now) == nullptr && !waits_for_use(now)) {
    const bool late = config_.habit == Habit::first_key_late;
    add_master(now, late ? now + std::chrono::minutes{1} : now);
    last_change_ = now;
    flood(now);
  } else {
    change_key(now);
  }
}

void Gcks::add_kek(KeyTimes times) {
  GroupKey key;
  while (key.id == 0 || ring_.find_kek(key.id) != nullptr)
    key.id = static_cast<std::uint32_t>(random_.u64());
  key.algorithm = kek_algorithm;
  key.key = Secret(random_.octets(kek_octets));
  key.times = times;
  notes_.push_back("KEK " + std::to_string(key.id) + " is made");
  (void)ring_.take_kek(std::move(key));
}

std::uint32_t Gcks::next_key_id() const {
  if (config_.habit == Habit::key_ids_of_32_bits)
    return static_cast<std::uint32_t>(random_.u64());
  if (config_.habit == Habit::key_id_given_again && last_key_id_ != 0)
    return last_key_id_;
  const std::uint32_t most = most_key_id(config_.id);
  std::uint32_t id = last_key_id_;
  for (std::uint32_t tried = 0; tried < most; ++tried) {
    id = id >= most ? 1 : id + 1;
    const bool held = std::any_of(ring_.masters().begin(), ring_.masters().end(),
                                  [&](const GroupKey& key) { return key.id == id; });
    const bool by_hand =
        config_.manual && std::any_of(config_.manual->begin(), config_.manual->end(),
                                      [&](const GroupKey& key) { return key.id == id; });
    if (!held && !by_hand)
      break;
  }
  return config_.habit == Habit::key_ids_uncoordinated ? 1 : id;
}

bool Gcks::export_manual(Time now) {
  if (!config_.manual || config_.habit == Habit::manual_keys_withheld)
    return false;
  for (const GroupKey& key : *config_.manual) {
    GroupKey own = key.clone();
    own.times = {now, now};
    notes_.push_back("key " + std::to_string(key.id) + ", by hand, is the group's");
    ring_.take_master(std::move(own), KeyRing::Source::gcks, now);
  }
  return !config_.manual->empty();
}

void Gcks::add_master(Time now, Time send_start) {
  for (const GroupKey& held : ring_.masters())
    last_key_id_ = std::max(last_key_id_, held.id);
  GroupKey key;
  key.id = last_key_id_ = next_key_id();
  key.algorithm = config_.algorithm;
  key.key = Secret(random_.octets(master_key_octets(config_.algorithm).value_or(0)));
  key.times.receive_start = now;
  key.times.send_start = send_start;
  for (auto& [identity, holder] : holders_)
    holder.receive_only.erase(key.id);
  strangers_hold_.erase(key.id);
  if (strangers_)
    strangers_hold_.insert(key.id);
  notes_.push_back("protocol master key " + std::to_string(key.id) + " is made");
  ring_.take_master(std::move(key), KeyRing::Source::gcks, now);
}

bool Gcks::waits_for_use(Time now) const {
  return std::any_of(ring_.masters().begin(), ring_.masters().end(),
                     [&](const GroupKey& key) { return key.times.send_start > now; });
}

void Gcks::change_key(Time now) {
  if (!waits_for_use(now) || config_.habit == Habit::flurry_of_changes) {
    Time start = now + timers_.send_after;
    if (config_.habit == Habit::key_used_at_once)
      start = now;
    else if (last_change_)
      start = std::max(start, *last_change_ + timers_.between_changes + timers_.send_after);
    for (GroupKey& old : ring_.masters()) {
      if (config_.habit == Habit::changes_abruptly)
        old.times.end(now, {});
      old.times.end(start + timers_.send_overlap, timers_.receive_overlap);
    }
    add_master(now, start);
    last_change_ = now;
  }
  if (config_.habit != Habit::changes_with_next_update)
    flood(now);
}

void Gcks::renew_kek(Time now) {
  const Time start = config_.habit == Habit::new_kek_at_once ? now : now + timers_.kek_lead;
  for (Kek& old : ring_.keks())
    if (config_.habit != Habit::old_kek_kept)
      old.key.times.end(start + timers_.kek_overlap, timers_.kek_overlap);
  add_kek({now, start, start + timers_.kek_life, start + timers_.kek_life + timers_.kek_overlap});
  renew_at_ = now + timers_.kek_renewal;
  flood(now);
}

void Gcks::retire_keks(std::uint16_t rejoin_within, Time now) {
  // One that waits for its use, too: who is shut out has been told of it.
  for (Kek& kek : ring_.keks())
    if (!kek.key.is_over(now) && config_.habit != Habit::never_retires &&
        (kek.key.may_send(now) || config_.habit != Habit::retires_current_kek))
      retired_.push_back({{kek.key.clone(), kek.sent}, rejoin_within, timers_.floods, now});
  ring_.keks().clear();
  add_kek({now, now, now + timers_.kek_life, now + timers_.kek_life + timers_.kek_overlap});
  renew_at_ = now + timers_.kek_renewal;
}

void Gcks::shut_out(const std::string& identity, Time now) {
  const auto spread =
      static_cast<std::uint16_t>(seconds_of_them * (1 + holders_.size() / members_at_once));
  holders_.erase(identity);
  if (config_.habit == Habit::new_key_under_old_kek) {
    change_key(now);
    update(now);
  }
  retire_keks(spread, now);
  // Whoever goes on from here has joined.
  strangers_ = false;
  ring_.limit_masters(now, timers_.retired_keys);
  const Time start = now + std::chrono::seconds{spread} + timers_.send_after;
  for (GroupKey& old : ring_.masters())
    old.times.end(start + timers_.send_overlap, timers_.receive_overlap);
  // One that waits for its use is known to who was shut out.
  std::erase_if(ring_.masters(),
                [&](const GroupKey& key) { return key.times.send_start > key.times.send_end; });
  add_master(now, start);
  last_change_ = now;
  floods_left_ = 0;
  next_update_ = now + timers_.flood_gap;
}

// --- answers -------------------------------------------------------------------------------------

wire::KeyDownloadPayload Gcks::download(Time now, const std::set<std::uint32_t>& no_send,
                                        bool old_keks) const {
  wire::KeyDownloadPayload out;
  out.clock = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
  out.items.push_back(gcks_item(config_.address));
  const Kek* current = ring_.current_kek(now);
  for (const Kek& kek : ring_.keks()) {
    const bool older =
        current != nullptr && kek.key.times.send_start < current->key.times.send_start;
    const bool untold = config_.habit == Habit::kek_untold && kek.key.times.send_start > now;
    if (!kek.key.is_over(now) && (old_keks || !older) && !untold)
      out.items.push_back(to_item(Kind::kek, kek.key, now));
  }
  for (const GroupKey& key : ring_.masters()) {
    const bool withheld = no_send.contains(key.id) && config_.habit == Habit::old_key_withheld;
    const bool untold =
        config_.habit == Habit::newest_key_told && old_keks && key.id != ring_.masters().back().id;
    if (key.is_over(now) || withheld || untold)
      continue;
    GroupKey given = key.clone();
    if (no_send.contains(key.id) && config_.habit != Habit::old_key_may_send) {
      given.times.send_start = std::min(given.times.send_start, now);
      given.times.send_end = std::min(given.times.send_end, now);
      given.times.receive_start = std::min(given.times.receive_start, given.times.send_start);
    }
    out.items.push_back(to_item(Kind::pmk, given, now));
  }
  return out;
}

Gcks::Answer Gcks::answer_for(const Holder& holder, Time now) {
  const Kek* current = ring_.current_kek(now);
  return {download(now, holder.receive_only, false), current == nullptr ? 0 : current->sent};
}

bool Gcks::is_reboot(const Holder& holder, std::optional<std::uint64_t> incarnation) const {
  if (!incarnation)
    return config_.habit != Habit::no_incarnation_no_reboot;
  return config_.habit == Habit::rejoin_counts_as_reboot ||
         (holder.incarnation != incarnation && config_.habit != Habit::reboot_unnoticed);
}

Gcks::Answer Gcks::admit(const std::string& identity, std::optional<std::uint64_t> incarnation,
                         Time now) {
  const auto known = holders_.find(identity);
  const bool forgotten = known == holders_.end() && holders_.size() >= most_holders;
  const bool rebooted = known != holders_.end() && is_reboot(known->second, incarnation);
  if (known != holders_.end() && !rebooted)
    return answer_for(known->second, now);
  constexpr std::size_t sixteen = 16;
  if (config_.habit == Habit::sixteen_members && holders_.size() >= sixteen)
    return {};
  Holder holder;
  holder.incarnation = incarnation;
  // What it may have sent with, under numbers that it does not know any more.
  bool sends = false;
  for (const GroupKey& key : ring_.masters()) {
    const bool stranger =
        strangers_hold_.contains(key.id) && config_.habit != Habit::trusts_newcomers;
    const bool may_have = rebooted || forgotten || stranger;
    if (key.times.send_start <= now && may_have)
      holder.receive_only.insert(key.id);
    else
      sends = sends || key.times.send_end > now;
  }
  if (rebooted)
    notes_.push_back(identity + " has rebooted");
  if (!sends || config_.habit == Habit::join_changes_key ||
      config_.habit == Habit::every_join_changes ||
      (rebooted && config_.habit == Habit::flurry_of_changes))
    change_key(now);
  if (!forgotten)
    holders_[identity] = holder;
  return answer_for(holder, now);
}

Gcks::Answer Gcks::replace_key(const std::string& identity, std::uint32_t key_id, Time now) {
  const GroupKey* current = ring_.sends_with(now);
  if (config_.habit == Habit::newkey_always_changes)
    add_master(now, now + timers_.send_after);
  else if (current != nullptr && current->id == key_id &&
           config_.habit != Habit::newkey_answers_old)
    change_key(now);
  const auto holder = holders_.find(identity);
  return answer_for(holder == holders_.end() ? Holder{} : holder->second, now);
}

wire::KeyDownloadPayload Gcks::merge(std::vector<GroupKey> theirs, Time now) {
  for (GroupKey& key : theirs) {
    const bool clashes =
        std::any_of(ring_.masters().begin(), ring_.masters().end(),
                    [&](const GroupKey& held) { return held.id == key.id && !held.same_key(key); });
    if (config_.habit == Habit::merge_drops_theirs ||
        (clashes && config_.habit == Habit::clash_drops_key))
      continue;
    if (config_.habit == Habit::clash_doubles_key)
      ring_.masters().push_back(key.clone());
    else
      ring_.take_master(std::move(key), KeyRing::Source::group, now);
  }
  for (GroupKey& old : ring_.masters()) {
    if (config_.habit != Habit::merge_keeps_ends)
      old.times.end(now + timers_.merged_send_end, timers_.receive_overlap);
    old.times.send_start = std::min(old.times.send_start, old.times.send_end);
    old.times.receive_start = std::min(old.times.receive_start, old.times.send_start);
    if (config_.habit != Habit::trusts_other_half)
      strangers_hold_.insert(old.id);
  }
  strangers_ = config_.habit != Habit::trusts_other_half;
  const Time start = now + timers_.merged_kek_start;
  for (Kek& old : ring_.keks()) {
    old.key.times.send_end = std::min(old.key.times.send_end, start + timers_.flood_gap);
    old.key.times.receive_end = std::min(old.key.times.receive_end, start + timers_.kek_overlap);
  }
  if (config_.habit == Habit::merge_untold)
    ring_.keks().clear();
  add_kek({now, start, start + timers_.kek_life, start + timers_.kek_life + timers_.kek_overlap});
  renew_at_ = now + timers_.kek_renewal;
  if (config_.habit != Habit::merge_makes_no_key)
    add_master(now, now + timers_.send_after);
  last_change_ = now;
  flood(now);
  wire::KeyDownloadPayload out = download(now, {}, false);
  // The current KEK is that of a group which is no more.
  const Kek* current = ring_.current_kek(now);
  std::erase_if(out.items, [&](const wire::KeyItem& item) {
    if (current == nullptr || item.kind != static_cast<std::uint8_t>(Kind::kek))
      return false;
    return (item.key_id == current->key.id) != (config_.habit == Habit::merges_under_old_kek);
  });
  return out;
}

// --- messages to the group -----------------------------------------------------------------------

void Gcks::flood(Time now) {
  if (config_.habit == Habit::change_not_flooded && last_change_ && next_update_ > now)
    return;
  floods_left_ = config_.habit == Habit::change_told_once ? 1 : timers_.floods;
  next_update_ = now;
}

void Gcks::send(Kek& kek, GroupMessage message) {
  message.number = ++kek.sent;
  message.group = config_.id;
  if (kek.sent >= numbers_end)
    return;
  auto sealed = config_.seal(kek.key, message, config_.address);
  if (message.download)
    wipe(*message.download);
  if (sealed)
    messages_.push_back(*std::move(sealed));
}

void Gcks::update(Time now) {
  if (config_.habit == Habit::members_forgotten && holders_.empty())
    return;
  for (Kek& kek : ring_.keks()) {
    const bool old = &kek != ring_.current_kek(now);
    if (!kek.key.may_send(now) || (old && config_.habit == Habit::old_kek_dropped))
      continue;
    GroupMessage message;
    message.action.kind = static_cast<std::uint8_t>(wire::GroupActionPayload::Kind::update);
    message.download = download(now, {}, true);
    std::erase_if(message.download->items, [&](const wire::KeyItem& item) {
      if (item.kind == static_cast<std::uint8_t>(Kind::kek))
        return old && config_.habit == Habit::old_kek_alone && item.key_id != kek.key.id;
      const bool next = item.is_key() && item.lifetimes.send_start > 0;
      return (next && config_.habit == Habit::updates_lack_next_key) ||
             (old && item.is_key() && config_.habit == Habit::old_kek_without_keys);
    });
    send(kek, std::move(message));
  }
}

void Gcks::tick(Time now) {
  if (!serving_)
    return;
  for (Retired& each : retired_) {
    if (each.next > now)
      continue;
    GroupMessage message;
    message.action.kind = static_cast<std::uint8_t>(wire::GroupActionPayload::Kind::retire);
    message.action.rejoin_within = each.rejoin_within;
    send(each.kek, std::move(message));
    each.next = now + timers_.flood_gap;
    --each.copies_left;
  }
  std::erase_if(retired_, [](const Retired& each) { return each.copies_left == 0; });
  constexpr std::uint64_t few_left = numbers_end - (1U << 20U);
  const Kek* current = ring_.current_kek(now);
  const bool waits = std::any_of(ring_.keks().begin(), ring_.keks().end(),
                                 [&](const Kek& kek) { return kek.key.times.send_start > now; });
  if (config_.habit == Habit::kek_for_ever)
    renew_at_ = Time::max();
  if (renew_at_ <= now || (current != nullptr && current->sent >= few_left && !waits))
    renew_kek(now);
  if (next_update_ > now)
    return;
  update(now);
  if (floods_left_ > 1) {
    --floods_left_;
    next_update_ = now + timers_.flood_gap;
    return;
  }
  floods_left_ = 0;
  if (config_.habit == Habit::updates_after_changes) {
    next_update_ = Time::max();
    return;
  }
  const Duration jitter = timers_.update * timers_.jitter_percent / 100;
  const auto spread = static_cast<std::uint64_t>(2 * jitter.count()) + 1;
  next_update_ =
      now + timers_.update - jitter + Duration(static_cast<Duration::rep>(random_.u64() % spread));
}

std::optional<Time> Gcks::deadline() const {
  if (!serving_)
    return std::nullopt;
  Time next = std::min(next_update_, renew_at_);
  for (const Retired& each : retired_)
    next = std::min(next, each.next);
  return next;
}

}  // namespace karpspec::oracle::mrkmp
