#include "lab/sim_network.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace karpspec::lab {
namespace {

// Events without any passing of time after which a run is taken for a livelock: a machine that is
// always due, or two that answer each other's answers.
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
  std::size_t duplicate_next = 0;
};

// A machine with the deadline it last told, by which it stands in the order of what is due.
struct Attached {
  Machine* machine = nullptr;
  std::optional<Time> deadline;
};

}  // namespace

struct SimNetwork::State {
  explicit State(std::uint64_t seed) : random(seed, "network") {}

  Time now = start_time();
  SeededRandom random;
  std::uint64_t order = 0;
  std::vector<Flight> flights;  // a heap, the earliest first
  std::vector<Attached> attached;
  std::set<std::pair<Time, std::size_t>> due;  // deadline, index in `attached`
  std::map<std::string, std::size_t, std::less<>> machines;
  std::set<std::string, std::less<>> tester_addresses;
  Direction sent;
  Direction received;
  std::unique_ptr<Tester> tester;

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
    bool twice = chance(how.duplication);
    if (direction.duplicate_next > 0) {
      --direction.duplicate_next;
      twice = true;
    }
    for (int copy = 0; copy < (twice ? 2 : 1); ++copy) {
      Duration delay = how.latency;
      if (how.jitter > Duration::zero()) {
        delay += Duration(static_cast<Duration::rep>(
            random.u64() % static_cast<std::uint64_t>(how.jitter.count())));
      }
      if (chance(how.reordering))
        delay += how.reorder_delay;
      flights.push_back({now + delay, order++, datagram});
      std::push_heap(flights.begin(), flights.end(), Later{});
    }
  }

  void put(const std::vector<Datagram>& datagrams) {
    for (const Datagram& datagram : datagrams) {
      fly(datagram, tester_addresses.contains(datagram.destination.address) ? received : sent);
    }
  }

  Flight take_flight() {
    std::pop_heap(flights.begin(), flights.end(), Later{});
    Flight flight = std::move(flights.back());
    flights.pop_back();
    return flight;
  }

  void refresh(std::size_t index) {
    Attached& entry = attached[index];
    const auto deadline = entry.machine == nullptr ? std::nullopt : entry.machine->deadline();
    if (deadline == entry.deadline)
      return;
    if (entry.deadline)
      due.erase({*entry.deadline, index});
    if (deadline)
      due.insert({*deadline, index});
    entry.deadline = deadline;
  }

  // A machine may have been told something outside of the network since time last passed.
  void refresh_all() {
    for (std::size_t index = 0; index < attached.size(); ++index)
      refresh(index);
  }

  // Whether time passed at all.
  bool pass_to(Time time) {
    if (time <= now)
      return false;
    now = time;
    return true;
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
    state_.refresh_all();
    std::size_t standing = 0;  // events since time last passed
    for (;;) {
      const Time due = state_.due.empty() ? Time::max() : state_.due.begin()->first;
      bool passed = false;
      if (!state_.flights.empty() && state_.flights.front().arrival <= std::min(due, deadline)) {
        const Flight flight = state_.take_flight();
        passed = state_.pass_to(flight.arrival);
        if (state_.tester_addresses.contains(flight.datagram.destination.address)) {
          if (tap_)
            tap_(flight.datagram, state_.now);
          return flight.datagram;
        }
        const auto found = state_.machines.find(flight.datagram.destination.address);
        if (found != state_.machines.end()) {
          state_.put(state_.attached[found->second].machine->receive(flight.datagram, state_.now));
          state_.refresh(found->second);
        }
      } else if (!state_.due.empty() && due <= deadline) {
        const std::size_t index = state_.due.begin()->second;
        passed = state_.pass_to(due);
        state_.put(state_.attached[index].machine->tick(state_.now));
        state_.refresh(index);
      } else {
        state_.pass_to(deadline);
        return std::optional<Datagram>();
      }
      standing = passed ? 0 : standing + 1;
      if (standing > livelock_limit) {
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
  detach(address);
  auto& attached = state_->attached;
  const auto found = std::find_if(attached.begin(), attached.end(),
                                  [&](const Attached& entry) { return entry.machine == &machine; });
  state_->machines[address] = static_cast<std::size_t>(found - attached.begin());
  if (found == attached.end())
    attached.push_back({&machine, std::nullopt});
}

void SimNetwork::detach(const std::string& address) {
  const auto found = state_->machines.find(address);
  if (found == state_->machines.end())
    return;
  const std::size_t index = found->second;
  state_->machines.erase(found);
  const bool elsewhere = std::any_of(state_->machines.begin(), state_->machines.end(),
                                     [&](const auto& entry) { return entry.second == index; });
  if (!elsewhere) {
    state_->attached[index].machine = nullptr;
    state_->refresh(index);
  }
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
void SimNetwork::duplicate_next_received(std::size_t count) {
  state_->received.duplicate_next += count;
}
void SimNetwork::duplicate_next_sent(std::size_t count) {
  state_->sent.duplicate_next += count;
}
Time SimNetwork::now() const {
  return state_->now;
}

}  // namespace karpspec::lab
