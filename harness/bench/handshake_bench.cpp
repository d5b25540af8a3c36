// Initial exchanges (IKE_SA_INIT and IKE_AUTH with the first key) of two routers over a simulated
// link, both sides' work together, by authentication method and Diffie-Hellman group. What bounds
// them is what OpenSSL takes for the cryptography that both sides cannot do without.
#include <fstream>
#include <iterator>

#include "base/random.h"
#include "bench/measurement.h"
#include "bench/primitives/dh.h"
#include "bench/primitives/signature.h"
#include "bench/primitives/sk_data.h"
#include "bench/subjects.h"
#include "lab/sim_network.h"
#include "oracle/ike/signature_auth.h"
#include "oracle/router.h"

namespace karpspec::bench {
namespace {

using oracle::Router;
using oracle::RouterConfig;

constexpr std::uint8_t bgp = 1;

// How both sides prove who they are. The keys and certificates of suites/credentials/ belong to
// device.example and tester.example.
struct Method {
  const char* name;
  const char* kind = nullptr;    // "rsa": device-rsa, tester-rsa; none: a preshared key
  const char* anchor = nullptr;  // the authority of both
  crypto::KeyType type = crypto::KeyType::rsa;
};
constexpr Method methods[] = {
    {"PSK"},
    {"RSA", "rsa", "rsa-ca", crypto::KeyType::rsa},
    {"ECDSA", "ec256", "ca", crypto::KeyType::ecdsa_p256},
};
struct KeyExchange {
  const char* name;
  DhGroup group;
};
constexpr KeyExchange key_exchanges[] = {{"MODP_2048", DhGroup::MODP_2048},
                                         {"ECP_256", DhGroup::ECP_256},
                                         {"CURVE25519", DhGroup::CURVE25519}};

struct Side {
  const char* name;
  const char* address;
};
constexpr Side initiator{"device", "192.0.2.1"};
constexpr Side responder{"tester", "192.0.2.2"};

// "device-rsa.key" of suites/credentials/.
std::string credential_file(const std::string& name) {
  std::ifstream in(KARPSPEC_SOURCE_DIR "/suites/credentials/" + name);
  return {std::istreambuf_iterator<char>(in), {}};
}
std::string credential_file(const Side& side, const Method& method, const char* ending) {
  return credential_file(std::string(side.name) + "-" + method.kind + ending);
}

oracle::Identity identity_of(const Side& side) {
  return {static_cast<std::uint8_t>(wire::IdType::ID_FQDN),
          octets_of(std::string(side.name) + ".example")};
}

// What SIDE needs to know for handshakes with OTHER. Errors: those of reading keys.
Result<RouterConfig> config_of(const Side& side, const Side& other, const Method& method,
                               DhGroup group) {
  RouterConfig config;
  config.local = {side.address, 500};
  config.identity = identity_of(side);
  config.ike_proposals.front().dh = group;
  oracle::PeerConfig peer;
  peer.name = other.name;
  peer.endpoint = {other.address, 500};
  peer.identity = identity_of(other);
  peer.protocols = {oracle::ProtocolPolicy{bgp}};
  if (method.kind == nullptr) {
    peer.psk = Secret(octets_of("a preshared key of one pair of routers"));
  } else {
    KARPSPEC_TRY(key, crypto::PrivateKey::from_pem(credential_file(side, method, ".key")));
    KARPSPEC_TRY(own, crypto::Certificate::from_pem(credential_file(side, method, ".crt")));
    KARPSPEC_TRY(anchor, crypto::Certificate::from_pem(
                             credential_file(std::string(method.anchor) + ".crt")));
    config.credentials = {{method.kind, std::move(key), {std::move(own)}}};
    peer.authentication = peer.own_authentication = oracle::Authentication::signature;
    peer.trust.anchors = {std::move(anchor)};
  }
  config.peers.push_back(std::move(peer));
  return config;
}

struct Configs {
  RouterConfig initiator, responder;
};
Result<Configs> configs(const Method& method, DhGroup group) {
  KARPSPEC_TRY(one, config_of(initiator, responder, method, group));
  KARPSPEC_TRY(other, config_of(responder, initiator, method, group));
  return Configs{std::move(one), std::move(other)};
}

// Keeps what a router receives.
class Recorder final : public Machine {
 public:
  Recorder(Router& router, std::vector<Octets>& received) : router_(router), received_(received) {}
  std::vector<Datagram> receive(const Datagram& datagram, Time now) override {
    received_.push_back(datagram.payload);
    return router_.receive(datagram, now);
  }
  std::vector<Datagram> tick(Time now) override { return router_.tick(now); }
  [[nodiscard]] std::optional<Time> deadline() const override { return router_.deadline(); }

 private:
  Router& router_;
  std::vector<Octets>& received_;
};

// Two routers that know nothing of each other yet, at the two ends of a link.
class Link {
 public:
  Link(const Configs& configs, std::uint64_t seed)
      : network_(seed),
        tester_(network_.tester("192.0.2.3")),
        one_random_(seed, initiator.name),
        other_random_(seed, responder.name),
        one_(configs.initiator.clone(), one_random_),
        other_(configs.responder.clone(), other_random_) {
    network_.attach(initiator.address, one_);
    network_.attach(responder.address, other_);
  }

  // The handshake. Nobody writes to the tester; its waiting lets time pass.
  Result<void> run() {
    const Time now = network_.now();
    KARPSPEC_TRY(datagrams, one_.start(responder.name, bgp, now));
    network_.inject(datagrams);
    KARPSPEC_CHECK(tester_.receive(now + std::chrono::milliseconds{500}));
    return {};
  }
  // The same, and all messages in their order.
  Result<std::vector<Octets>> record() {
    std::vector<Octets> messages;
    Recorder one(one_, messages), other(other_, messages);
    network_.attach(initiator.address, one);
    network_.attach(responder.address, other);
    KARPSPEC_CHECK(run());
    return messages;
  }
  [[nodiscard]] bool established() const {
    return has_a_key(one_) && has_a_key(other_) &&
           one_.key_table().rows().front().key.view().size() == 20 &&
           equal_in_constant_time(one_.key_table().rows().front().key.view(),
                                  other_.key_table().rows().front().key.view());
  }

 private:
  static bool has_a_key(const Router& router) {
    const auto sas = router.sas();
    return sas.size() == 1 && sas.front().state == "established" &&
           router.key_table().rows().size() == 1;
  }
  lab::SimNetwork network_;
  lab::Link& tester_;
  SeededRandom one_random_, other_random_;
  Router one_, other_;
};

void handshake(benchmark::State& state, const Method& method, DhGroup group) {
  const auto both = configs(method, group);
  if (failed(state, both))
    return;
  std::uint64_t seed = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto link = std::make_unique<Link>(*both, ++seed);
    state.ResumeTiming();
    const auto done = link->run();
    state.PauseTiming();
    if (failed(state, done) ||
        failed(state, link->established(), "the handshake has not made an IKE SA and a key"))
      return;
    link.reset();
    state.ResumeTiming();
  }
  count(state);
}

// The cryptography of one side, on octets of the sizes that it has in MESSAGES: what comes out
// means nothing, and costs the same.
class Cryptography {
 public:
  Cryptography(const Method& method, const Side& own, const Side& other, DhGroup group,
               const std::vector<Octets>& messages)
      : dh_(group), mac_(suite_.prf) {
    const crypto::DirectionKeys keys{encr_, integ_};
    seal_.emplace(suite_, keys, primitives::SkData::Direction::seal);
    open_.emplace(suite_, keys, primitives::SkData::Direction::open);
    const bool initiates = own.name == initiator.name;
    // These keys open only what they have sealed.
    peer_message_ = messages[initiates ? 3 : 2];
    (void)seal(peer_message_);
    if (method.kind == nullptr)
      return;
    const auto choice = oracle::ike::choose_signature(
        method.type,
        std::vector(oracle::ike::our_hashes().begin(), oracle::ike::our_hashes().end()), {});
    signer_.emplace(credential_file(own, method, ".key"), choice->scheme);
    verifier_.emplace(credential_file(other, method, ".key"), choice->scheme);
    certificate_.emplace(credential_file(other, method, ".crt"),
                         credential_file(std::string(method.anchor) + ".crt"));
    signature_ = verifier_->sign(signed_octets(messages[initiates ? 1 : 0]));
  }

  // A key pair (section 1.2).
  bool generate() { return dh_.generate(); }
  [[nodiscard]] Octets ke_data() const { return dh_.ke_data(); }
  // g^ir, SKEYSEED and SK_* (section 2.14): 3 * 32 + 2 * 32 + 2 * 16 octets.
  bool derive_keys(OctetView peer) {
    const Octets g_ir = dh_.derive(peer);
    return !g_ir.empty() && mac_.run(nonces_, {g_ir}, skeyseed_) &&
           mac_.prf_plus(skeyseed_, seed_, sk_);
  }
  // Its own AUTH and the other's (section 2.15). INIT and PEER_INIT: the IKE_SA_INIT messages that
  // they cover.
  bool authenticate(OctetView init, OctetView peer_init) {
    if (signer_)
      return mac_.run(skeyseed_, {id_}, maced_id_) && !signer_->sign(signed_octets(init)).empty() &&
             certificate_->run() && mac_.run(skeyseed_, {id_}, maced_id_) &&
             verifier_->verify(signed_octets(peer_init), signature_);
    return psk_auth(init) && psk_auth(peer_init);
  }
  // Its own IKE_AUTH message, which has OWN's size, and the other's (section 3.14).
  bool protect(const Octets& own) {
    Octets message = own;
    if (!seal(message))
      return false;
    Octets opened(peer_message_.size());
    return open_->open(peer_message_, data_size(peer_message_), opened);
  }
  // The TCP-AO master key (RKMP section 4.1.1.1): one block.
  bool make_key() { return mac_.prf_plus(skeyseed_, nonces_, maced_id_); }

 private:
  // IV | ciphertext | ICV: all behind the header and SK's.
  static std::size_t data_size(const Octets& message) { return message.size() - 28 - 4; }
  bool seal(Octets& message) {
    const Octets plaintext(data_size(message) - 16 - 16);  // without IV and ICV
    return seal_->seal(OctetView(seed_).first(16), plaintext, message);
  }
  // Of the size that they have; the MAC in them is the same each time, as the signature is.
  [[nodiscard]] Octets signed_octets(OctetView init) const { return concat({init, nonces_}); }
  bool psk_auth(OctetView init) {
    return mac_.run(psk_, {pad_}, padded_) && mac_.run(skeyseed_, {id_}, maced_id_) &&
           mac_.run(padded_, {init, OctetView(nonces_).first(32), maced_id_}, auth_);
  }

  const crypto::IkeSuite suite_;  // AES_CBC-128, HMAC_SHA2_256_128, HMAC_SHA2_256
  const Octets encr_ = Octets(16), integ_ = Octets(32), nonces_ = Octets(64), seed_ = Octets(80),
               id_ = Octets(18), psk_ = Octets(38), pad_ = octets_of("Key Pad for IKEv2");
  primitives::Dh dh_;
  primitives::Mac mac_;
  std::optional<primitives::SkData> seal_, open_;
  std::optional<primitives::Signature> signer_, verifier_;
  std::optional<primitives::CertificateCheck> certificate_;
  Octets skeyseed_ = Octets(32), sk_ = Octets(192), maced_id_ = Octets(32), padded_ = Octets(32),
         auth_ = Octets(32), signature_, peer_message_;
};

void handshake_bound(benchmark::State& state, const Method& method, DhGroup group) {
  const auto both = configs(method, group);
  if (failed(state, both))
    return;
  Link link(*both, 1);
  const auto recorded = link.record();
  if (failed(state, recorded) ||
      failed(state, link.established() && recorded->size() == 4, "the handshake has failed"))
    return;
  const std::vector<Octets>& messages = *recorded;
  Cryptography one(method, initiator, responder, group, messages);
  Cryptography other(method, responder, initiator, group, messages);
  const auto all = [&] {
    return one.generate() && other.generate() && one.derive_keys(other.ke_data()) &&
           other.derive_keys(one.ke_data()) && one.authenticate(messages[0], messages[1]) &&
           other.authenticate(messages[1], messages[0]) && one.protect(messages[2]) &&
           other.protect(messages[3]) && one.make_key() && other.make_key();
  };
  for (auto _ : state)
    if (failed(state, all(), "OpenSSL refused"))
      return;
  count(state);
}

}  // namespace

void add_handshakes() {
  for (const Method& method : methods)
    for (const KeyExchange& each : key_exchanges)
      compare(
          std::string("handshake/") + method.name + "/" + each.name,
          [method, group = each.group](auto& state) { handshake(state, method, group); },
          [method, group = each.group](auto& state) { handshake_bound(state, method, group); });
}

}  // namespace karpspec::bench
