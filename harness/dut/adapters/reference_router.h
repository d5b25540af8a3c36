#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "dut/adapters/gatekeeper_tcp.h"
#include "dut/adapters/tcp_control.h"
#include "dut/device.h"
#include "oracle/keyserver/node.h"
#include "oracle/mrkmp/node.h"
#include "oracle/router.h"

namespace karpspec::dut {

// suites/protocols/ as values; nullptr: no rows but RKMP's own.
using Rules = std::shared_ptr<const keytable::Rulebook>;

// The reference router behind the control protocol: one machine that lives through `reset` and
// `configure`, each of which makes a new oracle::Router. Used in the simulated laboratory and by
// karpspec-dut.
class ReferenceRouter final : public Machine {
 public:
  // SEAMS must outlive the object; NUMBERS are the profile's or the DUT file's. All times are those
  // of whoever calls; the router's own clock goes ahead of them where `clock` has moved it.
  ReferenceRouter(Endpoint local, std::uint64_t seed, oracle::Seams& seams,
                  wire::CodePoints numbers = {}, Rules rules = nullptr);

  // From now on it has a TCP with TCP-AO too, at ADDRESSES, and the methods for it. Called once,
  // before any method. What comes of it is the machine that gets its IP packets.
  [[nodiscard]] PacketMachine& use_tcp(std::vector<wire::IpAddress> addresses);
  // IP packets that methods have made since this was last asked.
  [[nodiscard]] std::vector<Octets> take_packets() { return std::exchange(packets_, {}); }

  // One method of the control protocol. What the router wants to send is appended to SENT.
  // Errors as in Device::call.
  [[nodiscard]] Result<Json> call(std::string_view method, const Json& params, Time now,
                                  std::vector<Datagram>& sent);

  [[nodiscard]] std::vector<Datagram> receive(const Datagram& datagram, Time now) override;
  [[nodiscard]] std::vector<Datagram> tick(Time now) override;
  [[nodiscard]] std::optional<Time> deadline() const override;

  [[nodiscard]] const Endpoint& local() const { return local_; }
  // Keys of every IKE SA of the router that is configured; empty where it is one of MRKMP.
  [[nodiscard]] const std::vector<oracle::IkeKeyLog>& ike_keys() const;

 private:
  Result<Json> command(std::string_view method, const Json& params, Time now,
                       std::vector<Datagram>& sent);
  Result<Json> configure(const Json& params);
  Result<Json> command_node(std::string_view method, const Json& params, Time now,
                            std::vector<Datagram>& sent);
  Result<Json> command_keyserver(std::string_view method, const Json& params, Time now,
                                 std::vector<Datagram>& sent);
  // After a power failure: with what stable storage holds, or without (profile P-248).
  Result<Json> restart_keyserver(const Json& params);
  void keep_storage();
  [[nodiscard]] const Machine* machine() const;
  [[nodiscard]] Machine* machine() { return const_cast<Machine*>(std::as_const(*this).machine()); }
  Result<Json> dispatch(std::string_view method, const Json& params, Time now,
                        std::vector<Datagram>& sent);
  // Lets the TCP do what follows from what has happened. NOW is the caller's time.
  void follow_tcp(Time now);
  // Another router of the same configuration, without keys.
  Result<Json> replace(Time now, std::vector<Datagram>& sent);
  // The method `clock`. NOW is the router's own time.
  Result<Json> pass_time(const Json& params, Time now, std::vector<Datagram>& sent);

  Endpoint local_;
  std::uint64_t seed_;
  oracle::Seams& seams_;
  wire::CodePoints numbers_;
  Rules rules_;
  Json configuration_;
  Duration ahead_{};  // of the caller's time
  SeededRandom random_;
  std::optional<oracle::Router> router_;
  // Where `groups` are configured, in the place of `router_`: a router of MRKMP is no router of
  // RKMP.
  std::unique_ptr<oracle::mrkmp::Node> node_;
  // Where `keyserver` is configured, likewise; its stable storage and the key of that outlive it.
  std::unique_ptr<oracle::keyserver::Node> keyserver_;
  std::optional<Octets> storage_;
  Secret device_key_;
  std::optional<TcpControl> tcp_;
  GatekeeperTcp routing_;
  std::vector<Octets> packets_;
};

// What the reference router answers to `describe`; TCP: where it has TCP-AO.
[[nodiscard]] Json reference_description(bool tcp = false);

}  // namespace karpspec::dut
