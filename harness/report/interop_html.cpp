#include <algorithm>

#include "report/interop.h"
#include "report/ladder.h"
#include "report/page.h"
#include "templates.h"

namespace karpspec::report {
namespace {

using verdict::InteropBreach;
using verdict::Side;

// The worst first: what a place of the matrix shows of several repetitions.
constexpr Verdict by_weight[] = {Verdict::fail, Verdict::error, Verdict::inconclusive,
                                 Verdict::not_applicable, Verdict::pass};
constexpr Verdict in_order[] = {Verdict::pass, Verdict::fail, Verdict::inconclusive, Verdict::error,
                                Verdict::not_applicable};

std::size_t weight(const InteropCell& cell) {
  return static_cast<std::size_t>(
      std::find(std::begin(by_weight), std::end(by_weight), cell.verdict) - std::begin(by_weight));
}

bool is_bad(const InteropCell& cell) {
  return cell.verdict != Verdict::pass && cell.verdict != Verdict::not_applicable;
}

std::string headline(const InteropRun& run) {
  const auto against = std::count_if(run.cells.begin(), run.cells.end(),
                                     [](const InteropCell& cell) { return counts_against(cell); });
  auto counts = count_verdicts(run.cells);
  const std::size_t played = run.cells.size() - counts[Verdict::not_applicable];
  if (played == 0)
    return "Nothing was judged";
  if (against > 0)
    return std::to_string(against) + " of " + std::to_string(played) + " cells did not pass";
  if (!run.findings.empty())
    return "The results are not those that were expected";
  if (counts[Verdict::inconclusive] > 0)
    return "No cell failed; " + std::to_string(counts[Verdict::inconclusive]) + " of " +
           std::to_string(played) + " ended where a device declined";
  return "All " + std::to_string(played) + " cells passed";
}

std::string whose_of(const InteropCell& cell) {
  switch (cell.whose) {
    case Side::none:
      return "";
    case Side::initiator:
      return cell.initiator + " (initiator)";
    case Side::responder:
      return cell.responder + " (responder)";
    case Side::both:
      return "both devices'";
    case Side::undecided:
      return "one of the two devices'; nothing seen says which";
    case Side::laboratory:
      return "the laboratory's";
  }
  return "";
}

std::string list_text(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts)
    out += (out.empty() ? "" : ", ") + text;
  return out;
}

void set_counts(data& page, const InteropRun& run) {
  auto counts = count_verdicts(run.cells);
  data bar = make_list(), list = make_list();
  std::string label;
  for (const Verdict verdict : in_order) {
    const std::string name = to_string(verdict);
    data count = make_object();
    count.set("count", std::to_string(counts[verdict]));
    count.set("name", name);
    count.set("zero", make_flag(counts[verdict] == 0));
    list << count;
    if (counts[verdict] == 0)
      continue;
    data part = make_object();
    part.set("class", name);
    part.set("percent", std::to_string(100.0 * static_cast<double>(counts[verdict]) /
                                       static_cast<double>(run.cells.size())));
    bar << part;
    label += (label.empty() ? "" : ", ") + std::to_string(counts[verdict]) + " " + name;
  }
  page.set("bar", bar);
  page.set("bar_label", label);
  page.set("counts", list);
}

// What stands at INITIATOR's row in RESPONDER's column.
data place_of(const InteropRun& run, const std::string& exchange, const std::string& initiator,
              const std::string& responder) {
  const InteropCell* worst = nullptr;
  std::size_t times = 0, same = 0;
  for (const InteropCell& cell : run.cells) {
    if (cell.exchange != exchange || cell.initiator != initiator || cell.responder != responder)
      continue;
    ++times;
    if (worst == nullptr || weight(cell) < weight(*worst)) {
      worst = &cell;
      same = 0;
    }
    same += cell.verdict == worst->verdict ? 1U : 0U;
  }
  data place = make_object();
  place.set("empty", make_flag(worst == nullptr));
  set_if(place, "verdict", worst == nullptr ? "" : to_string(worst->verdict));
  if (worst == nullptr)
    return place;
  place.set("name", worst->name);
  place.set("tip", worst->reason.empty() ? initiator + " to " + responder : worst->reason);
  place.set("known", make_flag(!worst->expected.empty()));
  set_if(place, "times",
         times > 1 ? std::to_string(same) + " of " + std::to_string(times) : std::string());
  return place;
}

void set_matrix(data& page, const InteropRun& run) {
  std::vector<std::string> names;
  for (const auto& device : run.devices)
    names.push_back(device.name);
  data exchanges = make_list();
  for (const auto& exchange : run.exchanges) {
    data rows = make_list();
    for (const std::string& initiator : names) {
      data cells = make_list();
      for (const std::string& responder : names)
        cells << place_of(run, exchange.name, initiator, responder);
      data row = make_object();
      row.set("initiator", initiator);
      row.set("row", cells);
      rows << row;
    }
    data one = make_object();
    one.set("name", exchange.name);
    one.set("title", exchange.title);
    one.set("columns", make_texts(names));
    one.set("rows", rows);
    exchanges << one;
  }
  page.set("exchanges", exchanges);
}

data breach_data(const InteropBreach& breach, const InteropCell& cell) {
  data item = make_object();
  item.set("who", (breach.side == Side::initiator ? cell.initiator : cell.responder) + " (" +
                      verdict::to_string(breach.side) + ")");
  item.set("requirement", breach.requirement);
  set_if(item, "clause", breach.clause);
  item.set("statement", breach.statement);
  item.set("frame", std::to_string(breach.frame));
  item.set("message", breach.message);
  set_if(item, "field", breach.field);
  set_if(item, "octet", breach.octet ? std::to_string(*breach.octet) : std::string());
  item.set("expected", breach.expected);
  item.set("got", breach.got);
  return item;
}

// The command that plays just this cell.
std::string repeat_of(const InteropRun& run, const InteropCell& cell) {
  if (run.matrix.empty() || cell.exchanged.empty())
    return "";
  return "karpspec interop " + run.matrix + " --only " + cell.name + " --seed " +
         std::to_string(run.seed);
}

data cell_data(const InteropCell& cell, const InteropRun& run, const std::string& transcript) {
  data item = make_object();
  item.set("name", cell.name);
  item.set("exchange", cell.exchange);
  item.set("initiator", cell.initiator);
  item.set("responder", cell.responder);
  set_if(item, "repetition", run.repetitions > 1 ? std::to_string(cell.repetition) : std::string());
  item.set("verdict", to_string(cell.verdict));
  item.set("bad", make_flag(is_bad(cell)));
  set_if(item, "reason", cell.reason);
  set_if(item, "whose", whose_of(cell));
  set_if(item, "known", cell.expected);
  data breaches = make_list();
  for (const InteropBreach& breach : cell.breaches)
    breaches << breach_data(breach, cell);
  item.set("breaches", breaches);
  item.set("notes", make_texts(cell.notes));
  item.set("played", make_flag(!cell.exchanged.empty()));
  item.set("initiator_has", cell.initiator_has);
  item.set("responder_has", cell.responder_has);
  item.set("messages", std::to_string(cell.messages));
  set_if(item, "keys_of", cell.keys_of);
  set_if(item, "sealed", cell.sealed > 0 ? std::to_string(cell.sealed) : std::string());
  set_if(item, "ladder",
         ladder_svg(cell.exchanged, {"initiator", cell.initiator}, {"responder", cell.responder}));
  item.set("exchanged", make_texts(cell.exchanged));
  item.set("files", make_flag(!cell.capture.empty() || !cell.transcript.empty()));
  set_if(item, "capture", cell.capture);
  set_if(item, "keys", cell.keys);
  set_if(item, "secrets", cell.secrets);
  set_if(item, "transcript", cell.transcript);
  set_if(item, "text", transcript);
  set_if(item, "repeat", repeat_of(run, cell));
  return item;
}

void set_cells(data& page, const InteropRun& run,
               const std::map<std::string, std::string>& transcripts) {
  data groups = make_list(), bad = make_list();
  for (const auto& exchange : run.exchanges) {
    data cells = make_list();
    for (const InteropCell& cell : run.cells) {
      if (cell.exchange != exchange.name)
        continue;
      const auto text = transcripts.find(cell.name);
      cells << cell_data(cell, run, text == transcripts.end() ? std::string() : text->second);
      if (is_bad(cell)) {
        data row = make_object();
        row.set("verdict", to_string(cell.verdict));
        row.set("name", cell.name);
        row.set("reason", cell.reason);
        row.set("whose", whose_of(cell));
        set_if(row, "known", cell.expected);
        bad << row;
      }
    }
    data group = make_object();
    group.set("exchange", exchange.name);
    group.set("title", exchange.title);
    group.set("cells", cells);
    groups << group;
  }
  page.set("groups", groups);
  page.set("has_bad", make_flag(bad.is_non_empty_list()));
  page.set("bad", bad);
}

void set_findings(data& page, const InteropRun& run) {
  data findings = make_list();
  for (const verdict::Finding& finding : run.findings) {
    data row = make_object();
    set_if(row, "shown_by", finding.test);
    row.set("text", finding.text);
    findings << row;
  }
  page.set("has_findings", make_flag(findings.is_non_empty_list()));
  page.set("findings", findings);
}

}  // namespace

std::string to_html(const InteropRun& run, const std::map<std::string, std::string>& transcripts) {
  data page = make_object();
  page.set("style", std::string(page_style));
  page.set("script", std::string(page_script));
  page.set("headline", headline(run));
  page.set("title", run.title);
  set_if(page, "matrix", run.matrix);
  page.set("matrix_digest", run.matrix_digest);
  page.set("tool_version", run.tool_version);
  page.set("profile_version", run.profile_version);
  page.set("seed", std::to_string(run.seed));
  page.set("played", std::to_string(run.cells.size()));
  page.set("in_all", std::to_string(run.cells_in_all));
  set_if(page, "selection", run.selection == "all" ? std::string() : run.selection);
  page.set("started", run.started);
  page.set("wall", decimal(run.wall_seconds, 1));
  set_counts(page, run);
  set_matrix(page, run);
  data devices = make_list();
  for (const auto& device : run.devices) {
    data item = make_object();
    item.set("name", device.name);
    item.set("label", device.label);
    set_if(item, "version", device.version);
    item.set("children", list_text(device.children));
    item.set("pics", list_text(device.pics));
    item.set("dut_file", device.dut_file);
    item.set("dut_digest", device.dut_digest);
    devices << item;
  }
  page.set("devices", devices);
  set_cells(page, run, transcripts);
  set_findings(page, run);
  return render(interop_template, page);
}

}  // namespace karpspec::report
