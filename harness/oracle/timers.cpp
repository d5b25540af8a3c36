#include <algorithm>

#include "oracle/child.h"
#include "oracle/core.h"
#include "oracle/ike/exchanges.h"

// Retransmission, expiry and everything else that time brings (RFC 5996 sections 2.1 and 2.4).
namespace karpspec::oracle {

namespace {

void at_the_latest(std::optional<Time>& soonest, const std::optional<Time>& time) {
  if (time && (!soonest || *time < *soonest))
    soonest = time;
}

void replace_timer(std::set<std::pair<Time, std::uint64_t>>& timers, std::optional<Time>& known,
                   const std::optional<Time>& wanted, std::uint64_t number) {
  if (known == wanted)
    return;
  if (known)
    timers.erase({*known, number});
  if (wanted)
    timers.insert({*wanted, number});
  known = wanted;
}

}  // namespace

std::optional<Time> Core::next_time(const IkeSa& sa) const {
  std::optional<Time> soonest = sa.expires;
  for (const Exchange& exchange : sa.outstanding)
    at_the_latest(soonest, exchange.due);
  at_the_latest(soonest, sa.keyless_until);
  if (sa.state == IkeState::established)
    at_the_latest(soonest, sa.origin.redundant_until);
  if (sa.state == IkeState::established && sa.outstanding.empty()) {
    for (const Task& task : sa.tasks)
      if (!waits(sa, task))
        at_the_latest(soonest, task.not_before);
    if (tunables.liveness_interval > Duration::zero())
      at_the_latest(soonest, sa.last_heard + tunables.liveness_interval);
  }
  return soonest;
}

void Core::schedule(IkeSa& sa) {
  replace_timer(timers_, sa.scheduled, next_time(sa), sa.number);
}

void Core::schedule(Child& child) {
  // While its Delete is on the way it stays for the answer.
  std::optional<Time> soonest = child.deleting ? std::nullopt : child.remove_at;
  at_the_latest(soonest, child.rekey_at);
  at_the_latest(soonest, child.delete_at);
  replace_timer(child_timers_, child.scheduled, soonest, child.number);
}

std::optional<Time> Core::deadline() const {
  std::optional<Time> soonest;
  if (!timers_.empty())
    soonest = timers_.begin()->first;
  if (!child_timers_.empty())
    at_the_latest(soonest, child_timers_.begin()->first);
  for (const auto& [time, datagram] : delayed_)
    at_the_latest(soonest, time);
  at_the_latest(soonest, kmdb.deadline());
  at_the_latest(soonest, associations.deadline());
  at_the_latest(soonest, expiry_notices.deadline());
  at_the_latest(soonest, gatekeeper.deadline());
  return soonest;
}

void Core::tick() {
  const auto due = [&](const auto& entry) { return entry.first <= now; };
  for (const auto& entry : delayed_)
    if (due(entry))
      out_.push_back(entry.second);
  std::erase_if(delayed_, due);

  // Each at most once a tick: whatever a timer starts is for the next.
  std::vector<std::uint64_t> numbers;
  for (auto at = timers_.begin(); at != timers_.end() && at->first <= now; ++at)
    numbers.push_back(at->second);
  for (const std::uint64_t number : numbers)
    if (IkeSa* sa = find_number(number))
      run_timers(*sa);
}

void Core::run_timers(IkeSa& sa) {
  touch(sa);
  if (sa.expires && *sa.expires <= now) {
    if (sa.state != IkeState::closed) {
      close(sa, "nothing came to authenticate it");
      forget_keys(sa);
      sa.expires = now;
    }
    return;  // settle() forgets it
  }
  for (std::size_t i = 0; i < sa.outstanding.size(); ++i) {
    Exchange& exchange = sa.outstanding[i];
    if (exchange.due > now)
      continue;
    if (exchange.retransmissions < tunables.retransmit_tries) {
      retransmit(sa, exchange);
      continue;
    }
    event(sa, "gave-up", wire::exchange_name(exchange.exchange) + " request is not answered",
          {{"message_id", std::to_string(exchange.message_id)}});
    sa.silent = true;
    if (tunables.give_up_closes || sa.state != IkeState::established) {
      // A Delete that is never answered has still ended the SA for us, and its keys where asked.
      const bool keep = exchange.task.kind != Task::Kind::delete_ike || exchange.task.keep_keys;
      close(sa, "a request was not answered", keep);
      return;
    }
    if (Child* child = find_child(*this, exchange.task.child)) {
      child->rekeying = child->deleting = false;
      schedule(*child);
    }
    sa.outstanding.erase(sa.outstanding.begin() + static_cast<std::ptrdiff_t>(i));
    --i;
  }
  if (sa.state != IkeState::established)
    return;
  if (sa.keyless_until && *sa.keyless_until <= now) {
    sa.keyless_until.reset();
    Task task;
    task.kind = Task::Kind::delete_ike;
    sa.tasks.push_back(task);
  }
  if (sa.origin.redundant_until && *sa.origin.redundant_until <= now)
    ike::end_redundant(*this, sa);
  if (tunables.liveness_interval > Duration::zero() && sa.outstanding.empty() &&
      sa.last_heard + tunables.liveness_interval <= now)
    sa.tasks.push_back(Task{});
}

Duration Core::patience() const {
  Duration sum = tunables.retransmit_first, interval = tunables.retransmit_first;
  for (std::int64_t i = 0; i < tunables.retransmit_tries && sum < std::chrono::hours{1}; ++i)
    sum += interval *= std::max<std::int64_t>(tunables.retransmit_factor, 1);
  return sum;
}

void Core::retransmit(IkeSa& sa, Exchange& exchange) {
  ++exchange.retransmissions;
  exchange.interval *= std::max<std::int64_t>(tunables.retransmit_factor, 1);
  exchange.due = now + std::max<Duration>(exchange.interval, std::chrono::milliseconds{1});
  event(sa, "retransmitted", wire::exchange_name(exchange.exchange) + " request",
        {{"message_id", std::to_string(exchange.message_id)},
         {"retransmissions", std::to_string(exchange.retransmissions)}});
  if (tunables.retransmit_identical) {
    std::vector<Octets> again = exchange.datagrams;
    if (!tunables.retransmit_all_fragments && !again.empty())
      again.resize(1);
    post(sa.remote, again, exchange.delivery, false);
    return;
  }
  Outgoing again = exchange.outgoing;
  if (wire::Payload* nonce = wire::find(again.message.payloads, wire::PayloadType::Nonce);
      nonce != nullptr && !again.is_protected)
    if (auto* body = nonce->as<wire::NoncePayload>(); body != nullptr)
      sa.ni = body->data = fresh_nonce();
  Emitted emitted = emit(std::move(again), &sa);
  if (!emitted.outgoing.is_protected)
    sa.init_request = emitted.datagrams.front();
}

void Core::run_timers(Child& child) {
  Task task;
  task.child = child.number;
  // The Delete before all else: without an overlap both times are the same.
  if (child.delete_at && *child.delete_at <= now) {
    child.delete_at.reset();
    if (child.sa != nullptr && !child.deleting) {
      child.deleting = true;
      task.kind = Task::Kind::delete_child;
      // While the IKE SA still stands.
      auto& tasks = child.sa->tasks;
      tasks.insert(
          std::find_if(tasks.begin(), tasks.end(),
                       [](const Task& other) { return other.kind == Task::Kind::delete_ike; }),
          task);
      touch(*child.sa);
    }
  }
  // Both have waited for the other's Delete, or the peer does not know that it was to send one.
  if (child.remove_at && *child.remove_at <= now && !child.deleting && child.awaits_delete &&
      tunables.key_overlap > Duration::zero() && child.sa != nullptr &&
      child.state == Child::State::replaced && tunables.rekey_deletes_old_key) {
    child.deleting = true;
    task.kind = Task::Kind::delete_child;
    child.sa->tasks.push_back(task);
    touch(*child.sa);
  }
  if (child.remove_at && *child.remove_at <= now && !child.deleting) {
    remove_child(*this, child, "its time is over");
    return;
  }
  if (child.rekey_at && *child.rekey_at <= now) {
    child.rekey_at.reset();
    if (child.state == Child::State::live && !child.deleting)
      renew(child);
  }
  schedule(child);
}

void Core::renew(Child& child) {
  // It may come to nothing, and is tried again while the key stands, the sooner the less is left of
  // it (profile P-16, P-28).
  constexpr Duration shortest = std::chrono::seconds{2}, longest = std::chrono::seconds{60};
  if (tunables.rekey_key_after <= Duration::zero() && tunables.renew_again &&
      (child.remove_at || child.overdue)) {
    const Duration left = child.remove_at ? *child.remove_at - tunables.key_overlap - now : longest;
    child.rekey_at = now + (child.overdue ? longest : std::clamp(left / 4, shortest, longest));
  }
  const auto asks = [&](const Task& task) {
    return task.kind == Task::Kind::rekey_child && task.child == child.number;
  };
  if (child.rekeying ||
      (child.sa != nullptr && std::any_of(child.sa->tasks.begin(), child.sa->tasks.end(), asks)))
    return;
  Task task;
  task.kind = Task::Kind::rekey_child;
  task.child = child.number;
  if (child.sa != nullptr) {
    child.sa->tasks.push_back(task);
    return touch(*child.sa);
  }
  // No IKE SA stands with the peer: a new one makes a key for the protocol (profile P-14).
  if (!tunables.renew_without_ike_sa || opening_with(*child.peer) != nullptr)
    return;
  (void)ike::start_ike_sa_init(*this, *child.peer, child.protocol);
}

bool Core::waits(const IkeSa& sa, const Task& task) const {
  // The old IKE SA stands until the new one has a key for each protocol (profile P-57).
  if (task.kind == Task::Kind::end_predecessors)
    return tunables.reauth_ends_old == EndOfOld::after_keys &&
           (sa.doing(Task::Kind::create_child) ||
            std::any_of(sa.tasks.begin(), sa.tasks.end(),
                        [](const Task& other) { return other.kind == Task::Kind::create_child; }));
  if (sa.peer == nullptr || sa.peer->config.child != ChildKind::tcp_ao)
    return false;
  // It begins with a key, whichever protocol's (profile P-13).
  if (task.kind == Task::Kind::reauthenticate)
    return std::any_of(
        sa.peer->config.protocols.begin(), sa.peer->config.protocols.end(),
        [&](const ProtocolPolicy& policy) { return asks_for(*sa.peer, policy.protocol, &sa); });
  std::uint8_t protocol = task.protocol;
  if (task.kind == Task::Kind::rekey_child) {
    const auto at = children.find(task.child);
    if (at == children.end())
      return false;
    protocol = at->second->protocol;
  } else if (task.kind != Task::Kind::create_child) {
    return false;
  }
  // Of the keys of a protocol one is asked for at a time, over whichever IKE SA (profile P-13).
  return asks_for(*sa.peer, protocol, &sa);
}

void Core::run_tasks(IkeSa& sa) {
  constexpr std::size_t most_at_once = 4;  // of a router with the fault that it does not wait
  const std::size_t window = tunables.one_request_at_a_time ? 1 : most_at_once;
  while (sa.state == IkeState::established && sa.outstanding.size() < window) {
    const auto next = std::find_if(sa.tasks.begin(), sa.tasks.end(), [&](const Task& task) {
      return task.not_before <= now && !waits(sa, task);
    });
    if (next == sa.tasks.end())
      return;
    const Task task = *next;
    sa.tasks.erase(next);
    switch (task.kind) {
      case Task::Kind::create_child:
      case Task::Kind::rekey_child:
        ike::start_create_child_sa(*this, sa, task);
        break;
      case Task::Kind::rekey_ike:
        ike::start_ike_rekey(*this, sa, task);
        break;
      case Task::Kind::reauthenticate:
        ike::start_reauthentication(*this, *sa.peer);
        break;
      case Task::Kind::end_predecessors:
        ike::end_predecessors(*this, sa);
        break;
      case Task::Kind::group: {
        Exchange state;
        state.task = task;
        (void)send_request(sa, task.exchange, task.payloads, std::move(state));
        break;
      }
      case Task::Kind::liveness:
      case Task::Kind::delete_child:
      case Task::Kind::delete_ike:
      case Task::Kind::tell:
        ike::start_informational(*this, sa, task);
        break;
    }
  }
}

void Core::run_child_timers() {
  std::vector<std::uint64_t> numbers;
  for (auto at = child_timers_.begin(); at != child_timers_.end() && at->first <= now; ++at)
    numbers.push_back(at->second);
  for (const std::uint64_t number : numbers)
    if (Child* child = find_child(*this, number))
      run_timers(*child);
}

std::vector<Datagram> Core::settle() {
  gatekeeper.reconcile();
  run_child_timers();
  (void)kmdb.reconcile();
  do {
    settle_touched();
  } while (kmdb.reconcile());
  associations.run();
  expiry_notices.run();
  gatekeeper.reconcile();
  return std::exchange(out_, {});
}

void Core::note_tasks(IkeSa& sa) {
  if (sa.peer == nullptr || sa.state == IkeState::closed)
    return;
  if (sa.tasks.empty())
    sa.peer->sas_with_tasks.erase(sa.place);
  else
    sa.peer->sas_with_tasks.emplace(sa.place, &sa);
}

void Core::settle_touched() {
  for (const std::uint64_t number : touched_)
    if (IkeSa* sa = find_number(number))
      note_tasks(*sa);
  // What was unanswered on one SA may have kept a task of another waiting.
  for (std::size_t i = 0, count = touched_.size(); i < count; ++i)
    if (const IkeSa* sa = find_number(touched_[i]); sa != nullptr && sa->peer != nullptr)
      for (const auto& [place, other] : sa->peer->sas_with_tasks)
        if (other != sa && !other->tasks.empty())
          touch(*other);
  // A task of one SA may touch another, so the list grows while it is worked through.
  for (std::size_t i = 0; i < touched_.size(); ++i) {
    IkeSa* sa = find_number(touched_[i]);
    if (sa == nullptr)
      continue;
    run_tasks(*sa);
    note_tasks(*sa);
    if (sa->state == IkeState::closed && sa->expires && *sa->expires <= now) {
      if (sa->scheduled)
        timers_.erase({*sa->scheduled, sa->number});
      if (!sa->initiator)
        forget_peer_spi(*sa);
      if (find_own(sa->indexed_spi) == sa)
        by_own_spi_.erase(sa->indexed_spi);
      sas.erase(sa->number);
      continue;
    }
    schedule(*sa);
  }
  touched_.clear();
}

}  // namespace karpspec::oracle
