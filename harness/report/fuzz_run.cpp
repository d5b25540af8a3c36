#include "report/fuzz_run.h"

#include <algorithm>
#include <set>

#include "report/page.h"
#include "templates.h"

namespace karpspec::report {
namespace {

std::string of(std::size_t number, const char* one, const char* many) {
  return std::to_string(number) + " " + (number == 1 ? one : many);
}

std::size_t reproduced(const FuzzRun& run) {
  return static_cast<std::size_t>(
      std::count_if(run.findings.begin(), run.findings.end(),
                    [](const FuzzFinding& finding) { return finding.reproduced; }));
}

std::string headline(const FuzzRun& run) {
  if (run.findings.empty())
    return "Nothing was found";
  const std::size_t again = reproduced(run);
  std::string out = of(run.findings.size(), "finding", "findings");
  if (again < run.findings.size())
    out += ", " + std::to_string(run.findings.size() - again) + " not reproduced";
  return out;
}

// "SA" of "SA.proposals.number"
std::string payload_of(const std::string& place) {
  return place.substr(0, place.find('.'));
}

}  // namespace

FuzzCoverage coverage_of(const FuzzRun& run) {
  FuzzCoverage out;
  for (const FuzzPlace& place : run.coverage)
    for (const FuzzCell& cell : place.cells) {
      ++out.cells;
      out.played += cell.played > 0 ? 1U : 0U;
    }
  return out;
}

Json to_json(const FuzzRun& run) {
  Json findings = Json::array();
  for (const FuzzFinding& finding : run.findings)
    findings.push_back({{"name", finding.name},
                        {"symptom", finding.symptom},
                        {"signature", finding.signature},
                        {"text", finding.text},
                        {"reproduced", finding.reproduced},
                        {"exchange", finding.exchange},
                        {"operations", finding.operations},
                        {"case", finding.number},
                        {"seconds", finding.seconds},
                        {"messages", finding.messages},
                        {"seen", finding.seen},
                        {"repeat", finding.repeat},
                        {"scenario", finding.scenario}});
  Json coverage = Json::array();
  for (const FuzzPlace& place : run.coverage) {
    Json cells = Json::array();
    for (const FuzzCell& cell : place.cells)
      cells.push_back(
          {{"operation", cell.operation}, {"played", cell.played}, {"findings", cell.findings}});
    coverage.push_back({{"place", place.place}, {"cells", std::move(cells)}});
  }
  Json left_out = Json::array();
  for (const auto& [exchange, reason] : run.left_out)
    left_out.push_back({{"exchange", exchange}, {"reason", reason}});
  const FuzzCoverage covered = coverage_of(run);
  return {{"schema", "karpspec-fuzz-1"},
          {"device", run.info.device},
          {"device_version", run.info.device_version},
          {"dut_file", run.info.dut_file},
          {"dut_digest", run.info.dut_digest},
          {"suites_digest", run.info.suites_digest},
          {"tool_version", run.info.tool_version},
          {"profile_version", run.info.profile_version},
          {"seed", run.info.seed},
          {"started", run.info.started},
          {"seconds", run.info.wall_seconds},
          {"cases", run.cases},
          {"systematic", run.systematic},
          {"not_playable", run.not_playable},
          {"unfinished", run.unfinished},
          {"messages", run.messages},
          {"restarts", run.restarts},
          {"cells", covered.cells},
          {"cells_played", covered.played},
          {"exchanges", run.exchanges},
          {"left_out", std::move(left_out)},
          {"findings", std::move(findings)},
          {"coverage", std::move(coverage)}};
}

std::string to_html(const FuzzRun& run) {
  data page = make_object();
  set_info(page, run.info);
  page.set("headline", headline(run));
  page.set("style", page_style);
  const FuzzCoverage covered = coverage_of(run);
  page.set("cases", std::to_string(run.cases));
  page.set("systematic", std::to_string(run.systematic));
  page.set("messages", std::to_string(run.messages));
  page.set("restarts", std::to_string(run.restarts));
  page.set("unfinished", std::to_string(run.unfinished));
  page.set("not_playable", std::to_string(run.not_playable));
  page.set("cells", std::to_string(covered.cells));
  page.set("cells_played", std::to_string(covered.played));
  page.set("rate", run.info.wall_seconds > 0
                       ? decimal(static_cast<double>(run.cases) / run.info.wall_seconds, 1)
                       : std::string("0"));
  page.set("exchanges", make_texts(run.exchanges));
  data left_out = make_list();
  for (const auto& [exchange, reason] : run.left_out) {
    data item = make_object();
    item.set("exchange", exchange);
    item.set("reason", reason);
    left_out << item;
  }
  page.set("has_left_out", make_flag(!run.left_out.empty()));
  page.set("left_out", left_out);
  data findings = make_list();
  for (const FuzzFinding& finding : run.findings) {
    data item = make_object();
    item.set("name", finding.name);
    item.set("symptom", finding.symptom);
    item.set("signature", finding.signature);
    item.set("text", finding.text);
    item.set("class", finding.reproduced ? "fail" : "inconclusive");
    item.set("state", finding.reproduced ? "reproduced" : "not reproduced");
    item.set("exchange", finding.exchange);
    item.set("operations", finding.operations);
    item.set("number", std::to_string(finding.number));
    item.set("seconds", decimal(finding.seconds, 1));
    item.set("sent", std::to_string(finding.messages));
    item.set("seen", std::to_string(finding.seen));
    set_if(item, "repeat", finding.repeat);
    item.set("scenario", finding.scenario);
    item.set("has_exchanged", make_flag(!finding.exchanged.empty()));
    item.set("exchanged", make_texts(finding.exchanged));
    findings << item;
  }
  page.set("has_findings_table", make_flag(!run.findings.empty()));
  page.set("found", findings);
  // A row for each field, a square for each thing that is done to it.
  data payloads = make_list();
  std::set<std::string> names;
  for (const FuzzPlace& place : run.coverage)
    names.insert(payload_of(place.place));
  for (const std::string& name : names) {
    data payload = make_object();
    data rows = make_list();
    std::size_t cells = 0, played = 0;
    for (const FuzzPlace& place : run.coverage) {
      if (payload_of(place.place) != name)
        continue;
      data row = make_object();
      row.set("field", place.place == name ? std::string("(as a whole)")
                                           : place.place.substr(name.size() + 1));
      data squares = make_list();
      for (const FuzzCell& cell : place.cells) {
        ++cells;
        played += cell.played > 0 ? 1U : 0U;
        data square = make_object();
        square.set("kind", cell.findings > 0 ? "bad" : cell.played > 0 ? "did" : "not");
        square.set("mark", cell.findings > 0 ? "!" : cell.played > 0 ? "" : "·");
        square.set("tip", cell.operation + ": " + of(cell.played, "time", "times") +
                              (cell.findings > 0 ? ", " + of(cell.findings, "finding", "findings")
                                                 : std::string()));
        squares << square;
      }
      row.set("squares", squares);
      rows << row;
    }
    payload.set("name", name);
    payload.set("rows", rows);
    payload.set("part", std::to_string(played) + " of " + std::to_string(cells));
    payloads << payload;
  }
  page.set("payloads", payloads);
  return render(fuzz_template, page);
}

std::string fuzz_summary(const FuzzRun& run, const std::string& out) {
  std::string text;
  for (const FuzzFinding& finding : run.findings) {
    text += finding.signature + (finding.reproduced ? "" : "  (not reproduced)") + "\n  " +
            finding.exchange + ": " + finding.operations + "; after " +
            decimal(finding.seconds, 1) + " s and " + of(finding.messages, "message", "messages") +
            ", seen " + of(finding.seen, "time", "times") + "\n";
    if (!finding.repeat.empty())
      text += "  again: " + finding.repeat + "\n";
  }
  const FuzzCoverage covered = coverage_of(run);
  text += headline(run) + ": " + of(run.cases, "case", "cases") + " in " +
          decimal(run.info.wall_seconds, 1) + " s, " + std::to_string(covered.played) + " of " +
          std::to_string(covered.cells) + " things done to fields and payloads of " +
          of(run.exchanges.size(), "exchange", "exchanges") + "\n";
  if (!out.empty())
    text += "report: " + out + "/fuzz.html\n";
  return text;
}

}  // namespace karpspec::report
