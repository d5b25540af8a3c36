#include "report/device_use.h"

#include <algorithm>

#include "report/decimal.h"
#include "report/json_members.h"

namespace karpspec::report {
namespace {

std::string times(std::uint64_t count) {
  return count == 1 ? "once" : std::to_string(count) + " times";
}

}  // namespace

Json to_json(const verdict::DeviceUse& use) {
  return {{"peak_memory_octets", use.peak_memory},
          {"cpu_microseconds", use.cpu_time.count()},
          {"starts", use.starts},
          {"deaths", use.deaths},
          {"out_of_memory", use.out_of_memory}};
}

std::optional<verdict::DeviceUse> device_use_in(const Json& json) {
  const auto found = json.find("device_use");
  if (found == json.end())
    return std::nullopt;
  verdict::DeviceUse use;
  use.peak_memory = member<std::uint64_t>(*found, "peak_memory_octets", std::nullopt);
  use.cpu_time =
      std::chrono::microseconds(member<std::int64_t>(*found, "cpu_microseconds", std::nullopt));
  use.starts = member<std::uint64_t>(*found, "starts", std::nullopt);
  use.deaths = member<std::uint64_t>(*found, "deaths", std::nullopt);
  use.out_of_memory = member<std::uint64_t>(*found, "out_of_memory", std::nullopt);
  return use;
}

std::optional<verdict::DeviceUse> joined(const std::optional<verdict::DeviceUse>& one,
                                         const std::optional<verdict::DeviceUse>& other) {
  if (!one || !other)
    return one ? one : other;
  return verdict::DeviceUse{std::max(one->peak_memory, other->peak_memory),
                            one->cpu_time + other->cpu_time, one->starts + other->starts,
                            one->deaths + other->deaths, one->out_of_memory + other->out_of_memory};
}

std::string to_text(const std::optional<verdict::DeviceUse>& use) {
  if (!use)
    return {};
  constexpr double mebibyte = 1024.0 * 1024.0;
  std::string text = "at most " + decimal(static_cast<double>(use->peak_memory) / mebibyte, 1) +
                     " MiB of memory, " +
                     decimal(static_cast<double>(use->cpu_time.count()) / 1e6, 2) +
                     " s of processor time; started " + times(use->starts);
  if (use->deaths > 0)
    text += ", died " + times(use->deaths);
  if (use->out_of_memory > 0)
    text += ", at its memory limit " + times(use->out_of_memory);
  return text;
}

}  // namespace karpspec::report
