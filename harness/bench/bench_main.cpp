// karpspec_bench: what takes how long, beside what bounds it; README.md says how to read it.
#include <benchmark/benchmark.h>

#include "bench/subjects.h"

int main(int argc, char** argv) {
  using namespace karpspec::bench;
  add_wire();
  add_fuzz();
  add_key_schedule();
  add_dh();
  add_seal();
  add_signatures();
  add_handshakes();
  add_suites();
  add_captures();
  add_key_tables();
  add_groups();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv))
    return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
