#include "dut/adapters/pem_texts.h"

#include <algorithm>

namespace karpspec::dut {
namespace {

// The member of LIST that is called NAME; an empty object when there is none.
Json named(const Json& params, const char* list, const std::string& name) {
  for (const Json& one : params.value(list, Json::array())) {
    if (one.value("name", "") == name)
      return one;
  }
  return Json::object();
}

}  // namespace

const oracle::Credential* own_credential(const oracle::RouterConfig& router,
                                         const oracle::PeerConfig& peer) {
  const auto found = std::find_if(router.credentials.begin(), router.credentials.end(),
                                  [&](const oracle::Credential& one) {
                                    return peer.credential.empty() || one.name == peer.credential;
                                  });
  return found == router.credentials.end() ? nullptr : &*found;
}

std::string private_key_pem(const Json& params, const std::string& name) {
  return named(params, "credentials", name).value("private_key", "");
}

std::vector<std::string> certificate_pems(const Json& params, const std::string& name) {
  return named(params, "credentials", name).value("certificates", std::vector<std::string>());
}

std::vector<std::string> trust_pems(const Json& params, const std::string& peer, const char* list) {
  return named(params, "peers", peer)
      .value("trust", Json::object())
      .value(list, std::vector<std::string>());
}

Result<void> check_trust(const oracle::PeerConfig& peer, const std::string& daemon) {
  const auto not_told = [&](const std::string& what) {
    return fail(ErrorCode::unsupported,
                "peer '" + peer.name + "': " + daemon + " cannot be told " + what);
  };
  const oracle::Trust& trust = peer.trust;
  if (!trust.fingerprints.empty() || !trust.key_fingerprints.empty())
    return not_told("fingerprints");
  if (!trust.key_purpose.empty())
    return not_told("a key purpose");
  if (trust.max_intermediates != oracle::Trust{}.max_intermediates)
    return not_told("how long a chain may be");
  if (!trust.anchors.empty() && !trust.keys.empty())
    return not_told("keys beside anchors");
  if (!peer.auth_methods.empty())
    return not_told("which AUTH methods to take");
  return {};
}

}  // namespace karpspec::dut
