#include <filesystem>
#include <set>

#include "report/interop.h"
#include "report/json_members.h"

namespace karpspec::report {
namespace {

using verdict::InteropBreach;
using verdict::Side;

constexpr const char* interop_format = "karpspec-interop-1";
constexpr const char* verdicts_name = "karpspec-interop-verdicts-1";
constexpr Verdict cell_verdicts[] = {Verdict::pass, Verdict::fail, Verdict::inconclusive,
                                     Verdict::not_applicable, Verdict::error};

Verdict verdict_in(const Json& json) {
  const auto word = member<std::string>(json, "verdict", std::nullopt);
  for (const Verdict verdict : cell_verdicts)
    if (word == to_string(verdict))
      return verdict;
  misread("verdict: there is no '" + word + "'");
}

Side side_in(const Json& json, const char* name) {
  const auto word = member<std::string>(json, name, std::nullopt);
  const auto side = verdict::side_from(word);
  if (!side)
    misread(std::string(name) + ": there is no '" + word + "'");
  return *side;
}

void set_unless_empty(Json& json, const char* name, const std::string& text) {
  if (!text.empty())
    json[name] = text;
}

Json to_json(const InteropBreach& breach) {
  Json json = {{"side", verdict::to_string(breach.side)},
               {"requirement", breach.requirement},
               {"clause", breach.clause},
               {"statement", breach.statement},
               {"frame", breach.frame},
               {"message", breach.message},
               {"expected", breach.expected},
               {"got", breach.got}};
  set_unless_empty(json, "field", breach.field);
  if (breach.octet)
    json["octet"] = *breach.octet;
  return json;
}

InteropBreach breach_from(const Json& json) {
  InteropBreach breach;
  breach.side = side_in(json, "side");
  breach.requirement = member<std::string>(json, "requirement", std::nullopt);
  breach.clause = text_in(json, "clause");
  breach.statement = text_in(json, "statement");
  breach.frame = member<std::uint64_t>(json, "frame", 0);
  breach.message = text_in(json, "message");
  breach.field = text_in(json, "field");
  if (json.contains("octet"))
    breach.octet = member<std::uint64_t>(json, "octet", std::nullopt);
  breach.expected = text_in(json, "expected");
  breach.got = text_in(json, "got");
  return breach;
}

Json evidence_of(const InteropCell& cell) {
  Json json = {{"initiator_has", cell.initiator_has},
               {"responder_has", cell.responder_has},
               {"keys_of", cell.keys_of},
               {"messages", cell.messages},
               {"sealed", cell.sealed},
               {"exchanged", cell.exchanged},
               {"seconds", cell.seconds}};
  set_unless_empty(json, "capture", cell.capture);
  set_unless_empty(json, "keys", cell.keys);
  set_unless_empty(json, "secrets", cell.secrets);
  set_unless_empty(json, "transcript", cell.transcript);
  return json;
}

// File names of a run go no further than its directory.
std::string file_in(const Json& json, const char* name) {
  std::string path = text_in(json, name);
  const std::filesystem::path parts(path);
  if (parts.is_absolute())
    misread(std::string(name) + ": '" + path + "' is no file of the run");
  for (const auto& part : parts)
    if (part == "..")
      misread(std::string(name) + ": '" + path + "' is no file of the run");
  return path;
}

void read_evidence(const Json& json, InteropCell& cell) {
  cell.initiator_has = text_in(json, "initiator_has");
  cell.responder_has = text_in(json, "responder_has");
  cell.keys_of = text_in(json, "keys_of");
  cell.messages = member<std::uint64_t>(json, "messages", 0);
  cell.sealed = member<std::uint64_t>(json, "sealed", 0);
  cell.exchanged = texts_in(json, "exchanged");
  cell.seconds = member<double>(json, "seconds", 0.0);
  cell.capture = file_in(json, "capture");
  cell.keys = file_in(json, "keys");
  cell.secrets = file_in(json, "secrets");
  cell.transcript = file_in(json, "transcript");
}

Json devices_json(const InteropRun& run) {
  Json devices = Json::array();
  for (const verdict::InteropDevice& device : run.devices)
    devices.push_back({{"name", device.name},
                       {"label", device.label},
                       {"version", device.version},
                       {"dut_file", device.dut_file},
                       {"dut_digest", device.dut_digest},
                       {"children", device.children},
                       {"pics", device.pics}});
  return devices;
}

Json exchanges_json(const InteropRun& run) {
  Json exchanges = Json::array();
  for (const verdict::InteropExchange& exchange : run.exchanges)
    exchanges.push_back({{"name", exchange.name}, {"title", exchange.title}});
  return exchanges;
}

Json findings_json(const InteropRun& run) {
  Json findings = Json::array();
  for (const verdict::Finding& finding : run.findings) {
    Json json = {{"text", finding.text}};
    set_unless_empty(json, "cell", finding.test);
    findings.push_back(std::move(json));
  }
  return findings;
}

Json summary_of(const InteropRun& run) {
  Json summary = Json::object();
  auto counts = count_verdicts(run.cells);
  for (const Verdict verdict : cell_verdicts)
    summary[to_string(verdict)] = counts[verdict];
  return summary;
}

}  // namespace

std::map<Verdict, std::size_t> count_verdicts(const std::vector<InteropCell>& cells) {
  std::map<Verdict, std::size_t> counts;
  for (const InteropCell& cell : cells)
    ++counts[cell.verdict];
  return counts;
}

bool counts_against(const InteropCell& cell) {
  return cell.verdict == Verdict::fail || cell.verdict == Verdict::error;
}

Json to_json(const InteropCell& cell) {
  Json breaches = Json::array();
  for (const InteropBreach& breach : cell.breaches)
    breaches.push_back(to_json(breach));
  Json json = {{"name", cell.name},
               {"exchange", cell.exchange},
               {"initiator", cell.initiator},
               {"responder", cell.responder},
               {"repetition", cell.repetition},
               {"verdict", to_string(cell.verdict)},
               {"whose", verdict::to_string(cell.whose)},
               {"reason", cell.reason}};
  set_unless_empty(json, "expected", cell.expected);
  json["notes"] = cell.notes;
  json["breaches"] = std::move(breaches);
  json["evidence"] = evidence_of(cell);
  return json;
}

Json to_json(const InteropRun& run) {
  Json cells = Json::array();
  for (const InteropCell& cell : run.cells)
    cells.push_back(to_json(cell));
  return {{"format", interop_format},
          {"run",
           {{"tool_version", run.tool_version},
            {"profile_version", run.profile_version},
            {"suites_digest", run.suites_digest},
            {"title", run.title},
            {"matrix", run.matrix},
            {"matrix_digest", run.matrix_digest},
            {"seed", run.seed},
            {"repetitions", run.repetitions},
            {"selection", run.selection},
            {"cells", run.cells_in_all},
            {"started", run.started},
            {"wall_seconds", run.wall_seconds}}},
          {"summary", summary_of(run)},
          {"devices", devices_json(run)},
          {"exchanges", exchanges_json(run)},
          {"cells", std::move(cells)},
          {"findings", findings_json(run)}};
}

Json verdicts_json(const InteropRun& run) {
  Json cells = Json::array();
  for (const InteropCell& cell : run.cells) {
    std::set<std::pair<std::string, std::string>> broken;
    for (const InteropBreach& breach : cell.breaches)
      broken.emplace(verdict::to_string(breach.side), breach.requirement);
    Json list = Json::array();
    for (const auto& [side, requirement] : broken)
      list.push_back({{"side", side}, {"requirement", requirement}});
    Json json = {{"name", cell.name},
                 {"verdict", to_string(cell.verdict)},
                 {"whose", verdict::to_string(cell.whose)},
                 {"reason", cell.reason}};
    set_unless_empty(json, "expected", cell.expected);
    json["broken"] = std::move(list);
    cells.push_back(std::move(json));
  }
  return {{"format", verdicts_name},
          {"tool_version", run.tool_version},
          {"profile_version", run.profile_version},
          {"suites_digest", run.suites_digest},
          {"title", run.title},
          {"matrix_digest", run.matrix_digest},
          {"seed", run.seed},
          {"repetitions", run.repetitions},
          {"summary", summary_of(run)},
          {"devices", devices_json(run)},
          {"exchanges", exchanges_json(run)},
          {"cells", std::move(cells)}};
}

// The library's accessors throw on a value of another type; such a file is refused as a whole.
Result<InteropCell> cell_from_json(const Json& json) {
  try {
    InteropCell cell;
    cell.name = member<std::string>(json, "name", std::nullopt);
    cell.exchange = member<std::string>(json, "exchange", std::nullopt);
    cell.initiator = member<std::string>(json, "initiator", std::nullopt);
    cell.responder = member<std::string>(json, "responder", std::nullopt);
    cell.repetition = member<unsigned>(json, "repetition", 1);
    cell.verdict = verdict_in(json);
    cell.whose = side_in(json, "whose");
    cell.reason = text_in(json, "reason");
    cell.expected = text_in(json, "expected");
    cell.notes = texts_in(json, "notes");
    for (const Json& breach : list_in(json, "breaches"))
      cell.breaches.push_back(breach_from(breach));
    read_evidence(json.value("evidence", Json::object()), cell);
    return cell;
  } catch (const Json::exception& error) {
    return fail(ErrorCode::bad_value, plain_words(error));
  }
}

Result<InteropRun> interop_from_json(const Json& json) {
  try {
    if (text_in(json, "format") != interop_format)
      return fail(ErrorCode::bad_value, std::string("not in the format ") + interop_format);
    InteropRun run;
    const Json head = json.value("run", Json::object());
    run.tool_version = text_in(head, "tool_version");
    run.profile_version = text_in(head, "profile_version");
    run.suites_digest = text_in(head, "suites_digest");
    run.title = text_in(head, "title");
    run.matrix = text_in(head, "matrix");
    run.matrix_digest = text_in(head, "matrix_digest");
    run.seed = member<std::uint64_t>(head, "seed", 0);
    run.repetitions = member<unsigned>(head, "repetitions", 1);
    run.selection = text_in(head, "selection");
    run.cells_in_all = member<std::size_t>(head, "cells", std::nullopt);
    run.started = text_in(head, "started");
    run.wall_seconds = member<double>(head, "wall_seconds", 0.0);
    for (const Json& item : list_in(json, "devices"))
      run.devices.push_back({member<std::string>(item, "name", std::nullopt),
                             text_in(item, "label"), text_in(item, "version"),
                             text_in(item, "dut_file"), text_in(item, "dut_digest"),
                             texts_in(item, "children"), texts_in(item, "pics")});
    for (const Json& item : list_in(json, "exchanges"))
      run.exchanges.push_back(
          {member<std::string>(item, "name", std::nullopt), text_in(item, "title")});
    for (const Json& item : list_in(json, "cells")) {
      auto cell = cell_from_json(item);
      if (!cell)
        misread("cells[" + std::to_string(run.cells.size() + 1) + "]." + cell.error().message);
      run.cells.push_back(*std::move(cell));
    }
    for (const Json& item : list_in(json, "findings"))
      run.findings.push_back({verdict::Finding::Kind::expected, text_in(item, "cell"),
                              member<std::string>(item, "text", std::nullopt)});
    return run;
  } catch (const Json::exception& error) {
    return fail(ErrorCode::bad_value, "not a matrix's results: " + plain_words(error));
  }
}

Result<InteropRun> read_interop(const std::string& directory) {
  const std::string path = directory + "/interop.json";
  KARPSPEC_TRY(json, read_json(path));
  auto run = interop_from_json(json);
  if (!run)
    return fail(ErrorCode::bad_value, path + ": " + run.error().message);
  return run;
}

}  // namespace karpspec::report
