#include "keyfile/convert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/random.h"
#include "checking.h"
#include "keyfile/row_writer.h"
#include "keytable/tables.h"

// From one form to the other and back: the rows are the same.
namespace karpspec::keyfile {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const std::string source = KARPSPEC_SOURCE_DIR;

struct Written {
  std::string text, error;
  Converted converted;
};

Written convert(const std::string& text, const ConvertOptions& options = {},
                const ChainContext& context = context_for()) {
  std::istringstream in(text);
  std::ostringstream out;
  Written written;
  auto converted = convert_table(in, "file", context, options, out);
  if (converted)
    written.converted = *std::move(converted);
  else
    written.error = converted.error().message;
  written.text = out.str();
  return written;
}

// Every row of a file, by VRF and name, as JSON.
std::string rows_of(const std::string& text, const ChainContext& context = context_for()) {
  class All final : public TableSink {
   public:
    Result<void> zones(const Zones&) override { return {}; }
    Result<void> table(const std::string& name) override {
      vrf = name;
      return {};
    }
    Result<void> row(const keytable::RowText& row) override {
      keytable::Findings findings;
      const auto read = keytable::read_row(row, book(), findings);
      for (const auto& finding : findings)
        ADD_FAILURE() << finding.message;
      lines.insert(vrf + " " + row_json(read.row).dump());
      return {};
    }
    Result<void> bad_chain(const std::string& message, keytable::Place) override {
      ADD_FAILURE() << message;
      return {};
    }
    std::string vrf = keytable::default_vrf;
    std::multiset<std::string> lines;
  } all;
  std::istringstream in(text);
  const auto read = read_table(in, "file", context, all);
  EXPECT_TRUE(read) << read.error().message << "\n" << text;
  std::string out;
  for (const std::string& line : all.lines)
    out += line + "\n";
  return out;
}

std::string random_table(std::uint64_t seed) {
  SeededRandom random(seed);
  const auto pick = [&](std::initializer_list<const char*> of) {
    return std::string(*(of.begin() + random.u64() % of.size()));
  };
  std::string text = "tables:\n";
  for (const char* vrf : {"default", "red", "a \\\"name\\\""}) {
    text += std::string("  - vrf: \"") + vrf + "\"\n    rows:\n";
    for (int i = 0; i < 6; ++i) {
      text +=
          "      - " +
          row_text(pick({"\"chain/1\"", "\"chain/2\"", "\"x/y/3\"", "\"7\"", "\"true\"", "plain",
                         "\"with: colon # and 'quotes'\"", "\"\xc3\xa9\""}),
                   {{"LocalKeyName", pick({"", "\"1\"", "\"3\"", "\"name\""})},
                    {"PeerKeyName", pick({"", "\"1\"", "\"12\""})},
                    {"Peers", pick({"link", "[192.0.2.1, \"2001:db8::1\"]", "[\"group a b\"]"})},
                    {"Interfaces", pick({"", "[eth0]", "[eth1, \"ge-0/0/0.1\"]"})},
                    {"Protocol", pick({"ospfv2", "bgp", "isis", "other", "\"\""})},
                    {"ProtocolSpecificInfo", pick({"", "{options: include, a: \"b;c\"}"})},
                    {"KDF", pick({"none", "HMAC-SHA-1", "AES-128-CMAC"})},
                    {"AlgID",
                     pick({"hmac-sha-256", "HMAC-SHA-1-96", "AES-XCBC-MAC-96", "md5", "hmac-md5"})},
                    {"Key", to_hex(random.octets(1 + random.u64() % 40))},
                    {"Direction", pick({"in", "out", "both", "disabled"})},
                    {"SendLifetimeStart", pick({"19700101000000Z", "20260101000000Z"})},
                    {"SendLifetimeEnd", pick({"99991231235959Z", "20270101000000Z"})},
                    {"AcceptLifetimeStart",
                     pick({"19700101000000Z", "20260101000000Z", "11700101000000Z"})},
                    {"AcceptLifetimeEnd", pick({"99991231235959Z", "20270101000000Z"})}}) +
          "\n";
    }
  }
  return text;
}

TEST(Convert, ToKeyChainsAndBackKeepsEveryRow) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::string table = random_table(seed), rows = rows_of(table);
    const Written chains = convert(table);
    ASSERT_EQ(chains.error, "") << table;
    EXPECT_EQ(chains.converted.rows, 18U);
    EXPECT_THAT(chains.converted.lost, IsEmpty());
    EXPECT_EQ(rows_of(chains.text), rows) << "seed " << seed << "\n" << chains.text;
    EXPECT_EQ(check_text(chains.text).error, "");
    for (const bool json : {false, true}) {
      const Written back = convert(chains.text, {std::nullopt, json, false});
      ASSERT_EQ(back.error, "");
      EXPECT_EQ(rows_of(back.text), rows) << "seed " << seed << "\n" << back.text;
      const Written again = convert(back.text);
      EXPECT_EQ(rows_of(again.text), rows) << "seed " << seed;
    }
  }
}

TEST(Convert, OneFormOfATableIntoTheOther) {
  const std::string table = text_of(source + "/suites/keytable/example.yaml");
  const Written json = convert(table, {FileForm::table, true, false});
  EXPECT_TRUE(nlohmann::json::accept(json.text)) << json.text;
  EXPECT_EQ(rows_of(json.text), rows_of(table));
  EXPECT_THAT(json.converted.lost, testing::ElementsAre(HasSubstr("zones")));
  const Written yaml = convert(json.text, {FileForm::table, false, false});
  EXPECT_EQ(rows_of(yaml.text), rows_of(table));
  EXPECT_EQ(convert(yaml.text, {FileForm::table, false, false}).text, yaml.text);
}

TEST(Convert, KeyChainsOfTheDocumentIntoATableAndBack) {
  for (const char* name : {"always", "lifetimes", "independent"}) {
    const std::string chains =
        text_of(source + "/harness/tests/keyfile/chains/" + std::string(name) + ".json");
    const ChainContext context = context_for("ospfv2", {"link"});
    const Written table = convert(chains, {}, context);
    ASSERT_EQ(table.error, "") << name;
    EXPECT_EQ(rows_of(table.text), rows_of(chains, context)) << name;
    const Written back = convert(table.text, {std::nullopt, false, true});
    EXPECT_EQ(back.converted.left_out, 0U);
    EXPECT_EQ(rows_of(back.text, context), rows_of(chains, context)) << back.text;
    EXPECT_EQ(back.text.find("karpspec"), std::string::npos) << "plain is plain";
  }
}

TEST(Convert, PlainKeyChainsSayWhatIsLost) {
  const std::string table =
      "rows:\n  - " + row_text("a") + "\n  - " +
      row_text("b", {{"LocalKeyName", "\"2\""}, {"Direction", "disabled"}}) + "\n  - " +
      row_text("c", {{"LocalKeyName", "\"3\""}, {"AlgID", "hmac-md5"}}) + "\n";
  const Written plain = convert(table, {FileForm::key_chains, false, true});
  EXPECT_EQ(plain.converted.rows, 1U);
  EXPECT_EQ(plain.converted.left_out, 2U);
  std::string lost;
  for (const std::string& line : plain.converted.lost)
    lost += line + "\n";
  EXPECT_THAT(lost, HasSubstr("Protocol"));
  EXPECT_THAT(lost, HasSubstr("'disabled'"));
  EXPECT_THAT(lost, HasSubstr("hmac-md5"));
  EXPECT_EQ(rows_of(plain.text, context_for("ospfv2", {"link"})).find("hmac-md5"),
            std::string::npos);
}

TEST(Convert, WritesNothingOfWhatCannotBeRead) {
  const Written bad = convert("rows:\n  - " + row_text("a") + "\n  - " +
                              row_text("b", {{"Direction", "up"}}) + "\n");
  EXPECT_THAT(bad.error, HasSubstr("file:3:"));
  EXPECT_THAT(bad.error, HasSubstr("row 2: Direction is 'up'"));
  EXPECT_EQ(bad.text, "");
  const Written unknown = convert(text_of(source + "/harness/tests/keyfile/chains/always.json"));
  EXPECT_THAT(unknown.error, HasSubstr("--protocol"));
  EXPECT_EQ(unknown.text, "");
}

// Whatever is converted can be converted back, or it is refused at once.
TEST(Convert, WhatKeyChainsCannotTakeIsRefused) {
  const auto back = [](const std::vector<std::pair<std::string, std::string>>& values) {
    const std::string table = "rows:\n  - " + row_text("a", values) + "\n";
    const Written chains = convert(table);
    if (!chains.error.empty()) {
      EXPECT_EQ(chains.text, "");
      return chains.error;
    }
    EXPECT_EQ(rows_of(chains.text), rows_of(table));
    return std::string();
  };
  std::string peers, digits;
  for (int i = 0; i < 500; ++i)
    peers += (i > 0 ? ", group " : "group ") + std::to_string(1000 + i);
  for (int i = 0; i < 342; ++i)
    digits += "ab";
  EXPECT_EQ(back({{"AlgID", "\"HMAC;SHA 1\""}}), "");
  EXPECT_EQ(back({{"AlgID", "\"\""}, {"KDF", "\"\""}, {"Protocol", "\"\""}}), "");
  EXPECT_EQ(back({{"Peers", "[" + peers + "]"}}), "") << "a long name of a chain is cut";
  EXPECT_EQ(back({{"Key", digits.substr(2)}}), "");
  EXPECT_THAT(back({{"Key", digits}}), HasSubstr("more in it than a key chain takes"));
  EXPECT_THAT(back({{"KDF", std::string(1020, 'k')}}), HasSubstr("more in it"));
  EXPECT_EQ(
      back({{"AdminKeyName", "\"" + std::string(990, 'n') + "/7\""}, {"LocalKeyName", "\"7\""}}),
      "");
}

// Chains that want one name are numbered, and none of the numbers is a name that another one has.
TEST(Convert, NoTwoChainsHaveOneName) {
  std::string table = "rows:\n";
  const char* names[] = {"x/1", "x/1 ", "x (2)/1", "x (2) (1)/1", "x (1)/1", "x ()/1", "x (a)/1"};
  int count = 0;
  for (const char* name : names)
    for (const char* interface : {"eth0", "eth1", "eth2"})
      table += "  - " +
               row_text(std::string("\"") + name + "\"",
                        {{"LocalKeyName", "\"1\""},
                         {"Interfaces", "[" + std::string(interface) + "]"},
                         {"Key", to_hex(Octets(20, static_cast<std::uint8_t>(++count)))}}) +
               "\n";
  for (const std::size_t memory : {std::size_t{1} << 20, std::size_t{300}}) {
    ConvertOptions options;
    options.sealing_key = Octets(32, 7);
    options.memory = memory;
    const Written chains = convert(table, options);
    ASSERT_EQ(chains.error, "");
    std::set<std::string> different;
    const auto json = nlohmann::json::parse(chains.text);
    for (const auto& chain : json["ietf-key-chain:key-chains"]["key-chain"])
      EXPECT_TRUE(different.insert(chain["name"]).second) << chain["name"];
    EXPECT_EQ(different.size(), 21U);
    EXPECT_TRUE(different.contains("x"));
    EXPECT_EQ(rows_of(chains.text), rows_of(table));
  }
}

TEST(Convert, AnEmptyTable) {
  const Written chains = convert("rows: []\n");
  EXPECT_EQ(nlohmann::json::parse(chains.text)["ietf-key-chain:key-chains"]["key-chain"].size(),
            0U);
  EXPECT_EQ(rows_of(convert(chains.text).text), "");
}

}  // namespace
}  // namespace karpspec::keyfile
