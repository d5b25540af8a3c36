#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lab/child_process.h"

// The program as its users run it, in a folder of its own.
namespace karpspec::cli {

using Json = nlohmann::json;

inline const std::filesystem::path source_tree = KARPSPEC_SOURCE_DIR;

struct Ended {
  int code = -1;  // -1: it was killed, or did not end
  std::string output;
  [[nodiscard]] std::size_t lines() const;
};

class Program {
 public:
  Program();
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return folder_ / name; }
  // Writes a file below the folder, and says where it is.
  std::string write(const std::string& name, const std::string& text) const;

  // Runs `karpspec ARGUMENTS` in the folder, with MORE in its environment.
  [[nodiscard]] Ended run(const std::vector<std::string>& arguments,
                          const std::map<std::string, std::string>& more = {}) const;
  // The same for another command.
  [[nodiscard]] Ended run_other(const std::vector<std::string>& command,
                                const std::map<std::string, std::string>& more = {}) const;
  [[nodiscard]] lab::ChildOptions options(const std::vector<std::string>& arguments) const;

 private:
  std::filesystem::path folder_;
};

// Whether the command of this NAME is installed: it can say its version.
bool has_program(const Program& program, const std::string& name);

std::string text_of(const std::filesystem::path& file);
// TEXT with BY in the place of WHAT, which must be in it.
std::string replaced(std::string text, const std::string& what, const std::string& by);
Json json_of(const std::filesystem::path& file);
// What is wrong with DOCUMENT by reports/schema/SCHEMA_FILE, or "".
std::string complaint(const std::string& schema_file, const Json& document);
// The files below FOLDER, by their path relative to it.
std::vector<std::string> files_below(const std::filesystem::path& folder);

}  // namespace karpspec::cli
