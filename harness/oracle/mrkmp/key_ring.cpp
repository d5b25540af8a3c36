#include "oracle/mrkmp/key_ring.h"

#include <algorithm>

namespace karpspec::oracle::mrkmp {
namespace {

// Nobody hands out as many; a bound, should somebody.
constexpr std::size_t most_keys = 64;
// Routers that have been the GCKS under one KEK.
constexpr std::size_t most_senders = 256;

// A time that differs by no more than this was rounded to whole seconds on its way, and stays.
constexpr std::chrono::seconds rounding{2};

Time settled(Time held, Time told) {
  const Duration apart = held > told ? held - told : told - held;
  return apart <= rounding ? held : told;
}

}  // namespace

std::uint64_t Kek::greatest() const {
  std::uint64_t number = sent;
  for (const auto& [sender, last] : taken)
    number = std::max(number, last);
  return number;
}

bool Kek::take(const wire::IpAddress& sender, std::uint64_t number) {
  const auto known = taken.find(sender);
  if (known == taken.end() && taken.size() >= most_senders)
    return false;
  std::uint64_t& last = taken[sender];
  if (number <= last)
    return false;
  last = number;
  return true;
}

Kek* KeyRing::take_kek(GroupKey key) {
  for (Kek& held : keks_)
    if (held.key.id == key.id && held.key.same_key(key)) {
      held.key.times = key.times;
      return &held;
    }
  std::erase_if(keks_, [&](const Kek& held) { return held.key.id == key.id; });
  if (keks_.size() >= most_keys)
    return nullptr;
  keks_.push_back({std::move(key)});
  return &keks_.back();
}

void KeyRing::take_master(GroupKey key, Source source, Time now) {
  for (GroupKey& held : masters_)
    if (held.id == key.id && held.same_key(key)) {
      held.times.receive_start = std::min(held.times.receive_start, key.times.receive_start);
      held.times.send_start = settled(held.times.send_start, key.times.send_start);
      held.times.send_end = source == Source::gcks
                                ? key.times.send_end
                                : std::min(held.times.send_end, key.times.send_end);
      held.times.receive_end = settled(held.times.receive_end, key.times.receive_end);
      held.receive_only = held.receive_only && source == Source::group;
      return;
    }
  key.receive_only = source == Source::group && key.times.send_start <= now;
  if (masters_.size() < most_keys)
    masters_.push_back(std::move(key));
}

Kek* KeyRing::find_kek(std::uint32_t id) {
  const auto found =
      std::find_if(keks_.begin(), keks_.end(), [&](const Kek& kek) { return kek.key.id == id; });
  return found == keks_.end() ? nullptr : &*found;
}

Kek* KeyRing::current_kek(Time now) {
  Kek* current = nullptr;
  for (Kek& kek : keks_)
    if (kek.key.may_send(now) &&
        (current == nullptr || kek.key.times.send_start > current->key.times.send_start))
      current = &kek;
  return current;
}

const GroupKey* KeyRing::sends_with(Time now) const {
  const GroupKey* best = nullptr;
  for (const GroupKey& key : masters_) {
    if (!key.may_send(now) || key.receive_only)
      continue;
    const bool later = best == nullptr || key.times.send_start > best->times.send_start;
    const bool lower =
        best != nullptr && key.times.send_start == best->times.send_start && key.id < best->id;
    if (later || lower)
      best = &key;
  }
  return best;
}

bool KeyRing::will_send(Time now) const {
  return std::any_of(masters_.begin(), masters_.end(), [&](const GroupKey& key) {
    return !key.receive_only && now < key.times.send_end;
  });
}

namespace {

bool has(const wire::KeyDownloadPayload& download, const GroupKey& key) {
  return std::any_of(download.items.begin(), download.items.end(), [&](const wire::KeyItem& item) {
    return item.is_key() && item.key_id == key.id &&
           equal_in_constant_time(item.key, key.key.view());
  });
}

}  // namespace

void KeyRing::drop_keks_not_in(const wire::KeyDownloadPayload& download) {
  std::erase_if(keks_, [&](const Kek& kek) { return !has(download, kek.key); });
}

void KeyRing::end_what_is_not_in(const wire::KeyDownloadPayload& download, Time now,
                                 Duration receive_for) {
  for (GroupKey& key : masters_) {
    if (has(download, key))
      continue;
    key.times.send_end = std::min(key.times.send_end, now);
    key.times.send_start = std::min(key.times.send_start, key.times.send_end);
    key.times.receive_start = std::min(key.times.receive_start, key.times.send_start);
    key.times.receive_end = std::min(key.times.receive_end, now + receive_for);
  }
}

void KeyRing::limit_masters(Time now, Duration span) {
  for (GroupKey& key : masters_) {
    key.times.send_end = std::min(key.times.send_end, now + span);
    key.times.receive_end = std::min(key.times.receive_end, now + span);
  }
}

bool KeyRing::expire(Time now) {
  const auto gone = std::erase_if(keks_, [&](const Kek& kek) { return kek.key.is_over(now); }) +
                    std::erase_if(masters_, [&](const GroupKey& key) { return key.is_over(now); });
  return gone != 0;
}

std::optional<Time> KeyRing::deadline() const {
  std::optional<Time> next;
  const auto consider = [&](const GroupKey& key) {
    if (key.times.receive_end >= keytable::always_end)
      return;
    const Time over = key.times.receive_end + receive_grace;
    next = next ? std::min(*next, over) : over;
  };
  for (const Kek& kek : keks_)
    consider(kek.key);
  for (const GroupKey& key : masters_)
    consider(key);
  return next;
}

void KeyRing::clear() {
  keks_.clear();
  masters_.clear();
}

}  // namespace karpspec::oracle::mrkmp
