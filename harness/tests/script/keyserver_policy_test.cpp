#include "script/keyserver_policy.h"

#include <gtest/gtest.h>

#include "script/tester/keyserver_end.h"

namespace karpspec::script {
namespace {

namespace keyserver = oracle::keyserver;

TEST(KeyserverPolicy, IsReadAsItIsWritten) {
  const Json written = Json::parse(R"({
    "version": 9,
    "permissions": [
      {"speaker": "a", "receiver": "b", "vrf": "blue", "interface": "lan", "protocol": "pim",
       "both": true},
      {"speaker": "c", "receiver": "a", "interface": "lan", "protocol": "ospfv3"}],
    "interfaces": [{"router": "a", "interface": "lan", "mode": "permit", "central": true,
                    "permit_for": 60}],
    "reconnect": {"first": 2, "longest": 40, "spread": 0, "jitter": 10,
                  "addresses": ["192.0.2.1", "fe80::1"]},
    "materials": {"a": [{"kind": "address", "value": "192.0.2.5"}]}})");
  const auto policy = read_domain_policy(written, "policy");
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_EQ(policy->version, 9U);
  EXPECT_EQ(policy->permissions,
            (std::vector<keyserver::Permission>{{{"a", "blue", "lan", "pim"}, "b", {}},
                                                {{"b", "blue", "lan", "pim"}, "a", {}},
                                                {{"c", "", "lan", "ospfv3"}, "a", {}}}));
  EXPECT_EQ(policy->interfaces,
            (std::vector<keyserver::InterfacePolicy>{
                {"a", "", "lan", keyserver::Mode::permit, true, std::chrono::seconds{60}}}));
  EXPECT_EQ(policy->reconnect.longest, std::chrono::seconds{40});
  EXPECT_EQ(policy->reconnect.jitter_percent, 10U);
  EXPECT_EQ(policy->reconnect.addresses, (std::vector<std::string>{"192.0.2.1", "fe80::1"}));
  EXPECT_EQ(policy->materials.at("a"),
            (std::vector<wire::Material>{{wire::Material::address, {192, 0, 2, 5}}}));
}

TEST(KeyserverPolicy, WhatIsWrongIsNamed) {
  const auto error = [](const char* text) {
    const auto policy = read_domain_policy(Json::parse(text), "policy");
    return policy ? std::string() : policy.error().message;
  };
  EXPECT_EQ(error("{}"), "");
  EXPECT_EQ(error("[]"), "policy: expected an object");
  EXPECT_EQ(error(R"({"versoin": 1})"), "policy.versoin: is no member of it");
  EXPECT_EQ(error(R"({"version": -1})"),
            "policy.version: expected a number up to 18446744073709551615");
  EXPECT_EQ(error(R"({"permissions": [{"speaker": "a"}]})"),
            "policy.permissions[1].receiver: expected a text");
  EXPECT_EQ(error(R"({"permissions": {}})"), "policy.permissions: expected a list");
  EXPECT_EQ(error(R"({"interfaces": [{"router": "a", "interface": "b", "mode": "on"}]})"),
            "policy.interfaces[1].mode: expected off, permit or require");
  EXPECT_EQ(error(R"({"reconnect": {"jitter": 101}})"),
            "policy.reconnect.jitter: expected a number up to 100");
  EXPECT_EQ(error(R"({"reconnect": {"addresses": ["here"]}})"),
            "policy.reconnect.addresses: expected addresses");
  EXPECT_EQ(error(R"({"materials": {"a": [{"kind": "address", "value": "x"}]}})"),
            "policy.materials.a[1].value: expected an address");
  EXPECT_EQ(error(R"({"materials": []})"), "policy.materials: expected lists by router");
}

TEST(KeyserverPolicy, EntriesAreRows) {
  keyserver::DomainPolicy policy;
  policy.permissions = {{{"a", "blue", "lan", "pim"}, "b", {}}};
  policy.interfaces = {
      {"a", "blue", "lan", keyserver::Mode::permit, true, std::chrono::seconds{60}}};
  policy.materials["b"] = {{wire::Material::address, {192, 0, 2, 5}}};
  wire::PolicyPayload payload = keyserver::to_payload(policy.of("a"));
  payload.entries.emplace_back();
  payload.entries.back().kind = 77;
  using Row = std::map<std::string, std::string>;
  EXPECT_EQ(entry_rows(payload), (std::vector<Row>{{{"kind", "PERMIT"},
                                                    {"speaker", "a"},
                                                    {"receiver", "b"},
                                                    {"vrf", "blue"},
                                                    {"interface", "lan"},
                                                    {"protocol", "pim"},
                                                    {"direction", "1"},
                                                    {"materials", "1"},
                                                    {"material", "3:c0000205"}},
                                                   {{"kind", "INTERFACE"},
                                                    {"router", "a"},
                                                    {"vrf", "blue"},
                                                    {"interface", "lan"},
                                                    {"mode", "permit"},
                                                    {"central", "true"},
                                                    {"permit_for", "60"}},
                                                   {{"kind", "RECONNECT"},
                                                    {"first", "5"},
                                                    {"longest", "300"},
                                                    {"spread", "30"},
                                                    {"jitter", "25"},
                                                    {"materials", "0"}},
                                                   {{"kind", "77"}}}));
}

}  // namespace
}  // namespace karpspec::script
