#include "keyfile/sweep.h"

#include <algorithm>
#include <utility>

namespace karpspec::keyfile {
namespace {

using keytable::Field;
using keytable::RuleId;

constexpr std::uint64_t hour = 3600;
constexpr std::size_t most_held = 64;
constexpr std::size_t most_open = 1024;

// What stands in a record behind the group and the time; a stretch comes before a question of the
// same time.
constexpr char stretch_mark = 's', question_mark = 't';

std::string time_text(std::uint64_t seconds) {
  return keytable::to_text(Time{std::chrono::seconds{static_cast<std::int64_t>(seconds)}});
}

tl::unexpected<Error> too_many(const Comparison::Row& row) {
  return fail(
      ErrorCode::bad_value,
      named(row) + ": more than 1024 sets of connections with one peer have keys of one name");
}

keytable::SocketPattern sockets_in(std::string_view text) {
  // They have been written from a pattern.
  return keytable::sockets_from_text(text).value_or(keytable::SocketPattern());
}

}  // namespace

Result<void> Sweep::say_clash(const Comparison::Row& row, const Comparison::Row& other,
                              RuleId rule) const {
  if (other.number == row.number)  // 'all' beside the name of an interface
    return {};
  if (rule == RuleId::send_id_clash)
    return report_({row, other.number, rule, Field::PeerKeyName,
                    "this PeerKeyName is the SendID of " + named(other) +
                        " too, for one connection: the accept lifetimes overlap"});
  return report_({row, other.number, rule, Field::LocalKeyName,
                  "a message with this LocalKeyName could be meant for " + named(other) +
                      " too: the accept lifetimes overlap"});
}

Result<void> Sweep::put(const Stretch& stretch) {
  Record record;
  put_number(record, group_);
  put_number(record, stretch.start);
  record += stretch_mark;
  put_number(record, stretch.end);
  put_text(record, stretch.sockets.to_text());
  put_row(record, stretch.row);
  return across_.add(record);
}

Result<void> Sweep::put_held() {
  for (const Stretch& stretch : held_)
    KARPSPEC_CHECK(put(stretch));
  held_.clear();
  asked_ = true;
  return {};
}

Result<void> Sweep::keep(Stretch stretch) {
  if (!interface_.empty())
    return {};
  all_ = true;
  if (!asked_ && held_.size() == most_held)
    KARPSPEC_CHECK(put_held());
  if (asked_)
    return put(stretch);
  held_.push_back(std::move(stretch));
  return {};
}

// FOUND is to be said where there is, at AT, a stretch that overlaps WINDOW (of a clash), or none
// that reaches it (of a gap).
Result<void> Sweep::ask(std::uint64_t at, const Window& window, const Comparison::Found& found) {
  if (!asked_)
    KARPSPEC_CHECK(put_held());
  Record record;
  put_number(record, group_);
  put_number(record, at);
  record += question_mark;
  put_number(record, window.start);
  put_text(record, window.sockets.to_text());
  record += static_cast<char>(found.rule);
  record += static_cast<char>(found.field);
  put_number(record, found.other);
  put_text(record, found.message);
  put_row(record, found.row);
  return across_.add(record);
}

Result<void> Sweep::end_interface() {
  for (Stretch& stretch : open_)
    KARPSPEC_CHECK(keep(std::move(stretch)));
  open_.clear();
  uses_.clear();
  longest_.reset();
  return {};
}

Result<void> Sweep::begin_group() {
  // Of stretches that nobody has asked about nothing has to be kept.
  if (asked_)
    KARPSPEC_CHECK(end_interface());
  open_.clear();
  uses_.clear();
  longest_.reset();
  held_.clear();
  ++group_;
  interface_.clear();
  all_ = asked_ = false;
  return {};
}

Result<void> Sweep::begin_interface(const std::string& interface) {
  if (interface == interface_)
    return {};
  KARPSPEC_CHECK(end_interface());
  interface_ = interface;
  return {};
}

Result<void> Sweep::clash(const Window& window, RuleId rule) {
  for (std::size_t i = 0; i < open_.size();) {
    if (open_[i].end >= window.start) {
      ++i;
      continue;
    }
    KARPSPEC_CHECK(keep(std::move(open_[i])));
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  // One row that is in the way is enough to be told of.
  const auto met = std::find_if(open_.begin(), open_.end(), [&](const Stretch& stretch) {
    return stretch.row.number != window.row.number && stretch.sockets.overlaps(window.sockets);
  });
  if (met != open_.end())
    KARPSPEC_CHECK(say_clash(window.row, met->row, rule));
  if (all_ && !interface_.empty())
    KARPSPEC_CHECK(ask(window.end, window, {window.row, 0, rule, {}, {}}));
  const auto same = std::find_if(open_.begin(), open_.end(), [&](const Stretch& stretch) {
    return stretch.sockets == window.sockets;
  });
  if (same == open_.end()) {
    if (open_.size() == most_open)
      return too_many(window.row);
    open_.push_back({window.start, window.end, window.sockets, window.row});
  } else if (window.end > same->end) {
    same->end = window.end;
    same->row = window.row;
  }
  return {};
}

Result<void> Sweep::say_gap(const Window& window, bool sending) {
  const Comparison::Found found = {window.row, longest_->row.number, RuleId::lifetime_gap,
                                   sending ? Field::SendLifetimeStart : Field::AcceptLifetimeStart,
                                   std::string("there is no key to ") +
                                       (sending ? "send" : "accept") + " with between " +
                                       time_text(longest_->end) + ", when " + named(longest_->row) +
                                       " ends, and " + time_text(window.start)};
  return all_ && !interface_.empty() ? ask(longest_->end + 1, window, found) : report_(found);
}

// Of keys of one mechanism, in sending.
Result<void> Sweep::say_rollover(const Window& window) const {
  const auto use = std::find_if(uses_.begin(), uses_.end(),
                                [&](const Use& one) { return one.space == window.space; });
  if (use == uses_.end())
    return {};
  const Window &last = use->last, &longest = use->longest;
  if (window.start <= longest.end + 1 && window.manual == longest.manual) {
    if (window.start == last.start)
      KARPSPEC_CHECK(
          report_({window.row, last.row.number, RuleId::lifetime_overlap, Field::SendLifetimeStart,
                   named(last.row) + " is sent from the same time on"}));
    else if (window.end < longest.end)
      KARPSPEC_CHECK(report_(
          {window.row, longest.row.number, RuleId::lifetime_overlap, Field::SendLifetimeEnd,
           "when this key ends, " + named(longest.row) + ", which is older, is sent again"}));
  }
  if (window.manual && window.accepted && window.start > last.start &&
      window.start < window.accept_start + hour)
    return report_({window.row, window.row.number, RuleId::lead_short, Field::AcceptLifetimeStart,
                    "the key is accepted from " + time_text(window.accept_start) +
                        " and sent from " + time_text(window.start) + ", less than an hour later"});
  return {};
}

Result<void> Sweep::coverage(const Window& window, bool sending) {
  if (longest_ && window.start > longest_->end + 1)
    KARPSPEC_CHECK(say_gap(window, sending));
  if (sending)
    KARPSPEC_CHECK(say_rollover(window));
  if (!longest_ || window.end > longest_->end)
    longest_ = window;
  const auto use = std::find_if(uses_.begin(), uses_.end(),
                                [&](const Use& one) { return one.space == window.space; });
  if (use == uses_.end()) {
    uses_.push_back({window.space, window, window});
  } else {
    use->last = window;
    if (window.end > use->longest.end)
      use->longest = window;
  }
  if (!interface_.empty())
    return {};
  if (open_.empty()) {
    open_.push_back({window.start, window.end, {}, window.row});
  } else if (window.start > open_.front().end + 1) {
    KARPSPEC_CHECK(keep(std::exchange(open_.front(), {window.start, window.end, {}, window.row})));
  } else if (window.end > open_.front().end) {
    open_.front().end = window.end;
    open_.front().row = window.row;
  }
  return {};
}

Result<void> Sweep::finish() {
  KARPSPEC_CHECK(begin_group());
  std::uint64_t group = 0;
  std::vector<Stretch> last;  // of each set of connections
  Record record;
  for (;;) {
    KARPSPEC_TRY(more, across_.next(record));
    if (!more)
      return {};
    std::string_view rest = record;
    const std::uint64_t of = take_number(rest);
    if (of != group)
      last.clear();
    group = of;
    const std::uint64_t at = take_number(rest);
    const char mark = rest.front();
    rest.remove_prefix(1);
    const std::uint64_t time = take_number(rest);
    const keytable::SocketPattern sockets = sockets_in(take_text(rest));
    if (mark == stretch_mark) {
      std::erase_if(last, [&](const Stretch& stretch) { return stretch.sockets == sockets; });
      if (last.size() == most_open)
        return too_many(take_row(rest));
      last.push_back({at, time, sockets, take_row(rest)});
      continue;
    }
    Comparison::Found found;
    found.rule = static_cast<RuleId>(rest[0]);
    found.field = static_cast<Field>(rest[1]);
    rest.remove_prefix(2);
    found.other = take_number(rest);
    found.message = take_text(rest);
    found.row = take_row(rest);
    const bool gap = found.rule == RuleId::lifetime_gap;
    const auto met = std::find_if(last.begin(), last.end(), [&](const Stretch& stretch) {
      return gap ? stretch.end + 1 >= time
                 : stretch.end >= time && stretch.row.number != found.row.number &&
                       stretch.sockets.overlaps(sockets);
    });
    if (gap && met == last.end())
      KARPSPEC_CHECK(report_(found));
    else if (!gap && met != last.end())
      KARPSPEC_CHECK(say_clash(found.row, met->row, found.rule));
  }
}

}  // namespace karpspec::keyfile
