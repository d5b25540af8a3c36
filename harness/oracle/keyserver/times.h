#pragma once

#include "base/time.h"

namespace karpspec::oracle::keyserver {

// suites/profile.md, P-247 and P-255.
struct Times {
  Duration life = std::chrono::hours{1};        // a data key is sent with
  Duration overlap = std::chrono::seconds{30};  // and received after that
  Duration renew_before = std::chrono::seconds{60};
  Duration send_after = std::chrono::seconds{5};  // from a new key's being told to its use
  Duration liveness = std::chrono::seconds{60};   // of phase 1
};

}  // namespace karpspec::oracle::keyserver
