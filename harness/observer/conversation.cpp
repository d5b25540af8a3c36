#include "observer/conversation.h"

#include <algorithm>

#include "crypto/digest.h"

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

void open_fragment(Opener::Common& common, Observed& observed, Association& association,
                   const Octets& octets) {
  const capture::DecryptionKeys& sa = *association.keys;
  const wire::Header& header = observed.message->header;
  const bool from_initiator = header.from_initiator();
  const auto opened =
      oracle::ike::open_fragment(sa.suite, keys_of(sa, from_initiator), octets, common.numbers);
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
  if (association.parts.size() > most_unfinished)
    association.parts.clear();
  const auto [at, fresh] = association.parts.try_emplace({header.flags, header.message_id});
  oracle::ike::Reassembly& parts = at->second;
  // One that is forgotten stays incomplete.
  if (fresh)
    ++common.incomplete;
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
  association.parts.erase(at);
  --common.incomplete;
  observed.partial = false;
  wire::CodePoints numbers = common.numbers;
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

// False where no KEK of its ID is known by a download.
bool open_group_message(const Opener::Common& common, Observed& observed, const Octets& octets) {
  const auto id = oracle::mrkmp::named_kek(observed.message->header);
  const auto keks = id ? common.keks.find(*id) : common.keks.end();
  if (keks == common.keks.end())
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

// Learns the KEKs that MESSAGE downloads.
void learn_keks(Opener::Common& common, const wire::Message& message) {
  const wire::Payload* payload = wire::find(message.payloads, PayloadType::KD);
  const auto* download = payload == nullptr ? nullptr : payload->as<wire::KeyDownloadPayload>();
  if (download == nullptr)
    return;
  for (const wire::KeyItem& item : download->items) {
    if (!item.is(wire::KeyItem::Kind::kek) || item.key.size() != oracle::mrkmp::kek_octets)
      continue;
    auto& known = common.keks[item.key_id];
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
    if (common.keks.size() > common.most)
      common.keks.erase(common.keks.begin());
  }
}

}  // namespace

// Keys that are known by the SPIs, or follow from a private value that is.
void Conversation::find_keys(const Opener::Common& common, Association& association) const {
  if (association.keys || (association.tried && association.spi_r == 0))
    return;
  const OpeningKeys& known = *common.keys;
  auto exact = known.table.find({association.spi_i, association.spi_r});
  if (exact == known.table.end()) {
    // A header may lie about one of the two.
    exact = known.table.lower_bound({association.spi_i, 0});
    if (exact != known.table.end() && exact->first.first != association.spi_i)
      exact = known.table.end();
  }
  if (exact != known.table.end()) {
    const capture::DecryptionKeys& found = exact->second;
    association.keys =
        capture::DecryptionKeys{found.suite, found.SK_ei.clone(), found.SK_er.clone(),
                                found.SK_ai.clone(), found.SK_ar.clone()};
  }
  const Secrets::IkeSa* told = known.secrets.ike_sa(association.spi_i, association.spi_r);
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
    for (const auto& [number, each] : associations_)
      if (each.derived && each.number < association.number)
        old = &each;
  association.derived = derive(association, old, known.secrets);
  if (association.derived && !association.keys) {
    const crypto::IkeKeys& keys = *association.derived;
    association.keys =
        capture::DecryptionKeys{*association.init.suite, keys.SK_ei.clone(), keys.SK_er.clone(),
                                keys.SK_ai.clone(), keys.SK_ar.clone()};
  }
}

// Puts what is in SK or SKF, the last of the message's payloads, in their place.
void Conversation::open_sealed(Opener::Common& common, Observed& observed, Association& association,
                               const Octets& octets) const {
  find_keys(common, association);
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
    return open_fragment(common, observed, association, octets);
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
  wire::CodePoints known = common.numbers;
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

// Takes note of the IKE SAs that are made by rekeying: nobody says elsewhere what their keys are
// made of.
void Conversation::follow_rekey(Opener::Common& common, const Sighted& sighted,
                                Association& association, const wire::Message& message) {
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
  for (auto& [number, made] : associations_)
    if (made.spi_i == exchange.spi_i) {
      if (made.init.ni.empty()) {
        made.rekeyed = true;
        made.init = std::move(exchange);
      }
      return;
    }
  {
    const std::lock_guard lock(common.mutex);
    common.rekeyed.push_back(
        {sighted.order, sighted.sa, by_initiator, exchange.spi_i, exchange.spi_r});
  }
  // The first one holds, as it does for the Opener.
  if (std::ranges::find(made_, exchange.spi_i, &KeyExchange::spi_i) != made_.end())
    return;
  if (made_.size() >= most_rekeys)
    made_.pop_front();
  made_.push_back(std::move(exchange));
}

// What a new message says of its IKE SA, and of its sender.
void Conversation::learn(Opener::Common& common, const Sighted& sighted, Association& association,
                         Observed& observed) {
  const wire::Message& message = *observed.message;
  if (observed.body == Body::clear && makes_ike_sa(message.header.exchange_type()))
    note_key_exchange(association.init, message, sighted.datagram.payload);
  if (observed.body != Body::opened)
    return;
  if (const auto holds = auth_holds(association, message, common.keys->secrets)) {
    if (holds->certain)
      observed.auth_holds = holds->holds;
    observed.checked.push_back(holds->holds ? "AUTH by a preshared key holds"
                                            : "AUTH holds under no preshared key that was given");
  }
  follow_rekey(common, sighted, association, message);
}

bool Conversation::is_copy(const Observed& observed) {
  if (observed.periodic) {
    HalfDigest& last = last_periodic_[observed.source.address];
    const bool same = last == observed.digest;
    last = observed.digest;
    if (last_periodic_.size() > most_copies)
      last_periodic_.clear();
    return same;
  }
  if (std::ranges::find(digests_, observed.digest) != digests_.end())
    return true;
  if (digests_.size() < most_copies) {
    digests_.push_back(observed.digest);
  } else {
    digests_[oldest_digest_] = observed.digest;
    oldest_digest_ = (oldest_digest_ + 1) % most_copies;
  }
  return false;
}

void Conversation::forget(const std::vector<std::uint32_t>& numbers) {
  for (const std::uint32_t number : numbers)
    associations_.erase(number);
}

// What is known of the IKE SA that SIGHTED is of; of a message to a group, of the SPI in HEADER.
Association& Conversation::association_of(const Sighted& sighted, const wire::Header& header,
                                          std::size_t most) {
  if (of_ == Of::groups) {
    if (associations_.size() >= most)
      associations_.clear();
    Association& out = associations_[header.spi_i];
    out.spi_i = header.spi_i;
    return out;
  }
  const auto [at, fresh] = associations_.try_emplace(sighted.sa->number);
  Association& out = at->second;
  out.spi_r = sighted.spi_r;
  if (!fresh)
    return out;
  out.spi_i = sighted.sa->spi_i;
  out.number = sighted.sa->number;
  if (const auto made = std::ranges::find(made_, out.spi_i, &KeyExchange::spi_i);
      made != made_.end()) {
    out.rekeyed = true;
    out.init = std::move(*made);
    made_.erase(made);
  }
  return out;
}

Observed Conversation::open(Opener::Common& common, const Sighted& sighted) {
  const Octets& octets = sighted.datagram.payload;
  Observed out;
  out.frame = sighted.frame;
  out.time = sighted.time;
  out.source = sighted.datagram.source;
  out.destination = sighted.datagram.destination;
  out.conversation = number_;
  // The secrets that are known have something to say of AUTH, which a copy does not say again.
  const bool tells_copies = !common.only_to_show || !common.keys->secrets.empty();
  if (tells_copies)
    out.digest = crypto::half_digest(octets);
  auto message = wire::decode_message(octets, common.numbers);
  const auto header =
      message ? Result<wire::Header>(message->header) : wire::decode_header(octets, false);
  if (!header) {
    out.kind = "datagram";
    out.body = Body::malformed;
    out.trouble = to_string(header.error());
    out.octet = header.error().offset;
    return out;
  }
  const auto exchange = header->exchange_type();
  out.association = sighted.sa->number;
  out.periodic = exchange == wire::ExchangeType::mrkmp_advert;
  Association& association = association_of(sighted, *header, common.most);
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
  const bool opened = to_group && common.with_keks && open_group_message(common, out, octets);
  if (!opened && sealed)
    open_sealed(common, out, association, octets);
  else if (!opened)
    out.body = Body::clear;
  if (!common.only_to_show)
    describe_message(out, common.numbers);
  if (common.with_keks && out.body == Body::opened && !out.again)
    learn_keks(common, *out.message);
  // One that is opened stands no longer for what was sent in clear, nor a copy for anything new.
  if (!out.again && !out.partial && of_ == Of::ike_sas)
    learn(common, sighted, association, out);
  if (out.periodic)
    out.place.clear();
  return out;
}

}  // namespace karpspec::observer
