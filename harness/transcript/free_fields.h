#pragma once

#include <string>
#include <string_view>

#include "transcript/observed.h"

namespace karpspec::transcript {

// What a transcript says of a field's value.
struct Written {
  enum class How {
    literal,  // it is compared
    bound,    // drawn anew by every run; within a conversation the same stays the same
    any,      // it is there; its value follows from time, or from what is bound
    implied,  // it follows from the rest of the entry and is not written
  };
  How how = How::literal;
  std::string_view kind;  // of bound: "nonce", "ke", "spi", "key-id", ... , the name's first part
};
// How the field PATH of OBSERVED is written: nonces, SPIs, key IDs, addresses, public values,
// certificates, keys and what is made with them are bound, times and counters are not compared.
[[nodiscard]] Written how_written(const Observed& observed, const PlacedValue& placed);

// The value as it is bound: two fields hold the same thing where this is the same, be one of them a
// number and the other octets.
[[nodiscard]] std::string bound_form(const Value& value);

}  // namespace karpspec::transcript
