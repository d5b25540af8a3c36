#pragma once

#include "oracle/core.h"
#include "oracle/keyserver/domain_server.h"
#include "oracle/keyserver/heard_group.h"
#include "oracle/keyserver/local_group.h"
#include "oracle/keyserver/node.h"
#include "oracle/keyserver/stable_storage.h"

// The inside of Node. node.cpp: what comes, goes and is due; node_policy.cpp: what a policy
// changes; node_server.cpp: what is answered; node_client.cpp: what is asked, and what comes of it.
namespace karpspec::oracle::keyserver {

[[nodiscard]] inline std::vector<wire::Payload> only(wire::Payload payload) {
  std::vector<wire::Payload> out;
  out.push_back(std::move(payload));
  return out;
}

class Node::Impl final : public GroupExchanges {
 public:
  Impl(NodeConfig config, Random& random, Seams& seams);

  // --- GroupExchanges
  [[nodiscard]] bool knows(wire::ExchangeType exchange) const override;
  std::vector<wire::Payload> in_auth(const IkeSa&) override { return {}; }
  std::vector<wire::Payload> answer_auth(const IkeSa& sa,
                                         const std::vector<wire::Payload>& payloads) override;
  void auth_answered(const IkeSa& sa, const std::vector<wire::Payload>& payloads) override;
  std::vector<wire::Payload> answer(const IkeSa& sa, wire::ExchangeType exchange,
                                    const std::vector<wire::Payload>& payloads) override;
  void answered(const IkeSa& sa, std::uint64_t ask,
                const std::vector<wire::Payload>& payloads) override;
  void ended(const IkeSa& sa, const std::vector<std::uint64_t>& asks, bool silent) override;

  // --- node.cpp
  void start();
  void tick();
  [[nodiscard]] std::optional<Time> deadline() const;
  [[nodiscard]] std::vector<Datagram> settle();
  void event(std::string kind, std::string text, const GroupId* group = nullptr);
  [[nodiscard]] Peer* find_peer(const std::string& name);
  [[nodiscard]] bool dks_connected() const;

  // --- node_policy.cpp
  // Takes POLICY, unless it is older than what is held. Whether it was taken.
  bool take_policy(Policy given);
  void apply_policy();
  void apply_neighbours();
  void restore_proof(const std::string& name);
  void apply_own_groups();
  void apply_heard_groups();
  void store();
  [[nodiscard]] Reconnect schedule() const {
    return habit == Habit::schedule_ignored ? Reconnect{} : policy.reconnect.value_or(Reconnect{});
  }

  // --- node_server.cpp
  [[nodiscard]] std::vector<wire::Payload> answer_policy(const IkeSa& sa,
                                                         const wire::PolicyPayload& asked);
  [[nodiscard]] std::vector<wire::Payload> answer_pull(const IkeSa& sa,
                                                       const std::vector<GroupKeys>& asked);
  [[nodiscard]] std::vector<wire::Payload> answer_push(const IkeSa& sa,
                                                       std::vector<GroupKeys> pushed);
  [[nodiscard]] bool may_hear(const LocalGroup& group, const std::string& receiver) const;
  void deny(const IkeSa& sa, const GroupId& group, std::vector<wire::Payload>& out);
  void take_keys(GroupKeys keys, HeardGroup::Whom from);

  // --- node_client.cpp
  enum class AskKind { policy_pull, policy_push, group_pull, group_push };
  struct Ask {
    AskKind kind = AskKind::policy_pull;
    Peer* peer = nullptr;
    std::vector<GroupId> groups;
  };
  void ask(Peer& peer, AskKind kind, std::vector<GroupId> groups,
           std::vector<wire::Payload> payloads);
  void pull_policy();
  void pull_groups();
  void push_own(Peer& peer, bool untold_only);
  void push_changed();
  void push_reported(const GroupId& group);
  void push_policy();
  void fail_ask(const Ask& asked, bool silent);
  void policy_answered(const std::vector<wire::Payload>& payloads);
  void pull_answered(const Ask& asked, const std::vector<wire::Payload>& payloads);
  void push_answered(const Ask& asked, const std::vector<wire::Payload>& payloads);

  Core core;
  NodeConfig config;  // its RouterConfig has gone to the core
  Habit habit;
  std::string own;
  Peer* dks = nullptr;
  bool started = false;
  std::uint32_t starts = 0;
  Policy policy;
  bool has_policy = false;
  Reconnection reconnection;
  SecurityState security;
  std::optional<DomainServer> domain;
  std::map<GroupId, LocalGroup> own_groups;
  std::map<GroupId, HeardGroup> heard;
  std::set<std::string> policy_made;  // neighbours that the policy alone has brought
  // How those that are configured prove who they are where no policy says so (P-253).
  struct ConfiguredProof {
    Authentication authentication = Authentication::psk;
    Trust trust;
  };
  std::map<std::string, ConfiguredProof> configured_proofs;
  std::set<GroupId> conflicts;        // whose speaker's address another one has
  std::set<std::string> unreachable;  // whose LKS nobody knows the address of
  std::map<std::uint64_t, Ask> asks;
  std::uint64_t next_ask = 1;
  std::optional<Octets> storage;
  bool changed = false;      // keys, or who holds them
  bool pulling = false;      // the policy, from the DKS
  std::set<std::string> up;  // neighbours with which an association was made just now
};

[[nodiscard]] inline HeardGroup::Whom whom(const Peer* peer, const Peer* dks) {
  return peer == dks ? HeardGroup::Whom::dks : HeardGroup::Whom::lks;
}

}  // namespace karpspec::oracle::keyserver
