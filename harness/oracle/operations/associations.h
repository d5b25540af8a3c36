#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "oracle/operations/management.h"

namespace karpspec::oracle::operations {

// What becomes of an association whose key expires when there is no other (operations model section
// 3.2): it fails, or goes on with that key.
enum class ExpiryPolicy { fail, go_on };

// A routing protocol's session or adjacency with a peer, so far as keys decide over it.
//
//   Down --a key to send with and one to accept--> Up
//   Up --none any more, policy fail; or its key withdrawn--> Down
struct Association {
  Subject subject;
  bool up = false;
  bool expired = false;         // it goes on with a key whose time is over
  std::string row;              // AdminKeyName of the key that it sends with; the last one
  bool was_up = false;          //
  std::optional<Time> failing;  // since when it should have failed (a habit of faults)
};

// The associations that are wanted, each with the best key there is (profile P-126, P-127).
class Associations {
 public:
  explicit Associations(Core& core) : core_(core) {}

  // From now on the association is wanted; one that is there already stays as it is.
  void open(const Subject& subject);
  // Errors: not_found.
  [[nodiscard]] Result<void> close(const Subject& subject);
  [[nodiscard]] const std::vector<Association>& all() const { return all_; }
  // The policy for a protocol in a VRF; of all protocols that have none where PROTOCOL is empty.
  void set_policy(const std::string& vrf, const std::string& protocol, ExpiryPolicy policy);
  // Wants what OTHER, of a router before a restart, has wanted, with its policies.
  void adopt(const Associations& other);

  // Compares each with the keys there are.
  void run();
  // When time changes something.
  [[nodiscard]] std::optional<Time> deadline() const;

 private:
  [[nodiscard]] bool goes_on(const Subject& subject) const;
  void run(Association& association);
  void change(Association& association, bool up, const std::string& why);

  Core& core_;
  std::vector<Association> all_;
  std::map<std::pair<std::string, std::string>, ExpiryPolicy> policies_;  // by VRF and protocol
};

}  // namespace karpspec::oracle::operations
