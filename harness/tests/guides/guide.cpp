#include "guide.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <regex>
#include <sstream>

namespace karpspec::guides {
namespace {

namespace fs = std::filesystem;

bool starts_program(const std::string& word) {
  return word == "cmake" || word == "ctest" || word == "karpspec" || word == "karpspec-dut" ||
         word.starts_with("build/") || word.starts_with("harness/") ||
         word.starts_with("containers/");
}

std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  bool within = false, any = false;
  for (const char c : line) {
    if (c == '\'') {
      within = !within;
      any = true;
    } else if (c == ' ' && !within) {
      if (any)
        words.push_back(word);
      word.clear();
      any = false;
    } else {
      word += c;
      any = true;
    }
  }
  if (any)
    words.push_back(word);
  return words;
}

void add_links(const std::string& line, const std::string& place, Guide& guide) {
  static const std::regex link(R"(\]\(([^)#]+)(#[^)]*)?\))");
  for (auto found = std::sregex_iterator(line.begin(), line.end(), link);
       found != std::sregex_iterator(); ++found) {
    const std::string target = (*found)[1];
    if (target.find("://") == std::string::npos)
      guide.links.push_back({place, target});
  }
}

}  // namespace

std::string Command::text() const {
  std::string out;
  for (const std::string& word : words)
    out += (out.empty() ? "" : " ") + word;
  return out;
}

bool Command::is_karpspec() const {
  return fs::path(words.front()).filename() == "karpspec";
}

bool Command::wants_daemon() const {
  return !daemon().empty();
}

std::string Command::daemon() const {
  for (const char* name : {"strongswan", "libreswan", "openiked", "frr", "bird", "linux"}) {
    const std::string file = std::string("containers/duts/") + name + ".yaml";
    if (std::find(words.begin(), words.end(), file) != words.end())
      return name;
  }
  return "";
}

std::string Command::image() const {
  const std::string folder = "containers/duts/", end = "-container.yaml";
  for (const std::string& word : words) {
    if (!word.starts_with(folder) || !word.ends_with(end))
      continue;
    const std::string name = word.substr(folder.size(), word.size() - folder.size() - end.size());
    return "karpspec/" + (name == "reference" ? std::string("dut") : name);
  }
  return "";
}

bool Command::names_no_suite() const {
  return words.size() > 2 && words[1] == "run" && words[2].starts_with("--");
}

Guide read_guide(const std::string& file) {
  Guide guide;
  guide.file = file;
  std::ifstream in(std::string(KARPSPEC_SOURCE_DIR "/") + file);
  if (!in) {
    std::cerr << file << " cannot be read\n";
    std::abort();
  }
  std::optional<Example> fenced;
  std::string line, begun;
  int number = 0, begun_at = 0;
  while (std::getline(in, line)) {
    ++number;
    const std::string place = file + ":" + std::to_string(number);
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    const std::string trimmed = line.substr(indent);
    if (trimmed.starts_with("```")) {
      if (fenced) {
        guide.examples.push_back(*fenced);
        fenced.reset();
      } else {
        fenced = Example{place, trimmed.substr(3), ""};
      }
      continue;
    }
    if (fenced)
      fenced->text += line + "\n";
    else
      add_links(line, place, guide);
    const bool shell =
        fenced ? fenced->language == "sh" || fenced->language == "console" : indent >= 4;
    if (!shell)
      continue;
    if (begun.empty()) {
      const auto words = words_of(trimmed.starts_with("$ ") ? trimmed.substr(2) : trimmed);
      if (words.empty() || !starts_program(words.front()))
        continue;
      begun_at = number;
    }
    begun += (begun.empty() && trimmed.starts_with("$ ") ? trimmed.substr(2) : trimmed);
    if (begun.ends_with("\\")) {
      begun.back() = ' ';
      continue;
    }
    guide.commands.push_back({file + ":" + std::to_string(begun_at), words_of(begun)});
    begun.clear();
  }
  return guide;
}

std::vector<std::string> guide_files() {
  std::vector<std::string> files;
  const fs::path top = KARPSPEC_SOURCE_DIR;
  for (auto entry = fs::recursive_directory_iterator(top);
       entry != fs::recursive_directory_iterator(); ++entry) {
    const std::string name = entry->path().filename();
    if (entry->is_directory() && (name.starts_with(".") || ((name == "build" || name == "out") &&
                                                            entry->path().parent_path() == top))) {
      entry.disable_recursion_pending();
      continue;
    }
    if (entry->path().extension() == ".md")
      files.push_back(fs::relative(entry->path(), top));
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace karpspec::guides
