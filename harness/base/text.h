#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace karpspec {

// A text that is written a few characters at a time. std::string does that in functions of its own,
// which take longer than the characters do; here it is inline, into memory that is kept.
class Text {
 public:
  Text() = default;
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;

  // MORE is no part of this text, which may move.
  void append(std::string_view more) {
    char* const at = room(more.size());
    if (!more.empty())
      std::memcpy(at, more.data(), more.size());
  }
  void append(char more) { *room(1) = more; }
  // The next SIZE characters, which are for the caller to write. Until the next change.
  [[nodiscard]] char* room(std::size_t size) {
    if (held_.size() - size_ < size)
      grow(size);
    char* const at = held_.data() + size_;
    size_ += size;
    return at;
  }
  // Leaves the first SIZE characters of those that there are.
  void cut(std::size_t size) { size_ = std::min(size_, size); }
  // The character at PLACE, which is below size().
  [[nodiscard]] char& at(std::size_t place) { return held_[place]; }
  [[nodiscard]] std::size_t size() const { return size_; }
  // Until the next change.
  [[nodiscard]] std::string_view view() const { return {held_.data(), size_}; }
  [[nodiscard]] std::string str() const { return std::string(view()); }

 private:
  // Doubles what is held, so that each character is moved but a few times.
  void grow(std::size_t size);

  // All of its size may be written to: at first what std::string holds without allocating.
  std::string held_ = std::string(15, '\0');
  std::size_t size_ = 0;
};

}  // namespace karpspec
