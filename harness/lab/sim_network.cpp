#include "lab/sim_network.h"

#include <algorithm>
#include <deque>
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
  // An IP packet instead of the datagram.
  std::optional<Octets> packet;
  bool to_tester = false;
  std::optional<std::size_t> machine;  // of a datagram to a group: whom this copy is for
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
  PacketMachine* packets = nullptr;  // instead of `machine`
  std::optional<Time> deadline;

  [[nodiscard]] std::optional<Time> next() const {
    if (machine != nullptr)
      return machine->deadline();
    return packets == nullptr ? std::nullopt : packets->deadline();
  }
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
  std::set<std::string, std::less<>> groups;
  Direction sent;
  Direction received;
  std::optional<std::size_t> packet_machine;  // index in `attached`
  // What has come for the tester while it waited for something of the other kind.
  std::deque<Datagram> datagrams_in;
  std::deque<Octets> packets_in;
  Link::Tap tap;
  PacketLink::Tap packet_tap;
  std::unique_ptr<Tester> tester;
  std::unique_ptr<PacketTester> packet_tester;

  bool chance(double probability) {
    if (probability <= 0)
      return false;
    return static_cast<double>(random.u64() >> 11) * 0x1.0p-53 < probability;
  }

  void fly(const Flight& flight, Direction& direction) {
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
      Flight copy_of_it = flight;
      copy_of_it.arrival = now + delay;
      copy_of_it.order = order++;
      flights.push_back(std::move(copy_of_it));
      std::push_heap(flights.begin(), flights.end(), Later{});
    }
  }

  void put(const std::vector<Datagram>& datagrams) {
    for (const Datagram& datagram : datagrams) {
      if (groups.contains(datagram.destination.address)) {
        fly({{}, 0, datagram, std::nullopt, true, std::nullopt}, received);
        put_to_machines(datagram);
        continue;
      }
      const bool to_tester = tester_addresses.contains(datagram.destination.address);
      fly({{}, 0, datagram, std::nullopt, to_tester, std::nullopt}, to_tester ? received : sent);
    }
  }

  void put_to_machines(const Datagram& datagram) {
    const auto own = machines.find(datagram.source.address);
    for (std::size_t index = 0; index < attached.size(); ++index)
      if (attached[index].machine != nullptr && (own == machines.end() || own->second != index))
        fly({{}, 0, datagram, std::nullopt, false, index}, sent);
  }

  void put_packets(const std::vector<Octets>& packets) {
    for (const Octets& packet : packets)
      fly({{}, 0, {}, packet, true, std::nullopt}, received);
  }

  Flight take_flight() {
    std::pop_heap(flights.begin(), flights.end(), Later{});
    Flight flight = std::move(flights.back());
    flights.pop_back();
    return flight;
  }

  void refresh(std::size_t index) {
    Attached& entry = attached[index];
    const auto deadline = entry.next();
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

  // One device may be behind both machines: a datagram can make it want to send a packet.
  void refresh_packets() {
    if (packet_machine)
      refresh(*packet_machine);
  }

  // Whether time passed at all.
  bool pass_to(Time time) {
    if (time <= now)
      return false;
    now = time;
    return true;
  }

  void arrive(Flight flight) {
    if (flight.packet && flight.to_tester) {
      if (packet_tap)
        packet_tap(*flight.packet, now);
      packets_in.push_back(*std::move(flight.packet));
    } else if (flight.packet) {
      if (packet_machine) {
        put_packets(attached[*packet_machine].packets->receive(*flight.packet, now));
        refresh(*packet_machine);
      }
    } else if (flight.to_tester) {
      if (tap)
        tap(flight.datagram, now);
      datagrams_in.push_back(std::move(flight.datagram));
    } else if (flight.machine) {
      hand_to(*flight.machine, flight.datagram);
    } else if (const auto found = machines.find(flight.datagram.destination.address);
               found != machines.end()) {
      hand_to(found->second, flight.datagram);
    }
  }

  void hand_to(std::size_t index, const Datagram& datagram) {
    Machine* machine = attached[index].machine;
    if (machine == nullptr)  // it was detached meanwhile
      return;
    put(machine->receive(datagram, now));
    refresh(index);
    refresh_packets();
  }

  void call_due() {
    const std::size_t index = due.begin()->second;
    Attached& entry = attached[index];
    if (entry.machine != nullptr)
      put(entry.machine->tick(now));
    else
      put_packets(entry.packets->tick(now));
    refresh(index);
    refresh_packets();
  }

  // Lets things happen until DEADLINE, or until something is in IN, which is then taken out.
  template <class Item>
  Result<std::optional<Item>> wait_for(std::deque<Item>& in, Time deadline) {
    refresh_all();
    std::size_t standing = 0;  // events since time last passed
    while (in.empty()) {
      const Time next = due.empty() ? Time::max() : due.begin()->first;
      bool passed = false;
      if (!flights.empty() && flights.front().arrival <= std::min(next, deadline)) {
        Flight flight = take_flight();
        passed = pass_to(flight.arrival);
        arrive(std::move(flight));
      } else if (!due.empty() && next <= deadline) {
        passed = pass_to(next);
        call_due();
      } else {
        pass_to(deadline);
        return std::optional<Item>();
      }
      standing = passed ? 0 : standing + 1;
      if (standing > livelock_limit) {
        return fail(ErrorCode::io, "the simulated network does not come to rest");
      }
    }
    Item item = std::move(in.front());
    in.pop_front();
    return std::optional(std::move(item));
  }
};

class SimNetwork::Tester final : public Link {
 public:
  explicit Tester(State& state) : state_(state) {}

  [[nodiscard]] Time now() const override { return state_.now; }

  Result<void> send(const Datagram& datagram) override {
    if (state_.tap)
      state_.tap(datagram, state_.now);
    if (state_.groups.contains(datagram.destination.address)) {
      state_.put_to_machines(datagram);
      return {};
    }
    const bool to_tester = state_.tester_addresses.contains(datagram.destination.address);
    state_.fly({{}, 0, datagram, std::nullopt, to_tester, std::nullopt}, state_.sent);
    return {};
  }

  Result<std::optional<Datagram>> receive(Time deadline) override {
    return state_.wait_for(state_.datagrams_in, deadline);
  }

  void set_tap(Tap tap) override { state_.tap = std::move(tap); }

 private:
  State& state_;
};

class SimNetwork::PacketTester final : public PacketLink {
 public:
  explicit PacketTester(State& state) : state_(state) {}

  [[nodiscard]] Time now() const override { return state_.now; }

  Result<void> send(OctetView packet) override {
    if (state_.packet_tap)
      state_.packet_tap(packet, state_.now);
    state_.fly({{}, 0, {}, Octets(packet.begin(), packet.end()), false, std::nullopt}, state_.sent);
    return {};
  }

  Result<std::optional<Octets>> receive(Time deadline) override {
    return state_.wait_for(state_.packets_in, deadline);
  }

  void set_tap(Tap tap) override { state_.packet_tap = std::move(tap); }

 private:
  State& state_;
};

Time SimNetwork::start_time() {
  return Time(std::chrono::seconds{1767225600});
}

SimNetwork::SimNetwork(std::uint64_t seed) : state_(std::make_unique<State>(seed)) {
  state_->tester = std::make_unique<Tester>(*state_);
  state_->packet_tester = std::make_unique<PacketTester>(*state_);
}
SimNetwork::~SimNetwork() = default;

void SimNetwork::attach(const std::string& address, Machine& machine) {
  detach(address);
  auto& attached = state_->attached;
  const auto found = std::find_if(attached.begin(), attached.end(),
                                  [&](const Attached& entry) { return entry.machine == &machine; });
  state_->machines[address] = static_cast<std::size_t>(found - attached.begin());
  if (found == attached.end())
    attached.push_back({&machine, nullptr, std::nullopt});
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

void SimNetwork::add_group(const std::string& address) {
  state_->groups.insert(address);
}

void SimNetwork::attach_packets(PacketMachine& machine) {
  auto& attached = state_->attached;
  if (!state_->packet_machine) {
    state_->packet_machine = attached.size();
    attached.emplace_back();
  }
  attached[*state_->packet_machine].packets = &machine;
  state_->refresh(*state_->packet_machine);
}

PacketLink& SimNetwork::packet_tester() {
  return *state_->packet_tester;
}

void SimNetwork::inject_packets(const std::vector<Octets>& packets) {
  state_->put_packets(packets);
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
