#pragma once

#include <functional>
#include <queue>

#include "oracle/tcpao/session.h"
#include "two_routers.h"

// Two routers whose RKMP makes the keys of a session like BGP's between them, over one network with
// a virtual clock that loses and delays.
namespace karpspec::oracle {

class KeyedSession {
 public:
  struct Weather {
    double loss = 0;
    Duration latency = 10ms;
    Duration jitter = 30ms;
  };
  Weather weather;
  enum class Fate { weather, arrives };
  // Sees each segment as it is sent, from router 0 or 1, and may alter it, or keep it from loss.
  std::function<Fate(wire::TcpPacket&, std::size_t from)> on_segment = [](auto&, auto) {
    return Fate::weather;
  };
  std::uint64_t segments = 0;

  enum class Family { ipv4, ipv6 };
  explicit KeyedSession(std::uint64_t seed, Duration key_life = 1h, Family family = Family::ipv4)
      : random_(seed, "world"), config_(ChildKind::tcp_ao) {
    TwoRouters& two = config_;
    if (family == Family::ipv6) {
      two.a_config.local.address = two.b_config.peers[0].endpoint.address = "2001:db8::1";
      two.b_config.local.address = two.a_config.peers[0].endpoint.address = "2001:db8::2";
    }
    for (RouterConfig* router : {&two.a_config, &two.b_config})
      router->tunables.key_life = key_life;
    const wire::IpAddress a = *wire::IpAddress::from_text(two.a_config.local.address);
    const wire::IpAddress b = *wire::IpAddress::from_text(two.b_config.local.address);
    ends_[0].emplace(two.a_config.clone(), a, b, true, seed);
    ends_[1].emplace(two.b_config.clone(), b, a, false, seed);
  }

  Time now{std::chrono::seconds{1767225600}};
  [[nodiscard]] const tcpao::Session& session(std::size_t end) const {
    return *ends_[end]->session;
  }
  [[nodiscard]] const Router& router(std::size_t end) const { return *ends_[end]->router; }
  [[nodiscard]] const tcpao::Mkts& mkts(std::size_t end) const { return ends_[end]->mkts; }
  [[nodiscard]] std::uint64_t refused() const { return ends_[0]->refused() + ends_[1]->refused(); }
  // Of both ends, those before a restart counted too.
  [[nodiscard]] tcpao::Session::Counters total(std::size_t end) const {
    return ends_[end]->total();
  }

  void start(std::size_t end) {
    auto sent = ends_[end]->router->start(end == 0 ? "b" : "a", bgp, now);
    ASSERT_TRUE(sent) << to_string(sent.error());
    fly(*std::move(sent));
    follow(end);
  }
  // All state is lost, and the router begins anew.
  void restart(std::size_t end) {
    ends_[end]->restart();
    start(end);
  }
  void update(std::size_t end, std::size_t size) {
    fly(end, ends_[end]->session->update(size, ends_[end]->protection(), now));
  }

  void run(Duration duration) {
    const Time end = now + duration;
    for (;;) {
      std::optional<Time> next = next_time();
      if (!next || *next > end)
        break;
      now = std::max(now, *next);
      while (!flights_.empty() && flights_.top().arrival <= now) {
        const Flight flight = flights_.top();
        flights_.pop();
        arrive(flight);
      }
      for (std::size_t i : {0U, 1U}) {
        fly(ends_[i]->router->tick(now));
        follow(i);
        fly(i, ends_[i]->session->tick(ends_[i]->protection(), now));
      }
    }
    now = end;
  }

  [[nodiscard]] std::uint64_t pick(std::uint64_t below) { return random_.u64() % below; }

 private:
  struct End {
    End(RouterConfig configured, wire::IpAddress local, wire::IpAddress remote, bool opens,
        std::uint64_t seed)
        : config(std::move(configured)),
          random(seed, opens ? "a" : "b"),
          session_config{local, remote, 179, opens, 90s, 30s, 5s, {}} {
      power_on();
    }
    void power_on() {
      router.emplace(config.clone(), random);
      mkts = {};
      session.emplace(session_config, random);
    }
    void restart() {
      const tcpao::Session::Counters now_gone = total();
      past = now_gone;
      power_on();
    }
    [[nodiscard]] tcpao::Protection protection() const { return {mkts, md5}; }
    [[nodiscard]] std::uint64_t refused() const {
      return past.refused_in_all() + session->counters().refused_in_all();
    }
    [[nodiscard]] tcpao::Session::Counters total() const {
      tcpao::Session::Counters sum = session->counters();
      sum.accepted += past.accepted;
      sum.no_connection += past.no_connection;
      sum.sessions += past.sessions;
      sum.lost += past.lost;
      sum.updates += past.updates;
      sum.disorder += past.disorder;
      for (const auto& [reason, count] : past.refused)
        sum.refused[reason] += count;
      return sum;
    }

    RouterConfig config;
    SeededRandom random;
    tcpao::SessionConfig session_config;
    std::optional<Router> router;
    std::optional<tcpao::Session> session;
    tcpao::Mkts mkts;
    tcpao::Md5Keys md5;
    tcpao::Session::Counters past;
  };

  struct Flight {
    Time arrival;
    std::uint64_t order = 0;
    std::size_t to = 0;
    std::optional<Datagram> datagram;
    wire::TcpPacket packet;
    bool operator<(const Flight& other) const {
      return std::tie(arrival, order) > std::tie(other.arrival, other.order);
    }
  };

  // The rows of the key table become MKTs, and the session hears of it.
  void follow(std::size_t i) {
    End& end = *ends_[i];
    const std::size_t before = end.mkts.all().size();
    const std::uint64_t last = before == 0 ? 0 : end.mkts.all().back().number;
    std::vector<keytable::Row> rows;
    for (const keytable::Row& row : end.router->key_table().rows())
      rows.push_back(row.clone());
    const auto outcome = end.mkts.follow(rows);
    EXPECT_TRUE(outcome) << to_string(outcome.error());
    const auto& all = end.mkts.all();
    if (!all.empty() && all.back().number != last)
      fly(i, end.session->keys_changed(end.protection(), now));
  }

  [[nodiscard]] std::optional<Time> next_time() const {
    std::optional<Time> next;
    const auto at = [&](std::optional<Time> time) {
      if (time && (!next || *time < *next))
        next = time;
    };
    if (!flights_.empty())
      at(flights_.top().arrival);
    for (const auto& end : ends_) {
      at(end->router->deadline());
      at(end->session->deadline());
    }
    return next;
  }

  void arrive(const Flight& flight) {
    End& end = *ends_[flight.to];
    if (flight.datagram) {
      fly(end.router->receive(*flight.datagram, now));
      follow(flight.to);
      return;
    }
    fly(flight.to, end.session->receive(flight.packet, end.protection(), now));
  }

  void launch(Flight flight, Fate fate = Fate::weather) {
    const auto chance = static_cast<double>(random_.u64() >> 11) * 0x1.0p-53;
    if (chance < weather.loss && fate == Fate::weather)
      return;
    flight.arrival = now + weather.latency;
    if (weather.jitter > Duration::zero())
      flight.arrival += Duration(
          static_cast<Duration::rep>(pick(static_cast<std::uint64_t>(weather.jitter.count()))));
    flight.order = order_++;
    flights_.push(std::move(flight));
  }
  void fly(std::vector<Datagram> datagrams) {
    for (Datagram& datagram : datagrams) {
      const bool to_a = datagram.destination.address == ends_[0]->config.local.address;
      launch({{}, 0, to_a ? 0U : 1U, std::move(datagram), {}});
    }
  }
  void fly(std::size_t from, tcpao::Session::Out packets) {
    for (wire::TcpPacket& packet : packets) {
      ++segments;
      const Fate fate = on_segment(packet, from);
      launch({{}, 0, 1 - from, std::nullopt, std::move(packet)}, fate);
    }
  }

  SeededRandom random_;
  TwoRouters config_;
  std::optional<End> ends_[2];
  std::priority_queue<Flight> flights_;
  std::uint64_t order_ = 0;
};

}  // namespace karpspec::oracle
