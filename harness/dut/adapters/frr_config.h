#pragma once

#include <string>
#include <vector>

#include "dut/device.h"
#include "keytable/row.h"

namespace karpspec::dut {

// Why ospfd, ripd and bgpd of FRR 8.4 cannot have ROW beside KEYS; "" where they can:
//   ospfv2  md5 keys of an interface, without lifetimes
//   rip     a key chain with lifetimes, md5
//   bgp     one password of a neighbor, without lifetimes
// Years of a key chain go from 1993 to 2035; what has no limit has none there.
[[nodiscard]] std::string frr_cannot(const keytable::Row& row,
                                     const std::vector<keytable::Row>& keys);

// The lines for vtysh's configuration that bring the router from the keys BEFORE to the keys AFTER.
// INTERFACE is the device's on the cable, TESTER its BGP neighbor.
[[nodiscard]] std::vector<std::string> frr_commands(const std::vector<keytable::Row>& before,
                                                    const std::vector<keytable::Row>& after,
                                                    const std::string& interface,
                                                    const std::string& tester);

// The keys that `show running-config` tells of, as rows of the control protocol without what a
// router does not know. Errors: io for a time that does not read.
[[nodiscard]] Result<Json> frr_keys(const std::string& running_config);

}  // namespace karpspec::dut
