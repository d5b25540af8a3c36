#pragma once

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

// Where the shell steps of workflows and jobs are run as they stand, beside programs that only look
// like what a runner or a cluster has.
namespace karpspec::pipelines {

inline const std::filesystem::path containers = KARPSPEC_SOURCE_DIR "/containers";
// Suites that are quickly run.
inline constexpr const char* some_tests = "rkmp/4.1 rkmp/4.2";

using Variables = std::map<std::string, std::string>;

struct Ended {
  int code = -1;  // -1: it was killed, or did not end
  std::string output;
};

// A folder that goes with this object.
class Place {
 public:
  Place();
  ~Place();
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return folder_ / name; }
  // A program that is found before any other of its name. In its TEXT, a shell script, "$CALLS" is
  // a file that calls() reads.
  void put_program(const std::string& name, const std::string& text) const;
  // What the programs wrote there so far, a line each.
  [[nodiscard]] std::vector<std::string> calls() const;
  // The program itself, with ARGUMENTS behind those of whoever calls "karpspec run".
  void alter_run(const std::string& arguments) const;
  // Runs COMMAND in the folder with VARIABLES and nothing else of the environment but the PATH, in
  // which karpspec is. NETWORK: a namespace, or ours.
  [[nodiscard]] Ended run(const std::vector<std::string>& command, const Variables& variables = {},
                          const std::string& network = "") const;
  // SCRIPT as a runner gives it to bash: it ends with the first command that fails.
  [[nodiscard]] Ended bash(const std::string& script, const Variables& variables = {},
                           const std::string& network = "") const;
  // The PATH of what is run.
  [[nodiscard]] std::string search_path() const;

 private:
  std::filesystem::path folder_;
};

std::string text_of(const std::filesystem::path& file);
// The verdicts in DIRECTORY/results.json, by test. Empty where there is none.
std::map<std::string, std::string> verdicts_in(const std::filesystem::path& directory);
// The tests of these suites, by `karpspec list tests`.
std::size_t tests_in(const Place& place, const std::string& suites);
// Scalars of a mapping.
Variables variables_of(const YAML::Node& mapping);

}  // namespace karpspec::pipelines
