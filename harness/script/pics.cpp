#include "script/pics.h"

#include <algorithm>
#include <fstream>
#include <set>

namespace karpspec::script {
namespace {

// The words between pairs of backquotes in TEXT.
std::vector<std::string> quoted(const std::string& text) {
  std::vector<std::string> out;
  for (auto open = text.find('`'); open != std::string::npos; open = text.find('`', open + 1)) {
    const auto end = text.find('`', open + 1);
    if (end == std::string::npos)
      break;
    out.push_back(text.substr(open + 1, end - open - 1));
    open = end;
  }
  return out;
}

std::string without_marks(std::string text) {
  std::erase(text, '`');
  const auto from = text.find_first_not_of(' ');
  return from == std::string::npos ? "" : text.substr(from, text.find_last_not_of(' ') - from + 1);
}

// The rows of the guide's table, as they stand there.
std::vector<std::pair<std::string, std::string>> read_table(const std::string& suites) {
  std::vector<std::pair<std::string, std::string>> out;
  std::ifstream in(suites + "/scenario-guide.md");
  bool reached = false;
  for (std::string line; std::getline(in, line);) {
    reached = reached || line.starts_with("PICS items");
    if (!reached)
      continue;
    if (line.starts_with("| `")) {
      const auto bar = line.find('|', 1);
      const auto end = line.rfind('|');
      if (bar == std::string::npos || end <= bar)
        continue;
      for (const std::string& item : quoted(line.substr(0, bar)))
        out.emplace_back(item, without_marks(line.substr(bar + 1, end - bar - 1)));
    } else if (!out.empty()) {
      break;
    }
  }
  return out;
}

// TEXT in YAML's double quotes.
std::string in_quotes(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

std::map<std::string, std::string> read_pics(const std::string& suites) {
  std::map<std::string, std::string> out;
  for (auto& [item, meaning] : read_table(suites))
    out[item] = std::move(meaning);
  return out;
}

std::vector<PicsQuestion> pics_questions(const Suite& suite) {
  std::vector<PicsQuestion> items = {
      {"role initiator", "it begins the exchanges that the tests of an initiator play"},
      {"role responder", "it answers the exchanges that others begin"}};
  for (const auto& [item, meaning] : read_table(suite.path))
    items.push_back({item, meaning});
  for (PicsQuestion& item : items) {
    std::set<std::string> requirements;
    for (const Scenario& scenario : suite.scenarios) {
      const auto needs = [&](const std::string& need) {
        return std::find(scenario.needs.begin(), scenario.needs.end(), need) !=
               scenario.needs.end();
      };
      const bool claimed = needs(item.item) || "role " + scenario.role == item.item;
      if (!claimed && !needs("!" + item.item))
        continue;
      item.tests += claimed ? 1U : 0U;
      requirements.insert(scenario.checks.begin(), scenario.checks.end());
    }
    for (const auto& [id, row] : suite.requirements) {
      if (row.claim == item.item)
        requirements.insert(id);
    }
    item.requirements.assign(requirements.begin(), requirements.end());
  }
  return items;
}

std::string questionnaire(const std::vector<PicsQuestion>& items, const std::string& made_by) {
  std::string text = "# PICS questionnaire, " + made_by +
                     "\n"
                     "# Write yes or no behind each `answer:`, and a remark where there is one to "
                     "make\n"
                     "# (`remark: ...`). A DUT file names this file: `pics: FILE`. Tests that need "
                     "what is\n"
                     "# answered with no do not apply.\n"
                     "pics:\n";
  for (const PicsQuestion& item : items) {
    text += "\n  # " + std::to_string(item.tests) +
            (item.tests == 1 ? " test needs it.\n" : " tests need it.\n");
    text += "  - item: " + item.item +
            "\n    question: " + in_quotes("Is it so that " + item.question + "?") +
            "\n    requirements:" + (item.requirements.empty() ? " []" : "");
    for (const std::string& id : item.requirements)
      text += "\n      - " + id;
    text += "\n    answer:\n";
  }
  return text;
}

std::vector<std::string> claimed_items(const Claims& claims) {
  std::vector<std::string> out = claims.items;
  for (const std::string& role : claims.roles)
    out.push_back("role " + role);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<std::string> pics_differences(const Claims& file, const Claims& device) {
  const std::vector<std::string> in_file = claimed_items(file);
  const std::vector<std::string> of_device = claimed_items(device);
  const auto lacks = [](const std::vector<std::string>& list, const std::string& item) {
    return item != "control" && !std::binary_search(list.begin(), list.end(), item);
  };
  std::vector<std::string> out;
  for (const std::string& item : in_file) {
    if (lacks(of_device, item))
      out.push_back("the DUT file claims '" + item + "', which the device's 'describe' does not");
  }
  for (const std::string& item : of_device) {
    if (lacks(in_file, item))
      out.push_back("the device's 'describe' claims '" + item + "', which the DUT file does not");
  }
  return out;
}

}  // namespace karpspec::script
