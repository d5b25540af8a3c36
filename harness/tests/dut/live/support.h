#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "dut/dut_file.h"
#include "lab/child_process.h"
#include "lab/file_descriptor.h"
#include "support/schema.h"

namespace karpspec::dut {

namespace fs = std::filesystem;

inline const std::string source = KARPSPEC_SOURCE_DIR;
inline const std::string suites = source + "/suites";
inline const std::string programs = KARPSPEC_BINARY_DIR;

inline std::string read_text(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// A folder that is gone with the test.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "karpspec-dut-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::runtime_error(name + ": cannot be made");
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return (path_ / name).string();
  }
  [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

// suites/schema/NAME.schema.json, or one of its definitions.
class Schema {
 public:
  explicit Schema(const std::string& name, const std::string& definition = {})
      : schema_(suites + "/schema/" + name + ".schema.json", definition) {}
  // What is wrong with VALUE, or "".
  [[nodiscard]] std::string complaint(const Json& value) const {
    return schema_.complaint(value.dump());
  }

 private:
  tests::Schema schema_;
};

// Three loopback addresses with nobody on them: tests run side by side.
struct Lane {
  Lane();
  std::string device, tester, second;
  std::uint16_t port = 5500;
  std::uint16_t control_port = 7500;

  // A DUT file of a process: COMMAND and CONTROL as in the file.
  [[nodiscard]] std::string file(const std::string& command, const std::string& control) const;
  // The same of karpspec-dut over stdio with further ARGUMENTS (", --fault, x").
  [[nodiscard]] DutFile reference(const std::string& arguments = {}) const;
  [[nodiscard]] std::string file_of_reference() const {
    return file(reference_command(), "{kind: json-rpc, over: stdio}");
  }
  // That program on this lane, as words of a YAML list.
  [[nodiscard]] std::string reference_command(const std::string& arguments = {}) const;

 private:
  lab::FileDescriptor taken_;
};

}  // namespace karpspec::dut
