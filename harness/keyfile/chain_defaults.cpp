#include "keyfile/chain_defaults.h"

#include <algorithm>

namespace karpspec::keyfile {
using keytable::Mechanism;

ChainDefaults chain_defaults(const std::string& protocol, const std::string& algorithm,
                             const keytable::Rulebook& book) {
  const Mechanism* mechanism = book.mechanism(protocol, algorithm);
  ChainDefaults defaults;
  if (mechanism == nullptr)
    return defaults;
  defaults.named = mechanism->name_bits > 0;
  defaults.peer_named = mechanism->peer_name == Mechanism::PeerName::own;
  const auto& kdfs = mechanism->kdfs;
  if (std::find(kdfs.begin(), kdfs.end(), "none") == kdfs.end())
    defaults.kdf = algorithm.starts_with("AES") ? "AES-128-CMAC" : "HMAC-SHA-1";
  return defaults;
}

std::string algorithm_of(const std::string& identity, const keytable::Rulebook& book) {
  if (identity.starts_with(own_module))
    return identity.substr(own_module.size());
  const std::string bare =
      identity.starts_with(chain_module) ? identity.substr(chain_module.size()) : identity;
  for (const auto& [name, algorithm] : book.algorithms)
    if (algorithm.identity == bare)
      return name;
  return bare;
}

std::string identity_of(const std::string& algorithm, const keytable::Rulebook& book) {
  const auto known = book.algorithms.find(algorithm);
  if (known == book.algorithms.end() || known->second.identity.empty())
    return std::string(own_module) + algorithm;
  return std::string(chain_module) + known->second.identity;
}

}  // namespace karpspec::keyfile
