#include "base/writer.h"

namespace karpspec {

void Writer::note(const char* name, std::size_t size) {
  if (log_ == nullptr)
    return;
  log_->push_back({path_.empty() ? std::string(name) : path_ + "." + name, out_.size(), size});
}

void Writer::number(std::uint64_t value, std::size_t size, const char* name) {
  note(name, size);
  for (std::size_t i = size; i-- > 0;)
    out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void Writer::u8(std::uint8_t value, const char* name) {
  number(value, 1, name);
}
void Writer::u16(std::uint16_t value, const char* name) {
  number(value, 2, name);
}
void Writer::u32(std::uint32_t value, const char* name) {
  number(value, 4, name);
}
void Writer::u64(std::uint64_t value, const char* name) {
  number(value, 8, name);
}

void Writer::octets(OctetView value, const char* name) {
  note(name, value.size());
  append(out_, value);
}

Writer::Length Writer::length16(std::size_t from, const char* name) {
  const std::size_t at = out_.size();
  u16(0, name);
  return {*this, from, at, 2};
}

Writer::Length Writer::length32(std::size_t from, const char* name) {
  const std::size_t at = out_.size();
  u32(0, name);
  return {*this, from, at, 4};
}

Writer::Length::~Length() {
  const std::size_t value = out_.out_.size() - from_;
  for (std::size_t i = 0; i < size_; ++i) {
    out_.out_[at_ + i] = static_cast<std::uint8_t>(value >> (8 * (size_ - 1 - i)));
  }
}

Writer::Scope::Scope(Writer& out, std::string_view name, std::size_t index)
    : out_(out), before_(out.path_.size()) {
  if (out_.log_ == nullptr)
    return;
  if (!out_.path_.empty())
    out_.path_ += '.';
  out_.path_ += name;
  if (index != 0)
    out_.path_ += "[" + std::to_string(index) + "]";
}

Writer::Scope::~Scope() {
  out_.path_.resize(before_);
}

}  // namespace karpspec
