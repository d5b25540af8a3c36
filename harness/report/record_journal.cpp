#include "report/record_journal.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace karpspec::report {
namespace {

// A simulated test takes as long as the disk does.
constexpr std::chrono::milliseconds between_waits{100};

// Which of its members a journal's first line has otherwise than WANTED. The first member names the
// format.
std::string difference(const Json& found, const Json& wanted) {
  const std::string format = wanted.begin().key();
  if (!found.is_object() || found.value(format, Json()) != wanted[format])
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
Result<std::vector<Json>> read_journal(const std::string& path, const Json& head,
                                       const std::function<bool(const Json&)>& is_good,
                                       std::uint64_t& good_size) {
  std::vector<Json> records;
  std::ifstream in(path, std::ios::binary);
  bool first = true;
  for (std::string line; std::getline(in, line) && !in.eof();) {
    Json json = Json::parse(line, nullptr, false);
    if (first) {
      // What is no JSON compares as neither equal nor different.
      if (json.is_discarded() || json != head)
        return fail(ErrorCode::bad_value, path + ": " + difference(json, head));
      first = false;
    } else {
      if (json.is_discarded() || !is_good(json))
        break;
      records.push_back(std::move(json));
    }
    good_size = static_cast<std::uint64_t>(in.tellg());
  }
  return records;
}

}  // namespace

Result<RecordJournal> RecordJournal::open(const std::string& path, const Json& head, bool resume,
                                          const std::function<bool(const Json&)>& is_good) {
  RecordJournal journal;
  journal.path_ = path;
  std::uint64_t good_size = 0;
  if (resume) {
    KARPSPEC_TRY(found, read_journal(path, head, is_good, good_size));
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
  KARPSPEC_CHECK(journal.add(head));
  return journal;
}

Result<void> RecordJournal::add(const Json& record) {
  const std::string line = json_text(record) + "\n";
  if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size() ||
      std::fflush(file_.get()) != 0) {
    return fail(ErrorCode::io, path_ + ": " + std::strerror(errno));
  }
  if (std::chrono::steady_clock::now() - on_disk_ < between_waits)
    return {};
  if (fdatasync(fileno(file_.get())) != 0)
    return fail(ErrorCode::io, path_ + ": " + std::strerror(errno));
  on_disk_ = std::chrono::steady_clock::now();
  return {};
}

void RecordJournal::Close::operator()(std::FILE* file) const {
  // What was added last may not be on the disk yet; nobody is left to be told if it cannot be.
  static_cast<void>(fdatasync(fileno(file)));
  static_cast<void>(std::fclose(file));
}

}  // namespace karpspec::report
