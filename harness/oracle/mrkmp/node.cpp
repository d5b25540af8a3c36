#include "oracle/mrkmp/node.h"

#include <algorithm>

#include "oracle/core.h"
#include "oracle/ike/exchanges.h"
#include "oracle/mrkmp/habits.h"

namespace karpspec::oracle::mrkmp {
namespace {

using wire::ExchangeType;
using wire::PayloadType;

constexpr std::size_t most_keks = 1000;

// "fqdn:a.example" and the like: what a group knows a router by.
std::string name_of(const Identity& identity) {
  return std::to_string(identity.type) + ":" + identity_text(identity);
}

ExchangeType exchange_of(Group::Request request) {
  switch (request) {
    case Group::Request::join:
      return ExchangeType::mrkmp_join;
    case Group::Request::new_key:
      return ExchangeType::mrkmp_newkey;
    case Group::Request::merge:
      return ExchangeType::mrkmp_merge_sa;
  }
  return ExchangeType::mrkmp_join;
}

Group::Request request_of(ExchangeType exchange) {
  switch (exchange) {
    case ExchangeType::mrkmp_merge_sa:
      return Group::Request::merge;
    case ExchangeType::mrkmp_newkey:
      return Group::Request::new_key;
    default:
      return Group::Request::join;
  }
}

// An advertisement as if it had the size that its figure has.
Octets resized(OctetView octets) {
  constexpr std::size_t whole = 52, length_at = 27, advert_length_at = 43;
  Octets out(octets.begin(), octets.end());
  out.resize(whole);
  out[length_at] = whole;
  out[advert_length_at] = 12;
  return out;
}

}  // namespace

const char* group_address(bool ipv6) {
  return ipv6 ? "ff02::114" : "224.0.0.254";
}

class Node::Impl final : public GroupExchanges {
 public:
  Impl(NodeConfig config, Random& random, Seams& seams)
      : core(with_numbers(std::move(config.router)), random, seams), idle(config.idle) {
    core.groups = this;
    share(config.group_secret);
    const auto own = wire::IpAddress::from_text(core.config.local.address);
    for (GroupSetup& setup : config.groups) {
      if (own)
        setup.group.address = *own;
      setup.group.incarnation = random.u64();
      setup.group.habit = core.tunables.mrkmp_habit;
      const Endpoint to{group_address(!setup.group.address.is_v4()), core.config.local.port};
      setup.group.seal = [this, to](const GroupKey& kek, const GroupMessage& message,
                                    const wire::IpAddress& sender) {
        return seal(kek, message, sender, to);
      };
      groups.push_back(std::make_unique<Group>(setup.group, setup.priority, random, config.timers,
                                               config.election_timers));
      if (setup.group.habit == Habit::starts_without_join)
        groups.back()->join(core.now);
    }
  }

  // Gives SECRET to the peers that have none of their own.
  void share(const Secret& secret) {
    const Habit habit = core.tunables.mrkmp_habit;
    if (secret.empty() || habit == Habit::no_group_secret)
      return;
    for (const auto& peer : core.peers)
      if (peer->config.psk.empty() || habit == Habit::group_secret_first)
        peer->config.psk = secret.clone();
  }

  // --- GroupExchanges ----------------------------------------------------------------------

  [[nodiscard]] bool knows(ExchangeType exchange) const override {
    return exchange == ExchangeType::mrkmp_join || exchange == ExchangeType::mrkmp_newkey ||
           exchange == ExchangeType::mrkmp_merge_sa;
  }

  std::vector<wire::Payload> in_auth(const IkeSa& sa) override {
    const auto found = asks.find(sa.first_ask);
    return found == asks.end() ? std::vector<wire::Payload>() : found->second.payloads;
  }

  std::vector<wire::Payload> answer_auth(const IkeSa& sa,
                                         const std::vector<wire::Payload>& payloads) override {
    return wire::find(payloads, PayloadType::GROUP) == nullptr
               ? std::vector<wire::Payload>()
               : answer(sa, ExchangeType::mrkmp_join, payloads);
  }

  void auth_answered(const IkeSa& sa, const std::vector<wire::Payload>& payloads) override {
    if (sa.first_ask != 0)
      answered(sa, sa.first_ask, payloads);
  }

  std::vector<wire::Payload> answer(const IkeSa& sa, ExchangeType exchange,
                                    const std::vector<wire::Payload>& payloads) override {
    const wire::Payload* payload = wire::find(payloads, PayloadType::GROUP);
    const auto* named = payload == nullptr ? nullptr : payload->as<wire::GroupPayload>();
    std::vector<wire::Payload> out;
    if (named == nullptr) {
      out.push_back(wire::make_notify(wire::NotifyType::INVALID_SYNTAX));
      return out;
    }
    Group* group = find(*named);
    const auto from = wire::IpAddress::from_text(sa.remote.address);
    if (group == nullptr || !from) {
      // Not a group of this router's, nor one that it wants to be in.
      out.push_back(wire::make_notify(wire::NotifyType::MRKMP_GCKS_UNKNOWN, {0}));
      return out;
    }
    return group->answer(request_of(exchange), *from, name_of(sa.peer->config.identity), payloads,
                         core.now);
  }

  void answered(const IkeSa&, std::uint64_t ask,
                const std::vector<wire::Payload>& payloads) override {
    const auto found = asks.find(ask);
    if (found == asks.end())
      return;
    const auto [group, number] = std::pair(found->second.group, found->second.number);
    asks.erase(found);
    group->answered(number, payloads, core.now);
  }

  void ended(const IkeSa& sa, const std::vector<std::uint64_t>& unanswered, bool silent) override {
    const auto address = wire::IpAddress::from_text(sa.remote.address);
    for (const auto& group : groups)
      if (sa.peer != nullptr && address && sa.state == IkeState::closed)
        group->lost_association(name_of(sa.peer->config.identity), *address, core.now);
    for (const std::uint64_t ask : unanswered)
      fail_ask(ask, silent ? Election::Failure::silent : Election::Failure::unproven);
  }

  // --- what comes --------------------------------------------------------------------------

  void receive(const Datagram& datagram) {
    const auto header = wire::decode_header(datagram.payload);
    const auto exchange = header ? header->exchange_type() : ExchangeType{};
    const auto from = wire::IpAddress::from_text(datagram.source.address);
    if (exchange == ExchangeType::mrkmp_advert && from)
      return hear_advert(datagram.payload, *from);
    if (exchange == ExchangeType::mrkmp_group && from) {
      for (const auto& group : groups)
        group->hear(OctetView(datagram.payload), *from, core.now);
      return;
    }
    core.receive(datagram);
  }

  void hear_advert(OctetView octets, const wire::IpAddress& from) {
    const Octets given = core.tunables.mrkmp_habit == Habit::any_size
                             ? resized(octets)
                             : Octets(octets.begin(), octets.end());
    const auto message = wire::decode_message(given, core.config.numbers);
    if (!message)
      return core.event("malformed", "an advertisement: " + to_string(message.error()));
    const wire::Payload* named = wire::find(message->payloads, PayloadType::GROUP);
    const wire::Payload* advert = wire::find(message->payloads, PayloadType::ADV);
    if (message->header.spi_i != 0 || message->header.spi_r != 0 || named == nullptr ||
        advert == nullptr || named->as<wire::GroupPayload>() == nullptr ||
        advert->as<wire::AdvertPayload>() == nullptr)
      return core.event("dropped", "an advertisement without a group");
    const auto is_there = [&](const auto& sa) {
      return sa.second->remote.address == from.to_text();
    };
    if (core.tunables.mrkmp_habit == Habit::hears_associates_only &&
        std::none_of(core.sas.begin(), core.sas.end(), is_there))
      return;
    Group* group = find(*named->as<wire::GroupPayload>());
    if (core.tunables.mrkmp_habit == Habit::hears_other_groups)
      group = groups.front().get();
    if (group != nullptr)
      group->hear(*advert->as<wire::AdvertPayload>(), from, core.now);
  }

  // --- what goes ---------------------------------------------------------------------------

  // A message to the group as it leaves, with what a fault makes of it.
  Result<Octets> seal(const GroupKey& kek, const GroupMessage& message,
                      const wire::IpAddress& sender, const Endpoint& to) {
    Outgoing outgoing{to_message(kek.id, message), true, to};
    core.seams.before_encode(outgoing);
    std::vector<FieldAt> fields;
    Secret clear(wire::encode_message(outgoing.message, &fields));
    if (core.seams.edits_octets(outgoing)) {
      Octets edited(clear.view().begin(), clear.view().end());
      core.seams.after_encode(outgoing, edited, fields);
      clear = Secret(std::move(edited));
    }
    const auto* sequence = wire::find(outgoing.message.payloads, PayloadType::SEQ);
    const auto* number = sequence == nullptr ? nullptr : sequence->as<wire::SequencePayload>();
    const bool constant = core.tunables.mrkmp_habit == Habit::iv_constant;
    GroupKey key = kek.clone();
    if (core.tunables.mrkmp_habit == Habit::seals_with_another_key)
      key.key = Secret(kek_octets);
    auto sealed = core.tunables.mrkmp_habit == Habit::updates_in_clear
                      ? Result<Octets>(Octets(clear.view().begin(), clear.view().end()))
                      : seal_under_kek(key, clear.view(), sender,
                                       constant            ? 1
                                       : number == nullptr ? message.number
                                                           : number->number);
    if (auto* kd = wire::find(outgoing.message.payloads, PayloadType::KD))
      if (auto* download = kd->as<wire::KeyDownloadPayload>())
        wipe(*download);
    if (sealed)
      core.seams.after_seal(outgoing, *sealed);
    if (sealed && core.seams.deliver(outgoing).copies == 0)
      return fail(ErrorCode::unsupported, "it is not sent");
    return sealed;
  }

  std::vector<Datagram> settle() {
    std::vector<Datagram> out;
    for (bool busy = true; busy;) {
      busy = false;
      for (const auto& group : groups)
        for (Group::Action& action : group->take_actions()) {
          busy = true;
          carry_out(*group, action);
        }
      for (Datagram& datagram : core.settle()) {
        busy = true;
        const auto header = wire::decode_header(datagram.payload, false);
        if (core.tunables.mrkmp_habit == Habit::init_by_multicast && header &&
            !header->is_response() && header->exchange_type() == ExchangeType::mrkmp_init)
          datagram.destination = all_of(*groups.front());
        out.push_back(std::move(datagram));
      }
    }
    remember_keks();
    return out;
  }

  void carry_out(Group& group, Group::Action& action) {
    if (auto* ask = std::get_if<Group::Ask>(&action)) {
      begin(group, *ask);
    } else if (const auto* advertise = std::get_if<Group::Advertise>(&action)) {
      wire::Message message;
      message.header.exchange = static_cast<std::uint8_t>(ExchangeType::mrkmp_advert);
      message.header.flags = wire::Header::flag_initiator;
      wire::GroupPayload id = group.config().id;
      message.payloads.push_back(wire::make_payload(PayloadType::GROUP, id));
      message.payloads.push_back(wire::make_payload(PayloadType::ADV, advertise->advert));
      const Endpoint to = advertise->to ? Endpoint{advertise->to->to_text(), core.config.local.port}
                                        : all_of(group);
      (void)core.emit({std::move(message), false, to}, nullptr);
    } else if (auto* multicast = std::get_if<Group::Multicast>(&action)) {
      if (core.tunables.mrkmp_habit == Habit::updates_by_unicast) {
        for (const auto& peer : core.peers)
          core.post(peer->config.endpoint, {multicast->datagram}, {}, false);
        return;
      }
      core.post(all_of(group), {std::move(multicast->datagram)}, {}, false);
    } else {
      const auto& note = std::get<Group::Note>(action);
      core.event(note.kind, note.text, {{"group", group.config().name}});
    }
  }

  [[nodiscard]] Endpoint all_of(const Group& group) const {
    return {group_address(!group.config().address.is_v4()), core.config.local.port};
  }

  void begin(Group& group, Group::Ask& ask) {
    const std::uint64_t number = next_ask++;
    asks[number] = {&group, ask.number, {}};
    const std::string address = ask.to.to_text();
    const auto peer =
        std::find_if(core.peers.begin(), core.peers.end(), [&](const std::unique_ptr<Peer>& each) {
          return each->config.endpoint.address == address && !each->config.any_identity;
        });
    if (peer == core.peers.end()) {
      core.event("peer-refused", "nobody is known to be at " + address);
      return fail_ask(number, Election::Failure::unproven);
    }
    Task task;
    task.kind = Task::Kind::group;
    task.exchange = exchange_of(ask.request);
    task.ask = number;
    IkeSa* sa = nullptr;
    if (core.tunables.mrkmp_habit != Habit::association_for_each)
      sa = core.established_with(**peer);
    if (sa == nullptr)
      sa = core.opening_with(**peer);
    if (sa != nullptr) {
      task.payloads = std::move(ask.payloads);
      sa->tasks.push_back(std::move(task));
      return core.touch(*sa);
    }
    if (ask.request == Group::Request::join)
      asks[number].payloads = ask.payloads;
    sa = ike::start_ike_sa_init(core, **peer, 0);
    if (sa == nullptr)
      return fail_ask(number, Election::Failure::unproven);
    if (ask.request == Group::Request::join) {
      sa->first_ask = number;
    } else {
      task.payloads = std::move(ask.payloads);
      sa->tasks.push_back(std::move(task));
    }
  }

  void fail_ask(std::uint64_t ask, Election::Failure failure) {
    const auto found = asks.find(ask);
    if (found == asks.end())
      return;
    const auto [group, number] = std::pair(found->second.group, found->second.number);
    asks.erase(found);
    group->failed(number, failure, core.now);
  }

  // --- time --------------------------------------------------------------------------------

  // When the association SA, ours, has been idle for too long (P-214).
  [[nodiscard]] std::optional<Time> idle_at(const IkeSa& sa) const {
    if (!sa.initiator || sa.state != IkeState::established || !sa.tasks.empty() ||
        !sa.outstanding.empty() || core.tunables.mrkmp_habit == Habit::keeps_association)
      return std::nullopt;
    const bool by_age = core.tunables.mrkmp_habit == Habit::ends_association_by_age;
    return (by_age ? sa.created : sa.last_heard) + idle;
  }

  void tick() {
    core.tick();
    for (const auto& [number, sa] : core.sas)
      if (const auto at = idle_at(*sa); at && *at <= core.now) {
        Task task;
        task.kind = Task::Kind::delete_ike;
        sa->tasks.push_back(task);
        core.touch(*sa);
      }
    for (const auto& group : groups)
      group->tick(core.now);
  }

  [[nodiscard]] std::optional<Time> deadline() const {
    std::optional<Time> next = core.deadline();
    const auto consider = [&](std::optional<Time> time) {
      if (time && (!next || *time < *next))
        next = time;
    };
    for (const auto& [number, sa] : core.sas)
      consider(idle_at(*sa));
    for (const auto& group : groups)
      consider(group->deadline());
    return next;
  }

  // --- groups ------------------------------------------------------------------------------

  [[nodiscard]] Group* find(wire::GroupPayload id) const {
    id.reserved = 0;
    if (core.tunables.mrkmp_habit == Habit::one_group_for_all && !groups.empty())
      return groups.front().get();
    const auto found = std::find_if(groups.begin(), groups.end(),
                                    [&](const auto& group) { return group->config().id == id; });
    return found == groups.end() ? nullptr : found->get();
  }
  [[nodiscard]] Result<Group*> named(std::string_view name) const {
    for (const auto& group : groups)
      if (group->config().name == name)
        return group.get();
    return fail(ErrorCode::not_found, "no group is called '" + std::string(name) + "'");
  }

  void remember_keks() {
    for (const auto& group : groups)
      for (const Kek& kek : group->keys().keks()) {
        const bool known = std::any_of(seen_keks.begin(), seen_keks.end(), [&](const auto& seen) {
          return seen.id == kek.key.id && seen.same_key(kek.key);
        });
        if (!known && seen_keks.size() < most_keks)
          seen_keks.push_back(kek.key.clone());
      }
  }

  static RouterConfig with_numbers(RouterConfig config) {
    config.numbers.mrkmp = true;
    return config;
  }

  struct Asked {
    Group* group = nullptr;
    std::uint64_t number = 0;  // the group's
    std::vector<wire::Payload> payloads;
  };

  Core core;
  Duration idle;
  std::vector<std::unique_ptr<Group>> groups;
  std::map<std::uint64_t, Asked> asks;
  std::uint64_t next_ask = 1;
  std::vector<GroupKey> seen_keks;
};

Node::Node(NodeConfig config, Random& random, Seams& seams)
    : impl_(std::make_unique<Impl>(std::move(config), random, seams)) {}
Node::~Node() = default;

std::vector<Datagram> Node::receive(const Datagram& datagram, Time now) {
  impl_->core.now = now;
  impl_->receive(datagram);
  return impl_->settle();
}

std::vector<Datagram> Node::tick(Time now) {
  impl_->core.now = now;
  impl_->tick();
  return impl_->settle();
}

std::optional<Time> Node::deadline() const {
  return impl_->deadline();
}

Node::Sent Node::join(std::string_view name, std::uint16_t priority, Time now) {
  impl_->core.now = now;
  KARPSPEC_TRY(group, impl_->named(name));
  group->set_priority(priority);
  group->join(now);
  return impl_->settle();
}

Node::Sent Node::leave(std::string_view name, Time now) {
  impl_->core.now = now;
  KARPSPEC_TRY(group, impl_->named(name));
  group->leave(now);
  return impl_->settle();
}

Node::Sent Node::set_priority(std::string_view name, std::uint16_t priority, Time now) {
  impl_->core.now = now;
  KARPSPEC_TRY(group, impl_->named(name));
  group->set_priority(priority);
  return impl_->settle();
}

Node::Sent Node::change_key(std::string_view name, Time now) {
  impl_->core.now = now;
  KARPSPEC_TRY(group, impl_->named(name));
  if (const GroupKey* key = group->keys().sends_with(now))
    group->want_another_key(key->id, now);
  return impl_->settle();
}

Node::Sent Node::renew_kek(std::string_view name, Time now) {
  impl_->core.now = now;
  KARPSPEC_TRY(group, impl_->named(name));
  group->renew_kek(now);
  return impl_->settle();
}

Node::Sent Node::remove(std::string_view name, std::string_view peer_name, bool forward_security,
                        Time now) {
  impl_->core.now = now;
  KARPSPEC_TRY(group, impl_->named(name));
  const Peer* peer = impl_->core.find_peer(peer_name);
  const auto address = peer == nullptr ? Result<wire::IpAddress>(wire::IpAddress{})
                                       : wire::IpAddress::from_text(peer->config.endpoint.address);
  if (peer == nullptr || !address)
    return fail(ErrorCode::not_found, "no peer is called '" + std::string(peer_name) + "'");
  group->remove(name_of(peer->config.identity), *address, forward_security, now);
  return impl_->settle();
}

std::vector<std::string> Node::group_names() const {
  std::vector<std::string> out;
  for (const auto& group : impl_->groups)
    out.push_back(group->config().name);
  return out;
}

const Group* Node::group(std::string_view name) const {
  const auto found = impl_->named(name);
  return found ? *found : nullptr;
}

std::vector<keytable::Row> Node::rows() const {
  std::vector<keytable::Row> out;
  for (const auto& group : impl_->groups)
    for (keytable::Row& row : group->rows())
      out.push_back(std::move(row));
  return out;
}

std::vector<SaInfo> Node::sas() const {
  return sas_of(impl_->core);
}
const std::vector<Event>& Node::events() const {
  return impl_->core.events;
}
const std::vector<IkeKeyLog>& Node::ike_keys() const {
  return impl_->core.key_log;
}
const std::vector<GroupKey>& Node::keks() const {
  return impl_->seen_keks;
}

}  // namespace karpspec::oracle::mrkmp
