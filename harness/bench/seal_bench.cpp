// SK payloads (RFC 5996 section 3.14, RFC 5282) by suite and octets of plaintext, beside the same
// cipher and MAC by OpenSSL with the IKE SA's contexts kept.
#include "base/random.h"
#include "bench/measurement.h"
#include "bench/primitives/sk_data.h"
#include "bench/subjects.h"
#include "crypto/protect.h"

namespace karpspec::bench {
namespace {

using primitives::SkData;

struct Suite {
  const char* name;
  Encr encr;
  std::uint16_t key_bits;
  Integ integ;
};
constexpr Suite sealing_suites[] = {
    {"AES_CBC-128+HMAC_SHA1_96", Encr::AES_CBC, 128, Integ::HMAC_SHA1_96},
    {"AES_CBC-128+HMAC_SHA2_256_128", Encr::AES_CBC, 128, Integ::HMAC_SHA2_256_128},
    {"AES_CBC-256+HMAC_SHA2_512_256", Encr::AES_CBC, 256, Integ::HMAC_SHA2_512_256},
    {"AES_CBC-128+AES_CMAC_96", Encr::AES_CBC, 128, Integ::AES_CMAC_96},
    {"AES_GCM_16-128", Encr::AES_GCM_16, 128, Integ::NONE},
    {"AES_GCM_16-256", Encr::AES_GCM_16, 256, Integ::NONE},
    {"CHACHA20_POLY1305", Encr::CHACHA20_POLY1305, 256, Integ::NONE},
};

// Gives the same IV again and again: two ways of sealing are compared, and nothing is protected.
class SameIv final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& octet : out)
      octet = 1;
  }
};

// A message whose SK payload is its last part, and what seals it.
struct Message {
  Message(const Suite& chosen, std::size_t size) {
    suite.encr = chosen.encr;
    suite.key_bits = chosen.key_bits;
    suite.integ = chosen.integ;
    SeededRandom random(1);
    encr = random.octets(crypto::encr_key_size(suite.encr, suite.key_bits));
    integ = random.octets(crypto::integ_key_size(suite.integ));
    plaintext = random.octets(size);
    data_size = crypto::sealed_size(suite, size);
    octets = random.octets(header_size + data_size);
  }
  [[nodiscard]] crypto::DirectionKeys keys() const { return {encr, integ}; }
  // The plaintext with its padding, as the cipher gets it.
  [[nodiscard]] Octets padded() const {
    Octets out = plaintext;
    out.resize(data_size - crypto::encr_iv_size(suite.encr) - crypto::icv_size(suite));
    out.back() = static_cast<std::uint8_t>(out.size() - plaintext.size() - 1);
    return out;
  }
  [[nodiscard]] Result<void> seal() {
    SameIv iv;
    return crypto::seal(suite, keys(), plaintext, octets, iv);
  }

  static constexpr std::size_t header_size = 32;  // of the message and of SK
  crypto::IkeSuite suite;
  Octets encr, integ, plaintext, octets;
  std::size_t data_size = 0;
};

void seal(benchmark::State& state, const Suite& suite) {
  Message message(suite, size_of(state));
  SeededRandom random(1);
  for (auto _ : state) {
    auto done =
        crypto::seal(message.suite, message.keys(), message.plaintext, message.octets, random);
    if (failed(state, done))
      return;
  }
  count(state, size_of(state));
}

void seal_bound(benchmark::State& state, const Suite& suite) {
  Message message(suite, size_of(state));
  SkData primitive(message.suite, message.keys(), SkData::Direction::seal);
  const Octets padded = message.padded();
  const Octets iv(crypto::encr_iv_size(message.suite.encr), 1);
  Octets octets = message.octets;
  if (failed(state, message.seal()) ||
      failed(state, primitive.seal(iv, padded, octets) && octets == message.octets,
             "OpenSSL gives other octets"))
    return;
  for (auto _ : state) {
    bool done = primitive.seal(iv, padded, octets);
    benchmark::DoNotOptimize(done);
  }
  count(state, size_of(state));
}

void open(benchmark::State& state, const Suite& suite) {
  Message message(suite, size_of(state));
  if (failed(state, message.seal()))
    return;
  const auto once = crypto::open(message.suite, message.keys(), message.octets, message.data_size);
  if (failed(state, once) || failed(state, *once == message.plaintext, "it opens to other octets"))
    return;
  for (auto _ : state) {
    auto opened = crypto::open(message.suite, message.keys(), message.octets, message.data_size);
    benchmark::DoNotOptimize(opened);
  }
  count(state, size_of(state));
}

// The same under keys that are kept, as of one IKE SA whose messages come one after another.
void open_next(benchmark::State& state, const Suite& suite) {
  Message message(suite, size_of(state));
  if (failed(state, message.seal()))
    return;
  auto opening = crypto::Opening::make(message.suite, message.keys());
  if (failed(state, opening))
    return;
  const auto once = opening->open(message.octets, message.data_size);
  if (failed(state, once) || failed(state, *once == message.plaintext, "it opens to other octets"))
    return;
  for (auto _ : state) {
    auto opened = opening->open(message.octets, message.data_size);
    benchmark::DoNotOptimize(opened);
  }
  count(state, size_of(state));
}

void open_bound(benchmark::State& state, const Suite& suite) {
  Message message(suite, size_of(state));
  if (failed(state, message.seal()))
    return;
  SkData primitive(message.suite, message.keys(), SkData::Direction::open);
  Octets plaintext(message.padded().size());
  if (failed(state,
             primitive.open(message.octets, message.data_size, plaintext) &&
                 plaintext == message.padded(),
             "it opens to other octets"))
    return;
  for (auto _ : state) {
    bool opened = primitive.open(message.octets, message.data_size, plaintext);
    benchmark::DoNotOptimize(opened);
  }
  count(state, size_of(state));
}

}  // namespace

void add_seal() {
  const Sizes sizes = {64, 512, 4096};
  for (const Suite& suite : sealing_suites) {
    compare(
        std::string("seal/") + suite.name, [suite](auto& state) { seal(state, suite); },
        [suite](auto& state) { seal_bound(state, suite); }, sizes);
    compare(
        std::string("open/") + suite.name, [suite](auto& state) { open(state, suite); },
        [suite](auto& state) { open_bound(state, suite); }, sizes);
    compare(
        std::string("open_next/") + suite.name, [suite](auto& state) { open_next(state, suite); },
        [suite](auto& state) { open_bound(state, suite); }, sizes);
  }
}

}  // namespace karpspec::bench
