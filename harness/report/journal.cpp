#include "report/journal.h"

#include "report/device_use.h"

namespace karpspec::report {
namespace {

Json head_of(const verdict::RunInfo& run, const std::string& selection) {
  return {{"journal", "karpspec-journal-1"},
          {"device", run.device},
          {"device_version", run.device_version},
          {"seed", run.seed},
          {"fault", run.fault},
          {"tests", selection},
          {"pics", run.pics},
          {"dut_digest", run.dut_digest},
          {"suites_digest", run.suites_digest},
          {"tool_version", run.tool_version},
          {"profile_version", run.profile_version}};
}

// A test, and what the device had taken by then. Journals of before have no such member.
struct Record {
  TestResult test;
  std::optional<verdict::DeviceUse> use;
};

std::optional<Record> record_from(const Json& json) {
  auto test = test_from_json(json);
  if (!test)
    return std::nullopt;
  try {
    return Record{*std::move(test), device_use_in(json)};
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace

Result<Journal> Journal::open(const std::string& path, const verdict::RunInfo& run,
                              const std::string& selection, bool resume) {
  std::vector<TestResult> found;
  std::optional<verdict::DeviceUse> use;
  const auto is_good = [&](const Json& json) {
    auto record = record_from(json);
    if (!record)
      return false;
    found.push_back(std::move(record->test));
    if (record->use)
      use = record->use;
    return true;
  };
  KARPSPEC_TRY(records, RecordJournal::open(path, head_of(run, selection), resume, is_good));
  Journal journal(std::move(records));
  journal.found_ = std::move(found);
  journal.use_ = use;
  return journal;
}

Result<void> Journal::add(const TestResult& test, const std::optional<verdict::DeviceUse>& use) {
  Json record = to_json(test);
  if (use)
    record["device_use"] = to_json(*use);
  return records_.add(record);
}

}  // namespace karpspec::report
