#pragma once

#include "base/random.h"
#include "samples.h"
#include "wire_testing.h"

// Seeded damage to sample messages, for the properties that hold of every input.
namespace karpspec::wire {

// A message or, where FIRST is given, the octets of a chain that starts with it.
struct Sample {
  std::string_view name;
  std::optional<PayloadType> first;
  Octets octets;
};

inline std::vector<Sample> all_samples() {
  return {{"ike_sa_init", std::nullopt, hex(samples::ike_sa_init)},
          {"sealed", std::nullopt, hex(samples::sealed)},
          {"fragment", std::nullopt, hex(samples::fragment)},
          {"rkmp_auth", samples::rkmp_auth_first, hex(samples::rkmp_auth)},
          {"rekey", samples::rekey_first, hex(samples::rekey)},
          {"informational", samples::informational_first, hex(samples::informational)},
          {"mrkmp", samples::mrkmp_first, hex(samples::mrkmp)},
          {"keyserver", samples::keyserver_first, hex(samples::keyserver)},
          {"mrkmp_advert", std::nullopt, hex(samples::mrkmp_advert)}};
}

// A chain as the message that carries it in the clear.
inline Octets as_message(const Sample& sample) {
  if (!sample.first)
    return sample.octets;
  Octets octets = hex("0102030405060708 1112131415161718 00 20 25 08 00000002 00000000");
  octets[16] = static_cast<std::uint8_t>(*sample.first);
  if (*sample.first == samples::mrkmp_first || *sample.first == samples::keyserver_first)
    octets[18] = static_cast<std::uint8_t>(ExchangeType::mrkmp_group);
  append(octets, sample.octets);
  octets[26] = static_cast<std::uint8_t>(octets.size() >> 8);
  octets[27] = static_cast<std::uint8_t>(octets.size());
  return octets;
}

// Writes the size of OCTETS into the header's length field.
inline void mend_length(Octets& octets) {
  if (octets.size() < Header::size)
    return;
  for (std::size_t i = 0; i < 4; ++i)
    octets[24 + i] = static_cast<std::uint8_t>(octets.size() >> (8 * (3 - i)));
}

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  // One to three of: a bit, an octet, a telling octet, octets taken out, put in or repeated.
  Octets damage(Octets octets) {
    for (std::size_t times = 1 + below(3); times > 0; --times)
      once(octets);
    return octets;
  }
  // A number below N, which is not 0.
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_.u64() % n); }

 private:
  void once(Octets& octets) {
    constexpr std::uint8_t telling[] = {0, 1, 2, 3, 4, 7, 8, 0x7f, 0x80, 0xc9, 0xf1, 0xff};
    if (octets.empty())
      octets.push_back(0);
    const std::size_t at = below(octets.size());
    const std::size_t size = 1 + below(std::min<std::size_t>(8, octets.size() - at));
    const auto place = octets.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = place + static_cast<std::ptrdiff_t>(size);
    switch (below(6)) {
      case 0:
        octets[at] = static_cast<std::uint8_t>(octets[at] ^ (1U << below(8)));
        break;
      case 1:
        octets[at] = static_cast<std::uint8_t>(below(256));
        break;
      case 2:
        octets[at] = telling[below(std::size(telling))];
        break;
      case 3:
        octets.erase(place, end);
        break;
      case 4: {
        const Octets more = random_.octets(size);
        octets.insert(place, more.begin(), more.end());
        break;
      }
      default: {
        const Octets again(place, end);
        octets.insert(place, again.begin(), again.end());
        break;
      }
    }
  }

  SeededRandom random_;
};

}  // namespace karpspec::wire
