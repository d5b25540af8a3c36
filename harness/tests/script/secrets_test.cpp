#include "script/secrets.h"

#include <gmock/gmock.h>

#include "engine.h"

// What a device is given and answers may be in no text of a test.
namespace karpspec::script {
namespace {

using testing::HasSubstr;
using testing::Not;

// Everything that people and programs read of OUTCOME.
std::string all_texts(const Outcome& outcome) {
  const verdict::TestResult& result = outcome.result;
  std::string all = result.reason + "\n" + outcome.transcript;
  for (const auto* lines : {&result.exchange, &result.notes})
    for (const std::string& line : *lines)
      all += "\n" + line;
  if (result.failure)
    all += "\n" + result.failure->expected + "\n" + result.failure->got;
  return all;
}

class Secrets : public Engine {};

const std::string mkt_key = "00112233445566778899aabbccddeeff";
const std::string add_mkt =
    "  - control: mkt-add\n    params: {name: a, send_id: 1, recv_id: 2, mac: HMAC-SHA-1-96, "
    "kdf: HMAC-SHA-1, key: \"" +
    mkt_key + "\"}\n";

TEST_F(Secrets, OfControlRequestsAreHidden) {
  const Outcome outcome = play_steps(
      add_mkt + "  - control: pad-set\n    params: {peer: tester, psk: other words}\n" + add_mkt);
  const std::string texts = all_texts(outcome);
  EXPECT_THAT(texts, Not(HasSubstr(mkt_key)));
  EXPECT_THAT(texts, Not(HasSubstr("other words")));
  EXPECT_THAT(texts, HasSubstr("\"key\":\"[secret 1]\""));
  EXPECT_THAT(texts, HasSubstr("\"psk\":\"[secret 2]\""));
}

TEST_F(Secrets, OfOneCharacterAreHiddenInControlRequests) {
  const Outcome outcome =
      play_steps("  - control: pad-set\n    params: {peer: tester, psk: \"7\"}\n");
  EXPECT_THAT(all_texts(outcome), HasSubstr(R"({"peer":"tester","psk":"[secret]"})"));
}

TEST_F(Secrets, OfAKeyTableThatIsOneTextAreHidden) {
  const Outcome outcome = play_steps(
      "  - control: key-table-import\n    params: {text: 'rows: [{AdminKeyName: a, Key: "
      "\"0011aabbccddeeff\"}]'}\n"
      "  - control: key-table-import\n    params: {text: '[{\"Key\": \"8899aabbccddeeff\"}]'}\n");
  EXPECT_THAT(all_texts(outcome), Not(HasSubstr("0011aabbccddeeff")));
  EXPECT_THAT(all_texts(outcome), Not(HasSubstr("8899aabbccddeeff")));
  EXPECT_THAT(all_texts(outcome), HasSubstr("AdminKeyName: a"));
}

TEST_F(Secrets, ThatADeviceTellsInAnErrorAreHidden) {
  state_.control.insert_or_assign(
      "configure", fail(ErrorCode::bad_value,
                        "psk 'a preshared key of one pair of routers' (61207072657368617265"
                        "64206b6579206f66206f6e652070616972206f6620726f7574657273): too long"));
  const Outcome outcome = play_steps(ask + "  - silence: 1s\n");
  EXPECT_EQ(outcome.result.verdict, verdict::Verdict::error);
  EXPECT_THAT(outcome.result.reason, HasSubstr("psk '[secret 1]' ([secret 1]): too long"));
}

TEST_F(Secrets, OfADeviceThatAreNotAsExpectedAreHiddenAndToldApart) {
  state_.control.insert_or_assign(
      "gatekeeper-mkts",
      Json::parse(R"({"mkts": [{"row": "a", "key": "ffeeddccbbaa99887766554433221100"}]})"));
  const Outcome outcome = play_steps(
      add_mkt + "  - check: gatekeeper-mkts\n    rows: [{row: a, key: \"" + mkt_key + "\"}]\n");
  ASSERT_TRUE(outcome.result.failure) << outcome.result.reason;
  EXPECT_EQ(outcome.result.failure->field, "key");
  EXPECT_EQ(outcome.result.failure->expected, R"("[secret 1]")");
  EXPECT_EQ(outcome.result.failure->got, "[secret 2]");
  EXPECT_THAT(all_texts(outcome), Not(HasSubstr(mkt_key)));
  EXPECT_THAT(all_texts(outcome), Not(HasSubstr("ffeeddcc")));
}

TEST(SecretMembers, AreKnownByTheirNames) {
  for (const char* name : {"psk", "key", "Key", "private_key", "private-key", "password", "secret"})
    EXPECT_TRUE(names_secret(name)) << name;
  for (const char* name : {"AdminKeyName", "LocalKeyName", "keys", "key_id", "key-table", "kind"})
    EXPECT_FALSE(names_secret(name)) << name;
}

}  // namespace
}  // namespace karpspec::script
