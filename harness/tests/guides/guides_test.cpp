// What the guides say is tried: commands are run as written, from a folder that looks like the
// source tree, examples are loaded, links are followed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "guide.h"
#include "lab/child_process.h"
#include "lab/namespaces.h"

namespace karpspec::guides {
namespace {

namespace fs = std::filesystem;
const fs::path source = KARPSPEC_SOURCE_DIR;
const fs::path binary = KARPSPEC_BINARY_DIR;

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// A source tree to run commands in: whatever they write stays in it.
class Desk {
 public:
  Desk() {
    std::string name = (fs::temp_directory_path() / "karpspec-guides-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      std::abort();
    folder_ = name;
    for (const char* part : {"suites", "containers", "reports", "harness", "vectors", "pcaps"})
      fs::create_directory_symlink(source / part, folder_ / part);
    fs::create_directory(folder_ / "build");
    for (const char* preset : {"release", "debug"})
      fs::create_directory_symlink(binary, folder_ / "build" / preset);
    if (fs::exists(source / "build/roots"))
      fs::create_directory_symlink(source / "build/roots", folder_ / "build/roots");
  }
  ~Desk() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  [[nodiscard]] const fs::path& folder() const { return folder_; }

  // Runs COMMAND and says what is wrong with how it ended, or nothing.
  [[nodiscard]] std::string run(const Command& command) const {
    lab::ChildOptions options;
    options.command = command.words;
    options.working_directory = folder_.string();
    // A run of one fault is there to be caught.
    const bool faulty =
        std::find(command.words.begin(), command.words.end(), "--fault") != command.words.end();
    const auto done = lab::run_command(options, std::chrono::seconds{250});
    if (!done)
      return command.place + ": " + command.text() + "\n" + done.error().message;
    const lab::ExitStatus wanted{false, faulty ? 1 : 0};
    return done->status == wanted ? ""
                                  : command.place + ": " + command.text() + "\n" +
                                        lab::to_string(done->status) + "\n" + done->output;
  }

 private:
  fs::path folder_;
};

std::vector<std::string> guides_with_commands() {
  std::vector<std::string> files = guide_files();
  std::erase_if(files, [](const std::string& file) { return read_guide(file).commands.empty(); });
  return files;
}

std::string test_name(const testing::TestParamInfo<std::string>& instance) {
  std::string name = instance.param;
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0)
      c = '_';
  return name;
}

// What quickstart does with one daemon.
std::string quickstart_for(const std::string& daemon) {
  std::string text = text_of(source / "harness/quickstart");
  for (std::size_t at = 0; (at = text.find("$name", at)) != std::string::npos;)
    text.replace(at, 5, daemon);
  std::erase(text, '"');
  const bool judged = text.find("judged " + daemon) != std::string::npos ||
                      std::regex_search(text, std::regex("for name in [^;]*\\b" + daemon + "\\b"));
  return judged ? text : "";
}

class EachGuide : public testing::TestWithParam<std::string> {
 protected:
  Guide guide_ = read_guide(GetParam());
};

TEST_P(EachGuide, CommandsOfKarpspecRunAsWritten) {
  const Desk desk;
  for (const Command& command : guide_.commands) {
    if (command.is_karpspec() && !command.wants_daemon() && command.image().empty()) {
      EXPECT_EQ(desk.run(command), "");
    }
  }
}

TEST_P(EachGuide, CommandsAgainstDaemonsRunAsWritten) {
  const Desk desk;
  for (const Command& command : guide_.commands) {
    if (!command.wants_daemon())
      continue;
    // Every scenario against a daemon takes minutes: that is what quickstart does, word for word.
    if (command.names_no_suite()) {
      EXPECT_THAT(quickstart_for(command.daemon()), testing::HasSubstr(command.text()))
          << command.place << ": neither a test nor quickstart runs this";
      continue;
    }
    if (const std::string why = lab::why_no_namespaces(); !why.empty())
      GTEST_SKIP() << command.place << ": " << why;
    const std::string daemon = command.daemon();
    if (!fs::exists(source / "build/roots" / daemon)) {
      GTEST_SKIP() << command.place << ": no root; make it with containers/roots/build " << daemon;
    }
    EXPECT_EQ(desk.run(command), "");
  }
}

TEST_P(EachGuide, CommandsAgainstContainersRunAsWritten) {
  const Desk desk;
  for (const Command& command : guide_.commands) {
    const std::string image = command.image();
    if (image.empty())
      continue;
    if (command.names_no_suite()) {
      EXPECT_THAT(text_of(source / "harness/quickstart"), testing::HasSubstr(command.words.back()))
          << command.place << ": neither a test nor quickstart runs this";
      continue;
    }
    if (const std::string why = lab::why_no_namespaces(); !why.empty())
      GTEST_SKIP() << command.place << ": " << why;
    lab::ChildOptions exists;
    exists.command = {"podman", "image", "exists", image};
    if (const auto there = lab::run_command(exists); !there || !there->status.success()) {
      GTEST_SKIP() << command.place << ": no image " << image
                   << "; containers/images/build makes it";
    }
    EXPECT_EQ(desk.run(command), "");
  }
}

// Commands that install, build or take long are run by harness/test and by whoever builds; here it
// is seen that they name what is there.
TEST_P(EachGuide, OtherCommandsNameWhatIsThere) {
  const auto presets = nlohmann::json::parse(text_of(source / "CMakePresets.json"));
  const auto has_preset = [&](const char* kind, const std::string& name) {
    for (const auto& preset : presets.at(kind))
      if (preset.at("name") == name && !preset.contains("hidden"))
        return true;
    return false;
  };
  std::string made;
  for (const char* file : {"harness/CMakeLists.txt", "harness/fuzz/CMakeLists.txt",
                           "harness/tests/oracle/CMakeLists.txt"})
    made += text_of(source / file);
  for (const Command& command : guide_.commands) {
    if (command.is_karpspec())
      continue;
    SCOPED_TRACE(command.place + ": " + command.text());
    const std::string& program = command.words.front();
    if (program != "cmake" && program != "ctest") {
      if (program.starts_with("build/fuzz/karpspec_fuzz_")) {
        const fs::path part = program.substr(std::string("build/fuzz/karpspec_fuzz_").size());
        EXPECT_TRUE(fs::exists(source / "harness/fuzz" / (part.string() + "_fuzz.cpp")));
        continue;
      }
      ASSERT_FALSE(program.starts_with("build/")) << "nobody knows how to try this";
      EXPECT_EQ(::access((source / program).c_str(), X_OK), 0) << program << " cannot be run";
      continue;
    }
    for (std::size_t i = 1; i + 1 < command.words.size(); ++i) {
      const std::string& value = command.words[i + 1];
      if (command.words[i] == "--preset") {
        const bool build = command.words[1] == "--build";
        EXPECT_TRUE(has_preset(program == "ctest" ? "testPresets"
                               : build            ? "buildPresets"
                                                  : "configurePresets",
                               value));
      } else if (command.words[i] == "--target") {
        // karpspec_test(oracle makes karpspec_oracle_test.
        const std::string room = "karpspec_", test = "_test";
        const bool is_test = value.starts_with(room) && value.ends_with(test);
        const std::string call =
            is_test ? "karpspec_test(" +
                          value.substr(room.size(), value.size() - room.size() - test.size())
                    : "add_custom_target(" + value;
        EXPECT_NE(made.find(call), std::string::npos) << value;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, EachGuide, testing::ValuesIn(guides_with_commands()), test_name);

TEST(Guides, LinksLeadToFiles) {
  for (const std::string& file : guide_files())
    for (const Link& link : read_guide(file).links)
      EXPECT_TRUE(fs::exists((source / file).parent_path() / link.target))
          << link.place << ": " << link.target;
}

TEST(Guides, HaveCommandsToTry) {
  EXPECT_GE(read_guide("README.md").commands.size(), 7U);
  EXPECT_GE(read_guide("CONTRIBUTING.md").commands.size(), 10U);
}

// The scenario guide's examples, as scenarios of a suite of their own: the whole ones are played,
// the parts are put behind an IKE SA that stands.
TEST(Guides, ScenariosOfTheScenarioGuideLoadAndPass) {
  const Desk desk;
  const fs::path suites = desk.folder() / "own";
  fs::copy(source / "suites", suites, fs::copy_options::recursive);
  const fs::path folder = suites / "rkmp/3.2/responder";
  int number = 0;
  for (const Example& example : read_guide("suites/scenario-guide.md").examples) {
    if (example.language != "yaml")
      continue;
    const bool whole = example.text.starts_with("title:");
    const std::string name = "example-" + std::to_string(++number);
    std::ofstream(folder / (name + ".yaml"))
        << (whole ? ""
                  : "title: A part of a scenario\nchecks: [RKMP-4.1-02]\nrole: responder\nsteps:\n")
        << example.text;
    EXPECT_EQ(desk.run({example.place,
                        {"build/release/karpspec", "--suites", "own", whole ? "run" : "explain",
                         "rkmp/3.2/responder/" + name}}),
              "");
  }
  EXPECT_GE(number, 2);
}

}  // namespace
}  // namespace karpspec::guides
