#pragma once

#include <map>

#include "oracle/keyserver/data_key.h"
#include "oracle/keyserver/habits.h"

// The DKS: the domain's policy, and the keys that LKS have reported, which it hands on (sections
// V.A, V.C and VI; suites/profile.md, P-242 to P-245). It keeps its policy over a restart, which is
// its configuration, and no keys.
namespace karpspec::oracle::keyserver {

class DomainServer {
 public:
  DomainServer(DomainPolicy policy, Habit habit) : policy_(std::move(policy)), habit_(habit) {}

  [[nodiscard]] const DomainPolicy& policy() const { return policy_; }
  // Its version is one higher than that of what stood, or what it says where that is more still.
  void replace(DomainPolicy policy);

  // The answer to a pull by ROUTER that holds version HELD: the version alone where it is the same.
  [[nodiscard]] wire::PolicyPayload answer(const std::string& router, std::uint64_t held) const;
  // What is pushed to ROUTER.
  [[nodiscard]] wire::PolicyPayload whole(const std::string& router) const;

  // Whether RECEIVER may be given the keys of GROUP.
  [[nodiscard]] bool permits(const GroupId& group, const std::string& receiver) const;
  // What was reported of GROUP and is not over at NOW; nothing but the name where nothing was.
  [[nodiscard]] GroupKeys keys(const GroupId& group, Time now) const;
  // The speaker itself reports KEYS. What is held after it; whether that has changed.
  struct Reported {
    Order held;
    bool changed = false;
  };
  Reported report(GroupKeys keys);
  void tick(Time now);
  [[nodiscard]] const std::map<GroupId, GroupKeys>& all() const { return reported_; }

 private:
  DomainPolicy policy_;
  Habit habit_;
  std::map<GroupId, GroupKeys> reported_;
};

}  // namespace karpspec::oracle::keyserver
