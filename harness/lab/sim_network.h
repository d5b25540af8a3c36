#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/machine.h"
#include "base/random.h"
#include "lab/link.h"
#include "lab/packet_link.h"

namespace karpspec::lab {

// What one direction of the simulated network does to datagrams. Probabilities from 0 to 1.
struct Impairment {
  Duration latency = std::chrono::milliseconds{1};
  Duration jitter{};  // a uniformly drawn addition to the latency
  double loss = 0;
  double duplication = 0;
  double reordering = 0;  // delayed by a further `reorder_delay`
  Duration reorder_delay = std::chrono::milliseconds{20};
};

// A network with a virtual clock, in which an hour costs microseconds. Machines and one tester
// hang on it by address; events are ordered by time and then by when they were made, so that a
// seed gives the same run everywhere. The cost of a run grows with the number of its events.
class SimNetwork {
 public:
  // Virtual time starts at 2026-01-01 00:00 UTC, so that captures of two runs are equal.
  static Time start_time();

  explicit SimNetwork(std::uint64_t seed);
  ~SimNetwork();
  SimNetwork(const SimNetwork&) = delete;
  SimNetwork& operator=(const SimNetwork&) = delete;

  // MACHINE receives what is sent to ADDRESS, at any port, instead of one that was there before.
  // It may have several addresses, and must live until it is detached from all, or as long as the
  // network.
  void attach(const std::string& address, Machine& machine);
  void detach(const std::string& address);
  // The tester's end; datagrams for its addresses are what receive() gives. Lives as long as the
  // network.
  [[nodiscard]] Link& tester(const std::string& address);
  void add_tester_address(const std::string& address);
  // What is sent to ADDRESS, a multicast group, reaches the tester and every machine but whoever
  // has sent it.
  void add_group(const std::string& address);

  // Puts datagrams on the network now, as if their source had sent them: what a machine answers to
  // a command given outside of the network.
  void inject(const std::vector<Datagram>& datagrams);

  // MACHINE receives the IP packets that the tester sends, whatever their destination, instead of
  // one that was there before; what it sends is for the tester. It must live as long as the
  // network.
  void attach_packets(PacketMachine& machine);
  // The tester's end for IP packets, at the same clock as tester(). Lives as long as the network.
  [[nodiscard]] PacketLink& packet_tester();
  // Puts IP packets on the network now, as if the machine had sent them.
  void inject_packets(const std::vector<Octets>& packets);

  // What happens to datagrams and packets from the tester, and to those for it.
  void impair_sent(const Impairment& impairment);
  void impair_received(const Impairment& impairment);
  // Whatever the probabilities say, the next COUNT datagrams to the tester, or from it, vanish.
  void drop_next_received(std::size_t count);
  void drop_next_sent(std::size_t count);
  // The next COUNT datagrams to the tester, or from it, arrive twice.
  void duplicate_next_received(std::size_t count = 1);
  void duplicate_next_sent(std::size_t count = 1);

  [[nodiscard]] Time now() const;

 private:
  class Tester;
  class PacketTester;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace karpspec::lab
