#include "tests/oracle/group_story.h"
#include "tests/oracle/soak_seeds.h"

// 20,000 groups of two to seven routers, in shares that run side by side. KARPSPEC_SOAK_SEEDS says
// how many each share plays, KARPSPEC_SOAK_FIRST where the first begins.
namespace karpspec::oracle::mrkmp {
namespace {

constexpr std::uint64_t shares = 4;

class ManyGroups : public testing::TestWithParam<std::uint64_t> {};

TEST_P(ManyGroups, ComeToRestWhateverHasHappened) {
  const auto [first, seeds] = soak_seeds(20'000 / shares);
  const std::uint64_t begin = first + GetParam() * seeds;
  for (std::uint64_t seed = begin; seed < begin + seeds && !HasFailure(); ++seed)
    play_group_story(seed);
}

INSTANTIATE_TEST_SUITE_P(Share, ManyGroups, testing::Range(std::uint64_t{0}, shares));

}  // namespace
}  // namespace karpspec::oracle::mrkmp
