#pragma once

#include <functional>
#include <memory>
#include <queue>
#include <set>

#include "base/random.h"
#include "oracle/mrkmp/election.h"

namespace karpspec::oracle::mrkmp {

inline wire::IpAddress address_of(std::size_t router) {
  return *wire::IpAddress::from_text("192.0.2." + std::to_string(router + 1));
}

// Routers on one link that elect a GCKS. The exchanges of a registration and of a merge are stood
// in for by their outcome, which follows from the state of the router that is asked when it comes.
class ElectionLab {
 public:
  using State = Election::State;

  explicit ElectionLab(std::uint64_t seed) : random_(seed, "election") {}

  std::size_t add(std::uint16_t priority) {
    Router router;
    router.random = std::make_unique<SeededRandom>(random_.u64());
    router.election =
        std::make_unique<Election>(address_of(routers_.size()), priority, *router.random);
    routers_.push_back(std::move(router));
    return routers_.size() - 1;
  }

  [[nodiscard]] std::uint64_t pick(std::uint64_t below) { return random_.u64() % below; }
  [[nodiscard]] Time now() const { return now_; }
  [[nodiscard]] std::size_t size() const { return routers_.size(); }
  [[nodiscard]] Election& at(std::size_t router) { return *routers_[router].election; }

  void start(std::size_t router) {
    at(router).start(now_);
    settle(router);
  }
  void leave(std::size_t router) {
    at(router).leave(now_);
    settle(router);
  }
  // Ends without a word, and begins anew when it is started again.
  void crash(std::size_t router) {
    const std::uint16_t priority = at(router).standing().priority;
    ++routers_[router].life;
    routers_[router].election =
        std::make_unique<Election>(address_of(router), priority, *routers_[router].random);
  }
  // Routers hear each other where their parts are the same.
  void put_into(std::size_t router, unsigned part) { routers_[router].part = part; }
  [[nodiscard]] unsigned part_of(std::size_t router) const { return routers_[router].part; }
  void set_loss_percent(unsigned percent) { loss_percent_ = percent; }
  // What FROM advertises to all reaches nobody any more.
  void mute(std::size_t router, bool muted) { routers_[router].muted = muted; }

  void run(Duration duration) {
    const Time end = now_ + duration;
    for (;;) {
      Time next = end + Duration(1);
      std::size_t due = routers_.size();
      for (std::size_t i = 0; i < routers_.size(); ++i)
        if (const auto at_time = at(i).deadline(); at_time && *at_time < next) {
          next = *at_time;
          due = i;
        }
      if (!events_.empty() && events_.top().time <= std::min(next, end)) {
        const Event event = events_.top();
        events_.pop();
        now_ = std::max(now_, event.time);
        event.happens();
      } else if (due < routers_.size() && next <= end) {
        now_ = std::max(now_, next);
        at(due).tick(now_);
        settle(due);
      } else {
        now_ = end;
        return;
      }
    }
  }

 private:
  struct Router {
    std::unique_ptr<SeededRandom> random;
    std::unique_ptr<Election> election;
    unsigned part = 0;
    unsigned life = 0;
    bool muted = false;
  };
  struct Event {
    Time time{};
    std::uint64_t order = 0;
    std::function<void()> happens;
    bool operator<(const Event& other) const {
      return std::tie(other.time, other.order) < std::tie(time, order);
    }
  };

  // Does HAPPENS later, unless ROUTER has crashed meanwhile.
  void later(std::size_t router, Duration delay, std::function<void()> happens) {
    events_.push({now_ + delay, order_++,
                  [this, router, life = routers_[router].life, happens = std::move(happens)] {
                    if (routers_[router].life != life)
                      return;
                    happens();
                    settle(router);
                  }});
  }
  [[nodiscard]] bool reaches(std::size_t from, std::size_t to) const {
    return routers_[from].part == routers_[to].part;
  }
  [[nodiscard]] std::size_t index_of(const wire::IpAddress& address) const {
    return address.octets()[3] - std::size_t{1};
  }

  void deliver(std::size_t from, std::size_t to, const wire::AdvertPayload& advert) {
    if (from == to || !reaches(from, to) || pick(100) < loss_percent_)
      return;
    later(to, std::chrono::microseconds(200 + pick(5000)),
          [this, from, to, advert] { at(to).hear(advert, address_of(from), now_); });
  }

  void carry_out(std::size_t router, const Election::Action& action) {
    using namespace std::chrono_literals;
    if (const auto* send = std::get_if<Election::Send>(&action)) {
      if (routers_[router].muted)
        return;
      for (std::size_t to = 0; to < routers_.size(); ++to)
        if (!send->to || *send->to == address_of(to))
          deliver(router, to, send->advert);
    } else if (const auto* join = std::get_if<Election::Register>(&action)) {
      const std::size_t gcks = index_of(join->gcks);
      later(router, 20ms, [this, router, gcks] { end_registration(router, gcks); });
    } else if (const auto* merge = std::get_if<Election::Merge>(&action)) {
      const std::size_t better = index_of(merge->better);
      later(router, 40ms, [this, router, better] { end_merge(router, better); });
    }
  }

  void end_registration(std::size_t router, std::size_t gcks) {
    constexpr std::chrono::seconds patience{31};  // five tries, the first interval 1 s
    const wire::IpAddress address = address_of(gcks);
    if (!reaches(router, gcks) || !at(router).registering()) {
      later(router, patience, [this, router, address] {
        at(router).not_registered(address, Election::Failure::silent, now_);
      });
      return;
    }
    Election& other = at(gcks);
    switch (other.state()) {
      case State::gcks:
        return at(router).registered(address, now_);
      case State::member:
        return at(router).wrong_gcks(address, *other.gcks(), now_);
      case State::initial:
        return at(router).gcks_unknown(address, !other.heard_better(), now_);
      case State::off:
        return at(router).gcks_unknown(address, false, now_);
    }
  }

  void end_merge(std::size_t router, std::size_t better) {
    const bool merged = at(router).state() == State::gcks && reaches(router, better) &&
                        at(better).state() == State::gcks;
    at(router).merge_ended(address_of(better), merged, now_);
    if (!merged)
      return;
    // Its members are told in a message under its own KEK.
    for (std::size_t member = 0; member < routers_.size(); ++member)
      if (reaches(router, member) && at(member).state() == State::member &&
          at(member).gcks() == address_of(router) && pick(100) >= loss_percent_)
        at(member).moved(address_of(better), now_);
  }

  void settle(std::size_t router) {
    for (const Election::Action& action : at(router).take_actions())
      carry_out(router, action);
  }

  SeededRandom random_;
  Time now_ = Time(std::chrono::seconds{1767225600});
  std::vector<Router> routers_;
  std::priority_queue<Event> events_;
  std::uint64_t order_ = 0;
  unsigned loss_percent_ = 0;
};

}  // namespace karpspec::oracle::mrkmp
