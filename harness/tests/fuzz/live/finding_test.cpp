#include <gmock/gmock.h>

#include "fuzz/live/classifier.h"
#include "fuzz/live/reducer.h"

namespace karpspec::fuzz {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

const char* const overflow = R"(=================================================================
==33==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x611000037a00 at pc 0x7f bp 0x7f sp 0x7f
WRITE of size 1024 at 0x611000037a00 thread T0
    #0 0x7f6f76c48060 in __interceptor_memcpy ../../../../src/libsanitizer/sanitizer_common.inc:827
    #1 0x5641 in karpspec::planted::(anonymous namespace)::keep_nonce(unsigned char const*, unsigned long) a.cpp:7
    #2 0x5642 in karpspec::planted::Parser::read_nonce(karpspec::planted::Block const&) a.cpp:70
    #3 0x5643 in main m.cpp:1
SUMMARY: AddressSanitizer: heap-buffer-overflow a.cpp:7 in __interceptor_memcpy
)";

Case one_of(std::vector<Operation> operations) {
  Case one;
  one.exchange = &exchanges()[3];
  one.operations = std::move(operations);
  return one;
}

Operation operation(const std::string& field, const std::string& name = "max") {
  return {"SA", field, name, {"x"}, {}, 1};
}

TEST(LastWords, AreTheKindAndTheProgramsOwnFunctions) {
  EXPECT_EQ(last_words(overflow), "heap-buffer-overflow in keep_nonce of read_nonce");
  EXPECT_EQ(last_words("x.cpp:7:3: runtime error: index 300 out of bounds\n"),
            "x.cpp:#:#: runtime error: index # out of bounds");
  EXPECT_EQ(last_words("00[DMN] hello\nthread 7 received 11 at 0x5512\n\n"),
            "thread # received # at #");
  EXPECT_EQ(last_words(""), "");
}

TEST(Signature, TellsMistakesApartAndNotWhatShowsThem) {
  const std::string words = last_words(overflow);
  EXPECT_EQ(
      signature(Symptom::crash, words, one_of({operation("a")})),
      signature(Symptom::crash, "SEGV in keep_nonce of read_nonce", one_of({operation("b")})));
  EXPECT_EQ(signature(Symptom::hang, "", one_of({operation("proposals[1].length", "0")})),
            signature(Symptom::hang, "", one_of({operation("proposals[2].length", "1")})));
  EXPECT_NE(signature(Symptom::hang, "", one_of({operation("proposals[1].length")})),
            signature(Symptom::hang, "", one_of({operation("proposals[1].number")})));
  EXPECT_NE(signature(Symptom::hang, "", one_of({operation("a")})),
            signature(Symptom::memory, "", one_of({operation("a")})));
}

wire::Message answer_with(wire::Payload payload) {
  wire::Message out;
  out.header.flags = wire::Header::flag_response;
  out.payloads.push_back(std::move(payload));
  return out;
}

TEST(OddAnswer, IsOneThatSaysMoreThanThereIs) {
  wire::NotifyPayload notify;
  notify.type = 17;  // INVALID_KE_PAYLOAD
  notify.data = {0, 14};
  EXPECT_FALSE(odd_answer(answer_with(wire::make_payload(wire::PayloadType::N, notify))));
  notify.data = Octets(40);
  const auto odd = odd_answer(answer_with(wire::make_payload(wire::PayloadType::N, notify)));
  ASSERT_TRUE(odd);
  EXPECT_THAT(*odd, HasSubstr("40 octets"));
  wire::KePayload ke;
  ke.reserved = 0x5a5a;
  EXPECT_TRUE(odd_answer(answer_with(wire::make_payload(wire::PayloadType::KE, ke))));
  wire::Message request = answer_with(wire::make_payload(wire::PayloadType::KE, ke));
  request.header.flags = 0;
  EXPECT_FALSE(odd_answer(request)) << "what the tester has sent itself";
}

TEST(Trend, IsSeenInALineAndNotInAStepOrNoise) {
  std::vector<Sample> line, step, noise;
  for (int i = 0; i < 20; ++i) {
    line.push_back({i * 50.0, 10000.0 + i * 3000 + (i % 2) * 200});
    step.push_back({i * 50.0, i < 2 ? 10000.0 : 60000.0});
    noise.push_back({i * 50.0, 10000.0 + (i * 7919 % 13) * 4000});
  }
  EXPECT_TRUE(grows_steadily(line, 32768));
  EXPECT_FALSE(grows_steadily(line, 100000));
  EXPECT_FALSE(grows_steadily(step, 32768));
  EXPECT_FALSE(grows_steadily(noise, 32768));
  EXPECT_FALSE(grows_steadily({line.begin(), line.begin() + 3}, 1));
  EXPECT_NEAR(trend_of(line).per_case, 60, 1);
}

TEST(Reduce, LeavesTheOneOperationThatMatters) {
  unsigned asked = 0;
  const Shows shows = [&](const Case& one) {
    ++asked;
    return std::any_of(one.operations.begin(), one.operations.end(),
                       [](const Operation& each) { return each.field == "guilty"; });
  };
  const Case out =
      reduce(one_of({operation("a"), operation("b"), operation("guilty"), operation("c")}), shows);
  ASSERT_THAT(out.operations, SizeIs(1));
  EXPECT_EQ(out.operations[0].field, "guilty");
  EXPECT_LE(asked, 40U);
}

TEST(Reduce, KeepsWhatBelongsTogether) {
  const auto has = [](const Case& one, const char* field) {
    return std::any_of(one.operations.begin(), one.operations.end(),
                       [&](const Operation& each) { return each.field == field; });
  };
  const Shows shows = [&](const Case& one) { return has(one, "a") && has(one, "d"); };
  const Case out =
      reduce(one_of({operation("a"), operation("b"), operation("c"), operation("d")}), shows);
  EXPECT_THAT(out.operations, SizeIs(2));
}

TEST(Reduce, HalvesLinesAndRepetitionsAndLeavesStepsOut) {
  Case one = one_of({operation("a")});
  one.operations[0].lines = std::vector<std::string>(96, "double: SA");
  one.times = 400;
  const Shows shows = [](const Case& each) {
    return each.operations[0].lines.size() >= 6 && each.times >= 200;
  };
  const Case out = reduce(one, shows, 60);
  EXPECT_THAT(out.operations[0].lines, SizeIs(6));
  EXPECT_GE(out.times, 200U);
  EXPECT_LE(out.times, 225U);
  EXPECT_EQ(out.left_out, std::vector<bool>(one.exchange->before.size(), true));
}

TEST(Reduce, AsksNoMoreThanItMay) {
  unsigned asked = 0;
  const Shows shows = [&](const Case&) {
    ++asked;
    return false;
  };
  std::vector<Operation> many(30, operation("a"));
  EXPECT_THAT(reduce(one_of(many), shows, 5).operations, SizeIs(30));
  EXPECT_EQ(asked, 5U);
}

}  // namespace
}  // namespace karpspec::fuzz
