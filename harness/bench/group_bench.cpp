// A link of up to 2,000 routers of MRKMP (suites/profile.md, P-211 to P-219): what is sent, and how
// long it takes by the link's clock and by ours, against the number of routers.
#include <benchmark/benchmark.h>

#include "bench/group_link.h"
#include "bench/subjects.h"

namespace karpspec::bench {
namespace {

constexpr Duration patience = std::chrono::minutes{10};

// What was sent since BEFORE, and how long it took by the link's clock.
void report(benchmark::State& state, const GroupLink::Counts& before, const GroupLink& link,
            Duration took) {
  const GroupLink::Counts& now = link.counts();
  state.counters["advertisements"] =
      static_cast<double>(now.advertisements - before.advertisements);
  state.counters["updates"] = static_cast<double>(now.updates - before.updates);
  state.counters["update_octets"] = static_cast<double>(now.octets - before.octets);
  state.counters["requests"] = static_cast<double>(now.requests - before.requests);
  state.counters["heard"] = static_cast<double>(now.heard - before.heard);
  state.counters["link_seconds"] = std::chrono::duration<double>(took).count();
}

std::size_t routers_of(const benchmark::State& state) {
  return static_cast<std::size_t>(state.range(0));
}

// All start within a second or so, elect, join, and send with one key.
void elect(benchmark::State& state) {
  std::uint64_t seed = 0;
  for (auto _ : state) {
    GroupLink link(routers_of(state), ++seed);
    for (std::size_t router = 0; router < routers_of(state); ++router)
      link.start(router);
    const auto took = link.come_to_rest(patience);
    if (!took)
      return state.SkipWithError("the link has not come to rest");
    report(state, {}, link, *took);
  }
  state.SetComplexityN(state.range(0));
}

GroupLink settled(const benchmark::State& state, std::uint64_t seed) {
  GroupLink link(routers_of(state), seed);
  for (std::size_t router = 0; router < routers_of(state); ++router)
    link.start(router);
  (void)link.come_to_rest(patience);
  link.run(std::chrono::minutes{1});
  return link;
}

// One member reboots: the protocol master key is changed for all.
void reboot(benchmark::State& state) {
  std::uint64_t seed = 0;
  for (auto _ : state) {
    state.PauseTiming();
    GroupLink link = settled(state, ++seed);
    const GroupLink::Counts before = link.counts();
    const auto old = link.common_key();
    const std::size_t member = link.gcks() == routers_of(state) - 1 ? 0 : routers_of(state) - 1;
    state.ResumeTiming();
    link.crash(member);
    link.start(member);
    Duration took{};
    for (bool changed = false; !changed && took < patience;) {
      link.run(std::chrono::milliseconds{100});
      took += std::chrono::milliseconds{100};
      const auto key = link.common_key();
      changed = key && key != old;
    }
    if (took >= patience)
      return state.SkipWithError("the key has not been changed");
    report(state, before, link, took);
  }
  state.SetComplexityN(state.range(0));
}

// The GCKS is gone: another one is elected, and the others go on without a join.
void fail_over(benchmark::State& state) {
  std::uint64_t seed = 0;
  for (auto _ : state) {
    state.PauseTiming();
    GroupLink link = settled(state, ++seed);
    const GroupLink::Counts before = link.counts();
    state.ResumeTiming();
    link.crash(*link.gcks());
    link.run(std::chrono::seconds{2});
    const auto took = link.come_to_rest(patience);
    if (!took)
      return state.SkipWithError("the link has not come to rest");
    report(state, before, link, *took + std::chrono::seconds{2});
  }
  state.SetComplexityN(state.range(0));
}

// A minute of peace.
void peace(benchmark::State& state) {
  GroupLink link = settled(state, 1);
  for (auto _ : state) {
    const GroupLink::Counts before = link.counts();
    link.run(std::chrono::minutes{1});
    report(state, before, link, std::chrono::minutes{1});
  }
  state.SetComplexityN(state.range(0));
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  for (const int routers : {2, 10, 32, 100, 316, 1000, 2000})
    benchmark->Arg(routers);
  benchmark->Unit(benchmark::kMillisecond)->Iterations(1)->Complexity();
}

}  // namespace

void add_groups() {
  benchmark::RegisterBenchmark("elect", elect)->Apply(sizes);
  benchmark::RegisterBenchmark("reboot", reboot)->Apply(sizes);
  benchmark::RegisterBenchmark("fail_over", fail_over)->Apply(sizes);
  benchmark::RegisterBenchmark("peace", peace)->Apply(sizes);
}

}  // namespace karpspec::bench
