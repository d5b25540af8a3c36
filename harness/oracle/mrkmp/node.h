#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/machine.h"
#include "base/random.h"
#include "oracle/config.h"
#include "oracle/mrkmp/group.h"
#include "oracle/router.h"

namespace karpspec::oracle {
class Core;
}

// The reference router of MRKMP (draft-hartman-karp-mrkmp-00) on one link: associations by the
// exchanges of IKEv2 (suites/profile.md, P-200), and groups above them.
namespace karpspec::oracle::mrkmp {

// Where advertisements and messages to a group go (P-201).
inline constexpr std::uint16_t udp_port = 1021;
[[nodiscard]] const char* group_address(bool ipv6);

struct GroupSetup {
  GroupConfig group;  // the address is taken from the node's
  std::uint16_t priority = 32768;
};

struct NodeConfig {
  // Identity, credentials, peers with their addresses on the link, proposals, tunables. Children of
  // peers do not count.
  RouterConfig router;
  std::vector<GroupSetup> groups;
  Secret group_secret;  // of peers by preshared key that have none of their own (P-236)
  GroupTimers timers;
  ElectionTimers election_timers;
  Duration idle = std::chrono::seconds{30};  // an association of ours is deleted after it (P-214)
};

class Node final : public Machine {
 public:
  // RANDOM and SEAMS must outlive the node.
  Node(NodeConfig config, Random& random, Seams& seams = no_seams());
  ~Node() override;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  [[nodiscard]] std::vector<Datagram> receive(const Datagram& datagram, Time now) override;
  [[nodiscard]] std::vector<Datagram> tick(Time now) override;
  [[nodiscard]] std::optional<Time> deadline() const override;

  // Commands, by the group's name. Errors: not_found (no such group, no such peer).
  using Sent = Result<std::vector<Datagram>>;
  [[nodiscard]] Sent join(std::string_view group, std::uint16_t priority, Time now);
  [[nodiscard]] Sent leave(std::string_view group, Time now);
  [[nodiscard]] Sent set_priority(std::string_view group, std::uint16_t priority, Time now);
  // Another protocol master key: as GCKS made, as member asked for.
  [[nodiscard]] Sent change_key(std::string_view group, Time now);
  [[nodiscard]] Sent renew_kek(std::string_view group, Time now);
  // The peer PEER of the configuration leaves the group (P-221).
  [[nodiscard]] Sent remove(std::string_view group, std::string_view peer, bool forward_security,
                            Time now);

  [[nodiscard]] std::vector<std::string> group_names() const;
  [[nodiscard]] const Group* group(std::string_view name) const;
  [[nodiscard]] std::vector<keytable::Row> rows() const;
  [[nodiscard]] std::vector<SaInfo> sas() const;
  [[nodiscard]] const std::vector<Event>& events() const;
  [[nodiscard]] const std::vector<IkeKeyLog>& ike_keys() const;
  // KEKs that this node has held, for decrypting a capture.
  [[nodiscard]] const std::vector<GroupKey>& keks() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace karpspec::oracle::mrkmp
