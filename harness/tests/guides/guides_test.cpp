// What the guides say is tried: commands are run as written, from a folder that looks like the
// source tree, examples are loaded, links are followed.
//
// Two forms are tried: indented lines of this project's programs (`build/release/karpspec ...`),
// one by one, and blocks of bash, as scripts. What is not run says why: a block by `not-run="WHY"`
// behind its language, an indented line by the table `not_run` below. Commands in any other place
// are an error.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
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
  std::erase_if(files, [](const std::string& file) {
    const Guide guide = read_guide(file);
    return guide.commands.empty() && guide.complaints.empty() &&
           std::ranges::none_of(guide.examples, &Example::is_script);
  });
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
    for (const std::string& root : command.roots()) {
      if (!fs::exists(source / "build/roots" / root))
        GTEST_SKIP() << command.place << ": no root; make it with containers/roots/build " << root;
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

// What a script needs and this machine has not; "" where all is there.
std::string what_is_missing(const std::vector<std::string>& needs) {
  for (const std::string& need : needs) {
    if (need == "root" && ::geteuid() != 0)
      return "it needs root";
    lab::ChildOptions sought;
    sought.command = {"sh", "-c", "command -v \"$0\"", need};
    const auto found = lab::run_command(sought, std::chrono::seconds{10});
    if (need != "root" && (!found || !found->status.success()))
      return "it needs " + need;
  }
  return "";
}

// Each block as a script of its own, from the top to the bottom of the page: what one leaves behind
// the next may use. In a namespace where there can be one, so that a guide's addresses are free.
TEST_P(EachGuide, ScriptsRunAsWritten) {
  const Desk desk;
  std::vector<std::string> skipped;
  for (const Example& script : guide_.examples) {
    if (!script.is_script() || !script.not_run.empty())
      continue;
    if (const std::string missing = what_is_missing(script.needs); !missing.empty()) {
      skipped.push_back(script.place + ": " + missing);
      continue;
    }
    std::optional<lab::NetworkNamespace> place;
    if (script.needs.empty() && lab::why_no_namespaces().empty()) {
      auto made = lab::NetworkNamespace::create("guide");
      ASSERT_TRUE(made) << made.error().message;
      place = *std::move(made);
    }
    lab::ChildOptions shell;
    shell.command = {"sh", "-e", "-c", "PATH=\"$PWD/build/release:$PATH\"\n" + script.text};
    shell.working_directory = desk.folder().string();
    shell.network_namespace = place ? place->name() : "";
    const auto done = lab::run_command(shell, std::chrono::seconds{250});
    ASSERT_TRUE(done) << script.place << "\n" << done.error().message;
    EXPECT_TRUE(done->status.success()) << script.place << "\n"
                                        << lab::to_string(done->status) << "\n"
                                        << done->output;
  }
  if (!skipped.empty())
    GTEST_SKIP() << testing::PrintToString(skipped);
}

TEST_P(EachGuide, HasNoCommandThatNobodyTries) {
  EXPECT_THAT(guide_.complaints, testing::IsEmpty());
}

// Commands of this project that are not run here, each with the reason.
struct NotRun {
  const char* command;  // how it begins
  const char* reason;
};
constexpr NotRun not_run[] = {
    {"cmake ", "builds; harness/test does the same by the same presets"},
    {"ctest ", "runs these tests"},
    {"harness/test", "runs these tests"},
    {"harness/packages ", "installs packages; harness/test begins with it"},
    {"harness/quickstart", "installs packages and builds"},
    {"harness/fuzz/run-short ", "takes minutes; harness/test runs it"},
    {"harness/fuzz/live/proof", "takes ten minutes and more"},
    {"containers/roots/build ", "makes the root of a device; harness/quickstart --peers does"},
    {"containers/images/build ", "makes images; harness/test does"},
    {"build/release/karpspec_oracle_test ", "many seeds; ctest runs it with fewer"},
    {"build/fuzz/karpspec_fuzz_", "a fuzzer; harness/fuzz/run-short runs each"},
};

// Here it is seen that they name what is there.
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
    EXPECT_TRUE(std::ranges::any_of(not_run, [&](const NotRun& known) {
      return (command.text() + " ").starts_with(known.command);
    })) << "neither is it run nor does the table above say why not";
    const std::string& program = command.words.front();
    if (program != "cmake" && program != "ctest") {
      if (program == "build/release/karpspec_oracle_test")
        continue;
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

TEST(Guides, LinksLeadToFilesAndHeadings) {
  std::map<std::string, Guide> guides;
  for (const std::string& file : guide_files())
    guides[file] = read_guide(file);
  for (const auto& [file, guide] : guides) {
    for (const Link& link : guide.links) {
      const fs::path target = (fs::path(file).parent_path() / link.target).lexically_normal();
      EXPECT_TRUE(link.target.empty() || fs::exists(source / target))
          << link.place << ": " << link.target;
      const auto page = link.target.empty() ? guides.find(file) : guides.find(target.string());
      if (!link.fragment.empty() && page != guides.end()) {
        EXPECT_THAT(page->second.headings, testing::Contains(link.fragment)) << link.place;
      }
    }
  }
}

TEST(Guides, HaveCommandsToTry) {
  EXPECT_GE(read_guide("README.md").commands.size(), 7U);
  EXPECT_GE(read_guide("CONTRIBUTING.md").commands.size(), 10U);
  const auto examples = read_guide("containers/dut-guide.md").examples;
  EXPECT_GE(std::ranges::count_if(examples, &Example::is_script), 5);
}

// Not much more than a screen or two: who wants more follows a link.
TEST(Guides, NewcomersPageIsOnePage) {
  const std::string text = text_of(source / "README.md");
  EXPECT_LE(std::ranges::count(text, '\n'), 100);
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
