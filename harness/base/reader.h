#pragma once

#include <cstdint>

#include "base/octets.h"
#include "base/result.h"

namespace karpspec {

// Reads big-endian fields from octets it does not own, and never past their end. The offset in
// errors counts from the start of the whole message, in child readers too.
class Reader {
 public:
  explicit Reader(OctetView octets, std::size_t start = 0) : octets_(octets), base_(start) {}

  [[nodiscard]] std::size_t offset() const { return base_ + at_; }
  [[nodiscard]] std::size_t left() const { return octets_.size() - at_; }
  [[nodiscard]] bool empty() const { return left() == 0; }

  // Errors of all of these: truncated. WHAT names the field in the message.
  [[nodiscard]] Result<std::uint8_t> u8(const char* what);
  [[nodiscard]] Result<std::uint16_t> u16(const char* what);
  [[nodiscard]] Result<std::uint32_t> u32(const char* what);
  [[nodiscard]] Result<std::uint64_t> u64(const char* what);
  [[nodiscard]] Result<OctetView> octets(std::size_t size, const char* what);
  // All that is left, which may be nothing.
  [[nodiscard]] OctetView rest();
  // A reader of its own for the next SIZE octets, which this one skips.
  [[nodiscard]] Result<Reader> sub(std::size_t size, const char* what);
  // Errors: bad_length, when octets are left over.
  [[nodiscard]] Result<void> finish(const char* what) const;

 private:
  template <class T>
  Result<T> number(const char* what);

  OctetView octets_;
  std::size_t base_ = 0;
  std::size_t at_ = 0;
};

}  // namespace karpspec
