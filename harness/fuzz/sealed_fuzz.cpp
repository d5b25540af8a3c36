// Whatever somebody who has the keys seals, whole and in fragments, it is opened within its bounds
// and is what was sealed; and whoever has not is not authentic.
#include <algorithm>
#include <array>
#include <optional>

#include "input.h"
#include "oracle/ike/fragments.h"
#include "oracle/ike/sealed_message.h"
#include "require.h"

namespace {

using namespace karpspec;
using namespace karpspec::oracle;

struct Keys {
  crypto::IkeSuite suite;
  crypto::IkeKeys keys;
  bool initiator = false;
  [[nodiscard]] crypto::DirectionKeys view() const {
    return initiator ? ike::keys_of_initiator(keys) : ike::keys_of_responder(keys);
  }
  [[nodiscard]] crypto::DirectionKeys of_the_other() const {
    return initiator ? ike::keys_of_responder(keys) : ike::keys_of_initiator(keys);
  }
};

Keys keys_for(std::uint8_t which) {
  struct Pair {
    Encr encr;
    Integ integ;
  };
  static constexpr std::array<Pair, 8> pairs = {{{Encr::AES_GCM_16, Integ::NONE},
                                                 {Encr::CHACHA20_POLY1305, Integ::NONE},
                                                 {Encr::AES_CBC, Integ::HMAC_SHA2_256_128},
                                                 {Encr::AES_CBC, Integ::HMAC_SHA1_96},
                                                 {Encr::AES_CBC, Integ::AES_XCBC_96},
                                                 {Encr::AES_CBC, Integ::AES_CMAC_96},
                                                 {Encr::AES_CBC, Integ::HMAC_SHA2_384_192},
                                                 {Encr::AES_CBC, Integ::HMAC_SHA2_512_256}}};
  const Pair& pair = pairs[which % pairs.size()];
  Keys keys;
  keys.suite.encr = pair.encr;
  keys.suite.integ = pair.integ;
  keys.suite.key_bits = pair.encr == Encr::CHACHA20_POLY1305 ? 0 : 128;
  const std::size_t encr = crypto::encr_key_size(keys.suite.encr, keys.suite.key_bits);
  const std::size_t integ = crypto::integ_key_size(keys.suite.integ);
  keys.keys.SK_ei = Secret(Octets(encr, 1));
  keys.keys.SK_er = Secret(Octets(encr, 2));
  keys.keys.SK_ai = Secret(Octets(integ, 3));
  keys.keys.SK_ar = Secret(Octets(integ, 4));
  keys.initiator = (which & 8) != 0;
  return keys;
}

// Header and chain as one clear form.
Octets clear_form(std::uint8_t first, std::uint8_t exchange, OctetView chain) {
  wire::Header header;
  header.spi_i = 1;
  header.spi_r = 2;
  header.exchange = exchange;
  header.message_id = 1;
  Octets clear = wire::encode_message({header, {}});
  clear[16] = first;
  append(clear, chain);
  std::ranges::copy(big_endian(static_cast<std::uint32_t>(clear.size())), clear.begin() + 24);
  return clear;
}

void whole(const Keys& keys, OctetView clear, SeededRandom& random) {
  const OctetView chain = clear.subspan(wire::Header::size);
  const auto sealed = ike::seal_clear_form(keys.suite, keys.view(), clear, random);
  require(sealed.has_value(), "what fits can be sealed");
  const auto opened = ike::open_sealed(keys.suite, keys.view(), *sealed);
  require(opened && opened->plaintext == Octets(chain.begin(), chain.end()) &&
              static_cast<std::uint8_t>(opened->first) == clear[16],
          "what was sealed is opened");
  require(!ike::open_sealed(keys.suite, keys.view(), clear), "nor is a message in clear opened");
  require(!ike::seal_clear_form(keys.suite, keys.view(), clear.first(clear.size() % 28), random),
          "what has no whole header is not sealed");
  // Decoding it is the same, sealed or not.
  const auto message = ike::open_message(keys.suite, keys.view(), *sealed);
  const auto plain = wire::decode_message(clear);
  require(!plain || plain->payloads.empty() || message.has_value(), "what decodes does so inside");
  require(!message || !plain || message->payloads == plain->payloads, "and is the same");
  if (plain && !plain->payloads.empty() && message) {
    const auto again =
        ike::seal_message(keys.suite, keys.view(), *message, random,
                          [](Octets& octets, const std::vector<FieldAt>& fields) {
                            require(fields.back().offset + fields.back().size <= octets.size(),
                                    "what may be edited is all there");
                          });
    require(
        again && ike::open_sealed(keys.suite, keys.view(), *again)->plaintext == opened->plaintext,
        "a message that was opened can be sealed again");
    const auto plainly = ike::seal_message(keys.suite, keys.view(), *message, random);
    require(plainly && plainly->size() == again->size(), "edited or not");
  }
  Octets forged = *sealed;
  forged[forged.size() - 1 - clear.size() % 16] ^= 1;
  require(!ike::open_sealed(keys.suite, keys.view(), forged), "a forged one is not opened");
  // What a device takes that does not check the checksum: with a false one alone, the same.
  const auto unchecked = ike::open_sealed(keys.suite, keys.view(), forged, {}, true);
  require(!unchecked || clear.size() % 16 >= crypto::icv_size(keys.suite) ||
              unchecked->plaintext == opened->plaintext,
          "what is not checked is the checksum");
}

// Pieces in the order of the input: a number, a total and the octets of each.
void fragments(const Keys& keys, std::uint8_t exchange, Input& input, SeededRandom& random) {
  ike::Reassembly parts;
  parts.begin(1);
  std::size_t octets = 0;
  for (int count = 0; !input.over() && count < 40; ++count) {
    const ike::FragmentPlace place{input.octet(), input.octet(), input.octet()};
    const OctetView piece = input.piece();
    const auto sealed = ike::seal_fragment(keys.suite, keys.view(), clear_form(0, exchange, {}),
                                           place, piece, random);
    require(sealed.has_value() && ike::is_fragment(*sealed), "a fragment is one");
    const auto opened = ike::open_fragment(keys.suite, keys.view(), *sealed);
    require(opened && opened->place.number == place.number && opened->place.total == place.total &&
                opened->plaintext == Octets(piece.begin(), piece.end()),
            "what was sealed is opened");
    // Who takes fragments in checks their numbers first (RFC 7383 section 2.6).
    if (place.number == 0 || place.number > place.total || parts.has(place.number) ||
        (!parts.empty() && place.total != parts.total()) || !parts.add(*opened))
      continue;
    octets += piece.size();
    require(parts.count() <= ike::most_fragments && octets <= 65535, "what is kept is bounded");
    if (!parts.complete())
      continue;
    const ike::Opened all = parts.take();
    require(all.plaintext.size() == octets && parts.empty(), "the whole is its pieces");
    (void)wire::decode_chain(all.first, all.plaintext);
    octets = 0;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input({data, size});
  const Keys keys = keys_for(input.octet());
  const std::uint8_t exchange = input.octet(), first = input.octet();
  SeededRandom random(1);
  const OctetView chain = input.piece();
  const std::size_t piece = ike::largest_piece(keys.suite, chain.size());
  require(piece == 0 || crypto::sealed_size(keys.suite, piece) + wire::Header::size < chain.size(),
          "the largest piece fits");
  whole(keys, clear_form(first, exchange, chain), random);
  fragments(keys, exchange, input, random);
  // Nor is anything of the input itself.
  require(!ike::open_sealed(keys.suite, keys.view(), {data, size}), "nobody forges a message");
  require(!ike::open_fragment(keys.suite, keys.view(), {data, size}), "nor a fragment");
  return 0;
}
