// FRR and BIRD as devices: what they do with their keys is seen on the cable, not asked of them.
#include <gmock/gmock.h>

#include <filesystem>

#include "dut/adapters/routing_device.h"
#include "lab/container_engine.h"
#include "real_daemon.h"

namespace karpspec::dut {
namespace {

using testing::HasSubstr;

Json row(const char* name, const char* id, const char* protocol, const char* alg) {
  const std::string key = std::string("key ") + id;
  std::string octets;
  for (const char letter : key)
    if (letter != ' ')
      octets += letter;
  return {{"AdminKeyName", name},
          {"LocalKeyName", id},
          {"Peers", std::string(protocol) == "bgp" ? Json::array({"192.0.2.2"}) : Json("link")},
          {"Protocol", protocol},
          {"KDF", "none"},
          {"AlgID", alg},
          {"Key", to_hex(octets_of(octets))},
          {"Direction", "both"},
          {"SendLifetimeStart", "19700101000000Z"},
          {"SendLifetimeEnd", "99991231235959Z"},
          {"AcceptLifetimeStart", "19700101000000Z"},
          {"AcceptLifetimeEnd", "99991231235959Z"}};
}

class Routers : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto worlds = routing_worlds(daemon_file(GetParam()));
    if (!worlds && worlds.error().code == ErrorCode::unsupported)
      GTEST_SKIP() << worlds.error().message;
    if (const std::string why = lab::ContainerEngine::why_no_exec();
        !why.empty() && std::string_view(GetParam()).ends_with("-container"))
      GTEST_SKIP() << why;
    ASSERT_TRUE(worlds) << to_string(worlds.error());
    worlds_ = *std::move(worlds);
    auto world = worlds_({"test", 1, nullptr, nullptr});
    ASSERT_TRUE(world) << to_string(world.error());
    world_ = *std::move(world);
    call("reset", Json::object());
    call("configure", Json::object());
  }
  Json call(std::string_view method, const Json& params) const {
    const auto answer = world_.device->call(method, params);
    EXPECT_TRUE(answer) << method << ": " << to_string(answer.error());
    return answer ? *answer : Json::object();
  }
  void add(const Json& row) const { call("row-add", {{"row", row}}); }
  [[nodiscard]] Json sent(const char* protocol) const {
    Json seen = call("key-to-send", {{"protocol", protocol}, {"peer", peer(protocol)}});
    EXPECT_TRUE(seen.contains("row")) << seen;
    return seen;
  }
  [[nodiscard]] Json taken(const char* protocol, const char* name) const {
    Json params = {{"protocol", protocol}, {"peer", peer(protocol)}};
    if (*name != '\0')
      params["name"] = name;
    return call("keys-to-accept", params).value("rows", Json());
  }
  static const char* peer(std::string_view protocol) {
    return protocol == "bgp" ? "192.0.2.2" : "link";
  }
  [[nodiscard]] bool is_frr() const { return std::string_view(GetParam()).starts_with("frr"); }

  script::MakeWorld worlds_;
  script::World world_;
};

TEST_P(Routers, SayWhatTheyAre) {
  const Json said = call("describe", Json::object());
  EXPECT_EQ(said.value("child", ""), "none");
  EXPECT_THAT(said.value("version", ""), HasSubstr(is_frr() ? "FRR 8." : "BIRD"));
}

TEST_P(Routers, UseAndTakeTheKeysOfTheirTable) {
  for (const char* protocol : {"ospfv2", "rip", "bgp"}) {
    const bool named = std::string_view(protocol) != "bgp";
    add(row(protocol, named ? "7" : "", protocol, "md5"));
    const Json seen = sent(protocol);
    EXPECT_EQ(seen.value("row", ""), protocol) << seen;
    EXPECT_EQ(seen.value("name", ""), named ? "7" : "");
    EXPECT_EQ(taken(protocol, named ? "7" : ""), Json::array({protocol}));
    if (named) {
      EXPECT_EQ(taken(protocol, "9"), Json::array());
    }
  }
}

TEST_P(Routers, AreNotAskedForWhatTheyHaveNoPlaceFor) {
  const auto refused = [&](const Json& fields) {
    const auto answer = world_.device->call("row-add", {{"row", fields}});
    EXPECT_FALSE(answer);
    return answer ? ErrorCode::internal : answer.error().code;
  };
  EXPECT_EQ(refused(row("ao", "1", "bgp", "HMAC-SHA-1-96")), ErrorCode::unsupported);
  EXPECT_EQ(refused(row("large", "256", "rip", "md5")), ErrorCode::unsupported);
  EXPECT_EQ(refused(Json::object()), ErrorCode::unsupported);
  EXPECT_EQ(world_.device->call("start", {{"peer", "tester"}}).error().code,
            ErrorCode::unsupported);
  EXPECT_EQ(
      world_.device->call("key-to-send", {{"protocol", "rip"}, {"peer", "link"}, {"time", "x"}})
          .error()
          .code,
      ErrorCode::unsupported);
}

TEST_P(Routers, TellTheirKeys) {
  Json one = row("one", "5", "rip", "md5");
  one["SendLifetimeEnd"] = "20300101000000Z";
  add(one);
  const auto table = world_.device->call("key-table", Json::object());
  if (!is_frr()) {
    EXPECT_EQ(table.error().code, ErrorCode::unsupported);
    return;
  }
  ASSERT_TRUE(table) << to_string(table.error());
  const Json read = (*table)["rows"][0];
  for (const auto& [field, value] : one.items())
    if (field != "Peers") {
      EXPECT_EQ(read[field], value) << field;
    }
}

INSTANTIATE_TEST_SUITE_P(, Routers,
                         testing::Values("frr", "bird", "frr-container", "bird-container"),
                         [](const auto& router) {
                           std::string name = router.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace karpspec::dut
