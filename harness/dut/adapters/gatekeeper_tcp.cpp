#include "dut/adapters/gatekeeper_tcp.h"

#include <algorithm>

namespace karpspec::dut {

using oracle::gatekeeper::ConnectionState;
using oracle::gatekeeper::MktInfo;
using oracle::gatekeeper::RecordInfo;
using oracle::tcpao::ConnectionEnds;

void GatekeeperTcp::want(std::string record, ConnectionEnds ends) {
  if (ends.remote_port)
    wanted_.push_back({std::move(record), std::move(ends), false});
}

void GatekeeperTcp::give_up(const ConnectionEnds& ends, TcpControl& tcp, Time now) {
  std::erase_if(wanted_, [&](const Wanted& each) {
    if (each.ends.remote != ends.remote || each.ends.remote_port != ends.remote_port)
      return false;
    if (each.opened)
      if (auto out = tcp.host().close(ends.remote, *each.ends.remote_port, now))
        tcp.queue(*out);
    return true;
  });
}

void GatekeeperTcp::forget() {
  wanted_.clear();
  given_.clear();
}

void GatekeeperTcp::follow_mkts(const oracle::Router& router, TcpControl& tcp) {
  std::vector<MktInfo> infos = router.mkts();
  std::erase_if(given_, [&](const std::string& name) {
    if (std::ranges::any_of(infos, [&](const MktInfo& info) { return info.mkt.name == name; }))
      return false;
    (void)tcp.host().remove(name);
    return true;
  });
  for (MktInfo& info : infos) {
    if (given_.contains(info.mkt.name))
      continue;
    oracle::tcpao::Mkt& mkt = info.mkt;
    const std::string name = mkt.name;
    // When it may be used is the key table's affair, whose clock may be ahead of the network's.
    mkt.row.send_lifetime_start = mkt.row.accept_lifetime_start = keytable::always_start;
    mkt.row.send_lifetime_end = mkt.row.accept_lifetime_end = keytable::always_end;
    if (tcp.host().add(std::move(mkt)))
      given_.insert(name);
  }
}

void GatekeeperTcp::follow(const oracle::Router& router, TcpControl& tcp, Time now) {
  if (wanted_.empty())
    return;
  follow_mkts(router, tcp);
  const std::vector<RecordInfo> records = router.records();
  for (Wanted& each : wanted_) {
    const auto record = std::ranges::find_if(
        records, [&](const RecordInfo& info) { return info.record->name == each.record; });
    if (record == records.end() || record->connection != ConnectionState::open) {
      // It is torn down with its key, and opened anew when there is another one.
      if (each.opened)
        if (auto out = tcp.host().close(each.ends.remote, *each.ends.remote_port, now))
          tcp.queue(*out);
      each.opened = false;
      continue;
    }
    if (each.opened || record->record->protocol == "bfd")
      continue;
    each.opened = true;
    if (auto out = tcp.host().connect(each.ends.remote, *each.ends.remote_port,
                                      each.ends.local_port.value_or(0), now))
      tcp.queue(*out);
  }
}

}  // namespace karpspec::dut
