#pragma once

#include <span>
#include <string>
#include <vector>

namespace karpspec::interop {

// What two devices do with each other, beginning with nothing: IKE_SA_INIT and IKE_AUTH with the
// first child always, and then ACTION.
struct Exchange {
  enum class Action {
    initial,
    rekey_child,
    rekey_ike,
    reauthenticate,
    delete_child,
    delete_ike,
    liveness,
  };
  const char* name;   // "ike-rekey-child"
  const char* title;  // one line for people
  const char* child;  // kind of child that both make: "esp" or "rkmp"
  bool certificates;  // both prove themselves by certificates; otherwise by a preshared key
  Action action;
  std::vector<const char*> initiator_claims;  // PICS items
  std::vector<const char*> both_claim;
};

// All that there are, in the order in which a matrix shows them.
[[nodiscard]] std::span<const Exchange> exchanges();
// The one of that name, or nullptr.
[[nodiscard]] const Exchange* find_exchange(const std::string& name);

}  // namespace karpspec::interop
