// The observer beside the whole suite: what it says of a device without a fault, and of each one
// with a fault.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>

#include "cli/fault_play.h"
#include "dut/adapters/embedded.h"
#include "fault/fault.h"
#include "script/suite.h"
#include "watched.h"

namespace karpspec::observer {
namespace {

using testing::IsEmpty;

const std::string suites = KARPSPEC_SOURCE_DIR "/suites";

// The suite is read once for all of these tests.
class ObserverOfTheSuites : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto read = script::load_suite(suites, {}, 2);
    ASSERT_TRUE(read) << to_string(read.error());
    suite = std::move(*read);
  }
  static void TearDownTestSuite() { suite.reset(); }

  static script::RunOptions options() {
    cli::Common common;
    common.suites = suites;
    return cli::prove_options(common, *suite, 1);
  }
  static std::optional<script::Suite> suite;
};
std::optional<script::Suite> ObserverOfTheSuites::suite;

TEST_F(ObserverOfTheSuites, NeverBlameADeviceWithoutAFault) {
  const Watch watch(suites);
  const script::RunOptions play = options();
  std::vector<std::string> wrong;
  std::set<std::string> judged;
  std::size_t captures = 0, of_tester = 0;
  for (const script::Scenario& scenario : suite->scenarios) {
    const Watch::Seen seen = watch.judge(script::run_test(scenario, play));
    captures += seen.messages > 0 ? 1U : 0U;
    judged.insert(seen.judged.begin(), seen.judged.end());
    for (const Breach& breach : seen.breaches) {
      if (is_device(breach.address))
        wrong.push_back(scenario.name + ": frame " + std::to_string(breach.frame) + " " +
                        breach.requirement + " " + breach.field + ": expected " + breach.expected +
                        ", got " + breach.got);
      else
        ++of_tester;
    }
  }
  EXPECT_THAT(wrong, IsEmpty());
  // The tester does wrong on purpose, and that is seen.
  EXPECT_GT(of_tester, 100U);
  EXPECT_GT(captures, 1200U);
  EXPECT_GT(judged.size(), 150U);
  std::cout << captures << " captures, " << judged.size() << " requirements judged, " << of_tester
            << " breaches of the tester\n";
}

// A fault is named where the device is blamed for one of the requirements that it violates.
TEST_F(ObserverOfTheSuites, NameFaultsThatAreSeenOnTheWire) {
  const Watch watch(suites);
  std::vector<std::string> named, blamed;
  std::size_t tried = 0;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(suites + "/faults"))
    files.push_back(entry.path());
  std::ranges::sort(files);
  const cli::Claimants claimants(*suite);
  const char* const table = std::getenv("KARPSPEC_OBSERVER_TABLE");
  std::ofstream rows(table == nullptr ? "/dev/null" : table);
  for (const auto& file : files) {
    const auto faults = fault::read_faults(file.string(), file.filename().string());
    ASSERT_TRUE(faults) << to_string(faults.error());
    for (const fault::Fault& fault : *faults) {
      ++tried;
      script::RunOptions play = options();
      play.device = dut::embedded_worlds({}, [&fault] { return fault::make_seams(fault, 1); });
      std::set<std::string> broken;
      for (const script::Scenario* scenario : claimants.of(fault))
        for (const Breach& breach : watch.judge(script::run_test(*scenario, play)).breaches)
          if (is_device(breach.address))
            broken.insert(breach.requirement);
      const bool by_requirement = std::ranges::any_of(
          fault.violates, [&](const std::string& id) { return broken.contains(id); });
      if (by_requirement)
        named.push_back(fault.name);
      else if (!broken.empty())
        blamed.push_back(fault.name);
      rows << file.stem().string() << "\t" << fault.name << "\t"
           << (by_requirement   ? "named"
               : broken.empty() ? "-"
                                : "blamed");
      for (const std::string& id : broken)
        rows << " " << id;
      rows << "\n";
    }
  }
  std::cout << named.size() << " of " << tried
            << " faults named by a requirement that they violate, " << blamed.size()
            << " more by another one\n";
  EXPECT_GE(named.size(), 155U);
  EXPECT_GE(named.size() + blamed.size(), 185U);
}

}  // namespace
}  // namespace karpspec::observer
