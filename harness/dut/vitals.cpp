#include <fstream>
#include <limits>

#include "dut/device.h"

namespace karpspec::dut {

// `VmRSS:     5324 kB` in /proc/PID/status.
std::uint64_t resident_memory(const Vitals& vitals) {
  if (vitals.process == 0)
    return 0;
  std::ifstream in("/proc/" + std::to_string(vitals.process) + "/status");
  for (std::string word; in >> word;) {
    std::uint64_t size = 0;
    if (word == "VmRSS:" && in >> size)
      return size;
    in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return 0;
}

}  // namespace karpspec::dut
