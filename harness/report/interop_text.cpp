#include "report/decimal.h"
#include "report/interop.h"

namespace karpspec::report {
namespace {

std::string breach_text(const verdict::InteropBreach& breach, const InteropCell& cell) {
  const bool initiator = breach.side == verdict::Side::initiator;
  std::string text = "  frame " + std::to_string(breach.frame) + ", " + breach.message + "\n    " +
                     (initiator ? cell.initiator : cell.responder) + " (" +
                     verdict::to_string(breach.side) + ") broke " + breach.requirement;
  if (!breach.clause.empty())
    text += " (" + breach.clause + "): " + breach.statement;
  text += "\n      " + (breach.field.empty() ? "the message" : breach.field) + ": expected " +
          breach.expected + ", got " + breach.got + "\n";
  return text;
}

}  // namespace

std::string interop_summary(const InteropRun& run, const std::string& out) {
  std::string text;
  for (const InteropCell& cell : run.cells) {
    if (cell.verdict == Verdict::pass || cell.verdict == Verdict::not_applicable)
      continue;
    text += std::string(to_string(cell.verdict)) + "  " + cell.name + "\n  " + cell.reason + "\n";
    if (!cell.expected.empty())
      text += "  as expected: " + cell.expected + "\n";
    constexpr std::size_t most = 3;
    for (std::size_t i = 0; i < cell.breaches.size() && i < most; ++i)
      text += breach_text(cell.breaches[i], cell);
    if (cell.breaches.size() > most)
      text += "  ... and " + std::to_string(cell.breaches.size() - most) + " more\n";
  }
  for (const verdict::Finding& finding : run.findings)
    text += "not as expected: " + finding.test + (finding.test.empty() ? "" : ": ") + finding.text +
            "\n";
  std::string counts;
  for (const auto& [verdict, count] : count_verdicts(run.cells))
    counts += (counts.empty() ? "" : ", ") + std::to_string(count) + " " + to_string(verdict);
  text += std::to_string(run.cells.size()) + (run.cells.size() == 1 ? " cell: " : " cells: ") +
          (counts.empty() ? "nothing was played" : counts) + " in " + decimal(run.wall_seconds, 1) +
          " s\n";
  if (!out.empty())
    text += "report: " + out + "/interop.html\n";
  return text;
}

}  // namespace karpspec::report
