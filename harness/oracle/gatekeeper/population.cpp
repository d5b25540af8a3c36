#include <algorithm>

#include "oracle/child.h"
#include "oracle/core.h"

// What RKMP negotiates for a record, and what becomes of it in the key table and in TCP-AO
// (framework sections 3.1.1, 3.3.1 and 3.3.2; profile P-103, P-105, P-106).
namespace karpspec::oracle::gatekeeper {

const Gatekeeper::Entry* Gatekeeper::lookup(const Peer& peer, std::uint8_t protocol,
                                            std::string_view remote) const {
  const std::string& name = peer.group != nullptr ? peer.group->config.name : peer.config.name;
  const auto address = wire::IpAddress::from_text(remote);
  const Entry* fitting = nullptr;
  const Entry* only = nullptr;
  std::size_t count = 0;
  for (const auto& entry : entries_) {
    if (!entry->by_kmp() || entry->record.peer != name || entry->protocol() != protocol)
      continue;
    only = entry.get();
    if (++count == 1 && !core_.tunables.gk_looks_up_address)
      return only;
    const tcpao::SocketPattern& sockets = entry->record.sockets;
    if (address && sockets.remote.matches(*address) &&
        (fitting == nullptr || (fitting->record.sockets.remote != sockets.remote &&
                                fitting->record.sockets.remote.contains(sockets.remote))))
      fitting = entry.get();
  }
  return fitting != nullptr ? fitting : count == 1 ? only : nullptr;
}

std::optional<ProtocolPolicy> Gatekeeper::policy(const Peer& peer, std::uint8_t protocol,
                                                 std::string_view remote) const {
  const Tunables& tunables = core_.tunables;
  const Entry* entry = lookup(peer, protocol, remote);
  ProtocolPolicy policy;
  policy.protocol = protocol;
  if (entry == nullptr)
    return tunables.gk_record_needed ? std::nullopt : std::optional(policy);
  policy.any_options = false;
  policy.exclude_options = entry->record.exclude_options && tunables.gk_offers_options;
  policy.pairs = entry->record.pairs();
  if (!tunables.gk_mac_outer)
    std::stable_sort(policy.pairs.begin(), policy.pairs.end(),
                     [](const TcpAoPair& a, const TcpAoPair& b) { return a.kdf < b.kdf; });
  if (!tunables.gk_offers_all && policy.pairs.size() > 1)
    policy.pairs.resize(1);
  if (!tunables.gk_record_restricts) {
    policy.any_options = true;
    for (const TcpAoPair& pair : {TcpAoPair{1, 1}, {2, 2}, {1, 2}, {2, 1}})
      if (std::find(policy.pairs.begin(), policy.pairs.end(), pair) == policy.pairs.end())
        policy.pairs.push_back(pair);
  }
  return policy;
}

std::optional<Duration> Gatekeeper::life(const Peer& peer, std::uint8_t protocol) const {
  if (!used_ || !core_.tunables.gk_lifetimes)
    return std::nullopt;
  const Entry* entry = lookup(peer, protocol, peer.config.endpoint.address);
  if (!core_.tunables.gk_lifetimes_apart && !entries_.empty())
    entry = entries_.front().get();
  return entry == nullptr ? std::nullopt : std::optional(entry->record.rekey_lifetime);
}

void Gatekeeper::complete(const IkeSa& sa, Child& child, keytable::Row& row) const {
  const Entry* entry = used_ ? lookup(*sa.peer, child.protocol, sa.remote.address) : nullptr;
  if (entry == nullptr)
    return;
  const tcpao::SocketPattern& sockets = entry->record.sockets;
  child.record = entry->record.name;
  if (sockets.remote.exact())
    row.peers = {sockets.remote.to_text()};
  if (!core_.tunables.gk_peers_are_addresses)
    row.peers = {identity_text(sa.peer->config.identity)};
  if (!core_.tunables.gk_rows_say_algorithms) {
    row.kdf = "HMAC-SHA-1";
    row.alg_id = "HMAC-SHA-1-96";
  }
  row.protocol_specific_info["laddr"] = sockets.local.to_text();
  row.protocol_specific_info["raddr"] = sockets.remote.to_text();
  row.protocol_specific_info["lport"] = sockets.local_port.to_text();
  row.protocol_specific_info["rport"] = sockets.remote_port.to_text();
}

std::vector<MktInfo> Gatekeeper::mkts() const {
  const Tunables& tunables = core_.tunables;
  std::vector<MktInfo> result;
  if (!tunables.gk_makes_mkts)
    return result;
  for (const keytable::Row& row : core_.table.rows()) {
    // Only protocols over TCP have use for one.
    if (tcpao::service_port(row.protocol) == 0 || !tcpao::is_tcp_ao(row))
      continue;
    const bool over = row.send_lifetime_end < core_.now && row.accept_lifetime_end < core_.now;
    if (tunables.gk_usable_rows_only && (over || row.direction == keytable::Direction::disabled))
      continue;
    auto mkt = tcpao::mkt_from_row(row);
    if (!mkt)
      continue;
    MktInfo info{*std::move(mkt), {}};
    for (const auto& peer : core_.peers)
      for (const auto& child : peer->children)
        if (child->admin_key_name == row.admin_key_name)
          info.record = child->record;
    for (const auto& entry : entries_)
      if (!entry->by_kmp() && row.admin_key_name == manual_row(entry->record))
        info.record = entry->record.name;
    if (!tunables.gk_mkt_key && !info.mkt.row.key.empty())
      info.mkt.row.key.writable()[0] ^= 1;
    if (!tunables.gk_mkt_algorithms) {
      info.mkt.row.alg_id = "HMAC-SHA-1-96";
      info.mkt.row.kdf = "HMAC-SHA-1";
    }
    if (!tunables.gk_rekey_makes_mkt && !info.record.empty() &&
        std::any_of(result.begin(), result.end(),
                    [&](const MktInfo& other) { return other.record == info.record; }))
      continue;
    if (!tunables.gk_mkt_ids)
      std::swap(info.mkt.send_id, info.mkt.recv_id);
    if (!tunables.gk_mkt_options)
      info.mkt.covers_options = true;
    if (!tunables.gk_mkt_sockets)
      info.mkt.connection.sockets = {};
    result.push_back(std::move(info));
  }
  return result;
}

}  // namespace karpspec::oracle::gatekeeper
