// What comes of a matrix: as JSON and back, its parts joined, its page.
#include "report/interop.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

#include "command.h"
#include "sample_results.h"

namespace karpspec::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using verdict::Side;

InteropCell cell(const std::string& exchange, const std::string& initiator,
                 const std::string& responder, Verdict verdict, Side whose = Side::none,
                 const std::string& reason = "") {
  InteropCell out;
  out.name = exchange + "/" + initiator + "/" + responder;
  out.exchange = exchange;
  out.initiator = initiator;
  out.responder = responder;
  out.verdict = verdict;
  out.whose = whose;
  out.reason = reason;
  out.seconds = 1.5;
  if (verdict == Verdict::not_applicable)
    return out;
  out.initiator_has = out.responder_has = "IKE SA 01/02 established";
  out.keys_of = "ref";
  out.messages = 2;
  out.exchanged = {"0.000s  initiator -> responder  IKE_SA_INIT request, id 0 {SAi1, KEi, Ni}",
                   "0.002s  responder -> initiator  IKE_SA_INIT response, id 0 {SAr1, KEr, Nr}"};
  out.capture = "cells/" + out.name + ".pcapng";
  out.transcript = "cells/" + out.name + ".transcript.yaml";
  return out;
}

InteropRun sample() {
  InteropRun run;
  run.tool_version = "0.1";
  run.profile_version = "1";
  run.suites_digest = "aa";
  run.title = "A <matrix> {{seed}}";
  run.matrix = "m.yaml";
  run.matrix_digest = "bb";
  run.seed = 7;
  run.selection = "all";
  run.cells_in_all = 4;
  run.devices = {{"ref", "reference", "1", "ref.yaml", "cc", {"rkmp", "esp"}, {"psk", "sas"}},
                 {"swan", "strongSwan", "5.9.8", "swan.yaml", "dd", {"esp"}, {"psk"}}};
  run.exchanges = {{"ike-initial-psk", "First"}, {"rkmp-initial-psk", "Second"}};
  run.cells = {
      cell("ike-initial-psk", "ref", "swan", Verdict::pass),
      cell("ike-initial-psk", "swan", "ref", Verdict::fail, Side::responder,
           "ref (responder) broke IKE-3.1-04"),
      cell("rkmp-initial-psk", "ref", "swan", Verdict::not_applicable, Side::none,
           "swan makes children of kind esp only"),
      cell("rkmp-initial-psk", "swan", "ref", Verdict::inconclusive, Side::none, "ref declined")};
  verdict::InteropBreach breach;
  breach.side = Side::responder;
  breach.requirement = "IKE-3.1-04";
  breach.clause = "MUST, RFC 5996 section 3.1";
  breach.statement = "X bits are zero";
  breach.frame = 2;
  breach.message = "IKE_SA_INIT response {SAr1, KEr, Nr}";
  breach.field = "HDR.flags";
  breach.octet = 19;
  breach.expected = "0x20";
  breach.got = "0x21";
  run.cells[1].breaches = {breach};
  run.cells[1].notes = {"a note"};
  using Kind = verdict::Finding::Kind;
  run.findings = {{Kind::expected, "ike-initial-psk/ref/swan", "pass where fail was expected"},
                  {Kind::expected, "ike-initial-psk/swan/ref", "the expectation ran out"},
                  {Kind::expected, "", "'no/such/cell' is expected to be fail"}};
  run.started = "2026-01-02T03:04:05Z";
  run.wall_seconds = 6;
  return run;
}

std::string text(const InteropRun& run) {
  return json_text(to_json(run), 1);
}

TEST(Interop, JsonIsAsPublishedAndReadBack) {
  const InteropRun run = sample();
  EXPECT_EQ(complaint("interop", text(run)), "");
  const auto again = interop_from_json(Json::parse(text(run)));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(text(*again), text(run));
}

TEST(Interop, WhatIsNoSuchFileIsRefused) {
  Json json = to_json(sample());
  json["cells"][1]["verdict"] = "good";
  EXPECT_THAT(interop_from_json(json).error().message, HasSubstr("cells[2].verdict"));
  json = to_json(sample());
  json["cells"][0]["whose"] = "mine";
  EXPECT_THAT(interop_from_json(json).error().message, HasSubstr("whose"));
  json = to_json(sample());
  json["cells"][0]["evidence"]["capture"] = "../../etc/passwd";
  EXPECT_THAT(interop_from_json(json).error().message, HasSubstr("no file of the run"));
  json["format"] = "x";
  EXPECT_FALSE(interop_from_json(json));
  EXPECT_FALSE(interop_from_json(Json("x")));
}

TEST(Interop, CountsAgainstSomebodyWhatFailedAlone) {
  const InteropRun run = sample();
  EXPECT_FALSE(counts_against(run.cells[0]));
  EXPECT_TRUE(counts_against(run.cells[1]));
  EXPECT_FALSE(counts_against(run.cells[2]));
  EXPECT_FALSE(counts_against(run.cells[3]));
}

// Two parts of the sample, cell by cell.
std::vector<InteropPart> parts() {
  std::vector<InteropPart> out;
  for (std::size_t part = 0; part < 2; ++part) {
    InteropRun run = sample();
    run.selection = "all, shard " + std::to_string(part + 1) + "/2";
    run.cells.clear();
    const InteropRun whole = sample();
    for (std::size_t i = part; i < whole.cells.size(); i += 2)
      run.cells.push_back(whole.cells[i]);
    // What is said of a cell its part says; what is said of none every part.
    run.findings = {whole.findings[part], whole.findings[2]};
    run.started = part == 0 ? "2026-01-02T03:04:06Z" : "2026-01-02T03:04:05Z";
    run.wall_seconds = 3;
    // Other evidence, as another machine has.
    for (InteropCell& one : run.cells)
      one.seconds = 9;
    out.push_back({"part" + std::to_string(part + 1), std::move(run)});
  }
  return out;
}

TEST(InteropMerge, EqualsTheUnsplitRun) {
  auto both = parts();
  std::swap(both[0], both[1]);
  const auto whole = merge(both);
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(json_text(verdicts_json(*whole), 1), json_text(verdicts_json(sample()), 1));
  EXPECT_EQ(json_text(to_json(*whole)["findings"], 1), json_text(to_json(sample())["findings"], 1));
  EXPECT_EQ(whole->selection, "all");
  EXPECT_EQ(whole->started, "2026-01-02T03:04:05Z");
  EXPECT_EQ(whole->wall_seconds, 6);
}

TEST(InteropMerge, VersionsAreThoseOfThePartThatAsked) {
  auto both = parts();
  both[0].run.devices[1].version.clear();
  const auto whole = merge(both);
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->devices[1].version, "5.9.8");
}

TEST(InteropMerge, RefusesWhatDoesNotBelongTogether) {
  const auto refusal = [](const std::function<void(std::vector<InteropPart>&)>& change) {
    auto both = parts();
    change(both);
    const auto whole = merge(both);
    return whole ? "taken" : whole.error().message;
  };
  EXPECT_EQ(refusal([](auto&) {}), "taken");
  EXPECT_THAT(refusal([](auto& all) { all[1].run.seed = 8; }),
              HasSubstr("part1 and part2 are not parts of one run: the seed differs"));
  EXPECT_THAT(refusal([](auto& all) { all[1].run.matrix_digest = "x"; }), HasSubstr("the matrix"));
  EXPECT_THAT(refusal([](auto& all) { all[1].run.devices[0].dut_digest = "x"; }),
              HasSubstr("the device 'ref'"));
  EXPECT_THAT(refusal([](auto& all) { all[1].run.devices[1].version = "6"; }),
              HasSubstr("the version of 'swan'"));
  EXPECT_THAT(refusal([](auto& all) { all.pop_back(); }), HasSubstr("missing: part 2 of 2"));
  EXPECT_THAT(refusal([](auto& all) { all[1] = all[0]; }), HasSubstr("both part 1 of 2"));
  EXPECT_THAT(refusal([](auto& all) { all[1].run.cells.pop_back(); }),
              HasSubstr("cells are missing: rkmp-initial-psk/swan/ref"));
  EXPECT_THAT(refusal([](auto& all) { all[1].run.cells[0] = all[0].run.cells[0]; }),
              HasSubstr("is in part1 and in part2"));
  EXPECT_THAT(refusal([](auto& all) { all[1].run.cells[0].name = "x/y/z"; }),
              HasSubstr("its matrix has no cell x/y/z"));
  EXPECT_THAT(refusal([](auto& all) { all[1].run.selection = "all, shard 2/3"; }),
              HasSubstr("part2 of 'all, shard 2/3'"));
  EXPECT_FALSE(merge(std::vector<InteropPart>()));
}

std::string page_of(const InteropRun& run) {
  return to_html(run, {{"ike-initial-psk/ref/swan", "transcript: 1 <x>\n"}});
}

TEST(InteropHtml, HasTheMatrixAndEachCellWithItsEvidence) {
  const std::string page = page_of(sample());
  EXPECT_THAT(page, HasSubstr("<h1>1 of 3 cells did not pass</h1>"));
  EXPECT_THAT(page, HasSubstr("<a class=\"v pass\" href=\"#ike-initial-psk/ref/swan\""));
  EXPECT_THAT(page, HasSubstr("<a class=\"v fail\" href=\"#ike-initial-psk/swan/ref\" "
                              "title=\"ref (responder) broke IKE-3.1-04\">fail</a>"));
  EXPECT_THAT(page, HasSubstr("whose fault: ref (responder)"));
  EXPECT_THAT(page, AllOf(HasSubstr("HDR.flags, octet 19"), HasSubstr("0x21")));
  EXPECT_THAT(page, HasSubstr("href=\"cells/ike-initial-psk/swan/ref.pcapng\""));
  EXPECT_THAT(page, HasSubstr("transcript: 1 &lt;x&gt;"));
  EXPECT_THAT(page, HasSubstr("karpspec interop m.yaml --only ike-initial-psk/swan/ref --seed 7"));
  EXPECT_THAT(page, HasSubstr("A &lt;matrix&gt; {{seed}}"));
  for (const char* outside : {"<link", "src=", "url(", "@import", "http:", "https:", "fetch("})
    EXPECT_THAT(page, Not(HasSubstr(outside)));
}

TEST(InteropHtml, HeadlineSaysWhatCameOut) {
  InteropRun run = sample();
  run.findings.clear();
  run.cells.erase(run.cells.begin() + 1);
  EXPECT_THAT(page_of(run), HasSubstr("<h1>No cell failed; 1 of 2 ended where a device declined"));
  run.cells.resize(1);
  EXPECT_THAT(page_of(run), HasSubstr("<h1>All 1 cells passed</h1>"));
  EXPECT_THAT(page_of(InteropRun()), HasSubstr("<h1>Nothing was judged</h1>"));
}

TEST(InteropHtml, SaysWhatIsNotAsExpected) {
  InteropRun run = sample();
  const std::string page = page_of(run);
  EXPECT_THAT(page, HasSubstr("<h2 id=\"findings\">Not as expected</h2>"));
  EXPECT_THAT(page, HasSubstr("<a class=\"mono\" href=\"#ike-initial-psk/ref/swan\">"
                              "ike-initial-psk/ref/swan</a></td><td>pass where fail"));
  EXPECT_THAT(page, HasSubstr("<tr><td></td><td>&#39;no/such/cell&#39; is expected"));
  run.cells.erase(run.cells.begin() + 1);
  EXPECT_THAT(page_of(run), HasSubstr("<h1>The results are not those that were expected</h1>"));
  run.findings.clear();
  EXPECT_THAT(page_of(run), Not(HasSubstr("Not as expected")));
}

TEST(InteropHtml, RepetitionsShowTheWorst) {
  InteropRun run = sample();
  run.repetitions = 2;
  InteropCell second = run.cells[0];
  second.name += "/2";
  second.repetition = 2;
  second.verdict = Verdict::error;
  run.cells.push_back(second);
  const std::string page = page_of(run);
  EXPECT_THAT(page, HasSubstr("<a class=\"v error\" href=\"#ike-initial-psk/ref/swan/2\""));
  EXPECT_THAT(page, HasSubstr("1 of 2</span>"));
}

TEST(InteropHtml, InABrowserALinkOpensItsCellAndFiltersHide) {
  if (!has_program("chromium"))
    GTEST_SKIP() << "chromium is not installed";
  TemporaryDirectory directory;
  ASSERT_TRUE(write_file(directory.path() + "/interop.html", page_of(sample())));
  const std::string opened = browser_dom(directory.path(), "interop.html#ike-initial-psk/swan/ref");
  const auto at = opened.find("<details class=\"test\" id=\"ike-initial-psk/swan/ref\"");
  ASSERT_NE(at, std::string::npos);
  EXPECT_THAT(opened.substr(at, opened.find('>', at) - at), HasSubstr(" open=\"\""));
  EXPECT_THAT(opened, HasSubstr("<svg class=\"ladder\" role=\"img\""));
  const std::string filtered = browser_dom(directory.path(), "interop.html?verdict=fail");
  EXPECT_THAT(filtered, HasSubstr("1 cells shown"));
}

TEST(InteropSummary, SaysWhatDidNotPass) {
  const std::string said = interop_summary(sample(), "out");
  EXPECT_THAT(said, HasSubstr("fail  ike-initial-psk/swan/ref"));
  EXPECT_THAT(said, HasSubstr("ref (responder) broke IKE-3.1-04 (MUST, RFC 5996 section 3.1)"));
  EXPECT_THAT(said, HasSubstr("not as expected: ike-initial-psk/ref/swan: pass where fail"));
  EXPECT_THAT(said, HasSubstr("not as expected: 'no/such/cell'"));
  EXPECT_THAT(said, HasSubstr("4 cells: "));
  EXPECT_THAT(said, HasSubstr("report: out/interop.html"));
}

}  // namespace
}  // namespace karpspec::report
