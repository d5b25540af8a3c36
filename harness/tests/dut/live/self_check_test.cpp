// What is found out about a device and its adapter before a suite runs.
#include "dut/adapters/self_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dut/adapters/embedded.h"
#include "dut/adapters/live.h"
#include "support.h"

namespace karpspec::dut {
namespace {

using testing::HasSubstr;

// An adapter that lies in one respect, in front of the embedded device.
class Liar final : public Device {
 public:
  using Lie = std::function<std::optional<Result<Json>>(std::string_view, const Json&, Device&)>;
  Liar(std::unique_ptr<Device> device, Lie lie)
      : device_(std::move(device)), lie_(std::move(lie)) {}
  Result<Json> call(std::string_view method, const Json& params) override {
    if (auto told = lie_(method, params, *device_))
      return *std::move(told);
    return device_->call(method, params);
  }
  [[nodiscard]] Endpoint endpoint() const override { return device_->endpoint(); }
  [[nodiscard]] bool alive() const override { return device_->alive(); }

 private:
  std::unique_ptr<Device> device_;
  Lie lie_;
};

class SelfCheck : public testing::Test {
 protected:
  Result<void> check(const Liar::Lie& lie) { return check(file_, worlds(lie)); }
  static Result<void> check(const DutFile& file, const script::MakeWorld& worlds) {
    script::PlayOptions play;
    play.seed = 1;
    play.child = file.child;
    const auto done =
        check_adapter(file, worlds, suites, script::claims_of(file.pics, file.child), play);
    return done ? Result<void>() : tl::unexpected(done.error());
  }
  static script::MakeWorld worlds(Liar::Lie lie) {
    return [lie = std::move(lie), make = embedded_worlds()](
               const script::WorldRequest& request) -> Result<script::World> {
      KARPSPEC_TRY(world, make(request));
      world.device = std::make_unique<Liar>(std::move(world.device), lie);
      return world;
    };
  }
  static DutFile parsed(const std::string& text) {
    auto file = parse_dut_file(text, "x.yaml");
    return file ? *std::move(file) : throw std::runtime_error(file.error().message);
  }
  DutFile file_ = parsed("name: x\nstart: {kind: embedded}\n");
};

std::string message(const Result<void>& result) {
  return result ? "" : result.error().message;
}

TEST_F(SelfCheck, TakesTheReferenceDevice) {
  EXPECT_EQ(message(check(file_, embedded_worlds())), "");
  file_.pics["roles"] = {"initiator"};
  EXPECT_EQ(message(check(file_, embedded_worlds())), "");
}

TEST_F(SelfCheck, RefusesAnAdapterThatTakesEverything) {
  const auto done = check([](std::string_view, const Json&, Device&) { return Json::object(); });
  EXPECT_THAT(message(done), HasSubstr("says that it did 'karpspec-no-such-method'"));
  EXPECT_EQ(done.error().code, ErrorCode::io);
}

TEST_F(SelfCheck, RefusesAnAdapterThatCannotSayUnknown) {
  const auto done =
      check([](std::string_view method, const Json&, Device&) -> std::optional<Result<Json>> {
        if (method != "karpspec-no-such-method")
          return std::nullopt;
        return Result<Json>(fail(ErrorCode::bad_value, "what?"));
      });
  EXPECT_THAT(message(done), HasSubstr("-32601 says that a method is unknown"));
}

TEST_F(SelfCheck, RefusesAnotherDevicesDescription) {
  const auto describes = [](const Json& description) {
    return [description](std::string_view method, const Json&,
                         Device&) -> std::optional<Result<Json>> {
      if (method != "describe")
        return std::nullopt;
      return Result<Json>(description);
    };
  };
  EXPECT_THAT(
      message(check(describes({{"name", "x"}, {"child", "esp"}, {"pics", Json::object()}}))),
      HasSubstr("describes its children as 'esp'"));
  EXPECT_THAT(message(check(describes(Json::object()))), HasSubstr("lacks 'name'"));
  // A version that is no text is odd, and no reason not to judge.
  EXPECT_EQ(message(check(describes(
                {{"name", "x"}, {"version", 3}, {"child", "rkmp"}, {"pics", Json::object()}}))),
            "");
}

TEST_F(SelfCheck, RefusesAnAdapterThatKeepsTheKeyToItself) {
  const auto lie = [](std::string_view method, const Json& params,
                      Device& device) -> std::optional<Result<Json>> {
    if (method != "configure")
      return std::nullopt;
    Json other = params;
    other["peers"][0]["psk"] = "a preshared key of one pair of routers";
    return device.call("configure", other);
  };
  EXPECT_THAT(message(check(lie)), HasSubstr("does not hand on the preshared key"));
  file_.pics["roles"] = {"initiator"};
  EXPECT_THAT(message(check(lie)), HasSubstr("does not hand on the preshared key"));
}

// A device that does not check AUTH does not conform; that is the suite's to say.
TEST_F(SelfCheck, LeavesTheDevicesFaultsToTheSuite) {
  for (const char* fault : {"ike-auth-of-initiator-unchecked", "ike-auth-answer-without-auth",
                            "ike-any-name-answers"}) {
    const Lane lane;
    const DutFile file = lane.reference(", --suites, \"" + suites + "\", --fault, " + fault);
    const auto live = live_worlds(file);
    ASSERT_TRUE(live);
    EXPECT_EQ(message(check(file, *live)), "") << fault;
  }
}

struct Case {
  std::string command;  // in YAML
  std::string control;
  std::string says;
};

// Through the command line: one line, and exit code 3.
TEST_F(SelfCheck, EndsARunWithOneLineAndThree) {
  const std::string json = "{kind: json-rpc, over: stdio, timeout_ms: 300}";
  const Lane lane;
  const Case cases[] = {
      {"sh, -c, 'echo no licence >&2; exit 7'", json,
       "the device is dead: its process ended with exit status 7; it said last: no licence"},
      {"sleep, 100", json,
       "the device is silent: no answer to 'karpspec-no-such-method' within 300 ms, though its "
       "process lives"},
      {"cat", json, "the adapter's answer to 'karpspec-no-such-method' is none"},
      {"yes", json, "the adapter's answer to 'karpspec-no-such-method' is none (not JSON): y"},
      {"karpspec-no-such-program", json, "the device cannot be started: karpspec-no-such-program"},
      {"sleep, 100", "{kind: json-rpc, over: \"tcp:" + lane.device + ":7500\", timeout_ms: 300}",
       "the device is silent: cannot connect to " + lane.device + " port 7500: Connection refused"},
      {"sleep, 100", "{kind: none}", "the device is dead: nothing listens at " + lane.device},
      {"karpspec-dut, --listen, \"" + lane.device + ":5501\"", json,
       "the device is dead on the wire: nothing listens at " + lane.device + " port 5500"},
      // It answers some requests and not others.
      {"sh, -c, \"sed -u /configure/d | " + programs + "/karpspec-dut --listen " + lane.device +
           ":5500\"",
       json, "no answer to 'configure' within 300 ms"},
  };
  const Folder folder;
  for (const Case& one : cases) {
    const std::string file = folder.write("dut.yaml", lane.file(one.command, one.control));
    lab::ChildOptions options;
    options.command = {programs + "/karpspec", "--suites", suites, "run",
                       "rfc5996/1.2",          "--dut",    file};
    const auto run = lab::run_command(options, std::chrono::seconds{60});
    ASSERT_TRUE(run) << run.error().message;
    EXPECT_EQ(run->status, (lab::ExitStatus{false, 3})) << one.command << "\n" << run->output;
    EXPECT_THAT(run->output, HasSubstr(one.says)) << one.command;
    EXPECT_THAT(run->output, testing::StartsWith("karpspec: "));
    EXPECT_EQ(std::count(run->output.begin(), run->output.end(), '\n'), 1) << run->output;
  }
}

// A network without an answer: somebody listens who knows nothing of IKE.
TEST_F(SelfCheck, TellsSilenceOnTheWireFromNobodyThere) {
  const Lane lane;
  // The reference device at another address answers control, and a mute one is at the DUT's.
  const std::string mute = programs + "/karpspec-dut --listen " + lane.device + ":5500 ";
  const std::string command = "sh, -c, \"sleep 100 | " + mute + "& exec " + programs +
                              "/karpspec-dut --listen " + lane.second + ":5500\"";
  std::string text = lane.file(command, "{kind: json-rpc, over: stdio}");
  text.replace(text.find(", second_address: "), (", second_address: " + lane.second).size(), "");
  const DutFile file = parsed(text);
  const auto live = live_worlds(file);
  ASSERT_TRUE(live);
  const auto done = check(file, *live);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::timeout);
  EXPECT_THAT(message(done), HasSubstr("the device is silent on the wire: no answer to IKE_SA_INIT "
                                       "at " +
                                       lane.device + " port 5500, tried 3 times"));
}

}  // namespace
}  // namespace karpspec::dut
