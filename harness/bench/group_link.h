#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <vector>

#include "base/random.h"
#include "oracle/mrkmp/group.h"

namespace karpspec::bench {

// Many routers of one group on one link, to be counted: what is sent until all have a key, and how
// long that takes. Associations are stood in for, as authentic and without a loss, so that the cost
// is that of the group itself. The work of a second grows with the square of the routers while they
// elect, for each hears all, and with their number afterwards.
class GroupLink {
 public:
  // Routers 0 to ROUTERS - 1, of equal priority: 0 has the lowest address.
  GroupLink(std::size_t routers, std::uint64_t seed);

  // ROUTER comes up, without keys and numbers, and joins.
  void start(std::size_t router);
  // ROUTER is gone without a word.
  void crash(std::size_t router);
  // Lets time pass until there is one GCKS, all that are up are its members and all send with one
  // key; at most PATIENCE. The time it took; nothing: it has not come to rest.
  [[nodiscard]] std::optional<Duration> come_to_rest(Duration patience);
  void run(Duration duration);

  struct Counts {
    std::uint64_t advertisements = 0;  // to the group or to one router
    std::uint64_t updates = 0;         // messages to the group under a KEK
    std::uint64_t octets = 0;          // in those
    std::uint64_t requests = 0;        // joins, requests for a key, merges
    std::uint64_t heard = 0;           // by a router: what all of these are to it, and the answers
  };
  [[nodiscard]] const Counts& counts() const { return counts_; }
  [[nodiscard]] std::optional<std::size_t> gcks() const;
  // The key that all that are up send with; nothing: they do not.
  [[nodiscard]] std::optional<std::uint32_t> common_key() const;

 private:
  struct Router {
    std::unique_ptr<SeededRandom> random;
    std::unique_ptr<oracle::mrkmp::Group> group;  // nullptr: it is down
    std::optional<Time> deadline;
  };
  // Something on its way; to everybody but FROM where it has no receiver.
  struct Flight {
    Time arrival{};
    std::uint64_t order = 0;
    std::size_t from = 0;
    std::optional<std::size_t> to;
    std::shared_ptr<const oracle::mrkmp::Group::Action> action;  // an advertisement, a message
    std::shared_ptr<const std::vector<wire::Payload>> payloads;  // the answer to ASK
    std::uint64_t ask = 0;
    bool operator<(const Flight& other) const {
      return std::tie(other.arrival, other.order) < std::tie(arrival, order);
    }
  };

  void fly(Flight flight);
  void arrive(const Flight& flight);
  void hear(std::size_t router, const Flight& flight);
  void carry_out(std::size_t router, oracle::mrkmp::Group::Action action);
  void settle(std::size_t router);
  [[nodiscard]] bool at_rest() const;

  SeededRandom random_;
  Time now_{std::chrono::seconds{1767225600}};
  std::vector<Router> routers_;
  std::set<std::pair<Time, std::size_t>> due_;
  std::priority_queue<Flight> flights_;
  std::uint64_t order_ = 0;
  Counts counts_;
};

}  // namespace karpspec::bench
