#pragma once

#include <string>
#include <utility>
#include <vector>

#include "capture/reader.h"
#include "crypto/ike_keys.h"
#include "dut/device.h"
#include "observer/secrets_file.h"

namespace karpspec::interop {

// Which IKE SAs of a capture the keys of TOLD are of. Where a device does not say it, each set is
// tried, with each of SUITES, on what is sealed: only the right one fits its checksum. Sets that
// fit nothing are left out.
[[nodiscard]] std::vector<observer::Secrets::IkeSa> find_keys(
    const std::vector<capture::Frame>& frames, const std::vector<dut::ToldKeys>& told,
    const std::vector<crypto::IkeSuite>& suites);

}  // namespace karpspec::interop
