#include "dut/adapters/members.h"

#include <gmock/gmock.h>

namespace karpspec::dut {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Json object = {
    {"text", "a"},        {"empty", ""},       {"number", 1},           {"null", {}},
    {"list", {"a", "b"}}, {"mixed", {"a", 1}}, {"none", Json::array()}, {"object", {{"a", "b"}}}};

template <class T>
std::string wrong_in(const Result<T>& result) {
  EXPECT_FALSE(result);
  if (result)
    return {};
  EXPECT_EQ(result.error().code, ErrorCode::bad_value);
  return result.error().message;
}

TEST(Members, ATextIsAText) {
  EXPECT_EQ(text_member(object, "text").value(), "a");
  EXPECT_EQ(text_member(object, "empty").value(), "");
  EXPECT_EQ(wrong_in(text_member(object, "absent", "peers[1].")), "peers[1].absent: missing");
  for (const char* other : {"number", "null", "list", "object"})
    EXPECT_EQ(wrong_in(text_member(object, other)), std::string(other) + ": expected a text");
  // Of what is no object there are no members.
  EXPECT_EQ(wrong_in(text_member(Json(), "text")), "text: missing");
  EXPECT_EQ(wrong_in(text_member(Json::array(), "text")), "text: missing");
}

TEST(Members, OneThatIsLeftOutIsWhatItWouldBe) {
  EXPECT_EQ(text_member_or(object, "text", "b").value(), "a");
  EXPECT_EQ(text_member_or(object, "absent", "b").value(), "b");
  EXPECT_EQ(text_member_or(Json(), "absent", "b").value(), "b");
  EXPECT_EQ(wrong_in(text_member_or(object, "null", "b")), "null: expected a text");
}

TEST(Members, OneThatNamesSomethingIsNotEmpty) {
  EXPECT_EQ(filled_member(object, "text").value(), "a");
  EXPECT_EQ(wrong_in(filled_member(object, "empty")), "empty: expected a text");
  EXPECT_EQ(wrong_in(filled_member(object, "absent")), "absent: missing");
}

TEST(Members, AListIsOfTextsAlone) {
  EXPECT_THAT(text_list_member(object, "list").value(), ElementsAre("a", "b"));
  EXPECT_THAT(text_list_member(object, "none").value(), IsEmpty());
  EXPECT_THAT(text_list_member(object, "absent").value(), IsEmpty());
  for (const char* other : {"text", "mixed", "null", "object"})
    EXPECT_EQ(wrong_in(text_list_member(object, other, "rows.")),
              "rows." + std::string(other) + ": expected a list of texts");
}

}  // namespace
}  // namespace karpspec::dut
