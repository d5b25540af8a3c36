#include "program.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "support/schema.h"

namespace karpspec::cli {

namespace fs = std::filesystem;

std::size_t Ended::lines() const {
  return static_cast<std::size_t>(std::count(output.begin(), output.end(), '\n'));
}

Program::Program() {
  std::string name = (fs::temp_directory_path() / "karpspec-cli-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw std::runtime_error(name + ": cannot be made");
  folder_ = name;
}

Program::~Program() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string Program::write(const std::string& name, const std::string& text) const {
  fs::create_directories(file(name).parent_path());
  std::ofstream(file(name)) << text;
  return file(name);
}

lab::ChildOptions Program::options(const std::vector<std::string>& arguments) const {
  lab::ChildOptions options;
  options.command = {KARPSPEC_BINARY_DIR "/karpspec"};
  options.command.insert(options.command.end(), arguments.begin(), arguments.end());
  options.working_directory = folder_.string();
  return options;
}

namespace {

Ended wait_for(lab::ChildOptions options, const std::map<std::string, std::string>& more) {
  if (!more.empty()) {
    const char* path = ::getenv("PATH");
    options.environment = more;
    options.environment->emplace("PATH", path == nullptr ? "/usr/bin:/bin" : path);
  }
  const auto done = lab::run_command(std::move(options), std::chrono::seconds{200});
  if (!done)
    return {-1, to_string(done.error())};
  return {done->status.signalled ? -1 : done->status.code, done->output};
}

}  // namespace

Ended Program::run(const std::vector<std::string>& arguments,
                   const std::map<std::string, std::string>& more) const {
  return wait_for(options(arguments), more);
}

Ended Program::run_other(const std::vector<std::string>& command,
                         const std::map<std::string, std::string>& more) const {
  lab::ChildOptions other = options({});
  other.command = command;
  return wait_for(std::move(other), more);
}

bool has_program(const Program& program, const std::string& name) {
  return program.run_other({name, "--version"}).code == 0;
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

Json json_of(const fs::path& file) {
  return tests::read_json(text_of(file));
}

std::string complaint(const std::string& schema_file, const Json& document) {
  return tests::Schema(std::string(KARPSPEC_SOURCE_DIR "/reports/schema/") + schema_file)
      .complaint_about(document);
}

std::vector<std::string> files_below(const fs::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file())
      files.push_back(fs::relative(entry.path(), folder));
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace karpspec::cli
