// The picture of an exchange, and the lines that it is drawn from.
#include "report/ladder.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "sample_results.h"

namespace karpspec::report {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

TEST(Ladder, LinesOfMessages) {
  const ExchangeLine out = parse_exchange_line(
      "    0.000s  tester -> device  IKE_SA_INIT request, id 0 {SAi1, KEi, Ni}");
  EXPECT_EQ(out.from, "tester");
  EXPECT_EQ(out.to, "device");
  EXPECT_EQ(out.time, "0.000s");
  EXPECT_EQ(out.text, "IKE_SA_INIT request, id 0 {SAi1, KEi, Ni}");
  const ExchangeLine in = parse_exchange_line(" 3600.250s  device -> tester  INFORMATIONAL {}");
  EXPECT_EQ(in.from, "device");
  EXPECT_EQ(in.to, "tester");
  EXPECT_EQ(in.time, "3600.250s");
}

TEST(Ladder, OtherLinesAreNotes) {
  for (const char* line : {"            check: key-table: 0 there", "",
                           "            control start {\"peer\":\"tester -> device\"}",
                           "            why  tester -> device  is no message"}) {
    const ExchangeLine note = parse_exchange_line(line);
    EXPECT_TRUE(note.is_note()) << line;
    EXPECT_EQ(note.time, "") << line;
  }
  EXPECT_EQ(parse_exchange_line("            check: key-table: 0 there").text,
            "check: key-table: 0 there");
}

TEST(Ladder, WhatGoesToAGroupReachesEverybodysLine) {
  TestResult test = sample_failure();
  test.failure.reset();
  test.exchange = {"    0.000s  second -> group  mrkmp_advert {GROUP, ADV}",
                   "    1.000s  device -> third  mrkmp_init request, id 0 {SAi1, KEi, Ni}",
                   "    1.500s  third is cut off"};
  const std::string svg = ladder_svg(test);
  EXPECT_EQ(count(svg, "class=\"life\""), 4U);
  for (const char* name : {">tester<", ">second<", ">third<", ">device<"})
    EXPECT_THAT(svg, HasSubstr(name));
  EXPECT_THAT(svg, Not(HasSubstr(">group<")));
  const std::string first = svg.substr(0, svg.find("mrkmp_init"));
  EXPECT_EQ(count(first, "<path class=\"tip\""), 3U);
  EXPECT_EQ(count(first, "<circle class=\"tip\""), 1U);
  EXPECT_EQ(count(svg, "<g class=\"note\">"), 1U);
}

TEST(Ladder, ARungForEachMessageAndWhatDidNotFitBelow) {
  const std::string svg = ladder_svg(sample_failure());
  EXPECT_EQ(count(svg, "<g class=\"out\">"), 2U);
  EXPECT_EQ(count(svg, "<g class=\"in\">"), 2U);
  EXPECT_EQ(count(svg, "class=\"arrow\""), 4U);
  EXPECT_THAT(svg, HasSubstr("step 4: SAr2.proposals[1].transforms[1].flags.O expected 1, got 0"));
  EXPECT_LT(svg.find("IKE_AUTH response"), svg.find("<g class=\"bad\">"));
}

TEST(Ladder, LongLinesAreBroken) {
  TestResult test = sample_failure();
  test.failure.reset();
  test.exchange = {"    0.000s  tester -> device  " + std::string(500, 'x')};
  const std::string svg = ladder_svg(test);
  EXPECT_EQ(count(svg, "class=\"arrow\""), 1U);
  EXPECT_THAT(svg, Not(HasSubstr(std::string(121, 'x'))));
  test.exchange = {"    0.000s  tester -> device  "};
  EXPECT_EQ(count(svg, "x") - count(ladder_svg(test), "x"), 500U + 4 * 3);  // <text x= of 4 more
}

TEST(Ladder, NothingForNoExchange) {
  TestResult test = sample_failure();
  test.exchange.clear();
  EXPECT_EQ(ladder_svg(test), "");
}

}  // namespace
}  // namespace karpspec::report
