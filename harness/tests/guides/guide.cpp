#include "guide.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <utility>

namespace karpspec::guides {
namespace {

namespace fs = std::filesystem;

bool starts_program(const std::string& word) {
  return word == "cmake" || word == "ctest" || word == "karpspec" || word == "karpspec-dut" ||
         word.starts_with("build/") || word.starts_with("harness/") ||
         word.starts_with("containers/");
}

// What is plainly meant for a shell, and would not be tried where it stands.
bool is_stray(const std::string& line) {
  static const std::set<std::string> programs = {
      "apt",     "apt-get", "bash", "containerlab", "cp",      "curl",     "docker", "dpkg",
      "echo",    "export",  "git",  "helm",         "kubectl", "mkdir",    "node",   "npm",
      "openssl", "perl",    "pip",  "podman",       "python3", "rm",       "sbatch", "sh",
      "srun",    "sudo",    "tar",  "tshark",       "wget",    "wireshark"};
  return programs.contains(line.substr(0, line.find(' ')));
}

// Reads what stands behind a fence. What cannot be read is a complaint.
Example opened(const std::string& place, const std::string& info, Guide& guide) {
  Example out;
  out.place = place;
  out.language = info.substr(0, info.find(' '));
  std::string rest = info.substr(out.language.size());
  static const std::regex attribute(R"re( +(needs|not-run)="([^"]+)")re");
  std::smatch found;
  while (std::regex_search(rest, found, attribute, std::regex_constants::match_continuous)) {
    if (found[1] == "not-run") {
      out.not_run = found[2];
    } else {
      std::istringstream words(found[2]);
      for (std::string word; words >> word;)
        out.needs.push_back(word);
    }
    rest = found.suffix();
  }
  if (!rest.empty())
    guide.complaints.push_back(place + ": expected needs=\"...\" or not-run=\"...\", got" + rest);
  for (const char* other : {"sh", "shell", "console"}) {
    if (out.language == other)
      guide.complaints.push_back(place + ": blocks of commands are of the language bash");
  }
  return out;
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

// NAME=VALUE before a command.
bool is_assignment(const std::string& word) {
  static const std::regex form("[A-Z_][A-Z0-9_]*=.*");
  return std::regex_match(word, form);
}

// What a heading is called in a link to it.
std::string fragment_of(const std::string& heading) {
  std::string out;
  for (const char c : heading) {
    const auto octet = static_cast<unsigned char>(c);
    if (std::isalnum(octet) != 0 || c == '-' || c == '_')
      out += static_cast<char>(std::tolower(octet));
    else if (c == ' ')
      out += '-';
  }
  return out;
}

bool is_interop(const std::vector<std::string>& words) {
  return words.size() > 1 && words[1] == "interop";
}

void add_links(const std::string& line, const std::string& place, Guide& guide) {
  // Each test reads all guides, and the expression takes most of that.
  if (line.find("](") == std::string::npos)
    return;
  static const std::regex link(R"(\]\(([^)#]*)(?:#([^)]*))?\))");
  for (auto found = std::sregex_iterator(line.begin(), line.end(), link);
       found != std::sregex_iterator(); ++found) {
    const std::string target = (*found)[1];
    if (target.find("://") == std::string::npos)
      guide.links.push_back({place, target, (*found)[2]});
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
  return !daemon().empty() || is_interop(words);
}

std::vector<std::string> Command::roots() const {
  if (is_interop(words)) {
    const bool real =
        std::find(words.begin(), words.end(), "containers/interop/matrix.yaml") != words.end();
    return real ? std::vector<std::string>{"strongswan", "libreswan"} : std::vector<std::string>();
  }
  return {daemon()};
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
        fenced = opened(place, trimmed.substr(3), guide);
      }
      continue;
    }
    if (fenced)
      fenced->text += line + "\n";
    else
      add_links(line, place, guide);
    if (const std::size_t text = line.find_first_not_of('#');
        !fenced && line.starts_with("#") && text != std::string::npos && line[text] == ' ') {
      guide.headings.push_back(fragment_of(line.substr(text + 1)));
    }
    if (fenced && fenced->language.empty() &&
        (is_stray(trimmed) || starts_program(trimmed.substr(0, trimmed.find(' '))))) {
      guide.complaints.push_back(place + ": a command that no test runs; make it a block of bash");
    }
    if (fenced || indent < 4)
      continue;
    if (begun.empty()) {
      if (is_stray(trimmed)) {
        guide.complaints.push_back(
            place +
            ": a command that no test runs; indented ones are of this project alone, "
            "others stand in a block of bash");
      }
      auto words = words_of(trimmed);
      while (!words.empty() && is_assignment(words.front()))
        words.erase(words.begin());
      if (words.empty() || !starts_program(words.front()))
        continue;
      begun_at = number;
    }
    begun += trimmed;
    if (begun.ends_with("\\")) {
      begun.back() = ' ';
      continue;
    }
    auto words = words_of(begun);
    while (is_assignment(words.front()))
      words.erase(words.begin());
    guide.commands.push_back({file + ":" + std::to_string(begun_at), std::move(words)});
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
