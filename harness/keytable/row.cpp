#include "keytable/row.h"

#include <charconv>
#include <cstdio>

namespace karpspec::keytable {

namespace {

std::int64_t whole_seconds(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

bool within(Time now, Time start, Time end) {
  return whole_seconds(start) <= whole_seconds(now) && whole_seconds(now) <= whole_seconds(end);
}

}  // namespace

const char* to_string(Direction direction) {
  switch (direction) {
    case Direction::in:
      return "in";
    case Direction::out:
      return "out";
    case Direction::both:
      return "both";
    case Direction::disabled:
      return "disabled";
  }
  return "disabled";
}

Row Row::clone() const {
  Row copy;
  copy.admin_key_name = admin_key_name;
  copy.local_key_name = local_key_name;
  copy.peer_key_name = peer_key_name;
  copy.peers = peers;
  copy.interfaces = interfaces;
  copy.protocol = protocol;
  copy.protocol_specific_info = protocol_specific_info;
  copy.kdf = kdf;
  copy.alg_id = alg_id;
  copy.key = key.clone();
  copy.direction = direction;
  copy.send_lifetime_start = send_lifetime_start;
  copy.send_lifetime_end = send_lifetime_end;
  copy.accept_lifetime_start = accept_lifetime_start;
  copy.accept_lifetime_end = accept_lifetime_end;
  return copy;
}

bool Row::may_send(Time now) const {
  return (direction == Direction::out || direction == Direction::both) &&
         within(now, send_lifetime_start, send_lifetime_end);
}

bool Row::may_accept(Time now) const {
  return (direction == Direction::in || direction == Direction::both) &&
         within(now, accept_lifetime_start, accept_lifetime_end);
}

std::string to_text(Time time) {
  using namespace std::chrono;
  const auto since_epoch = floor<seconds>(time.time_since_epoch());
  const sys_days day{floor<days>(since_epoch)};
  const year_month_day date{day};
  const hh_mm_ss clock{since_epoch - day.time_since_epoch()};
  char text[40];
  (void)std::snprintf(text, sizeof text, "%04d%02u%02u%02d%02d%02dZ", static_cast<int>(date.year()),
                      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                      static_cast<int>(clock.hours().count()),
                      static_cast<int>(clock.minutes().count()),
                      static_cast<int>(clock.seconds().count()));
  return text;
}

Result<Time> time_from_text(std::string_view text) {
  using namespace std::chrono;
  const auto refuse = [&] {
    return fail(ErrorCode::bad_value,
                "'" + std::string(text) + "' is not a time of the form YYYYMMDDHHMMSSZ");
  };
  if (text.size() != 15 || text.back() != 'Z')
    return refuse();
  const auto number = [&](std::size_t at, std::size_t size) {
    int value = -1;
    const char* begin = text.data() + at;
    const auto [end, error] = std::from_chars(begin, begin + size, value);
    return error == std::errc{} && end == begin + size ? value : -1;
  };
  const int y = number(0, 4), mo = number(4, 2), d = number(6, 2);
  const int h = number(8, 2), mi = number(10, 2), s = number(12, 2);
  if (y < 0 || mo < 0 || d < 0 || h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 59)
    return refuse();
  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)},
                            day{static_cast<unsigned>(d)}};
  if (!date.ok())
    return refuse();
  return Time{sys_days{date}.time_since_epoch() + hours{h} + minutes{mi} + seconds{s}};
}

}  // namespace karpspec::keytable
