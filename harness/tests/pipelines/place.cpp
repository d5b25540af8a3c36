#include "place.h"

#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "lab/child_process.h"

namespace karpspec::pipelines {

namespace fs = std::filesystem;

Place::Place() {
  std::string name = (fs::temp_directory_path() / "karpspec-pipelines-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw std::runtime_error(name + ": cannot be made");
  folder_ = name;
  fs::create_directories(file("bin"));
  fs::create_directories(file("work"));
}

Place::~Place() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void Place::put_program(const std::string& name, const std::string& text) const {
  const fs::path program = file("bin") / name;
  std::ofstream(program) << "#!/usr/bin/env bash\nCALLS='" << file("calls").string() << "'\n"
                         << text << "\n";
  fs::permissions(program, fs::perms::owner_all);
}

std::vector<std::string> Place::calls() const {
  std::vector<std::string> lines;
  std::ifstream in(file("calls"));
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

void Place::alter_run(const std::string& arguments) const {
  put_program("karpspec", "more=()\n[ \"$1\" != run ] || more=(" + arguments +
                              ")\nexec " KARPSPEC_BINARY_DIR "/karpspec \"$@\" \"${more[@]}\"");
}

std::string Place::search_path() const {
  const char* path = ::getenv("PATH");
  return file("bin").string() + ":" KARPSPEC_BINARY_DIR ":" +
         (path == nullptr ? "/usr/sbin:/usr/bin:/sbin:/bin" : path);
}

Ended Place::run(const std::vector<std::string>& command, const Variables& variables,
                 const std::string& network) const {
  lab::ChildOptions options;
  options.command = command;
  options.working_directory = file("work").string();
  options.network_namespace = network;
  options.environment = variables;
  options.environment->emplace("PATH", search_path());
  options.environment->emplace("HOME", folder_.string());
  const auto done = lab::run_command(std::move(options), std::chrono::seconds{250});
  if (!done)
    return {-1, to_string(done.error())};
  return {done->status.signalled ? -1 : done->status.code, done->output};
}

Ended Place::bash(const std::string& script, const Variables& variables,
                  const std::string& network) const {
  return run({"bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script}, variables,
             network);
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::map<std::string, std::string> verdicts_in(const fs::path& directory) {
  std::map<std::string, std::string> verdicts;
  const auto results = nlohmann::json::parse(text_of(directory / "results.json"), nullptr, false);
  if (results.is_object())
    for (const auto& test : results.at("tests"))
      verdicts[test.at("test")] = test.at("verdict");
  return verdicts;
}

std::size_t tests_in(const Place& place, const std::string& suites) {
  const Ended listed = place.bash("karpspec list tests " + suites);
  return static_cast<std::size_t>(std::count(listed.output.begin(), listed.output.end(), '\n'));
}

Variables variables_of(const YAML::Node& mapping) {
  Variables variables;
  for (const auto& item : mapping)
    variables[item.first.as<std::string>()] = item.second.as<std::string>("");
  return variables;
}

}  // namespace karpspec::pipelines
