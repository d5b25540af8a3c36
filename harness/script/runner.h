#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "crypto/ike_keys.h"
#include "dut/device.h"
#include "keytable/rules.h"
#include "lab/link.h"
#include "lab/packet_link.h"
#include "lab/temporary_file.h"
#include "oracle/mrkmp/group_key.h"
#include "script/scenario.h"
#include "verdict/requirement.h"
#include "verdict/result.h"
#include "wire/ip_address.h"

namespace karpspec::script {

// Where TCP segments go from and to; an address family that the laboratory has not is empty.
struct PacketAddresses {
  wire::IpAddress tester, device;    // IPv4
  wire::IpAddress tester6, device6;  // IPv6
};

// A laboratory for one test: the tester's end of the network and the device at its other end.
// The device is destroyed first.
struct World {
  // What has to stay as long as the world does, and goes after all else in it.
  std::shared_ptr<const void> lease;
  std::unique_ptr<lab::Link> link;
  // The tester's end for IP packets; nullptr where the laboratory has none.
  std::unique_ptr<lab::PacketLink> packets;
  std::unique_ptr<dut::Device> device;
  PacketAddresses packet_addresses;
  Endpoint tester;             // the address and port that the tester sends from
  std::string second_address;  // another address of the tester, or empty
  // Where the tests of groups take place: the addresses of the tester's further routers, by name
  // ("second", "third"), all at the tester's port; and that of the group, empty where the
  // laboratory has no multicast.
  std::map<std::string, std::string> routers;
  std::string group_address;
  bool simulated = true;  // time is virtual
  bool on_wire = true;    // false: the device is asked by control alone, and nothing is on its way
  // Where the laboratory captures the wire itself: ends that, and gives the pcapng file. Empty
  // where the tester's end is all there is.
  std::function<Result<std::shared_ptr<const lab::TemporaryFile>>()> end_capture;
  // Whether the device was given up: no further test could be played with it. Empty: never.
  std::function<bool()> given_up;
};

// What a test says about the laboratory it wants.
struct WorldRequest {
  std::string test;  // the scenario's name
  std::uint64_t seed = 0;
  const Scenario* scenario = nullptr;
  std::shared_ptr<const keytable::Rulebook> rules;  // the suite's, or nullptr
};
using MakeWorld = std::function<Result<World>(const WorldRequest&)>;

struct PlayOptions {
  std::uint64_t seed = 0;
  std::string child = "rkmp";  // kind of child of the device: "rkmp" or "esp"
  wire::CodePoints numbers;
  bool clock = false;  // the device's clock can be put forward by control (profile P-123)
  const std::map<std::string, verdict::Requirement>* requirements = nullptr;  // for clauses
  std::shared_ptr<const keytable::Rulebook> rules;  // what the reference holds rows against
  std::string repeat;  // "karpspec run {test} --dut embedded --seed {seed}"; {test} is filled in
  bool transcript = true;  // Outcome::transcript is wanted
  // Is told of each message that is sent and of each that comes, opened where there are keys.
  // STEP counts from 1.
  std::function<void(std::size_t step, bool sent, const wire::Message&)> observe;
  // Merged over the scenario's configuration: what the DUT file says about identities, secrets,
  // algorithms of this device and its tester.
  Json device_overrides;
  Json tester_overrides;
};

struct Captured {
  Datagram datagram;
  Time time{};
};
struct CapturedPacket {
  Octets packet;  // from the IP header on
  Time time{};
};
struct SaKeys {
  std::uint64_t spi_i = 0, spi_r = 0;
  crypto::IkeSuite suite;
  crypto::IkeKeys keys;
  // What the tester's KE payload was made with.
  DhGroup group = DhGroup::NONE;
  Secret private_value;
};

// What came of a test: the result, and the evidence for capture and keys files.
struct Outcome {
  verdict::TestResult result;
  std::vector<Captured> datagrams;                         // what crossed the tester's end
  std::shared_ptr<const lab::TemporaryFile> wire_capture;  // pcapng of the wire itself, or nullptr
  std::vector<CapturedPacket> packets;                     // and IP packets
  std::vector<SaKeys> keys;
  std::vector<Secret> preshared_keys;         // that AUTH was made with, of either side
  std::vector<oracle::mrkmp::GroupKey> keks;  // of messages to a group
  std::string key_table;   // the MKTs of the test, as `karpspec decode --keys` takes them, or empty
  std::string transcript;  // the exchange with all fields, as text
};

// Configures the device (`reset`, `configure`) and plays SCENARIO's steps against it. Never fails
// itself: what goes wrong is a verdict.
[[nodiscard]] Outcome play(const Scenario& scenario, World& world, const PlayOptions& options);

}  // namespace karpspec::script
