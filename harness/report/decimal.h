#pragma once

#include <iomanip>
#include <sstream>
#include <string>

namespace karpspec::report {

// VALUE with that many decimal places: "0.250".
[[nodiscard]] inline std::string decimal(double value, int places) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(places) << value;
  return text.str();
}

}  // namespace karpspec::report
