#include "oracle/operations/expiry_notices.h"

#include <algorithm>
#include <array>

#include "keytable/selection.h"
#include "keytable/validate.h"
#include "oracle/core.h"

namespace karpspec::oracle::operations {
namespace {

using keytable::Direction;
using keytable::Row;

struct Level {
  const char* name;
  int percent;       // of the lifetime that is left
  Duration longest;  // but no longer before the end than this
};
// The last is the end itself. The numbers are profile P-128's.
constexpr std::array<Level, 4> levels = {{{"notice", 10, std::chrono::hours{24 * 30}},
                                          {"warning", 5, std::chrono::hours{24 * 7}},
                                          {"error", 1, std::chrono::hours{24}},
                                          {"critical", 0, Duration::zero()}}};
constexpr int last_level = static_cast<int>(levels.size());

// A key is of use until it may not be sent any more, or not received: what comes first where it is
// for both.
bool ends_with_accepting(const Row& row) {
  return row.direction == Direction::in ||
         (row.direction == Direction::both && row.accept_lifetime_end < row.send_lifetime_end);
}
Time start_of(const Row& row) {
  return ends_with_accepting(row) ? row.accept_lifetime_start : row.send_lifetime_start;
}
Time end_of(const Row& row) {
  return ends_with_accepting(row) ? row.accept_lifetime_end : row.send_lifetime_end;
}

// When LEVEL, from 1, begins.
Time time_of(const Row& row, int level) {
  const Time end = end_of(row);
  const Level& what = levels[static_cast<std::size_t>(level - 1)];
  if (level == last_level)
    return std::chrono::floor<std::chrono::seconds>(end) + std::chrono::seconds{1};
  return end - std::min<Duration>((end - start_of(row)) / 100 * what.percent, what.longest);
}

bool watched(const Row& row) {
  return end_of(row) < keytable::always_end && row.direction != Direction::disabled &&
         keytable::origin_of(row) == "manual";
}

bool has_successor(const keytable::Table& table, const Row& row) {
  const Time then = time_of(row, last_level);
  return std::any_of(table.rows().begin(), table.rows().end(), [&](const Row& other) {
    return &other != &row && keytable::scopes_overlap(row, other) &&
           (ends_with_accepting(row) ? other.may_accept(then) : other.may_send(then));
  });
}

}  // namespace

void ExpiryNotices::run(const std::string& vrf, const Row& row) {
  const Habit habit = core_.tunables.management_habit;
  const auto [at, fresh] = told_.try_emplace({vrf, row.admin_key_name});
  Told& told = at->second;
  int level = 0;
  while (level < last_level && time_of(row, level + 1) <= core_.now)
    ++level;
  if (fresh || told.end != end_of(row))
    // Of a key that is over already nobody waits to hear.
    told = {end_of(row), fresh && level == last_level ? level : 0};
  if (level <= told.level)
    return;
  const keytable::Table* table = core_.management.table(vrf);
  if (habit != Habit::notice_despite_successor && has_successor(*table, row))
    return;
  if (habit == Habit::one_notice && told.level > 0)
    return;
  told.level = level;
  if (habit == Habit::no_notices || (habit == Habit::silent_at_expiry && level == last_level))
    return;
  std::map<std::string, std::string> fields = {
      {"level", levels[static_cast<std::size_t>(level - 1)].name},
      {"vrf", vrf},
      {"protocol", row.protocol},
      {"end", keytable::to_text(end_of(row))}};
  if (habit != Habit::notices_without_row)
    fields["row"] = row.admin_key_name;
  core_.event("expiry-notice",
              "key '" + row.admin_key_name + "' of " + row.protocol +
                  (level == last_level ? " has expired" : " expires") + ", and no other follows",
              std::move(fields));
}

void ExpiryNotices::run() {
  std::erase_if(told_, [&](const auto& entry) {
    const keytable::Table* table = core_.management.table(entry.first.first);
    return table == nullptr || table->find(entry.first.second) == nullptr;
  });
  for (const auto& [vrf, table] : core_.management.tables())
    for (const Row& row : table->rows())
      if (watched(row))
        run(vrf, row);
}

std::optional<Time> ExpiryNotices::deadline() const {
  std::optional<Time> soonest;
  for (const auto& [vrf, table] : core_.management.tables()) {
    for (const Row& row : table->rows()) {
      if (!watched(row))
        continue;
      for (int level = 1; level <= last_level; ++level) {
        const Time time = time_of(row, level);
        if (time > core_.now && (!soonest || time < *soonest))
          soonest = time;
      }
    }
  }
  return soonest;
}

}  // namespace karpspec::oracle::operations
