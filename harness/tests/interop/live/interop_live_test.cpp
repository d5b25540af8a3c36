// `karpspec interop` as its users run it: real devices on real bridges.
#include <gmock/gmock.h>
#include <signal.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "lab/child_process.h"
#include "lab/container_engine.h"
#include "lab/data_folder.h"
#include "lab/namespaces.h"
#include "support/schema.h"

namespace karpspec {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const fs::path source = KARPSPEC_SOURCE_DIR;

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Why there can be no container of IMAGE, or "".
std::string why_no_image(const std::string& image) {
  const lab::ContainerEngine podman({});
  if (const std::string why = podman.why_not(); !why.empty())
    return why;
  const auto there = podman.id_of(image);
  // Libreswan is told by programs inside.
  if (there && image.ends_with("libreswan"))
    return lab::ContainerEngine::why_no_exec();
  return there ? "" : there.error().message;
}

class Interop : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = lab::why_no_namespaces(); !why.empty())
      GTEST_SKIP() << why;
    std::string name = (fs::temp_directory_path() / "karpspec-interop-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override {
    std::error_code ignored;
    if (!folder_.empty())
      fs::remove_all(folder_, ignored);
  }

  // In the folder, which has a link to the devices.
  std::string matrix(const std::string& text) {
    std::error_code ignored;
    fs::create_directory_symlink(source / "containers", folder_ / "containers", ignored);
    std::ofstream(folder_ / "matrix.yaml") << text;
    return "matrix.yaml";
  }

  lab::ChildOptions options(std::vector<std::string> arguments) const {
    lab::ChildOptions out;
    out.command = {KARPSPEC_BINARY_DIR "/karpspec", "interop"};
    out.command.insert(out.command.end(), arguments.begin(), arguments.end());
    out.working_directory = folder_.string();
    return out;
  }

  // What it ends with; its words go to said_.
  int run(std::vector<std::string> arguments) {
    const auto done = lab::run_command(options(std::move(arguments)), std::chrono::seconds{280});
    said_ = done ? done->output : done.error().message;
    return done && !done->status.signalled ? done->status.code : -1;
  }

  // The matrix FILE, which ends with 1: in one piece to "whole", in two parts, and these joined to
  // "joined".
  void play_whole_and_in_parts(const std::string& file) {
    EXPECT_EQ(run({file, "--out", "whole"}), 1) << said_;
    EXPECT_EQ(run({file, "--out", "one", "--shard", "1/2"}), 1) << said_;
    EXPECT_EQ(run({file, "--out", "two", "--shard", "2/2"}), 1) << said_;
    lab::ChildOptions merge = options({});
    merge.command = {
        KARPSPEC_BINARY_DIR "/karpspec", "report", "merge", "one", "two", "--out", "joined"};
    const auto done = lab::run_command(merge, std::chrono::seconds{30});
    ASSERT_TRUE(done);
    EXPECT_EQ(done->status, (lab::ExitStatus{false, 1})) << done->output;
  }

  Json results(const std::string& out) {
    const std::string text = text_of(folder_ / out / "interop.json");
    const tests::Schema schema(source / "reports/schema/interop.schema.json");
    Json run = tests::read_json(text);
    EXPECT_EQ(schema.complaint_about(run), "");
    return run;
  }

  static std::map<std::string, std::string> verdicts(const Json& run) {
    std::map<std::string, std::string> out;
    for (const Json& cell : run["cells"])
      out[cell["name"]] =
          cell["verdict"].get<std::string>() + ": " + cell["reason"].get<std::string>();
    return out;
  }

  // Of those that do not pass what was seen is told: it may be long until it is seen again.
  static void expect_passes(const Json& run) {
    for (const Json& one : run["cells"])
      EXPECT_EQ(one["verdict"], "pass") << one["name"] << ": " << one["reason"] << "\n"
                                        << one["evidence"].dump(1);
  }

  static const Json& cell(const Json& run, const std::string& name) {
    static const Json none;
    for (const Json& one : run["cells"])
      if (one["name"] == name)
        return one;
    ADD_FAILURE() << "no cell " << name;
    return none;
  }

  // Namespaces of harnesses that are still there, but for those of OTHERS.
  static std::vector<std::string> namespaces_of(pid_t owner) {
    std::vector<std::string> out;
    std::error_code error;
    const std::string prefix = "karpspec-" + std::to_string(owner) + "-";
    for (const auto& entry : fs::directory_iterator("/run/netns", error))
      if (const std::string name = entry.path().filename(); name.starts_with(prefix))
        out.push_back(name);
    return out;
  }

  fs::path folder_;
  std::string said_;
};

const std::string pair =
    "devices:\n"
    "  reference: {dut: containers/duts/reference-process.yaml, children: [rkmp, esp]}\n"
    "  faulty: {dut: containers/interop/reference-with-fault.yaml, children: [rkmp, esp]}\n";

TEST_F(Interop, TheReferenceDeviceWorksWithItselfInAllExchanges) {
  ASSERT_EQ(run({(source / "containers/interop/reference.yaml").string(), "--out", "out"}), 0)
      << said_;
  const Json found = results("out");
  EXPECT_GE(found["cells"].size(), 14U);
  expect_passes(found);
  for (const Json& one : found["cells"]) {
    EXPECT_EQ(one["evidence"]["sealed"], 0) << one["name"] << " was not opened";
    EXPECT_GT(one["evidence"]["messages"], 0) << one["name"];
    const fs::path keys = folder_ / "out" / one["evidence"]["keys"].get<std::string>();
    EXPECT_EQ(fs::status(keys).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  }
  EXPECT_THAT(text_of(folder_ / "out/interop.html"), HasSubstr("cells passed</h1>"));
}

TEST_F(Interop, TheObserverNamesTheSideWithTheFault) {
  EXPECT_EQ(run({matrix(pair + "exchanges: [ike-initial-psk, rkmp-rekey-key]\n"), "--out", "out"}),
            1)
      << said_;
  const Json found = results("out");
  EXPECT_THAT(found["cells"], SizeIs(4));
  for (const Json& one : found["cells"]) {
    EXPECT_EQ(one["verdict"], "fail") << one["name"];
    const std::string faulty = one["initiator"] == "faulty" ? "initiator" : "responder";
    EXPECT_EQ(one["whose"], faulty) << one["name"];
    ASSERT_THAT(one["breaches"], Not(IsEmpty()));
    for (const Json& breach : one["breaches"]) {
      EXPECT_EQ(breach["side"], faulty);
      EXPECT_EQ(breach["requirement"], "IKE-3.1-04");
    }
  }
}

// A wrong AUTH: the peer refuses, and the keys that are told say whose AUTH it is.
TEST_F(Interop, AWrongAuthIsItsSenders) {
  std::string file = text_of(source / "containers/interop/reference-with-fault.yaml");
  file.replace(file.find("ike-x-bits-sent]"), 15, "ike-auth-value-wrong");
  std::ofstream(folder_ / "wrong.yaml") << file;
  EXPECT_EQ(
      run({matrix("devices:\n"
                  "  reference: {dut: containers/duts/reference-process.yaml, children: [esp]}\n"
                  "  faulty: {dut: wrong.yaml, children: [esp]}\nexchanges: [ike-initial-psk]\n"),
           "--out", "out"}),
      1)
      << said_;
  for (const Json& one : Json(results("out")["cells"])) {
    EXPECT_EQ(one["verdict"], "fail") << one["name"] << one["reason"];
    EXPECT_EQ(one["whose"], one["initiator"] == "faulty" ? "initiator" : "responder")
        << one["name"] << one["reason"];
  }
}

// A matrix of the reference device and one with FAULT, which plays EXCHANGES.
std::string with_fault(const fs::path& folder, const std::string& fault,
                       const std::string& exchanges) {
  std::string file = text_of(source / "containers/interop/reference-with-fault.yaml");
  file.replace(file.find("ike-x-bits-sent]"), 15, fault);
  std::ofstream(folder / "faulty.yaml") << file;
  return "devices:\n"
         "  reference: {dut: containers/duts/reference-process.yaml, children: [rkmp, esp]}\n"
         "  faulty: {dut: faulty.yaml, children: [rkmp, esp]}\nexchanges: [" +
         exchanges + "]\n";
}

// It answers the command as if it had told its peer; keys may linger, so that holdings say nothing.
TEST_F(Interop, AKeyThatIsDeletedInSilenceIsFound) {
  EXPECT_EQ(run({matrix(with_fault(folder_, "purge-not-announced", "rkmp-delete-key")), "--out",
                 "out", "--only", "rkmp-delete-key/faulty"}),
            1)
      << said_;
  const Json found = cell(results("out"), "rkmp-delete-key/faulty/reference");
  EXPECT_EQ(found["verdict"], "fail") << found["reason"];
  EXPECT_EQ(found["whose"], "initiator") << found["reason"];
}

TEST_F(Interop, ADeleteThatIsNotAnsweredIsFound) {
  EXPECT_EQ(run({matrix(with_fault(folder_, "informational-unanswered",
                                   "ike-delete-child, ike-delete-ike, rkmp-delete-key")),
                 "--out", "out"}),
            1)
      << said_;
  const Json results_of_all = results("out");
  for (const char* exchange : {"ike-delete-child", "ike-delete-ike", "rkmp-delete-key"}) {
    const Json found = cell(results_of_all, std::string(exchange) + "/reference/faulty");
    EXPECT_EQ(found["verdict"], "fail") << exchange;
    EXPECT_EQ(found["whose"], "responder") << exchange << found["reason"];
  }
}

TEST_F(Interop, NothingInCommonIsInconclusive) {
  EXPECT_EQ(run({matrix("devices:\n"
                        "  one: {dut: containers/duts/reference-process.yaml, children: [esp],\n"
                        "    setup: {ike_proposals: "
                        "[AES_CBC-256/HMAC_SHA2_512_256/HMAC_SHA2_512/MODP_2048]}}\n"
                        "  two: {dut: containers/duts/reference-process.yaml, children: [esp]}\n"
                        "exchanges: [ike-initial-psk]\n"),
                 "--out", "out"}),
            0)
      << said_;
  for (const auto& [name, verdict] : verdicts(results("out")))
    EXPECT_THAT(verdict, HasSubstr("inconclusive: ")) << name;
}

TEST_F(Interop, ADeviceThatCannotBeStartedIsAnErrorOfItsOwn) {
  std::string file = text_of(source / "containers/duts/reference-process.yaml");
  file.replace(file.find("karpspec-dut,"), 13, "no-such-program,");
  std::ofstream(folder_ / "gone.yaml") << file;
  EXPECT_EQ(run({matrix("devices:\n"
                        "  there: {dut: containers/duts/reference-process.yaml, children: [esp]}\n"
                        "  gone: {dut: gone.yaml, children: [esp]}\n"
                        "exchanges: [ike-initial-psk]\n"),
                 "--out", "out"}),
            3)
      << said_;
  for (const Json& one : Json(results("out")["cells"])) {
    EXPECT_EQ(one["verdict"], "error");
    EXPECT_EQ(one["whose"], one["initiator"] == "gone" ? "initiator" : "responder");
  }
}

// Its errors repeat what it was told, and so do its last words.
TEST_F(Interop, WhatADeviceSaysOfSecretsIsHidden) {
  std::ofstream(folder_ / "chatty.py")
      << "import json, sys\n"
         "for line in sys.stdin:\n"
         "  asked = json.loads(line)\n"
         "  answer = {'jsonrpc': '2.0', 'id': asked['id']}\n"
         "  if asked['method'] == 'configure':\n"
         "    psk = asked['params']['peers'][0]['psk']\n"
         "    answer['error'] = {'code': -32000, 'message': 'no peer with ' + psk}\n"
         "  else:\n"
         "    answer['result'] = {'name': 'chatty', 'child': 'esp', 'pics': {}}\n"
         "  print(json.dumps(answer), flush=True)\n";
  std::string file = text_of(source / "containers/duts/reference-process.yaml");
  const auto from = file.find("command: ["), to = file.find(']', from);
  file.replace(from, to + 1 - from, "command: [python3, " + (folder_ / "chatty.py").string() + "]");
  std::ofstream(folder_ / "chatty.yaml") << file;
  EXPECT_EQ(
      run({matrix("devices:\n"
                  "  there: {dut: containers/duts/reference-process.yaml, children: [esp]}\n"
                  "  chatty: {dut: chatty.yaml, children: [esp], setup: {peers: [{name: peer, "
                  "psk: what nobody knows}]}}\n"
                  "exchanges: [ike-initial-psk]\n"),
           "--out", "out"}),
      3)
      << said_;
  EXPECT_THAT(said_, Not(HasSubstr("what nobody knows")));
  for (const Json& one : Json(results("out")["cells"])) {
    EXPECT_THAT(one["reason"].get<std::string>(), HasSubstr("no peer with [secret 1]"));
  }
  for (const char* name : {"interop.json", "interop.html", "verdicts.json", "journal.jsonl"})
    EXPECT_THAT(text_of(folder_ / "out" / name), Not(HasSubstr("what nobody knows"))) << name;
}

// Whatever else became of it, the parts together end as the whole does.
TEST_F(Interop, WhatIsOtherThanExpectedIsTheSameInParts) {
  std::ofstream(folder_ / "expected.yaml")
      << "expected:\n"
         "  - {test: ike-initial-psk/one/two, verdict: fail, reason: known, until: 2099-01-01}\n"
         "  - {test: ike-initial-psk/two/one, verdict: fail, reason: known, until: 2020-01-01}\n"
         "  - {test: ike-initial-psk/two/three, verdict: fail, reason: known, until: 2099-01-01}\n";
  const std::string file = matrix(
      "devices:\n"
      "  one: {dut: containers/duts/reference-process.yaml, children: [esp]}\n"
      "  two: {dut: containers/duts/reference-process.yaml, children: [esp]}\n"
      "exchanges: [ike-initial-psk]\nexpected: expected.yaml\n");
  ASSERT_NO_FATAL_FAILURE(play_whole_and_in_parts(file));
  const Json whole = results("whole");
  EXPECT_THAT(whole["findings"], SizeIs(3)) << whole["findings"];
  EXPECT_EQ(results("joined")["findings"], whole["findings"]);
}

TEST_F(Interop, PartsJoinedEqualTheUnsplitRun) {
  const std::string file = matrix(pair + "exchanges: [ike-initial-psk, rkmp-initial-psk]\n");
  ASSERT_NO_FATAL_FAILURE(play_whole_and_in_parts(file));
  const std::string whole = text_of(folder_ / "whole/verdicts.json");
  EXPECT_THAT(whole, HasSubstr("IKE-3.1-04"));
  EXPECT_EQ(text_of(folder_ / "joined/verdicts.json"), whole);
  for (const Json& one : Json(results("joined")["cells"]))
    EXPECT_TRUE(fs::exists(folder_ / "joined" / one["evidence"]["capture"].get<std::string>()));
}

TEST_F(Interop, GoesOnAfterItWasKilledAndLeavesNothing) {
  const std::string file = matrix(pair);
  auto killed = lab::ChildProcess::start(options({file, "--out", "out"}));
  ASSERT_TRUE(killed);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  const auto lines = [&] {
    const std::string text = text_of(folder_ / "out/journal.jsonl");
    return std::count(text.begin(), text.end(), '\n');
  };
  while (lines() < 3 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  ASSERT_GE(lines(), 3);
  const pid_t owner = killed->pid();
  killed->signal(SIGKILL);
  killed->stop();
  const auto done = lines() - 1;
  EXPECT_EQ(run({file, "--out", "out"}), 2) << "neither --resume nor --force";
  EXPECT_EQ(run({file, "--out", "out", "--resume", "--seed", "9"}), 2) << "another run";
  EXPECT_THAT(said_, HasSubstr("belongs to another run"));
  EXPECT_EQ(run({file, "--out", "out", "--resume"}), 1) << said_;
  EXPECT_EQ(results("out")["cells"].size(), results("out")["run"]["cells"]);
  EXPECT_GE(done, 2);
  EXPECT_THAT(namespaces_of(owner), IsEmpty());
}

TEST_F(Interop, WhatIsExpectedDoesNotFail) {
  std::ofstream(folder_ / "expected.yaml")
      << "expected:\n"
         "  - {test: ike-initial-psk/faulty/reference, verdict: fail, reason: its fault, until: "
         "2099-01-01}\n"
         "  - {test: ike-initial-psk/reference/faulty, verdict: fail, reason: its fault, until: "
         "2099-01-01}\n";
  const std::string file = matrix(pair + "exchanges: [ike-initial-psk]\nexpected: expected.yaml\n");
  EXPECT_EQ(run({file, "--out", "out"}), 0) << said_;
  EXPECT_EQ(cell(results("out"), "ike-initial-psk/faulty/reference")["expected"], "its fault");
  EXPECT_EQ(run({file, "--only", "ike-initial-psk/faulty", "--shard", "1/1"}), 0) << said_;
}

TEST_F(Interop, RefusesWhatItCannotPlay) {
  EXPECT_EQ(run({"nothing.yaml"}), 2);
  EXPECT_EQ(run({matrix(pair), "--only", "ike-nothing"}), 2);
  EXPECT_THAT(said_, HasSubstr("the matrix has no such cell"));
  EXPECT_EQ(run({matrix(pair), "--shard", "3/2"}), 2);
  EXPECT_EQ(run({matrix(pair), "--resume"}), 2);
  EXPECT_EQ(run({matrix("devices:\n  a: containers/duts/frr.yaml\n"
                        "  b: containers/duts/reference-process.yaml\n")}),
            2);
  EXPECT_THAT(said_, HasSubstr("matrix.yaml:2:6"));
  EXPECT_THAT(said_, HasSubstr("it speaks no IKE"));
}

// The image at either place, beside a process and beside itself.
TEST_F(Interop, AnImageStandsAtEitherPlace) {
  if (const std::string why = why_no_image("karpspec/dut"); !why.empty())
    GTEST_SKIP() << why;
  const std::string file = matrix(
      "with-itself: true\ndevices:\n"
      "  image: {dut: containers/interop/reference-in-container.yaml, children: [rkmp, esp]}\n"
      "  process: {dut: containers/duts/reference-process.yaml, children: [rkmp, esp]}\n"
      "exchanges: [ike-initial-psk, rkmp-delete-key]\n"
      "leave-out:\n  - {initiator: process, responder: process, reason: known}\n");
  auto played = lab::ChildProcess::start(options({file, "--out", "out"}));
  ASSERT_TRUE(played);
  const pid_t owner = played->pid();
  const auto ended = played->wait(std::chrono::seconds{280});
  ASSERT_TRUE(ended);
  EXPECT_EQ(*ended, (lab::ExitStatus{false, 0}));
  const Json found = results("out");
  EXPECT_EQ(found["summary"]["pass"], 6);
  for (const Json& one : found["cells"])
    if (one["verdict"] != "not-applicable") {
      EXPECT_EQ(one["verdict"], "pass") << one["name"] << ": " << one["reason"];
      EXPECT_EQ(one["evidence"]["sealed"], 0) << one["name"] << " was not opened";
    }
  EXPECT_THAT(namespaces_of(owner), IsEmpty());
  const auto left = lab::ContainerEngine({}).list(owner);
  ASSERT_TRUE(left) << left.error().message;
  EXPECT_THAT(*left, IsEmpty());
}

TEST_F(Interop, ContainersOfAHarnessThatWasKilledGo) {
  if (const std::string why = why_no_image("karpspec/dut"); !why.empty())
    GTEST_SKIP() << why;
  const std::string file = matrix(
      "with-itself: true\ndevices:\n"
      "  image: {dut: containers/interop/reference-in-container.yaml, children: [rkmp, esp]}\n");
  auto killed = lab::ChildProcess::start(options({file, "--out", "out"}));
  ASSERT_TRUE(killed);
  const pid_t owner = killed->pid();
  const auto containers = [owner] {
    return lab::ContainerEngine({}).list(owner).value_or(std::vector<std::string>{});
  };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  while (containers().empty() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  ASSERT_THAT(containers(), Not(IsEmpty()));
  killed->signal(SIGKILL);
  killed->stop();
  for (int i = 0; i < 300 && (!containers().empty() || !namespaces_of(owner).empty()); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  EXPECT_THAT(containers(), IsEmpty());
  EXPECT_THAT(namespaces_of(owner), IsEmpty());
}

TEST_F(Interop, ImagesOfThreeImplementationsAgainstEachOther) {
  for (const char* image : {"karpspec/dut", "karpspec/strongswan", "karpspec/libreswan"})
    if (const std::string why = why_no_image(image); !why.empty())
      GTEST_SKIP() << why;
  EXPECT_EQ(run({(source / "containers/interop/containers.yaml").string(), "--out", "out", "--only",
                 "ike-initial-psk,ike-delete-child"}),
            0)
      << said_;
  const Json found = results("out");
  EXPECT_THAT(found["cells"], SizeIs(12));
  expect_passes(found);
}

// Real daemons and the reference device, each against each.
TEST_F(Interop, TheThreeImplementationsAgainstEachOther) {
  for (const char* daemon : {"strongswan", "libreswan"})
    if (!fs::exists(lab::roots_folder() / daemon))
      GTEST_SKIP() << "no root; make it with containers/roots/build " << daemon;
  const int code = run({(source / "containers/interop/matrix.yaml").string(), "--out", "out",
                        "--only", "ike-initial-psk,ike-rekey-ike,ike-delete-ike"});
  EXPECT_EQ(code, 0) << said_;
  const Json found = results("out");
  EXPECT_THAT(found["cells"], SizeIs(18));
  for (const Json& one : found["cells"]) {
    EXPECT_TRUE(one["verdict"] == "pass" || one.contains("expected"))
        << one["name"] << ": " << one["reason"];
    EXPECT_EQ(one["evidence"]["sealed"], 0) << one["name"] << " was not opened";
  }
}

}  // namespace
}  // namespace karpspec
