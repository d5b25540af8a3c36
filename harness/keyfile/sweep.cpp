#include "keyfile/sweep.h"

#include <algorithm>

namespace karpspec::keyfile {
namespace {

using keytable::Field;
using keytable::RuleId;

constexpr std::uint64_t hour = 3600;

std::string time_text(std::uint64_t seconds) {
  return keytable::to_text(Time{std::chrono::seconds{static_cast<std::int64_t>(seconds)}});
}

std::string named(std::uint64_t number, std::string_view name) {
  return "row " + std::to_string(number) + " ('" + keytable::shown(name) + "')";
}

}  // namespace

void Sweep::begin_group() {
  all_.clear();
  interface_.clear();
  any_ = false;
}

void Sweep::begin_interface(const std::string& interface) {
  if (interface == interface_)
    return;
  interface_ = interface;
  any_ = false;
}

const Sweep::Stretch* Sweep::stretch_at(std::uint64_t at) const {
  const auto after = std::upper_bound(
      all_.begin(), all_.end(), at,
      [](std::uint64_t value, const Stretch& stretch) { return value < stretch.start; });
  return after == all_.begin() ? nullptr : &*(after - 1);
}

void Sweep::extend(const Window& window, std::uint64_t apart) {
  if (!interface_.empty())
    return;
  if (!all_.empty() && window.start < all_.back().end + apart) {
    if (window.end > all_.back().end) {
      all_.back().end = window.end;
      all_.back().row = window.row.number;
      all_.back().name = window.row.name;
    }
    return;
  }
  all_.push_back({window.start, window.end, window.row.number, window.row.name});
}

Result<void> Sweep::clash(const Window& window, const Comparison::Report& report) {
  const auto say = [&](std::uint64_t other, std::string_view name) -> Result<void> {
    if (other == window.row.number)  // 'all' beside the name of an interface
      return {};
    // The later of the two rows is the one that should not have come.
    return report({window.row, other, RuleId::key_name_clash, Field::LocalKeyName,
                   "a message with this LocalKeyName could be meant for " + named(other, name) +
                       " too: the accept lifetimes overlap"});
  };
  if (any_ && window.start <= longest_.end)
    KARPSPEC_CHECK(say(longest_.row.number, longest_.row.name));
  if (!any_ || window.end > longest_.end)
    longest_ = window;
  if (!interface_.empty()) {
    const Stretch* stretch = stretch_at(window.end);
    if (stretch != nullptr && stretch->end >= window.start)
      KARPSPEC_CHECK(say(stretch->row, stretch->name));
  }
  any_ = true;
  extend(window, 1);
  return {};
}

Result<void> Sweep::coverage(const Window& window, bool sending, const Comparison::Report& report) {
  const Field start = sending ? Field::SendLifetimeStart : Field::AcceptLifetimeStart;
  const auto say = [&](RuleId rule, Field field, const Window& other, const std::string& message) {
    return report({window.row, other.row.number, rule, field, message});
  };
  if (any_) {
    if (window.start > longest_.end + 1) {
      const Stretch* stretch = interface_.empty() ? nullptr : stretch_at(longest_.end + 1);
      if (stretch == nullptr || stretch->end + 1 < window.start)
        KARPSPEC_CHECK(say(RuleId::lifetime_gap, start, longest_,
                           std::string("there is no key to ") + (sending ? "send" : "accept") +
                               " with between " + time_text(longest_.end) + ", when " +
                               named(longest_.row.number, longest_.row.name) + " ends, and " +
                               time_text(window.start)));
    } else if (sending && window.manual == longest_.manual) {
      if (window.start == last_.start)
        KARPSPEC_CHECK(
            say(RuleId::lifetime_overlap, start, last_,
                named(last_.row.number, last_.row.name) + " is sent from the same time on"));
      else if (window.end < longest_.end)
        KARPSPEC_CHECK(say(RuleId::lifetime_overlap, Field::SendLifetimeEnd, longest_,
                           "when this key ends, " + named(longest_.row.number, longest_.row.name) +
                               ", which is older, is sent again"));
    }
    if (sending && window.manual && window.accepted && window.start > last_.start &&
        window.start < window.accept_start + hour)
      KARPSPEC_CHECK(say(RuleId::lead_short, Field::AcceptLifetimeStart, window,
                         "the key is accepted from " + time_text(window.accept_start) +
                             " and sent from " + time_text(window.start) +
                             ", less than an hour later"));
  }
  last_ = window;
  if (!any_ || window.end > longest_.end)
    longest_ = window;
  any_ = true;
  extend(window, 2);
  return {};
}

}  // namespace karpspec::keyfile
