#pragma once

#include <memory>

#include "lab/namespaces.h"

namespace karpspec::lab {

// The switch of a laboratory: a bridge in a network namespace of its own, and cables from its
// ports to other namespaces. Every frame that crosses it passes its interface, where it can be
// captured (LiveCaptureOptions::promiscuous). Goes with this object, and the cables with it.
class Bridge {
 public:
  // Name of the bridge's interface in place().
  static constexpr const char* interface = "bridge";

  // LABEL is that of its namespace. Errors: those of NetworkNamespace::create; io.
  [[nodiscard]] static Result<Bridge> create(const std::string& label);
  // A cable from END to the next port. Usable on return. Errors: io.
  [[nodiscard]] Result<void> plug(const CableEnd& end);
  [[nodiscard]] const NetworkNamespace& place() const { return place_; }

 private:
  explicit Bridge(NetworkNamespace place) : place_(std::move(place)) {}
  NetworkNamespace place_;
  unsigned ports_ = 0;
};

}  // namespace karpspec::lab
