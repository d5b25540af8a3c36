#pragma once

#include <string>

#include "base/result.h"
#include "lab/namespaces.h"

namespace karpspec::lab {

// A switch of the laboratory: a bridge in a network namespace of its own, with a port for each
// place that is attached to it. The host's network is not touched. It goes with this object, and
// with it every cable to it; what a killed harness leaves behind is swept as all namespaces are.
class Bridge {
 public:
  // LABEL as for NetworkNamespace::create. Errors: bad_value; io with what `ip` said.
  [[nodiscard]] static Result<Bridge> create(const std::string& label);

  // Lays a cable from END, an interface that is made for it, to a new port. Usable on return: there
  // is no spanning tree to wait for, and multicast goes to every port. A container is attached by
  // the namespace it is started in (ContainerNetwork::place()); its cable stays when it
  // is started again there. The cable goes with END's place too. Errors: io.
  [[nodiscard]] Result<void> attach(const CableEnd& end);

  // Where everything that crosses can be captured: the interface in that place.
  [[nodiscard]] const NetworkNamespace& place() const { return place_; }
  static constexpr const char* interface = "bridge";

 private:
  explicit Bridge(NetworkNamespace place) : place_(std::move(place)) {}
  NetworkNamespace place_;
  unsigned ports_ = 0;
};

}  // namespace karpspec::lab
