#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/machine.h"
#include "base/random.h"
#include "oracle/config.h"
#include "oracle/keyserver/policy.h"
#include "oracle/keyserver/reconnection.h"
#include "oracle/keyserver/security_state.h"
#include "oracle/keyserver/times.h"
#include "oracle/router.h"

// A router with its LKS, or a DKS, of the DKS and LKS architecture: phase 1 by the initial
// exchanges of MRKMP, phase 2 by ks_policy and ks_group (suites/profile.md, P-240 to P-258).
namespace karpspec::oracle::keyserver {

struct NodeConfig {
  // Identity, credentials, tunables, the DKS and the neighbours that are configured; the policy
  // brings others. Children of peers do not count. Port as in P-201.
  RouterConfig router;
  std::vector<Interface> interfaces;
  std::string dks;                     // the peer that may send policy; empty: none
  std::optional<DomainPolicy> domain;  // this is a DKS
  std::optional<Octets> storage;       // what take_storage() gave before
  Secret device_key;                   // of its MAC
  std::optional<Policy> bootstrap;     // loaded by hand, where nothing is stored (P-248)
  Times times;
};

class Node final : public Machine {
 public:
  // RANDOM and SEAMS must outlive the node.
  Node(NodeConfig config, Random& random, Seams& seams = no_seams());
  ~Node() override;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // The first of these two starts it.
  [[nodiscard]] std::vector<Datagram> receive(const Datagram& datagram, Time now) override;
  [[nodiscard]] std::vector<Datagram> tick(Time now) override;
  [[nodiscard]] std::optional<Time> deadline() const override;

  // Commands. Errors: not_found (no such group), unsupported (no DKS is configured, or this is
  // none).
  using Sent = Result<std::vector<Datagram>>;
  // Pulls the policy from the DKS at once.
  [[nodiscard]] Sent refresh(Time now);
  // There is a route to ADDRESS.
  [[nodiscard]] Sent route_appeared(const std::string& address, Time now);
  // A DKS's administrator has another policy; those routers that are connected are told.
  [[nodiscard]] Sent set_domain_policy(DomainPolicy policy, Time now);
  // Another key for the router's own group.
  [[nodiscard]] Sent change_key(const GroupId& group, Time now);

  // What is to be written to stable storage, as a whole, since the last call.
  [[nodiscard]] std::optional<Octets> take_storage();

  // Packets of routing protocols go through it.
  [[nodiscard]] SecurityState& security();
  [[nodiscard]] const Policy& policy() const;
  [[nodiscard]] const DomainPolicy* domain_policy() const;
  [[nodiscard]] Reconnection::State dks_state() const;
  // The keys of the groups that it speaks in, hears and, as DKS, hands on.
  [[nodiscard]] std::vector<const DataKey*> own_keys(const GroupId& group) const;
  [[nodiscard]] std::vector<const DataKey*> heard_keys(const GroupId& group) const;
  [[nodiscard]] std::vector<GroupId> own_groups() const;
  [[nodiscard]] std::vector<GroupId> heard_groups() const;
  [[nodiscard]] std::vector<GroupKeys> reported_keys(Time now) const;

  [[nodiscard]] std::vector<SaInfo> sas() const;
  [[nodiscard]] const std::vector<Event>& events() const;
  [[nodiscard]] const std::vector<IkeKeyLog>& ike_keys() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace karpspec::oracle::keyserver
