#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>

#include "oracle/ike/negotiation.h"
#include "oracle/ike/sealed_message.h"
#include "oracle/router.h"

// Two routers, a wire between them and a clock, for tests: nothing is random, nothing waits.
namespace karpspec::oracle {

using namespace std::chrono_literals;

inline constexpr std::uint8_t bgp = 1;

inline Identity fqdn(std::string_view name) {
  return {static_cast<std::uint8_t>(wire::IdType::ID_FQDN), octets_of(name)};
}

inline PeerConfig peer_config(std::string name, const char* address, ChildKind child) {
  PeerConfig peer;
  peer.name = name;
  peer.endpoint = {address, 500};
  peer.identity = fqdn(name);
  peer.psk = Secret(octets_of("a secret between two routers"));
  peer.child = child;
  peer.protocols = {ProtocolPolicy{}};
  return peer;
}

class TwoRouters {
 public:
  RouterConfig a_config, b_config;
  Seams* a_seams = &no_seams();
  Seams* b_seams = &no_seams();
  Time now{std::chrono::seconds{1700000000}};
  // Decides over each datagram: may alter it; false loses it.
  std::function<bool(Datagram&)> wire = [](Datagram&) { return true; };
  std::vector<Datagram> seen;  // all that was sent, lost or not

  explicit TwoRouters(ChildKind child = ChildKind::tcp_ao) {
    // Fast groups, so that the tests are; others have tests of their own.
    const auto suite =
        ike::suite_from_text("AES_CBC-128/HMAC_SHA2_256_128/HMAC_SHA2_256/CURVE25519");
    a_config.local = {"192.0.2.1", 500};
    a_config.identity = fqdn("a");
    a_config.ike_proposals = {*suite};
    a_config.peers.push_back(peer_config("b", "192.0.2.2", child));
    b_config.local = {"192.0.2.2", 500};
    b_config.identity = fqdn("b");
    b_config.ike_proposals = {*suite};
    b_config.peers.push_back(peer_config("a", "192.0.2.1", child));
  }

  void power_on() {
    a_.emplace(a_config.clone(), a_random_, *a_seams);
    b_.emplace(b_config.clone(), b_random_, *b_seams);
  }
  Router& a() { return *a_; }
  Router& b() { return *b_; }

  void send(std::vector<Datagram> datagrams) {
    for (Datagram& datagram : datagrams) {
      seen.push_back(datagram);
      if (wire(datagram))
        queue_.push_back(std::move(datagram));
    }
  }
  void send(Router::Sent sent) {
    ASSERT_TRUE(sent) << to_string(sent.error());
    send(*std::move(sent));
  }
  // Delivers until nothing is on the wire.
  void deliver() {
    while (!queue_.empty()) {
      const Datagram datagram = std::move(queue_.front());
      queue_.pop_front();
      Router& to = datagram.destination.address == a_config.local.address ? *a_ : *b_;
      send(to.receive(datagram, now));
    }
  }
  // Lets time pass, with everything that happens meanwhile.
  void run(Duration duration) {
    const Time end = now + duration;
    deliver();
    for (int steps = 0; steps < 100000; ++steps) {
      std::optional<Time> next = a_->deadline();
      if (const auto other = b_->deadline(); other && (!next || *other < *next))
        next = other;
      if (!next || *next > end)
        break;
      now = std::max(now, *next);
      send(a_->tick(now));
      send(b_->tick(now));
      deliver();
    }
    now = end;
  }
  // The initial exchanges from A to B.
  void establish() {
    power_on();
    send(a().start("b", bgp, now));
    deliver();
  }
  // Speaks for A on its newest IKE SA: seals PAYLOADS as a request that A might have sent.
  Datagram as_a(std::uint32_t message_id, wire::ExchangeType exchange,
                std::vector<wire::Payload> payloads, std::uint8_t flags = 0x08) {
    const IkeKeyLog& log = a().ike_keys().back();
    wire::Message message;
    message.header.spi_i = log.spi_i;
    message.header.spi_r = log.spi_r;
    message.header.exchange = static_cast<std::uint8_t>(exchange);
    message.header.flags = flags;
    message.header.message_id = message_id;
    message.payloads = std::move(payloads);
    auto sealed = ike::seal_message(log.suite, ike::keys_of_initiator(log.keys), message, random);
    return {a_config.local, b_config.local, sealed.value()};
  }
  // What B answers, in clear; nothing when it is silent.
  std::optional<wire::Message> ask_b(const Datagram& datagram) {
    const auto answers = b().receive(datagram, now);
    if (answers.empty())
      return std::nullopt;
    return opened(answers.front());
  }
  // A datagram of either side, opened with the newest keys that fit.
  std::optional<wire::Message> opened(const Datagram& datagram) {
    for (auto log = a().ike_keys().rbegin(); log != a().ike_keys().rend(); ++log)
      for (const auto& keys :
           {ike::keys_of_initiator(log->keys), ike::keys_of_responder(log->keys)})
        if (auto message = ike::open_message(log->suite, keys, datagram.payload))
          return *message;
    auto clear = wire::decode_message(datagram.payload);
    return clear ? std::optional(*clear) : std::nullopt;
  }

  SeededRandom random{99};

 private:
  SeededRandom a_random_{1};
  SeededRandom b_random_{2};
  std::optional<Router> a_, b_;
  std::deque<Datagram> queue_;
};

// What was SENT: one datagram.
inline std::vector<Datagram> only(Router::Sent sent) {
  EXPECT_TRUE(sent) << to_string(sent.error());
  EXPECT_EQ(sent->size(), 1U);
  return *std::move(sent);
}

inline std::size_t count_events(const Router& router, std::string_view kind) {
  return static_cast<std::size_t>(
      std::count_if(router.events().begin(), router.events().end(),
                    [&](const Event& event) { return event.kind == kind; }));
}

inline std::string all_events(const Router& router) {
  std::string text;
  for (const Event& event : router.events())
    text += std::to_string(event.n) + " " + event.kind + ": " + event.text + "\n";
  return text;
}

inline std::uint16_t first_notify(const std::optional<wire::Message>& message) {
  if (!message)
    return 0;
  const wire::Payload* payload = wire::find(message->payloads, wire::PayloadType::N);
  return payload == nullptr ? std::uint16_t{0} : payload->as<wire::NotifyPayload>()->type;
}

inline constexpr std::uint16_t number(wire::NotifyType type) {
  return static_cast<std::uint16_t>(type);
}

}  // namespace karpspec::oracle
