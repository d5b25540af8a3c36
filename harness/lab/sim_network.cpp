#include "lab/sim_network.h"

#include <queue>
#include <utility>

namespace karpspec::lab {
namespace {

// Events without any passing of time after which a run is taken for a livelock: two machines that
// answer each other's answers.
constexpr std::size_t livelock_limit = 100'000;

struct Flight {
  Time arrival;
  std::uint64_t order = 0;
  Datagram datagram;
};

struct Later {
  bool operator()(const Flight& a, const Flight& b) const {
    return std::tie(a.arrival, a.order) > std::tie(b.arrival, b.order);
  }
};

struct Direction {
  Impairment impairment;
  std::size_t drop_next = 0;
  bool duplicate_next = false;
};

}  // namespace

struct SimNetwork::State {
  explicit State(std::uint64_t seed) : random(seed, "network") {}

  Time now = start_time();
  SeededRandom random;
  std::uint64_t order = 0;
  std::priority_queue<Flight, std::vector<Flight>, Later> flights;
  std::map<std::string, Machine*> machines;
  std::set<std::string> tester_addresses;
  Direction sent;
  Direction received;
  std::unique_ptr<Tester> tester;
  std::size_t standing = 0;  // events since time last passed

  bool chance(double probability) {
    if (probability <= 0)
      return false;
    return static_cast<double>(random.u64() >> 11) * 0x1.0p-53 < probability;
  }

  void fly(const Datagram& datagram, Direction& direction) {
    if (direction.drop_next > 0) {
      --direction.drop_next;
      return;
    }
    const Impairment& how = direction.impairment;
    if (chance(how.loss))
      return;
    const bool twice = std::exchange(direction.duplicate_next, false) || chance(how.duplication);
    for (int copy = 0; copy < (twice ? 2 : 1); ++copy) {
      Duration delay = how.latency;
      if (how.jitter > Duration::zero()) {
        delay += Duration(static_cast<Duration::rep>(
            random.u64() % static_cast<std::uint64_t>(how.jitter.count())));
      }
      if (chance(how.reordering))
        delay += how.reorder_delay;
      flights.push({now + delay, order++, datagram});
    }
  }

  void put(const std::vector<Datagram>& datagrams) {
    for (const Datagram& datagram : datagrams) {
      fly(datagram, tester_addresses.contains(datagram.destination.address) ? received : sent);
    }
  }

  // The machine whose deadline comes first, with that deadline.
  std::pair<Machine*, Time> next_deadline() const {
    Machine* first = nullptr;
    Time when = Time::max();
    for (const auto& [address, machine] : machines) {
      const auto deadline = machine->deadline();
      if (deadline && *deadline < when) {
        first = machine;
        when = *deadline;
      }
    }
    return {first, when};
  }

  void pass_to(Time time) {
    if (time > now) {
      now = time;
      standing = 0;
    }
  }
};

class SimNetwork::Tester final : public Link {
 public:
  explicit Tester(State& state) : state_(state) {}

  [[nodiscard]] Time now() const override { return state_.now; }

  Result<void> send(const Datagram& datagram) override {
    if (tap_)
      tap_(datagram, state_.now);
    state_.fly(datagram, state_.sent);
    return {};
  }

  Result<std::optional<Datagram>> receive(Time deadline) override {
    for (;;) {
      const auto [machine, due] = state_.next_deadline();
      const bool flight_first =
          !state_.flights.empty() && state_.flights.top().arrival <= std::min(due, deadline);
      if (flight_first) {
        const Flight flight = state_.flights.top();
        state_.flights.pop();
        state_.pass_to(flight.arrival);
        if (state_.tester_addresses.contains(flight.datagram.destination.address)) {
          if (tap_)
            tap_(flight.datagram, state_.now);
          return flight.datagram;
        }
        const auto found = state_.machines.find(flight.datagram.destination.address);
        if (found != state_.machines.end()) {
          state_.put(found->second->receive(flight.datagram, state_.now));
        }
      } else if (machine != nullptr && due <= deadline) {
        state_.pass_to(due);
        state_.put(machine->tick(state_.now));
      } else {
        state_.pass_to(deadline);
        return std::optional<Datagram>();
      }
      if (++state_.standing > livelock_limit) {
        return fail(ErrorCode::io, "the simulated network does not come to rest");
      }
    }
  }

  void set_tap(Tap tap) override { tap_ = std::move(tap); }

 private:
  State& state_;
  Tap tap_;
};

Time SimNetwork::start_time() {
  return Time(std::chrono::seconds{1767225600});
}

SimNetwork::SimNetwork(std::uint64_t seed) : state_(std::make_unique<State>(seed)) {
  state_->tester = std::make_unique<Tester>(*state_);
}
SimNetwork::~SimNetwork() = default;

void SimNetwork::attach(const std::string& address, Machine& machine) {
  state_->machines[address] = &machine;
}

Link& SimNetwork::tester(const std::string& address) {
  add_tester_address(address);
  return *state_->tester;
}

void SimNetwork::add_tester_address(const std::string& address) {
  state_->tester_addresses.insert(address);
}

void SimNetwork::inject(const std::vector<Datagram>& datagrams) {
  state_->put(datagrams);
}
void SimNetwork::impair_sent(const Impairment& impairment) {
  state_->sent.impairment = impairment;
}
void SimNetwork::impair_received(const Impairment& impairment) {
  state_->received.impairment = impairment;
}
void SimNetwork::drop_next_received(std::size_t count) {
  state_->received.drop_next += count;
}
void SimNetwork::drop_next_sent(std::size_t count) {
  state_->sent.drop_next += count;
}
void SimNetwork::duplicate_next_received() {
  state_->received.duplicate_next = true;
}
Time SimNetwork::now() const {
  return state_->now;
}

}  // namespace karpspec::lab
