#include <cmath>

#include "keytable/row.h"
#include "script/player.h"

// Time that passes at a live device without being waited for (profile P-123).
namespace karpspec::script {

using verdict::Fault;
using verdict::Verdict;

namespace {

// What is waited for in real time: a method call is not worth it.
constexpr Duration short_wait = std::chrono::seconds{2};
// How long what the device has sent, and what it is answered, may take on the way.
constexpr Duration on_the_way = std::chrono::milliseconds{200};
// Of the difference between the clocks at the start of a test: RFC 7210 knows whole seconds.
constexpr Duration no_difference = std::chrono::seconds{2};

double seconds_of(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

Stopped gone_wrong(const std::string& what) {
  return {Verdict::error, Fault::device, "the device did not do 'clock': " + what, std::nullopt};
}

}  // namespace

Player::End Player::read_clock() {
  const auto done = world_.device->call("clock", {{"advance", 0}});
  if (!done && done.error().code == ErrorCode::unsupported)
    return std::nullopt;  // put_forward() says so where it matters
  if (!done)
    return gone_wrong(done.error().message);
  const Json time = done->value("time", Json());
  const auto shown = keytable::time_from_text(time.is_string() ? time.get<std::string>() : "");
  if (!shown)
    return gone_wrong(shown.error().message);
  moved_ = *shown - world_.link->now();
  if (moved_ < no_difference && -moved_ < no_difference)
    moved_ = {};
  return std::nullopt;
}

Player::End Player::put_forward(const Step& step, Duration time) {
  // A device that sends something all the time is heard so often, and then it is too much.
  constexpr int most_stops = 10'000;
  if (time <= short_wait)
    return pass_time(world_.link->now() + time);
  for (int i = 0; i < most_stops && time > Duration::zero(); ++i) {
    const auto done = world_.device->call("clock", {{"advance", seconds_of(time)}});
    if (!done)
      return device_error(step, "clock", done.error());
    const Json advanced = done->value("advanced", Json());
    if (!advanced.is_number() || advanced < 0 || advanced > seconds_of(time) + 1)
      return gone_wrong("'advanced' is " + advanced.dump() + ", of " +
                        std::to_string(seconds_of(time)) + " s that were to pass");
    const Duration passed{std::llround(advanced.get<double>() * 1e6)};
    moved_ += passed;
    time -= passed;
    if (auto end = pass_time(world_.link->now() + on_the_way))
      return end;
    time -= on_the_way;
  }
  if (time > Duration::zero())
    return gone_wrong(std::to_string(seconds_of(time)) + " s are left after " +
                      std::to_string(most_stops) + " stops");
  return std::nullopt;
}

}  // namespace karpspec::script
