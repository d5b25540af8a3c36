#include "dut/adapters/openiked_config.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "dut/adapters/router_config.h"
#include "oracle/ike/negotiation.h"

namespace karpspec::dut {
namespace {

tl::unexpected<Error> not_ikeds(const std::string& what) {
  return fail(ErrorCode::unsupported, "iked has no " + what);
}

// "": none.
std::string iked_prf(Prf prf) {
  switch (prf) {
    case Prf::HMAC_SHA1:
      return "hmac-sha1";
    case Prf::HMAC_SHA2_256:
      return "hmac-sha2-256";
    case Prf::HMAC_SHA2_384:
      return "hmac-sha2-384";
    case Prf::HMAC_SHA2_512:
      return "hmac-sha2-512";
    default:
      return "";
  }
}

// "": none.
std::string iked_integrity(Integ integ) {
  switch (integ) {
    case Integ::HMAC_SHA1_96:
      return "hmac-sha1";
    case Integ::HMAC_SHA2_256_128:
      return "hmac-sha2-256";
    case Integ::HMAC_SHA2_384_192:
      return "hmac-sha2-384";
    case Integ::HMAC_SHA2_512_256:
      return "hmac-sha2-512";
    default:
      return "";
  }
}

// "": none.
std::string iked_group(DhGroup group) {
  switch (group) {
    case DhGroup::MODP_2048:
      return "modp2048";
    case DhGroup::MODP_3072:
      return "modp3072";
    case DhGroup::MODP_4096:
      return "modp4096";
    case DhGroup::ECP_256:
      return "ecp256";
    case DhGroup::ECP_384:
      return "ecp384";
    case DhGroup::ECP_521:
      return "ecp521";
    case DhGroup::CURVE25519:
      return "curve25519";
    default:
      return "";
  }
}

// What ikectl has before an identity.
const char* type_word(std::uint8_t type) {
  switch (static_cast<wire::IdType>(type)) {
    case wire::IdType::ID_IPV4_ADDR:
      return "IPV4/";
    case wire::IdType::ID_IPV6_ADDR:
      return "IPV6/";
    case wire::IdType::ID_RFC822_ADDR:
      return "UFQDN/";
    default:
      return "FQDN/";
  }
}

bool is_address(const std::string& text) {
  std::array<std::uint8_t, 16> octets{};
  return ::inet_pton(AF_INET, text.c_str(), octets.data()) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), octets.data()) == 1;
}

// Nothing that ends or escapes a quoted text.
bool is_plain(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".-_@").find(c) != std::string_view::npos;
  });
}

std::string in_quotes(const std::string& text) {
  return "\"" + text + "\"";
}

// HMAC-SHA2-256 for ESP its build for Linux cannot tell the kernel, and ends the IKE SA when it
// comes to that: the DUT file has the tester offer HMAC-SHA-1.
std::string settings_text(bool checks_liveness) {
  return std::string(
             "set nomobike\n"
             "set nofragmentation\n"
             "set novendorid\n"
             "set dpd_check_interval ") +
         (checks_liveness ? "1" : "0") + "\n";
}

}  // namespace

std::string IkedConfig::text(const std::string& active) const {
  std::string out = settings;
  for (std::size_t i = 0; i < peers.size(); ++i) {
    out += "ikev2 \"peer-" + std::to_string(i + 1) + "\" " +
           (peers[i].name == active ? "active" : "passive") + " " + peers[i].policy + "\n";
  }
  return out;
}

Result<std::string> iked_proposal(const crypto::IkeSuite& suite) {
  const std::string name = oracle::ike::to_text(suite);
  const std::string bits = std::to_string(suite.key_bits);
  const std::string prf = iked_prf(suite.prf), group = iked_group(suite.dh);
  if (prf.empty() || group.empty())
    return not_ikeds("suite " + name);
  switch (suite.encr) {
    case Encr::AES_CBC: {
      const std::string integrity = iked_integrity(suite.integ);
      if (integrity.empty())
        break;
      return "enc aes-" + bits + " prf " + prf + " auth " + integrity + " group " + group;
    }
    case Encr::AES_GCM_16:
      if (bits == "192")
        break;
      return "enc aes-" + bits + "-gcm prf " + prf + " group " + group;
    default:
      break;
  }
  return not_ikeds("suite " + name);
}

Result<std::string> iked_identity(const oracle::Identity& identity) {
  const std::string text(identity.value.begin(), identity.value.end());
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
      if (!is_plain(text) || is_address(text) || text.find('@') != std::string::npos)
        break;
      return text;
    case wire::IdType::ID_RFC822_ADDR:
      if (!is_plain(text) || text.find('@') == std::string::npos)
        break;
      return text;
    default:
      break;
  }
  return not_ikeds("notation of identity type " + std::to_string(identity.type) + " with octets " +
                   to_hex(identity.value));
}

Result<IkedConfig> iked_config(const Json& params, const Endpoint& own, bool checks_liveness) {
  oracle::RouterConfig router;
  router.local = own;
  KARPSPEC_CHECK(read_router_config(params, router));
  if (router.cookies.when != oracle::CookiePolicy::When::never)
    return not_ikeds("word on when to demand cookies");
  std::string proposals;
  for (const crypto::IkeSuite& suite : router.ike_proposals) {
    KARPSPEC_TRY(proposal, iked_proposal(suite));
    proposals += " ikesa " + proposal;
  }
  KARPSPEC_TRY(own_identity, iked_identity(router.identity));
  IkedConfig out;
  out.settings = settings_text(checks_liveness);
  for (const oracle::PeerConfig& peer : router.peers) {
    const std::string who = "peer '" + peer.name + "': iked ";
    if (peer.child != oracle::ChildKind::esp)
      return fail(ErrorCode::unsupported, who + "makes ESP children only");
    if (!peer.addresses.empty())
      return fail(ErrorCode::unsupported, who + "cannot be told from where alone a peer comes");
    if (peer.signs())
      return fail(ErrorCode::unsupported, who + "is configured with preshared keys only");
    if (peer.endpoint.port != 500)
      return fail(ErrorCode::unsupported, who + "speaks to port 500 only");
    KARPSPEC_TRY(identity, iked_identity(peer.identity));
    const std::string& there = peer.endpoint.address;
    out.peers.push_back({peer.name, there, type_word(peer.identity.type) + identity,
                         "esp from " + own.address + " to " + there + " local " + own.address +
                             " peer " + there + proposals +
                             " childsa enc aes-128 auth hmac-sha1 srcid " +
                             in_quotes(own_identity) + " dstid " + in_quotes(identity) +
                             " ikelifetime 0 lifetime 0 bytes 0 psk 0x" + to_hex(peer.psk.view())});
  }
  return out;
}

}  // namespace karpspec::dut
