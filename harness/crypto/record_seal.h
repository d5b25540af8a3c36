#pragma once

#include <memory>

#include "base/octets.h"
#include "base/result.h"

namespace karpspec::crypto {

// Seals records that go through a file and come back: AES-256-GCM (NIST SP 800-38D), the number of
// a record as its nonce. Nobody else reads them, so there is no format to agree on.
class RecordSeal {
 public:
  static constexpr std::size_t key_size = 32;
  static constexpr std::size_t more = 16;  // octets that a sealed record has more: the tag
  // KEY: key_size octets that are used for nothing else. Errors: bad_length, internal.
  [[nodiscard]] static Result<RecordSeal> make(OctetView key);
  RecordSeal(RecordSeal&&) noexcept;
  RecordSeal& operator=(RecordSeal&&) noexcept;
  ~RecordSeal();

  // OUT has RECORD's size and MORE. No NUMBER is given twice. Errors: bad_length, internal.
  [[nodiscard]] Result<void> seal(std::uint64_t number, OctetView record,
                                  std::span<std::uint8_t> out);
  // The inverse. Errors: bad_length, not_authentic, internal.
  [[nodiscard]] Result<void> open(std::uint64_t number, OctetView sealed,
                                  std::span<std::uint8_t> out);

 private:
  struct State;
  explicit RecordSeal(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace karpspec::crypto
