// What the message fuzz target (harness/fuzz/message_fuzz.cpp) does with one input after the other:
// executions a second without libFuzzer, which measures the target's coverage besides. A copy of
// the octets bounds it.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "bench/measurement.h"
#include "bench/subjects.h"
#include "fuzz/mutate/form.h"

// Defined by the target.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace karpspec::bench {
namespace {

namespace fs = std::filesystem;

using Inputs = std::vector<Octets>;

// The target's corpus, by name.
Result<Inputs> corpus() {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry :
       fs::directory_iterator(KARPSPEC_SOURCE_DIR "/harness/fuzz/corpus/message", error))
    files.push_back(entry.path());
  if (files.empty())
    return fail(ErrorCode::not_found, "there is no corpus of the message target");
  std::sort(files.begin(), files.end());
  Inputs out;
  for (const fs::path& file : files) {
    std::ifstream in(file, std::ios::binary);
    out.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return out;
}

// Each input of the corpus, changed as the target's own mutator would.
Result<Inputs> mutated() {
  KARPSPEC_TRY(inputs, corpus());
  constexpr std::size_t changes_each = 16;
  Inputs out;
  fuzz::Draw draw(1);
  for (const Octets& input : inputs) {
    for (std::size_t i = 0; i < changes_each; ++i) {
      out.push_back(input);
      fuzz::mutate(fuzz::Form::message, out.back(), draw);
    }
  }
  return out;
}

std::size_t octets_in(const Inputs& inputs) {
  std::size_t octets = 0;
  for (const Octets& input : inputs)
    octets += input.size();
  return octets;
}

// The target ends the program where something does not hold.
void execute(benchmark::State& state, const Result<Inputs>& inputs) {
  if (failed(state, inputs))
    return;
  for (auto _ : state)
    for (const Octets& input : *inputs)
      (void)LLVMFuzzerTestOneInput(input.data(), input.size());
  count(state, octets_in(*inputs), inputs->size());
}

void copy_inputs(benchmark::State& state, const Result<Inputs>& inputs) {
  if (failed(state, inputs))
    return;
  for (auto _ : state) {
    for (const Octets& input : *inputs) {
      Octets copied = input;
      benchmark::DoNotOptimize(copied.data());
      benchmark::ClobberMemory();
    }
  }
  count(state, octets_in(*inputs), inputs->size());
}

// With the mutation, as a fuzzer goes from one input to the next.
void mutate_and_execute(benchmark::State& state) {
  const auto inputs = corpus();
  if (failed(state, inputs))
    return;
  fuzz::Draw draw(1);
  for (auto _ : state) {
    for (const Octets& input : *inputs) {
      Octets changed = input;
      fuzz::mutate(fuzz::Form::message, changed, draw);
      (void)LLVMFuzzerTestOneInput(changed.data(), changed.size());
    }
  }
  count(state, octets_in(*inputs), inputs->size());
}

}  // namespace

void add_fuzz() {
  compare(
      "fuzz/message/corpus", [](auto& state) { execute(state, corpus()); },
      [](auto& state) { copy_inputs(state, corpus()); });
  compare(
      "fuzz/message/mutated", [](auto& state) { execute(state, mutated()); },
      [](auto& state) { copy_inputs(state, mutated()); });
  benchmark::RegisterBenchmark("fuzz/message/mutation_too", mutate_and_execute);
}

}  // namespace karpspec::bench
