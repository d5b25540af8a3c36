#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dut/container_start.h"
#include "dut/device.h"
#include "transcript/node.h"
#include "wire/code_points.h"

namespace karpspec::dut {

// How a device comes to be there.
enum class StartKind {
  embedded,    // the reference device in a simulated network
  process,     // a program that the harness runs
  strongswan,  // charon in a network namespace and a root of its own
  libreswan,   // pluto, in the same way
  openiked,    // iked, in the same way
  frr,         // FRRouting's zebra, ospfd, ripd and bgpd, in the same way
  bird,        // BIRD, in the same way
  kernel,      // a Linux kernel's TCP, in a virtual machine
  running,     // it is there already
  container,   // an image that the harness runs, with control of its own
};

// Whether an ESP child can be installed below the device (strongswan and libreswan only).
enum class EspBelow {
  automatic,  // the kernel's, a stand-in where the kernel has none
  kernel,
  stand_in,
};

struct DutStart {
  StartKind kind = StartKind::embedded;
  // Whether it is in a root and on a network that the harness makes.
  [[nodiscard]] bool is_router() const { return kind == StartKind::frr || kind == StartKind::bird; }
  // Whether it is an IKE daemon, below which there may be ESP or not.
  [[nodiscard]] bool makes_esp() const {
    return kind == StartKind::strongswan || kind == StartKind::libreswan;
  }
  [[nodiscard]] bool in_root() const {
    return kind == StartKind::strongswan || kind == StartKind::libreswan ||
           kind == StartKind::openiked || kind == StartKind::kernel || is_router();
  }
  // Whether nobody else is on its network, so that its addresses are the harness's choice.
  [[nodiscard]] bool has_own_network() const {
    return kind == StartKind::embedded || kind == StartKind::container || in_root();
  }
  std::vector<std::string> command;  // process; the program without a slash is sought beside ours
  std::string root;  // daemon: path of its root, "" for the one in lab::roots_folder()
  EspBelow esp = EspBelow::automatic;  // strongswan, libreswan
  bool pf_key_stands_in = false;       // openiked: a library in the place of the kernel's PF_KEY
  // container; and a daemon or router that is in an image of its own instead of in a root: its
  // adapter is the harness's, so that its kind is what it is without one.
  std::optional<ContainerStart> container;
};

struct DutControl {
  enum class Over {
    none,     // the device cannot be controlled; what needs control is not applicable
    stdio,    // standard input and output of the started process
    tcp,      // the harness connects to `endpoint`
    command,  // standard input and output of a program that the harness runs beside the device
    exec,     // the same of a program inside the device's container
    built_in  // the adapter is part of the harness (embedded, daemons)
  };
  Over over = Over::none;
  Endpoint endpoint;
  std::vector<std::string> command;
  std::chrono::milliseconds timeout{5000};  // for each call
};

// A device under test as its file describes it. Relative paths are already resolved: they are
// relative to the file. schema: suites/schema/dut.schema.json
struct DutFile {
  std::string path;
  std::string name;
  DutStart start;
  Endpoint endpoint;           // where the device listens for IKE
  Endpoint tester;             // where the tester sends from
  std::string second_address;  // another address of the tester, or ""
  bool on_wire = true;         // false: asked by control alone; nothing is sent to or from it
  // The tester's further routers on a link with the device, for tests of groups: address by name.
  std::map<std::string, std::string> routers;
  DutControl control;
  std::string child = "rkmp";  // kind of child that it makes: rkmp, esp or none
  Json pics;                   // {roles, auth, control, key-table, claims, facts}
  wire::CodePoints numbers;
  // Merged over every scenario's configuration of the device and of the tester.
  Json device_setup, tester_setup;
  std::string expected;  // file of expected results, or ""
};

// "tcp:192.0.2.1:7000", "tcp:[2001:db8::1]:7000". Errors: bad_value.
[[nodiscard]] Result<Endpoint> endpoint_from(std::string_view text);

// What only who knows the suites can say about a DUT file.
struct DutFileChecks {
  std::vector<std::string> claims;  // what `claims` may name and a questionnaire answers; empty:
                                    // anything
  std::function<Result<void>(const transcript::Node&)> setup;  // `setup`; empty: anything
};

// Reads a DUT file. Errors: not_found; bad_value "FILE:LINE:COLUMN: ..." with the nearest known
// word for an unknown key or value.
[[nodiscard]] Result<DutFile> read_dut_file(const std::string& path,
                                            const DutFileChecks& checks = {});

// The same from text, for tests. FILE is what errors call it and what paths are relative to.
[[nodiscard]] Result<DutFile> parse_dut_file(std::string_view text, const std::string& file,
                                             const DutFileChecks& checks = {});

}  // namespace karpspec::dut
