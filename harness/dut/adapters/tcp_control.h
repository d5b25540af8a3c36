#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/machine.h"
#include "base/random.h"
#include "dut/device.h"
#include "oracle/tcpao/tcp_host.h"

// The methods of the control protocol by which a test plays the application of a TCP with TCP-AO
// (RFC 5925): tcp-md5, mkt-add, mkt-remove, mkt-list, tcp-listen, tcp-connect, tcp-send, tcp-close,
// tcp-keys, tcp-connections.
namespace karpspec::dut {

[[nodiscard]] bool is_tcp_method(std::string_view method);

// The TCP of the reference device behind the control protocol.
class TcpControl final : public PacketMachine {
 public:
  // ADDRESSES are the device's own.
  TcpControl(std::vector<wire::IpAddress> addresses, std::uint64_t seed,
             oracle::tcpao::Habit habit = oracle::tcpao::Habit::proper);

  // IP packets that it wants to send are appended to SENT. Errors: bad_value, not_found.
  [[nodiscard]] Result<Json> call(std::string_view method, const Json& params, Time now,
                                  std::vector<Octets>& sent);
  [[nodiscard]] oracle::tcpao::TcpHost& host() { return host_; }
  // Sends SEGMENTS when it is next asked what there is to send, which is at once.
  void queue(const oracle::tcpao::TcpHost::Out& segments);
  // No MKTs, ports and connections any more. Nothing is sent.
  void reset();

  [[nodiscard]] std::vector<Octets> receive(OctetView packet, Time now) override;
  [[nodiscard]] std::vector<Octets> tick(Time now) override;
  [[nodiscard]] std::optional<Time> deadline() const override;

 private:
  Result<Json> connection_command(std::string_view method, const Json& params, Time now,
                                  std::vector<Octets>& sent);
  [[nodiscard]] Json connections_json() const;

  std::vector<wire::IpAddress> addresses_;
  SeededRandom random_;
  oracle::tcpao::Habit habit_;
  oracle::tcpao::TcpHost host_;
  std::vector<Octets> queued_;
};

// The MKT that the parameters of mkt-add describe. Errors: bad_value with the member's name.
[[nodiscard]] Result<oracle::tcpao::Mkt> mkt_from_json(const Json& params);

}  // namespace karpspec::dut
