#pragma once

#include <chrono>

namespace karpspec {

// Time of a laboratory: virtual or real. The core never reads a clock, it is told the time.
// Counted from 1970-01-01 00:00 UTC in microseconds.
struct LabClock {
  using duration = std::chrono::microseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<LabClock>;
  static constexpr bool is_steady = true;
};
using Time = LabClock::time_point;
using Duration = LabClock::duration;

}  // namespace karpspec
