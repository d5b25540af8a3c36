#include <algorithm>

#include "script/player.h"

// Whether the device still serves after what was done to it.
namespace karpspec::script {

using transcript::Difference;
using wire::ExchangeType;
using wire::NotifyType;
using wire::PayloadType;

namespace {

constexpr Duration survival_wait = std::chrono::seconds{5};
// How often the tester looks whether the device has died meanwhile.
constexpr Duration glance = std::chrono::milliseconds{25};
// How many requests it takes where the device wants a cookie and another group.
constexpr int most_attempts = 4;

SendStep request(ExchangeType exchange, const std::vector<transcript::PayloadName>& payloads) {
  SendStep step;
  step.message.exchange = static_cast<std::uint8_t>(exchange);
  step.message.response = false;
  step.message.payloads = payloads;
  return step;
}

// NAMES are right as they are written here.
std::vector<transcript::PayloadName> payloads(std::initializer_list<const char*> names) {
  std::vector<transcript::PayloadName> out;
  for (const char* name : names)
    if (auto parsed = transcript::parse_payload_name(name))
      out.push_back(*std::move(parsed));
  return out;
}

}  // namespace

Player::End Player::ask(const Step&, const std::vector<Octets>& datagrams,
                        const std::string& router, Time deadline,
                        const std::function<bool(const Received&)>& fits,
                        std::optional<Received>& answer) {
  const Endpoint from = source(false, std::nullopt, router);
  const Duration all = deadline - world_.link->now();
  Duration patience = std::max<Duration>(std::chrono::milliseconds{100}, all / 8);
  Time again = world_.link->now();
  while (world_.link->now() < deadline) {
    if (world_.link->now() >= again) {
      if (auto end = transmit(datagrams, from, world_.device->endpoint()))
        return end;
      again = world_.link->now() + patience;
      patience *= 2;
    }
    const Time until =
        std::min({deadline, again, world_.link->now() + (world_.simulated ? all : glance)});
    const auto datagram = world_.link->receive(until);
    if (!datagram)
      return laboratory_error(datagram.error());
    if (!*datagram) {
      if (!world_.device->alive())
        return std::nullopt;
      continue;
    }
    if (auto end = count_arrival())
      return end;
    tester_->set_now(world_.link->now());
    Received received = tester_->open((*datagram)->payload);
    log(false, received.message, received.problem, **datagram);
    taken_.insert(received.datagram);
    if (received.problem.empty() && fits(received)) {
      answer = std::move(received);
      return std::nullopt;
    }
    // Meanwhile a liveness check of the device is answered; the rest is of no concern any more.
    static const Step nothing;
    static_cast<void>(set_aside(received, nothing, nullptr));
  }
  return std::nullopt;
}

Player::End Player::fresh_exchange(const Step& step, const AliveStep& alive, Time deadline,
                                   std::optional<std::string>& missing) {
  const auto init = alive.mrkmp ? ExchangeType::mrkmp_init : ExchangeType::IKE_SA_INIT;
  const std::string name = "alive-" + std::to_string(++probes_);
  bool with_cookie = false;
  bool answered = false;
  for (int attempt = 0; attempt < most_attempts && !answered; ++attempt) {
    SendStep send = request(init, with_cookie ? payloads({"N(COOKIE)", "SAi1", "KEi", "Ni"})
                                              : payloads({"SAi1", "KEi", "Ni"}));
    const auto built = tester_->build(send, name, router_of(step));
    if (!built)
      return test_error(step, built.error());
    log(true, built->message, "fresh",
        {source(false, std::nullopt, router_of(step)), world_.device->endpoint(),
         built->datagrams.front()});
    std::optional<Received> answer;
    if (auto end = ask(
            step, built->datagrams, router_of(step), deadline,
            [&](const Received& received) {
              return received.sa == name && received.header.is_response() &&
                     received.header.exchange_type() == init;
            },
            answer))
      return end;
    if (!answer) {
      missing = "an answer to a fresh " + std::string(alive.mrkmp ? "mrkmp_init" : "IKE_SA_INIT");
      return std::nullopt;
    }
    if (auto absorbed = tester_->absorb(*answer, name, ""); !absorbed) {
      missing = "an answer that makes keys: " + to_string(absorbed.error());
      return std::nullopt;
    }
    const auto& list = answer->message.payloads;
    with_cookie = with_cookie || wire::find_notify(list, NotifyType::COOKIE) != nullptr;
    // Any other answer, a refusal too, shows that it serves.
    answered = wire::find_notify(list, NotifyType::COOKIE) == nullptr &&
               wire::find_notify(list, NotifyType::INVALID_KE_PAYLOAD) == nullptr;
  }
  const TesterSa* sa = tester_->find_sa(name);
  if (alive.by != AliveStep::By::auth || sa == nullptr || !sa->keys) {
    if (alive.by == AliveStep::By::auth)
      missing = "an IKE_SA_INIT answer that an IKE_AUTH can follow";
    return std::nullopt;
  }
  const auto asked = tester_->build(
      request(ExchangeType::IKE_AUTH, tester_->config().proof.by_signature
                                          ? payloads({"IDi", "CERT", "AUTH", "SAi2", "TSi", "TSr"})
                                          : payloads({"IDi", "AUTH", "SAi2", "TSi", "TSr"})),
      name);
  if (!asked)
    return test_error(step, asked.error());
  std::optional<Received> answer;
  if (auto end = ask(
          step, asked->datagrams, router_of(step), deadline,
          [&](const Received& received) {
            return received.sa == name && received.is_sealed && received.header.is_response() &&
                   received.header.exchange_type() == ExchangeType::IKE_AUTH;
          },
          answer))
    return end;
  if (!answer) {
    missing = "an answer to a fresh IKE_AUTH";
    return std::nullopt;
  }
  // Nothing is left behind in the device.
  const auto farewell =
      tester_->build(request(ExchangeType::INFORMATIONAL, payloads({"D(IKE)"})), name);
  if (farewell)
    return ask(
        step, farewell->datagrams, router_of(step),
        world_.link->now() + std::chrono::milliseconds{100},
        [&](const Received& received) {
          return received.sa == name && received.header.is_response() &&
                 received.header.exchange_type() == ExchangeType::INFORMATIONAL;
        },
        answer);
  return std::nullopt;
}

// What is not authentic leaves the window where it was (RFC 5996 section 2.3), and the tester
// cannot know what the device took for authentic: it asks under each message ID that may be the
// next one.
Player::End Player::standing_sa(const Step& step, Time deadline,
                                std::optional<std::string>& missing) {
  const TesterSa* sa = tester_->find_sa(step.sa);
  if (sa == nullptr || !sa->keys)
    return test_error(step, Error{ErrorCode::not_found,
                                  "there is no IKE SA '" + step.sa + "' with keys", std::nullopt});
  constexpr std::uint32_t most = 16;
  const std::uint32_t first = sa->answered_up_to;
  const std::uint32_t last =
      sa->next_own_id > first && sa->next_own_id - first <= most ? sa->next_own_id : first + 1;
  std::vector<Octets> datagrams;
  std::vector<std::uint32_t> ids;
  for (std::uint32_t id = first; id <= last; ++id)
    ids.push_back(id);
  for (const std::uint32_t id : ids) {
    SendStep send = request(ExchangeType::INFORMATIONAL, {});
    transcript::Expression value;
    value.text = std::to_string(id);
    auto path = transcript::parse_path("HDR.message_id");
    if (!path)
      return test_error(step, path.error());
    send.mutations.push_back(
        {transcript::SetField{*std::move(path), std::move(value)}, step.source});
    const auto built = tester_->build(send, step.sa);
    if (!built)
      return test_error(step, built.error());
    log(true, built->message, "does it stand?",
        {source(false, std::nullopt, sa->router), world_.device->endpoint(),
         built->datagrams.front()});
    datagrams.insert(datagrams.end(), built->datagrams.begin(), built->datagrams.end());
  }
  std::optional<Received> answer;
  if (auto end = ask(
          step, datagrams, sa->router, deadline,
          [&](const Received& received) {
            return received.sa == step.sa && received.is_sealed && received.header.is_response() &&
                   received.header.message_id == last &&
                   received.header.exchange_type() == ExchangeType::INFORMATIONAL;
          },
          answer))
    return end;
  if (!answer)
    missing = "an answer to an empty INFORMATIONAL request on the IKE SA '" + step.sa + "'";
  else if (auto absorbed = tester_->absorb(*answer, step.sa, ""); !absorbed)
    return test_error(step, absorbed.error());
  return std::nullopt;
}

Player::End Player::judge_growth(const Step& step, std::uint64_t most) const {
  const std::uint64_t now = dut::resident_memory(world_.device->vitals());
  if (memory_ == 0 || now <= memory_ + most)
    return std::nullopt;
  return failed(step, {"", std::nullopt,
                       "at most " + std::to_string(most) + " KiB more memory than at the beginning",
                       std::to_string(now - memory_) + " KiB more"});
}

Player::End Player::play(const Step& step, const AliveStep& alive) {
  const Time deadline = world_.link->now() + alive.within.value_or(survival_wait);
  begin_to_act();
  last_request_.reset();
  inbox_.clear();
  unjudged_ = 0;
  std::optional<std::string> missing;
  if (auto end = alive.by == AliveStep::By::standing_sa
                     ? standing_sa(step, deadline, missing)
                     : fresh_exchange(step, alive, deadline, missing))
    return end;
  if (missing) {
    const bool lives = world_.device->alive();
    Stopped out = failed(step, Difference{"", std::nullopt, *missing, "nothing"});
    return lives ? out : died(std::move(out));
  }
  return alive.growth ? judge_growth(step, *alive.growth) : std::nullopt;
}

}  // namespace karpspec::script
