#pragma once

#include <concepts>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "base/function_ref.h"
#include "transcript/field.h"
#include "wire/message.h"

// The structures of a message as lists of fields, under the names that paths use, which are also
// those of the encoder's field log. What goes through them need not know their types, and is
// compiled once and not for each of them.
namespace karpspec::transcript {

struct Info {
  unsigned bits = 0;  // of a number; 0: octets or a list
  Names names = Names::none;
};

// What a transform's ID means, by the transform's type.
[[nodiscard]] Names transform_id_names(std::uint8_t type);

// A number in a message, of whatever type.
class NumberRef {
 public:
  template <std::integral T>
  explicit NumberRef(T& number) : at_(&number) {}
  // A negative one as two's complement of 64 bits.
  [[nodiscard]] std::uint64_t value() const;
  // What does not fit is cut off.
  void set(std::uint64_t value) const;
  [[nodiscard]] bool is_flag() const { return std::holds_alternative<bool*>(at_); }
  // That its type has, which may be more than the field's.
  [[nodiscard]] unsigned bits() const;

 private:
  std::variant<bool*, std::uint8_t*, std::uint16_t*, std::uint32_t*, std::uint64_t*, std::int32_t*>
      at_;
};

// An attribute's value, RFC 5996 section 3.3.5.
using AttributeValue = std::variant<std::uint16_t, Octets>;

// Bits of a number field that have a name of their own.
struct Bits {
  const char* name;
  unsigned shift;
  std::uint64_t mask;  // after shifting
};

class ListRef;
using MemberRef = std::variant<NumberRef, Octets*, AttributeValue*, ListRef>;
using TakeField = FunctionRef<void(std::string_view name, Info info, const MemberRef& member)>;

// A structure of a message: the header, a payload's body, or an element of a list.
class StructureRef {
 public:
  explicit StructureRef(wire::Header& header);
  explicit StructureRef(wire::Body& body);

  void each_field(TakeField take) const;
  // Fields that stand in the octets only: what they say follows from the rest, so they can be read
  // and patched but not set.
  [[nodiscard]] std::span<const std::string_view> wire_only() const;
  [[nodiscard]] std::span<const Bits> bits_of(std::string_view field) const;
  // nullptr where it is something else.
  [[nodiscard]] wire::Transform* as_transform() const;

  struct Kind;  // what all of a type share; reflection.cpp has them
  StructureRef(const Kind& kind, void* at) : kind_(&kind), at_(at) {}

 private:
  const Kind* kind_;
  void* at_;
};

using ElementRef = std::variant<Octets*, StructureRef>;

// A list of structures or of octets, by indices from 0.
class ListRef {
 public:
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] ElementRef operator[](std::size_t i) const;
  // Leaves the first COUNT of those that there are.
  void cut(std::size_t count) const;
  void erase(std::size_t i) const;
  // Puts a copy of what stands at I before it.
  void duplicate(std::size_t i) const;
  // Puts one whose fields have their defaults before what stands at I, or behind the last.
  void insert(std::size_t i) const;
  void swap(std::size_t one, std::size_t other) const;
  // nullptr where it is a list of something else.
  [[nodiscard]] std::vector<wire::Transform>* as_transforms() const;
  [[nodiscard]] std::vector<wire::KeyItem>* as_key_items() const;

  struct Kind;
  ListRef(const Kind& kind, void* at) : kind_(&kind), at_(at) {}

 private:
  const Kind* kind_;
  void* at_;
};

}  // namespace karpspec::transcript
