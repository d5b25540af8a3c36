#include "script/pics.h"

#include <algorithm>
#include <fstream>

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

}  // namespace

std::map<std::string, std::string> read_pics(const std::string& suites) {
  std::map<std::string, std::string> out;
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
        out[item] = without_marks(line.substr(bar + 1, end - bar - 1));
    } else if (!out.empty()) {
      break;
    }
  }
  return out;
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
