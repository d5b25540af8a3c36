#include "base/hidden_secrets.h"

#include <gmock/gmock.h>

// What becomes of known secrets in a text.
namespace karpspec {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(HiddenSecrets, Base64IsThatOfRfc4648) {
  for (const auto& [text, base64] : {std::pair("", ""),
                                     {"f", "Zg=="},
                                     {"fo", "Zm8="},
                                     {"foo", "Zm9v"},
                                     {"foob", "Zm9vYg=="},
                                     {"fooba", "Zm9vYmE="},
                                     {"foobar", "Zm9vYmFy"}})
    EXPECT_EQ(to_base64(octets_of(text)), base64);
}

TEST(HiddenSecrets, AreFoundInEveryFormThatTextsWriteThemIn) {
  HiddenSecrets secrets;
  secrets.add(octets_of("swordfish \"7\""));
  for (const char* form : {"swordfish \"7\"", "swordfish \\\"7\\\"", "73776f726466697368202237",
                           "73776F726466697368202237", "c3dvcmRmaXNoICI3Ig=="}) {
    // The hexadecimal ones are only the beginning of the whole.
    const std::string whole =
        std::string(form).starts_with("7377") ? std::string(form) + "22" : form;
    EXPECT_EQ(secrets.hide("a " + whole + " b"), "a [secret 1] b") << form;
    EXPECT_EQ(secrets.hide("0x00" + whole + "00"), "0x00[secret 1]00") << form;
  }
  EXPECT_EQ(secrets.hide("sword, fish"), "sword, fish");
}

TEST(HiddenSecrets, AreToldApartByNumbersInTheOrderInWhichTheyCome) {
  HiddenSecrets secrets;
  secrets.add(octets_of("first of two"));
  secrets.add(octets_of("second of two"));
  secrets.add(octets_of("first of two"));
  EXPECT_EQ(secrets.hide("expected second of two, got first of two"),
            "expected [secret 1], got [secret 2]");
  EXPECT_EQ(secrets.hide("again: " + to_hex(octets_of("first of two"))), "again: [secret 2]");
}

TEST(HiddenSecrets, OfConfigurationsAreHiddenAsOctetsToo) {
  HiddenSecrets secrets;
  secrets.add_text("0x000102030405060708");
  secrets.add_text("a0b0c0d0e0f0");
  EXPECT_EQ(secrets.hide("psk 0x000102030405060708"), "psk [secret 1]");
  EXPECT_EQ(secrets.hide("psk = AAECAwQFBgcI"), "psk = [secret 1]");
  EXPECT_EQ(secrets.hide("Key: A0B0C0D0E0F0"), "Key: [secret 2]");
}

TEST(HiddenSecrets, TheLongestIsTaken) {
  HiddenSecrets secrets;
  secrets.add_text("01010101010101010101");
  secrets.add_text("0101010101010101010101010101");
  EXPECT_EQ(secrets.hide("0101010101010101010101010101"), "[secret 1]");
}

TEST(HiddenSecrets, ShortOnesAreWordsOfTheirOwn) {
  HiddenSecrets secrets;
  secrets.add_text("test");
  secrets.add_text("abc");
  EXPECT_EQ(secrets.hide("tester says 'test' and abc, contest"),
            "tester says '[secret 1]' and abc, contest");
}

TEST(HiddenSecrets, PrivateKeysAreHiddenLineByLine) {
  HiddenSecrets secrets;
  const std::string pem =
      "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06\n"
      "/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
  secrets.add_text(pem);
  for (const char* form : {"MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06", "/nwoy/HU++CXqI9EdVhC",
                           "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC"})
    EXPECT_EQ(secrets.hide(form), "[secret 1]");
  EXPECT_EQ(secrets.hide("key \"" + pem + "\""), "key \"[secret 1]\"");
  EXPECT_THAT(secrets.hide("-----BEGIN PRIVATE KEY-----\\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp"
                           "+K06\\n/nwoy/HU++CXqI9EdVhC\\n-----END PRIVATE KEY-----\\n"),
              Not(HasSubstr("MC4C")));
}

TEST(HiddenSecrets, OfNothingNothingIsHidden) {
  HiddenSecrets secrets;
  EXPECT_EQ(secrets.hide("as it is"), "as it is");
  secrets.add({});
  secrets.add(octets_of("abc"));
  secrets.add_text("");
  EXPECT_EQ(secrets.hide("abc 616263"), "abc 616263");
}

}  // namespace
}  // namespace karpspec
