#include "observer/opener.h"

#include <algorithm>
#include <utility>

#include "observer/conversation.h"

namespace karpspec::observer {
namespace {

// To CREATE_CHILD_SA, after which it is looked for what they tell.
constexpr std::size_t most_answers = 4096;

// Of KEYS, which somebody else has.
std::shared_ptr<const OpeningKeys> borrowed(const OpeningKeys& keys) {
  return {std::shared_ptr<const OpeningKeys>(), &keys};
}

// Its count, which who places datagrams writes all the time, lies apart from what all others read.
template <class T>
std::shared_ptr<T> counted_apart(T* made) {
  return std::shared_ptr<T>(made);
}

std::shared_ptr<SaSeen> alone(std::uint64_t conversation, Conversation::Of of) {
  SaSeen out;
  out.conversation = std::make_shared<Conversation>(conversation, of);
  return counted_apart(new SaSeen(std::move(out)));
}

}  // namespace

struct Opener::Place {
  const std::shared_ptr<SaSeen>& sa;
  std::uint64_t order = 0;
};

Opener::Opener(const OpeningKeys& keys, wire::CodePoints numbers, std::size_t most_associations)
    : Opener(borrowed(keys), numbers, most_associations) {}

Opener::Opener(std::shared_ptr<const OpeningKeys> keys, wire::CodePoints numbers,
               std::size_t most_associations)
    : common_(counted_apart(new Common)), most_(most_associations) {
  common_->keys = std::move(keys);
  common_->numbers = numbers;
  common_->most = most_associations;
}

Opener::~Opener() = default;

void Opener::only_to_show() {
  common_->only_to_show = true;
}

void Opener::with_keks() {
  common_->with_keks = true;
}

std::uint64_t Opener::incomplete() const {
  return common_->incomplete;
}

// Puts SA in front of those that have not spoken since it was used. What is forgotten for it is
// what has been silent for longest.
void Opener::add(SaSeen sa) {
  sa.number = ++sa.conversation->associations;
  const auto before =
      std::ranges::find_if(sas_, [&](const auto& other) { return other->used <= sa.used; });
  const auto at = sas_.insert(before, counted_apart(new SaSeen(std::move(sa))));
  by_spi_i_[(*at)->spi_i] = at;
  if ((*at)->spi_r != 0)
    by_spi_r_[(*at)->spi_r] = at;
  make_room();
}

void Opener::make_room() {
  for (; sas_.size() > most_; sas_.pop_back()) {
    const auto last = std::prev(sas_.end());
    const SaSeen& oldest = **last;
    if (const auto at = by_spi_i_.find(oldest.spi_i); at != by_spi_i_.end() && at->second == last)
      by_spi_i_.erase(at);
    if (const auto at = by_spi_r_.find(oldest.spi_r); at != by_spi_r_.end() && at->second == last)
      by_spi_r_.erase(at);
    oldest.conversation->forgotten.push_back(oldest.number);
  }
}

// What answers to CREATE_CHILD_SA have told. It is looked at late, so that these can be opened by
// others, and at moments that do not depend on who has opened them. Each takes the place that it
// had if it had been known at once; only what is forgotten for it is forgotten later.
void Opener::take_up_rekeyed(const Settle& settle) {
  if (std::exchange(answers_, 0) == 0)
    return;
  if (settle)
    settle();
  std::vector<Rekeyed> told;
  {
    const std::lock_guard lock(common_->mutex);
    told.swap(common_->rekeyed);
  }
  std::ranges::sort(told, {}, &Rekeyed::order);
  for (const Rekeyed& each : told) {
    if (by_spi_i_.contains(each.spi_i))
      continue;
    SaSeen next;
    next.conversation = each.old->conversation;
    next.spi_i = each.spi_i;
    next.spi_r = each.spi_r;
    next.initiator = each.by_initiator ? each.old->initiator : each.old->responder;
    next.responder = each.by_initiator ? each.old->responder : each.old->initiator;
    next.used = each.order;
    add(std::move(next));
  }
}

// The IKE SA that HEADER names.
Opener::Sas::iterator Opener::find(const wire::Header& header, const Datagram& datagram) {
  if (const auto found = by_spi_i_.find(header.spi_i); found != by_spi_i_.end())
    return found->second;
  if (header.spi_r != 0)
    if (const auto other = by_spi_r_.find(header.spi_r); other != by_spi_r_.end())
      return other->second;
  // The answer to an IKE_SA_INIT under another SPI than it was asked under.
  if (!header.is_response() || !makes_ike_sa(header.exchange_type()))
    return sas_.end();
  return std::ranges::find_if(sas_, [&](const auto& sa) {
    return sa->spi_r == 0 && sa->initiator == datagram.destination &&
           sa->responder == datagram.source;
  });
}

const std::shared_ptr<SaSeen>& Opener::sa_of(const wire::Header& header, const Datagram& datagram,
                                             const Settle& settle) {
  // One that was made by rekeying may have the responder's SPI of an older one. An IKE_SA_INIT with
  // the SPI of one is another IKE SA: to look for that would be to wait at each.
  const bool first = makes_ike_sa(header.exchange_type());
  if (!first && !by_spi_i_.contains(header.spi_i))
    take_up_rekeyed(settle);
  auto at = find(header, datagram);
  if (at != sas_.end()) {
    sas_.splice(sas_.begin(), sas_, at);
    SaSeen& known = *sas_.front();
    known.used = order_;
    if (known.spi_r == 0 && header.spi_r != 0) {
      known.spi_r = header.spi_r;
      by_spi_r_[header.spi_r] = sas_.begin();
    }
    return sas_.front();
  }
  // One that begins without IKE_SA_INIT was made by rekeying, which the capture has not.
  if (!first)
    at = std::ranges::find_if(sas_, [&](const auto& sa) {
      return std::minmax(sa->initiator, sa->responder) ==
             std::minmax(datagram.source, datagram.destination);
    });
  SaSeen out;
  out.conversation =
      at == sas_.end() ? std::make_shared<Conversation>(++conversations_, Conversation::Of::ike_sas)
                       : (*at)->conversation;
  out.spi_i = header.spi_i;
  out.spi_r = header.spi_r;
  out.initiator = header.from_initiator() ? datagram.source : datagram.destination;
  out.responder = header.from_initiator() ? datagram.destination : datagram.source;
  out.used = order_;
  add(std::move(out));
  return sas_.front();
}

Opener::Place Opener::place_of(const Datagram& datagram, const Settle& settle) {
  const std::uint64_t order = ++order_;
  const auto header = wire::decode_header(datagram.payload, false);
  if (!header) {
    if (!strangers_)
      strangers_ = alone(++conversations_, Conversation::Of::strangers);
    return {strangers_, order};
  }
  const auto exchange = header->exchange_type();
  if (is_to_group(exchange)) {
    if (!groups_)
      groups_ = alone(++conversations_, Conversation::Of::groups);
    return {groups_, order};
  }
  if (answers_ >= most_answers)
    take_up_rekeyed(settle);
  const auto& sa = sa_of(*header, datagram, settle);
  if (exchange == wire::ExchangeType::CREATE_CHILD_SA && header->is_response())
    ++answers_;
  return {sa, order};
}

transcript::Observed Opener::open(const capture::Frame& frame) {
  return open(frame.datagram, frame.number, frame.time);
}

transcript::Observed Opener::open(const Datagram& datagram, std::uint64_t frame, Time time) {
  const auto [sa, order] = place_of(datagram, {});
  Conversation& conversation = *sa->conversation;
  if (!conversation.forgotten.empty())
    conversation.forget(std::exchange(conversation.forgotten, {}));
  return conversation.open(*common_, {datagram, frame, time, order, sa, sa->spi_r});
}

Opener::Placed Opener::place(Datagram datagram, std::uint64_t frame, Time time,
                             const Settle& settle) {
  const auto [sa, order] = place_of(datagram, settle);
  Placed out;
  out.common_ = common_;
  out.sa_ = sa;
  out.datagram_ = std::move(datagram);
  out.frame_ = frame;
  out.time_ = time;
  out.order_ = order;
  out.spi_r_ = sa->spi_r;
  // Not written where there is nothing: others are reading beside it.
  if (auto& forgotten = sa->conversation->forgotten; !forgotten.empty())
    out.forgotten_ = std::exchange(forgotten, {});
  return out;
}

std::uint64_t Opener::Placed::conversation() const {
  return sa_->conversation->number();
}

transcript::Observed Opener::Placed::open() {
  Conversation& conversation = *sa_->conversation;
  conversation.forget(forgotten_);
  return conversation.open(*common_, {datagram_, frame_, time_, order_, sa_, spi_r_});
}

}  // namespace karpspec::observer
