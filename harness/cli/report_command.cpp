#include <iostream>

#include "cli/commands.h"

namespace karpspec::cli {

int report(const ReportCommand& command) {
  for (const std::string& directory : command.directories) {
    const auto results = report::read_results(directory);
    if (!results)
      return complain(results.error().message);
    for (const std::string& format : command.formats) {
      std::string name;
      std::string text;
      if (format == "html") {
        name = "report.html";
        text = report::to_html(*results);
      } else if (format == "junit") {
        name = "junit.xml";
        text = report::to_junit(*results);
      } else {
        name = "results.json";
        text = report::to_json(*results).dump(1) + "\n";
      }
      const std::string path = directory + "/" + name;
      if (auto written = report::write_file(path, text); !written) {
        return complain(written.error().message);
      }
      std::cerr << path << "\n";
    }
  }
  return conforms;
}

}  // namespace karpspec::cli
