#include "fuzz/live/fuzz_case.h"

#include <algorithm>

namespace karpspec::fuzz {
namespace {

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string out;
  for (const std::string& word : words)
    out += (out.empty() ? "" : between) + word;
  return out;
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text)
    out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

// A step in YAML's flow or block form, at INDENT.
void add_step(std::string& out, const std::string& indent, const std::string& step) {
  out += indent + "- " + step + "\n";
}

void add_send(std::string& out, const std::string& indent, const Case& one) {
  const Exchange& exchange = *one.exchange;
  out += indent + "- send: " + quoted(exchange.message) + "\n";
  const std::string inner = indent + "  ";
  for (const std::string& key : exchange.with)
    out += inner + key + "\n";
  std::vector<std::string> lines;
  for (const Operation& operation : one.operations) {
    for (const std::string& key : operation.keys)
      out += inner + key + "\n";
    lines.insert(lines.end(), operation.lines.begin(), operation.lines.end());
  }
  lines.insert(lines.end(), exchange.always.begin(), exchange.always.end());
  if (lines.empty())
    return;
  out += inner + "mutate:\n";
  for (const std::string& line : lines) {
    out += inner + "  - ";
    for (const char c : line)
      out += c == '\n' ? "\n" + inner + "    " : std::string(1, c);
    out += "\n";
  }
}

}  // namespace

std::string Operation::place() const {
  std::string out = payload;
  bool skipping = false;
  for (const char c : field.empty() ? std::string() : "." + field) {
    skipping = (skipping || c == '[') && c != ']';
    if (!skipping && c != ']')
      out += c;
  }
  return out;
}

std::string Case::title() const {
  std::vector<std::string> what;
  for (const Operation& operation : operations)
    what.push_back(operation.payload + (operation.field.empty() ? "" : "." + operation.field) +
                   " " + operation.name);
  return exchange->name + ": " + (what.empty() ? "as it should be" : joined(what, ", "));
}

std::string scenario_text(const Case& one, const Deadlines& deadlines) {
  const Exchange& exchange = *one.exchange;
  std::string out = "title: " + quoted("The device still serves after " + one.title()) + "\n";
  out += "checks: [IKE-2.21.1-02]\nrole: " + exchange.role + "\n";
  if (exchange.ikev2)
    out += "marks: [ikev2]\n";
  if (!exchange.needs.empty())
    out += "needs: [" + joined(exchange.needs, ", ") + "]\n";
  if (!exchange.setup.empty())
    out += "setup: " + exchange.setup + "\n";
  out += "steps:\n";
  unsigned times = std::max(1U, one.times);
  for (const Operation& operation : one.operations)
    times = std::max(times, operation.times);
  std::string indent = "  ";
  if (times > 1) {
    out += "  - repeat: " + std::to_string(times) + "\n    steps:\n";
    indent = "      ";
  }
  for (std::size_t i = 0; i < exchange.before.size(); ++i)
    if (i >= one.left_out.size() || !one.left_out[i])
      add_step(out, indent, exchange.before[i]);
  add_send(out, indent, one);
  for (const std::string& step : exchange.after)
    add_step(out, exchange.flood ? "  " : indent, step);
  const std::string within = std::to_string(deadlines.alive_ms) + "ms";
  // What the device answers each time is out of the way before the next time.
  if (times > 1 && !exchange.flood)
    out += indent + "- alive: " + exchange.alive + "\n" + indent + "  within: " + within + "\n";
  // A device may take what comes at once in another order, and so pass over what was altered.
  if (exchange.stands)
    out += "  - wait: 100ms\n  - alive: INFORMATIONAL\n    sa: " +
           std::string(times > 1 ? "main-1" : "main") + "\n    within: " + within +
           "\n    checks: [IKE-2.4-03]\n    why: Nothing that was sent is authentic\n";
  out += "  - alive: " + exchange.alive + "\n    within: " + within + "\n";
  if (one.growth != 0)
    out += "    growth: " + std::to_string(one.growth) + "\n";
  return out;
}

}  // namespace karpspec::fuzz
