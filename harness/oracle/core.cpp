#include "oracle/core.h"

#include <algorithm>

#include "oracle/child.h"
#include "oracle/ike/exchanges.h"
#include "oracle/keyserver/habits.h"
#include "oracle/mrkmp/habits.h"
#include "wire/spi_text.h"

namespace karpspec::oracle {

namespace {

// The oldest are forgotten beyond this.
constexpr std::size_t most_events = 100000;
constexpr std::size_t most_key_logs = 10000;
// Routers of one group that have proven who they are.
constexpr std::ptrdiff_t most_members = 1024;

}  // namespace

std::string identity_text(const Identity& identity) {
  const auto type = static_cast<wire::IdType>(identity.type);
  const bool readable =
      !identity.value.empty() && std::all_of(identity.value.begin(), identity.value.end(),
                                             [](std::uint8_t c) { return c > 0x20 && c < 0x7f; });
  if ((type == wire::IdType::ID_FQDN || type == wire::IdType::ID_RFC822_ADDR) && readable)
    return {identity.value.begin(), identity.value.end()};
  if (type == wire::IdType::ID_IPV4_ADDR && identity.value.size() == 4) {
    std::string text;
    for (const std::uint8_t octet : identity.value)
      text += (text.empty() ? "" : ".") + std::to_string(octet);
    return text;
  }
  return "0x" + to_hex(identity.value);
}

Core::Core(RouterConfig given, Random& given_random, Seams& given_seams)
    : config(std::move(given)),
      tunables(config.tunables),
      random(given_random),
      seams(given_seams) {
  seams.tune(tunables);
  for (const PeerConfig& peer : config.peers) {
    peers.push_back(std::make_unique<Peer>());
    peers.back()->config = peer.clone();
    peers.back()->next_send_id = random.octets(1).front();
  }
  cookie_secret = Secret(random.octets(32));
}

void Core::event(std::string kind, std::string text, std::map<std::string, std::string> fields) {
  if (!tunables.notify_client && kind.starts_with("key-"))
    return;
  stopped = stopped || (tunables.stops_at_malformed && kind == "malformed");
  if (tunables.management_habit == operations::Habit::failure_ends_manual &&
      (kind == "child-refused" || kind == "ike-sa-failed" || kind == "gave-up"))
    management.forget_manual_rows("");
  const std::uint64_t n = events.empty() ? 1 : events.back().n + 1;
  if (events.size() >= most_events)
    events.erase(events.begin(), events.begin() + most_events / 10);
  events.push_back({n, now, std::move(kind), std::move(text), std::move(fields)});
  kmdb.on_event(events.back().kind, events.back().text, events.back().fields);
}

void Core::event(const IkeSa& sa, std::string kind, std::string text,
                 std::map<std::string, std::string> fields) {
  if (sa.peer != nullptr)
    fields.emplace("peer", sa.peer->config.name);
  fields.emplace("spi_i", wire::spi_text(sa.spi_i));
  fields.emplace("spi_r", wire::spi_text(sa.spi_r));
  event(std::move(kind), std::move(text), std::move(fields));
}

// --- SAs -----------------------------------------------------------------------------------------

IkeSa& Core::new_sa(bool initiator, const Endpoint& remote) {
  auto sa = std::make_unique<IkeSa>();
  sa->number = next_sa_++;
  sa->initiator = sa->origin.by_us = initiator;
  sa->remote = remote;
  sa->created = now;
  sa->begun = next_order();
  sa->last_heard = now;
  IkeSa& result = *sa;
  sas.emplace(result.number, std::move(sa));
  touch(result);
  return result;
}

void Core::index(IkeSa& sa) {
  if (find_own(sa.indexed_spi) == &sa)
    by_own_spi_.erase(sa.indexed_spi);
  sa.indexed_spi = sa.own_spi();
  by_own_spi_[sa.indexed_spi] = &sa;
}

void Core::assign(IkeSa& sa, Peer& peer) {
  if (sa.peer != nullptr)
    leave_peer(sa);
  sa.peer = &peer;
  sa.place = next_place_++;
  peer.sas.push_back(&sa);
  peer.sas_by_origin[sa.origin.by_us].push_back(&sa);
}

void Core::leave_peer(IkeSa& sa) {
  std::erase(sa.peer->sas, &sa);
  for (auto& sas_of_origin : sa.peer->sas_by_origin)
    std::erase(sas_of_origin, &sa);
  sa.peer->sas_with_tasks.erase(sa.place);
}

void Core::forget_peer_spi(const IkeSa& sa) {
  auto [at, end] = by_peer_spi.equal_range(sa.spi_i);
  while (at != end)
    at = at->second == &sa ? by_peer_spi.erase(at) : std::next(at);
}

IkeSa* Core::find_own(std::uint64_t own_spi) const {
  const auto at = by_own_spi_.find(own_spi);
  return at == by_own_spi_.end() ? nullptr : at->second;
}

IkeSa* Core::find_number(std::uint64_t number) const {
  const auto at = sas.find(number);
  return at == sas.end() ? nullptr : at->second.get();
}

IkeSa* Core::established_with(const Peer& peer) const {
  for (auto sa = peer.sas.rbegin(); sa != peer.sas.rend(); ++sa)
    if ((*sa)->state == IkeState::established && !(*sa)->replaced)
      return *sa;
  return nullptr;
}

IkeSa* Core::opening_with(const Peer& peer) const {
  for (IkeSa* sa : peer.sas)
    if (sa->state == IkeState::init_sent || sa->state == IkeState::auth_sent)
      return sa;
  return nullptr;
}

bool Core::asks_for(const Peer& peer, std::uint8_t protocol, const IkeSa* except) const {
  return std::any_of(peer.sas.begin(), peer.sas.end(), [&](const IkeSa* sa) {
    if (sa == except)
      return false;
    if (sa->state == IkeState::init_sent || sa->state == IkeState::auth_sent)
      return sa->first_protocol == protocol;
    return std::any_of(sa->outstanding.begin(), sa->outstanding.end(), [&](const Exchange& e) {
      return e.begun != 0 && e.offer.protocol == protocol;
    });
  });
}

Peer* Core::find_peer(std::string_view name) {
  const auto named = [&](const auto& peer) { return peer->config.name == name; };
  const auto found = std::find_if(peers.begin(), peers.end(), named);
  if (found == peers.end())
    return nullptr;
  // Who is at the group's address is called by the group's name.
  for (const auto& peer : peers)
    if (peer->group == found->get() &&
        peer->config.endpoint.address == (*found)->config.endpoint.address)
      return peer.get();
  return found->get();
}

Peer* Core::find_named_peer(const Identity& identity) {
  for (const auto& peer : peers)
    if (peer->group == nullptr && !peer->config.any_identity &&
        name_the_same(peer->config.identity, identity))
      return peer.get();
  return nullptr;
}

Peer* Core::find_member(const Peer& group, const Identity& identity) {
  for (const auto& peer : peers)
    if (peer->group == &group && name_the_same(peer->config.identity, identity))
      return peer.get();
  return nullptr;
}

Peer* Core::member_of(Peer& peer, const Identity& identity, const Endpoint& remote) {
  if (!peer.config.any_identity)
    return &peer;
  if (Peer* known = find_member(peer, identity))
    return known;
  const auto members = std::count_if(peers.begin(), peers.end(),
                                     [&](const auto& each) { return each->group == &peer; });
  if (members >= most_members) {
    // One that has nothing any more makes room for another.
    const auto is_idle = [&](const std::unique_ptr<Peer>& each) {
      return each->group == &peer && each->children.empty() &&
             std::none_of(sas.begin(), sas.end(),
                          [&](const auto& sa) { return sa.second->peer == each.get(); });
    };
    const auto idle = std::find_if(peers.begin(), peers.end(), is_idle);
    if (idle == peers.end())
      return nullptr;
    peers.erase(idle);
  }
  peers.push_back(std::make_unique<Peer>());
  Peer& member = *peers.back();
  member.group = &peer;
  member.config = peer.config.clone();
  member.config.any_identity = false;
  member.config.identity = identity;
  member.config.endpoint = remote;
  member.config.name += "/" + identity_text(identity);
  member.next_send_id = random.octets(1).front();
  return &member;
}

std::uint64_t Core::fresh_spi() {
  std::uint64_t spi = 0;
  while (spi == 0 || by_own_spi_.contains(spi))
    spi = random.u64();
  return spi;
}

Octets Core::fresh_nonce() {
  return random.octets(static_cast<std::size_t>(tunables.nonce_size));
}

void Core::log_keys(const IkeSa& sa) {
  if (key_log.size() >= most_key_logs)
    key_log.erase(key_log.begin(), key_log.begin() + most_key_logs / 10);
  key_log.push_back({sa.spi_i, sa.spi_r, sa.suite, sa.keys.clone()});
}

void Core::forget_keys(const IkeSa& sa) {
  std::erase_if(key_log, [&](const IkeKeyLog& log) {
    return log.spi_i == sa.spi_i && log.spi_r == sa.spi_r;
  });
}

void Core::become_established(IkeSa& sa) {
  if (sa.state == IkeState::half_open)
    --half_open;
  sa.state = IkeState::established;
  sa.established = next_order();
  if (sa.origin.established == 0)
    sa.origin = {sa.initiator, std::min(sa.ni, sa.nr), sa.established, now};
  if (tunables.half_open_time_stops)
    sa.expires.reset();
  touch(sa);
  // Keys whose IKE SA is gone are served by the next one (profile P-08).
  if (sa.peer != nullptr && tunables.keys_change_ike_sa &&
      std::exchange(sa.peer->has_lone_keys, false))
    for (const auto& child : sa.peer->children)
      if (child->sa == nullptr)
        child->sa = &sa;
}

std::vector<std::uint64_t> Core::take_asks(IkeSa& sa) {
  std::vector<std::uint64_t> out;
  if (const std::uint64_t first = std::exchange(sa.first_ask, 0))
    out.push_back(first);
  for (const Exchange& exchange : sa.outstanding)
    if (exchange.task.kind == Task::Kind::group)
      out.push_back(exchange.task.ask);
  for (const Task& task : sa.tasks)
    if (task.kind == Task::Kind::group)
      out.push_back(task.ask);
  return out;
}

void Core::close(IkeSa& sa, const std::string& why, bool keep_keys) {
  if (sa.state == IkeState::closed)
    return;
  const bool was_established = sa.state == IkeState::established || sa.state == IkeState::closing;
  if (was_established)
    ike::settle_for_theirs(*this, sa);
  if (sa.state == IkeState::half_open)
    --half_open;
  sa.state = IkeState::closed;
  std::vector<Task> tasks;
  for (const Exchange& exchange : sa.outstanding) {
    if (exchange.exchange == static_cast<std::uint8_t>(wire::ExchangeType::INFORMATIONAL))
      tasks.push_back(exchange.task);
    if (exchange.begun != 0 && sa.peer != nullptr)
      event(sa, "gave-up", "the IKE SA ends before the answer for a key");
    // Deletes that went along with the one of the IKE SA.
    for (const std::uint64_t number : exchange.deleted) {
      Task task;
      task.kind = Task::Kind::delete_child;
      task.child = number;
      tasks.push_back(task);
    }
  }
  if (groups != nullptr)
    groups->ended(sa, take_asks(sa), sa.silent);
  // A re-authentication that has failed leaves all as it was, but for what is to go.
  for (const Task& task : sa.tasks)
    if (was_established || sa.in_place_of == 0 || task.kind == Task::Kind::delete_child)
      tasks.push_back(task);
  sa.outstanding.clear();
  sa.tasks.clear();
  sa.request_parts.clear();
  sa.response_parts.clear();
  sa.keyless_until.reset();
  // Long enough to answer a repetition of the peer's last request.
  sa.expires = now + tunables.half_open;
  touch(sa);
  event(sa, was_established ? "ike-sa-closed" : "ike-sa-failed", why);
  if (sa.peer == nullptr) {
    failed_half_open.push_back(sa.number);
    while (failed_half_open.size() > static_cast<std::size_t>(tunables.half_open_limit)) {
      if (IkeSa* oldest = find_number(failed_half_open.front())) {
        oldest->expires = now;  // settle() forgets it
        touch(*oldest);
      }
      failed_half_open.pop_front();
    }
    return;
  }
  leave_peer(sa);
  std::vector<Child*> own;
  for (const auto& child : sa.peer->children)
    if (child->sa == &sa)
      own.push_back(child.get());
  IkeSa* heir = tunables.rekey_keeps_children ? established_with(*sa.peer) : nullptr;
  for (Child* child : own) {
    if (child->kind == ChildKind::tcp_ao && keep_keys && tunables.keys_survive_ike) {
      child->sa = heir;
      child->rekeying = false;
      if (heir != nullptr)
        continue;
      sa.peer->has_lone_keys = true;
      child->deleting = false;
      child->delete_at.reset();
      schedule(*child);
    } else {
      remove_child(*this, *child, why);
    }
  }
  hand_over(sa, std::move(tasks));
}

// What was to be done about the peer's keys is done on another IKE SA with it. Without one, a key
// whose Delete has not been answered goes as if it had been (profile P-10).
void Core::hand_over(IkeSa& closed, std::vector<Task> tasks) {
  IkeSa* heir = established_with(*closed.peer);
  if (heir == nullptr)
    heir = opening_with(*closed.peer);
  for (Task& task : tasks) {
    const bool of_key = task.kind == Task::Kind::delete_child ||
                        task.kind == Task::Kind::create_child ||
                        task.kind == Task::Kind::rekey_child;
    if (!of_key || closed.peer->config.child != ChildKind::tcp_ao)
      continue;
    Child* child = find_child(*this, task.child);
    if (heir != nullptr) {
      heir->tasks.push_back(std::move(task));
      touch(*heir);
    } else if (task.kind == Task::Kind::delete_child && child != nullptr) {
      remove_child(*this, *child, untold);
    }
  }
}

// --- messages
// --------------------------------------------------------------------------------------

Core::Emitted Core::emit(Outgoing outgoing, const IkeSa* sa) {
  seams.before_encode(outgoing);
  Octets clear;
  if (seams.edits_octets(outgoing)) {
    std::vector<FieldAt> fields;
    clear = wire::encode_message(outgoing.message, &fields);
    seams.after_encode(outgoing, clear, fields);
  } else {
    clear = wire::encode_message(outgoing.message);
  }
  std::vector<Octets> datagrams;
  if (outgoing.is_protected && sa != nullptr) {
    auto sealed = seal(*sa, clear);
    if (!sealed) {
      event(*sa, "malformed", "our message cannot be sealed: " + to_string(sealed.error()));
      return {std::move(outgoing), {}, Delivery{0, {}}};
    }
    datagrams = *std::move(sealed);
  } else {
    datagrams.push_back(std::move(clear));
  }
  for (Octets& datagram : datagrams)
    seams.after_seal(outgoing, datagram);
  const Delivery delivery = seams.deliver(outgoing);
  post(outgoing.destination, datagrams, delivery, outgoing.is_response());
  return {std::move(outgoing), std::move(datagrams), delivery};
}

void Core::post(const Endpoint& to, const std::vector<Octets>& datagrams, const Delivery& delivery,
                bool answer) {
  constexpr std::uint16_t ike_port = 500;
  Endpoint source = config.local, destination = to;
  if (answer && tunables.answer_from_port != 0)
    source.port = static_cast<std::uint16_t>(tunables.answer_from_port);
  if (answer && !tunables.answer_to_source)
    destination.port = ike_port;
  for (std::size_t copy = 0; copy < delivery.copies; ++copy) {
    for (const Octets& datagram : datagrams) {
      if (datagram.empty())
        continue;
      if (delivery.delay > Duration::zero())
        delayed_.emplace_back(now + delivery.delay, Datagram{source, destination, datagram});
      else
        out_.push_back({source, destination, datagram});
    }
  }
}

std::uint8_t Core::number_of(wire::ExchangeType exchange) const {
  if (groups != nullptr && exchange == wire::ExchangeType::IKE_SA_INIT)
    exchange = wire::ExchangeType::mrkmp_init;
  if (groups != nullptr && exchange == wire::ExchangeType::IKE_AUTH)
    exchange = wire::ExchangeType::mrkmp_auth;
  return static_cast<std::uint8_t>(exchange);
}

wire::ExchangeType Core::meaning_of(std::uint8_t exchange) const {
  for (const auto initial : {wire::ExchangeType::IKE_SA_INIT, wire::ExchangeType::IKE_AUTH}) {
    if (exchange == number_of(initial))
      return initial;
    if (exchange == static_cast<std::uint8_t>(initial))  // IKEv2's, which is another protocol
      return tunables.mrkmp_habit == mrkmp::Habit::takes_ike_exchanges ? initial
                                                                       : wire::ExchangeType{};
  }
  return static_cast<wire::ExchangeType>(exchange);
}

Exchange& Core::send_request(IkeSa& sa, wire::ExchangeType exchange,
                             std::vector<wire::Payload> payloads, Exchange state) {
  Outgoing outgoing;
  auto& header = outgoing.message.header;
  header.spi_i = sa.spi_i;
  header.spi_r = sa.spi_r;
  header.exchange = number_of(exchange);
  header.flags = sa.initiator ? wire::Header::flag_initiator : std::uint8_t{0};
  header.message_id = sa.next_request;
  outgoing.message.payloads = std::move(payloads);
  outgoing.is_protected = exchange != wire::ExchangeType::IKE_SA_INIT;
  outgoing.destination = sa.remote;
  Emitted emitted = emit(std::move(outgoing), &sa);

  sa.next_request += static_cast<std::uint32_t>(tunables.message_id_step);
  state.exchange = header.exchange;
  state.initial =
      exchange == wire::ExchangeType::IKE_SA_INIT || exchange == wire::ExchangeType::IKE_AUTH;
  // What was really sent is what the answer must fit.
  state.message_id = emitted.outgoing.message.header.message_id;
  state.outgoing = std::move(emitted.outgoing);
  state.datagrams = std::move(emitted.datagrams);
  state.delivery = emitted.delivery;
  state.retransmissions = 0;
  state.interval = tunables.retransmit_first;
  state.due = now + tunables.retransmit_first;
  sa.outstanding.push_back(std::move(state));
  touch(sa);
  return sa.outstanding.back();
}

Outgoing Core::send_response(IkeSa& sa, const wire::Header& request,
                             std::vector<wire::Payload> payloads) {
  Outgoing outgoing;
  auto& header = outgoing.message.header;
  header.spi_i = sa.spi_i;
  header.spi_r = sa.spi_r;
  header.exchange = request.exchange;
  header.flags = static_cast<std::uint8_t>(wire::Header::flag_response |
                                           (sa.initiator ? wire::Header::flag_initiator : 0));
  header.message_id = request.message_id;
  outgoing.message.payloads = std::move(payloads);
  outgoing.is_protected = meaning_of(request.exchange) != wire::ExchangeType::IKE_SA_INIT &&
                          !(tunables.mrkmp_habit == mrkmp::Habit::join_answer_in_clear &&
                            meaning_of(request.exchange) == wire::ExchangeType::mrkmp_join) &&
                          !(tunables.keyserver_habit == keyserver::Habit::keys_in_clear &&
                            meaning_of(request.exchange) == wire::ExchangeType::ks_group);
  outgoing.destination = sa.answer_to;
  Emitted emitted = emit(std::move(outgoing), &sa);
  sa.last_answer = std::move(emitted.datagrams);
  sa.last_answered = request.exchange;
  sa.last_answer_delivery = emitted.delivery;
  if (tunables.responder_retransmits) {
    Delivery later = emitted.delivery;
    later.delay += tunables.retransmit_first;
    post(sa.answer_to, sa.last_answer, later, true);
  }
  touch(sa);
  return std::move(emitted.outgoing);
}

void Core::send_error(IkeSa& sa, const wire::Header& request, wire::NotifyType type, Octets data) {
  if (!tunables.answer_errors)
    return;
  std::vector<wire::Payload> payloads;
  payloads.push_back(wire::make_notify(type, std::move(data)));
  (void)send_response(sa, request, std::move(payloads));
}

void Core::send_clear_response(const Endpoint& to, const wire::Header& request,
                               std::vector<wire::Payload> payloads) {
  Outgoing outgoing;
  auto& header = outgoing.message.header;
  header.spi_i = request.spi_i;
  header.spi_r = request.spi_r;
  header.exchange = request.exchange;
  header.flags = static_cast<std::uint8_t>(
      wire::Header::flag_response | (request.from_initiator() ? 0 : wire::Header::flag_initiator));
  header.message_id = request.message_id;
  outgoing.message.payloads = std::move(payloads);
  outgoing.destination = to;
  (void)emit(std::move(outgoing), nullptr);
}

}  // namespace karpspec::oracle
