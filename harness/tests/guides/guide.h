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
  // A run against a daemon in a root of its own.
  [[nodiscard]] bool wants_daemon() const;
  // Name of that root, "strongswan"; "" when there is none.
  [[nodiscard]] std::string daemon() const;
  // The image of a device in a container that it runs against, "karpspec/dut"; "" when there is
  // none.
  [[nodiscard]] std::string image() const;
  // `karpspec run` without a test or suite behind it.
  [[nodiscard]] bool names_no_suite() const;
};

struct Example {
  std::string place;
  std::string language;  // what stands behind the fence
  std::string text;
};

// A link to a file, without its fragment.
struct Link {
  std::string place;
  std::string target;
};

// What of a Markdown file can be tried.
struct Guide {
  std::string file;  // relative to the source folder
  std::vector<Command> commands;
  std::vector<Example> examples;
  std::vector<Link> links;
};

// FILE is relative to the source folder. Aborts when it cannot be read.
Guide read_guide(const std::string& file);

// Every Markdown file of the source tree but those of build and output folders.
std::vector<std::string> guide_files();

}  // namespace karpspec::guides
