#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "oracle/keyserver/data_key.h"
#include "oracle/keyserver/policy.h"
#include "script/scenario.h"

namespace karpspec::script {

// What the tester's routers know and say as key servers, LKS or DKS, of the device that is one (the
// DKS and LKS architecture; suites/profile.md, P-240 to P-258). It keeps what was really sent and
// received, and decides nothing: what a message holds by default is what a correct key server would
// send there, the scenario may change it.
class KeyserverEnd {
 public:
  struct Setup {
    std::string device;                // its name, as the policy has it
    bool device_is_dks = false;        // then the tester pulls policy, else it pushes it
    oracle::keyserver::GroupId usual;  // VRF, interface and protocol of a group, by default
    // What the tester's DKS has: by name, "" the one that counts at first.
    std::map<std::string, oracle::keyserver::DomainPolicy> policies;
  };
  // Errors: bad_value. TESTER and DEVICE are the configurations of a scenario.
  [[nodiscard]] static Result<Setup> read(const Json& tester, const Json& device,
                                          const std::string& device_name);
  // RANDOM must outlive it.
  KeyserverEnd(Setup setup, Random& random) : setup_(std::move(setup)), random_(random) {}

  void set_now(Time now) { now_ = now; }
  struct Speaker {
    std::string router;  // of the tester's
    std::string name;    // as the policy has it
    wire::IpAddress address;
  };

  // POLICY of ROUTER: of its DKS, whole, as a push or the answer to a pull of another version; else
  // the version alone. WHICH: name of a policy, "" the one that counts.
  // Errors: not_found.
  [[nodiscard]] Result<wire::PolicyPayload> policy(const std::string& router,
                                                   const std::string& which, bool response);
  // KD of SPEAKER. WHICH, of a request: "" a pull of the device's group, "push" its own key, "new"
  // another key of its own. A response gives the keys of the groups that were pulled, or the order
  // of those that were pushed.
  [[nodiscard]] wire::KeyDownloadPayload download(const Speaker& speaker, const std::string& which,
                                                  bool response);
  // The last one that came from the device.
  [[nodiscard]] const wire::KeyDownloadPayload& last_received() const { return last_received_; }
  // What is known of the keys of GROUP, or nullptr.
  [[nodiscard]] const oracle::keyserver::GroupKeys* keys(
      const oracle::keyserver::GroupId& group) const;
  [[nodiscard]] const std::string& device() const { return setup_.device; }
  // The octets of the group that N(AUTHORIZATION_FAILED) names by default.
  [[nodiscard]] Octets denied_group(const std::string& router);

  // What follows from a payload that was really sent, or came to ROUTER.
  void sent(const wire::Message& message, const std::string& which);
  void received(const std::string& router, const wire::Message& message);

 private:
  using GroupId = oracle::keyserver::GroupId;
  [[nodiscard]] GroupId group_of(const std::string& speaker) const;
  [[nodiscard]] oracle::keyserver::GroupKeys& keys_of(const GroupId& group);
  void make_key(oracle::keyserver::GroupKeys& keys);

  Setup setup_;
  Random& random_;
  Time now_{};
  std::string counts_;  // the policy that was sent last
  std::map<GroupId, oracle::keyserver::GroupKeys> keys_;
  wire::KeyDownloadPayload last_received_;
  // By router of the tester's, what the device asked or told it last.
  std::map<std::string, std::vector<oracle::keyserver::GroupKeys>> asked_;
  std::map<std::string, bool> pushed_;
  std::map<std::string, std::uint64_t> versions_;  // of the device's POLICY
};

// The entries of POLICY as rows (profile P-253): kind (PERMIT, INTERFACE, RECONNECT or a number);
// of PERMIT speaker, receiver, vrf, interface, protocol, direction; of INTERFACE router, vrf,
// interface, mode, central, permit_for in seconds; of RECONNECT first, longest, spread in seconds
// and jitter in percent; of PERMIT and RECONNECT the number of materials, and `material`, where
// there are some: kind and value of each, "1:aabb 3:c0000205".
[[nodiscard]] std::vector<std::map<std::string, std::string>> entry_rows(
    const wire::PolicyPayload& policy);

}  // namespace karpspec::script
