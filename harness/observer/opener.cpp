#include "observer/opener.h"

#include <algorithm>

#include "crypto/digest.h"
#include "observer/association.h"

namespace karpspec::observer {
namespace {

using transcript::Observed;
using wire::PayloadType;
using Body = Observed::Body;

constexpr std::size_t most_copies = 256;     // that are recognised of a conversation
constexpr std::size_t most_unfinished = 64;  // messages in fragments of an IKE SA
constexpr std::size_t most_rekeys = 64;
constexpr std::size_t most_keks_of_an_id = 4;
constexpr std::ptrdiff_t iv_of_kek = 8;

bool is_sealed(const wire::Message& message) {
  return !message.payloads.empty() && (message.payloads.back().type == PayloadType::SK ||
                                       message.payloads.back().type == PayloadType::SKF);
}

crypto::DirectionKeys keys_of(const capture::DecryptionKeys& sa, bool initiator) {
  return initiator ? crypto::DirectionKeys{sa.SK_ei.view(), sa.SK_ai.view()}
                   : crypto::DirectionKeys{sa.SK_er.view(), sa.SK_ar.view()};
}

// SK_DATA_SIZE octets of SK data that the initiator of ASSOCIATION, whose keys are known, has sent,
// or its responder. Errors: as of crypto::Opening.
Result<Octets> open_data(Association& association, bool from_initiator, OctetView message,
                         std::size_t sk_data_size) {
  const capture::DecryptionKeys& sa = *association.keys;
  auto& opening = from_initiator ? association.opening_i : association.opening_r;
  if (!opening) {
    KARPSPEC_TRY(made, crypto::Opening::make(sa.suite, keys_of(sa, from_initiator)));
    opening = std::move(made);
  }
  return opening->open(message, sk_data_size);
}

// What the SK of a message to a group begins with.
void note_iv(Observed& observed) {
  const auto* sealed = observed.message->payloads.back().as<wire::EncryptedPayload>();
  if (sealed != nullptr && std::ssize(sealed->data) >= iv_of_kek)
    observed.iv.assign(sealed->data.begin(), sealed->data.begin() + iv_of_kek);
}

}  // namespace

Opener::Opener(const OpeningKeys& keys, wire::CodePoints numbers, std::size_t most_associations)
    : keys_(keys), numbers_(numbers), most_(most_associations) {}
Opener::~Opener() = default;

std::uint64_t Opener::incomplete() const {
  std::uint64_t out = given_up_;
  for (const auto& association : associations_)
    out += association->parts.size();
  return out;
}

Association& Opener::add(std::uint64_t spi_i, std::uint64_t conversation) {
  if (associations_.size() >= most_) {
    const Association& oldest = *associations_.back();
    given_up_ += oldest.parts.size();
    const auto last = std::prev(associations_.end());
    if (const auto at = by_spi_i_.find(oldest.spi_i); at != by_spi_i_.end() && at->second == last)
      by_spi_i_.erase(at);
    if (const auto at = by_spi_r_.find(oldest.spi_r); at != by_spi_r_.end() && at->second == last)
      by_spi_r_.erase(at);
    associations_.pop_back();
  }
  associations_.push_front(std::make_unique<Association>());
  Association& out = *associations_.front();
  out.spi_i = spi_i;
  out.conversation = conversation;
  by_spi_i_[spi_i] = associations_.begin();
  return out;
}

Association& Opener::association_of(const wire::Header& header, const Datagram& datagram) {
  auto found = by_spi_i_.find(header.spi_i);
  auto at = found == by_spi_i_.end() ? associations_.end() : found->second;
  if (at == associations_.end() && header.spi_r != 0)
    if (const auto other = by_spi_r_.find(header.spi_r); other != by_spi_r_.end())
      at = other->second;
  // The answer to an IKE_SA_INIT under another SPI than it was asked under.
  if (at == associations_.end() && header.is_response() && makes_ike_sa(header.exchange_type()))
    at = std::ranges::find_if(associations_, [&](const auto& association) {
      return association->spi_r == 0 && association->initiator == datagram.destination &&
             association->responder == datagram.source;
    });
  if (at != associations_.end()) {
    associations_.splice(associations_.begin(), associations_, at);
    Association& known = *associations_.front();
    if (known.spi_r == 0 && header.spi_r != 0) {
      known.spi_r = header.spi_r;
      by_spi_r_[header.spi_r] = associations_.begin();
    }
    return known;
  }
  // One that begins without IKE_SA_INIT was made by rekeying, which the capture has not.
  at = makes_ike_sa(header.exchange_type())
           ? associations_.end()
           : std::ranges::find_if(associations_, [&](const auto& association) {
               return std::minmax(association->initiator, association->responder) ==
                      std::minmax(datagram.source, datagram.destination);
             });
  const bool goes_on = at != associations_.end();
  const std::uint64_t conversation = goes_on ? (*at)->conversation : ++conversations_;
  const auto numbers = goes_on ? (*at)->last_number : std::make_shared<std::uint32_t>(0);
  Association& out = add(header.spi_i, conversation);
  out.last_number = numbers;
  out.number = ++*numbers;
  out.spi_r = header.spi_r;
  if (header.spi_r != 0)
    by_spi_r_[header.spi_r] = associations_.begin();
  out.initiator = header.from_initiator() ? datagram.source : datagram.destination;
  out.responder = header.from_initiator() ? datagram.destination : datagram.source;
  return out;
}

void Opener::find_keys(Association& association) {
  if (association.keys || (association.tried && association.spi_r == 0))
    return;
  auto exact = keys_.table.find({association.spi_i, association.spi_r});
  if (exact == keys_.table.end()) {
    // A header may lie about one of the two.
    exact = keys_.table.lower_bound({association.spi_i, 0});
    if (exact != keys_.table.end() && exact->first.first != association.spi_i)
      exact = keys_.table.end();
  }
  if (exact != keys_.table.end()) {
    const capture::DecryptionKeys& found = exact->second;
    association.keys =
        capture::DecryptionKeys{found.suite, found.SK_ei.clone(), found.SK_er.clone(),
                                found.SK_ai.clone(), found.SK_ar.clone()};
  }
  const Secrets::IkeSa* told = keys_.secrets.ike_sa(association.spi_i, association.spi_r);
  if (told != nullptr && !association.keys) {
    const crypto::IkeKeys& keys = told->keys;
    association.keys = capture::DecryptionKeys{told->suite, keys.SK_ei.clone(), keys.SK_er.clone(),
                                               keys.SK_ai.clone(), keys.SK_ar.clone()};
  }
  if (association.tried || !association.init.suite)
    return;
  association.tried = true;
  // The suite is what was agreed on; a side that tells of another one is not believed about AUTH.
  if (told != nullptr && told->suite == *association.init.suite) {
    association.derived = told->keys.clone();
    return;
  }
  const Association* old = nullptr;
  if (association.rekeyed)
    for (const auto& each : associations_)
      if (each->conversation == association.conversation && each->derived &&
          each->number < association.number && (old == nullptr || each->number > old->number))
        old = each.get();
  association.derived = derive(association, old, keys_.secrets);
  if (association.derived && !association.keys) {
    const crypto::IkeKeys& keys = *association.derived;
    association.keys =
        capture::DecryptionKeys{*association.init.suite, keys.SK_ei.clone(), keys.SK_er.clone(),
                                keys.SK_ai.clone(), keys.SK_ar.clone()};
  }
}

void Opener::open_fragment(Observed& observed, Association& association, const Octets& octets) {
  const capture::DecryptionKeys& sa = *association.keys;
  const wire::Header& header = observed.message->header;
  const bool from_initiator = header.from_initiator();
  const auto opened =
      oracle::ike::open_fragment(sa.suite, keys_of(sa, from_initiator), octets, numbers_);
  if (!opened) {
    observed.body =
        opened.error().code == ErrorCode::not_authentic ? Body::broken : Body::malformed;
    observed.trouble = to_string(opened.error());
    return;
  }
  observed.authentic = true;
  observed.by_initiator = from_initiator;
  const auto& place = opened->place;
  observed.fragment =
      "fragment " + std::to_string(place.number) + " of " + std::to_string(place.total);
  observed.partial = true;
  if (place.number == 0 || place.number > place.total)
    return;
  if (association.parts.size() > most_unfinished) {
    given_up_ += association.parts.size();
    association.parts.clear();
  }
  oracle::ike::Reassembly& parts = association.parts[{header.flags, header.message_id}];
  // A finer cut takes the place of what is there, a coarser one is passed over (section 2.6).
  if (!parts.empty() && place.total > parts.total())
    parts.clear();
  const bool kept = (parts.empty() || place.total == parts.total()) && !parts.has(place.number) &&
                    parts.add(*opened);
  if (!kept || !parts.complete()) {
    observed.fragment += kept ? "" : ", passed over";
    return;
  }
  const oracle::ike::Opened whole = parts.take();
  association.parts.erase({header.flags, header.message_id});
  observed.partial = false;
  wire::CodePoints numbers = numbers_;
  numbers.mrkmp = wire::is_mrkmp(header.exchange_type());
  auto payloads = wire::decode_chain(whole.first, whole.plaintext, numbers);
  if (!payloads) {
    observed.fragment += ", the last";
    observed.body = Body::malformed;
    observed.trouble = to_string(payloads.error());
    observed.octet = payloads.error().offset;
    return;
  }
  observed.message->payloads = *std::move(payloads);
  observed.fragment += ", put together";
  observed.body = Body::opened;
}

void Opener::open_sealed(Observed& observed, Association& association, const Octets& octets) {
  find_keys(association);
  const wire::Message& message = *observed.message;
  if (!association.keys) {
    observed.body = Body::no_keys;
    observed.trouble = "no keys for this IKE SA";
    observed.partial = message.payloads.back().type == PayloadType::SKF;
    if (observed.partial) {
      // Nobody can put it together; the first of its fragments stands for the message.
      const auto* fragment = message.payloads.back().as<wire::EncryptedFragmentPayload>();
      observed.partial = fragment != nullptr && fragment->fragment_number != 1;
    }
    return;
  }
  if (message.payloads.back().type == PayloadType::SKF)
    return open_fragment(observed, association, octets);
  const auto* sealed = message.payloads.back().as<wire::EncryptedPayload>();
  const std::size_t size = sealed == nullptr ? 0 : sealed->data.size();
  const bool from_initiator = message.header.from_initiator();
  const auto opened = open_data(association, from_initiator, octets, size);
  if (!opened) {
    observed.body =
        opened.error().code == ErrorCode::not_authentic ? Body::broken : Body::malformed;
    observed.trouble = to_string(opened.error());
    observed.octet = opened.error().offset;
    // The other one may have sent it, with a wrong flag.
    if (observed.body == Body::broken && open_data(association, !from_initiator, octets, size))
      observed.by_initiator = !from_initiator;
    return;
  }
  observed.authentic = true;
  observed.by_initiator = from_initiator;
  wire::CodePoints known = numbers_;
  known.mrkmp = known.mrkmp || wire::is_mrkmp(message.header.exchange_type());
  const auto first = static_cast<PayloadType>(sealed == nullptr ? 0 : sealed->first_inner);
  auto payloads = wire::decode_chain(first, *opened, known, wire::Header::size);
  if (!payloads) {
    observed.body = Body::malformed;
    observed.trouble = to_string(payloads.error());
    observed.octet = payloads.error().offset;
    return;
  }
  observed.message->payloads = *std::move(payloads);
  observed.body = Body::opened;
}

bool Opener::open_group_message(Observed& observed, const Octets& octets) {
  const auto id = oracle::mrkmp::named_kek(observed.message->header);
  const auto keks = id ? known_keks_.find(*id) : known_keks_.end();
  if (keks == known_keks_.end())
    return false;
  observed.body = Body::broken;
  for (const oracle::mrkmp::GroupKey& kek : keks->second) {
    auto opened = oracle::mrkmp::open_under_kek(kek, octets);
    if (!opened) {
      observed.trouble = to_string(opened.error());
      continue;
    }
    observed.body = Body::opened;
    observed.trouble.clear();
    observed.authentic = true;
    observed.message = *std::move(opened);
    break;
  }
  return true;
}

void Opener::learn_keks(const wire::Message& message) {
  const wire::Payload* payload = wire::find(message.payloads, PayloadType::KD);
  const auto* download = payload == nullptr ? nullptr : payload->as<wire::KeyDownloadPayload>();
  if (download == nullptr)
    return;
  for (const wire::KeyItem& item : download->items) {
    if (!item.is(wire::KeyItem::Kind::kek) || item.key.size() != oracle::mrkmp::kek_octets)
      continue;
    auto& known = known_keks_[item.key_id];
    const auto same = [&](const oracle::mrkmp::GroupKey& kek) {
      return equal_in_constant_time(kek.key.view(), item.key);
    };
    if (std::ranges::any_of(known, same))
      continue;
    if (known.size() >= most_keks_of_an_id)
      known.erase(known.begin());
    oracle::mrkmp::GroupKey kek;
    kek.id = item.key_id;
    kek.algorithm = oracle::mrkmp::kek_algorithm;
    kek.key = Secret(item.key);
    known.push_back(std::move(kek));
    if (known_keks_.size() > most_)
      known_keks_.erase(known_keks_.begin());
  }
}

void Opener::follow_rekey(Association& association, const wire::Message& message) {
  const wire::Header& header = message.header;
  if (header.exchange_type() != wire::ExchangeType::CREATE_CHILD_SA)
    return;
  const wire::Payload* payload = wire::find(message.payloads, PayloadType::SA);
  const auto* sa = payload == nullptr ? nullptr : payload->as<wire::SaPayload>();
  if (sa == nullptr || sa->proposals.empty() || sa->proposals.front().spi.size() != 8)
    return;
  // The request's sender, whose flag the response has not.
  const bool by_initiator = header.from_initiator() != header.is_response();
  const std::pair key(by_initiator, header.message_id);
  if (!header.is_response()) {
    if (association.rekeys.size() >= most_rekeys)
      association.rekeys.clear();
    KeyExchange exchange;
    note_key_exchange(exchange, message, {});
    exchange.spi_i = unsigned_from(sa->proposals.front().spi);
    association.rekeys[key] = std::move(exchange);
    return;
  }
  const auto request = association.rekeys.find(key);
  if (request == association.rekeys.end())
    return;
  KeyExchange exchange = std::move(request->second);
  association.rekeys.erase(request);
  note_key_exchange(exchange, message, {});
  if (exchange.spi_r == 0)
    return;
  // It has spoken already, where the capture has this answer too late.
  if (const auto known = by_spi_i_.find(exchange.spi_i); known != by_spi_i_.end()) {
    Association& made = **known->second;
    if (made.conversation == association.conversation && made.init.ni.empty()) {
      made.rekeyed = true;
      made.init = std::move(exchange);
    }
    return;
  }
  const auto number = ++*association.last_number;
  const auto family = association.last_number;
  const std::uint64_t conversation = association.conversation;
  const Endpoint asked = by_initiator ? association.initiator : association.responder;
  const Endpoint answered = by_initiator ? association.responder : association.initiator;
  Association& next = add(exchange.spi_i, conversation);
  next.spi_r = exchange.spi_r;
  by_spi_r_[next.spi_r] = associations_.begin();
  next.number = number;
  next.last_number = family;
  next.initiator = asked;
  next.responder = answered;
  next.rekeyed = true;
  next.init = std::move(exchange);
}

void Opener::learn(Association& association, Observed& observed, const Octets& octets) {
  const wire::Message& message = *observed.message;
  const wire::Header& header = message.header;
  if (observed.body == Body::clear && makes_ike_sa(header.exchange_type())) {
    note_key_exchange(association.init, message, octets);
    if (header.is_response() && header.spi_r != 0 && association.spi_r == 0) {
      association.spi_r = header.spi_r;
      by_spi_r_[header.spi_r] = associations_.begin();
    }
  }
  if (observed.body != Body::opened)
    return;
  if (const auto holds = auth_holds(association, message, keys_.secrets)) {
    if (holds->certain)
      observed.auth_holds = holds->holds;
    observed.checked.push_back(holds->holds ? "AUTH by a preshared key holds"
                                            : "AUTH holds under no preshared key that was given");
  }
  follow_rekey(association, message);
}

bool Opener::is_copy(const Observed& observed) {
  auto at = memories_.find(observed.conversation);
  if (at == memories_.end()) {
    if (memories_.size() >= most_) {
      memories_.erase(memory_order_.back());
      memory_order_.pop_back();
    }
    memory_order_.push_front(observed.conversation);
    at = memories_.emplace(observed.conversation, Memory{}).first;
    at->second.used = memory_order_.begin();
  } else {
    memory_order_.splice(memory_order_.begin(), memory_order_, at->second.used);
  }
  Memory& memory = at->second;
  if (observed.periodic) {
    HalfDigest& last = memory.last_periodic[observed.source.address];
    const bool same = last == observed.digest;
    last = observed.digest;
    if (memory.last_periodic.size() > most_copies)
      memory.last_periodic.clear();
    return same;
  }
  if (std::ranges::find(memory.digests, observed.digest) != memory.digests.end())
    return true;
  if (memory.digests.size() < most_copies) {
    memory.digests.push_back(observed.digest);
  } else {
    memory.digests[memory.oldest] = observed.digest;
    memory.oldest = (memory.oldest + 1) % most_copies;
  }
  return false;
}

Observed Opener::open(const capture::Frame& frame) {
  return open(frame.datagram, frame.number, frame.time);
}

Observed Opener::open(const Datagram& datagram, std::uint64_t frame, Time time) {
  const Octets& octets = datagram.payload;
  Observed out;
  out.frame = frame;
  out.time = time;
  out.source = datagram.source;
  out.destination = datagram.destination;
  // The secrets that are known have something to say of AUTH, which a copy does not say again.
  const bool tells_copies = !only_to_show_ || !keys_.secrets.empty();
  if (tells_copies)
    out.digest = crypto::half_digest(octets);
  auto message = wire::decode_message(octets, numbers_);
  const auto header =
      message ? Result<wire::Header>(message->header) : wire::decode_header(octets, false);
  if (!header) {
    if (strange_ == 0)
      strange_ = ++conversations_;
    out.conversation = strange_;
    out.kind = "datagram";
    out.body = Body::malformed;
    out.trouble = to_string(header.error());
    out.octet = header.error().offset;
    return out;
  }
  Association* association = nullptr;
  const auto exchange = header->exchange_type();
  if (is_to_group(exchange)) {
    if (groups_ == 0)
      groups_ = ++conversations_;
    out.conversation = groups_;
    out.periodic = exchange == wire::ExchangeType::mrkmp_advert;
    if (keks_.size() >= most_)
      keks_.clear();
    auto& kek = keks_[header->spi_i];
    if (!kek) {
      kek = std::make_unique<Association>();
      kek->spi_i = header->spi_i;
      kek->conversation = groups_;
    }
    association = kek.get();
  } else {
    association = &association_of(*header, datagram);
    out.conversation = association->conversation;
    out.association = association->number;
  }
  out.again = tells_copies && is_copy(out);
  if (!message) {
    out.kind =
        wire::exchange_name(header->exchange) + (header->is_response() ? " response" : " request");
    out.place = transcript::place_of_message(header->flags, header->message_id);
    out.body = Body::malformed;
    out.trouble = to_string(message.error());
    out.octet = message.error().offset;
    return out;
  }
  out.message = *std::move(message);
  const bool sealed = is_sealed(*out.message);
  const bool to_group = exchange == wire::ExchangeType::mrkmp_group && sealed;
  if (to_group)
    note_iv(out);
  const bool opened = to_group && with_keks_ && open_group_message(out, octets);
  if (!opened && sealed)
    open_sealed(out, *association, octets);
  else if (!opened)
    out.body = Body::clear;
  if (!only_to_show_)
    describe_message(out, numbers_);
  if (with_keks_ && out.body == Body::opened && !out.again)
    learn_keks(*out.message);
  // One that is opened stands no longer for what was sent in clear, nor a copy for anything new.
  if (!out.again && !out.partial && out.message && !is_to_group(exchange))
    learn(*association, out, octets);
  if (out.periodic)
    out.place.clear();
  return out;
}

}  // namespace karpspec::observer
