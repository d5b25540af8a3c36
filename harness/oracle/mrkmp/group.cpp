#include "oracle/mrkmp/group.h"

#include <algorithm>

#include "crypto/digest.h"
#include "oracle/mrkmp/habits.h"
#include "oracle/mrkmp/misreading.h"

namespace karpspec::oracle::mrkmp {
namespace {

using wire::NotifyType;
using wire::PayloadType;
using Kind = wire::KeyItem::Kind;

constexpr std::size_t most_heard = 256;
constexpr std::uint8_t candidate_bit = 0x80;

template <class Body>
const Body* body_in(const std::vector<wire::Payload>& payloads, PayloadType type) {
  const wire::Payload* payload = wire::find(payloads, type);
  return payload == nullptr ? nullptr : payload->as<Body>();
}

std::vector<wire::Payload> one(wire::Payload payload) {
  std::vector<wire::Payload> out;
  out.push_back(std::move(payload));
  return out;
}

}  // namespace

Group::Group(GroupConfig config, std::uint16_t priority, Random& random, GroupTimers timers,
             ElectionTimers election_timers)
    : config_(std::move(config)),
      timers_(timers),
      random_(random),
      election_(config_.address, priority, random, election_timers, config_.habit),
      gcks_(config_, timers, random, ring_) {}

void Group::note(std::string kind, std::string text) {
  actions_.emplace_back(Note{std::move(kind), std::move(text)});
}

void Group::ask(Request request, const wire::IpAddress& to, std::vector<wire::Payload> payloads) {
  Ask out{next_ask_++, request, to, std::move(payloads)};
  const Ask kept{out.number, request, to, {}};
  if (request == Request::join)
    outstanding_join_ = kept;
  else if (request == Request::merge)
    outstanding_merge_ = kept;
  else
    outstanding_key_ = kept;
  actions_.emplace_back(std::move(out));
}

// --- election ------------------------------------------------------------------------------------

void Group::hear(const wire::AdvertPayload& advert, const wire::IpAddress& from, Time now) {
  if (is_removed(from))
    return;
  if (advert.kind == static_cast<std::uint8_t>(wire::AdvertPayload::Kind::gcks)) {
    if (heard_gcks_.size() >= most_heard && !heard_gcks_.contains(from))
      heard_gcks_.erase(heard_gcks_.begin());
    heard_gcks_[from] = advert.priority;
  }
  election_.hear(advert, from, now);
  settle(now);
}

void Group::carry_out(const Election::Action& action, Time now) {
  if (const auto* send = std::get_if<Election::Send>(&action)) {
    actions_.emplace_back(Advertise{send->advert, send->to});
  } else if (const auto* join = std::get_if<Election::Register>(&action)) {
    std::vector<wire::Payload> payloads = one(wire::make_payload(PayloadType::GROUP, config_.id));
    payloads.push_back(
        wire::make_payload(PayloadType::INC, wire::IncarnationPayload{config_.incarnation}));
    ask(Request::join, join->gcks, std::move(payloads));
  } else if (std::holds_alternative<Election::BecomeGcks>(action)) {
    join_again_at_.reset();
    note("gcks-elected", "this router is the GCKS of " + config_.name);
    gcks_.begin(now);
    for (const std::string& identity : std::exchange(to_be_shut_out_, {}))
      if (config_.habit != Habit::successor_keeps_kek)
        gcks_.shut_out(identity, now);
    gcks_.tick(now);
  } else if (const auto* merge = std::get_if<Election::Merge>(&action)) {
    wire::KeyDownloadPayload own;
    for (const GroupKey& key : ring_.masters())
      if (!key.is_over(now))
        own.items.push_back(to_item(Kind::pmk, key, now));
    std::vector<wire::Payload> payloads = one(wire::make_payload(PayloadType::GROUP, config_.id));
    payloads.push_back(wire::make_payload(PayloadType::KD, std::move(own)));
    const bool joins = config_.habit == Habit::joins_to_merge;
    ask(joins ? Request::join : Request::merge, merge->better, std::move(payloads));
  } else if (const auto* lost = std::get_if<Election::LostGcks>(&action)) {
    join_again_at_.reset();
    strange_updates_ = 0;
    if (config_.habit == Habit::election_ends_keys)
      ring_.masters().clear();
    note("gcks-lost", lost->gcks.to_text() + " is not heard of any more");
  }
}

// Does what election and term want, until nothing is left.
void Group::settle(Time now) {
  // What the GCKS has to say before what follows: members of its predecessor hear its first update
  // before its advertisement.
  const auto tell = [&] {
    for (Octets& datagram : gcks_.take_messages())
      actions_.emplace_back(Multicast{std::move(datagram)});
    for (std::string& text : gcks_.take_notes())
      note("group-key", std::move(text));
  };
  tell();
  for (const Election::Action& action : election_.take_actions()) {
    carry_out(action, now);
    tell();
  }
}

// --- being asked ---------------------------------------------------------------------------------

bool Group::permits(const std::string& identity) const {
  if (config_.habit == Habit::permission_unchecked)
    return true;
  return (!removed_.contains(identity) || config_.habit == Habit::lets_removed_in) &&
         (!config_.permitted || config_.permitted->contains(identity));
}

bool Group::is_removed(const wire::IpAddress& address) const {
  return config_.habit != Habit::removed_router_heard &&
         config_.habit != Habit::stays_with_removed_gcks &&
         std::any_of(removed_.begin(), removed_.end(),
                     [&](const auto& each) { return each.second == address; });
}

bool Group::may_merge(const wire::IpAddress& from, const std::string& identity) const {
  const bool serving = gcks_.serving() || config_.habit == Habit::merges_as_member;
  const bool permitted = permits(identity) || config_.habit == Habit::merges_with_anybody;
  if (!serving || handover_ || !permitted)
    return false;
  if (config_.habit == Habit::merges_with_better)
    return true;
  const auto heard = heard_gcks_.find(from);
  return heard == heard_gcks_.end() ||
         more_preferred(election_.standing(), Standing{heard->second, from});
}

std::vector<wire::Payload> Group::answer(Request request, const wire::IpAddress& from,
                                         const std::string& identity,
                                         const std::vector<wire::Payload>& payloads, Time now) {
  auto out = answer_request(request, from, identity, payloads, now);
  gcks_.tick(now);
  settle(now);
  return out;
}

std::vector<wire::Payload> Group::answer_request(Request request, const wire::IpAddress& from,
                                                 const std::string& identity,
                                                 const std::vector<wire::Payload>& payloads,
                                                 Time now) {
  const auto* download = body_in<wire::KeyDownloadPayload>(payloads, PayloadType::KD);
  if (request == Request::merge) {
    if (!may_merge(from, identity) || download == nullptr)
      return one(wire::make_notify(NotifyType::MRKMP_MERGE_REFUSED));
    std::vector<GroupKey> theirs;
    for (const wire::KeyItem& item : download->items)
      if (item.kind == static_cast<std::uint8_t>(Kind::pmk))
        if (auto key = key_from_item(item, now))
          theirs.push_back(*std::move(key));
    note("group-merged", "the group of " + from.to_text() + " joins");
    // What it has asked for itself has been outrun: the answer would not have the keys of those who
    // have just come. Somebody who only claims to be a better GCKS keeps nobody apart so.
    if (const auto own = std::exchange(outstanding_merge_, std::nullopt))
      election_.merge_ended(own->to, false, now);
    return one(wire::make_payload(PayloadType::KD, gcks_.merge(std::move(theirs), now)));
  }
  const bool asks = outstanding_merge_ && config_.habit == Habit::serves_nobody_asking;
  const bool ending = asks || (handover_ && config_.habit != Habit::serves_while_merging);
  const bool refused = config_.habit == Habit::permission_before_role && !permits(identity);
  const bool gives = gcks_.serving() || config_.habit == Habit::keys_without_role;
  if ((!gives || ending) && !refused) {
    const auto other = handover_ ? std::optional(handover_->better) : election_.gcks();
    if (other)
      return one(wire::make_notify(NotifyType::MRKMP_WRONG_GCKS,
                                   Octets(other->octets().begin(), other->octets().end())));
    const bool candidate =
        election_.state() == Election::State::initial && !election_.heard_better();
    return one(wire::make_notify(NotifyType::MRKMP_GCKS_UNKNOWN,
                                 {candidate ? candidate_bit : std::uint8_t{0}}));
  }
  if (!permits(identity)) {
    note("join-refused", identity + " may not be in the group");
    return one(wire::make_notify(NotifyType::MRKMP_NOT_PERMITTED));
  }
  Gcks::Answer answer;
  if (request == Request::join) {
    const auto* inc = body_in<wire::IncarnationPayload>(payloads, PayloadType::INC);
    answer = gcks_.admit(identity, inc == nullptr ? std::nullopt : std::optional(inc->number), now);
  } else {
    const bool named = download != nullptr && !download->items.empty();
    answer = gcks_.replace_key(identity, named ? download->items.front().key_id : 0, now);
  }
  std::vector<wire::Payload> out =
      one(wire::make_payload(PayloadType::KD, std::move(answer.download)));
  out.push_back(wire::make_payload(PayloadType::SEQ, wire::SequencePayload{answer.number}));
  return out;
}

// --- being answered ------------------------------------------------------------------------------

bool Group::take(const wire::KeyDownloadPayload& download, KeyRing::Source source,
                 const wire::IpAddress& from, std::uint64_t number, Time now) {
  bool has_kek = false;
  for (const wire::KeyItem& item : download.items) {
    const bool known = item.is_key() || item.kind == static_cast<std::uint8_t>(Kind::gcks);
    if (!known && config_.habit == Habit::ends_at_unknown_item)
      break;
    if (!item.is_key())
      continue;
    auto key = key_as_read(item, download.clock, config_.habit, now);
    if (!key) {
      note("dropped", key.error().message);
      if (config_.habit == Habit::ends_at_bad_item)
        break;
      continue;
    }
    if (item.kind == static_cast<std::uint8_t>(Kind::kek)) {
      has_kek = true;
      if (config_.habit ==
          (source == KeyRing::Source::gcks ? Habit::drops_kek_of_join : Habit::kek_by_join_alone))
        continue;
      if (config_.habit == Habit::newest_kek_only)
        std::erase_if(ring_.keks(), [&](const Kek& kek) { return kek.key.id != key->id; });
      if (config_.habit == Habit::keks_never_end)
        key->times.send_end = key->times.receive_end = keytable::always_end;
      // The number counts for the KEK that is sent under; one that is to come has had no message.
      const bool current = key->may_send(now);
      if (Kek* held = ring_.take_kek(*std::move(key));
          held != nullptr && current && number != 0 && config_.habit != Habit::join_number_ignored)
        (void)held->take(from, number);
    } else {
      if (config_.habit == Habit::receive_means_send)
        key->times.send_end = key->times.receive_end;
      if (config_.habit == Habit::hurries_new_key)
        key->times.send_start = std::min(key->times.send_start, now);
      const auto& held = ring_.masters();
      if (config_.habit == Habit::first_lifetimes_stand &&
          std::any_of(held.begin(), held.end(),
                      [&](const GroupKey& each) { return each.same_key(*key); }))
        continue;
      if (config_.habit == Habit::clash_drops_key && source == KeyRing::Source::group &&
          std::any_of(held.begin(), held.end(), [&](const GroupKey& other) {
            return other.id == key->id && !other.same_key(*key);
          }))
        continue;
      const bool heedless = config_.habit == Habit::overtaken_key_sent_with;
      ring_.take_master(*std::move(key), heedless ? KeyRing::Source::gcks : source, now);
      if (config_.habit == Habit::group_keys_not_sent_with && source == KeyRing::Source::group)
        ring_.masters().back().receive_only = true;
    }
  }
  return has_kek;
}

void Group::answered(std::uint64_t number, const std::vector<wire::Payload>& payloads, Time now) {
  if (outstanding_join_ && outstanding_join_->number == number) {
    const wire::IpAddress from = std::exchange(outstanding_join_, std::nullopt)->to;
    join_answered(from, payloads, now);
  } else if (outstanding_merge_ && outstanding_merge_->number == number) {
    const wire::IpAddress from = std::exchange(outstanding_merge_, std::nullopt)->to;
    merge_answered(from, payloads, now);
  } else if (outstanding_key_ && outstanding_key_->number == number) {
    const wire::IpAddress from = std::exchange(outstanding_key_, std::nullopt)->to;
    const auto* download = body_in<wire::KeyDownloadPayload>(payloads, PayloadType::KD);
    if (download != nullptr && config_.habit != Habit::newkey_answer_not_taken) {
      const auto* sequence = body_in<wire::SequencePayload>(payloads, PayloadType::SEQ);
      (void)take(*download, KeyRing::Source::gcks, from, sequence == nullptr ? 0 : sequence->number,
                 now);
    }
  }
  settle(now);
}

void Group::join_answered(const wire::IpAddress& from, const std::vector<wire::Payload>& payloads,
                          Time now) {
  if (const auto* download = body_in<wire::KeyDownloadPayload>(payloads, PayloadType::KD)) {
    const auto* sequence = body_in<wire::SequencePayload>(payloads, PayloadType::SEQ);
    if (take(*download, KeyRing::Source::gcks, from, sequence == nullptr ? 0 : sequence->number,
             now)) {
      // Keys of a group that this router has come from (P-213).
      if (config_.habit != Habit::sends_with_others)
        ring_.end_what_is_not_in(*download, now, timers_.retired_keys);
      if (config_.habit != Habit::keeps_keks_over_join)
        ring_.drop_keks_not_in(*download);
      join_again_at_.reset();
      strange_updates_ = 0;
      note("group-joined", from.to_text() + " is the GCKS of " + config_.name);
      return election_.registered(from, now);
    }
  }
  if (config_.habit == Habit::joins_whoever_answers)
    return election_.registered(from, now);
  if (const auto* wrong = wire::find_notify(payloads, NotifyType::MRKMP_WRONG_GCKS);
      wrong != nullptr && config_.habit != Habit::redirect_ignored)
    if (const auto gcks = wire::IpAddress::from_octets(wrong->data))
      return election_.wrong_gcks(from, *gcks, now);
  if (const auto* unknown = wire::find_notify(payloads, NotifyType::MRKMP_GCKS_UNKNOWN);
      unknown != nullptr && unknown->data.size() == 1)
    return election_.gcks_unknown(from, (unknown->data.front() & candidate_bit) != 0, now);
  if (config_.habit == Habit::member_though_refused)
    return election_.registered(from, now);
  note("join-refused", from.to_text() + " does not let this router in");
  election_.not_registered(from, Election::Failure::refused, now);
}

void Group::merge_answered(const wire::IpAddress& from, const std::vector<wire::Payload>& payloads,
                           Time now) {
  const auto* download = body_in<wire::KeyDownloadPayload>(payloads, PayloadType::KD);
  Kek* own = ring_.current_kek(now);
  if (download == nullptr || own == nullptr) {
    note("merge-failed", from.to_text() + " does not merge");
    return election_.merge_ended(from, false, now);
  }
  Kek kek{own->key.clone(), own->sent};
  if (!take(*download, KeyRing::Source::group, from, 0, now)) {
    note("merge-failed", from.to_text() + " gave no KEK");
    return election_.merge_ended(from, false, now);
  }
  // One that was made while the answer was on its way is known to this half alone.
  if (config_.habit != Habit::keeps_key_made_meanwhile)
    ring_.end_what_is_not_in(*download, now, timers_.receive_overlap);
  // Its own KEK is for the copies alone from now on.
  for (Kek& held : ring_.keks())
    if (held.key.id == kek.key.id)
      held.key.times.send_end = now;
  if (config_.habit != Habit::serves_while_merging)
    gcks_.end();
  const unsigned copies = config_.habit == Habit::passes_on_once ? 1 : timers_.floods;
  handover_ = Handover{from, std::move(kek), copies, now};
  if (config_.habit == Habit::merge_not_passed_on) {
    handover_.reset();
    return election_.merge_ended(from, true, now);
  }
  note("group-merged", "the group goes to " + from.to_text());
  pass_on(now);
}

// The download of the better GCKS, to the members of this one.
void Group::pass_on(Time now) {
  if (!handover_ || handover_->next > now)
    return;
  Handover& over = *handover_;
  GroupMessage message;
  const bool counts =
      config_.habit != Habit::passes_on_under_one_number || over.copies_left == timers_.floods;
  message.number = counts ? ++over.kek.sent : over.kek.sent;
  message.group = config_.id;
  message.action.kind = static_cast<std::uint8_t>(wire::GroupActionPayload::Kind::update);
  message.download.emplace();
  message.download->items.push_back(gcks_item(over.better));
  for (const Kek& kek : ring_.keks())
    if (kek.key.id != over.kek.key.id && !kek.key.is_over(now))
      message.download->items.push_back(to_item(Kind::kek, kek.key, now));
  for (const GroupKey& key : ring_.masters())
    if (!key.is_over(now))
      message.download->items.push_back(to_item(Kind::pmk, key, now));
  if (auto sealed = config_.seal(over.kek.key, message, config_.address))
    actions_.emplace_back(Multicast{*std::move(sealed)});
  wipe(*message.download);
  over.next = now + timers_.flood_gap;
  if (config_.habit == Habit::member_at_once)
    election_.merge_ended(over.better, true, now);
  if (--over.copies_left != 0)
    return;
  gcks_.end();
  const wire::IpAddress better = over.better;
  handover_.reset();
  election_.merge_ended(better, true, now);
}

void Group::failed(std::uint64_t number, Election::Failure failure, Time now) {
  if (outstanding_join_ && outstanding_join_->number == number) {
    const wire::IpAddress from = std::exchange(outstanding_join_, std::nullopt)->to;
    election_.not_registered(from, failure, now);
  } else if (outstanding_merge_ && outstanding_merge_->number == number) {
    const wire::IpAddress from = std::exchange(outstanding_merge_, std::nullopt)->to;
    note("merge-failed", from.to_text() + " does not answer");
    election_.merge_ended(from, false, now);
  } else if (outstanding_key_ && outstanding_key_->number == number) {
    outstanding_key_.reset();
  }
  settle(now);
}

// --- messages to the group -----------------------------------------------------------------------

void Group::hear(OctetView datagram, const wire::IpAddress& from, Time now) {
  const bool off =
      election_.state() == Election::State::off && config_.habit != Habit::listens_after_leaving;
  if (off || from == config_.address || is_removed(from))
    return;
  const auto header = wire::decode_header(datagram);
  const auto id = header ? named_kek(*header) : std::nullopt;
  if (!id)
    return;
  Kek* kek = ring_.find_kek(*id);
  if (kek == nullptr || !kek->key.may_receive(now)) {
    const bool own_gcks = election_.state() == Election::State::member && election_.gcks() == from;
    if (config_.habit == Habit::loses_kek_early && election_.state() == Election::State::member &&
        !join_again_at_)
      join_again_at_ = now;
    if (own_gcks && !join_again_at_ && ++strange_updates_ >= strange_updates &&
        config_.habit != Habit::kek_loss_unnoticed)
      join_again_at_ = now;
    if (config_.habit == Habit::member_by_any_update)
      election_.moved(from, now);
    return;
  }
  auto message = open_group_message(kek->key, datagram, config_.habit == Habit::overlooks_kek_icv);
  if (!message && config_.habit == Habit::takes_clear_messages)
    if (auto clear = wire::decode_message(datagram, code_points()))
      message = read_group_message(*std::move(clear));
  if (!message)
    return note("dropped", "a message to the group: " + message.error().message);
  // A member listens to its own GCKS alone: others were the GCKS under this KEK in another part.
  const bool others_gcks =
      election_.state() == Election::State::member && election_.gcks() != from &&
      config_.habit != Habit::takes_from_any_member && config_.habit != Habit::member_hears_anybody;
  const wire::IpAddress& counted =
      config_.habit == Habit::one_count_for_all ? config_.address : from;
  const bool counted_on =
      config_.habit == Habit::counts_on_over_keks &&
      std::any_of(ring_.keks().begin(), ring_.keks().end(),
                  [&](const Kek& each) { return each.greatest() >= message->number; });
  const bool others_group =
      message->group != config_.id && config_.habit != Habit::one_group_for_all;
  if (others_group || others_gcks || counted_on ||
      (!kek->take(counted, message->number) && config_.habit != Habit::takes_replays))
    return;
  strange_updates_ = 0;
  // Who takes himself for the GCKS takes no orders; he only goes on from that number.
  if (!gcks_.serving())
    take_message(*kek, *message, from, now);
  if (message->download)
    wipe(*message->download);
  settle(now);
}

void Group::take_message(Kek& kek, const GroupMessage& message, const wire::IpAddress& from,
                         Time now) {
  if (message.action.kind == static_cast<std::uint8_t>(wire::GroupActionPayload::Kind::retire)) {
    if (config_.habit == Habit::ignores_retirement)
      return;
    const std::uint32_t id = kek.key.id;
    std::erase_if(ring_.keks(), [&](const Kek& each) { return each.key.id == id; });
    ring_.limit_masters(
        now, config_.habit == Habit::keys_die_with_kek ? Duration{} : timers_.retired_keys);
    if (config_.habit != Habit::successor_always_retires)
      to_be_shut_out_.clear();
    const auto within =
        std::chrono::duration_cast<Duration>(std::chrono::seconds{message.action.rejoin_within});
    const std::uint64_t spread = static_cast<std::uint64_t>(within.count()) + 1;
    if (config_.habit != Habit::idle_without_kek)
      join_again_at_ = now + Duration(static_cast<Duration::rep>(random_.u64() % spread));
    return note("kek-retired", "the GCKS has retired KEK " + std::to_string(id));
  }
  if (!message.download || config_.habit == Habit::updates_not_taken)
    return;
  const auto source =
      config_.habit == Habit::send_end_lengthened ? KeyRing::Source::gcks : KeyRing::Source::group;
  (void)take(*message.download, source, from, 0, now);
  if (config_.habit == Habit::update_ends_others)
    ring_.end_what_is_not_in(*message.download, now, {});
  const bool others_send =
      std::any_of(message.download->items.begin(), message.download->items.end(),
                  [](const wire::KeyItem& item) {
                    return item.kind == static_cast<std::uint8_t>(Kind::pmk) &&
                           item.lifetimes.send_start <= 0 && item.lifetimes.send_end > 0;
                  });
  if (others_send && !ring_.will_send(now) && !join_again_at_ &&
      config_.habit != Habit::waits_without_key)
    join_again_at_ = now;
  for (const wire::KeyItem& item : message.download->items)
    if (item.kind == static_cast<std::uint8_t>(Kind::gcks) && config_.habit != Habit::stays_behind)
      if (const auto gcks = wire::IpAddress::from_octets(item.value);
          gcks && election_.gcks() != *gcks && !is_removed(*gcks))
        election_.moved(*gcks, now);
}

// --- time ----------------------------------------------------------------------------------------

void Group::tick(Time now) {
  election_.tick(now);
  settle(now);
  gcks_.tick(now);
  pass_on(now);
  ring_.expire(now);
  const bool member = election_.state() == Election::State::member && !outstanding_join_;
  const bool without = std::none_of(ring_.keks().begin(), ring_.keks().end(),
                                    [&](const Kek& kek) { return kek.key.may_receive(now); });
  if (member && without && config_.habit == Habit::keys_die_with_kek)
    ring_.masters().clear();
  if (member && !handover_ && config_.habit != Habit::idle_without_kek &&
      ((join_again_at_ && *join_again_at_ <= now) || (without && !join_again_at_))) {
    join_again_at_.reset();
    strange_updates_ = 0;
    election_.register_again(now);
  }
  settle(now);
}

std::optional<Time> Group::deadline() const {
  std::optional<Time> next = election_.deadline();
  const auto consider = [&](std::optional<Time> time) {
    if (time && (!next || *time < *next))
      next = time;
  };
  consider(gcks_.deadline());
  consider(ring_.deadline());
  if (handover_)
    consider(handover_->next);
  if (election_.state() == Election::State::member)
    consider(join_again_at_);
  return next;
}

std::vector<Group::Action> Group::take_actions() {
  return std::exchange(actions_, {});
}

const GroupKey* Group::sends_with(Time now) const {
  if (const GroupKey* key = ring_.sends_with(now))
    return key;
  return config_.manual && !config_.manual->empty() ? &config_.manual->front() : nullptr;
}

keytable::Row Group::row_of(const GroupKey& key, const char* origin) const {
  keytable::Row row;
  row.admin_key_name = std::string(origin) + "/" + config_.name + "/" + std::to_string(key.id);
  row.local_key_name = std::to_string(key.id);
  row.peers = {"link"};
  row.interfaces = {config_.habit == Habit::rows_of_all_interfaces ? "all" : config_.interface};
  for (const auto& [protocol, number] : group_protocols)
    if (number == config_.id.protocol)
      row.protocol = protocol;
  row.protocol_specific_info = {{"origin", origin}};
  row.kdf = "none";
  row.alg_id = algorithm_name(key.algorithm);
  row.key = config_.habit == Habit::exports_derived_keys ? Secret(crypto::sha256(key.key.view()))
                                                         : key.key.clone();
  row.direction = keytable::Direction::both;
  row.send_lifetime_start = key.times.send_start;
  row.send_lifetime_end = key.times.send_end;
  row.accept_lifetime_start = key.times.receive_start;
  row.accept_lifetime_end = key.times.receive_end;
  return row;
}

std::vector<keytable::Row> Group::rows() const {
  std::vector<keytable::Row> out;
  const auto by_hand = [&](const GroupKey& key) {
    return config_.manual &&
           std::any_of(config_.manual->begin(), config_.manual->end(), [&](const GroupKey& other) {
             return other.id == key.id && other.same_key(key);
           });
  };
  if (config_.manual)
    for (const GroupKey& key : *config_.manual)
      out.push_back(row_of(key, "manual"));
  for (const GroupKey& key : ring_.masters()) {
    if (config_.habit == Habit::exports_no_rows)
      break;
    // What the group has of a key by hand says nothing of the row by hand (P-133).
    if (by_hand(key))
      continue;
    keytable::Row row = row_of(key, "mrkmp");
    const auto same = std::count_if(out.begin(), out.end(), [&](const keytable::Row& other) {
      return other.local_key_name == row.local_key_name;
    });
    if (same != 0)
      row.admin_key_name += "/" + std::to_string(same + 1);
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace karpspec::oracle::mrkmp
