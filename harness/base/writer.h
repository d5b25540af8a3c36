#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/octets.h"

namespace karpspec {

// Where one field of an encoded message stands. `path` is the notation of scenarios and reports:
// "SAi2.proposals[1].transforms[1].flags" (indices count from 1).
struct FieldAt {
  std::string path;
  std::size_t offset = 0;  // octets from the start of the message
  std::size_t size = 0;    // octets
};

// Writes big-endian fields. Length fields write themselves when their scope ends. With a field
// log the writer also notes where each named field stands, so that a mutation can reach it and a
// report can name its octet; without one that costs nothing.
class Writer {
 public:
  explicit Writer(std::vector<FieldAt>* log = nullptr) : log_(log) {}

  void u8(std::uint8_t value, const char* name);
  void u16(std::uint16_t value, const char* name);
  void u32(std::uint32_t value, const char* name);
  void u64(std::uint64_t value, const char* name);
  void octets(OctetView value, const char* name);

  // A 16-bit or 32-bit length in octets of everything from FROM (an offset in this writer) to the
  // end of the Length's life.
  class Length {
   public:
    Length(Writer& out, std::size_t from, std::size_t at, std::size_t size)
        : out_(out), from_(from), at_(at), size_(size) {}
    ~Length();
    Length(const Length&) = delete;
    Length& operator=(const Length&) = delete;

   private:
    Writer& out_;
    std::size_t from_, at_, size_;
  };
  [[nodiscard]] Length length16(std::size_t from, const char* name);
  [[nodiscard]] Length length32(std::size_t from, const char* name);

  // Names what is written during the Scope's life: "proposals[2]", "IDi".
  class Scope {
   public:
    Scope(Writer& out, std::string_view name, std::size_t index);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Writer& out_;
    std::size_t before_;
  };
  // INDEX counts from 1; 0 means that the name stands alone.
  [[nodiscard]] Scope scope(std::string_view name, std::size_t index = 0) {
    return Scope(*this, name, index);
  }

  [[nodiscard]] std::size_t size() const { return out_.size(); }
  [[nodiscard]] const Octets& written() const { return out_; }
  [[nodiscard]] Octets take() { return std::move(out_); }
  // Overwrites one octet already written.
  void patch_u8(std::size_t at, std::uint8_t value) { out_.at(at) = value; }

 private:
  void note(const char* name, std::size_t size);
  void number(std::uint64_t value, std::size_t size, const char* name);

  Octets out_;
  std::vector<FieldAt>* log_;
  std::string path_;
};

}  // namespace karpspec
