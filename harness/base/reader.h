#pragma once

#include <cstdint>

#include "base/octets.h"
#include "base/result.h"

namespace karpspec {

// Reads big-endian fields from octets it does not own, and never past their end. The offset in
// errors counts from the start of the whole message, in child readers too.
//
// What reads stands in this header: called out of line it is two fifths of the time that decoding
// a message takes. What makes an error does not, so that little is inlined.
class Reader {
 public:
  explicit Reader(OctetView octets, std::size_t start = 0) : octets_(octets), base_(start) {}

  [[nodiscard]] std::size_t offset() const { return base_ + at_; }
  [[nodiscard]] std::size_t left() const { return octets_.size() - at_; }
  [[nodiscard]] bool empty() const { return left() == 0; }

  // Errors of all of these: truncated. WHAT names the field in the message.
  [[nodiscard]] Result<std::uint8_t> u8(const char* what) { return number<std::uint8_t>(what); }
  [[nodiscard]] Result<std::uint16_t> u16(const char* what) { return number<std::uint16_t>(what); }
  [[nodiscard]] Result<std::uint32_t> u32(const char* what) { return number<std::uint32_t>(what); }
  [[nodiscard]] Result<std::uint64_t> u64(const char* what) { return number<std::uint64_t>(what); }
  [[nodiscard]] Result<OctetView> octets(std::size_t size, const char* what) {
    if (size > left())
      return too_few(size, what);
    return take(size);
  }
  // All that is left, which may be nothing.
  [[nodiscard]] OctetView rest() { return take(left()); }
  // A reader of its own for the next SIZE octets, which this one skips.
  [[nodiscard]] Result<Reader> sub(std::size_t size, const char* what) {
    if (size > left())
      return too_few(size, what);
    const std::size_t start = offset();
    return Reader(take(size), start);
  }
  // Errors: bad_length, when octets are left over.
  [[nodiscard]] Result<void> finish(const char* what) const {
    if (!empty())
      return too_many(what);
    return {};
  }

 private:
  template <class T>
  Result<T> number(const char* what) {
    if (sizeof(T) > left())
      return too_few(sizeof(T), what);
    T value = 0;
    for (const std::uint8_t octet : take(sizeof(T)))
      value = static_cast<T>((static_cast<std::uint64_t>(value) << 8) | octet);
    return value;
  }
  // Which must be there.
  OctetView take(std::size_t size) {
    const OctetView view = octets_.subspan(at_, size);
    at_ += size;
    return view;
  }
  [[nodiscard]] [[gnu::cold]] tl::unexpected<Error> too_few(std::size_t size,
                                                            const char* what) const;
  [[nodiscard]] [[gnu::cold]] tl::unexpected<Error> too_many(const char* what) const;

  OctetView octets_;
  std::size_t base_ = 0;
  std::size_t at_ = 0;
};

}  // namespace karpspec
