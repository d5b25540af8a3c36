#include <algorithm>
#include <chrono>
#include <cstdint>

#include "script/player.h"

// What comes in from the device, and what of it is set aside before a step looks at it.
namespace karpspec::script {

using wire::ExchangeType;

bool Player::misdirected(const Received& received, const Endpoint& destination) const {
  if (!received.header.is_response())
    return false;
  const auto asked = asked_from_.find({received.header.spi_i, received.header.message_id});
  return asked != asked_from_.end() &&
         std::find(asked->second.begin(), asked->second.end(), destination) == asked->second.end();
}

bool Player::repeats(const Received& received) const {
  // What goes to a group comes again and again, and is no retransmission.
  if (goes_to_group(received.header.exchange))
    return false;
  if (taken_.count(received.datagram) == 0)
    return false;
  // The answer to a new request may have the octets of an earlier one: the same cookie again.
  const TesterSa* sa = tester_->find_sa(received.sa);
  if (sa == nullptr || !received.header.is_response())
    return true;
  return std::none_of(sa->own_open.begin(), sa->own_open.end(), [&](const OpenRequest& open) {
    return open.exchange == received.header.exchange && open.id == received.header.message_id;
  });
}

bool Player::set_aside(const Received& received, const Step& step, const ExpectStep* expect) {
  const TesterSa* sa = tester_->find_sa(received.sa);
  if (repeats(received)) {
    if (expect != nullptr) {
      if (expect->counts_repeats)
        return false;
      for (const Alternative& alternative : expect->alternatives)
        if (alternative.retransmission || !alternative.same_as.empty())
          return false;
    }
    // It has not had the answer yet, or it has lost it.
    if (sa != nullptr && scenario_.background && !received.header.is_response()) {
      const auto answer = sa->answers.find(received.header.message_id);
      if (answer != sa->answers.end())
        static_cast<void>(transmit(answer->second, source(false, std::nullopt, sa->router),
                                   world_.device->endpoint()));
    }
    return true;
  }
  if (scenario_.background && expect != nullptr && answer_push_beside(received, *expect))
    return true;
  const bool informs = received.problem.empty() && received.is_sealed && sa != nullptr &&
                       !received.header.is_response() &&
                       received.header.exchange_type() == ExchangeType::INFORMATIONAL;
  const bool liveness = informs && received.message.payloads.empty();
  // An association of MRKMP is ended when it has done its duty (P-214).
  const bool ends = informs && scenario_.has_groups() && received.message.payloads.size() == 1 &&
                    received.message.payloads.front().type == wire::PayloadType::D;
  if ((!liveness && !ends) || !scenario_.background)
    return false;
  // A check of liveness may come at any time, and is not mistaken for the INFORMATIONAL request
  // with something in it that a step awaits.
  if (expect != nullptr)
    for (const Alternative& alternative : expect->alternatives)
      if (alternative.message && alternative.message->exchange == received.header.exchange &&
          !expects_response(step, alternative) &&
          !transcript::compare(*alternative.message, received.message,
                               {alternative.strict_order, alternative.only}, numbers_))
        return false;
  taken_.insert(received.datagram);
  if (const auto built = tester_->answer_informational(received)) {
    const Endpoint from = source(false, std::nullopt, sa->router);
    log(true, built->message, "in the background",
        {from, world_.device->endpoint(), built->datagrams.front()});
    static_cast<void>(transmit(built->datagrams, from, world_.device->endpoint()));
  }
  return true;
}

Player::End Player::count_arrival() {
  // Several times what the longest retransmissions and the largest fragmented messages come to, and
  // what groups advertise in tests that span hours.
  constexpr std::size_t most_unasked = 10'000, most_for_each_sent = 100, most_a_second = 10;
  const auto passed =
      std::chrono::duration_cast<std::chrono::seconds>(world_.link->now() - start_).count();
  if (++came_ <= most_unasked + most_for_each_sent * went_ +
                     most_a_second * static_cast<std::size_t>(std::max<std::int64_t>(0, passed)))
    return std::nullopt;
  world_.device->give_up();
  return Stopped{verdict::Verdict::error, verdict::Fault::device,
                 "the device floods the tester: " + std::to_string(came_) +
                     " datagrams came in this test, and " + std::to_string(went_) + " went",
                 std::nullopt};
}

bool Player::is_flooded() const {
  // Ten times what a device sends at its busiest, also of one that shares its processor.
  constexpr std::size_t many = 100;
  if (world_.simulated)
    return false;
  const Time until = world_.link->now() + std::chrono::milliseconds{200};
  for (std::size_t count = 0; world_.link->now() < until;) {
    const auto datagram = world_.link->receive(until);
    if (!datagram || !*datagram)
      return false;
    if (++count == many)
      return true;
  }
  return false;
}

Player::End Player::next(Time deadline, const Step& step, const ExpectStep* expect,
                         std::optional<Received>& out) {
  out.reset();
  for (;;) {
    if (auto end = advertise_again())
      return end;
    const Time until = std::min(deadline, next_advertisement());
    const auto datagram = world_.link->receive(until);
    if (!datagram)
      return laboratory_error(datagram.error());
    if (!*datagram && until < deadline)
      continue;
    if (!*datagram)
      return std::nullopt;
    if (auto end = count_arrival())
      return end;
    tester_->set_now(world_.link->now());
    Received received = tester_->open((*datagram)->payload);
    if (scenario_.has_groups()) {
      const std::string to = name_of((*datagram)->destination);
      received.to_group = to == "group";
      received.router = received.to_group ? "" : to;
      if (is_lost(**datagram, received)) {
        log(false, received.message, "lost", **datagram);
        continue;
      }
    }
    if (received.fragment && received.problem.empty() && comes_as_asked(received, **datagram)) {
      auto whole = put_together(received, **datagram);
      if (!whole)
        continue;
      received = *std::move(whole);
    }
    const bool known = repeats(received);
    std::string remark = received.problem;
    if (!received.fragments.empty())
      remark += (remark.empty() ? "from " : ", from ") + std::to_string(received.fragments.size()) +
                " fragments";
    if (known)
      remark = "repeated";
    if ((*datagram)->source != world_.device->endpoint()) {
      remark =
          "from " + (*datagram)->source.address + ":" + std::to_string((*datagram)->source.port);
      if (received.problem.empty())
        received.problem = "it comes " + remark + " and not from where the device was asked";
    }
    if (received.problem.empty() && misdirected(received, (*datagram)->destination)) {
      remark = "to " + (*datagram)->destination.address + ":" +
               std::to_string((*datagram)->destination.port);
      received.problem = "it goes " + remark + " and not to where the request came from";
    }
    const bool for_group = goes_to_group(received.header.exchange);
    if (!for_group || is_meant(received, expect) || is_news(received))
      log(false, received.message, remark, **datagram);
    if (!known && received.problem.empty())
      if (auto end = judge_always(received))
        return end;
    if (set_aside(received, step, expect))
      continue;
    if (for_group && !is_meant(received, expect)) {
      pass_over(std::move(received));
      continue;
    }
    out = std::move(received);
    return std::nullopt;
  }
}

// What the scenario says of every message; it concerns no step in particular.
Player::End Player::judge_always(const Received& received) {
  for (const InvariantName& name : invariants()) {
    if (std::find(scenario_.every_message.begin(), scenario_.every_message.end(), name.name) ==
        scenario_.every_message.end())
      continue;
    const auto difference = watch_.breach(name.invariant, received, tester_->find_sa(received.sa),
                                          world_.device->endpoint().address);
    if (!difference)
      continue;
    Step all;
    all.text = "every-message: " + std::string(name.name);
    all.why = name.sentence;
    all.checks = scenario_.checks;
    all.source = scenario_.steps[step_number_ - 1].source;
    return failed(all, *difference);
  }
  return std::nullopt;
}

Player::End Player::pass_time(Time until) {
  static const Step nothing;
  while (world_.link->now() < until) {
    std::optional<Received> received;
    if (auto end = next(until, nothing, nullptr, received))
      return end;
    if (received) {
      inbox_.push_back(*std::move(received));
      ++unjudged_;
    }
  }
  return std::nullopt;
}

}  // namespace karpspec::script
