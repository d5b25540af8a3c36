#include "transcript/field.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"
#include "messages.h"
#include "transcript/difference.h"
#include "transcript/render.h"

namespace karpspec::transcript {
namespace {

struct Case {
  const char* path;
  const char* value;
};
std::string value_of(const wire::Message& message, const std::string& text) {
  const auto path = parse_path(text);
  if (!path)
    return path.error().message;
  const auto field = get_field(message, *path);
  if (!field)
    return "absent";
  return to_text(field->value, field->names);
}

class Auth : public testing::TestWithParam<Case> {};
TEST_P(Auth, Field) {
  EXPECT_EQ(value_of(ike_auth_response(), GetParam().path), GetParam().value);
}
INSTANTIATE_TEST_SUITE_P(
    All, Auth,
    testing::Values(Case{"HDR.flags.R", "1"}, Case{"HDR.flags.I", "0"},
                    Case{"HDR.spi_i", "0x0102030405060708"}, Case{"HDR.version.major", "2"},
                    Case{"HDR.exchange", "IKE_AUTH (35)"}, Case{"HDR.next_payload", "IDr (36)"},
                    Case{"HDR.length", "142"}, Case{"IDr.data", "\"router.example\""},
                    Case{"IDr.id_type", "ID_FQDN (2)"}, Case{"IDr.critical", "0"},
                    Case{"AUTH.method", "PSK (2)"}, Case{"SAr2.proposals.count", "1"},
                    Case{"SAr2.proposal.protocol", "TCP_AO (201)"},
                    Case{"SAr2.proposal.num_transforms", "2"}, Case{"SAr2.proposal.spi_size", "0"},
                    Case{"SAr2.transforms.count", "2"}, Case{"SAr2.transform.send_id", "77"},
                    Case{"SAr2.transform.flags.O", "1"}, Case{"SAr2.transform.flags.X", "0"},
                    Case{"SAr2.proposals[1].transforms[2].last", "0"},
                    Case{"SAr2.proposals[1].transforms[2].kdf", "KDF_AES_128_CMAC (2)"},
                    Case{"SAr2.proposals[1].transforms[3].kdf", "absent"},
                    Case{"TSi.selector.routing_protocol", "BGP (1)"},
                    Case{"TSi.selectors[1].type", "TS_RP (241)"},
                    Case{"TSi.selector.start_port", "absent"}, Case{"KE.data", "absent"}));

class Init : public testing::TestWithParam<Case> {};
TEST_P(Init, Field) {
  EXPECT_EQ(value_of(ike_sa_init_request(), GetParam().path), GetParam().value);
}
INSTANTIATE_TEST_SUITE_P(All, Init,
                         testing::Values(Case{"SAi1.transforms(DH).id", "MODP_2048 (14)"},
                                         Case{"SAi1.transforms(ENCR).key_length", "128"},
                                         Case{"SAi1.transforms(ENCR).attributes[1].value", "128"},
                                         Case{"SAi1.transforms(INTEG).key_length", "absent"},
                                         Case{"SAi1.transforms(ESN).id", "absent"},
                                         Case{"KEi.group", "MODP_2048 (14)"},
                                         Case{"N(COOKIE).data", "0x010203"},
                                         Case{"N(COOKIE).type", "COOKIE (16390)"}));

class BadPath : public testing::TestWithParam<Case> {};
TEST_P(BadPath, IsRefusedWithoutAMessage) {
  const auto path = parse_path(GetParam().path);
  ASSERT_FALSE(path);
  EXPECT_EQ(path.error().message + " @" + std::to_string(path.error().offset.value_or(999)),
            GetParam().value);
}
INSTANTIATE_TEST_SUITE_P(
    All, BadPath,
    testing::Values(
        Case{"SAr3.proposal", "unknown payload 'SAr3'; did you mean 'SAr1'? @0"},
        Case{"KE.grup", "unknown field 'grup'; did you mean 'group'? @3"},
        Case{"HDR.flags.Q", "unknown bit 'Q', expected one of: I, V, R @10"},
        Case{"SAr2.proposals.number",
             "'proposals' is a list, expected an index such as proposals[1], or .count @5"},
        Case{"SAr2.proposals[0].number", "expected an index from 1, found '0' @15"},
        Case{"SAr2.transforms(ENCRYPTION).id",
             "unknown transform type 'ENCRYPTION', expected one of: ENCR, PRF, INTEG, DH, ESN @5"},
        Case{"Ni.data.x", "'x' stands below a field that has no parts @8"},
        Case{"Ni..data", "expected a field's name @3"}));

TEST(Fields, SettingChangesWhatIsRead) {
  for (const auto& [path, text] :
       std::map<std::string, std::string>{{"HDR.flags.I", "1"},
                                          {"HDR.version.major", "3"},
                                          {"SAr2.transform.flags.X", "5"},
                                          {"SAr2.proposals[1].spi", "0x0a0b"},
                                          {"IDr.reserved", "16777215"},
                                          {"AUTH.critical", "1"},
                                          {"AUTH.generic_reserved", "127"},
                                          {"TSr.selector.routing_protocol", "PCEP (5)"}}) {
    auto message = ike_auth_response();
    const auto before = message;
    const Value value =
        text.starts_with("0x")
            ? Value(*from_hex(text))
            : Value(static_cast<std::uint64_t>(std::stoull(text.starts_with("P") ? "5" : text)));
    ASSERT_TRUE(set_field(message, *parse_path(path), value)) << path;
    EXPECT_EQ(value_of(message, path), text);
    EXPECT_NE(message, before);
  }
}

TEST(Fields, WhatDoesNotFitIsRefused) {
  auto message = ike_auth_response();
  EXPECT_FALSE(set_field(message, *parse_path("HDR.flags.R"), Value(std::uint64_t{2})));
  EXPECT_FALSE(set_field(message, *parse_path("HDR.length"), Value(std::uint64_t{2})));
  EXPECT_FALSE(set_field(message, *parse_path("IDr.data"), Value(std::uint64_t{2})));
  EXPECT_FALSE(set_field(message, *parse_path("KE.group"), Value(std::uint64_t{2})));
  EXPECT_EQ(message, ike_auth_response());
}

// Every field that a payload can have is found in the octets where its value stands.
TEST(Fields, StandWhereTheirOctetsAre) {
  const auto message = ike_auth_response();
  const auto encoded = wire::encode_message(message);
  const auto at = find_octets(message, *parse_path("SAr2.proposals[1].transforms[2].send_id"));
  ASSERT_TRUE(at);
  EXPECT_EQ(at->size, 1U);
  EXPECT_EQ(encoded.at(at->offset), 78);
  EXPECT_EQ(find_octets(message, *parse_path("IDr"))->offset, wire::Header::size);
  EXPECT_EQ(find_octets(message, *parse_path("IDr.length"))->offset, wire::Header::size + 2);
}

TEST(Fields, EveryListedFieldParses) {
  for (const std::string& payload : payload_names())
    for (const std::string& field : fields_of(payload))
      EXPECT_TRUE(parse_path(payload + "." + field)) << payload << "." << field;
  for (const std::string& field : fields_of("HDR"))
    EXPECT_TRUE(parse_path("HDR." + field));
}

TEST(Render, OneLineNamesPayloadsAsTheFiguresDo) {
  EXPECT_EQ(one_line(ike_auth_response()), "IKE_AUTH response, id 1 {IDr, AUTH, SAr2, TSi, TSr}");
  EXPECT_EQ(one_line(ike_sa_init_request()),
            "IKE_SA_INIT request, id 0 {SAi1, KEi, Ni, N(COOKIE)}");
}

// A key that may be used already: the lifetimes of a KD are the only numbers below zero.
TEST(Render, ShowsNumbersBelowZeroAsTheirPathsGiveThem) {
  wire::KeyItem item;
  item.kind = static_cast<std::uint8_t>(wire::KeyItem::Kind::kek);
  item.lifetimes.receive_start = -1;
  wire::Message message;
  message.payloads.push_back(
      wire::make_payload(wire::PayloadType::KD, wire::KeyDownloadPayload{0, {item}}));
  const Path path = *parse_path("KD.items[1].receive_start");
  bool shown = false;
  for (const ShownField& field : show_fields(message)) {
    if (field.path != path.text)
      continue;
    shown = true;
    EXPECT_EQ(field.value, "4294967295");
    EXPECT_EQ(field.value, to_text(get_field(message, path)->value));
  }
  EXPECT_TRUE(shown);
}

TEST(Render, WritesMessagesOneBehindTheOther) {
  const wire::Message message = ike_auth_response();
  std::string lines = one_line(message) + "\n";
  for (const ShownField& field : show_fields(message))
    lines += "  " + field.path + " = " + field.value + "\n";
  EXPECT_EQ(with_fields(message), lines);
  Text out;
  out.append("frame 1\n");
  append_with_fields(out, message);
  append_with_fields(out, message);
  EXPECT_EQ(out.view(), "frame 1\n" + lines + lines);
}

TEST(Render, ShowsFieldsOfAFragmentByTheirPaths) {
  wire::Message message;
  message.payloads.push_back(
      wire::make_payload(wire::PayloadType::SKF, wire::EncryptedFragmentPayload{35, 1, 2, {1}}));
  const auto shown = show_fields(message);
  const auto total = std::find_if(shown.begin(), shown.end(), [](const ShownField& field) {
    return field.path == "SKF.total_fragments";
  });
  ASSERT_NE(total, shown.end());
  EXPECT_EQ(total->value, to_text(get_field(message, *parse_path(total->path))->value));
  EXPECT_NE(one_line(message).find("{SKF(1/2)}"), std::string::npos);
}

TEST(Difference, NamesFieldAndOctet) {
  const auto expected = *parse_message_notation("IKE_AUTH {IDr, AUTH, SAr2, TSi}");
  const auto extra = compare(expected, ike_auth_response());
  ASSERT_TRUE(extra);
  EXPECT_EQ(extra->field, "TSr");
  EXPECT_EQ(extra->octet, 130U);
  const auto missing = compare(*parse_message_notation("IKE_AUTH {IDr, KE}"), ike_auth_response());
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->got, "none, the message has {IDr, AUTH, SAr2, TSi, TSr}");
  auto changed = ike_auth_response();
  changed.payloads[2].as<wire::SaPayload>()->proposals[0].number = 2;
  const auto difference = compare(ike_auth_response(), changed);
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->field, "SAr2.proposals[1].number");
  EXPECT_EQ(wire::encode_message(changed).at(*difference->octet), 2);
  EXPECT_FALSE(compare(changed, changed));
}

TEST(Difference, OrderAndOtherPayloadsOnlyWhenAsked) {
  auto message = ike_auth_response();
  message.payloads.push_back(wire::make_notify(wire::NotifyType::INITIAL_CONTACT));
  const auto notation = *parse_message_notation("IKE_AUTH {AUTH, IDr, SAr2, TSi, TSr}");
  EXPECT_FALSE(compare(notation, message));
  EXPECT_EQ(compare(notation, message, {true, false})->field, "IDr");
  EXPECT_EQ(compare(notation, message, {false, true})->field, "N(INITIAL_CONTACT)");
}

}  // namespace
}  // namespace karpspec::transcript
