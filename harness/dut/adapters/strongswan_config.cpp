#include "dut/adapters/strongswan_config.h"

#include <algorithm>

#include "dut/adapters/router_config.h"
#include "dut/adapters/strongswan_proofs.h"

namespace karpspec::dut {
namespace {

using vici::Message;

// What IKEv2 with secrets, signatures and certificates needs and nothing more. With its default
// list charon of Debian loads plugins that take packets away from the interface (kernel-libipsec,
// bypass-lan).
constexpr const char* plugins =
    "random nonce x509 constraints revocation pubkey pkcs1 pkcs8 pem openssl kdf hmac cmac xcbc "
    "gcm "
    "chapoly curve25519 kernel-netlink socket-default vici";

std::string charon_cipher(const crypto::IkeSuite& suite) {
  switch (suite.encr) {
    case Encr::AES_GCM_16:
      return "aes" + std::to_string(suite.key_bits) + "gcm16";
    case Encr::CHACHA20_POLY1305:
      return "chacha20poly1305";
    default:
      return "aes" + std::to_string(suite.key_bits);
  }
}

const char* charon_integrity(Integ integ) {
  switch (integ) {
    case Integ::HMAC_SHA1_96:
      return "sha1";
    case Integ::AES_XCBC_96:
      return "aesxcbc";
    case Integ::AES_CMAC_96:
      return "aescmac";
    case Integ::HMAC_SHA2_256_128:
      return "sha256";
    case Integ::HMAC_SHA2_384_192:
      return "sha384";
    case Integ::HMAC_SHA2_512_256:
      return "sha512";
    default:
      return "";
  }
}

const char* charon_prf(Prf prf) {
  switch (prf) {
    case Prf::HMAC_SHA1:
      return "prfsha1";
    case Prf::AES128_XCBC:
      return "prfaesxcbc";
    case Prf::AES128_CMAC:
      return "prfaescmac";
    case Prf::HMAC_SHA2_384:
      return "prfsha384";
    case Prf::HMAC_SHA2_512:
      return "prfsha512";
    default:
      return "prfsha256";
  }
}

const char* charon_group(DhGroup group) {
  switch (group) {
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
      return "modp2048";
  }
}

// charon reads times as plain numbers of seconds and silently takes its default for anything else.
std::string seconds(Duration time) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(time).count();
  const std::string rest = std::to_string(1000 + ms % 1000).substr(1);
  return std::to_string(ms / 1000) + (rest == "000" ? "" : "." + rest);
}

std::string whole_seconds(Duration time) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(time).count());
}

// charon's size of a fragment is that of the datagram with its IPv4 and UDP headers.
constexpr std::size_t headers_below_ike = 20 + 8;

// At this level charon writes down every key that it derives; nothing else goes to that file, and
// none of it to the ordinary log, which errors quote.
constexpr const char* key_log_settings =
    "    keys {\n      default = -1\n      ike = 4\n      flush_line = yes\n      path = /mnt/";

std::string settings(const oracle::RouterConfig& router, const std::string& socket,
                     bool tells_keys) {
  using When = oracle::CookiePolicy::When;
  const oracle::CookiePolicy& cookies = router.cookies;
  const oracle::Tunables& timers = router.tunables;
  // Sleeping over a cookie or blocking an address is not what a test of something else is about. A
  // block_threshold of 0 would be made 1, more than that of cookies.
  std::string dos = "  dos_protection = no\n";
  if (cookies.when != When::never) {
    const std::size_t from =
        cookies.when == When::always ? 1 : std::max<std::size_t>(1, cookies.half_open);
    dos = "  dos_protection = yes\n  cookie_threshold = " + std::to_string(from) +
          "\n  cookie_threshold_ip = 0\n  block_threshold = 1000\n";
  }
  return std::string("charon-systemd {\n") +  //
         "  load = " + plugins + "\n" +       //
         "  plugins {\n    vici {\n      socket = unix://" + socket + "\n    }\n  }\n" +
         "  filelog {\n    log {\n      path = stderr\n      time_format = %T\n"
         "      time_add_ms = yes\n      default = 1\n      ike = 2\n      cfg = 2\n"
         "      flush_line = yes\n    }\n" +
         (tells_keys ? key_log_settings + std::string(charon_key_log) + "\n    }\n" : "") +
         "  }\n"
         "  journal {\n    default = -1\n  }\n"
         "  install_routes = no\n"
         "  install_virtual_ip = no\n"
         "  send_vendor_id = no\n"
         "  retransmit_base = " +
         std::to_string(timers.retransmit_factor) + "\n" +
         "  retransmit_timeout = " + seconds(timers.retransmit_first) + "\n" +
         "  retransmit_tries = " + std::to_string(timers.retransmit_tries) + "\n" +
         "  half_open_timeout = " + whole_seconds(timers.half_open) + "\n" + dos +
         // Re-authentication as RFC 5996 section 2.8.3 has it: the old IKE SA goes last.
         "  make_before_break = yes\n" +
         (router.fragment_size
              ? "  fragment_size = " + std::to_string(*router.fragment_size + headers_below_ike) +
                    "\n"
              : "") +
         "}\n";
}

// A connection between two addresses without a timer of its own, but for the one of
// CHECKS_LIVENESS: what the device does, it does because it is told.
Message connection(const std::string& own, const std::string& peer, std::uint16_t peer_port,
                   const std::vector<std::string>& proposals, const CharonProofs& proofs,
                   bool fragments, bool checks_liveness) {
  Message child;
  child.add_list("esp_proposals", {"aes128-sha256"});
  for (const char* timer : {"rekey_time", "life_time", "rand_time"})
    child.add(timer, "0");
  Message children;
  children.add_section(charon_child, child);
  Message out;
  out.add("version", "2");
  out.add_list("local_addrs", {own}).add_list("remote_addrs", {peer});
  out.add("remote_port", std::to_string(peer_port));
  out.add_list("proposals", proposals);
  out.add("mobike", "no");  // another document's matter
  out.add("fragmentation", fragments ? "yes" : "no");
  out.add("send_certreq", proofs.requests_certificates ? "yes" : "no");
  // RFC 5996 section 3.6 wants what is available sent, asked for or not.
  out.add("send_cert", "always");
  for (const char* timer : {"rekey_time", "over_time", "rand_time"})
    out.add(timer, "0");
  out.add("dpd_delay", checks_liveness ? "1" : "0");
  out.add_section("local", proofs.local).add_section("remote", proofs.remote);
  out.add_section("children", children);
  return out;
}

}  // namespace

std::string charon_proposal(const crypto::IkeSuite& suite) {
  std::string out = charon_cipher(suite);
  if (const std::string integ = charon_integrity(suite.integ); !integ.empty())
    out += "-" + integ;
  return out + "-" + charon_prf(suite.prf) + "-" + charon_group(suite.dh);
}

Result<std::string> charon_identity(const oracle::Identity& identity) {
  const char* type = nullptr;
  switch (static_cast<wire::IdType>(identity.type)) {
    case wire::IdType::ID_IPV4_ADDR:
      type = "ipv4";
      break;
    case wire::IdType::ID_IPV6_ADDR:
      type = "ipv6";
      break;
    case wire::IdType::ID_FQDN:
      type = "fqdn";
      break;
    case wire::IdType::ID_RFC822_ADDR:
      type = "rfc822";
      break;
    case wire::IdType::ID_KEY_ID:
      type = "keyid";
      break;
    case wire::IdType::ID_DER_ASN1_DN:
      type = "asn1dn";
      break;
    case wire::IdType::ID_DER_ASN1_GN:
      type = "asn1gn";
      break;
    default:
      return fail(ErrorCode::unsupported,
                  "identities of type " + std::to_string(identity.type) + " are not configurable");
  }
  return std::string(type) + ":#" + to_hex(identity.value);
}

Result<CharonConfig> charon_config(const Json& params, const Endpoint& own,
                                   const std::string& socket, bool checks_liveness,
                                   bool tells_keys) {
  oracle::RouterConfig router;
  router.local = own;
  KARPSPEC_CHECK(read_router_config(params, router));
  CharonConfig out;
  out.strongswan_conf = settings(router, socket, tells_keys);
  out.half_open_first = router.cookies.when == oracle::CookiePolicy::When::always;
  std::vector<std::string> proposals;
  for (const crypto::IkeSuite& suite : router.ike_proposals)
    proposals.push_back(charon_proposal(suite));
  KARPSPEC_TRY(own_identity, charon_identity(router.identity));
  for (const oracle::PeerConfig& peer : router.peers) {
    if (peer.child != oracle::ChildKind::esp) {
      return fail(ErrorCode::unsupported,
                  "peer '" + peer.name + "': charon makes ESP children only");
    }
    if (!peer.addresses.empty()) {
      return fail(ErrorCode::unsupported,
                  "peer '" + peer.name + "': charon cannot be told from where alone a peer comes");
    }
    std::string identity = "%any";
    if (!peer.any_identity) {
      KARPSPEC_TRY(named, charon_identity(peer.identity));
      identity = std::move(named);
    }
    KARPSPEC_TRY(proofs, charon_proofs(params, router, peer, own_identity, identity));
    for (auto& [command, message] : proofs.commands)
      out.commands.push_back({command, std::move(message)});
    Message load;
    load.add_section(peer.name,
                     connection(own.address, peer.endpoint.address, peer.endpoint.port, proposals,
                                proofs, router.fragment_size.has_value(), checks_liveness));
    out.commands.push_back({"load-conn", std::move(load)});
    out.peers.push_back(peer.name);
    if (peer.psk.empty())
      continue;
    Message secret;
    secret.add("type", "IKE").add("data", peer.psk.view());
    secret.add_list("owners", {own_identity, identity});
    out.commands.push_back({"load-shared", std::move(secret)});
  }
  if (out.half_open_first) {
    Message load;
    load.add_section(charon_primer, connection(own.address, own.address, own.port, proposals,
                                               charon_secrets("nobody", "nobody"), false, false));
    out.commands.push_back({"load-conn", std::move(load)});
  }
  return out;
}

}  // namespace karpspec::dut
