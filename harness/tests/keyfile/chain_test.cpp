#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checking.h"
#include "keyfile/date_time.h"

// RFC 8177 key chains in the encoding of RFC 7951. The examples have the facts of the document's
// own.
namespace karpspec::keyfile {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string chains = KARPSPEC_SOURCE_DIR "/harness/tests/keyfile/chains/";

// A chain with one key, whose members are MEMBERS beside a good key-id, algorithm and key.
std::string chain(const std::string& members, const std::string& beside = {}) {
  return R"({"ietf-key-chain:key-chains": {"key-chain": [{"name": "c")" + beside +
         R"(, "key": [{"key-id": "1", "crypto-algorithm": "hmac-sha-1", "key-string": )"
         R"({"keystring": "twenty octets, always")" +
         "}" + members + "}]}]}}";
}

TEST(KeyChains, OfTheDocumentGetNothingFalse) {
  const Outcome always = check_text(text_of(chains + "always.json"));
  EXPECT_EQ(always.error, "");
  EXPECT_EQ(always.checked.form, FileForm::key_chains);
  EXPECT_EQ(always.checked.rows, 1U);
  // No violation; the key has 22 octets where HMAC-SHA-256 makes 32, and no document says less.
  EXPECT_THAT(always.faults(), IsEmpty()) << always.text();
  const Outcome lifetimes = check_text(text_of(chains + "lifetimes.json"));
  EXPECT_EQ(lifetimes.checked.violations, 0U) << lifetimes.text();
  EXPECT_THAT(lifetimes.faults(), ElementsAre("2 lead-short AcceptLifetimeStart"));
  // The tolerance makes it an hour and five seconds.
  const Outcome independent = check_text(text_of(chains + "independent.json"));
  EXPECT_EQ(independent.error, "");
  EXPECT_EQ(independent.checked.rows, 2U);
  EXPECT_EQ(independent.checked.violations, 0U) << independent.text();
}

TEST(KeyChains, WithAProtocolAreHeldAgainstIt) {
  const Outcome ospf = check_text(text_of(chains + "always.json"), context_for("ospfv2", {"link"}));
  EXPECT_THAT(ospf.faults(), ElementsAre("1 key-short Key")) << ospf.text();
  const Outcome bfd =
      check_text(text_of(chains + "always.json"), context_for("bfd", {"192.0.2.1"}));
  EXPECT_THAT(bfd.faults(), ElementsAre("1 algorithm AlgID", "1 key-size Key")) << bfd.text();
  const Outcome big =
      check_text(text_of(chains + "always.json"), context_for("ospfv2", {"domain"}));
  EXPECT_THAT(big.faults(), ElementsAre("1 key-short Key", "1 scope Peers")) << big.text();
}

TEST(KeyChains, AreRefusedBySchemaWithTheirPlace) {
  const struct {
    std::string text;
    const char* path;
  } cases[] = {
      {chain(R"(, "colour": "red")"), "key 1"},
      {chain("", R"(, "colour": "red")"), ""},
      {chain(R"(, "lifetime": {"send-accept-lifetime": {"always": true}})"), "always"},
      {chain(R"(, "lifetime": {"send-accept-lifetime": {"always": [null], "duration": 5}})"),
       "send-accept-lifetime"},
      {chain(R"(, "lifetime": {"send-accept-lifetime": {"duration": 0}})"), "duration"},
      {chain(R"(, "lifetime": {"send-accept-lifetime": {"duration": 4294967296}})"), "duration"},
      {chain(R"(, "lifetime": {"send-accept-lifetime": {"duration": 5, "no-end-time": [null]}})"),
       "send-accept-lifetime"},
      {chain(R"(, "lifetime": {"send-accept-lifetime": {}, "send-lifetime": {}})"), "lifetime"},
      {chain(R"(, "lifetime": {"send-lifetime": {"start-date-time": "yesterday"}})"),
       "start-date-time"},
      {chain(R"(, "lifetime": {"send-lifetime": {"start-date-time": "2026-02-30T00:00:00Z"}})"),
       "is no time"},
      {chain(R"(, "send-lifetime-active": 1)"), "send-lifetime-active"},
      {R"({"ietf-key-chain:key-chains": {"key-chain": [{"key": []}]}})", ""},
      {R"({"ietf-key-chain:key-chains": {"key-chain": [{"name": "c", "key": [{"key-id": 1,
          "crypto-algorithm": "md5"}]}]}})",
       "key-id"},
      {R"({"ietf-key-chain:key-chains": {"key-chain": [{"name": "c", "key": [{"key-id": "1",
          "crypto-algorithm": "rot13"}]}]}})",
       "crypto-algorithm"},
      {R"({"ietf-key-chain:key-chains": {"key-chain": [{"name": "c", "key": [{"key-id": "1",
          "crypto-algorithm": "md5", "key-string": {"hexadecimal-string": "abc"}}]}]}})",
       "hexadecimal-string"},
      {R"({"ietf-key-chain:key-chains": {"key-chain": ["c"]}})", ""}};
  for (const auto& one : cases) {
    const Outcome outcome = check_text(one.text);
    if (one.text.ends_with("[\"c\"]}}")) {
      EXPECT_THAT(outcome.error, HasSubstr("expected a key chain"));
      continue;
    }
    EXPECT_EQ(outcome.error, "") << one.text;
    ASSERT_THAT(outcome.faults(), ElementsAre("0 chain-form")) << one.text << outcome.text();
    EXPECT_THAT(outcome.reported[0].message, HasSubstr(one.path)) << one.text;
    EXPECT_GT(outcome.reported[0].place.line, 0U);
  }
}

// A member's name is quoted, whatever it holds.
TEST(KeyChains, ControlCharactersOfANameDoNoHarm) {
  std::string odd = R"(, "a\u0000b\nc": "red")";
  const Outcome outcome = check_text(chain(odd));
  ASSERT_THAT(outcome.faults(), ElementsAre("0 chain-form")) << outcome.text();
  EXPECT_THAT(outcome.reported[0].message, HasSubstr("a?b?c"));
  EXPECT_EQ(outcome.reported[0].clause.document, "RFC 8177");
}

TEST(KeyChains, WhatStandsBesideThemHasAPlaceToo) {
  const Outcome outcome = check_text(
      chain(",\n\"karpspec-key-table:protocol-specific-info\": {\"colour\": \"red\"}",
            R"(, "karpspec-key-table:protocol": "ospfv2", "karpspec-key-table:peers": ["link"])"));
  ASSERT_THAT(outcome.faults(), ElementsAre("1 specific-info ProtocolSpecificInfo"))
      << outcome.text();
  EXPECT_EQ(outcome.reported[0].place.line, 2U);
}

TEST(KeyChains, AnEmptyOneHasNoKeys) {
  const Outcome outcome =
      check_text(R"({"ietf-key-chain:key-chains": {"key-chain": [{"name": "c"}]}})");
  EXPECT_EQ(outcome.text(), "");
  EXPECT_EQ(outcome.checked.rows, 0U);
}

TEST(KeyChains, AKeyTwiceIsOneNameTwice) {
  const std::string key = R"({"key-id": "1", "crypto-algorithm": "hmac-sha-1", "key-string": )"
                          R"({"keystring": "twenty octets, always"}})";
  const Outcome outcome =
      check_text(R"({"ietf-key-chain:key-chains": {"key-chain": [{"name": "c", "key": [)" + key +
                 ", " + key + "]}]}}");
  EXPECT_THAT(outcome.faults(), testing::Contains("2 admin-key-name-unique AdminKeyName"))
      << outcome.text();
}

TEST(KeyChains, ThatAreEncryptedAreRefused) {
  EXPECT_THAT(check_text(R"({"ietf-key-chain:key-chains": {"aes-key-wrap": {"enable": true},
      "key-chain": [{"name": "c"}]}})")
                  .error,
              HasSubstr("encrypted"));
  EXPECT_THAT(check_text(R"({"ietf-key-chain:key-chains": {"key-chain": [{"name": "c"}],
      "aes-key-wrap": {"enable": true}}})")
                  .error,
              HasSubstr("stands before the key chains"));
}

TEST(DateTime, IsRfc3339s) {
  EXPECT_EQ(date_time_text(*date_time_from("2017-01-01T12:00:00.25+02:00")),
            "2017-01-01T10:00:00Z");
  EXPECT_EQ(date_time_text(*date_time_from("1970-01-01T00:00:00-00:30")), "1970-01-01T00:30:00Z");
  // A key table has the same years.
  EXPECT_EQ(date_time_text(*date_time_from("0000-01-01T00:30:00+00:30")), "0000-01-01T00:00:00Z");
  for (const char* bad :
       {"", "2017-01-01", "2017-01-01T00:00:00", "2017-01-01T00:00:00.Z", "2017-01-01T00:00:00.5",
        "2017-13-01T00:00:00Z", "2017-01-01 00:00:00Z", "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01", "2017-01-01T00:00:00+0200", "2017-01-01T00:00:00+a2:00"})
    EXPECT_FALSE(date_time_from(bad)) << bad;
}

}  // namespace
}  // namespace karpspec::keyfile
