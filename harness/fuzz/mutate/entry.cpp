// libFuzzer's way to our mutators; built into each target with KARPSPEC_FUZZ_FORM, the form of its
// input.
#include <algorithm>
#include <cstring>

#include "fuzz/mutate/form.h"

// libFuzzer's own mutation, which knows the dictionary and what was compared. AFL++'s driver may
// not have it.
extern "C" __attribute__((weak)) std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size,
                                                              std::size_t most);

namespace {

using namespace karpspec;

constexpr fuzz::Form form = fuzz::Form::KARPSPEC_FUZZ_FORM;

void by_libfuzzer(Octets& octets, fuzz::Draw& draw) {
  if (LLVMFuzzerMutate == nullptr)
    return fuzz::Draw(draw.next()).change(octets);
  const std::size_t size = octets.size();
  octets.resize(size + 1 + draw.below(32));
  octets.resize(LLVMFuzzerMutate(octets.data(), size, octets.size()));
}

std::size_t give(const Octets& octets, std::uint8_t* out, std::size_t most) {
  const std::size_t size = std::min(octets.size(), most);
  if (size > 0)
    std::memcpy(out, octets.data(), size);
  return size;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  fuzz::Draw draw(seed, &by_libfuzzer);
  if (draw.one_in(4) && LLVMFuzzerMutate != nullptr)
    return LLVMFuzzerMutate(data, size, most);
  Octets octets(data, data + size);
  fuzz::mutate(form, octets, draw);
  return give(octets, data, most);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* one, std::size_t one_size,
                                                 const std::uint8_t* other, std::size_t other_size,
                                                 std::uint8_t* out, std::size_t most,
                                                 unsigned seed) {
  fuzz::Draw draw(seed, &by_libfuzzer);
  Octets octets(one, one + one_size);
  fuzz::cross(form, octets, {other, other_size}, draw);
  return give(octets, out, most);
}
