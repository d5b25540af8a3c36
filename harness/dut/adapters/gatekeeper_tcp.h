#pragma once

#include <map>
#include <string>
#include <vector>

#include "dut/adapters/tcp_control.h"
#include "oracle/router.h"

namespace karpspec::dut {

// The connections that routing protocols want of the Gatekeeper, in the TCP of the reference
// device: each is opened once it has a key, under the MKTs that the Gatekeeper has made. Those that
// the peer opens have them too, and what the Gatekeeper withdraws TCP has no more (profile P-155).
class GatekeeperTcp {
 public:
  // What is asked of the TCP of a faulty device.
  struct Habits {
    bool follows_always = true;  // not only while a connection is wanted
    bool withdraws = true;
    bool keeps_port = true;  // connections come from the port that was named for them
  };
  explicit GatekeeperTcp(Habits habits) : habits_(habits) {}
  GatekeeperTcp() : GatekeeperTcp(Habits()) {}

  // What gatekeeper-open and gatekeeper-close say of a connection to REMOTE. Over another transport
  // than TCP, or without a port, nothing is opened.
  void want(std::string record, oracle::tcpao::ConnectionEnds ends);
  void give_up(const oracle::tcpao::ConnectionEnds& ends, TcpControl& tcp, Time now);
  void forget();

  // Does what follows from ROUTER's records and MKTs as they now are.
  void follow(const oracle::Router& router, TcpControl& tcp, Time now);

 private:
  struct Wanted {
    std::string record;
    oracle::tcpao::ConnectionEnds ends;
    bool opened = false;
  };
  void follow_mkts(const oracle::Router& router, TcpControl& tcp);

  std::vector<Wanted> wanted_;
  Habits habits_;
  std::map<std::string, oracle::tcpao::Mkt> given_;  // MKTs that TCP has of the Gatekeeper
};

}  // namespace karpspec::dut
