#include "report/journal.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

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

// Which of its members a journal's first line has otherwise than WANTED.
std::string difference(const Json& found, const Json& wanted) {
  if (!found.is_object() || found.value("journal", Json()) != wanted["journal"])
    return "is no journal of a run";
  std::string text;
  for (const auto& [name, value] : wanted.items()) {
    if (const Json there = found.value(name, Json()); there != value)
      text += (text.empty() ? "" : ", ") + name + " " + json_text(there) + " there, " +
              json_text(value) + " now";
  }
  return "belongs to another run: " + text;
}

// Reads what is there. The last line may be torn: it counts only with its line end.
Result<std::vector<TestResult>> read_journal(const std::string& path, const Json& head,
                                             std::uint64_t& good_size) {
  std::vector<TestResult> tests;
  std::ifstream in(path, std::ios::binary);
  bool first = true;
  for (std::string line; std::getline(in, line) && !in.eof();) {
    const Json json = Json::parse(line, nullptr, false);
    if (first) {
      // What is no JSON compares as neither equal nor different.
      if (json.is_discarded() || json != head)
        return fail(ErrorCode::bad_value, path + ": " + difference(json, head));
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

Result<Journal> Journal::open(const std::string& path, const verdict::RunInfo& run,
                              const std::string& selection, bool resume) {
  const Json head = head_of(run, selection);
  Journal journal;
  journal.path_ = path;
  std::uint64_t good_size = 0;
  if (resume) {
    KARPSPEC_TRY(found, read_journal(path, head, good_size));
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
  KARPSPEC_CHECK(journal.append(json_text(head)));
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
