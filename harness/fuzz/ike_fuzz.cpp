#include <algorithm>
#include <queue>

#include "input.h"
#include "oracle/ike/negotiation.h"
#include "oracle/ike/sealed_message.h"
#include "oracle/router.h"
#include "require.h"

// A whole router, as initiator and as responder of IKEv2 and RKMP, whose peer sends whatever comes:
// in clear, and sealed with the right keys, whole and in fragments; over a wire that loses, doubles
// and keeps.
namespace karpspec::oracle {
namespace {

constexpr std::uint8_t bgp = 1;
constexpr const char *here = "192.0.2.1", *there = "192.0.2.2", *elsewhere = "192.0.2.3";

Identity fqdn(std::string_view name) {
  return {static_cast<std::uint8_t>(wire::IdType::ID_FQDN), octets_of(name)};
}

RouterConfig config_of(const char* name, const char* address, const char* peer_name,
                       const char* peer_address, std::uint8_t habits) {
  RouterConfig config;
  config.local = {address, 500};
  config.identity = fqdn(name);
  config.ike_proposals = {*ike::suite_from_text("AES_GCM_16-128//HMAC_SHA2_256/CURVE25519")};
  PeerConfig peer;
  peer.name = peer_name;
  peer.endpoint = {peer_address, 500};
  peer.identity = fqdn(peer_name);
  peer.psk = Secret(octets_of("a secret between two routers"));
  peer.child = (habits & 1) != 0 ? ChildKind::esp : ChildKind::tcp_ao;
  peer.protocols = {ProtocolPolicy{}};
  config.peers.push_back(std::move(peer));
  if ((habits & 2) != 0)
    config.fragment_size = 200;
  if ((habits & 4) != 0)
    config.cookies.when = CookiePolicy::When::always;
  return config;
}

// What the peer sends holds what the input says, where it says so.
class Liar final : public Seams {
 public:
  explicit Liar(Input& input) : input_(input) {}
  bool lies = false;

  void before_encode(Outgoing& out) override {
    if (!lies || input_.over())
      return;
    switch (input_.octet() % 6) {
      case 0:
        out.message.payloads = payloads_in(input_);
        return;
      case 1:
        for (wire::Payload& payload : payloads_in(input_))
          out.message.payloads.push_back(std::move(payload));
        return;
      case 2:
        if (!out.message.payloads.empty())
          out.message.payloads.erase(
              out.message.payloads.begin() +
              static_cast<std::ptrdiff_t>(input_.octet() % out.message.payloads.size()));
        return;
      case 3:
        out.message.header.message_id ^= input_.octet();
        out.message.header.flags ^= input_.octet();
        return;
      default:
        return;
    }
  }
  bool edits_octets(const Outgoing&) override { return lies && !input_.over(); }
  // A field of the clear form becomes another: also what nobody could encode.
  void after_encode(const Outgoing&, Octets& clear, const std::vector<FieldAt>& fields) override {
    if (fields.empty() || input_.octet() % 3 != 0)
      return;
    const FieldAt& field = fields[input_.octet() % fields.size()];
    if (field.size > 0)
      clear[field.offset + field.size - 1] ^= input_.octet();
  }

 private:
  Input& input_;
};

class World {
 public:
  explicit World(Input input) : input_(input), liar_(input_) {
    const std::uint8_t habits = input_.octet();
    device_.emplace(config_of("a", here, "b", there, habits), device_random_);
    peer_.emplace(config_of("b", there, "a", here, habits), peer_random_, liar_);
    liar_.lies = (habits & 8) != 0;
    if ((habits & 16) != 0)
      send(device_->start("b", bgp, now_));
    else
      send(peer_->start("a", bgp, now_));
    deliver();
    const auto sas = device_->sas();
    require((habits & 8) != 0 || (sas.size() == 1 && sas.front().state == "established" &&
                                  sas.front().children.size() == 1),
            "an IKE SA with a child stands before anybody lies");
    liar_.lies = (habits & 32) != 0;
  }

  void play() {
    while (!input_.over() && steps_++ < 60) {
      step();
      look();
    }
  }

 private:
  void send(std::vector<Datagram> datagrams) {
    for (Datagram& datagram : datagrams) {
      if (seen_.size() < 64)
        seen_.push_back(datagram);
      for (std::size_t copies = 0; copies < copies_; ++copies)
        flights_.push(datagram);
    }
  }
  void send(Router::Sent sent) {
    if (sent)
      send(*std::move(sent));
  }

  // Two who talk for ever are stopped: the peer need not make sense.
  void deliver() {
    for (int count = 0; !flights_.empty() && count < 60; ++count) {
      const Datagram datagram = std::move(flights_.front());
      flights_.pop();
      send((datagram.destination.address == here ? *device_ : *peer_).receive(datagram, now_));
    }
    flights_ = {};
  }

  void pass(Duration span) {
    const Time end = now_ + span;
    int idle = 0;
    for (int ticks = 0; ticks < 200; ++ticks) {
      const auto one = device_->deadline(), other = peer_->deadline();
      const auto next = one && (!other || *one <= *other) ? one : other;
      if (!next || *next > end)
        break;
      idle = *next > now_ ? 0 : idle + 1;
      require(idle < 100, "a router that was ticked wants to be ticked later");
      now_ = std::max(now_, *next);
      send(device_->tick(now_));
      send(peer_->tick(now_));
      deliver();
    }
    now_ = end;
  }

  void command(Router& router, const char* peer) {
    switch (input_.octet() % 8) {
      case 0:
        return send(router.start(peer, bgp, now_));
      case 1:
        return send(router.rekey_key(peer, bgp, input_.octet() % 2 == 0, now_));
      case 2:
        return send(router.rekey_ike(peer, now_));
      case 3:
        return send(router.reauthenticate(peer, now_));
      case 4:
        return send(router.check_liveness(peer, now_));
      case 5:
        return send(router.delete_key(peer, bgp, now_));
      default:
        return send(router.delete_ike(peer, input_.octet() % 2 == 0, now_));
    }
  }

  // What of the device nobody may change without a key.
  [[nodiscard]] std::vector<std::string> state() const {
    std::vector<std::string> lines;
    for (const keytable::Row& row : device_->key_table().rows())
      lines.push_back(row.admin_key_name + " " + to_hex(row.key.view()));
    for (const SaInfo& sa : device_->sas())
      if (sa.state == "established")
        lines.push_back(std::to_string(sa.spi_i) + " " + std::to_string(sa.spi_r) + " " +
                        std::to_string(sa.expected_request_id) + " " +
                        std::to_string(sa.children.size()));
    return lines;
  }

  void in_clear() {
    const std::uint8_t how = input_.octet();
    const OctetView piece = input_.piece();
    Octets octets(piece.begin(), piece.end());
    if ((how & 1) != 0 && !device_->ike_keys().empty() && octets.size() >= 16) {
      const IkeKeyLog& log = device_->ike_keys().back();
      std::ranges::copy(big_endian(log.spi_i), octets.begin());
      std::ranges::copy(big_endian(log.spi_r), octets.begin() + 8);
    }
    // What time alone changes has been done by then.
    for (int ticks = 0; ticks < 1000; ++ticks) {
      const auto next = device_->deadline();
      if (!next || *next > now_)
        break;
      send(device_->tick(now_));
    }
    const auto before = state();
    const Datagram datagram{
        {(how & 2) != 0 ? elsewhere : there, 500}, {here, 500}, std::move(octets)};
    const auto answers = device_->receive(datagram, now_);
    require(state() == before, "what has no key changes neither keys nor IKE SAs");
    require(answers.size() <= 2, "a message in clear is not answered with many");
  }

  void sealed() {
    const std::uint8_t how = input_.octet();
    if (device_->ike_keys().empty())
      return;
    const IkeKeyLog& log = device_->ike_keys().back();
    bool initiator = (how & 1) != 0;
    wire::Message message;
    message.header.spi_i = log.spi_i;
    message.header.spi_r = log.spi_r;
    message.header.exchange = static_cast<std::uint8_t>(35 + input_.octet() % 4);
    for (const SaInfo& sa : device_->sas())
      if (sa.spi_i == log.spi_i && sa.spi_r == log.spi_r) {
        message.header.message_id =
            (how & 2) != 0 ? sa.next_request_id - 1 : sa.expected_request_id;
        initiator = !sa.initiator;
      }
    message.header.message_id += static_cast<std::uint32_t>(how >> 6);
    message.header.flags =
        static_cast<std::uint8_t>((initiator ? wire::Header::flag_initiator : 0) |
                                  ((how & 2) != 0 ? wire::Header::flag_response : std::uint8_t{0}));
    const auto keys =
        initiator ? ike::keys_of_initiator(log.keys) : ike::keys_of_responder(log.keys);
    Result<Octets> octets = Octets();
    if ((how & 12) == 12) {
      // A fragment of what need not be a chain.
      const ike::FragmentPlace place{input_.octet(), input_.octet(), input_.octet()};
      octets = ike::seal_fragment(log.suite, keys, wire::encode_message(message), place,
                                  input_.piece(), random_);
    } else if ((how & 12) == 8) {
      Octets clear = wire::encode_message(message);
      clear[16] = input_.octet();
      append(clear, input_.piece());
      const std::size_t size = clear.size();
      clear[26] = static_cast<std::uint8_t>(size >> 8);
      clear[27] = static_cast<std::uint8_t>(size);
      octets = ike::seal_clear_form(log.suite, keys, clear, random_);
    } else {
      message.payloads = payloads_in(input_);
      octets = ike::seal_message(log.suite, keys, message, random_);
    }
    if (octets)
      send(device_->receive({{there, 500}, {here, 500}, *octets}, now_));
    deliver();
  }

  void step() {
    switch (input_.octet() % 10) {
      case 0:
        return pass(std::chrono::milliseconds{input_.word()});
      case 1:
        return pass(std::chrono::seconds{input_.word()});
      case 2:
        command(*device_, "b");
        return deliver();
      case 3:
        command(*peer_, "a");
        return deliver();
      case 4:
        return in_clear();
      case 5:
      case 6:
        return sealed();
      case 7:
        if (!seen_.empty())
          flights_.push(seen_[input_.octet() % seen_.size()]);
        return deliver();
      case 8:
        copies_ = input_.octet() % 3;
        return;
      default:
        liar_.lies = input_.octet() % 2 == 0;
        return;
    }
  }

  void look() {
    std::size_t established = 0;
    for (const SaInfo& sa : device_->sas()) {
      established += sa.state == "established" ? 1U : 0U;
      require(sa.state != "established" || sa.peer == "b", "who is authenticated is the peer");
    }
    require(established <= 128 && device_->sas().size() <= 256, "IKE SAs are bounded");
    for (const keytable::Row& row : device_->key_table().rows())
      require(!row.key.empty() && !row.admin_key_name.empty() &&
                  row.send_lifetime_start <= row.send_lifetime_end,
              "a row has a name, a key and a lifetime");
    const auto& events = device_->events();
    require(events.empty() || events.back().n >= events_, "events are numbered in their order");
    events_ = events.empty() ? events_ : events.back().n;
  }

  Input input_;
  Liar liar_;
  SeededRandom device_random_{1}, peer_random_{2}, random_{3};
  Time now_{std::chrono::seconds{1767225600}};
  std::optional<Router> device_, peer_;
  std::queue<Datagram> flights_;
  std::vector<Datagram> seen_;
  std::size_t copies_ = 1;
  std::uint64_t events_ = 0;
  int steps_ = 0;
};

}  // namespace
}  // namespace karpspec::oracle

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  karpspec::oracle::World world{karpspec::Input({data, size})};
  world.play();
  return 0;
}
