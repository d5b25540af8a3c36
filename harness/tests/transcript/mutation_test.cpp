#include "transcript/mutation.h"

#include <gtest/gtest.h>

#include "messages.h"
#include "transcript/matcher.h"
#include "transcript/render.h"

namespace karpspec::transcript {
namespace {

Result<std::vector<Mutation>> parse(const std::string& yaml) {
  const auto node = parse_yaml(yaml, "x.yaml");
  if (!node)
    return tl::unexpected(node.error());
  return parse_mutations(*node);
}

// The message after the operations, or the error's text.
wire::Message mutated(wire::Message message, const std::string& yaml) {
  SeededRandom random(1);
  Context context(random);
  const auto mutations = parse(yaml);
  if (!mutations) {
    ADD_FAILURE() << mutations.error().message;
    return {};
  }
  const auto done = apply_to_message(*mutations, message, context);
  if (!done)
    ADD_FAILURE() << done.error().message;
  return message;
}
std::string shape(const std::string& yaml) {
  return one_line(mutated(ike_sa_init_request(), yaml)).substr(26);
}
std::string field(const wire::Message& message, const std::string& path) {
  const auto found = get_field(message, *parse_path(path));
  return found ? to_text(found->value, found->names) : "absent";
}

TEST(Mutation, Payloads) {
  EXPECT_EQ(shape("[]"), "{SAi1, KEi, Ni, N(COOKIE)}");
  EXPECT_EQ(shape("[{add: N(INITIAL_CONTACT)}]"), "{SAi1, KEi, Ni, N(COOKIE), N(INITIAL_CONTACT)}");
  EXPECT_EQ(shape("[{add: P200!, at: first}]"), "{P200!, SAi1, KEi, Ni, N(COOKIE)}");
  EXPECT_EQ(shape("[{add: V, at: before Ni}]"), "{SAi1, KEi, V, Ni, N(COOKIE)}");
  EXPECT_EQ(shape("[{add: V, at: after SAi1}]"), "{SAi1, V, KEi, Ni, N(COOKIE)}");
  EXPECT_EQ(shape("[{remove: KE}]"), "{SAi1, Ni, N(COOKIE)}");
  EXPECT_EQ(shape("[{double: Ni}]"), "{SAi1, KEi, Ni, Ni, N(COOKIE)}");
  EXPECT_EQ(shape("[{move: N(COOKIE), to: first}]"), "{N(COOKIE), SAi1, KEi, Ni}");
  EXPECT_EQ(shape("[{move: SAi1, to: last}]"), "{KEi, Ni, N(COOKIE), SAi1}");
  EXPECT_EQ(shape("[{order: [Ni, KEi]}]"), "{Ni, KEi, SAi1, N(COOKIE)}");
}

TEST(Mutation, Fields) {
  const auto set = [](const std::string& yaml, const std::string& path) {
    return field(mutated(ike_auth_response(), "[{set: {" + yaml + "}}]"), path);
  };
  EXPECT_EQ(set("SAr2.transform.flags.O: 0", "SAr2.transform.flags"), "0");
  EXPECT_EQ(set("AUTH.data: =flip", "AUTH.data"), "0x" + to_hex(Octets(31, 0xaa)) + "ab");
  EXPECT_EQ(set("AUTH.data: =zeros(3)", "AUTH.data"), "0x000000");
  // In quotes it is text, whatever it looks like.
  EXPECT_EQ(set("IDr.data: \"=flip\"", "IDr.data"), "\"=flip\"");
  EXPECT_EQ(set("IDr.data: \"other\"", "IDr.data"), "\"other\"");
  EXPECT_EQ(set("IDr.data: =reverse", "IDr.data"), "\"elpmaxe.retuor\"");
  EXPECT_EQ(set("TSi.selector.routing_protocol: LDP", "TSi.selector.routing_protocol"), "LDP (2)");
  EXPECT_EQ(set("HDR.message_id: 0xffffffff", "HDR.message_id"), "4294967295");
  EXPECT_EQ(mutated(ike_auth_response(), "- set:\n    AUTH.data: =repeat(0xAB, 2)")
                .payloads[1]
                .as<wire::AuthPayload>()
                ->data,
            (Octets{0xab, 0xab}));
  EXPECT_EQ(mutated(ike_auth_response(), "[{set: {AUTH.data: =random(40)}}]")
                .payloads[1]
                .as<wire::AuthPayload>()
                ->data.size(),
            40U);
}

TEST(Mutation, ANumberThatWasKeptFitsWhereOneOctetStands) {
  wire::Message message;
  wire::DeletePayload body;
  body.protocol = 201;
  body.spi_size = 1;
  body.spis = {{7}};
  message.payloads.push_back(wire::make_payload(wire::PayloadType::D, body));
  // A KeyID that was kept from a transform, where it is a number.
  struct Bound : Context {
    using Context::Context;
    Result<Value> binding(const std::string&) override { return Value{std::uint64_t{201}}; }
  };
  SeededRandom random(1);
  Bound context(random);
  const auto mutations = parse("[{set: {\"D.spis[1]\": $send_id}}]");
  ASSERT_TRUE(mutations) << mutations.error().message;
  const auto done = apply_to_message(*mutations, message, context);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(field(message, "D.spis[1]"), "0xc9");
}

TEST(Mutation, Elements) {
  auto m = mutated(ike_sa_init_request(),
                   "- remove-element: SAi1.proposals[1].transforms[2]\n"
                   "- double-element: \"SAi1.proposals[1]\"\n"
                   "- add-transform: SAi1.proposals[2]\n"
                   "  value: {type: ENCR, id: AES_GCM_16, key_length: 256}\n"
                   "  at: first\n");
  EXPECT_EQ(field(m, "SAi1.proposals.count"), "2");
  EXPECT_EQ(field(m, "SAi1.proposals[1].transforms.count"), "3");
  EXPECT_EQ(field(m, "SAi1.proposals[2].transforms.count"), "4");
  EXPECT_EQ(field(m, "SAi1.proposals[2].transform.id"), "AES_GCM_16 (20)");
  EXPECT_EQ(field(m, "SAi1.proposals[2].transform.key_length"), "256");
  m = mutated(ike_auth_response(),
              "- add-proposal: SAr2\n"
              "  at: first\n"
              "  value: {protocol: ESP, number: 9, spi: 0x01020304, transforms: [{type: ENCR, id: "
              "12}]}\n"
              "- add-proposal: SAr2\n"
              "  value: {protocol: TCP_AO, transforms: [{send_id: 5, auth_alg: 1, kdf: 2}]}\n");
  EXPECT_EQ(field(m, "SAr2.proposals.count"), "3");
  EXPECT_EQ(field(m, "SAr2.proposals[1].spi"), "0x01020304");
  EXPECT_EQ(field(m, "SAr2.proposals[1].transform.id"), "AES_CBC (12)");
  EXPECT_EQ(field(m, "SAr2.proposals[3].transform.send_id"), "5");
  EXPECT_EQ(field(m, "SAr2.proposals[3].protocol"), "TCP_AO (201)");
}

TEST(Mutation, OctetsAfterEncoding) {
  const auto octets = [](const std::string& yaml) {
    SeededRandom random(1);
    Context context(random);
    const auto mutations = parse(yaml);
    EXPECT_TRUE(mutations) << mutations.error().message;
    return *encode_mutated(*mutations, ike_sa_init_request(), context);
  };
  const Octets plain = octets("[]");
  EXPECT_EQ(plain, wire::encode_message(ike_sa_init_request()));
  const auto differs_at = [&](const Octets& other) {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < plain.size(); ++i)
      if (plain[i] != other.at(i))
        out.push_back(i);
    return out;
  };
  using Places = std::vector<std::size_t>;
  EXPECT_EQ(differs_at(octets("[{patch: {HDR.length: 65535}}]")), (Places{26, 27}));
  EXPECT_EQ(octets("[{patch: {HDR.next_payload: 0}}]")[16], 0);
  EXPECT_EQ(octets("[{patch: {SAi1.proposal.num_transforms: 9}}]")[28 + 4 + 7], 9);
  EXPECT_EQ(octets("- patch:\n    SAi1.proposals[1].transforms[1].last: 0")[28 + 4 + 8], 0);
  EXPECT_EQ(octets("[{patch: {KEi.length: 4}}]").size(), plain.size());
  EXPECT_EQ(differs_at(octets("[{octets: {at: 0, set: 0xff}}]")), Places{0});
  EXPECT_EQ(differs_at(octets("[{octets: {at: -1, set: 0xff}}]")), Places{plain.size() - 1});
  EXPECT_EQ(differs_at(octets("[{octets: {at: 0, set: 0xff}, inner: true}]")), Places{28});
  EXPECT_EQ(octets("[{truncate: 27}]").size(), 27U);
  EXPECT_EQ(octets("[{truncate: -3}]").size(), plain.size() - 3);
  EXPECT_EQ(octets("[{append: 0x0102}]").size(), plain.size() + 2);
  EXPECT_EQ(octets("[{append: =random(5)}]").size(), plain.size() + 5);
}

TEST(Mutation, TheEnvelopeOfASealedMessage) {
  wire::Message message = ike_auth_response();
  message.payloads = {
      wire::make_payload(wire::PayloadType::SK, wire::EncryptedPayload{36, Octets(16)})};
  Octets encoded = wire::encode_message(message);
  SeededRandom random(1);
  Context context(random);
  const auto mutations = *parse(
      "[{patch: {SK.next_payload: 41, SK.length: 3, HDR.message_id: 7, HDR.next_payload: 46}}]");
  ASSERT_TRUE(apply_to_envelope(mutations, encoded, context));
  EXPECT_EQ(encoded[28], 41);
  EXPECT_EQ(encoded[31], 3);
  EXPECT_EQ(encoded[23], 7);
}

TEST(Mutation, WhatCannotBeDoneNamesItsPlace) {
  const auto error = [](const std::string& yaml) {
    SeededRandom random(1);
    Context context(random);
    auto message = ike_sa_init_request();
    const auto mutations = parse(yaml);
    if (!mutations)
      return mutations.error().message;
    auto done = apply_to_message(*mutations, message, context);
    if (done)
      done = encode_mutated(*mutations, message, context).map([](const Octets&) {});
    return done ? std::string("done") : done.error().message;
  };
  EXPECT_EQ(error("[{remove: AUTH}]"), "x.yaml:1:2: the message has no payload AUTH");
  EXPECT_EQ(error("[{set: {AUTH.data: 0x00}}]"), "x.yaml:1:20: there is no payload AUTH");
  EXPECT_EQ(error("[{set: {Ni.data: $x}}]"), "x.yaml:1:18: nothing is bound to $x");
  EXPECT_EQ(error("[{truncate: 10000}]"), "x.yaml:1:2: cannot cut: there are 387 octets");
  EXPECT_EQ(error("[{set: {KEi.group: MODP_2084}}]"),
            "x.yaml:1:20: 'MODP_2084' is no value of this field; did you mean 'MODP_2048'?");
  EXPECT_EQ(
      error("[{patch: {HDR.flags.R: 1}}]"),
      "x.yaml:1:24: 'HDR.flags.R' is a part of an octet: use `set`, or patch the whole octet");
}

bool fits(const std::string& matcher, const std::string& path) {
  SeededRandom random(1);
  Context context(random);
  const auto message = ike_auth_response();
  const auto parsed = parse_matcher(parse_yaml("m: " + matcher, "x.yaml")->entries()[0].second);
  EXPECT_TRUE(parsed) << matcher;
  const auto found = get_field(message, *parse_path(path));
  const auto result =
      matches(*parsed, found ? std::optional(*found) : std::nullopt, MatchScope{context, &message});
  EXPECT_TRUE(result) << result.error().message;
  return *result;
}

TEST(Matcher, AllKinds) {
  const std::string id = "SAr2.transform.send_id";  // 77
  for (const char* yes : {"77", "0x4d", "any", "70..80", "!78", "1 | 77", "{one-of: [1, 77]}",
                          "{not: 78}", "{not: {min: 78}}", "{max: 77}", "{min: 77, max: 77}",
                          "{above: 76}", "{below: 78}", "{same-as: SAr2.transform.send_id}"})
    EXPECT_TRUE(fits(yes, id)) << yes;
  for (const char* no : {"78", "absent", "78..80", "!77", "1 | 78", "{one-of: [1, 78]}",
                         "{not: 77}", "{max: 76}", "{min: 78}", "{above: 77}", "{below: 77}",
                         "{same-as: \"SAr2.proposals[1].transforms[2].send_id\"}"})
    EXPECT_FALSE(fits(no, id)) << no;
  EXPECT_TRUE(fits("TCP_AO", "SAr2.proposal.protocol"));
  EXPECT_TRUE(fits("\"router.example\"", "IDr.data"));
  EXPECT_TRUE(fits("{prefix: \"router\"}", "IDr.data"));
  EXPECT_FALSE(fits("{prefix: \"x\"}", "IDr.data"));
  EXPECT_TRUE(fits("{contains: \"exam\"}", "IDr.data"));
  EXPECT_TRUE(fits("{length: 14}", "IDr.data"));
  EXPECT_TRUE(fits("{length: 1..14}", "IDr.data"));
  EXPECT_FALSE(fits("{length: 15..16}", "IDr.data"));
  EXPECT_TRUE(fits("absent", "KE.data"));
  EXPECT_FALSE(fits("any", "KE.data"));
  EXPECT_FALSE(fits("!3", "KE.data"));
  EXPECT_TRUE(fits("absent | !3", "KE.data"));
  EXPECT_TRUE(fits("{not: absent}", id));
}

// A number that was kept of a row of a check is text there.
TEST(Matcher, ComparesWithWhatWasKept) {
  struct Keeping final : Context {
    using Context::Context;
    Result<Value> binding(const std::string& name) override {
      return name == "number" ? Value(std::uint64_t{7}) : Value(octets_of("7"));
    }
  };
  SeededRandom random(1);
  Keeping context(random);
  const FieldValue field{std::uint64_t{7}, Names::none, 32};
  const FieldValue more{std::uint64_t{8}, Names::none, 32};
  const auto fit = [&](const std::string& matcher, const FieldValue& found) {
    const auto parsed = parse_matcher(parse_yaml("m: " + matcher, "x.yaml")->entries()[0].second);
    return *matches(*parsed, found, MatchScope{context});
  };
  for (const char* name : {"$number", "$text"}) {
    EXPECT_TRUE(fit(name, field)) << name;
    EXPECT_FALSE(fit(name, more)) << name;
    EXPECT_TRUE(fit(std::string("{above: ") + name + "}", more)) << name;
    EXPECT_FALSE(fit(std::string("{above: ") + name + "}", field)) << name;
    EXPECT_FALSE(fit(std::string("{below: ") + name + "}", field)) << name;
  }
}

TEST(Matcher, OfTextsAsControlAnswersHaveThem) {
  SeededRandom random(1);
  Context context(random);
  const auto fit = [&](const std::string& matcher, const std::string& text) {
    const auto parsed = parse_matcher(parse_yaml("m: " + matcher, "x.yaml")->entries()[0].second);
    return *matches_text(*parsed, text, MatchScope{context});
  };
  EXPECT_TRUE(fit("bgp", "bgp"));
  EXPECT_TRUE(fit("61", "61"));
  EXPECT_TRUE(fit("0x3d", "61"));
  EXPECT_TRUE(fit("{contains: incl}", "options include"));
  EXPECT_TRUE(fit("{length: 2}", "0a0b"));
  EXPECT_TRUE(fit("60..62", "61"));
  EXPECT_TRUE(fit("{above: 60}", "61"));
  EXPECT_FALSE(fit("{above: 61}", "61"));
  EXPECT_FALSE(fit("{below: 61}", "sixty"));
  EXPECT_FALSE(fit("bgp", "ldp"));
  EXPECT_FALSE(fit("60..62", "63"));
}

}  // namespace
}  // namespace karpspec::transcript
