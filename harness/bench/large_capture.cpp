// Makes a capture of any number of messages out of a golden one, with the keys that open them
// (repeated_capture.h):
//
//   karpspec_large_capture GOLDEN OUT MESSAGES PER_SA
//
// reads GOLDEN.pcapng and GOLDEN.keys, and writes OUT.pcapng and OUT.keys.
#include <charconv>
#include <iostream>
#include <string>

#include "bench/repeated_capture.h"

namespace {

std::size_t number_of(const std::string& text) {
  std::size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5 || number_of(argv[3]) == 0 || number_of(argv[4]) == 0) {
    std::cerr << "usage: karpspec_large_capture GOLDEN OUT MESSAGES PER_SA\n";
    return 2;
  }
  const auto golden = karpspec::bench::read_golden(argv[1]);
  karpspec::Result<void> made;
  if (golden)
    made =
        karpspec::bench::write_repeated(*golden, argv[2], number_of(argv[3]), number_of(argv[4]));
  else
    made = tl::unexpected(golden.error());
  if (!made)
    std::cerr << made.error().message << "\n";
  return made ? 0 : 1;
}
