#include "oracle/keyserver/local_group.h"

#include <algorithm>
#include <utility>

#include "crypto/digest.h"

namespace karpspec::oracle::keyserver {
namespace {

constexpr std::uint16_t data_key_algorithm = 2;  // HMAC-SHA-256 (P-235)
constexpr std::uint32_t first_spi = 256;         // below are reserved ones (RFC 4303 section 2.1)
// P-254: what a receiver says that it holds is believed up to here, so that there is always a key
// above it, and makes no more than one key in this time.
constexpr std::uint64_t highest_claim = ~std::uint64_t{0} >> 1U;
constexpr Duration claim_pause = std::chrono::seconds{10};

}  // namespace

LocalGroup::LocalGroup(GroupId id, wire::IpAddress source, std::uint32_t starts, const Times& times,
                       Random& random, Habit habit)
    : id_(std::move(id)),
      source_(source),
      times_(times),
      random_(random),
      habit_(habit),
      sequence_(std::uint64_t{starts} << 32U) {}

bool LocalGroup::set_receivers(std::set<std::string> receivers, std::uint64_t version, Time now) {
  const bool fewer =
      !std::includes(receivers.begin(), receivers.end(), receivers_.begin(), receivers_.end());
  receivers_ = std::move(receivers);
  version_ = std::max(version_, version);
  std::erase_if(told_, [&](const auto& each) { return !receivers_.contains(each.first); });
  if (keys_.empty() ||
      (fewer && habit_ != Habit::no_change_at_removal && habit_ != Habit::late_change)) {
    make(now);
  } else if (fewer && habit_ == Habit::late_change) {
    change_at_ = now + std::chrono::minutes{1};
  }
  return fewer;
}

GroupKeys LocalGroup::download() const {
  GroupKeys out;
  out.group = id_;
  out.source = source_;
  for (const DataKey& each : keys_)
    out.keys.push_back(each.clone());
  if (!keys_.empty())
    out.highest = highest();
  return out;
}

bool LocalGroup::holds(const std::string& receiver, const Order& order, Time now) {
  if (order > highest())
    return above(order, now);
  if (receivers_.contains(receiver))
    told_[receiver] = order;
  return true;
}

bool LocalGroup::above(const Order& order, Time now) {
  if (order.policy_version > highest_claim || order.sequence > highest_claim)
    return false;
  if (order <= highest())
    return true;
  claimed_ = std::max(claimed_.value_or(order), order);
  if (now >= next_claim_)
    take_claim(now);
  return true;
}

void LocalGroup::take_claim(Time now) {
  const Order order = *std::exchange(claimed_, std::nullopt);
  version_ = std::max(version_, order.policy_version);
  sequence_ = std::max(sequence_, order.sequence);
  next_claim_ = now + claim_pause;
  make(now);
}

bool LocalGroup::is_told(const std::string& receiver) const {
  const auto found = told_.find(receiver);
  return found != told_.end() && found->second == highest();
}

bool LocalGroup::all_keyed() const {
  return std::all_of(receivers_.begin(), receivers_.end(),
                     [&](const std::string& each) { return told_.contains(each); });
}

void LocalGroup::make(Time now) {
  // At once where there is none to send with, and never later than the end of the one that there
  // is.
  const DataKey* current = sends_with(keys_, now);
  Time send_start =
      current == nullptr ? now : std::min(now + times_.send_after, current->key.times.send_end);
  // A key that was to be sent with later is not any more; its successor is, from the same time on.
  for (const DataKey& each : keys_)
    if (each.key.times.send_start > now)
      send_start = std::min(send_start, each.key.times.send_start);
  std::erase_if(keys_, [&](const DataKey& each) { return each.key.times.send_start > now; });
  DataKey key;
  key.key.algorithm = data_key_algorithm;
  const std::size_t size = *mrkmp::master_key_octets(data_key_algorithm);
  while (key.key.id < first_spi)
    key.key.id = static_cast<std::uint32_t>(random_.u64());
  key.key.key = Secret(random_.octets(size));
  const Octets name = octets_of(id_);
  if (habit_ == Habit::one_key_for_all) {
    key.key.key = Secret(crypto::sha256(octets_of({id_.speaker, "", "", ""})));
  } else if (habit_ == Habit::spi_fixed || habit_ == Habit::key_fixed) {
    const Octets digest = crypto::sha256(name);
    key.key.id = first_spi + digest[0];
    if (habit_ == Habit::key_fixed)
      key.key.key = Secret(OctetView(digest).first(size));
  }
  key.order = {version_, ++sequence_};
  key.key.times.receive_start = now;
  key.key.times.send_start = send_start;
  if (habit_ != Habit::lives_on)
    key.key.times.end(key.key.times.send_start + times_.life, times_.overlap);
  for (DataKey& old : keys_)
    old.key.times.end(key.key.times.send_start,
                      habit_ == Habit::no_overlap ? Duration::zero() : times_.overlap);
  keys_.push_back(std::move(key));
  change_at_.reset();
  changed_ = true;
}

std::optional<Time> LocalGroup::renewal() const {
  if (habit_ == Habit::no_renewal || habit_ == Habit::lives_on)
    return std::nullopt;
  if (keys_.empty())  // as after a leap of the clock
    return Time{};
  return keys_.back().key.times.send_end - times_.renew_before;
}

void LocalGroup::tick(Time now) {
  std::erase_if(keys_, [&](const DataKey& each) { return each.key.is_over(now); });
  if (claimed_ && *claimed_ <= highest())
    claimed_.reset();
  const auto renew_at = renewal();
  if (claimed_ && next_claim_ <= now)
    take_claim(now);
  else if ((renew_at && *renew_at <= now) || (change_at_ && *change_at_ <= now))
    make(now);
}

std::optional<Time> LocalGroup::deadline() const {
  std::optional<Time> next = renewal();
  const auto consider = [&](Time time) {
    if (!next || time < *next)
      next = time;
  };
  if (change_at_)
    consider(*change_at_);
  if (claimed_)
    consider(next_claim_);
  for (const DataKey& each : keys_) {
    if (each.key.times.receive_end < keytable::always_end)
      consider(each.key.times.receive_end + mrkmp::receive_grace);
  }
  return next;
}

}  // namespace karpspec::oracle::keyserver
