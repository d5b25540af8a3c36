#pragma once

#include <map>
#include <memory>
#include <queue>
#include <set>

#include "base/random.h"
#include "oracle/ike/negotiation.h"
#include "oracle/keyserver/node.h"
#include "wire/message.h"

// A DKS and routers with their LKS, under a virtual clock, over a network that loses, parts and
// fails. Every router is on one link, and hears those that the policy names.
namespace karpspec::oracle::keyserver {

using namespace std::chrono_literals;

inline Octets octets_of_text(std::string_view text) {
  return {text.begin(), text.end()};
}

// When the clock starts: 2026-01-01.
inline constexpr Time begin{std::chrono::seconds{1767225600}};

class Lab {
 public:
  static constexpr std::size_t dks = 0;  // the others are routers
  static constexpr std::uint16_t port = 1021;
  static std::string address(std::size_t i) { return "192.0.2." + std::to_string(i + 1); }
  static std::string name(std::size_t i) {
    return i == dks ? "dks.example" : "router-" + std::to_string(i) + ".example";
  }
  static GroupId group(std::size_t i, const std::string& link = "lan") {
    return {name(i), "", link, "pim"};
  }

  // COUNT routers, each of which hears all others.
  Lab(std::uint64_t seed, std::size_t count) : random_(seed, "keyserver") {
    for (std::size_t i = 0; i <= count; ++i) {
      places_.emplace_back();
      places_[i].random = std::make_unique<SeededRandom>(random_.u64());
    }
    for (std::size_t one = 1; one <= count; ++one)
      for (std::size_t other = one + 1; other <= count; ++other)
        domain.permit_both(name(one), name(other), "", "lan", "pim");
  }

  DomainPolicy domain;
  Times times;
  Tunables tunables;                    // of the routers
  std::map<std::size_t, Habit> habits;  // of single ones
  std::map<std::size_t, Seams*> seams;  // of single ones
  std::function<void(std::size_t, NodeConfig&)> configure;
  Time now = begin;
  unsigned loss_percent = 0;

  [[nodiscard]] std::size_t size() const { return places_.size(); }
  [[nodiscard]] std::uint64_t pick(std::uint64_t below) { return random_.u64() % below; }
  Node& at(std::size_t i) { return *places_[i].node; }
  [[nodiscard]] bool is_on(std::size_t i) const { return places_[i].node != nullptr; }
  std::optional<Octets>& storage(std::size_t i) { return places_[i].storage; }
  void put_into(std::size_t i, unsigned part) { places_[i].part = part; }

  void power_on(std::size_t i) {
    NodeConfig config;
    config.router.local = {address(i), port};
    config.router.identity = identity_of(name(i));
    config.router.ike_proposals = {
        *ike::suite_from_text("AES_CBC-128/HMAC_SHA2_256_128/HMAC_SHA2_256/CURVE25519")};
    config.router.tunables = tunables;
    if (habits.contains(i))
      config.router.tunables.keyserver_habit = habits[i];
    for (std::size_t other = 0; other < size(); ++other) {
      if (other == i)
        continue;
      PeerConfig peer;
      peer.name = name(other);
      peer.endpoint = {address(other), port};
      peer.identity = identity_of(name(other));
      peer.psk = Secret(octets_of_text("a key for one administrative region"));
      config.router.peers.push_back(std::move(peer));
    }
    config.interfaces = {{"lan", "", *wire::IpAddress::from_text(address(i))}};
    config.device_key = Secret(octets_of_text("the device's"));
    config.times = times;
    if (i == dks) {
      config.domain = domain;
    } else {
      config.dks = name(dks);
      config.storage = places_[i].storage;
    }
    if (configure)
      configure(i, config);
    places_[i].node = std::make_unique<Node>(std::move(config), *places_[i].random,
                                             seams.contains(i) ? *seams[i] : no_seams());
  }
  void power_off(std::size_t i) {
    ++places_[i].life;
    places_[i].node.reset();
  }
  void start_all() {
    for (std::size_t i = 0; i < size(); ++i)
      power_on(i);
  }
  void set_policy() {
    if (is_on(dks)) {
      send(dks, *at(dks).set_domain_policy(domain, now));
      domain.version = at(dks).domain_policy()->version;
    }
  }

  void send(std::size_t from, const std::vector<Datagram>& datagrams) {
    keep(from);
    for (const Datagram& datagram : datagrams) {
      const auto header = wire::decode_header(datagram.payload);
      for (std::size_t to = 0; to < size(); ++to) {
        if (datagram.destination.address != address(to))
          continue;
        if (header && !header->is_response())
          ++requests[{to, header->exchange_type()}];
        if (places_[to].part == places_[from].part && pick(100) >= loss_percent)
          flights_.push({now + std::chrono::microseconds(200 + pick(3000)), order_++, to,
                         places_[to].life, datagram});
      }
    }
  }

  void run(Duration duration) {
    const Time end = now + duration;
    for (;;) {
      std::optional<Time> next;
      for (const Place& place : places_)
        if (const auto at = place.node ? place.node->deadline() : std::nullopt)
          next = next ? std::min(*next, *at) : *at;
      if (!flights_.empty())
        next = next ? std::min(*next, flights_.top().arrival) : flights_.top().arrival;
      if (!next || *next > end)
        break;
      now = std::max(now, *next);
      while (!flights_.empty() && flights_.top().arrival <= now) {
        const Flight flight = flights_.top();
        flights_.pop();
        if (is_on(flight.to) && places_[flight.to].life == flight.life)
          send(flight.to, at(flight.to).receive(flight.datagram, now));
      }
      for (std::size_t i = 0; i < size(); ++i)
        if (is_on(i))
          if (const auto at_time = at(i).deadline(); at_time && *at_time <= now)
            send(i, at(i).tick(now));
    }
    now = end;
  }

  // The key that I sends with in its group.
  const DataKey* sent_with(std::size_t i, const std::string& link = "lan") {
    const DataKey* best = nullptr;
    for (const DataKey* each : at(i).own_keys(group(i, link)))
      if (each->key.may_send(now) && (best == nullptr || best->order < each->order))
        best = each;
    return best;
  }
  // Whether RECEIVER can verify what SPEAKER sends now.
  bool hears(std::size_t receiver, std::size_t speaker, const std::string& link = "lan") {
    const DataKey* key = sent_with(speaker, link);
    if (key == nullptr)
      return false;
    for (const DataKey* each : at(receiver).heard_keys(group(speaker, link)))
      if (each->key.id == key->key.id && each->key.same_key(key->key) && each->key.may_receive(now))
        return true;
    return false;
  }
  // Who does not hear whom of those that may, and are switched on; a line each.
  std::string deaf() {
    std::string out;
    for (const Permission& each : domain.permissions) {
      const std::size_t speaker = index_of(each.group.speaker), receiver = index_of(each.receiver);
      if (is_on(speaker) && is_on(receiver) && !hears(receiver, speaker, each.group.interface))
        out += each.receiver + " does not hear " + each.group.speaker + "\n";
    }
    return out;
  }
  std::size_t index_of(const std::string& router) const {
    for (std::size_t i = 0; i < size(); ++i)
      if (name(i) == router)
        return i;
    return dks;
  }
  std::string story() {
    std::string out;
    for (std::size_t i = 0; i < size(); ++i) {
      out += name(i) + (is_on(i) ? "\n" : " is off\n");
      if (!is_on(i))
        continue;
      for (const Event& event : at(i).events())
        if (event.kind != "retransmitted" && event.kind != "liveness-confirmed")
          out += "  " +
                 std::to_string(
                     std::chrono::duration_cast<std::chrono::milliseconds>(event.time - begin_)
                         .count()) +
                 " " + event.kind + ": " + event.text +
                 (event.fields.contains("group") ? " (" + event.fields.at("group") + ")" : "") +
                 (event.fields.contains("peer") ? " (" + event.fields.at("peer") + ")" : "") + "\n";
    }
    return out;
  }
  std::size_t count(std::size_t i, std::string_view kind) {
    std::size_t out = 0;
    for (const Event& event : at(i).events())
      out += event.kind == kind ? 1 : 0;
    return out;
  }

  // Requests that were sent to a node, by exchange; first transmissions and others.
  std::map<std::pair<std::size_t, wire::ExchangeType>, std::size_t> requests;
  // What a revoked router must not learn: keys of the policy from this version on.
  std::map<std::size_t, std::uint64_t> revoked;
  std::set<std::string> wrong;

  void revoke(std::size_t i) {
    domain.revoke(name(i));
    set_policy();
    revoked[i] = domain.version;
  }

 private:
  struct Place {
    std::unique_ptr<SeededRandom> random;
    std::unique_ptr<Node> node;
    std::optional<Octets> storage;
    unsigned part = 0, life = 0;
  };
  struct Flight {
    Time arrival;
    std::uint64_t order = 0;
    std::size_t to = 0;
    unsigned life = 0;
    Datagram datagram;
    bool operator<(const Flight& other) const {
      return std::tie(other.arrival, other.order) < std::tie(arrival, order);
    }
  };

  // Stable storage, and a look at what is held.
  void keep(std::size_t i) {
    if (auto octets = at(i).take_storage())
      places_[i].storage = std::move(octets);
    const auto found = revoked.find(i);
    if (found == revoked.end())
      return;
    for (std::size_t speaker = 1; speaker < size(); ++speaker)
      for (const DataKey* key : at(i).heard_keys(group(speaker)))
        if (key->order.policy_version >= found->second)
          wrong.insert(name(i) + " has learnt a key of " + name(speaker));
  }

  SeededRandom random_;
  std::vector<Place> places_;
  std::priority_queue<Flight> flights_;
  std::uint64_t order_ = 0;
  const Time begin_ = now;
};

}  // namespace karpspec::oracle::keyserver
