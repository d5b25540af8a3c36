#pragma once

#include <optional>
#include <span>

#include "bench/primitives/mac.h"
#include "crypto/protect.h"

namespace karpspec::bench::primitives {

// What crypto::seal() and crypto::open() do (RFC 5996 section 3.14, RFC 5282), by OpenSSL alone:
// one direction of one IKE SA, whose contexts and key schedules are made beforehand.
class SkData {
 public:
  enum class Direction { seal, open };
  // AES-XCBC-96 is not OpenSSL's: a checksum by it is neither made nor checked right.
  SkData(const crypto::IkeSuite& suite, const crypto::DirectionKeys& keys, Direction direction);

  // The last octets of MESSAGE become IV | ciphertext of PLAINTEXT | ICV. PLAINTEXT is padded.
  // False: OpenSSL refused.
  [[nodiscard]] bool seal(OctetView iv, OctetView plaintext, std::span<std::uint8_t> message);
  // The last SIZE octets of MESSAGE, opened, to the beginning of PLAINTEXT, padding and all. False:
  // they are not authentic.
  [[nodiscard]] bool open(OctetView message, std::size_t size, std::span<std::uint8_t> plaintext);

 private:
  [[nodiscard]] bool begin(OctetView iv, OctetView associated);

  std::size_t iv_size_, icv_size_;
  bool aead_;
  CipherCtxPtr cipher_;
  std::optional<Mac> mac_;
  Octets nonce_;  // of an AEAD: salt | IV
  Octets tag_;
};

}  // namespace karpspec::bench::primitives
