// karpspec as it is installed, and its Debian package.
#include <gmock/gmock.h>
#include <stdlib.h>
#include <unistd.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <regex>

#include "lab/child_process.h"

namespace karpspec::debian {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct Ended {
  int code = -1;
  std::string output;
};
using Variables = std::map<std::string, std::string>;

// From "/", so that nothing is found because of where it was called.
Ended run(const std::vector<std::string>& command, Variables variables = {},
          std::chrono::seconds timeout = std::chrono::seconds{250}) {
  lab::ChildOptions options;
  options.command = command;
  options.working_directory = "/";
  const char* path = ::getenv("PATH");
  variables.emplace("PATH", path == nullptr ? "/usr/sbin:/usr/bin:/sbin:/bin" : path);
  options.environment = std::move(variables);
  const auto done = lab::run_command(std::move(options), timeout);
  if (!done)
    return {-1, to_string(done.error())};
  return {done->status.signalled ? -1 : done->status.code, done->output};
}

class Installed : public testing::Test {
 protected:
  Installed() {
    std::string name = (fs::temp_directory_path() / "karpspec-installed-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      std::abort();
    folder_ = name;
  }
  ~Installed() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  void SetUp() override {
    const Ended ended =
        run({"cmake", "--install", KARPSPEC_BINARY_DIR, "--prefix", (folder_ / "first").string()});
    ASSERT_EQ(ended.code, 0) << ended.output;
    // It was never meant to be here.
    fs::rename(folder_ / "first", folder_ / "moved");
  }
  [[nodiscard]] std::string program(const std::string& name) const {
    return (folder_ / "moved/bin" / name).string();
  }

  fs::path folder_;
};

TEST_F(Installed, WorksFromAnyFolderAndPrefix) {
  const std::string suites = (folder_ / "moved/share/karpspec/suites").string();
  for (const char* name : {"karpspec", "karpspec-dut"}) {
    const Ended version = run({program(name), "--version"});
    EXPECT_EQ(version.code, 0);
    EXPECT_THAT(version.output, AllOf(StartsWith(std::string(name) + " "), HasSubstr(suites)));
  }
  const Ended ended = run({program("karpspec"), "run", "rkmp/4.1", "--dut", "embedded", "--out",
                           (folder_ / "out").string()});
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(fs::exists(folder_ / "out/report.html"));
  // Called by a link, as alternatives are.
  fs::create_symlink(program("karpspec"), folder_ / "link");
  EXPECT_EQ(run({folder_ / "link", "list", "suites", "rkmp/4.1"}).code, 0);
  // The device that an example starts stands beside the program.
  const Ended process =
      run({program("karpspec"), "run", "rkmp/4.1/responder/options-flag-set", "--dut",
           (folder_ / "moved/share/karpspec/containers/duts/planted.yaml").string()});
  EXPECT_NE(process.code, 0) << "planted faults are not installed";
}

TEST_F(Installed, TakesItsDataFromWhereItIsTold) {
  fs::copy(folder_ / "moved/share/karpspec", folder_ / "own", fs::copy_options::recursive);
  const fs::path test = folder_ / "own/suites/rkmp/4.1/responder";
  fs::copy(test / "options-flag-set.yaml", test / "one-more.yaml");
  const Variables told = {{"KARPSPEC_DATA", (folder_ / "own").string()}};
  EXPECT_EQ(run({program("karpspec"), "run", "rkmp/4.1/responder/one-more"}, told).code, 0);
  EXPECT_EQ(run({program("karpspec"), "run", "rkmp/4.1/responder/one-more"}).code, 2);
  const Ended wrong = run({program("karpspec"), "list", "suites"}, {{"KARPSPEC_DATA", "/nowhere"}});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.output, HasSubstr("KARPSPEC_DATA=/nowhere: no such data"));
}

TEST_F(Installed, SaysWhereItLookedWithoutItsData) {
  fs::create_directories(folder_ / "alone");
  fs::copy(program("karpspec"), folder_ / "alone/karpspec");
  const Ended ended = run({folder_ / "alone/karpspec", "list", "suites"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.output, AllOf(HasSubstr((folder_ / "share/karpspec").string()),
                                  HasSubstr("KARPSPEC_DATA"), HasSubstr("--suites")));
}

TEST_F(Installed, KnowsNothingOfWhereItWasBuilt) {
  for (const char* name : {"bin/karpspec", "bin/karpspec-dut"}) {
    std::ifstream in(folder_ / "moved" / name, std::ios::binary);
    const std::string octets{std::istreambuf_iterator<char>(in), {}};
    ASSERT_GT(octets.size(), 100000U);
    const std::string path = KARPSPEC_SOURCE_DIR "/";
    for (auto at = octets.find(path); at != std::string::npos; at = octets.find(path, at + 1)) {
      // Of a working copy at /karpspec the end of share/karpspec/ says nothing.
      const bool begins = at == 0 || std::isalnum(static_cast<unsigned char>(octets[at - 1])) == 0;
      EXPECT_FALSE(begins) << octets.substr(at, 120);
    }
  }
}

std::string package() {
  std::string found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(KARPSPEC_BINARY_DIR "/package", error))
    if (entry.path().extension() == ".deb")
      found = entry.path();
  return found;
}

TEST(Package, HasWhatItsUsersNeed) {
  ASSERT_NE(package(), "");
  if (run({"dpkg-deb", "--version"}).code != 0)
    GTEST_SKIP() << "this is no Debian";
  const Ended listed = run({"dpkg-deb", "--contents", package()});
  ASSERT_EQ(listed.code, 0) << listed.output;
  for (const char* path :
       {"/usr/bin/karpspec", "/usr/bin/karpspec-dut", "/usr/lib/karpspec/karpspec_esp_stand_in.so",
        "/usr/share/man/man1/karpspec.1.gz", "/usr/share/man/man1/karpspec-dut.1.gz",
        "/usr/share/bash-completion/completions/karpspec",
        "/usr/share/fish/vendor_completions.d/karpspec.fish", "/usr/share/doc/karpspec/copyright",
        "/usr/share/doc/karpspec/changelog.gz", "/usr/share/karpspec/suites/profile.yaml",
        "/usr/share/karpspec/suites/schema/dut.schema.json",
        "/usr/share/karpspec/suites/scenario-guide.md",
        "/usr/share/karpspec/reports/schema/results.schema.json",
        "/usr/share/karpspec/containers/duts/reference-process.yaml",
        "/usr/share/karpspec/containers/ci/github.yml",
        "/usr/share/karpspec/containers/cluster/slurm-submit"})
    EXPECT_THAT(listed.output, HasSubstr(std::string(" .") + path + "\n"));
  EXPECT_TRUE(std::regex_search(
      listed.output, std::regex(R"( \./usr/lib/[^/]+/wireshark/plugins/karpspec\.lua)")));
  // Nothing of the tests, and nothing that only its builder can read.
  EXPECT_THAT(listed.output, Not(HasSubstr("planted\n")));
  EXPECT_THAT(listed.output, Not(HasSubstr("_test")));
  EXPECT_FALSE(std::regex_search(listed.output, std::regex(R"((^|\n)-...... ?---)")));
  const Ended depends = run({"dpkg-deb", "--field", package(), "Depends"});
  for (const char* library : {"libc6", "libssl3", "libyaml-cpp", "libpcap", "libtins"})
    EXPECT_THAT(depends.output, HasSubstr(library));
}

// lintian, and a fresh root in which it is installed, tried and removed.
TEST(Package, InstallsWorksAndIsRemoved) {
  const Ended ended =
      run({KARPSPEC_SOURCE_DIR "/harness/debian/check", package()}, {}, std::chrono::seconds{280});
  if (ended.code == 77)
    GTEST_SKIP() << ended.output;
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_THAT(ended.output, AllOf(HasSubstr("lintian: no error"), HasSubstr("works"),
                                  HasSubstr("removed without a trace")));
}

}  // namespace
}  // namespace karpspec::debian
