#include "interop/exchange.h"

#include <algorithm>

namespace karpspec::interop {

std::span<const Exchange> exchanges() {
  using Action = Exchange::Action;
  // `keeps-ike-sa`: a device may end its IKE SA once the first key is made (RKMP section 3.3), and
  // then there is nothing to go on with.
  static const std::vector<Exchange> all = {
      {"ike-initial-psk", "IKE_SA_INIT and IKE_AUTH with a preshared key, and an ESP child", "esp",
       false, Action::initial, {}, {"sas", "psk"}},
      {"ike-initial-certificates",
       "IKE_SA_INIT and IKE_AUTH with ECDSA certificates of one authority, and an ESP child", "esp",
       true, Action::initial, {}, {"sas", "certificates", "digital-ecdsa"}},
      {"ike-rekey-child", "CREATE_CHILD_SA replaces the ESP child", "esp", false,
       Action::rekey_child, {"rekey-key"}, {"sas", "psk", "keeps-ike-sa"}},
      {"ike-rekey-ike", "CREATE_CHILD_SA replaces the IKE SA", "esp", false, Action::rekey_ike,
       {"rekey-ike"}, {"sas", "psk", "keeps-ike-sa"}},
      {"ike-reauthenticate", "An IKE SA made from scratch replaces the one that stands", "esp",
       false, Action::reauthenticate, {"reauthenticate"}, {"sas", "psk", "keeps-ike-sa"}},
      {"ike-liveness", "An empty INFORMATIONAL request is answered", "esp", false, Action::liveness,
       {"liveness"}, {"sas", "psk", "keeps-ike-sa"}},
      {"ike-delete-child", "INFORMATIONAL deletes the ESP child", "esp", false,
       Action::delete_child, {}, {"sas", "psk", "keeps-ike-sa"}},
      {"ike-delete-ike", "INFORMATIONAL deletes the IKE SA", "esp", false, Action::delete_ike, {},
       {"sas", "psk", "keeps-ike-sa"}},
      {"rkmp-initial-psk", "A key for BGP is made in IKE_AUTH, with a preshared key", "rkmp", false,
       Action::initial, {}, {"sas", "psk"}},
      {"rkmp-initial-certificates",
       "A key for BGP is made in IKE_AUTH, with ECDSA certificates of one authority", "rkmp", true,
       Action::initial, {}, {"sas", "certificates", "digital-ecdsa"}},
      {"rkmp-rekey-key", "CREATE_CHILD_SA replaces the key for BGP", "rkmp", false,
       Action::rekey_child, {"rekey-key"}, {"sas", "psk", "keeps-ike-sa"}},
      {"rkmp-rekey-ike", "CREATE_CHILD_SA replaces the IKE SA that made the key", "rkmp", false,
       Action::rekey_ike, {"rekey-ike"}, {"sas", "psk", "keeps-ike-sa"}},
      {"rkmp-liveness", "An empty INFORMATIONAL request is answered between routers", "rkmp", false,
       Action::liveness, {"liveness"}, {"sas", "psk", "keeps-ike-sa"}},
      {"rkmp-delete-key", "INFORMATIONAL deletes the key for BGP", "rkmp", false,
       Action::delete_child, {}, {"sas", "psk", "keeps-ike-sa"}},
      {"rkmp-delete-ike", "INFORMATIONAL deletes the IKE SA between routers", "rkmp", false,
       Action::delete_ike, {}, {"sas", "psk", "keeps-ike-sa"}},
  };
  return all;
}

const Exchange* find_exchange(const std::string& name) {
  const auto all = exchanges();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Exchange& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace karpspec::interop
