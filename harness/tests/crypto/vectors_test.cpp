#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "support/schema.h"
#include "vector_file.h"

namespace karpspec::crypto {
namespace {

using nlohmann::json;

class Vectors : public testing::TestWithParam<std::string> {
 protected:
  const json document = read_vectors(GetParam());
  const std::string form = document.at("schema").get<std::string>();
  const tests::Schema schema{schema_path(form)};
};

TEST_P(Vectors, FollowTheirSchema) {
  EXPECT_EQ(schema.complaint(document.dump()), "");
}

TEST_P(Vectors, MayHaveNoUnknownKey) {
  json changed = document;
  changed["comment"] = "x";
  EXPECT_NE(schema.complaint(changed.dump()), "");
  changed = document;
  changed["tests"][0]["comment"] = "x";
  EXPECT_NE(schema.complaint(changed.dump()), "");
}

TEST_P(Vectors, ExplainTheirFlagsAndCountTheirTests) {
  std::set<std::string> used;
  std::set<std::string> explained;
  for (const auto& [flag, note] : document.at("notes").items())
    explained.insert(flag);
  std::size_t id = 0;
  for (const json& test : document.at("tests")) {
    EXPECT_EQ(test.at("id").get<std::size_t>(), ++id);
    for (const json& flag : test.at("flags"))
      used.insert(flag.get<std::string>());
  }
  EXPECT_EQ(used, explained);
}

TEST_P(Vectors, AreReproduced) {
  const auto runner = runners().find(form);
  ASSERT_NE(runner, runners().end()) << "no code runs " << form;
  for (const json& test : document.at("tests")) {
    SCOPED_TRACE("test " + test.at("id").dump() + ", " + test.at("source").get<std::string>());
    runner->second(test);
    if (HasFatalFailure())
      return;
  }
}

INSTANTIATE_TEST_SUITE_P(Of, Vectors, testing::ValuesIn(vector_files()),
                         [](const auto& file) { return file.param; });

TEST(VectorFolder, HasAFileForEverySchema) {
  std::set<std::string> used;
  for (const std::string& name : vector_files())
    used.insert(read_vectors(name).at("schema").get<std::string>());
  std::set<std::string> run;
  for (const auto& [schema, runner] : runners())
    run.insert(schema);
  EXPECT_EQ(used, run);
}

}  // namespace
}  // namespace karpspec::crypto
