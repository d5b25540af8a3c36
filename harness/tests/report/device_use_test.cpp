#include "report/device_use.h"

#include <gmock/gmock.h>

namespace karpspec::report {
namespace {

using std::chrono::milliseconds;

verdict::RunInfo run_of_a_container() {
  verdict::RunInfo info;
  info.device = "a router";
  info.device_use = verdict::DeviceUse{12U << 20U, milliseconds{340}, 5, 2, 1};
  return info;
}

TEST(DeviceUse, IsReadBackAsItWasWritten) {
  const verdict::RunInfo info = run_of_a_container();
  const Json json = to_json(info);
  EXPECT_EQ(json["device_use"]["peak_memory_octets"], 12U << 20U);
  EXPECT_EQ(info_from_json(json).device_use, info.device_use);
  EXPECT_FALSE(to_json(verdict::RunInfo()).contains("device_use"));
  EXPECT_EQ(info_from_json(to_json(verdict::RunInfo())).device_use, std::nullopt);
}

TEST(DeviceUse, OfPartsIsTheMostMemoryAndTheSumsOfTheRest) {
  const verdict::DeviceUse one{12U << 20U, milliseconds{340}, 5, 2, 1};
  const verdict::DeviceUse other{9U << 20U, milliseconds{100}, 3, 1, 0};
  const verdict::DeviceUse both{12U << 20U, milliseconds{440}, 8, 3, 1};
  EXPECT_EQ(joined(one, other), both);
  EXPECT_EQ(joined(other, one), both);
  EXPECT_EQ(joined(one, std::nullopt), one);
  EXPECT_EQ(joined(std::nullopt, other), other);
  EXPECT_EQ(joined(std::nullopt, std::nullopt), std::nullopt);
}

TEST(DeviceUse, IsToldInWords) {
  EXPECT_EQ(to_text(std::nullopt), "");
  EXPECT_EQ(to_text(run_of_a_container().device_use),
            "at most 12.0 MiB of memory, 0.34 s of processor time; started 5 times, died 2 times, "
            "at its memory limit once");
  EXPECT_EQ(to_text(verdict::DeviceUse{1U << 20U, milliseconds{10}, 1, 0, 0}),
            "at most 1.0 MiB of memory, 0.01 s of processor time; started once");
}

}  // namespace
}  // namespace karpspec::report
