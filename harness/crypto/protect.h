#pragma once

#include <memory>
#include <optional>

#include "base/octets.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/ike_keys.h"

namespace karpspec::crypto {

// The keys of one direction.
struct DirectionKeys {
  OctetView encr;   // SK_e of the sender, with the salt of an AEAD at its end
  OctetView integ;  // SK_a of the sender, empty with an AEAD
};

// Padding other than the least that aligns (RFC 5996 section 3.14 permits any that does), and a pad
// length octet other than the true one: for tests of what a recipient makes of them.
struct Padding {
  std::size_t extra = 0;  // octets; a multiple of the cipher's block size keeps it aligned
  std::optional<std::uint8_t> length;
};

// Octets of SK data (IV | ciphertext | ICV) that PLAINTEXT_SIZE octets of payloads make with the
// least padding, or with PADDING.
[[nodiscard]] std::size_t sealed_size(const IkeSuite& suite, std::size_t plaintext_size,
                                      const Padding& padding = {});

// Fills in the SK payload of a message, RFC 5996 section 3.14 and RFC 5282.
// MESSAGE is the whole message with its final lengths, whose last sealed_size() octets are the SK
// payload's data, to be overwritten: IV from RANDOM (a counter or random), ciphertext of
// PLAINTEXT | padding | pad length, ICV over everything before it. Everything up to the IV is the
// AEAD's associated data. Errors: bad_length when MESSAGE is too short, internal.
[[nodiscard]] Result<void> seal(const IkeSuite& suite, const DirectionKeys& keys,
                                OctetView plaintext, std::span<std::uint8_t> message,
                                Random& random, const Padding& padding = {});

// The inverse, for one message after another under the same keys, which OpenSSL then expands once.
class Opening {
 public:
  // Errors: unsupported, bad_length (keys that do not have the suite's sizes), internal.
  [[nodiscard]] static Result<Opening> make(const IkeSuite& suite, const DirectionKeys& keys);
  Opening(Opening&&) noexcept;
  Opening& operator=(Opening&&) noexcept;
  ~Opening();

  // MESSAGE is the whole received message, SK_DATA_SIZE the octets of its last part that are
  // IV | ciphertext | ICV. Returns the payloads, padding removed.
  // Errors: bad_length (no room for IV and ICV, no whole blocks, pad length too large),
  // not_authentic, internal.
  [[nodiscard]] Result<Octets> open(OctetView message, std::size_t sk_data_size);

 private:
  struct State;
  explicit Opening(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The same for a single message.
[[nodiscard]] Result<Octets> open(const IkeSuite& suite, const DirectionKeys& keys,
                                  OctetView message, std::size_t sk_data_size);

}  // namespace karpspec::crypto
