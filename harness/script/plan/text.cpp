#include "script/plan/test_plan.h"

namespace karpspec::script {
namespace {

constexpr std::size_t columns = 80;

// TEXT in lines of at most `columns`, broken at spaces, the first behind FIRST, the others behind
// as many spaces and HANGING more.
std::string wrapped(const std::string& first, const std::string& text, std::size_t hanging = 0) {
  const std::string indent(first.size() + hanging, ' ');
  std::string out = first;
  std::size_t column = first.size();
  bool fresh = true;
  for (std::size_t from = 0; from < text.size();) {
    if (text[from] == ' ' || text[from] == '\n') {
      ++from;
      continue;
    }
    const std::size_t to = std::min(text.find_first_of(" \n", from), text.size());
    const std::size_t size = to - from;
    if (!fresh && column + 1 + size > columns) {
      out += "\n" + indent;
      column = indent.size();
    } else if (!fresh) {
      out += ' ';
      ++column;
    }
    out.append(text, from, size);
    column += size;
    fresh = false;
    from = to;
  }
  return out + "\n";
}

std::string sentence(std::string text) {
  return text.empty() || text.ends_with(".") ? text : text + ".";
}

// "RFC 5996" of "RFC5996".
void add_references(const TestPlan& plan, std::string& out) {
  out += "\nREFERENCES\n";
  std::string documents;
  for (const verdict::Requirement& row : plan.references) {
    out += "  " + row.id + "  " + to_string(row.level) + ", " + verdict::clause(row) +
           (row.profile.empty() ? "" : ", profile " + row.profile) + "\n";
    out += wrapped("      ", sentence(row.statement));
    // Some titles begin with the name.
    const std::string name = verdict::document_name(row.document);
    const std::string line = wrapped(
        "  ", (row.document_title.starts_with(name) ? "" : name + ": ") + row.document_title, 2);
    if (!row.document_title.empty() && documents.find(line) == std::string::npos)
      documents += line;
  }
  out += documents;
}

void add_settings(const char* title, const std::vector<Setting>& settings, std::string& out) {
  out += "  " + std::string(title) + "\n";
  for (const Setting& setting : settings)
    out += wrapped(setting.own ? "    * " : "      ", setting.name + ": " + setting.value, 4);
}

void add_needs(const TestPlan& plan, std::string& out) {
  out += "\nPICS ITEMS NEEDED\n";
  out += "  the role of " + plan.role + "\n";
  for (const std::string& mark : plan.marks)
    if (mark == "ikev2")
      out += "  nothing beyond IKEv2, so a plain IKEv2 daemon is judged too\n";
  for (const PicsItem& item : plan.needs)
    out += wrapped("  ", item.item + (item.meaning.empty() ? "" : ": " + item.meaning), 4);
}

void add_procedure(const TestPlan& plan, std::string& out) {
  out += "\nPROCEDURE\n";
  std::string fragment;
  for (const PlannedStep& step : plan.steps) {
    if (step.fragment != fragment) {
      fragment = step.fragment;
      out += fragment.empty() ? "  The test itself:\n" : "  Preamble '" + fragment + "':\n";
    }
    std::string number = std::to_string(step.number) + ". ";
    number.insert(0, number.size() < 5 ? 5 - number.size() : 0, ' ');
    out += wrapped(number, step.words);
    for (const std::string& detail : step.details)
      out += wrapped("       - ", detail);
    if (!step.why.empty())
      out += wrapped("       why: ", sentence(step.why));
  }
}

void add_results(const TestPlan& plan, std::string& out) {
  out += "\nOBSERVABLE RESULTS\n";
  out +=
      wrapped("  ",
              "In every message, unless a condition says otherwise: SPIs, message ID, the flags R "
              "and I, protection and AUTH are right; [X] may be missing; a payload that is not "
              "named is a difference, but for status notifications, V and CERTREQ.");
  out += wrapped("  ", plan.background
                           ? "A liveness check of the device that no step expects is answered."
                           : "A liveness check of the device that no step expects is left "
                             "unanswered: the tester answers nothing on its own.");
  for (const std::string& invariant : plan.every_message)
    out += wrapped("  In every message of the device: ", sentence(invariant));
  for (const PlannedStep& step : plan.steps) {
    if (step.results.empty())
      continue;
    std::string checks;
    for (const std::string& id : step.checks)
      checks += (checks.empty() ? ", judges " : ", ") + id;
    out += "  Step " + std::to_string(step.number) + checks + "\n";
    for (const PlannedResult& result : step.results) {
      std::string verdict = result.verdict == "pass" ? "go on" : result.verdict;
      verdict.resize(std::max<std::size_t>(verdict.size(), 15), ' ');
      std::string text = result.seen;
      if (!result.clause.empty())
        text += " (" + result.clause + ")";
      if (!result.note.empty())
        text += ": " + result.note;
      out += wrapped("    " + verdict + "  ", text);
      for (const std::string& detail : result.details)
        out += wrapped("                     - ", detail);
    }
  }
  out += "  All steps gone through: pass\n";
}

void add_faults(const TestPlan& plan, std::string& out) {
  out += "\nFAULTS\n";
  if (plan.faults.empty())
    out += "  No fault violates one of its requirements.\n";
  for (const bool caught : {true, false})
    for (const PlannedFault& fault : plan.faults)
      if (fault.caught == caught)
        out += wrapped(caught ? "  caught    " : "  not here  ",
                       fault.fault + ": a device that " + fault.does);
}

}  // namespace

std::string to_text(const TestPlan& plan) {
  std::string out = plan.test + "\n" + std::string(plan.test.size(), '=') + "\n";
  out += "\nPURPOSE\n" + wrapped("  ", plan.purpose);
  add_references(plan, out);
  out += "\nTOPOLOGY\n";
  for (const std::string& line : plan.figure)
    out += "  " + line + "\n";
  add_settings("Configuration of the device (* otherwise than in suites/defaults.yaml)",
               plan.device, out);
  add_settings("Configuration of the tester", plan.tester, out);
  add_needs(plan, out);
  add_procedure(plan, out);
  add_results(plan, out);
  add_faults(plan, out);
  return out + "\nWritten in " + plan.file + "\n";
}

}  // namespace karpspec::script
