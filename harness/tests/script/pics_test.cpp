#include "script/pics.h"

#include <gmock/gmock.h>

#include <set>

#include "engine.h"
#include "script/probes.h"
#include "support/schema.h"
#include "transcript/node.h"
#include "whole_suite.h"

// What a vendor is asked, and what a device does beside what was answered.
namespace karpspec::script {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(PicsQuestions, AskAboutEveryItemThatATestNeeds) {
  std::set<std::string> asked, lacking;
  for (const Scenario& scenario : whole_suite().scenarios)
    for (const std::string& need : scenario.needs)
      if (need.starts_with('!'))
        lacking.insert(need.substr(1));
  for (const PicsQuestion& each : pics_questions(whole_suite())) {
    EXPECT_TRUE(asked.insert(each.item).second) << each.item;
    EXPECT_FALSE(each.question.empty()) << each.item;
    // Of some claims it is only asked whether they are absent.
    EXPECT_TRUE(each.tests > 0 || lacking.contains(each.item)) << each.item;
    EXPECT_FALSE(each.requirements.empty()) << each.item;
    for (const std::string& id : each.requirements)
      EXPECT_TRUE(whole_suite().requirements.contains(id)) << id;
  }
  for (const Scenario& scenario : whole_suite().scenarios)
    for (const std::string& need : scenario.needs)
      EXPECT_TRUE(asked.contains(need.starts_with('!') ? need.substr(1) : need)) << need;
}

TEST(PicsQuestions, QuestionnaireIsYamlOfItsSchemaWithoutAnswers) {
  const auto questions = pics_questions(whole_suite());
  const std::string text = questionnaire(questions, "karpspec 1, profile 2");
  EXPECT_THAT(text, HasSubstr("karpspec 1, profile 2\n"));
  const auto yaml = transcript::parse_yaml(text, "pics.yaml");
  ASSERT_TRUE(yaml) << yaml.error().message;
  const Json json = to_json(*yaml);
  EXPECT_EQ(
      tests::Schema(KARPSPEC_SOURCE_DIR "/suites/schema/pics.schema.json").complaint(json.dump()),
      "");
  ASSERT_EQ(json["pics"].size(), questions.size());
  for (const Json& item : json["pics"])
    EXPECT_TRUE(item["answer"].is_null()) << item.dump();
}

class Probes : public Engine {
 protected:
  Suite load() {
    desk_.write("rkmp/9/responder/plain.yaml", scenario("", 1));
    desk_.write("rkmp/9/responder/one.yaml", scenario("[cookies]", 3));
    desk_.write("rkmp/9/responder/two.yaml", scenario("[cookies]", 1));
    desk_.write("rkmp/9/responder/three.yaml", scenario("[cookies]", 2));
    desk_.write("rkmp/9/responder/four.yaml", scenario("[cookies]", 4));
    desk_.write("rkmp/9/responder/both.yaml", scenario("[cookies, events]", 1));
    desk_.write("rkmp/9/responder/not.yaml", scenario("[\"!sas\", rsa]", 1));
    desk_.write("rkmp/9/responder/clock.yaml", scenario("[clock]", 1));
    desk_.write("rkmp/9/responder/long.yaml", scenario("[vrfs]", 1) + "  - wait: 1h\n");
    auto suite = desk_.load();
    EXPECT_TRUE(suite) << suite.error().message;
    return *std::move(suite);
  }
  static std::string scenario(const std::string& needs, int times) {
    std::string text = "title: x\nchecks: [RKMP-4.1-02]\nrole: responder\n";
    if (!needs.empty())
      text += "needs: " + needs + "\n";
    text += "steps:\n";
    for (int i = 0; i < times; ++i)
      text += "  - send: IKE_SA_INIT {SAi1, KEi, Ni}\n    sa: s" + std::to_string(i) +
              "\n  - expect: IKE_SA_INIT {N(NO_PROPOSAL_CHOSEN)}\n    sa: s" + std::to_string(i) +
              "\n";
    return text;
  }
};

TEST_F(Probes, AreTestsThatNeedOneItemMore) {
  const Suite suite = load();
  Claims claims;
  claims.items = {"control", "sas"};
  const auto probes = choose_probes(suite, claims);
  ASSERT_THAT(probes, SizeIs(1))
      << "clock and control are not tried, nor what takes long, nor what "
         "wants another item unclaimed";
  EXPECT_EQ(probes[0].item, "cookies");
  std::vector<std::string> names;
  for (const Scenario* each : probes[0].scenarios)
    names.push_back(each->name.substr(each->name.rfind('/') + 1));
  EXPECT_THAT(names, ElementsAre("two", "three", "one"));
  claims.items.emplace_back("cookies");
  const auto more = choose_probes(suite, claims);
  ASSERT_THAT(more, SizeIs(1));
  EXPECT_EQ(more[0].item, "events");
}

TEST_F(Probes, FindWhatADeviceDoesThoughItDoesNotClaimIt) {
  const Suite suite = load();
  RunOptions options;
  options.claims.items = {"control", "sas"};
  options.judge_tests = false;
  options.play.requirements = &suite.requirements;
  options.device = [this](const WorldRequest&) -> Result<World> { return fake_world(state_); };
  bool called = false;
  options.on_outcome = [&](Outcome&&) { called = true; };
  const auto findings = unclaimed_abilities(suite, options);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].kind, verdict::Finding::Kind::unclaimed);
  EXPECT_EQ(findings[0].test, "rkmp/9/responder/two");
  EXPECT_EQ(findings[0].text,
            "the PICS does not claim 'cookies', and the device passes 3 tests tried that need it");
  EXPECT_FALSE(called);
  // One that it does not pass is enough to say nothing.
  state_.answer = nullptr;
  EXPECT_THAT(unclaimed_abilities(suite, options), IsEmpty());
}

}  // namespace
}  // namespace karpspec::script
