#include "dut/pics_file.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "dut/dut_file.h"

// A questionnaire that a vendor has filled in.
namespace karpspec::dut {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class PicsFile : public testing::Test {
 protected:
  PicsFile() {
    std::string name = (fs::temp_directory_path() / "karpspec-pics-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::runtime_error(name + ": cannot be made");
    folder_ = name;
  }
  ~PicsFile() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Result<Json> read(const std::string& text, bool control = true) {
    std::ofstream(folder_ / "pics.yaml") << text;
    return read_pics_file((folder_ / "pics.yaml").string(), {"control", "key-table", "cookies"},
                          control);
  }
  std::string error_of(const std::string& text, bool control = true) {
    const auto pics = read(text, control);
    EXPECT_FALSE(pics) << text;
    return pics ? "" : pics.error().message;
  }
  fs::path folder_;
};

std::string item(const std::string& name, const std::string& answer) {
  return "  - {item: " + name +
         ", question: \"Is it so?\", requirements: [A-1], answer: " + answer + "}\n";
}
std::string all(const std::string& cookies = "yes") {
  return "pics:\n" + item("role initiator", "no") + item("role responder", "yes") +
         item("control", "yes") + item("key-table", "no") + item("cookies", cookies);
}

TEST_F(PicsFile, AnswersAreClaims) {
  const auto pics = read(all());
  ASSERT_TRUE(pics) << pics.error().message;
  EXPECT_EQ(*pics, Json::parse(R"({"roles": ["responder"], "control": true, "key-table": false,
                                   "claims": ["cookies"]})"));
  const auto less = read(all("\"no\""));
  ASSERT_TRUE(less) << less.error().message;
  EXPECT_TRUE((*less)["claims"].empty());
}

TEST_F(PicsFile, EveryItemHasAnAnswer) {
  EXPECT_THAT(error_of(all("")), HasSubstr("pics.yaml:6:5: 'cookies' has no answer, yes or no"));
  EXPECT_THAT(error_of("pics:\n  - {item: cookies}\n"), HasSubstr("'cookies' has no answer"));
  EXPECT_THAT(error_of("pics:\n" + item("role initiator", "no")),
              HasSubstr("there is no item 'role responder'; 'karpspec list pics --questionnaire'"));
  EXPECT_THAT(error_of(all("perhaps")), HasSubstr("'perhaps' where the answer is yes or no"));
  EXPECT_THAT(error_of(all() + item("cookies", "yes")), HasSubstr("'cookies' is answered twice"));
}

TEST_F(PicsFile, WhatIsNoQuestionnaireIsRefused) {
  EXPECT_THAT(error_of(all() + item("cookie", "yes")), HasSubstr("did you mean 'cookies'?"));
  EXPECT_THAT(error_of("pics: yes\n"), HasSubstr("has a list 'pics'"));
  EXPECT_THAT(error_of("items: []\n"), HasSubstr("items"));
  EXPECT_THAT(error_of("pics:\n  - {answer: yes}\n"), HasSubstr("needs 'item'"));
  EXPECT_THAT(error_of(all(), false), HasSubstr("'control' is claimed, but the DUT file has no"));
  EXPECT_EQ(read_pics_file((folder_ / "none.yaml").string(), {}, true).error().code,
            ErrorCode::not_found);
}

TEST_F(PicsFile, IsNamedByTheDutFile) {
  std::ofstream(folder_ / "pics.yaml") << all();
  DutFileChecks checks;
  checks.claims = {"control", "key-table", "cookies"};
  const std::string dut = "name: x\nstart: {kind: embedded}\npics: ";
  const auto file = parse_dut_file(dut + "pics.yaml\n", (folder_ / "dut.yaml").string(), checks);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->pics["roles"], Json::parse(R"(["responder"])"));
  EXPECT_EQ(file->pics["auth"], Json::parse(R"(["psk"])"));
  EXPECT_EQ(file->pics["claims"], Json::parse(R"(["cookies"])"));
  const auto none = parse_dut_file(dut + "other.yaml\n", (folder_ / "dut.yaml").string(), checks);
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("dut.yaml:3:7: there is no file"));
}

}  // namespace
}  // namespace karpspec::dut
