// What a device is configured with, as far as scenarios do not show it: refusals.
#include "dut/adapters/router_config.h"

#include <gtest/gtest.h>

namespace karpspec::dut {
namespace {

const std::string anchor = R"(-----BEGIN CERTIFICATE-----
MIIBpjCCAU2gAwIBAgIUf/cpjG27wXorZq8S0wjTpjydOLEwCgYIKoZIzj0EAwIw
IDERMA8GA1UECgwIa2FycHNwZWMxCzAJBgNVBAMMAmNhMCAXDTIwMDEwMTAwMDAw
MFoYDzIxMjAwMTAxMDAwMDAwWjAgMREwDwYDVQQKDAhrYXJwc3BlYzELMAkGA1UE
AwwCY2EwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAT1QOvSoa9d65O2KgMwZOhq
TdnJpCN1c/gdpUH3cWmAMMZfvMwKXLqI3m4MljKBUYL9PRCjV5lcQ+fRVbA7na3+
o2MwYTAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBSqBvycRKemKQIjHZ/ckrG7
S+yVIDAfBgNVHSMEGDAWgBSqBvycRKemKQIjHZ/ckrG7S+yVIDAOBgNVHQ8BAf8E
BAMCAQYwCgYIKoZIzj0EAwIDRwAwRAIgd6ZHmjYVZpTj4Q4k7iB7ClyEnS2eG/Xd
MpDFfGrLarsCIDv3eZYY4obrweZFSpVoHbBKxJkwzs1BhBdeEKa8GYls
-----END CERTIFICATE-----
)";

// The error about PEER, beside which all is as it should be; empty: it was taken.
std::string refusal(Json peer, ErrorCode& code) {
  peer["name"] = "tester";
  peer["address"] = "192.0.2.1";
  const Json parameters = {{"identity", {{"type", "ID_FQDN"}, {"value", "device.example"}}},
                           {"peers", Json::array({peer})}};
  oracle::RouterConfig config;
  const auto read = read_router_config(parameters, config);
  if (read)
    return "";
  code = read.error().code;
  return read.error().message;
}

const Json identity = {{"type", "ID_FQDN"}, {"value", "tester.example"}};

TEST(RouterConfig, EapIsNotOffered) {
  ErrorCode code{};
  EXPECT_EQ(refusal({{"identity", identity}, {"auth", "eap"}}, code),
            "peers[1].auth: EAP is not offered");
  EXPECT_EQ(code, ErrorCode::unsupported);
  EXPECT_EQ(refusal({{"identity", identity}, {"auth", "psk"}, {"own_auth", "eap"}}, code),
            "peers[1].own_auth: EAP is not offered");
  EXPECT_EQ(code, ErrorCode::unsupported);
  EXPECT_EQ(refusal({{"identity", identity}, {"auth", "kerberos"}}, code),
            "peers[1].auth: expected psk or signature");
  EXPECT_EQ(code, ErrorCode::bad_value);
}

TEST(RouterConfig, WhatIsMisspeltIsRefused) {
  ErrorCode code{};
  EXPECT_EQ(refusal({{"identity", identity}, {"psk", "secret"}, {"identiy", 1}}, code),
            "peers[1].identiy: unknown member");
  EXPECT_EQ(code, ErrorCode::bad_value);
  EXPECT_EQ(refusal({{"identity", {{"type", "ID_FQDN"}, {"value", "a"}, {"valeu", "b"}}}}, code),
            "peers[1].psk: missing");
  EXPECT_EQ(refusal({{"identity", {{"type", "ID_FQDN"}, {"value", "a"}, {"valeu", "b"}}},
                     {"psk", "secret"}},
                    code),
            "peers[1].identity.valeu: unknown member");
  const Json policy = {{"protocol", "BGP"}, {"option", "include"}};
  EXPECT_EQ(refusal({{"identity", identity}, {"psk", "secret"}, {"protocols", {policy}}}, code),
            "peers[1].protocols[1].option: unknown member");
  oracle::RouterConfig config;
  const auto read = read_router_config({{"identity", identity}, {"cookie", "never"}}, config);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "cookie: unknown member");
}

TEST(RouterConfig, APeerMayBeLimitedToAddresses) {
  const auto said = [](Json addresses) {
    ErrorCode code{};
    return refusal({{"identity", identity}, {"psk", "secret"}, {"addresses", std::move(addresses)}},
                   code);
  };
  EXPECT_EQ(said({"192.0.2.1", "2001:db8::1"}), "");
  EXPECT_EQ(said({"192.0.2.1", "192.0.2.256"}),
            "peers[1].addresses[2]: '192.0.2.256' is no address");
  EXPECT_EQ(said({7}), "peers[1].addresses[1]: '7' is no address");
  EXPECT_EQ(said(Json::array()), "peers[1].addresses: expected a list of 1 to 64 addresses");
  EXPECT_EQ(said("192.0.2.1"), "peers[1].addresses: expected a list of 1 to 64 addresses");

  oracle::PeerConfig peer;
  EXPECT_TRUE(peer.may_be_at("192.0.2.9", 64));
  peer.addresses = {"192.0.2.1", "2001:DB8:0::1"};
  EXPECT_TRUE(peer.may_be_at("192.0.2.1", 64));
  EXPECT_TRUE(peer.may_be_at("2001:db8::1", 64));
  EXPECT_FALSE(peer.may_be_at("192.0.2.9", 64));
}

TEST(RouterConfig, AnAuthorityAloneAdmitsNobodyWithoutAName) {
  ErrorCode code{};
  const Json anchors = {{"anchors", Json::array({anchor})}};
  EXPECT_EQ(refusal({{"auth", "signature"}, {"trust", anchors}}, code),
            "peers[1].trust.key_purpose: missing; a peer without an identity and with anchors "
            "needs one");
  EXPECT_EQ(code, ErrorCode::bad_value);
  Json group = anchors;
  group["key_purpose"] = "1.3.6.1.5.5.7.3.17";
  EXPECT_EQ(refusal({{"auth", "signature"}, {"trust", group}}, code), "");
  EXPECT_EQ(refusal({{"auth", "signature"}, {"trust", anchors}, {"identity", identity}}, code), "");
  EXPECT_EQ(refusal({{"auth", "psk"}, {"psk", "secret"}}, code),
            "peers[1].identity: missing; only auth: signature does without");
}

}  // namespace
}  // namespace karpspec::dut
