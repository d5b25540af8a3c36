#include "cli/shard.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <map>

namespace karpspec::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

using Variables = std::map<std::string, std::string>;

Environment environment(Variables variables) {
  return [variables = std::move(variables)](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
}

// "INDEX/COUNT" with the index from 0, or the error.
std::string part(const Variables& variables, const std::string& text = "") {
  const auto shard = read_shard(text, environment(variables));
  if (!shard)
    return shard.error().message;
  return std::to_string(shard->index) + "/" + std::to_string(shard->count);
}

TEST(Shard, IsTheWholeWhereNobodySplits) {
  EXPECT_EQ(part({}), "0/1");
  EXPECT_EQ(part({{"PATH", "/bin"}}), "0/1");
  // GitLab names a total in every job, also in one that is not parallel.
  EXPECT_EQ(part({{"CI_NODE_TOTAL", "1"}}), "0/1");
}

TEST(Shard, IsWhatTheCommandLineSays) {
  EXPECT_EQ(part({}, "1/1"), "0/1");
  EXPECT_EQ(part({}, "3/4"), "2/4");
  EXPECT_EQ(part({{"CI_NODE_INDEX", "2"}, {"CI_NODE_TOTAL", "4"}}, "1/1"), "0/1");
  EXPECT_EQ(part({{"TEST_SHARD_INDEX", "nonsense"}}, "1/2"), "0/2");
  for (const char* wrong : {"0/4", "5/4", "1/0", "1", "/", "1/", "/2", "a/b", "1/2/3", "-1/2",
                            "1/99999999999999999999999", " 1/2", "1 /2"})
    EXPECT_THAT(part({}, wrong),
                AllOf(HasSubstr(std::string("--shard ") + wrong), HasSubstr("expected I/N")));
}

TEST(Shard, IsWhatBazelSays) {
  EXPECT_EQ(part({{"TEST_SHARD_INDEX", "0"}, {"TEST_TOTAL_SHARDS", "3"}}), "0/3");
  EXPECT_EQ(part({{"TEST_SHARD_INDEX", "2"}, {"TEST_TOTAL_SHARDS", "3"}}), "2/3");
  EXPECT_THAT(part({{"TEST_SHARD_INDEX", "3"}, {"TEST_TOTAL_SHARDS", "3"}}),
              HasSubstr("TEST_SHARD_INDEX=3, TEST_TOTAL_SHARDS=3: not a part of a whole"));
}

TEST(Shard, IsToldWhereTheEnvironmentNamesIt) {
  const auto said = [](const Variables& variables, const std::string& text = "") {
    testing::internal::CaptureStderr();
    part(variables, text);
    return testing::internal::GetCapturedStderr();
  };
  const Variables gitlab = {{"CI_NODE_INDEX", "2"}, {"CI_NODE_TOTAL", "3"}};
  EXPECT_EQ(said(gitlab), "part 2/3 (CI_NODE_INDEX=2, CI_NODE_TOTAL=3)\n");
  EXPECT_EQ(said({{"SLURM_ARRAY_TASK_ID", "0"}, {"SLURM_ARRAY_TASK_COUNT", "2"}}),
            "part 1/2 (SLURM_ARRAY_TASK_ID=0, SLURM_ARRAY_TASK_COUNT=2)\n");
  EXPECT_EQ(said(gitlab, "1/1"), "");
  EXPECT_EQ(said({{"CI_NODE_INDEX", "1"}, {"CI_NODE_TOTAL", "1"}}), "");
  EXPECT_EQ(said({}), "");
}

TEST(Shard, TellsBazelThatItIsKnown) {
  const auto file = std::filesystem::temp_directory_path() /
                    ("karpspec-shard-status-" + std::to_string(::getpid()));
  std::filesystem::remove(file);
  Variables variables = {{"TEST_SHARD_STATUS_FILE", file.string()}};
  EXPECT_EQ(part(variables), "0/1");
  EXPECT_FALSE(std::filesystem::exists(file)) << "no shard was taken";
  variables["TEST_SHARD_INDEX"] = "1";
  variables["TEST_TOTAL_SHARDS"] = "2";
  EXPECT_EQ(part(variables), "1/2");
  EXPECT_TRUE(std::filesystem::exists(file));
  std::filesystem::remove(file);
  variables["TEST_SHARD_STATUS_FILE"] = "/nowhere/status";
  EXPECT_THAT(part(variables), HasSubstr("TEST_SHARD_STATUS_FILE=/nowhere/status"));
}

TEST(Shard, IsWhatGitLabSays) {
  EXPECT_EQ(part({{"CI_NODE_INDEX", "1"}, {"CI_NODE_TOTAL", "4"}}), "0/4");
  EXPECT_EQ(part({{"CI_NODE_INDEX", "4"}, {"CI_NODE_TOTAL", "4"}}), "3/4");
  EXPECT_THAT(part({{"CI_NODE_INDEX", "0"}, {"CI_NODE_TOTAL", "4"}}), HasSubstr("not a part"));
  EXPECT_THAT(part({{"CI_NODE_INDEX", "5"}, {"CI_NODE_TOTAL", "4"}}), HasSubstr("not a part"));
  EXPECT_THAT(part({{"CI_NODE_TOTAL", "4"}}), HasSubstr("CI_NODE_INDEX=(unset)"));
}

TEST(Shard, IsWhatAnIndexedJobSays) {
  EXPECT_EQ(part({{"JOB_COMPLETION_INDEX", "0"}, {"KARPSPEC_SHARDS", "8"}}), "0/8");
  EXPECT_EQ(part({{"JOB_COMPLETION_INDEX", "7"}, {"KARPSPEC_SHARDS", "8"}}), "7/8");
  EXPECT_THAT(part({{"JOB_COMPLETION_INDEX", "8"}, {"KARPSPEC_SHARDS", "8"}}),
              HasSubstr("not a part"));
  // Each pod would play everything, and nobody would see it.
  EXPECT_THAT(part({{"JOB_COMPLETION_INDEX", "1"}}),
              AllOf(HasSubstr("KARPSPEC_SHARDS=(unset)"), HasSubstr("--shard 1/1")));
}

Variables slurm(const char* id, const char* count, const char* least, const char* most,
                const char* step) {
  return {{"SLURM_ARRAY_TASK_ID", id},
          {"SLURM_ARRAY_TASK_COUNT", count},
          {"SLURM_ARRAY_TASK_MIN", least},
          {"SLURM_ARRAY_TASK_MAX", most},
          {"SLURM_ARRAY_TASK_STEP", step}};
}

TEST(Shard, IsWhatAnArrayOfSlurmSays) {
  EXPECT_EQ(part(slurm("0", "4", "0", "3", "1")), "0/4");
  EXPECT_EQ(part(slurm("3", "4", "0", "3", "1")), "3/4");
  EXPECT_EQ(part(slurm("1", "4", "1", "4", "1")), "0/4") << "--array=1-4";
  EXPECT_EQ(part(slurm("7", "4", "3", "9", "2")), "2/4") << "--array=3-9:2";
  EXPECT_EQ(part(slurm("0", "1", "0", "0", "1")), "0/1");
  EXPECT_EQ(part({{"SLURM_ARRAY_TASK_ID", "2"}, {"SLURM_ARRAY_TASK_COUNT", "3"}}), "2/3");
}

TEST(Shard, IsNotGuessedInAnArrayWithGaps) {
  const std::string gaps = "an array with gaps";
  EXPECT_THAT(part(slurm("1", "3", "1", "6", "1")), HasSubstr(gaps)) << "--array=1,5,6";
  EXPECT_THAT(part(slurm("5", "1", "5", "5", "1")), HasSubstr(gaps)) << "--array=5 again";
  EXPECT_THAT(part(slurm("4", "4", "3", "9", "2")), HasSubstr(gaps));
  EXPECT_THAT(part(slurm("2", "4", "3", "9", "2")), HasSubstr("not a part"));
  EXPECT_THAT(part(slurm("2", "4", "0", "3", "0")), HasSubstr("not a part"));
  EXPECT_THAT(part({{"SLURM_ARRAY_TASK_ID", "2"}}), HasSubstr("SLURM_ARRAY_TASK_COUNT=(unset)"));
}

TEST(Shard, RefusesWhatIsNoNumber) {
  for (const char* wrong : {"x", "-1", "1.5", "0x1", "18446744073709551616", " 1"}) {
    EXPECT_THAT(part({{"TEST_SHARD_INDEX", wrong}, {"TEST_TOTAL_SHARDS", "3"}}),
                HasSubstr("not a part"));
    EXPECT_THAT(part({{"TEST_SHARD_INDEX", "0"}, {"TEST_TOTAL_SHARDS", wrong}}),
                HasSubstr("not a part"));
    EXPECT_THAT(part(slurm(wrong, "4", "0", "3", "1")), HasSubstr("not a part"));
    EXPECT_THAT(part(slurm("0", "4", "0", wrong, "1")), HasSubstr("gaps"));
  }
  EXPECT_THAT(part({{"TEST_SHARD_INDEX", "0"}, {"TEST_TOTAL_SHARDS", "0"}}),
              HasSubstr("not a part"));
}

TEST(Shard, OfTwoSystemsMustBeTheSame) {
  Variables both = {{"CI_NODE_INDEX", "2"}, {"CI_NODE_TOTAL", "4"}};
  both.merge(slurm("0", "8", "0", "7", "1"));
  EXPECT_THAT(part(both),
              AllOf(HasSubstr("CI_NODE_INDEX=2, CI_NODE_TOTAL=4 and SLURM_ARRAY_TASK_ID=0, "
                              "SLURM_ARRAY_TASK_COUNT=8"),
                    HasSubstr("--shard I/N")));
  EXPECT_EQ(part(both, "2/4"), "1/4");
  // Both say the second of four.
  EXPECT_EQ(part({{"CI_NODE_INDEX", "2"},
                  {"CI_NODE_TOTAL", "4"},
                  {"TEST_SHARD_INDEX", "1"},
                  {"TEST_TOTAL_SHARDS", "4"}}),
            "1/4");
}

TEST(Shard, PartsAreTheWholeAndHaveNothingInCommon) {
  for (std::size_t count = 1; count <= 7; ++count) {
    for (std::size_t item = 0; item < 50; ++item) {
      std::size_t takers = 0;
      for (std::size_t index = 0; index < count; ++index)
        takers += Shard{index, count}.has(item) ? 1U : 0U;
      EXPECT_EQ(takers, 1U) << item << " of " << count;
    }
  }
}

}  // namespace
}  // namespace karpspec::cli
