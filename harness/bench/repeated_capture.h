#pragma once

#include <cstddef>
#include <string>

#include "bench/golden_capture.h"

namespace karpspec::bench {

// Writes OUT.pcapng with so many MESSAGES, and OUT.keys with the keys that open them: IKE SAs of
// PER_SA messages that each begin as GOLDEN does, and then go on with its last exchange again and
// again. The same each time. Errors: bad_value where GOLDEN has not just one IKE SA, or PER_SA is
// smaller than it; those of sealing and writing.
[[nodiscard]] Result<void> write_repeated(const GoldenCapture& golden, const std::string& out,
                                          std::size_t messages, std::size_t per_sa);

}  // namespace karpspec::bench
