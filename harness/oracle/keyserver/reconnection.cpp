#include "oracle/keyserver/reconnection.h"

#include <algorithm>

namespace karpspec::oracle::keyserver {

Reconnection::Reconnection(std::string fallback, Random& random, Habit habit)
    : fallback_({std::move(fallback)}), random_(random), habit_(habit) {}

const std::vector<std::string>& Reconnection::addresses() const {
  return policy_.addresses.empty() ? fallback_ : policy_.addresses;
}

std::string Reconnection::address() const {
  const auto& known = addresses();
  return habit_ == Habit::first_address_only ? known.front() : known[next_address_ % known.size()];
}

Duration Reconnection::jittered(Duration delay) {
  const auto reach = delay.count() * static_cast<std::int64_t>(policy_.jitter_percent) / 100;
  if (reach <= 0)
    return delay;
  const auto offset =
      static_cast<std::int64_t>(random_.u64() % static_cast<std::uint64_t>(2 * reach + 1)) - reach;
  return delay + Duration{offset};
}

void Reconnection::begin(const Reconnect& policy, Time now) {
  policy_ = policy;
  state_ = State::waiting;
  const auto spread = static_cast<std::uint64_t>(std::max<std::int64_t>(policy.spread.count(), 0));
  due_ = now + Duration{static_cast<std::int64_t>(random_.u64() % (spread + 1))};
  if (habit_ == Habit::storms)
    due_ = now;
}

void Reconnection::try_now(Time now) {
  if (state_ == State::waiting)
    due_ = now;
}

void Reconnection::trying() {
  state_ = State::trying;
  due_.reset();
}

void Reconnection::connected() {
  state_ = State::connected;
  due_.reset();
  delay_ = {};
}

void Reconnection::failed(Time now) {
  if (state_ != State::connected)
    ++next_address_;
  state_ = State::waiting;
  if (delay_ == Duration::zero() || habit_ == Habit::no_backoff)
    delay_ = policy_.first;
  due_ = now + jittered(delay_);
  delay_ = std::min(2 * delay_, policy_.longest);
  if (habit_ == Habit::no_reconnect)
    due_.reset();
}

void Reconnection::route(const std::string& address, Time now) {
  const auto& known = addresses();
  const auto found = std::find(known.begin(), known.end(), address);
  if (found == known.end() || state_ != State::waiting || habit_ == Habit::route_ignored)
    return;
  next_address_ = static_cast<std::size_t>(found - known.begin());
  due_ = now;
}

}  // namespace karpspec::oracle::keyserver
