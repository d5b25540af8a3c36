#pragma once

#include <optional>
#include <string>

#include "oracle/rpauth/checker.h"
#include "oracle/tcpao/checker.h"

namespace karpspec::cli {

// What a key table says of the packets of a capture; what there is no key of is not there.
struct CaptureKeys {
  std::optional<oracle::tcpao::Checker> segments;  // TCP-AO, TCP MD5
  std::optional<oracle::rpauth::Checker> routing;  // OSPFv2, RIPv2
};

// The keys in the key table PATH (YAML or JSON); rows for other protocols are passed over. SUITES
// has the rules by which rows are read. Errors: not_found; bad_value "FILE:LINE:COLUMN: ..." for a
// row that cannot be used, or whose KeyID another MKT has, and for a table without any such row.
[[nodiscard]] Result<CaptureKeys> read_capture_keys(const std::string& suites,
                                                    const std::string& path);

}  // namespace karpspec::cli
