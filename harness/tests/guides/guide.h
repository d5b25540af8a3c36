#pragma once

#include <string>
#include <vector>

namespace karpspec::guides {

// One command of a guide, continuation lines joined, with the place where it stands.
struct Command {
  std::string place;  // "README.md:34"
  std::vector<std::string> words;
  [[nodiscard]] std::string text() const;
  // The karpspec program itself, from whichever build folder.
  [[nodiscard]] bool is_karpspec() const;
  // A run against a daemon in a root of its own, or of devices against each other.
  [[nodiscard]] bool wants_daemon() const;
  // The roots that have to be there.
  [[nodiscard]] std::vector<std::string> roots() const;
  // Name of that root, "strongswan"; "" when there is none.
  [[nodiscard]] std::string daemon() const;
  // The image of a device in a container that it runs against, "karpspec/dut"; "" when there is
  // none.
  [[nodiscard]] std::string image() const;
  // `karpspec run` without a test or suite behind it.
  [[nodiscard]] bool names_no_suite() const;
};

// A block between fences. Behind the language may stand, in this order or another,
//   needs="A B"      programs that it takes, or `root`: where one is missing it is skipped
//   not-run="WHY"    why no test runs it
struct Example {
  std::string place;
  std::string language;  // the first word behind the fence
  std::string text;
  std::vector<std::string> needs;
  std::string not_run;
  // Commands for a shell, which stops at the first that fails.
  [[nodiscard]] bool is_script() const { return language == "bash"; }
};

// A link to a file, or within one.
struct Link {
  std::string place;
  std::string target;    // a path; empty: this page
  std::string fragment;  // of a heading; may be empty
};

// What of a Markdown file can be tried.
struct Guide {
  std::string file;  // relative to the source folder
  std::vector<Command> commands;
  std::vector<Example> examples;
  std::vector<Link> links;
  std::vector<std::string> headings;    // as fragments: "what-is-needed-for-what"
  std::vector<std::string> complaints;  // about what no test would find: "README.md:34: ..."
};

// FILE is relative to the source folder. Aborts when it cannot be read.
Guide read_guide(const std::string& file);

// Every Markdown file of the source tree but those of build and output folders.
std::vector<std::string> guide_files();

}  // namespace karpspec::guides
