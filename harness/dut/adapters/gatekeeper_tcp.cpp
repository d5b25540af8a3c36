#include "dut/adapters/gatekeeper_tcp.h"

#include <algorithm>

namespace karpspec::dut {

using oracle::gatekeeper::ConnectionState;
using oracle::gatekeeper::MktInfo;
using oracle::gatekeeper::RecordInfo;
using oracle::tcpao::ConnectionEnds;
using oracle::tcpao::Mkt;

namespace {

// Whether B does what A does. When it may be used is the key table's affair.
bool same(const Mkt& a, const Mkt& b) {
  return a.send_id == b.send_id && a.recv_id == b.recv_id && a.kdf == b.kdf &&
         a.auth_alg == b.auth_alg && a.covers_options == b.covers_options &&
         a.connection.local == b.connection.local && a.connection.remotes == b.connection.remotes &&
         a.connection.service_port == b.connection.service_port &&
         a.connection.sockets == b.connection.sockets &&
         std::ranges::equal(a.row.key.view(), b.row.key.view());
}

}  // namespace

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
  std::erase_if(given_, [&](const auto& given) {
    const auto stands = [&](const MktInfo& info) {
      return info.mkt.name == given.first && same(info.mkt, given.second);
    };
    if (!habits_.withdraws || std::ranges::any_of(infos, stands))
      return false;
    (void)tcp.host().remove(given.first);
    return true;
  });
  for (MktInfo& info : infos) {
    if (given_.contains(info.mkt.name))
      continue;
    Mkt& mkt = info.mkt;
    Mkt kept = mkt.clone();
    // When it may be used is the key table's affair, whose clock may be ahead of the network's.
    mkt.row.send_lifetime_start = mkt.row.accept_lifetime_start = keytable::always_start;
    mkt.row.send_lifetime_end = mkt.row.accept_lifetime_end = keytable::always_end;
    if (tcp.host().add(std::move(mkt)))
      given_.emplace(kept.name, std::move(kept));
  }
}

void GatekeeperTcp::follow(const oracle::Router& router, TcpControl& tcp, Time now) {
  const std::vector<RecordInfo> records = router.records();
  // Where there is no Gatekeeper the key table is nothing that TCP goes by.
  if ((records.empty() && given_.empty()) || (wanted_.empty() && !habits_.follows_always))
    return;
  follow_mkts(router, tcp);
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
    if (each.opened || oracle::tcpao::service_port(record->record->protocol) == 0)
      continue;
    each.opened = true;
    const std::uint16_t from = habits_.keeps_port ? each.ends.local_port.value_or(0) : 0;
    if (auto out = tcp.host().connect(each.ends.remote, *each.ends.remote_port, from, now))
      tcp.queue(*out);
  }
}

}  // namespace karpspec::dut
