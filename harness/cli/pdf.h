#pragma once

#include <string>

#include "base/result.h"

namespace karpspec::cli {

// HTML as a PDF file at PATH, printed by Chromium, which runs without a screen and with nothing of
// the user's, and is ended after some minutes.
// Errors: not_found (no Chromium); io, timeout (it did not print), with what it said.
[[nodiscard]] Result<void> write_pdf(const std::string& path, const std::string& html);

}  // namespace karpspec::cli
