#include "base/reader.h"

#include <string>

namespace karpspec {

template <class T>
Result<T> Reader::number(const char* what) {
  KARPSPEC_TRY(raw, octets(sizeof(T), what));
  T value = 0;
  for (std::uint8_t octet : raw)
    value = static_cast<T>((static_cast<std::uint64_t>(value) << 8) | octet);
  return value;
}

Result<std::uint8_t> Reader::u8(const char* what) {
  return number<std::uint8_t>(what);
}
Result<std::uint16_t> Reader::u16(const char* what) {
  return number<std::uint16_t>(what);
}
Result<std::uint32_t> Reader::u32(const char* what) {
  return number<std::uint32_t>(what);
}
Result<std::uint64_t> Reader::u64(const char* what) {
  return number<std::uint64_t>(what);
}

Result<OctetView> Reader::octets(std::size_t size, const char* what) {
  if (size > left()) {
    return fail(ErrorCode::truncated,
                std::string(what) + " needs " + std::to_string(size) + " octets, " +
                    std::to_string(left()) + " are left",
                offset());
  }
  const OctetView view = octets_.subspan(at_, size);
  at_ += size;
  return view;
}

OctetView Reader::rest() {
  const OctetView view = octets_.subspan(at_);
  at_ = octets_.size();
  return view;
}

Result<Reader> Reader::sub(std::size_t size, const char* what) {
  const std::size_t start = offset();
  KARPSPEC_TRY(view, octets(size, what));
  return Reader(view, start);
}

Result<void> Reader::finish(const char* what) const {
  if (!empty()) {
    return fail(
        ErrorCode::bad_length,
        std::string(what) + " is followed by " + std::to_string(left()) + " octets too many",
        offset());
  }
  return {};
}

}  // namespace karpspec
