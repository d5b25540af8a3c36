#include <algorithm>

#include "script/player.h"
#include "transcript/render.h"

// What the tester's routers and the device say to a group, and which of it reaches whom.
namespace karpspec::script {

using verdict::Fault;
using verdict::Verdict;
using wire::ExchangeType;
using wire::PayloadType;

namespace {

const wire::KeyDownloadPayload* download_in(const wire::Message& message) {
  const wire::Payload* payload = wire::find(message.payloads, PayloadType::KD);
  return payload == nullptr ? nullptr : payload->as<wire::KeyDownloadPayload>();
}

// The items of KD, of a message without it the entries of POLICY. nullopt: it has neither.
std::optional<Json> item_rows_of(const wire::Message& message) {
  const auto* download = download_in(message);
  const wire::Payload* found = wire::find(message.payloads, PayloadType::POLICY);
  const auto* policy = found == nullptr ? nullptr : found->as<wire::PolicyPayload>();
  if (download == nullptr && policy == nullptr)
    return std::nullopt;
  Json out = Json::array();
  for (const auto& row : download != nullptr ? item_rows(*download) : entry_rows(*policy)) {
    Json& object = out.emplace_back(Json::object());
    for (const auto& [field, value] : row)
      object[field] = value;
  }
  return out;
}

// What an alternative that is silent is broken by, else its message.
const std::optional<transcript::MessageNotation>& message_of(const Alternative& alternative) {
  return alternative.silence ? alternative.of : alternative.message;
}

}  // namespace

bool Scenario::has_groups() const {
  return device.contains("groups") || device_patch.contains("groups") || has_keyserver();
}

bool Scenario::has_keyserver() const {
  return device.contains("keyserver") || device_patch.contains("keyserver");
}

bool Scenario::on_ipv6() const {
  return tester_patch.value("family", "ipv4") == "ipv6";
}

Player::End Player::place_routers(TesterConfig& config) const {
  if (!scenario_.has_groups())
    return std::nullopt;
  if (world_.group_address.empty())
    return Stopped{Verdict::not_applicable, Fault::none, "the laboratory has no multicast",
                   std::nullopt};
  for (TesterRouter& router : config.routers) {
    const auto found = world_.routers.find(router.name);
    if (router.name != "tester" && found == world_.routers.end())
      return Stopped{Verdict::not_applicable, Fault::none,
                     "the laboratory has no place for the tester's router '" + router.name + "'",
                     std::nullopt};
    router.own = source(false, std::nullopt, router.name);
  }
  return std::nullopt;
}

Endpoint Player::group_endpoint() const {
  return {world_.group_address, world_.tester.port};
}

std::string Player::router_of(const Step& step) const {
  return step.router.empty() ? tester_->router_of(step.sa) : step.router;
}

std::string Player::name_of(const Endpoint& end) const {
  if (!world_.group_address.empty() && end.address == world_.group_address)
    return "group";
  for (const auto& [name, address] : world_.routers)
    if (address == end.address)
      return name;
  return end.address.empty() || end.address == world_.device->endpoint().address ? "device"
                                                                                 : "tester";
}

void Player::begin_to_act() {
  unjudged_ = 0;
  overheard_.clear();
}

bool Player::is_lost(const Datagram& datagram, const Received& received) {
  if (cut_off_.contains(name_of(datagram.destination)))
    return true;
  for (LoseStep& loss : losses_) {
    if (loss.times == 0 || received.header.exchange != loss.message.exchange ||
        (loss.message.response && *loss.message.response != received.header.is_response()) ||
        transcript::compare(loss.message, received.message, {}, numbers_))
      continue;
    --loss.times;
    return true;
  }
  return false;
}

Player::End Player::advertise_again() {
  const Time now = world_.link->now();
  for (auto& [router, advertising] : advertising_) {
    if (advertising.next > now)
      continue;
    advertising.next = now + advertising.every;
    if (auto end =
            transmit({advertising.datagram}, source(false, std::nullopt, router), group_endpoint()))
      return end;
  }
  return std::nullopt;
}

Time Player::next_advertisement() const {
  Time next = Time::max();
  for (const auto& [router, advertising] : advertising_)
    next = std::min(next, advertising.next);
  return next;
}

bool Player::means(const Alternative& alternative, const Received& received) {
  const auto& message = message_of(alternative);
  if (!message || message->exchange != received.header.exchange)
    return false;
  if (message->response && *message->response != received.header.is_response())
    return false;
  if (!alternative.to.empty() && alternative.to != (received.to_group ? "group" : received.router))
    return false;
  const transcript::MatchScope scope{*tester_, &received.message};
  return std::all_of(alternative.pick.begin(), alternative.pick.end(), [&](const Where& pick) {
    const auto found = transcript::get_field(received.message, pick.path, numbers_);
    const auto value = found ? std::optional(*found) : std::nullopt;
    const auto fits = transcript::matches(pick.matcher, value, scope);
    return fits && *fits;
  });
}

bool Player::is_meant(const Received& received, const ExpectStep* expect) {
  return expect != nullptr &&
         std::any_of(expect->alternatives.begin(), expect->alternatives.end(),
                     [&](const Alternative& alternative) { return means(alternative, received); });
}

void Player::pass_over(Received received) {
  constexpr std::size_t most_overheard = 1000;
  if (received.problem.empty())
    static_cast<void>(tester_->absorb(received, "main", ""));
  overheard_.push_back(std::move(received));
  if (overheard_.size() > most_overheard)
    overheard_.pop_front();
}

bool Player::is_news(const Received& received) {
  std::string text = received.router + " " + received.problem + " ";
  if (!received.problem.empty())
    return shown_.insert(text + std::to_string(received.header.spi_i)).second;
  if (const auto* download = download_in(received.message)) {
    text += std::to_string(received.header.spi_i);
    for (const wire::KeyItem& item : download->items)
      text += " " + std::to_string(item.kind) + ":" + std::to_string(item.key_id);
  } else if (received.header.exchange_type() == ExchangeType::mrkmp_advert) {
    text += to_hex(received.datagram);
  } else {
    return true;
  }
  return shown_.insert(std::move(text)).second;
}

std::optional<Received> Player::overheard(const ExpectStep& expect) {
  while (!overheard_.empty()) {
    Received received = std::move(overheard_.front());
    overheard_.pop_front();
    if (is_meant(received, &expect))
      return received;
  }
  return std::nullopt;
}

bool Player::answer_push_beside(const Received& received, const ExpectStep& expect) {
  const auto* download = download_in(received.message);
  const TesterSa* sa = tester_->find_sa(received.sa);
  if (sa == nullptr || download == nullptr || !received.problem.empty() || !received.is_sealed ||
      received.header.is_response() || received.header.exchange_type() != ExchangeType::ks_group ||
      std::none_of(download->items.begin(), download->items.end(),
                   [](const wire::KeyItem& item) { return item.is_key(); }))
    return false;
  const auto& alternatives = expect.alternatives;
  const bool awaited = std::any_of(alternatives.begin(), alternatives.end(), [&](const auto& each) {
    if (!each.message)
      return false;
    const auto exchange = static_cast<ExchangeType>(each.message->exchange);
    return exchange == ExchangeType::ks_policy ||
           (exchange == ExchangeType::ks_group && !each.pick.empty());
  });
  if (!awaited || is_meant(received, &expect))
    return false;
  static const auto answer = transcript::parse_message_notation("ks_group response {KD}");
  SendStep step;
  step.message = *answer;
  taken_.insert(received.datagram);
  if (!tester_->absorb(received, received.sa, ""))
    return false;
  if (const auto built = tester_->build(step, received.sa)) {
    const Endpoint from = source(false, std::nullopt, sa->router);
    log(true, built->message, "in the background",
        {from, world_.device->endpoint(), built->datagrams.front()});
    static_cast<void>(transmit(built->datagrams, from, world_.device->endpoint()));
  }
  return true;
}

bool Player::is_elsewhere(const Step& step, const Alternative& alternative,
                          const Received& received) const {
  if (!scenario_.has_groups() || goes_to_group(received.header.exchange))
    return false;
  const std::string& sa = alternative.sa.empty() ? step.sa : alternative.sa;
  std::string wanted = alternative.to.empty() ? step.router : alternative.to;
  if (const TesterSa* known = tester_->find_sa(sa); wanted.empty() && known != nullptr)
    wanted = known->router;
  if (!wanted.empty() && wanted != received.router)
    return true;
  // A key server may begin an association at any time (P-250, P-255), which has no name yet.
  if (received.sa.empty())
    return scenario_.has_keyserver() &&
           ((alternative.message && alternative.message->exchange != received.header.exchange) ||
            (wanted.empty() && received.router != tester_->router_of(sa)));
  return received.sa != sa;
}

// What every message to a group has (P-207, P-208), then the keys that it brings.
std::optional<Mismatch> Player::judge_for_group(const Alternative& alternative,
                                                const Received& received) {
  const wire::Header& header = received.header;
  const auto asked = [&](std::string_view field) {
    return std::any_of(alternative.where.begin(), alternative.where.end(), [&](const Where& where) {
      return where.path.root == transcript::Path::Root::header &&
             where.path.segments[0].name == field;
    });
  };
  const auto number = [](std::uint64_t value) {
    return transcript::to_text(transcript::Value(value));
  };
  const bool advert = header.exchange_type() == ExchangeType::mrkmp_advert;
  const auto* sequence = wire::find(received.message.payloads, PayloadType::SEQ);
  const auto* body = sequence == nullptr ? nullptr : sequence->as<wire::SequencePayload>();
  const std::uint64_t id = body == nullptr ? 0 : body->number & 0xffffffff;
  const std::uint64_t flags = wire::Header::flag_initiator;
  struct Field {
    const char* name;
    std::size_t octet;
    std::uint64_t wanted, got;
    bool judged;
  };
  // Of a group message the KEK that SPIi names has opened it.
  for (const Field& field :
       {Field{"spi_i", 0, 0, header.spi_i, advert}, Field{"spi_r", 8, 0, header.spi_r, true},
        Field{"flags", 19, flags, header.flags, true},
        Field{"message_id", 20, advert ? 0 : id, header.message_id, true}})
    if (field.judged && field.got != field.wanted && !asked(field.name))
      return Mismatch{
          {std::string("HDR.") + field.name, field.octet, number(field.wanted), number(field.got)},
          2};
  return std::nullopt;
}

std::optional<Mismatch> Player::judge_items(const Alternative& alternative,
                                            const Received& received) {
  if (!alternative.items)
    return std::nullopt;
  const auto rows = item_rows_of(received.message);
  if (!rows)
    return Mismatch{{"items", std::nullopt, "items", "no KD or POLICY payload"}, 5};
  if (auto difference = compare_rows("items", *alternative.items, *rows))
    return Mismatch{*std::move(difference), 5};
  return std::nullopt;
}

Player::End Player::keep_items(const Step& step, const Alternative& alternative,
                               const Received& received) {
  const auto rows = item_rows_of(received.message);
  if (!alternative.items || !rows)
    return std::nullopt;
  return keep(step, *alternative.items, *rows);
}

Player::End Player::play(const Step& step, const WatchStep& watch) {
  ExpectStep expect;
  expect.alternatives.push_back(watch.of);
  const Time until = world_.link->now() + watch.time;
  std::size_t count = 0;
  overheard_.clear();
  for (;;) {
    std::optional<Received> received;
    if (auto end = next(until, step, &expect, received))
      return end;
    if (!received)
      break;
    if (!is_meant(*received, &expect)) {
      inbox_.push_back(*std::move(received));
      ++unjudged_;
      continue;
    }
    if (const auto mismatch = judge(step, watch.of, *received))
      return failed(step, mismatch->difference);
    static_cast<void>(tester_->absorb(*received, step.sa, ""));
    ++count;
  }
  const transcript::MatchScope scope{*tester_, nullptr};
  const auto fits = transcript::matches_text(watch.times, std::to_string(count), scope);
  if (!fits)
    return test_error(step, fits.error());
  if (!*fits)
    return failed(step, {"times", std::nullopt, watch.times.text, std::to_string(count)});
  return std::nullopt;
}

Player::End Player::play(const Step& step, const AdvertiseStep& advertise) {
  const std::string router = router_of(step);
  if (advertise.rest) {
    advertising_.erase(router);
    exchange_.push_back(since_start() + "  " + router + " rests");
    return std::nullopt;
  }
  SendStep send;
  send.message = advertise.message;
  send.mutations = advertise.mutations;
  tester_->set_now(world_.link->now());
  const auto built = tester_->build(send, step.sa, router);
  if (!built)
    return test_error(step, built.error());
  begin_to_act();
  const Time now = world_.link->now();
  const Datagram shown{source(false, std::nullopt, router), group_endpoint(),
                       built->datagrams.front()};
  const double seconds = std::chrono::duration<double>(advertise.every).count();
  std::string every = std::to_string(seconds);
  every.erase(every.find_last_not_of('0') + 1);
  if (every.ends_with('.'))
    every.pop_back();
  log(true, built->message, "each " + every + " s from now on", shown);
  advertising_[router] = {built->datagrams.front(), advertise.every, now};
  return advertise_again();
}

Player::End Player::play(const Step&, const PartitionStep& partition) {
  for (const std::string& router : partition.routers) {
    if (partition.heal)
      cut_off_.erase(router);
    else
      cut_off_.insert(router);
    exchange_.push_back(since_start() + "  " + router +
                        (partition.heal ? " reaches the device again" : " is cut off"));
  }
  return std::nullopt;
}

Player::End Player::play(const Step&, const LoseStep& lose) {
  losses_.push_back(lose);
  return std::nullopt;
}

}  // namespace karpspec::script
