#include "report/journal.h"

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

}  // namespace

Result<Journal> Journal::open(const std::string& path, const verdict::RunInfo& run,
                              const std::string& selection, bool resume) {
  std::vector<TestResult> found;
  KARPSPEC_TRY(records, RecordJournal::open(path, head_of(run, selection), resume,
                                            [&found](const Json& record) {
                                              auto test = test_from_json(record);
                                              if (test)
                                                found.push_back(*std::move(test));
                                              return test.has_value();
                                            }));
  Journal journal(std::move(records));
  journal.found_ = std::move(found);
  return journal;
}

Result<void> Journal::add(const TestResult& test) {
  return records_.add(to_json(test));
}

}  // namespace karpspec::report
