#include "wire/payloads.h"

namespace karpspec::wire {

Body::Body() = default;
Body::Body(const Body& other) = default;
Body::Body(Body&& other) noexcept = default;
Body& Body::operator=(const Body& other) = default;
Body& Body::operator=(Body&& other) noexcept = default;
Body::~Body() = default;

bool operator==(const Body& one, const Body& other) {
  return static_cast<const AnyBody&>(one) == static_cast<const AnyBody&>(other);
}

}  // namespace karpspec::wire
