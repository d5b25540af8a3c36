#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/machine.h"
#include "base/secret.h"
#include "crypto/ike_keys.h"
#include "keytable/rules.h"
#include "oracle/credentials.h"
#include "oracle/tunables.h"
#include "wire/code_points.h"
#include "wire/payloads.h"

namespace karpspec::oracle {

// An identity as the ID payload carries it (RFC 5996 section 3.5).
struct Identity {
  std::uint8_t type = static_cast<std::uint8_t>(wire::IdType::ID_FQDN);
  Octets value;
  [[nodiscard]] wire::IdPayload payload() const { return {type, 0, value}; }
  friend bool operator==(const Identity&, const Identity&) = default;
};
// Whether both name the same router: DNS names know no upper and lower case (RFC 4343), all else is
// compared octet for octet.
[[nodiscard]] bool name_the_same(const Identity& one, const Identity& other);
// Upper case letters of ASCII become lower case ones.
[[nodiscard]] Octets lower_case(Octets text);

// How somebody proves who he is. EAP is not offered (profile P-29).
enum class Authentication { psk, signature };

enum class ChildKind {
  tcp_ao,  // RKMP: a TCP-AO master key for a routing protocol
  esp,     // plain IKEv2: an ESP Child SA, its keys derived but not installed
};

// RFC 5926 algorithms that go together in one transform.
struct TcpAoPair {
  std::uint8_t auth_alg = 1;  // wire::TcpAoAuthAlg
  std::uint8_t kdf = 1;       // wire::TcpAoKdf
  friend bool operator==(const TcpAoPair&, const TcpAoPair&) = default;
};

// What is offered and accepted for one routing protocol with one peer; order is preference.
struct ProtocolPolicy {
  std::uint8_t protocol = 1;  // wire::RoutingProtocol
  std::vector<TcpAoPair> pairs = {{1, 1}, {2, 2}};
  // O: TCP options are left out of the MAC. Offered so, and required of an offer when set.
  bool exclude_options = false;
  bool any_options = true;  // as responder, accept either value of O
};

// One ESP proposal: cipher with its integrity algorithm, without extended sequence numbers.
struct EspSuite {
  Encr encr = Encr::AES_CBC;
  std::uint16_t key_bits = 128;
  Integ integ = Integ::HMAC_SHA2_256_128;
  friend bool operator==(const EspSuite&, const EspSuite&) = default;
};

struct PeerConfig {
  std::string name;  // the handle of commands and events
  Endpoint endpoint;
  Identity identity;
  bool any_identity = false;  // authorised by its key or its group alone
  // IP addresses: where alone the peer may be (profile P-25); empty: anywhere.
  std::vector<std::string> addresses;
  Authentication authentication = Authentication::psk;      // the peer's proof
  Authentication own_authentication = Authentication::psk;  // ours to it
  Secret psk;
  std::string credential;  // of ours, by name; empty: the first that fits
  // AUTH methods by signature that are used and accepted (wire::AuthMethod); empty: all.
  std::vector<std::uint8_t> auth_methods;
  Trust trust;
  ChildKind child = ChildKind::tcp_ao;
  std::vector<ProtocolPolicy> protocols;            // tcp_ao
  std::vector<EspSuite> esp_suites = {EspSuite{}};  // esp
  [[nodiscard]] PeerConfig clone() const;
  [[nodiscard]] const ProtocolPolicy* policy(std::uint8_t protocol) const;
  // The first LOOKED_AT of the list count.
  [[nodiscard]] bool may_be_at(const std::string& address, std::int64_t looked_at) const;
  // Whether either side proves itself by signature.
  [[nodiscard]] bool signs() const {
    return authentication == Authentication::signature ||
           own_authentication == Authentication::signature;
  }
};

struct CookiePolicy {
  enum class When { never, always, above } when = When::never;
  std::size_t half_open = 0;  // for `above`: ask for cookies when more SAs than this are half open
};

struct RouterConfig {
  Endpoint local;
  Identity identity;
  std::vector<Credential> credentials;
  // Alternatives, the most preferred first. KEi is sent in the group of the first.
  std::vector<crypto::IkeSuite> ike_proposals = {crypto::IkeSuite{}};
  std::vector<PeerConfig> peers;
  CookiePolicy cookies;
  // RFC 7383: octets of the largest IKE message that goes out whole, and of the largest fragment,
  // where the peer takes fragments too. Without it fragmentation is neither announced nor used.
  std::optional<std::size_t> fragment_size;
  // Vendor ID that announces the profile, sent in IKE_SA_INIT; empty: none.
  Octets vendor_id;
  wire::CodePoints numbers;
  // What rows of the key table are held against; nullptr: rows are RKMP's alone.
  std::shared_ptr<const keytable::Rulebook> rules;
  // Timers and habits. A fault's `tune` is applied over these.
  Tunables tunables;
  [[nodiscard]] RouterConfig clone() const;
};

// MD5 of the profile's fixed string, the default vendor ID: 16 octets.
[[nodiscard]] Octets profile_vendor_id();

}  // namespace karpspec::oracle
