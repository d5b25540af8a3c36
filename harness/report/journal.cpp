#include "report/journal.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace karpspec::report {
namespace {

Json head_of(const verdict::RunInfo& run) {
  return {{"journal", "karpspec-journal-1"},
          {"device", run.device},
          {"seed", run.seed},
          {"fault", run.fault},
          {"tool_version", run.tool_version}};
}

// Reads what is there. The last line may be torn: it counts only with its line end.
Result<std::vector<TestResult>> read_journal(const std::string& path, const verdict::RunInfo& run,
                                             std::uint64_t& good_size) {
  std::vector<TestResult> tests;
  std::ifstream in(path, std::ios::binary);
  bool first = true;
  for (std::string line; std::getline(in, line) && !in.eof();) {
    const Json json = Json::parse(line, nullptr, false);
    if (first) {
      if (json != head_of(run)) {
        return fail(ErrorCode::bad_value,
                    path + ": belongs to another run (device, seed, fault or version differ)");
      }
      first = false;
    } else {
      auto test = test_from_json(json);
      if (!test)
        break;
      tests.push_back(*std::move(test));
    }
    good_size = static_cast<std::uint64_t>(in.tellg());
  }
  return tests;
}

}  // namespace

Result<Journal> Journal::open(const std::string& path, const verdict::RunInfo& run, bool resume) {
  Journal journal;
  journal.path_ = path;
  std::uint64_t good_size = 0;
  if (resume) {
    KARPSPEC_TRY(found, read_journal(path, run, good_size));
    journal.found_ = std::move(found);
  }
  journal.file_.reset(std::fopen(path.c_str(), good_size > 0 ? "r+b" : "wb"));
  if (!journal.file_)
    return fail(ErrorCode::io, path + ": " + std::strerror(errno));
  if (good_size > 0) {
    if (ftruncate(fileno(journal.file_.get()), static_cast<off_t>(good_size)) != 0 ||
        std::fseek(journal.file_.get(), 0, SEEK_END) != 0) {
      return fail(ErrorCode::io, path + ": " + std::strerror(errno));
    }
    return journal;
  }
  KARPSPEC_CHECK(journal.append(json_text(head_of(run))));
  return journal;
}

Result<void> Journal::append(const std::string& record) {
  const std::string line = record + "\n";
  if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size() ||
      std::fflush(file_.get()) != 0 || fdatasync(fileno(file_.get())) != 0) {
    return fail(ErrorCode::io, path_ + ": " + std::strerror(errno));
  }
  return {};
}

Result<void> Journal::add(const TestResult& test) {
  return append(json_text(to_json(test)));
}

}  // namespace karpspec::report
