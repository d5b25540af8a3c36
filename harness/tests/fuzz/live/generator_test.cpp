#include "fuzz/live/generator.h"

#include <gmock/gmock.h>

#include <set>

#include "bench.h"
#include "transcript/node.h"

namespace karpspec::fuzz {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::SizeIs;

Operation patch(const std::string& field, const std::string& name) {
  return {"SA", field, name, {"patch: {SA." + field + ": 1}"}, {}, 1};
}

std::vector<Target> two_targets() {
  std::vector<Target> out(2);
  out[0].exchange = &exchanges()[0];
  out[1].exchange = &exchanges()[3];
  for (int i = 0; i < 90; ++i)
    out[0].fields.push_back(patch("length", std::to_string(i)));
  out[1].fields = {patch("reserved", "max"), patch("reserved", "1")};
  out[1].octets = {patch("octet 4", "ff")};
  return out;
}

std::vector<std::string> titles(const Generator& generator, std::size_t count) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(generator.at(i).title());
  return out;
}

TEST(Generator, GivesTheSameCasesForTheSameSeed) {
  const Generator one(two_targets(), 7), same(two_targets(), 7), other(two_targets(), 8);
  EXPECT_EQ(titles(one, 200), titles(same, 200));
  EXPECT_NE(titles(one, 200), titles(other, 200));
}

TEST(Generator, GivesACaseByItsNumberWhateverWasAskedBefore) {
  const Generator one(two_targets(), 7), other(two_targets(), 7);
  const std::string late = one.at(500).title();
  titles(other, 300);
  EXPECT_EQ(other.at(500).title(), late);
}

TEST(Generator, DoesEverythingOnceBeforeAnythingTwice) {
  const Generator generator(two_targets(), 3);
  ASSERT_EQ(generator.systematic(), 93U);
  EXPECT_EQ(generator.fields(), 92U);
  const auto all = titles(generator, generator.systematic());
  EXPECT_THAT(std::set<std::string>(all.begin(), all.end()), SizeIs(93));
  EXPECT_THAT(all.back(), testing::HasSubstr("octet 4 ff")) << "octets come after fields";
}

TEST(Generator, DoesEachThingInOneExchangeBeforeItIsDoneInAnother) {
  std::vector<Target> targets(2);
  targets[0].exchange = &exchanges()[0];
  targets[1].exchange = &exchanges()[3];
  for (int i = 0; i < 50; ++i)
    for (Target& target : targets)
      target.fields.push_back(patch("length", std::to_string(i)));
  const Generator generator(targets, 5);
  std::set<std::string> done;
  for (std::size_t i = 0; i < 50; ++i)
    done.insert(generator.at(i).operations.front().key());
  EXPECT_THAT(done, SizeIs(50));
  EXPECT_EQ(generator.systematic(), 100U);
}

TEST(Generator, ThenDrawsTwoToFourOperations) {
  const Generator generator(two_targets(), 3);
  std::set<std::size_t> counts;
  for (std::size_t i = 0; i < 200; ++i)
    counts.insert(generator.at(generator.systematic() + i).operations.size());
  EXPECT_EQ(counts, (std::set<std::size_t>{2, 3, 4}));
}

TEST(Exchanges, AllGoThroughWithTheReferenceDevice) {
  const Bench bench;
  std::vector<std::string> left_out;
  for (const LeftOut& one : bench.left_out())
    left_out.push_back(one.exchange + ": " + one.reason);
  EXPECT_THAT(left_out, IsEmpty());
  EXPECT_THAT(bench.targets(), SizeIs(exchanges().size()));
  for (const Target& target : bench.targets())
    EXPECT_GE(target.fields.size(), 3U) << target.exchange->name;
}

TEST(Exchanges, EveryScenarioOfTheirsCanBeRead) {
  const Bench bench;
  std::size_t read = 0, number = 0;
  for (const Target& target : bench.targets())
    for (const auto* list : {&target.fields, &target.octets})
      for (const Operation& each : *list) {
        // A part of them, the same one each time: all would take ten seconds.
        if (number++ % 23 != 0)
          continue;
        Case one;
        one.exchange = target.exchange;
        one.operations = {each};
        const auto node = transcript::parse_yaml(scenario_text(one), "case.yaml");
        ASSERT_TRUE(node) << node.error().message;
        const auto scenario = script::read_scenario(*node, "case.yaml", bench.context());
        ASSERT_TRUE(scenario) << one.title() << "\n" << scenario.error().message;
        ++read;
      }
  EXPECT_GT(read, 900U);
}

TEST(Operations, CoverEveryFieldOfAMessage) {
  const Bench bench({"ike-sa-init"});
  ASSERT_THAT(bench.targets(), SizeIs(1));
  std::map<std::string, std::set<std::string>> done;
  for (const Operation& each : bench.targets()[0].fields)
    done[each.payload + (each.field.empty() ? "" : "." + each.field)].insert(each.name);
  for (const char* place : {"HDR.spi_i",
                            "HDR.length",
                            "HDR.flags",
                            "HDR.message_id",
                            "SA.proposals[1].num_transforms",
                            "SA.proposals[1].spi",
                            "SA.proposals[1].spi_size",
                            "SA.proposals[1].transforms[2].length",
                            "SA.proposals[1].transforms[1].attributes[1].value",
                            "KE.group",
                            "KE.data",
                            "KE.length",
                            "Nonce.data",
                            "Nonce.next_payload",
                            "SA",
                            "message.datagram",
                            "message.payloads",
                            "CP.length",
                            "EAP.length",
                            "CERT"})
    EXPECT_TRUE(done.contains(place)) << place;
  EXPECT_THAT(done["KE.length"], testing::IsSupersetOf({"0", "1", "3", "max", "+1", "-1"}));
  EXPECT_THAT(done["Nonce.data"], testing::IsSupersetOf({"empty", "size -1", "257 octets"}));
  EXPECT_THAT(done["SA"], testing::IsSupersetOf({"removed", "doubled", "alone"}));
}

}  // namespace
}  // namespace karpspec::fuzz
