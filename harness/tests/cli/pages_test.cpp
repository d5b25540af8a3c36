// What the program prints of itself, the manual page and what shells complete with, is held against
// its --help: an option that is in one is in all, and nothing is there that is not one.
#include <gmock/gmock.h>
#include <stdlib.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "program.h"

namespace karpspec::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::UnorderedElementsAre;
using testing::UnorderedElementsAreArray;

struct Help {
  std::set<std::string> options;  // "--help" and "-h"
  std::vector<std::string> commands;
};
using Path = std::vector<std::string>;  // {"karpspec", "report", "compare"}

std::string joined(const Path& words) {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

Help help_of(const std::string& text) {
  // Descriptions that go on in another line stand further to the right.
  static const std::regex option(R"(^ {2,4}(-\w)?,?(--[a-z][a-z-]*)\b.*)");
  static const std::regex command(R"(^  ([a-z]+) .*)");
  Help help;
  bool in_commands = false;
  for (const std::string& line : lines_of(text)) {
    std::smatch found;
    if (line == "Subcommands:") {
      in_commands = true;
    } else if (in_commands && std::regex_match(line, found, command)) {
      help.commands.push_back(found[1]);
    } else if (std::regex_match(line, found, option)) {
      help.options.insert(found[2]);
      if (found[1].matched)
        help.options.insert(found[1]);
    }
  }
  return help;
}

class Pages : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] std::string output_of(std::vector<std::string> words) const {
    words.front() = KARPSPEC_BINARY_DIR "/" + words.front();
    const auto ended = program_.run_other(words);
    EXPECT_EQ(ended.code, 0) << joined(words) << "\n" << ended.output;
    return ended.output;
  }

  // The commands of a program with what their --help says, from the program itself down.
  [[nodiscard]] std::map<Path, Help> helps() const {
    std::map<Path, Help> all;
    std::vector<Path> todo = {{GetParam()}};
    while (!todo.empty()) {
      const Path path = todo.back();
      todo.pop_back();
      Path words = path;
      words.emplace_back("--help");
      const Help help = help_of(output_of(words));
      for (const std::string& command : help.commands) {
        todo.push_back(path);
        todo.back().push_back(command);
      }
      all[path] = help;
    }
    return all;
  }

  // What bash offers where WORDS are written, the last of them being still at work.
  [[nodiscard]] std::vector<std::string> offered(const std::vector<std::string>& words) const {
    std::string name = "_" + GetParam();
    std::replace(name.begin(), name.end(), '-', '_');
    std::string script = "source completion; COMP_WORDS=(";
    for (const std::string& word : words)
      script += "'" + word + "' ";
    script += "); COMP_CWORD=" + std::to_string(words.size() - 1) + "; " + name +
              "; printf '%s\\n' \"${COMPREPLY[@]}\"";
    const char* path = ::getenv("PATH");
    const auto ended = program_.run_other(
        {"bash", "--norc", "-uc", script},
        {{"PATH", KARPSPEC_BINARY_DIR ":" + std::string(path == nullptr ? "" : path)}});
    EXPECT_EQ(ended.code, 0) << script << "\n" << ended.output;
    std::vector<std::string> lines = lines_of(ended.output);
    std::erase(lines, "");
    return lines;
  }

  Program program_;
};

// A manual page as lines without the marks of fonts.
std::vector<std::string> plain_lines(std::string page) {
  for (const auto& [mark, text] : {std::pair<std::string, std::string>{"\\fB", ""},
                                   {"\\fI", ""},
                                   {"\\fR", ""},
                                   {"\\-", "-"},
                                   {"\\(aq", "'"}}) {
    for (std::size_t at = page.find(mark); at != std::string::npos; at = page.find(mark, at))
      page.replace(at, mark.size(), text);
  }
  return lines_of(page);
}

// Whether REST, behind a command's name, names no command below it: "karpspec report" and
// "karpspec report merge" begin alike.
bool ends_there(const std::string& rest) {
  return rest.size() < 2 || rest[0] == '"' ||
         (rest[0] == ' ' && (rest[1] == '[' || (rest[1] >= 'A' && rest[1] <= 'Z')));
}

// The options that stand in a part of a manual page, by the line that begins it.
std::set<std::string> options_in(const std::vector<std::string>& page, const std::string& head) {
  std::set<std::string> options;
  bool inside = false, term = false;
  for (const std::string& line : page) {
    if (line.starts_with(".SS") || line.starts_with(".SH"))
      inside = line.starts_with(head) && ends_there(line.substr(head.size()));
    if (inside && term) {
      static const std::regex name(R"((^|, )(--?[a-z][a-z-]*))");
      for (std::sregex_iterator it(line.begin(), line.end(), name), end; it != end; ++it)
        options.insert((*it)[2]);
    }
    term = line == ".TP";
  }
  return options;
}

TEST_P(Pages, TheManualPageHasEveryOption) {
  const auto page = plain_lines(output_of({GetParam(), "--manual"}));
  const auto all = helps();
  for (const auto& [path, help] : all) {
    const std::string head =
        ".SS \"" + (path.size() == 1 ? "Options of the program" : joined(path));
    EXPECT_THAT(options_in(page, head), UnorderedElementsAreArray(help.options)) << joined(path);
    if (path.size() == 2) {
      EXPECT_THAT(page, Contains(testing::StartsWith(joined(path) + " "))) << "in the synopsis";
    }
  }
  EXPECT_GE(all.size(), GetParam() == "karpspec" ? 14U : 1U);
  EXPECT_THAT(page, Not(Contains(HasSubstr("@")))) << "a mark was left";
  EXPECT_THAT(page.front(), HasSubstr(".TH"));
}

TEST_P(Pages, TheManualPageIsSetWithoutAWarning) {
  program_.write("page.1", output_of({GetParam(), "--manual"}));
  if (program_.run_other({"man", "--version"}).code != 0)
    GTEST_SKIP() << "man is not installed";
  const auto ended =
      program_.run_other({"bash", "-c", "man --warnings=w --local-file ./page.1 2>&1 >text"},
                         {{"MANWIDTH", "80"}, {"LC_ALL", "C.UTF-8"}, {"MANROFFOPT", ""}});
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.output, "");
  EXPECT_THAT(text_of(program_.file("text")), HasSubstr("EXIT STATUS"));
}

TEST_P(Pages, BashOffersEveryOptionAndCommand) {
  program_.write("completion", output_of({GetParam(), "--completion", "bash"}));
  for (const auto& [path, help] : helps()) {
    std::vector<std::string> words = path;
    words.emplace_back("-");
    EXPECT_THAT(offered(words), UnorderedElementsAreArray(help.options)) << joined(path);
    words.back() = "";
    if (!help.commands.empty()) {
      EXPECT_THAT(offered(words), UnorderedElementsAreArray(help.commands)) << joined(path);
    }
  }
}

TEST_P(Pages, FishOffersEveryOptionAndCommand) {
  if (program_.run_other({"fish", "--version"}).code != 0)
    GTEST_SKIP() << "fish is not installed";
  program_.write("completion", output_of({GetParam(), "--completion", "fish"}));
  const auto fish_offers = [this](const std::string& line) {
    const auto ended = program_.run_other(
        {"fish", "--no-config", "-c", "source completion; complete -C '" + line + "'"},
        {{"HOME", program_.folder().string()}});
    EXPECT_EQ(ended.code, 0) << ended.output;
    std::set<std::string> words;
    for (const std::string& each : lines_of(ended.output))
      words.insert(each.substr(0, each.find('\t')));
    return words;
  };
  for (const auto& [path, help] : helps()) {
    std::set<std::string> options = fish_offers(joined(path) + " --");
    std::set<std::string> wanted;
    for (const std::string& option : help.options)
      if (option.starts_with("--"))
        wanted.insert(option);
    EXPECT_THAT(options, UnorderedElementsAreArray(wanted)) << joined(path);
    if (!help.commands.empty()) {
      EXPECT_THAT(fish_offers(joined(path) + " "), IsSupersetOf(help.commands)) << joined(path);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Of, Pages, testing::Values("karpspec", "karpspec-dut"),
                         [](const auto& instance) {
                           return instance.param == "karpspec" ? "karpspec" : "karpspec_dut";
                         });

class BashCompletion : public Pages {
 protected:
  void SetUp() override {
    program_.write("completion", output_of({GetParam(), "--completion", "bash"}));
  }
};

TEST_P(BashCompletion, OffersWhatAnOptionMayBe) {
  EXPECT_THAT(offered({"karpspec", "list", ""}),
              IsSupersetOf({"tests", "requirements", "faults", "suites", "payloads"}));
  EXPECT_THAT(offered({"karpspec", "list", "re"}), ElementsAre("requirements"));
  EXPECT_THAT(offered({"karpspec", "report", "out", "--format", ""}),
              IsSupersetOf({"html", "junit", "json"}));
  EXPECT_THAT(offered({"karpspec", "report", "out", "--format", "html,j"}),
              IsSupersetOf({"html,junit", "html,json"}));
  EXPECT_THAT(offered({"karpspec", "--completion", "f"}), ElementsAre("fish"));
  // bash hands over --option=value as three words.
  EXPECT_THAT(offered({"karpspec", "--completion", "=", "b"}), ElementsAre("bash"));
  EXPECT_THAT(offered({"karpspec", "--completion", "="}), UnorderedElementsAre("bash", "fish"));
  EXPECT_THAT(offered({"karpspec", "run", "--fault", "kdf-ch"}), ElementsAre("kdf-changed"));
  EXPECT_THAT(offered({"karpspec", "run", "--seed", ""}), IsEmpty());
}

TEST_P(BashCompletion, KnowsACommandFromAValue) {
  std::filesystem::create_directory(program_.file("prove"));
  program_.write("prove.yaml", "");
  EXPECT_THAT(offered({"karpspec", "--suites", "run", "ru"}), ElementsAre("run"));
  EXPECT_THAT(offered({"karpspec", "run", "--out", "pr"}), ElementsAre("prove"));
  EXPECT_THAT(offered({"karpspec", "run", "--dut", "pr"}),
              UnorderedElementsAre("prove", "prove.yaml"));
  EXPECT_THAT(offered({"karpspec", "run", "--out", "=", "pr"}), ElementsAre("prove"));
  EXPECT_THAT(offered({"karpspec", "run", "--out", "prove", "--resu"}), ElementsAre("--resume"));
  EXPECT_THAT(offered({"karpspec", "run", "--out", "=", "prove", "--resu"}),
              ElementsAre("--resume"));
  EXPECT_THAT(offered({"karpspec", "keytable", "convert", "--to", "k"}), ElementsAre("key-chains"));
}

TEST_P(BashCompletion, OffersTestsAsFarAsTheNextSlash) {
  EXPECT_THAT(offered({"karpspec", "run", "rk"}), ElementsAre("rkmp/"));
  EXPECT_THAT(offered({"karpspec", "run", "--seed", "7", "rkmp/4.1/"}),
              UnorderedElementsAre("rkmp/4.1/initiator/", "rkmp/4.1/responder/"));
  EXPECT_THAT(offered({"karpspec", "explain", "rkmp/4.1/responder/opt"}),
              Contains("rkmp/4.1/responder/options-flag-set"));
}

INSTANTIATE_TEST_SUITE_P(Of, BashCompletion, testing::Values("karpspec"),
                         [](const auto& instance) { return instance.param; });

TEST(Version, NamesToolProfileAndSuites) {
  const Program program;
  const auto ended = program.run({"--version"});
  EXPECT_EQ(ended.code, 0) << ended.output;
  const auto lines = lines_of(ended.output);
  ASSERT_EQ(lines.size(), 3U) << ended.output;
  EXPECT_TRUE(std::regex_match(lines[0], std::regex(R"(karpspec \d+\.\d+\.\d+)"))) << lines[0];
  std::smatch version;
  const std::string profile = text_of(KARPSPEC_SOURCE_DIR "/suites/profile.yaml");
  ASSERT_TRUE(std::regex_search(profile, version, std::regex(R"(\nversion: *(\S+))")));
  EXPECT_EQ(lines[1], "profile " + version[1].str());
  const auto tests = program.run({"list", "tests"});
  const std::string count = std::to_string(tests.lines()) + " tests";
  EXPECT_THAT(lines[2], HasSubstr("suites: " + count + ", SHA-256 "));
  // The digest is the one that results have.
  const std::string out = program.file("out");
  ASSERT_EQ(program.run({"run", "rkmp/4.1/responder/options-flag-set", "--out", out}).code, 0);
  EXPECT_THAT(lines[2], HasSubstr(json_of(out + "/results.json")["run"]["suites_digest"]));
}

TEST(Version, IsOfTheSuitesThatAreGiven) {
  const Program program;
  std::filesystem::create_directories(program.file("own"));
  std::filesystem::copy(KARPSPEC_SOURCE_DIR "/suites", program.file("own/suites"),
                        std::filesystem::copy_options::recursive);
  const auto before = program.run({"--version", "--suites", program.file("own/suites")});
  EXPECT_THAT(before.output, HasSubstr("in " + program.file("own/suites").string()));
  EXPECT_EQ(program.run({"--version"}, {{"KARPSPEC_DATA", program.file("own")}}).output,
            before.output);
  program.write("own/suites/rkmp/4.1/responder/one-more.yaml", "title: one more\n");
  const auto after = program.run({"--suites", program.file("own/suites"), "--version"});
  EXPECT_NE(after.output, before.output);
  const auto none = program.run({"--version"}, {{"KARPSPEC_DATA", program.file("nothing")}});
  EXPECT_EQ(none.code, 0);
  EXPECT_THAT(none.output, HasSubstr("suites: KARPSPEC_DATA=" + program.file("nothing").string()));
}

}  // namespace
}  // namespace karpspec::cli
