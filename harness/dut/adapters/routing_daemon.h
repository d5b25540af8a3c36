#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dut/adapters/daemon_place.h"
#include "dut/device.h"
#include "keytable/row.h"

namespace karpspec::dut {

// A router that runs OSPFv2 and RIPv2 on the laboratory's cable, in area 0 with a HelloInterval of
// one second, and BGP with the tester, each as soon as there is a key for it. What its keys are
// called in the key table it does not know; whoever uses this does.
class RoutingDaemon {
 public:
  virtual ~RoutingDaemon() = default;
  // Why ROW cannot be a key of this router; "" where it can. KEYS: the keys that it has already.
  [[nodiscard]] virtual std::string cannot(const keytable::Row& row,
                                           const std::vector<keytable::Row>& keys) const = 0;
  // Makes the router's keys those of KEYS, each of which it can have. Done, and in force, on
  // return. Errors: io, timeout; bad_value with the router's own words where it refuses one.
  [[nodiscard]] virtual Result<void> apply(const std::vector<keytable::Row>& keys) = 0;
  // What the router says of its keys: LocalKeyName, Protocol, AlgID, Key and the lifetimes, as far
  // as it tells them. Errors: io, timeout; unsupported where it tells nothing.
  [[nodiscard]] virtual Result<Json> keys() const = 0;
  [[nodiscard]] virtual bool alive() const = 0;
};

// KEY as a text, where it is one that a command line takes between quotation marks.
[[nodiscard]] std::optional<std::string> printable_key(const keytable::Row& key);

using StartRoutingDaemon = Result<std::unique_ptr<RoutingDaemon>> (*)(
    std::shared_ptr<DaemonPlace> place, const std::string& tester);
using RoutingVersion = Result<std::string> (*)(const DaemonPlace& place);
struct RoutingKind {
  DaemonKind daemon;
  StartRoutingDaemon start;
  RoutingVersion version;
};

}  // namespace karpspec::dut
