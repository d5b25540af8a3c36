#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/random.h"
#include "crypto/digest.h"
#include "oracle/mrkmp/group.h"

// Routers of one group on one link, with a routing protocol above that sends under the group's
// keys. Associations between them are stood in for: what is asked comes to whom it is meant for as
// if authentic, or fails.
namespace karpspec::oracle::mrkmp {

using namespace std::chrono_literals;

class GroupLab {
 public:
  using State = Election::State;

  explicit GroupLab(std::uint64_t seed, GroupTimers timers = {})
      : random_(seed, "group"), timers_(timers) {}

  static wire::IpAddress address_of(std::size_t router) {
    return *wire::IpAddress::from_octets(Octets{192, 0, 2, static_cast<std::uint8_t>(router + 1)});
  }
  static std::string identity_of(std::size_t router) {
    return "router-" + std::to_string(router + 1);
  }

  std::size_t add(std::uint16_t priority) {
    Router router;
    router.random = std::make_unique<SeededRandom>(random_.u64());
    router.priority = priority;
    routers_.push_back(std::move(router));
    power_on(routers_.size() - 1);
    return routers_.size() - 1;
  }

  [[nodiscard]] std::uint64_t pick(std::uint64_t below) { return random_.u64() % below; }
  [[nodiscard]] Time now() const { return now_; }
  [[nodiscard]] std::size_t size() const { return routers_.size(); }
  [[nodiscard]] Group& at(std::size_t router) { return *routers_[router].group; }

  void start(std::size_t router) {
    if (at(router).election().state() != State::off)
      return;
    at(router).join(now_);
    settle(router);
  }
  void leave(std::size_t router) {
    at(router).leave(now_);
    settle(router);
  }
  // Loses keys and sequence numbers, and says nothing until it is started again.
  void crash(std::size_t router) {
    ++routers_[router].life;
    power_on(router);
  }
  // All routers are told that ROUTER is no longer in the group.
  void remove(std::size_t router, bool forward_security) {
    if (removed_.contains(router))
      return;
    removed_[router] = forward_security ? std::optional(now_) : std::nullopt;
    for (std::size_t i = 0; i < size(); ++i)
      if (i != router) {
        at(i).remove(identity_of(router), address_of(router), forward_security, now_);
        settle(i);
      }
  }
  [[nodiscard]] bool is_removed(std::size_t router) const { return removed_.contains(router); }
  void act(std::size_t router, const std::function<void(Group&)>& what) {
    what(at(router));
    settle(router);
  }
  void put_into(std::size_t router, unsigned part) { routers_[router].part = part; }
  [[nodiscard]] unsigned part_of(std::size_t router) const { return routers_[router].part; }
  void set_loss_percent(unsigned percent) { loss_percent_ = percent; }

  void run(Duration duration) {
    const Time end = now_ + duration;
    for (;;) {
      Time next = end + Duration(1);
      std::size_t due = size();
      for (std::size_t i = 0; i < size(); ++i)
        if (const auto at_time = routers_[i].deadline; at_time && *at_time < next) {
          next = *at_time;
          due = i;
        }
      if (!events_.empty() && events_.front().time <= std::min(next, end)) {
        now_ = std::max(now_, events_.front().time);
        take_event()();
      } else if (due < size() && next <= end) {
        now_ = std::max(now_, next);
        at(due).tick(now_);
        settle(due);
      } else {
        now_ = end;
        return;
      }
    }
  }

  // What went wrong so far: two messages under one number, a key that came to a rejected router.
  std::set<std::string> wrong;
  // Routing messages since the last count that routers of the sender's part could not verify.
  struct Heard {
    std::uint64_t sent = 0, verified = 0;
    std::map<std::string, std::uint64_t> unverified;  // by "sender, receiver, key"
  };
  Heard heard;
  std::uint64_t multicasts = 0, asks = 0;
  std::vector<std::string> notes;  // the last ones, for a failed test

  [[nodiscard]] std::string picture() {
    const char* states[] = {"off", "initial", "gcks", "member"};
    std::string out;
    for (std::size_t i = 0; i < size(); ++i) {
      const Election& election = at(i).election();
      out += address_of(i).to_text() + " part " + std::to_string(part_of(i)) + " priority " +
             std::to_string(election.standing().priority) + ": " +
             states[static_cast<std::size_t>(election.state())] +
             (election.gcks() ? " of " + election.gcks()->to_text() : "") + ", sends with ";
      const GroupKey* key = at(i).keys().sends_with(now_);
      out += key == nullptr ? "nothing" : name_of(*key);
      out += ", holds";
      for (const GroupKey& each : at(i).keys().masters())
        out += " " + name_of(each) + "(" + seconds(each.times.send_start) + "," +
               seconds(each.times.send_end) + "," + seconds(each.times.receive_end) + ")";
      out += ", KEKs";
      for (const Kek& kek : at(i).keys().keks())
        out += " " + std::to_string(kek.key.id) + "#" + std::to_string(kek.greatest());
      out += "\n";
    }
    const std::size_t from = notes.size() > 40 ? notes.size() - 40 : 0;
    for (std::size_t i = from; i < notes.size(); ++i)
      out += notes[i] + "\n";
    return out;
  }

 private:
  struct Router {
    std::unique_ptr<SeededRandom> random;
    std::unique_ptr<Group> group;
    std::optional<Time> deadline;
    std::uint16_t priority = 0;
    unsigned part = 0, life = 0;
    // Of the routing protocol, by key: since it began, and the last ever sent with.
    std::unordered_map<std::string, std::uint64_t> sequence, said;
    bool talks = false;
  };
  // A heap moves these often, so that what happens stands beside it.
  struct Event {
    Time time{};
    std::uint64_t order = 0;
    std::size_t happens = 0;  // index in happenings_
    bool operator<(const Event& other) const {
      return std::tie(other.time, other.order) < std::tie(time, order);
    }
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };

  [[nodiscard]] std::string seconds(Time time) const {
    if (time >= keytable::always_end)
      return "-";
    return std::to_string(
        std::chrono::duration_cast<std::chrono::milliseconds>(time - now_).count());
  }
  static std::string_view octets_of(const GroupKey& key) {
    const OctetView octets = key.key.view();
    return {reinterpret_cast<const char*>(octets.data()), octets.size()};
  }
  static std::string name_of(const GroupKey& key) {
    return std::to_string(key.id) + "." + to_hex(crypto::sha256(key.key.view())).substr(0, 6);
  }

  void put_event(Time time, std::function<void()> happens) {
    std::size_t place = happenings_.size();
    if (free_.empty()) {
      happenings_.push_back(std::move(happens));
    } else {
      place = free_.back();
      free_.pop_back();
      happenings_[place] = std::move(happens);
    }
    events_.push_back({time, order_++, place});
    std::push_heap(events_.begin(), events_.end());
  }
  std::function<void()> take_event() {
    std::pop_heap(events_.begin(), events_.end());
    const std::size_t place = events_.back().happens;
    events_.pop_back();
    free_.push_back(place);
    return std::exchange(happenings_[place], nullptr);
  }

  void power_on(std::size_t router) {
    Router& each = routers_[router];
    GroupConfig config;
    config.name = "ospf-eth0";
    config.id.protocol = 1;
    config.interface = "eth0";
    config.address = address_of(router);
    config.incarnation = each.random->u64();
    each.group = std::make_unique<Group>(config, each.priority, *each.random, timers_);
    for (const auto& [other, time] : removed_)
      if (other != router)
        each.group->remove(identity_of(other), address_of(other), time.has_value(), now_);
    each.sequence.clear();
    each.deadline.reset();
  }

  void later(std::size_t router, Duration delay, std::function<void()> happens) {
    put_event(now_ + delay,
              [this, router, life = routers_[router].life, happens = std::move(happens)] {
                if (routers_[router].life != life)
                  return;
                happens();
                settle(router);
              });
  }
  [[nodiscard]] bool reaches(std::size_t from, std::size_t to) const {
    return routers_[from].part == routers_[to].part;
  }
  [[nodiscard]] static std::size_t index_of(const wire::IpAddress& address) {
    return address.octets()[3] - std::size_t{1};
  }
  [[nodiscard]] bool arrives(std::size_t from, std::size_t to) {
    return from != to && reaches(from, to) && pick(100) >= loss_percent_;
  }
  [[nodiscard]] Duration flight() { return std::chrono::microseconds(200 + pick(5000)); }
  [[nodiscard]] bool authentic(std::size_t one, std::size_t other) const {
    return !removed_.contains(one) && !removed_.contains(other);
  }

  void carry_out(std::size_t router, Group::Action& action) {
    if (auto* advertise = std::get_if<Group::Advertise>(&action)) {
      for (std::size_t to = 0; to < size(); ++to)
        if ((!advertise->to || *advertise->to == address_of(to)) && arrives(router, to))
          later(to, flight(), [this, router, to, advert = advertise->advert] {
            at(to).hear(advert, address_of(router), now_);
          });
    } else if (auto* multicast = std::get_if<Group::Multicast>(&action)) {
      ++multicasts;
      const auto datagram = std::make_shared<Octets>(std::move(multicast->datagram));
      for (std::size_t to = 0; to < size(); ++to)
        if (arrives(router, to))
          later(to, flight(), [this, router, to, datagram] {
            at(to).hear(OctetView(*datagram), address_of(router), now_);
          });
    } else if (auto* ask = std::get_if<Group::Ask>(&action)) {
      ++asks;
      carry(router, std::make_shared<Group::Ask>(std::move(*ask)));
    } else {
      const auto& note = std::get<Group::Note>(action);
      notes.push_back(
          std::to_string(
              std::chrono::duration_cast<std::chrono::milliseconds>(now_ - begin_).count()) +
          " " + address_of(router).to_text() + " " + note.kind + ": " + note.text);
    }
  }

  // An association is made, or stands, and the request repeated on it until it is answered.
  void carry(std::size_t router, const std::shared_ptr<Group::Ask>& ask) {
    const std::size_t to = index_of(ask->to);
    Duration delay = 5ms + flight();
    Duration pause = 1s;
    bool there = false;
    for (int tries = 0; tries < 5 && !there; ++tries) {
      there = pick(100) >= loss_percent_;
      if (!there)
        delay += pause;
      pause *= 2;
    }
    constexpr Duration patience = 31s;
    const auto fail = [this, router, number = ask->number](Election::Failure failure) {
      at(router).failed(number, failure, now_);
    };
    if (!there)
      return later(router, patience, [fail] { fail(Election::Failure::silent); });
    const auto life = routers_[router].life;
    put_event(now_ + delay, [this, router, to, ask, fail, life, patience] {
      if (routers_[router].life != life)
        return;
      if (to >= size() || !reaches(router, to) || at(to).election().state() == State::off)
        return later(router, patience, [fail] { fail(Election::Failure::silent); });
      if (!authentic(router, to))
        return later(router, flight(), [fail] { fail(Election::Failure::unproven); });
      const auto payloads = std::make_shared<std::vector<wire::Payload>>(at(to).answer(
          ask->request, address_of(router), identity_of(router), ask->payloads, now_));
      settle(to);
      later(router, flight(), [this, router, number = ask->number, payloads] {
        at(router).answered(number, *payloads, now_);
      });
    });
  }

  // The routing protocol: a message each second or two under the key of the time.
  void talk(std::size_t router) {
    later(router, 800ms + std::chrono::milliseconds(pick(700)), [this, router] {
      say(router);
      talk(router);
    });
  }
  void say(std::size_t router) {
    const GroupKey* key = at(router).keys().sends_with(now_);
    if (key == nullptr)
      return;
    const auto octets = std::make_shared<const std::string>(octets_of(*key));
    const std::uint64_t number = ++routers_[router].sequence[*octets];
    if (std::uint64_t& last = routers_[router].said[*octets]; last < number)
      last = number;
    else
      wrong.insert(address_of(router).to_text() + " sent twice with number " +
                   std::to_string(number) + " under key " + name_of(*key));
    ++heard.sent;
    for (std::size_t to = 0; to < size(); ++to) {
      if (to == router || !reaches(router, to) || at(to).election().state() == State::off ||
          !authentic(router, to))
        continue;
      const auto life = routers_[to].life;
      put_event(now_ + flight(), [this, router, to, octets, id = key->id, life] {
        if (routers_[to].life != life)
          return;
        for (const GroupKey& held : at(to).keys().masters())
          if (held.may_receive(now_) && octets_of(held) == *octets) {
            ++heard.verified;
            return;
          }
        ++heard.unverified[address_of(router).to_text() + " to " + address_of(to).to_text() +
                           " under key " + std::to_string(id)];
      });
    }
  }

  void settle(std::size_t router) {
    for (Group::Action& action : at(router).take_actions())
      carry_out(router, action);
    routers_[router].deadline = at(router).deadline();
    if (!routers_[router].talks || talk_life_[router] != routers_[router].life) {
      routers_[router].talks = true;
      talk_life_[router] = routers_[router].life;
      talk(router);
    }
    look_at_keys(router);
  }

  // Whether a key that was made after a rejection has come to the rejected router.
  void look_at_keys(std::size_t router) {
    const auto look = [&](const GroupKey& key) {
      const auto made = made_.find(octets_of(key));
      if (made == made_.end()) {
        made_.try_emplace(std::string(octets_of(key)), now_, router);
        return;
      }
      const auto rejected = removed_.find(router);
      if (rejected != removed_.end() && rejected->second &&
          made->second.first > *rejected->second && made->second.second != router)
        wrong.insert(address_of(router).to_text() + " has learnt key " + name_of(key));
    };
    for (const GroupKey& key : at(router).keys().masters())
      look(key);
    for (const Kek& kek : at(router).keys().keks())
      look(kek.key);
  }

  SeededRandom random_;
  GroupTimers timers_;
  const Time begin_ = Time(std::chrono::seconds{1767225600});
  Time now_ = begin_;
  std::vector<Router> routers_;
  std::vector<Event> events_;  // a heap, of which the first is at the front
  std::vector<std::function<void()>> happenings_;
  std::vector<std::size_t> free_;  // places in happenings_
  std::uint64_t order_ = 0;
  unsigned loss_percent_ = 0;
  std::map<std::size_t, std::optional<Time>> removed_;
  std::map<std::size_t, unsigned> talk_life_;
  // When a key was first seen, at whom.
  std::unordered_map<std::string, std::pair<Time, std::size_t>, Hash, std::equal_to<>> made_;
};

}  // namespace karpspec::oracle::mrkmp
