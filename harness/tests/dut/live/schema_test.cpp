// The published schemas say what is really said, and what the readers take.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "dut/adapters/embedded.h"
#include "dut/adapters/reference_router.h"
#include "dut/control.h"
#include "script/suite.h"
#include "support.h"
#include "transcript/node.h"

namespace karpspec::dut {
namespace {

using testing::HasSubstr;

Json yaml(const std::string& text) {
  const auto node = transcript::parse_yaml(text, "x.yaml");
  return node ? script::to_json(*node) : Json(node.error().message);
}

TEST(DutSchema, AllDutFilesAreValidAndRead) {
  const Schema schema("dut");
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(source + "/containers/duts")) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".yaml" || name.find(".expected.") != std::string::npos)
      continue;
    ++files;
    const auto file = read_dut_file(entry.path().string());
    EXPECT_TRUE(file) << file.error().message;
    EXPECT_EQ(schema.complaint(yaml(read_text(entry.path()))), "") << name;
  }
  EXPECT_GE(files, 3U);
}

Json in_any_order(Json pics) {
  std::sort(pics["claims"].begin(), pics["claims"].end());
  return pics;
}

// Claims left out of the files would be tests that nobody plays.
TEST(DutSchema, ReferenceFilesClaimAllThatTheReferenceDeviceDoes) {
  for (const char* name : {"reference-process", "reference-running", "reference-container"}) {
    const auto file = read_dut_file(source + "/containers/duts/" + name + ".yaml");
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(in_any_order(file->pics), in_any_order(reference_description()["pics"])) << name;
  }
}

const std::string there = "address: 192.0.2.1\ntester: {address: 192.0.2.2}\n";

TEST(DutSchema, TakesWhatTheReaderTakes) {
  const std::string good[] = {
      "name: x\nstart: {kind: embedded}\n",
      "name: x\nstart: {kind: embedded}\nprofile: {rp_ts_type: 242}\nchild: rkmp\n",
      "name: x\nstart: {kind: running}\n" + there,
      "name: x\nstart: {kind: running}\ncontrol: {kind: none}\n" + there,
      "name: x\nstart: {kind: running}\ncontrol: {kind: json-rpc, over: 'tcp:[::1]:1'}\n" + there,
      "name: x\nstart: {kind: running}\ncontrol: {kind: json-rpc, command: [a, 1]}\n" + there,
      "name: x\nstart: {kind: process, command: [a]}\n" + there,
      "name: x\nstart: {kind: process, command: [a]}\nchild: none\n" + there,
      "name: x\nstart: {kind: process, command: [a]}\nchild: none\ncontrol: {kind: json-rpc, "
      "over: stdio}\n",
      "name: x\nstart: {kind: running}\nchild: none\ncontrol: {kind: json-rpc, over: "
      "'tcp:[::1]:1'}\n",
      "name: x\nstart: {kind: process, command: [a]}\ncontrol: {kind: json-rpc, over: stdio, "
      "timeout_ms: 1}\n" +
          there,
      "name: x\nstart: {kind: strongswan, esp: auto}\nchild: esp\n",
      "name: x\nstart: {kind: libreswan, esp: kernel}\nchild: esp\n",
      "name: x\nstart: {kind: openiked, pf-key: stand-in}\nchild: esp\n",
      "name: x\nstart: {kind: embedded}\nsetup: {tester: {esp_integrity: HMAC_SHA1_96}}\n",
      "name: x\nstart: {kind: embedded}\npics: {roles: responder, claims: [a], facts: [b]}\n",
      "name: x\nstart: {kind: embedded}\nsetup: {device: {cookies: never}, tester: {}}\n",
      "name: x\nstart: {kind: container, image: x}\n",
      "name: x\nstart: {kind: container, image: x}\nport: 1021\ncontrol: {kind: none}\n",
      "name: x\nstart: {kind: container, image: x, engine: docker, runtime: runc, "
      "engine_arguments: [--debug], arguments: [--read-only], command: [a, b], environment: {A: b, "
      "C: 3}, capabilities: NET_RAW, volumes: [\"./x:/etc/x\"], memory: 256M, cpus: 0.5, ready: "
      "{log: up, tcp: 7500, within_ms: 1000}}\ncontrol: {kind: json-rpc, exec: [a]}\n",
      "name: x\nstart: {kind: container, image: x, memory: 8388608}\ncontrol: {kind: json-rpc, "
      "over: "
      "stdio}\n",
      "name: x\nstart: {kind: container, image: x}\ncontrol: {kind: json-rpc, over: "
      "'tcp:192.0.2.1:1'}\n",
      "name: x\nstart: {kind: container, image: x, esp: kernel, ready: {within_ms: 5}}\ncontrol: "
      "{kind: strongswan}\nchild: esp\n",
      "name: x\nstart: {kind: container, image: x}\ncontrol: {kind: bird}\nchild: none\n",
  };
  const Schema schema("dut");
  for (const std::string& text : good) {
    const auto file = parse_dut_file(text, "x.yaml");
    EXPECT_TRUE(file) << text << file.error().message;
    EXPECT_EQ(schema.complaint(yaml(text)), "") << text;
  }
}

TEST(DutSchema, RefusesWhatTheReaderRefuses) {
  const std::string bad[] = {
      "name: x\n",
      "start: {kind: embedded}\n",
      "name: x\nstart: {kind: embeded}\n",
      "name: x\nstart: {kind: embedded}\nadress: 192.0.2.1\n",
      "name: x\nstart: {kind: embedded}\naddress: 192.0.2.1\n",
      "name: x\nstart: {kind: embedded}\ncontrol: {kind: none}\n",
      "name: x\nstart: {kind: embedded, command: [a]}\n",
      "name: x\nstart: {kind: running}\n",
      "name: x\nstart: {kind: running}\naddress: 192.0.2.1\n",
      "name: x\nstart: {kind: running}\ntester: {address: 192.0.2.2}\n",
      "name: x\nstart: {kind: running}\ncontrol: {kind: json-rpc, over: stdio}\n" + there,
      "name: x\nstart: {kind: running}\ncontrol: {kind: json-rpc}\n" + there,
      "name: x\nstart: {kind: running}\ncontrol: {kind: none, over: stdio}\n" + there,
      "name: x\nstart: {kind: running}\ncontrol: {kind: vici, over: 'tcp:[::1]:1'}\n" + there,
      "name: x\nstart: {kind: running}\ncontrol: {kind: json-rpc, over: 'tcp:x'}\n" + there,
      "name: x\nstart: {kind: running}\ncontrol: {kind: json-rpc, over: 'tcp:[::1]:1', command: "
      "[a]}\n" +
          there,
      "name: x\nstart: {kind: running}\nport: 0\n" + there,
      "name: x\nstart: {kind: running}\nport: 65536\n" + there,
      "name: x\nstart: {kind: running}\naddress: a name\ntester: {address: 192.0.2.2}\n",
      "name: x\nstart: {kind: process}\n" + there,
      "name: x\nstart: {kind: process, command: [a]}\n",
      "name: x\nstart: {kind: process, command: [a]}\nchild: esp\n",
      "name: x\nstart: {kind: process, command: [a]}\nchild: none\nport: 5500\n",
      "name: x\nstart: {kind: running}\nchild: none\naddress: 192.0.2.1\n",
      "name: x\nstart: {kind: process, command: []}\n" + there,
      "name: x\nstart: {kind: process, command: [a]}\ncontrol: {kind: json-rpc, over: stdio, "
      "timeout_ms: 0}\n" +
          there,
      "name: x\nstart: {kind: strongswan, esp: no}\n",
      "name: x\nstart: {kind: strongswan, pf-key: kernel}\n",
      "name: x\nstart: {kind: openiked, esp: auto}\n",
      "name: x\nstart: {kind: openiked, pf-key: auto}\n",
      "name: x\nstart: {kind: embedded}\nchild: ah\n",
      "name: x\nstart: {kind: embedded}\npics: {roles: [peer]}\n",
      "name: x\nstart: {kind: embedded}\npics: {key-table: perhaps}\n",
      "name: x\nstart: {kind: embedded}\nprofile: {rp_ts_type: 256}\n",
      "name: x\nstart: {kind: embedded}\nsetup: {router: {}}\n",
      "name: x\nstart: {kind: container}\n",
      "name: x\nstart: {kind: container, image: --x}\n",
      "name: x\nstart: {kind: container, image: x, root: y}\n",
      "name: x\nstart: {kind: container, image: x, engine: rkt}\n",
      "name: x\nstart: {kind: container, image: x, memory: 1 pound}\n",
      "name: x\nstart: {kind: container, image: x, cpus: 0}\n",
      "name: x\nstart: {kind: container, image: x, volumes: [\"x:y\"]}\n",
      "name: x\nstart: {kind: container, image: x, environment: [A]}\n",
      "name: x\nstart: {kind: container, image: x, ready: {log: ''}}\n",
      "name: x\nstart: {kind: container, image: x, ready: {udp: 500}}\n",
      "name: x\nstart: {kind: container, image: x, esp: auto}\n",
      "name: x\nstart: {kind: container, image: x, esp: auto}\ncontrol: {kind: frr}\n",
      "name: x\nstart: {kind: container, image: x}\naddress: 192.0.2.1\n",
      "name: x\nstart: {kind: container, image: x}\ntester: {address: 192.0.2.2}\n",
      "name: x\nstart: {kind: container, image: x}\nport: 500\ncontrol: {kind: frr}\n",
      "name: x\nstart: {kind: container, image: x, command: [a]}\ncontrol: {kind: strongswan}\n",
      "name: x\nstart: {kind: container, image: x, ready: {log: up}}\ncontrol: {kind: bird}\n",
      "name: x\nstart: {kind: container, image: x}\ncontrol: {kind: openiked}\n",
      "name: x\nstart: {kind: container, image: x}\ncontrol: {kind: bird, timeout_ms: 5}\n",
      "name: x\nstart: {kind: running}\ncontrol: {kind: json-rpc, exec: [a]}\n" + there,
      "name: x\nstart: {kind: running}\ncontrol: {kind: bird}\n" + there,
  };
  const Schema schema("dut");
  for (const std::string& text : bad) {
    const auto file = parse_dut_file(text, "x.yaml");
    ASSERT_FALSE(file) << text;
    EXPECT_THAT(file.error().message, HasSubstr("x.yaml:")) << text;
    EXPECT_NE(schema.complaint(yaml(text)), "") << text;
  }
}

// Writes down what is said to a device and what it answers.
class Overheard final : public Device {
 public:
  using Ear = std::function<void(std::string_view, const Json&, const Result<Json>&)>;
  Overheard(std::unique_ptr<Device> device, Ear ear)
      : device_(std::move(device)), ear_(std::move(ear)) {}
  Result<Json> call(std::string_view method, const Json& params) override {
    auto result = device_->call(method, params);
    ear_(method, params, result);
    return result;
  }
  [[nodiscard]] Endpoint endpoint() const override { return device_->endpoint(); }
  [[nodiscard]] bool alive() const override { return device_->alive(); }

 private:
  std::unique_ptr<Device> device_;
  Ear ear_;
};

// The whole suite's control messages, as the player makes them and the reference device answers.
TEST(ControlSchema, HoldsForAllThatTheSuiteSays) {
  auto suite = script::load_suite(suites, {}, 2);
  ASSERT_TRUE(suite) << suite.error().message;
  std::map<std::string, Schema> schemas;
  for (const std::string_view method : control_methods) {
    for (const char* half : {".params", ".result"})
      schemas.try_emplace(std::string(method) + half, "control", std::string(method) + half);
  }
  std::set<std::string> seen;
  script::RunOptions options;
  options.play.seed = 1;
  options.play.requirements = &suite->requirements;
  options.play.rules = suite->rules;
  options.claims = embedded_claims();
  options.judge_tests = false;
  const script::MakeWorld worlds = embedded_worlds();
  options.device = [&](const script::WorldRequest& request) -> Result<script::World> {
    KARPSPEC_TRY(world, worlds(request));
    world.device = std::make_unique<Overheard>(
        std::move(world.device),
        [&, test = request.test](std::string_view method, const Json& params,
                                 const Result<Json>& result) {
          const std::string name(method);
          seen.insert(name);
          EXPECT_EQ(schemas.at(name + ".params").complaint(params), "") << test << ": " << params;
          if (result) {
            EXPECT_EQ(schemas.at(name + ".result").complaint(*result), "")
                << test << ": " << *result;
          }
        });
    return world;
  };
  script::run_suite(*suite, options);
  EXPECT_THAT(seen, testing::IsSupersetOf({"reset", "configure", "start", "rekey-key", "rekey-ike",
                                           "check-liveness", "delete-key", "delete-ike", "sas",
                                           "key-table", "events"}));
}

TEST(ControlSchema, HoldsForLinesBothWays) {
  const Schema line("control");
  ReferenceRouter router({"192.0.2.1", 500}, 1, oracle::no_seams());
  (void)router.use_tcp({*wire::IpAddress::from_text("192.0.2.1")});
  const auto handler = [&](std::string_view method, const Json& params) {
    std::vector<Datagram> sent;
    return router.call(method, params, Time{}, sent);
  };
  for (const std::string_view method : control_methods) {
    const std::string answer = answer_control(
        R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(method) + R"(","params":{}})",
        handler);
    EXPECT_EQ(line.complaint(Json::parse(answer)), "") << answer;
  }
  for (const char* request : {"", "{", "[]", "{}", R"({"jsonrpc":"2.0","id":{},"method":"sas"})",
                              R"({"jsonrpc":"2.0","id":1,"method":"sas","params":3})",
                              R"({"jsonrpc":"2.0","id":1,"method":"unheard-of"})"}) {
    const std::string answer = answer_control(request, handler);
    EXPECT_EQ(Schema("control", "error").complaint(Json::parse(answer)), "") << answer;
  }
}

TEST(ControlSchema, RefusesWhatIsNone) {
  const Schema line("control");
  for (const char* text :
       {"3", "{}", R"({"jsonrpc":"1.0","id":1,"method":"sas","params":{}})",
        R"({"jsonrpc":"2.0","method":"sas","params":{}})",
        R"({"jsonrpc":"2.0","id":1,"method":"sas","params":[]})",
        R"({"jsonrpc":"2.0","id":1,"method":"sas","params":{"all":true}})",
        R"({"jsonrpc":"2.0","id":1,"method":"start","params":{"protocol":"BGP"}})",
        R"({"jsonrpc":"2.0","id":1,"method":"start","params":{"peer":"a","protocol":"OSPF"}})",
        R"({"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}})",
        R"({"jsonrpc":"2.0","id":1,"error":{"code":"1","message":""}})"}) {
    EXPECT_NE(line.complaint(Json::parse(text)), "") << text;
  }
  EXPECT_NE(Schema("control", "describe.result").complaint(Json::object()), "");
  EXPECT_NE(Schema("control", "sas.result").complaint(Json::object()), "");
  EXPECT_NE(Schema("control", "key-table.result").complaint(Json{{"rows", {3}}}), "");
}

// A definition that no method has would be read by nobody.
TEST(ControlSchema, HasParametersAndResultOfEachMethodAndOfNoOther) {
  const Json definitions =
      Json::parse(read_text(suites + "/schema/control.schema.json"))["definitions"];
  for (const auto& [name, definition] : definitions.items()) {
    const auto dot = name.find('.');
    if (dot != std::string::npos) {
      EXPECT_TRUE(is_control_method(name.substr(0, dot))) << name;
    }
  }
  for (const std::string_view method : control_methods) {
    EXPECT_TRUE(definitions.contains(std::string(method) + ".params")) << method;
    EXPECT_TRUE(definitions.contains(std::string(method) + ".result")) << method;
  }
}

}  // namespace
}  // namespace karpspec::dut
