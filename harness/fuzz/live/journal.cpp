#include "fuzz/live/journal.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace karpspec::fuzz {
namespace {

using Json = nlohmann::ordered_json;

Json head_of(const std::string& head) {
  return {{"journal", Journal::name}, {"run", head}};
}

// What a device says may be in any encoding.
std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<Symptom> symptom_from(const std::string& text) {
  for (const Symptom symptom :
       {Symptom::crash, Symptom::hang, Symptom::state, Symptom::memory, Symptom::answer})
    if (text == to_string(symptom))
      return symptom;
  return std::nullopt;
}

bool read_record(const Json& json, Record& out) {
  if (!json.value("case", Json()).is_number_unsigned() || !json.value("result", Json()).is_string())
    return false;
  out.number = json["case"].get<std::size_t>();
  out.result = json["result"].get<std::string>();
  const Json seconds = json.value("s", Json(0));
  const Json messages = json.value("messages", Json(0));
  out.seconds = seconds.is_number() ? seconds.get<double>() : 0;
  out.messages = messages.is_number_unsigned() ? messages.get<std::size_t>() : 0;
  return true;
}

bool read_finding(const Json& json, Finding& out) {
  const auto text = [&](const char* name) {
    const Json value = json.value(name, Json());
    return value.is_string() ? value.get<std::string>() : std::string();
  };
  const auto symptom = symptom_from(text("symptom"));
  if (!symptom || text("finding").empty() || !json.value("case", Json()).is_number_unsigned())
    return false;
  out.symptom = *symptom;
  out.signature = text("finding");
  out.text = text("text");
  out.scenario = text("scenario");
  out.number = json["case"].get<std::size_t>();
  out.reproduced = json.value("reproduced", Json()) == true;
  const Json seconds = json.value("s", Json(0));
  const Json messages = json.value("messages", Json(0));
  out.seconds = seconds.is_number() ? seconds.get<double>() : 0;
  out.messages = messages.is_number_unsigned() ? messages.get<std::size_t>() : 0;
  return true;
}

}  // namespace

Result<Journal> Journal::open(const std::string& path, const std::string& head, bool resume) {
  Journal out;
  out.path_ = path;
  std::uint64_t good = 0;
  if (resume) {
    std::ifstream in(path, std::ios::binary);
    bool first = true;
    // The last line counts only with its line end.
    for (std::string line; std::getline(in, line) && !in.eof();) {
      const Json json = Json::parse(line, nullptr, false);
      if (first && (json.is_discarded() || json != head_of(head)))
        return fail(ErrorCode::bad_value,
                    path + ": the journal of another run (device, seed or version)");
      Record record;
      Finding finding;
      if (!first && !json.is_object())
        break;
      if (!first && json.contains("finding") && read_finding(json, finding)) {
        const auto known = std::find_if(
            out.findings_.begin(), out.findings_.end(),
            [&](const Finding& other) { return other.signature == finding.signature; });
        if (known == out.findings_.end())
          out.findings_.push_back(std::move(finding));
        else if (json.value("again", Json()) == true)
          ++known->seen;
        else
          *known = std::move(finding);
      } else if (!first && read_record(json, record)) {
        out.records_.push_back(std::move(record));
      }
      first = false;
      good = static_cast<std::uint64_t>(in.tellg());
    }
    if (first)
      resume = false;
  }
  if (resume && ::truncate(path.c_str(), static_cast<off_t>(good)) != 0)
    return fail(ErrorCode::io, path + ": " + std::strerror(errno));
  out.file_.reset(std::fopen(path.c_str(), resume ? "ab" : "wb"));
  if (!out.file_)
    return fail(ErrorCode::io, path + ": " + std::strerror(errno));
  if (!resume)
    KARPSPEC_CHECK(out.append(line_of(head_of(head))));
  return out;
}

Result<void> Journal::append(const std::string& line) {
  const std::string whole = line + "\n";
  if (std::fwrite(whole.data(), 1, whole.size(), file_.get()) != whole.size() ||
      std::fflush(file_.get()) != 0)
    return fail(ErrorCode::io, path_ + ": " + std::strerror(errno));
  return {};
}

Result<void> Journal::add(const Record& record) {
  std::array<char, 200> text{};
  (void)std::snprintf(text.data(), text.size(),
                      R"({"case":%zu,"s":%.3f,"messages":%zu,"result":"%s"})", record.number,
                      record.seconds, record.messages, record.result.c_str());
  return append(text.data());
}

Result<void> Journal::add(const Finding& finding) {
  const bool known = std::any_of(findings_.begin(), findings_.end(), [&](const Finding& other) {
    return other.signature == finding.signature && other.reproduced == finding.reproduced;
  });
  Json json = {{"finding", finding.signature},
               {"case", finding.number},
               {"s", finding.seconds},
               {"messages", finding.messages},
               {"symptom", to_string(finding.symptom)},
               {"reproduced", finding.reproduced},
               {"text", finding.text},
               {"scenario", finding.scenario}};
  if (known)
    json["again"] = true;
  else
    findings_.push_back(finding);
  return append(line_of(json));
}

}  // namespace karpspec::fuzz
