#include "oracle/mrkmp/group.h"
#include "oracle/mrkmp/habits.h"

// What the routing protocol and the administrator want of a group
// (draft-hartman-karp-mrkmp-00 section 8; suites/profile.md, P-221, P-222 and P-233).
namespace karpspec::oracle::mrkmp {

void Group::join(Time now) {
  if (config_.habit == Habit::keys_before_election)
    gcks_.change_key(now);
  election_.start(now);
}

void Group::leave(Time now) {
  election_.leave(now);
  if (config_.habit != Habit::serves_after_leaving)
    gcks_.end();
  settle(now);
  if (config_.habit == Habit::listens_after_leaving)
    ring_.masters().clear();
  else if (config_.habit != Habit::rows_stay)
    ring_.clear();
  outstanding_join_.reset();
  outstanding_merge_.reset();
  outstanding_key_.reset();
  handover_.reset();
  join_again_at_.reset();
}

void Group::want_another_key(std::uint32_t key_id, Time now) {
  if (gcks_.serving()) {
    const GroupKey* current = ring_.sends_with(now);
    if (current != nullptr && current->id == key_id)
      gcks_.change_key(now);
    return settle(now);
  }
  if (election_.state() != Election::State::member || outstanding_key_ ||
      config_.habit == Habit::never_asks)
    return;
  wire::KeyDownloadPayload which;
  wire::KeyItem item;
  item.kind = static_cast<std::uint8_t>(wire::KeyItem::Kind::pmk);
  item.key_id = key_id;
  which.items.push_back(std::move(item));
  std::vector<wire::Payload> payloads;
  payloads.push_back(wire::make_payload(wire::PayloadType::GROUP, config_.id));
  payloads.push_back(wire::make_payload(wire::PayloadType::KD, std::move(which)));
  ask(Request::new_key, *election_.gcks(), std::move(payloads));
}

void Group::permit(const std::string& identity) {
  removed_.erase(identity);
  if (config_.permitted)
    config_.permitted->insert(identity);
}

void Group::remove(const std::string& identity, const wire::IpAddress& address,
                   bool forward_security, Time now) {
  if (config_.habit == Habit::forward_security_ignored)
    forward_security = false;
  if (config_.habit == Habit::every_removal_retires)
    forward_security = true;
  removed_[identity] = address;
  if (config_.permitted)
    config_.permitted->erase(identity);
  if (config_.habit == Habit::evicts_nobody)
    return;
  if (forward_security && gcks_.serving()) {
    gcks_.shut_out(identity, now);
    note("kek-retired", identity + " has been removed");
  } else if (forward_security) {
    to_be_shut_out_.insert(identity);
  }
  if (config_.habit == Habit::stays_with_removed_gcks)
    return settle(now);
  if (election_.state() == Election::State::member && election_.gcks() == address)
    ring_.keks().clear();  // which it made
  election_.abandon(address, now);
  settle(now);
}

void Group::lost_association(const std::string& identity, const wire::IpAddress& address,
                             Time now) {
  if (config_.habit == Habit::members_forgotten)
    gcks_.forget(identity);
  if (config_.habit == Habit::keys_die_with_association && election_.gcks() == address)
    leave(now);
}

void Group::renew_kek(Time now) {
  if (gcks_.serving())
    gcks_.renew_kek(now);
  settle(now);
}

void Group::change_key(Time now) {
  if (gcks_.serving())
    gcks_.change_key(now);
  settle(now);
}

}  // namespace karpspec::oracle::mrkmp
