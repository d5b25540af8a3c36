// The examples of containers/dut-guide.md: they conform in what they claim, and a mistake in one of
// them is told by the requirement that it breaks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <set>

#include "support.h"

namespace karpspec::dut {
namespace {

using testing::HasSubstr;

const std::string adapters = source + "/containers/adapters/";

struct Example {
  const char* program;  // in containers/adapters
  const char* dut;      // in containers/duts
  const char* needs;    // what it runs by
};
constexpr Example python = {"keytable.py", "python-example.yaml", "python3"};
constexpr Example javascript = {"responder.js", "javascript-example.yaml", "node"};

std::string why_not(const Example& example) {
  lab::ChildOptions asked;
  asked.command = {example.needs, "--version"};
  const auto done = lab::run_command(asked, std::chrono::seconds{20});
  return done && done->status.success() ? "" : std::string("there is no ") + example.needs;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

// What `karpspec run` comes to with an example, a copy of which is made, with MISTAKE in it, on
// loopback addresses of its own.
class Judged {
 public:
  struct Mistake {
    std::string right, wrong;
  };

  Judged(const Example& example, const std::vector<std::string>& tests,
         const Mistake& mistake = {}) {
    std::string program = read_text(adapters + example.program);
    if (!mistake.right.empty()) {
      const std::size_t at = program.find(mistake.right);
      EXPECT_NE(at, std::string::npos) << mistake.right;
      EXPECT_EQ(program.find(mistake.right, at + 1), std::string::npos) << mistake.right;
      program.replace(at, mistake.right.size(), mistake.wrong);
    }
    const std::string path = folder_.write(example.program, program);
    fs::permissions(path, fs::perms::owner_all);
    std::string dut = read_text(source + "/containers/duts/" + example.dut);
    replace_all(dut, std::string("../adapters/") + example.program, path);
    const Lane lane;
    replace_all(dut, "127.0.0.1", lane.device);
    replace_all(dut, "127.0.0.2", lane.tester);
    replace_all(dut, "127.0.0.3", lane.second);
    lab::ChildOptions run;
    run.command = {programs + "/karpspec",
                   "run",
                   "--dut",
                   folder_.write("dut.yaml", dut),
                   "--seed",
                   "1",
                   "--out",
                   folder_.path("out")};
    run.command.insert(run.command.begin() + 2, tests.begin(), tests.end());
    run.working_directory = source;
    const auto done = lab::run_command(run, std::chrono::seconds{280});
    if (!done)
      throw std::runtime_error(done.error().message);
    output = done->output;
    code = done->status.signalled ? -1 : done->status.code;
    if (fs::exists(folder_.path("out/results.json")))
      results = Json::parse(read_text(folder_.path("out/results.json")));
  }

  // Requirements that were found not to hold.
  [[nodiscard]] std::set<std::string> broken() const {
    std::set<std::string> out;
    for (const Json& test : results.value("tests", Json::array())) {
      if (test.at("verdict") == "fail") {
        for (const Json& id : test.at("failure").at("requirements"))
          out.insert(id.get<std::string>());
      }
    }
    return out;
  }

  int code = -1;
  std::string output;
  Json results = Json::object();

 private:
  Folder folder_;
};

TEST(PythonExample, HasUnder200Lines) {
  const std::string text = read_text(adapters + python.program);
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 200);
}

// The guide shows the adapter without its device: that is how the file ends, word for word.
TEST(PythonExample, IsWhatTheGuideShows) {
  const std::string guide = read_text(source + "/containers/dut-guide.md");
  const std::string fence = "```python\n";
  const std::size_t from = guide.find(fence);
  ASSERT_NE(from, std::string::npos);
  const std::size_t begin = from + fence.size();
  EXPECT_TRUE(read_text(adapters + python.program)
                  .ends_with("\n" + guide.substr(begin, guide.find("```", begin) - begin)));
}

TEST(PythonExample, PassesWhatItClaims) {
  if (const std::string why = why_not(python); !why.empty())
    GTEST_SKIP() << why;
  const Judged run(python, {"rfc7210", "ops"});
  EXPECT_EQ(run.code, 0) << run.output;
  const Json& summary = run.results.at("summary");
  EXPECT_GE(summary.at("pass"), 65) << run.output;
  EXPECT_EQ(summary.at("inconclusive"), 0) << run.output;
  // describe and the DUT file claim the same.
  EXPECT_THAT(run.output, testing::Not(HasSubstr("claims '")));
}

struct Planted {
  const char* name;
  const Example& example;
  Judged::Mistake mistake;
  const char* test;
  const char* requirement;
};
void PrintTo(const Planted& planted, std::ostream* out) {
  *out << planted.name;
}

class MistakeInAnExample : public testing::TestWithParam<Planted> {};

TEST_P(MistakeInAnExample, BreaksItsRequirement) {
  const Planted& planted = GetParam();
  if (const std::string why = why_not(planted.example); !why.empty())
    GTEST_SKIP() << why;
  const Judged right(planted.example, {planted.test});
  EXPECT_EQ(right.code, 0) << right.output;
  const Judged wrong(planted.example, {planted.test}, planted.mistake);
  EXPECT_EQ(wrong.code, 1) << wrong.output;
  EXPECT_TRUE(wrong.broken().contains(planted.requirement)) << wrong.output;
}

INSTANTIATE_TEST_SUITE_P(
    All, MistakeInAnExample,
    testing::Values(
        Planted{"OneTableForAllVrfs",
                python,
                {"self.tables = collections.defaultdict(dict)",
                 "one = {}; self.tables = collections.defaultdict(lambda: one)"},
                "ops/3.4/router/tables-apart",
                "OPS-3.4-01"},
        Planted{"LifetimeEndsASecondTooEarly",
                python,
                {"<= time <= row[use", "<= time < row[use"},
                "rfc7210/2/router/accept-end",
                "KT-2-19"},
        Planted{"DirectionIsNotLookedAt",
                python,
                {"                and row[\"Direction\"] in (\"both\", direction)\n", ""},
                "rfc7210/2/router/one-direction",
                "KT-2-13"},
        Planted{"RefusalLeavesARow",
                python,
                {"        row = checked(row)\n        for other",
                 "        self.tables[vrf][row[\"AdminKeyName\"]] = LEFT_OUT | row\n"
                 "        row = checked(row)\n        for other"},
                "ops/3.1/router/refused-whole",
                "OPS-3.1-01"},
        Planted{"RequestIsAnsweredAfterAuth",
                javascript,
                {"inits.set(sa.request.toString('hex'), null);", ""},
                "rfc5996/2.1/responder/init-repeated-after-auth",
                "IKE-2.1-07"},
        Planted{"ReservedOctetsComeBack",
                javascript,
                {"0, 0, one.length, one[4], 0]), one.subarray(6)]", "0]), one.subarray(1)]"},
                "rfc5996/2.15/responder/altered-init",
                "IKE-3.3.2-01"}),
    [](const testing::TestParamInfo<Planted>& instance) { return instance.param.name; });

TEST(JavaScriptExample, SetsUpIkeSas) {
  if (const std::string why = why_not(javascript); !why.empty())
    GTEST_SKIP() << why;
  const Judged run(javascript, {"rfc5996/1.2", "rfc5996/2.21", "rfc5996/3.13"});
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_GE(run.results.at("summary").at("pass"), 18) << run.output;
}

// An adapter that lets everybody in is not judged: nothing that a run says of it would be true.
TEST(JavaScriptExample, IsNotJudgedWhereItDoesNotLookAtAuth) {
  if (const std::string why = why_not(javascript); !why.empty())
    GTEST_SKIP() << why;
  const Judged run(javascript, {"rfc5996/1.2"},
                   {"octetsOf(peer.psk), Buffer",
                    "Buffer.from('a preshared key of one pair of routers'), Buffer"});
  EXPECT_EQ(run.code, 3) << run.output;
  EXPECT_THAT(run.output, HasSubstr("does not hand on the preshared key"));
}

}  // namespace
}  // namespace karpspec::dut
