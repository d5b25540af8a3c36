#include "bench/group_link.h"

#include <string>
#include <utility>

namespace karpspec::bench {

using oracle::mrkmp::Election;
using oracle::mrkmp::Group;

namespace {

constexpr Duration latency = std::chrono::milliseconds{1};
constexpr Duration between_looks = std::chrono::milliseconds{100};

// 10.0.0.1 and so on.
wire::IpAddress address_of(std::size_t router) {
  const std::size_t number = router + 1;
  return wire::IpAddress::from_text("10.0." + std::to_string(number >> 8U) + "." +
                                    std::to_string(number & 0xffU))
      .value_or(wire::IpAddress());
}

std::size_t router_at(const wire::IpAddress& address) {
  return std::size_t{address.octets()[2]} * 256 + address.octets()[3] - 1;
}

std::string name_of(std::size_t router) {
  return "router-" + std::to_string(router);
}

}  // namespace

GroupLink::GroupLink(std::size_t routers, std::uint64_t seed) : random_(seed, "link") {
  routers_.resize(routers);
  for (Router& router : routers_)
    router.random = std::make_unique<SeededRandom>(random_.u64());
}

void GroupLink::start(std::size_t router) {
  Router& each = routers_[router];
  oracle::mrkmp::GroupConfig config;
  config.name = "link";
  config.id.protocol = 3;  // IS-IS, whose key IDs are many
  config.interface = "eth0";
  config.address = address_of(router);
  config.incarnation = each.random->u64();
  constexpr std::uint16_t priority = 32768;
  each.group = std::make_unique<Group>(config, priority, *each.random);
  each.group->join(now_);
  settle(router);
}

void GroupLink::crash(std::size_t router) {
  Router& each = routers_[router];
  if (each.deadline)
    due_.erase({*each.deadline, router});
  each.deadline.reset();
  each.group.reset();
}

void GroupLink::fly(Flight flight) {
  flight.arrival = now_ + latency;
  flight.order = order_++;
  flights_.push(std::move(flight));
}

void GroupLink::carry_out(std::size_t router, Group::Action action) {
  Flight flight;
  flight.from = router;
  if (const auto* advertise = std::get_if<Group::Advertise>(&action)) {
    ++counts_.advertisements;
    if (advertise->to)
      flight.to = router_at(*advertise->to);
  } else if (const auto* multicast = std::get_if<Group::Multicast>(&action)) {
    ++counts_.updates;
    counts_.octets += multicast->datagram.size();
  } else if (const auto* ask = std::get_if<Group::Ask>(&action)) {
    ++counts_.requests;
    flight.to = router_at(ask->to);
  } else {
    return;
  }
  flight.action = std::make_shared<const Group::Action>(std::move(action));
  fly(std::move(flight));
}

void GroupLink::settle(std::size_t router) {
  Router& each = routers_[router];
  for (Group::Action& action : each.group->take_actions())
    carry_out(router, std::move(action));
  const auto deadline = each.group->deadline();
  if (deadline == each.deadline)
    return;
  if (each.deadline)
    due_.erase({*each.deadline, router});
  if (deadline)
    due_.insert({*deadline, router});
  each.deadline = deadline;
}

void GroupLink::hear(std::size_t router, const Flight& flight) {
  Group* group = routers_[router].group.get();
  if (group == nullptr)
    return;
  ++counts_.heard;
  if (flight.payloads) {
    group->answered(flight.ask, *flight.payloads, now_);
  } else if (const auto* advertise = std::get_if<Group::Advertise>(flight.action.get())) {
    group->hear(advertise->advert, address_of(flight.from), now_);
  } else if (const auto* multicast = std::get_if<Group::Multicast>(flight.action.get())) {
    group->hear(OctetView(multicast->datagram), address_of(flight.from), now_);
  } else {
    const auto& ask = std::get<Group::Ask>(*flight.action);
    Flight answer;
    answer.from = router;
    answer.to = flight.from;
    answer.ask = ask.number;
    answer.payloads = std::make_shared<const std::vector<wire::Payload>>(group->answer(
        ask.request, address_of(flight.from), name_of(flight.from), ask.payloads, now_));
    fly(std::move(answer));
  }
  settle(router);
}

void GroupLink::arrive(const Flight& flight) {
  if (flight.to)
    return hear(*flight.to, flight);
  for (std::size_t router = 0; router < routers_.size(); ++router)
    if (router != flight.from)
      hear(router, flight);
}

void GroupLink::run(Duration duration) {
  const Time end = now_ + duration;
  for (;;) {
    const Time next = due_.empty() ? Time::max() : due_.begin()->first;
    if (!flights_.empty() && flights_.top().arrival <= std::min(next, end)) {
      const Flight flight = flights_.top();
      flights_.pop();
      now_ = std::max(now_, flight.arrival);
      arrive(flight);
    } else if (next <= end) {
      const std::size_t router = due_.begin()->second;
      now_ = std::max(now_, next);
      routers_[router].group->tick(now_);
      settle(router);
    } else {
      now_ = end;
      return;
    }
  }
}

std::optional<std::size_t> GroupLink::gcks() const {
  std::optional<std::size_t> found;
  for (std::size_t router = 0; router < routers_.size(); ++router) {
    const Group* group = routers_[router].group.get();
    if (group == nullptr || group->election().state() != Election::State::gcks)
      continue;
    if (found)
      return std::nullopt;
    found = router;
  }
  return found;
}

std::optional<std::uint32_t> GroupLink::common_key() const {
  std::optional<std::uint32_t> common;
  for (const Router& router : routers_) {
    if (!router.group)
      continue;
    const auto* key = router.group->keys().sends_with(now_);
    if (key == nullptr || (common && *common != key->id))
      return std::nullopt;
    common = key->id;
  }
  return common;
}

bool GroupLink::at_rest() const {
  const auto one = gcks();
  if (!one || !common_key())
    return false;
  for (const Router& router : routers_)
    if (router.group && router.group->election().gcks() != address_of(*one))
      return false;
  return true;
}

std::optional<Duration> GroupLink::come_to_rest(Duration patience) {
  const Time begun = now_;
  while (!at_rest()) {
    if (now_ - begun >= patience)
      return std::nullopt;
    run(between_looks);
  }
  return now_ - begun;
}

}  // namespace karpspec::bench
