#include "dut/adapters/libreswan_config.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "dut/adapters/libreswan_proofs.h"
#include "dut/adapters/router_config.h"
#include "oracle/ike/negotiation.h"

namespace karpspec::dut {
namespace {

tl::unexpected<Error> not_plutos(const std::string& what) {
  return fail(ErrorCode::unsupported, "pluto has no " + what);
}

// "": none.
std::string pluto_prf(Prf prf) {
  switch (prf) {
    case Prf::HMAC_SHA1:
      return "sha1";
    case Prf::HMAC_SHA2_256:
      return "sha2_256";
    case Prf::HMAC_SHA2_384:
      return "sha2_384";
    case Prf::HMAC_SHA2_512:
      return "sha2_512";
    case Prf::AES128_XCBC:
      return "aes_xcbc";
    default:
      return "";
  }
}

// The PRF that pluto takes with an integrity algorithm.
bool go_together(Integ integ, Prf prf) {
  switch (integ) {
    case Integ::HMAC_SHA1_96:
      return prf == Prf::HMAC_SHA1;
    case Integ::HMAC_SHA2_256_128:
      return prf == Prf::HMAC_SHA2_256;
    case Integ::HMAC_SHA2_384_192:
      return prf == Prf::HMAC_SHA2_384;
    case Integ::HMAC_SHA2_512_256:
      return prf == Prf::HMAC_SHA2_512;
    case Integ::AES_XCBC_96:
      return prf == Prf::AES128_XCBC;
    default:
      return false;
  }
}

// "": none.
std::string pluto_group(DhGroup group) {
  switch (group) {
    case DhGroup::MODP_2048:
      return "modp2048";
    case DhGroup::MODP_3072:
      return "modp3072";
    case DhGroup::MODP_4096:
      return "modp4096";
    case DhGroup::ECP_256:
      return "dh19";
    case DhGroup::ECP_384:
      return "dh20";
    case DhGroup::ECP_521:
      return "dh21";
    case DhGroup::CURVE25519:
      return "dh31";
    default:
      return "";
  }
}

std::string milliseconds(Duration time) {
  return std::to_string(std::chrono::ceil<std::chrono::milliseconds>(time).count()) + "ms";
}

// From the first sending to giving up: each interval is twice the one before, and the last one is
// waited for too. pluto compares when an interval ends, so the bound lies within the last one.
Duration giving_up(const oracle::Tunables& timers) {
  const auto tries = std::clamp<std::int64_t>(timers.retransmit_tries, 0, 20);
  return timers.retransmit_first * ((std::int64_t{2} << tries) - 1) - timers.retransmit_first / 2;
}

std::string settings(const oracle::RouterConfig& router) {
  using When = oracle::CookiePolicy::When;
  std::string cookies = "  ddos-mode=unlimited\n";
  if (router.cookies.when == When::always)
    cookies = "  ddos-mode=busy\n";
  if (router.cookies.when == When::above) {
    cookies = "  ddos-mode=auto\n  ddos-ike-threshold=" +
              std::to_string(std::max<std::size_t>(1, router.cookies.half_open)) + "\n";
  }
  // Its log has the SPIs of its SAs, which no command tells, at this level.
  return "config setup\n"
         "  plutodebug=base\n"
         "  uniqueids=no\n"
         "  dnssec-enable=no\n"
         "  listen=" +
         router.local.address + "\n" + cookies + "\n";
}

// A connection between two addresses without a timer of its own, but for the one of
// CHECKS_LIVENESS: what the device does, it does because it is told.
std::string connection(const std::string& name, const oracle::RouterConfig& router,
                       const oracle::PeerConfig& peer, const std::string& own_identity,
                       const std::string& peer_identity, const std::string& proposals,
                       const PlutoProofs& proofs, bool checks_liveness) {
  std::vector<std::pair<std::string, std::string>> settings = {
      {"ikev2", "insist"},
      {"left", router.local.address},
      {"leftid", own_identity},
      {"right", peer.endpoint.address},
      {"rightid", peer_identity},
      {"ike", proposals},
      {"esp", "aes128-sha2_256"},
      // Without a group of its own a Child SA has that of its IKE SA, so KE is not demanded.
      {"pfs", "no"},
      {"esn", "no"},
      {"narrowing", "yes"},
      {"mobike", "no"},  // another document's matter
      {"fragmentation", router.fragment_size ? "yes" : "no"},
      {"rekey", "no"},
      {"keyingtries", "1"},
      {"retransmit-interval", milliseconds(router.tunables.retransmit_first)},
      {"retransmit-timeout", milliseconds(giving_up(router.tunables))},
      {"dpddelay", checks_liveness ? "1s" : "0s"},
      {"dpdaction", "clear"},
      // It would set routes.
      {"leftupdown", "%disabled"},
      // Loaded by its name, so that what is wrong with it is said.
      {"auto", "ignore"}};
  settings.insert(settings.end(), proofs.settings.begin(), proofs.settings.end());
  // Given any port, pluto sends from 4500, with a non-ESP marker.
  if (peer.endpoint.port != 500)
    settings.emplace_back("rightikeport", std::to_string(peer.endpoint.port));
  std::string out = "conn " + name + "\n";
  for (const auto& [key, value] : settings)
    out += "  " + key + "=" + value + "\n";
  return out + "\n";
}

}  // namespace

Result<std::string> pluto_proposal(const crypto::IkeSuite& suite) {
  const std::string bits = std::to_string(suite.key_bits);
  const std::string prf = pluto_prf(suite.prf), group = pluto_group(suite.dh);
  const std::string name = oracle::ike::to_text(suite);
  if (prf.empty() || group.empty())
    return not_plutos("suite " + name);
  std::string cipher;
  switch (suite.encr) {
    case Encr::AES_CBC:
      if (!go_together(suite.integ, suite.prf))
        return not_plutos("suite " + name + ": its PRF is that of the integrity algorithm");
      cipher = "aes" + bits;
      break;
    case Encr::AES_GCM_16:
      cipher = "aes_gcm_c" + bits;
      break;
    case Encr::CHACHA20_POLY1305:
      cipher = "chacha20_poly1305";
      break;
    default:
      return not_plutos("suite " + name);
  }
  return cipher + "-" + prf + "-" + group;
}

Result<std::string> pluto_identity(const oracle::Identity& identity) {
  const std::string text(identity.value.begin(), identity.value.end());
  const auto plain = [&](std::string_view others) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             others.find(c) != std::string_view::npos;
    });
  };
  std::array<char, INET6_ADDRSTRLEN> address{};
  switch (static_cast<wire::IdType>(identity.type)) {
    case wire::IdType::ID_IPV4_ADDR:
    case wire::IdType::ID_IPV6_ADDR: {
      const bool v4 = identity.value.size() == 4;
      if (!v4 && identity.value.size() != 16)
        break;
      ::inet_ntop(v4 ? AF_INET : AF_INET6, identity.value.data(), address.data(), address.size());
      return std::string(address.data());
    }
    case wire::IdType::ID_FQDN:
      if (!plain(".-_"))
        break;
      return "@" + text;
    case wire::IdType::ID_RFC822_ADDR:
      if (!plain(".-_@") || text.front() == '@' || text.find('@') == std::string::npos)
        break;
      return text;
    case wire::IdType::ID_KEY_ID:
      if (identity.value.empty())
        break;
      return "@#" + to_hex(identity.value);
    case wire::IdType::ID_DER_ASN1_DN:
      if (identity.value.empty())
        break;
      return "@~" + to_hex(identity.value);
    default:
      break;
  }
  return not_plutos("notation of identity type " + std::to_string(identity.type) + " with octets " +
                    to_hex(identity.value));
}

Result<PlutoConfig> pluto_config(const Json& params, const Endpoint& own, bool checks_liveness) {
  oracle::RouterConfig router;
  router.local = own;
  KARPSPEC_CHECK(read_router_config(params, router));
  // The size of its fragments is built in: datagrams of 1280 octets at most.
  constexpr std::size_t built_in = 1280;
  if (router.fragment_size && *router.fragment_size < built_in)
    return not_plutos("setting for the size of its fragments");
  std::string proposals;
  for (const crypto::IkeSuite& suite : router.ike_proposals) {
    KARPSPEC_TRY(proposal, pluto_proposal(suite));
    proposals += (proposals.empty() ? "" : ",") + proposal;
  }
  KARPSPEC_TRY(own_identity, pluto_identity(router.identity));
  PlutoConfig out;
  out.ipsec_conf = settings(router);
  for (const oracle::PeerConfig& peer : router.peers) {
    if (peer.child != oracle::ChildKind::esp) {
      return fail(ErrorCode::unsupported,
                  "peer '" + peer.name + "': pluto makes ESP children only");
    }
    if (!peer.addresses.empty()) {
      return fail(ErrorCode::unsupported,
                  "peer '" + peer.name + "': pluto cannot be told from where alone a peer comes");
    }
    KARPSPEC_TRY(identity, pluto_identity(peer.identity));
    // Whatever a peer is called, pluto can read this.
    const std::string name = "peer-" + std::to_string(out.connections.size() + 1);
    KARPSPEC_TRY(proofs, pluto_proofs(params, router, peer, name));
    out.ipsec_conf +=
        connection(name, router, peer, own_identity, identity, proposals, proofs, checks_liveness);
    out.files.insert(out.files.end(), proofs.files.begin(), proofs.files.end());
    out.commands.insert(out.commands.end(), proofs.commands.begin(), proofs.commands.end());
    if (!peer.psk.empty())
      out.secrets += own_identity + " " + identity + " : PSK 0x" + to_hex(peer.psk.view()) + "\n";
    out.connections.push_back({name, peer.name});
  }
  return out;
}

}  // namespace karpspec::dut
