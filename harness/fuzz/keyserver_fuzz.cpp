#include <map>
#include <queue>

#include "input.h"
#include "oracle/ike/negotiation.h"
#include "oracle/keyserver/node.h"
#include "require.h"

// A router with its LKS beside its DKS and a neighbour, which send whatever comes in the phase 2 of
// real associations; and its clock, its power and its stable storage.
namespace karpspec::oracle::keyserver {
namespace {

constexpr std::uint16_t port = 1021;
constexpr std::size_t device = 0, dks = 1, neighbour = 2, places = 3;
constexpr std::array<const char*, places> names = {"a.example", "dks.example", "b.example"};

std::string address_of(std::size_t place) {
  return "192.0.2." + std::to_string(place + 1);
}
GroupId group_of(std::size_t place) {
  return {names[place], "", "lan", "pim"};
}
Octets octets_of(std::string_view text) {
  return {text.begin(), text.end()};
}

// Half of what one of the two sends after its association stands holds what the input says.
class Liar final : public Seams {
 public:
  explicit Liar(Input& input) : input_(input) {}
  bool lies = false;

  void before_encode(Outgoing& out) override {
    if (!lies || !out.is_protected || input_.over() || input_.octet() % 2 == 0)
      return;
    const std::uint8_t what = input_.octet();
    if (what % 4 != 0)
      out.message.payloads = payloads_in(input_);
    else if (!out.is_response())
      out.message.header.exchange = what;
  }

 private:
  Input& input_;
};

class Region {
 public:
  explicit Region(Input input) : input_(input), liar_(input_) {
    domain_.permit_both(names[device], names[neighbour], "", "lan", "pim");
    for (std::size_t place = 0; place < places; ++place)
      power_on(place);
    pass(std::chrono::seconds{1});
    require(stands(dks) && stands(neighbour), "the associations stand before anybody lies");
    liar_.lies = true;
  }

  void play() {
    while (!input_.over() && steps_++ < 100) {
      step();
      look();
    }
  }

 private:
  [[nodiscard]] bool stands(std::size_t with) const {
    const auto sas = nodes_[device]->sas();
    return std::any_of(sas.begin(), sas.end(), [&](const SaInfo& sa) {
      return sa.peer == names[with] && sa.state == "established";
    });
  }

  void power_on(std::size_t place) {
    NodeConfig config;
    config.router.local = {address_of(place), port};
    config.router.identity = identity_of(names[place]);
    config.router.ike_proposals = {
        *ike::suite_from_text("AES_GCM_16-128//HMAC_SHA2_256/CURVE25519")};
    for (std::size_t other = 0; other < places; ++other) {
      if (other == place || other + place == dks + neighbour)
        continue;
      PeerConfig peer;
      peer.name = names[other];
      peer.endpoint = {address_of(other), port};
      peer.identity = identity_of(names[other]);
      peer.psk = Secret(octets_of("a key for one region"));
      config.router.peers.push_back(std::move(peer));
    }
    config.interfaces = {{"lan", "", *wire::IpAddress::from_text(address_of(place))}};
    config.device_key = Secret(octets_of("the device's"));
    if (place == dks) {
      config.domain = domain_;
    } else {
      config.bootstrap = domain_.of(names[place]);
      config.bootstrap->reconnect->spread = std::chrono::milliseconds{100};
    }
    if (place == device) {
      config.dks = names[dks];
      config.storage = storage_;
    }
    nodes_[place] =
        std::make_unique<Node>(std::move(config), random_, place == device ? no_seams() : liar_);
  }

  void send(std::size_t from, std::vector<Datagram> datagrams) {
    if (from == device)
      if (auto octets = nodes_[device]->take_storage())
        storage_ = std::move(octets);
    for (Datagram& datagram : datagrams)
      for (std::size_t to = 0; to < places; ++to)
        if (datagram.destination.address == address_of(to))
          flights_.emplace(to, std::move(datagram));
  }

  // Every datagram arrives at once, in order; the two who lie do not talk for ever.
  void deliver() {
    for (int count = 0; !flights_.empty() && count < 60; ++count) {
      const auto [to, datagram] = std::move(flights_.front());
      flights_.pop();
      send(to, nodes_[to]->receive(datagram, now_));
    }
    flights_ = {};
  }

  void pass(Duration span) {
    const Time end = now_ + span;
    deliver();
    for (int ticks = 0; ticks < 30; ++ticks) {
      std::size_t due = 0;
      std::optional<Time> next;
      for (std::size_t place = 0; place < places; ++place)
        if (const auto at = nodes_[place]->deadline(); at && (!next || *at < *next)) {
          next = at;
          due = place;
        }
      if (!next || *next > end)
        break;
      now_ = std::max(now_, *next);
      send(due, nodes_[due]->tick(now_));
      deliver();
    }
    now_ = end;
  }

  void other_policy() {
    domain_.permissions.clear();
    const std::uint8_t what = input_.octet();
    if ((what & 1) != 0)
      domain_.permissions.push_back({group_of(neighbour), names[device], {}});
    if ((what & 2) != 0)
      domain_.permissions.push_back({group_of(device), names[neighbour], {}});
    domain_.interfaces = {{names[device], "", "lan", static_cast<Mode>(what >> 2 & 1),
                           (what & 8) != 0, std::chrono::seconds{what >> 4}}};
    if (auto sent = nodes_[dks]->set_domain_policy(domain_, now_))
      send(dks, *std::move(sent));
  }

  void routing_packets() {
    Node& node = *nodes_[device];
    const Interface& lan = node.security().interfaces().front();
    const auto payload = input_.piece();
    const auto sent = node.security().send(lan, "pim", 103, {payload.begin(), payload.end()}, now_);
    // Its own packet under its own group is not one that it hears.
    const auto back =
        node.security().receive_esp(lan, lan.address, "224.0.0.13", OctetView(sent.octets), now_);
    require(!back.taken || back.speaker != names[device], "a router does not hear itself");
    const auto from = *wire::IpAddress::from_text(address_of(input_.octet() % places));
    const auto forged = node.security().receive_esp(lan, from, "224.0.0.13", input_.piece(), now_);
    require(!forged.taken, "nobody forges a packet without the key");
  }

  void step() {
    switch (input_.octet() % 9) {
      case 0:
      case 1:
        return pass(std::chrono::milliseconds{input_.word()});
      case 2:
        return pass(std::chrono::seconds{input_.word()});
      case 3:
        if (auto sent = nodes_[neighbour]->change_key(group_of(neighbour), now_))
          send(neighbour, *std::move(sent));
        return deliver();
      case 4:
        if (auto sent = nodes_[device]->change_key(group_of(device), now_))
          send(device, *std::move(sent));
        return deliver();
      case 5:
        if (auto sent = nodes_[device]->refresh(now_))
          send(device, *std::move(sent));
        return deliver();
      case 6:
        other_policy();
        return deliver();
      case 7:
        return routing_packets();
      default:
        return power_failure();
    }
  }

  // With the storage as it is, or what it has become.
  void power_failure() {
    bool same = true;
    if (input_.octet() % 2 == 0 && storage_) {
      const OctetView octets = input_.piece();
      for (std::size_t i = 0; i < octets.size() && i < storage_->size(); ++i)
        (*storage_)[i] ^= octets[i];
      same = std::all_of(octets.begin(), octets.end(), [](std::uint8_t each) { return each == 0; });
    }
    power_on(device);
    send(device, nodes_[device]->tick(now_));
    if (!same)
      version_ = 0;
    deliver();
  }

  void look() {
    const Node& node = *nodes_[device];
    require(node.policy().version >= version_, "the version of the policy never drops");
    version_ = node.policy().version;
    require(node.own_keys(group_of(device)).size() <= 64, "keys of its own are bounded");
    require(node.heard_keys(group_of(neighbour)).size() <= 64, "and those that it hears");
    for (const GroupId& group : node.heard_groups())
      require(node.policy().permits(group, names[device]), "it hears whom it may");
    for (const GroupId& group : node.own_groups())
      require(!node.policy().receivers(group).empty(), "its groups have somebody who hears them");
    for (const DataKey* key : node.own_keys(group_of(device)))
      require(key->key.id >= 256, "its keys have SPIs that are not reserved");
    for (const SadRow& row : nodes_[device]->security().sad())
      require(row.inbound ? row.group.speaker != names[device] : row.group.speaker == names[device],
              "an SA has a direction");
  }

  Input input_;
  Liar liar_;
  SeededRandom random_{1};
  Time now_{std::chrono::seconds{1767225600}};
  DomainPolicy domain_;
  std::array<std::unique_ptr<Node>, places> nodes_;
  std::queue<std::pair<std::size_t, Datagram>> flights_;
  std::optional<Octets> storage_;
  std::uint64_t version_ = 0;
  int steps_ = 0;
};

}  // namespace
}  // namespace karpspec::oracle::keyserver

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  karpspec::oracle::keyserver::Region region{karpspec::Input({data, size})};
  region.play();
  return 0;
}
