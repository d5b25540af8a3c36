#pragma once

#include <algorithm>
#include <vector>

#include "base/octets.h"
#include "oracle/mrkmp/group_message.h"
#include "wire/message.h"

namespace karpspec {

// Gives the input piece by piece, and zeros when it is over.
class Input {
 public:
  explicit Input(OctetView octets) : octets_(octets) {}
  [[nodiscard]] bool over() const { return octets_.empty(); }
  std::uint8_t octet() {
    if (octets_.empty())
      return 0;
    const std::uint8_t out = octets_.front();
    octets_ = octets_.subspan(1);
    return out;
  }
  std::uint16_t word() { return static_cast<std::uint16_t>(octet() << 8 | octet()); }
  // As many octets as the next one says.
  OctetView piece() {
    const std::size_t size = std::min<std::size_t>(octet(), octets_.size());
    const OctetView out = octets_.first(size);
    octets_ = octets_.subspan(size);
    return out;
  }

 private:
  OctetView octets_;
};

// A chain of payloads, of which the input says the first type and how long it is; what cannot be
// read is none.
inline std::vector<wire::Payload> payloads_in(Input& input) {
  const auto first = static_cast<wire::PayloadType>(input.octet());
  auto payloads = wire::decode_chain(first, input.piece(), oracle::mrkmp::code_points());
  return payloads ? *std::move(payloads) : std::vector<wire::Payload>();
}

}  // namespace karpspec
