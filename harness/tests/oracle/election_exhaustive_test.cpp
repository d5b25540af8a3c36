#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "crypto/digest.h"
#include "election_lab.h"
#include "oracle/mrkmp/election.h"

// Every interleaving of deliveries, losses and timers of three routers that elect a GCKS and lose
// it again.
namespace karpspec::oracle::mrkmp {
namespace {

using namespace std::chrono_literals;
using State = Election::State;

// The same for all: what is drawn by chance is the least there is, so that timers coincide.
class Least final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override { std::fill(out.begin(), out.end(), 0); }
};
Least least;

struct Flying {
  std::size_t from = 0, to = 0;
  wire::AdvertPayload advert;
};
// A registration that ends at a time, by the state of who is asked then.
struct Registration {
  std::size_t router = 0, asked = 0;
  Time ends{};
  bool silent = false;
};

struct Place {
  Time now{};
  std::vector<Election> routers;
  std::vector<bool> alive;
  std::vector<Flying> flying;
  std::vector<Registration> registrations;
  unsigned losses_left = 0;
  bool failed_over = false;
  Time ends{};

  [[nodiscard]] std::string memory() const {
    std::string out = std::to_string(now.time_since_epoch().count()) + " " +
                      std::to_string(losses_left) + (failed_over ? "f" : "");
    for (std::size_t i = 0; i < routers.size(); ++i)
      out += "|" + (alive[i] ? routers[i].memory() : std::string("dead"));
    // In what order they were sent does not matter: any may come first.
    std::multiset<std::string> pending;
    for (const Flying& each : flying)
      pending.insert(std::to_string(each.from) + std::to_string(each.to) +
                     std::to_string(each.advert.kind) + "/" + std::to_string(each.advert.priority));
    for (const Registration& each : registrations)
      pending.insert("r" + std::to_string(each.router) + std::to_string(each.asked) +
                     std::to_string(each.ends.time_since_epoch().count()) +
                     (each.silent ? "s" : ""));
    for (const std::string& each : pending)
      out += "," + each;
    return out;
  }

  void settle(std::size_t router) {
    for (const Election::Action& action : routers[router].take_actions()) {
      if (const auto* send = std::get_if<Election::Send>(&action)) {
        for (std::size_t to = 0; to < routers.size(); ++to)
          if (to != router && alive[to] && (!send->to || *send->to == address_of(to)))
            flying.push_back({router, to, send->advert});
      } else if (const auto* join = std::get_if<Election::Register>(&action)) {
        registrations.push_back(
            {router, join->gcks.octets()[3] - std::size_t{1}, now + 20ms, false});
      }
    }
  }

  void deliver(std::size_t which) {
    const Flying each = flying[which];
    flying.erase(flying.begin() + static_cast<std::ptrdiff_t>(which));
    if (!alive[each.to])
      return;
    routers[each.to].hear(each.advert, address_of(each.from), now);
    settle(each.to);
  }
  void fire(std::size_t router) {
    routers[router].tick(now);
    settle(router);
  }
  void end_registration(std::size_t which) {
    Registration each = registrations[which];
    registrations.erase(registrations.begin() + static_cast<std::ptrdiff_t>(which));
    if (!alive[each.router])
      return;
    Election& own = routers[each.router];
    const wire::IpAddress asked = address_of(each.asked);
    if (each.silent) {
      own.not_registered(asked, Election::Failure::silent, now);
    } else if (!alive[each.asked]) {
      each.silent = true;
      each.ends = now + 31s;
      registrations.push_back(each);
    } else {
      const Election& other = routers[each.asked];
      if (other.state() == State::gcks)
        own.registered(asked, now);
      else if (other.state() == State::member)
        own.wrong_gcks(asked, *other.gcks(), now);
      else
        own.gcks_unknown(asked, other.state() == State::initial && !other.heard_better(), now);
    }
    settle(each.router);
  }

  // The one whose members all others are, if it is so.
  [[nodiscard]] std::optional<std::size_t> gcks_of_all() const {
    std::optional<std::size_t> gcks;
    for (std::size_t i = 0; i < routers.size(); ++i)
      if (alive[i] && routers[i].state() == State::gcks) {
        if (gcks)
          return std::nullopt;
        gcks = i;
      }
    if (!gcks)
      return std::nullopt;
    for (std::size_t i = 0; i < routers.size(); ++i)
      if (alive[i] && routers[i].gcks() != address_of(*gcks))
        return std::nullopt;
    return gcks;
  }
};

class Explorer {
 public:
  std::uint64_t states = 0, ends = 0;
  std::set<std::string> wrong;

  void explore(Place first) {
    std::vector<Place> open;
    open.push_back(std::move(first));
    while (!open.empty() && wrong.empty()) {
      Place place = std::move(open.back());
      open.pop_back();
      const Octets digest = crypto::sha256(octets_of(place.memory()));
      if (!seen_.emplace(digest.begin(), digest.begin() + 16).second)
        continue;
      ++states;
      step(place, open);
    }
  }

 private:
  static Octets octets_of(const std::string& text) { return {text.begin(), text.end()}; }

  void step(const Place& place, std::vector<Place>& open) {
    const std::size_t before = open.size();
    for (std::size_t i = 0; i < place.flying.size(); ++i) {
      open.push_back(place);
      open.back().deliver(i);
      if (place.losses_left != 0) {
        open.push_back(place);
        open.back().flying.erase(open.back().flying.begin() + static_cast<std::ptrdiff_t>(i));
        --open.back().losses_left;
      }
    }
    for (std::size_t i = 0; i < place.routers.size(); ++i)
      if (const auto at = place.routers[i].deadline(); place.alive[i] && at && *at <= place.now) {
        open.push_back(place);
        open.back().fire(i);
      }
    for (std::size_t i = 0; i < place.registrations.size(); ++i)
      if (place.registrations[i].ends <= place.now) {
        open.push_back(place);
        open.back().end_registration(i);
      }
    // Once there is a GCKS it dies, at any moment of the seconds after that.
    const auto gcks = place.gcks_of_all();
    if (gcks && !place.failed_over) {
      open.push_back(place);
      open.back().alive[*gcks] = false;
      open.back().failed_over = true;
      open.back().ends = place.now + 60s;
    }
    if (open.size() > before + (gcks && !place.failed_over ? 1U : 0U))
      return;
    pass_time(place, open);
  }

  void pass_time(const Place& place, std::vector<Place>& open) {
    Place next = place;
    std::optional<Time> when;
    for (std::size_t i = 0; i < place.routers.size(); ++i)
      if (const auto at = place.routers[i].deadline(); place.alive[i] && at)
        when = when ? std::min(*when, *at) : *at;
    for (const Registration& each : place.registrations)
      when = when ? std::min(*when, each.ends) : each.ends;
    if (!when || *when > place.ends) {
      ++ends;
      if (!place.gcks_of_all())
        wrong.insert(place.memory());
      return;
    }
    next.now = *when;
    open.push_back(std::move(next));
  }

  std::set<std::vector<std::uint8_t>> seen_;
};

// Three routers that start at once, two of them alike.
Place three_routers(unsigned losses, const ElectionTimers& timers) {
  Place place;
  place.now = Time(std::chrono::seconds{1767225600});
  place.ends = place.now + 14s;  // long enough for a GCKS and some heart beats of it
  place.losses_left = losses;
  for (std::size_t i = 0; i < 3; ++i) {
    place.routers.emplace_back(address_of(i), static_cast<std::uint16_t>(i < 2 ? 100 : 50), least,
                               timers);
    place.alive.push_back(true);
    place.routers.back().start(place.now);
    place.settle(i);
  }
  return place;
}

// KARPSPEC_ELECTION_LOSSES: how many advertisements may get lost, any.
TEST(EveryElection, OfThreeRoutersAndItsFailOverEndWithOneGcks) {
  const char* text = std::getenv("KARPSPEC_ELECTION_LOSSES");
  const unsigned losses = text == nullptr ? 1 : static_cast<unsigned>(std::atoi(text));
  Explorer explorer;
  explorer.explore(three_routers(losses, {}));
  EXPECT_TRUE(explorer.wrong.empty()) << *explorer.wrong.begin();
  EXPECT_GT(explorer.ends, 0U);
  std::printf("%llu distinct states with at most %u losses, %llu ends\n",
              static_cast<unsigned long long>(explorer.states), losses,
              static_cast<unsigned long long>(explorer.ends));
}

TEST(EveryElection, ShowsWhatComesOfNotWaiting) {
  ElectionTimers hasty;
  hasty.wait = Duration{};
  Explorer explorer;
  explorer.explore(three_routers(0, hasty));
  EXPECT_FALSE(explorer.wrong.empty());
}

}  // namespace
}  // namespace karpspec::oracle::mrkmp
