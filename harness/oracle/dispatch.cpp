#include <algorithm>

#include "crypto/prf.h"
#include "oracle/child.h"
#include "oracle/core.h"
#include "oracle/ike/exchanges.h"
#include "oracle/ike/lenient.h"
#include "oracle/ike/sealed_message.h"
#include "oracle/mrkmp/habits.h"

// From a datagram to the exchange that it belongs to (RFC 5996 sections 2.1 to 2.5, 2.21, 3.1).
namespace karpspec::oracle {

using wire::ExchangeType;
using wire::NotifyType;
using wire::PayloadType;

namespace {

constexpr std::uint8_t known_flags =
    wire::Header::flag_initiator | wire::Header::flag_version | wire::Header::flag_response;

// An association of MRKMP has no children, and is not rekeyed (profile P-200).
bool is_known(ExchangeType exchange, const GroupExchanges* groups) {
  return exchange == ExchangeType::IKE_SA_INIT || exchange == ExchangeType::IKE_AUTH ||
         exchange == ExchangeType::INFORMATIONAL ||
         (groups != nullptr ? groups->knows(exchange) : exchange == ExchangeType::CREATE_CHILD_SA);
}

// What only a router with a fault minds (RFC 5996 section 3 says to ignore it).
bool has_reserved_bits(const wire::Message& message) {
  if ((message.header.flags & ~known_flags) != 0)
    return true;
  for (const wire::Payload& payload : message.payloads) {
    if (payload.reserved != 0)
      return true;
    const auto* ke = payload.as<wire::KePayload>();
    const auto* id = payload.as<wire::IdPayload>();
    const auto* auth = payload.as<wire::AuthPayload>();
    const auto* ts = payload.as<wire::TsPayload>();
    if ((ke != nullptr && ke->reserved != 0) || (id != nullptr && id->reserved != 0) ||
        (auth != nullptr && auth->reserved != 0) || (ts != nullptr && ts->reserved != 0))
      return true;
    if (const auto* sa = payload.as<wire::SaPayload>()) {
      for (const wire::Proposal& proposal : sa->proposals) {
        if (proposal.reserved != 0)
          return true;
        if (const auto* plain = std::get_if<std::vector<wire::Transform>>(&proposal.transforms))
          for (const wire::Transform& transform : *plain)
            if (transform.reserved1 != 0 || transform.reserved2 != 0)
              return true;
        if (const auto* tcp_ao =
                std::get_if<std::vector<wire::TcpAoTransform>>(&proposal.transforms))
          for (const wire::TcpAoTransform& transform : *tcp_ao)
            if (transform.reserved != 0 || (transform.flags & 0x7f) != 0)
              return true;
      }
    }
  }
  return false;
}

bool has_unknown_notify(const std::vector<wire::Payload>& payloads) {
  return std::any_of(payloads.begin(), payloads.end(), [](const wire::Payload& payload) {
    const auto* notify = payload.as<wire::NotifyPayload>();
    return notify != nullptr && wire::notify_name(notify->type) == std::to_string(notify->type);
  });
}

}  // namespace

bool Core::out_of_figure_order(const std::vector<wire::Payload>& payloads) const {
  static constexpr PayloadType order[] = {PayloadType::IDi, PayloadType::IDr, PayloadType::AUTH,
                                          PayloadType::SA,  PayloadType::KE,  PayloadType::Nonce,
                                          PayloadType::TSi, PayloadType::TSr};
  std::size_t reached = 0;
  for (const wire::Payload& payload : payloads) {
    const auto* place = std::find(std::begin(order), std::end(order), payload.type);
    if (place == std::end(order))
      continue;
    const auto index = static_cast<std::size_t>(place - std::begin(order));
    // In CREATE_CHILD_SA the nonce stands before KE.
    const bool swapped = payload.type == PayloadType::KE && reached == 5;
    if (index < reached && !swapped)
      return true;
    reached = std::max(reached, index);
  }
  return false;
}

bool Core::payloads_fit(const std::vector<wire::Payload>& payloads,
                        std::initializer_list<PayloadType> required,
                        std::initializer_list<PayloadType> optional) {
  const auto count = [&](PayloadType type) {
    return std::count_if(payloads.begin(), payloads.end(),
                         [&](const wire::Payload& payload) { return payload.type == type; });
  };
  for (const PayloadType type : required)
    if (!holds(Check::payload_present, count(type) != 0) ||
        !holds(Check::payload_single, count(type) <= 1))
      return false;
  for (const PayloadType type : optional)
    if (!holds(Check::payload_single, count(type) <= 1))
      return false;
  return true;
}

bool Core::nonce_fits(const Octets& nonce, Prf prf) {
  const auto size = static_cast<std::int64_t>(nonce.size());
  return holds(Check::nonce_size,
               size >= tunables.smallest_nonce && size <= tunables.largest_nonce) &&
         holds(Check::nonce_prf_size, nonce.size() * 2 >= crypto::prf_key_size(prf));
}

const wire::Payload* Core::refused_payload(const std::vector<wire::Payload>& payloads,
                                           Check check) {
  for (const wire::Payload& payload : payloads)
    if (payload.as<wire::UnknownPayload>() == nullptr
            ? payload.critical && tunables.refuse_critical_known
            : tunables.refuse_unknown_payloads || !holds(check, !payload.critical))
      return &payload;
  return nullptr;
}

Result<Secret> Core::agree(const crypto::DhKeyPair& own, const wire::KePayload& peer) {
  Octets data = peer.data;
  const std::size_t size = crypto::ke_size(own.group());
  if (data.size() != size) {
    if (!holds(Check::ke_size, false))
      return fail(ErrorCode::bad_length, "KE data has another size than its group");
    data.resize(size);
  }
  auto shared = own.agree(data);
  // Without the check the result of a degenerate value is as good as known: zero.
  if (!shared && !holds(Check::ke_value, false))
    return shared;
  if (shared && tunables.strip_shared_secret) {
    OctetView octets = shared->view();
    while (!octets.empty() && octets.front() == 0)
      octets = octets.subspan(1);
    return Secret(octets);
  }
  return shared ? std::move(shared) : Result<Secret>(Secret(size));
}

const char* Core::minded(const wire::Message& message) const {
  if (tunables.refuse_reserved && has_reserved_bits(message))
    return "reserved fields";
  if (tunables.fixed_payload_order && out_of_figure_order(message.payloads))
    return "payload order";
  for (const wire::Payload& payload : message.payloads)
    if (tunables.refuse_payload != 0 &&
        static_cast<std::int64_t>(payload.type) == tunables.refuse_payload)
      return "a payload of a kind that is not wanted";
  return nullptr;
}

Result<wire::Message> Core::decode_clear(OctetView octets) {
  auto message = wire::decode_message(octets, config.numbers);
  if (message || octets.size() < wire::Header::size)
    return message;
  Octets repaired(octets.begin(), octets.end());
  constexpr std::size_t next_payload_at = 16, version_at = 17;
  repaired[version_at] = 0x20;  // checked before; another one only where that was left out
  if (holds(Check::sa_counts, false))
    ike::repair_sa_counts(static_cast<PayloadType>(octets[next_payload_at]), repaired,
                          wire::Header::size);
  if (tunables.clamp_lengths)
    ike::clamp_lengths(static_cast<PayloadType>(octets[next_payload_at]), repaired,
                       wire::Header::size);
  return wire::decode_message(repaired, config.numbers);
}

IkeSa* Core::sa_of(const wire::Header& header, const Endpoint& from) {
  const auto matches = [&](IkeSa* sa, bool sender_initiated) {
    return sa != nullptr && sa->initiator != sender_initiated &&
           (sa->peer_spi() == (sender_initiated ? header.spi_i : header.spi_r) ||
            // The responder's SPI becomes known with its answer.
            (sa->state == IkeState::init_sent && sa->initiator));
  };
  const bool flag = header.from_initiator();
  if (IkeSa* sa = find_own(flag ? header.spi_r : header.spi_i); matches(sa, flag))
    return sa;
  if (IkeSa* sa = find_own(flag ? header.spi_i : header.spi_r); matches(sa, !flag))
    return holds(Check::initiator_flag, false) ? sa : nullptr;
  if (holds(Check::spi_known, false))
    for (const auto& [number, sa] : sas)
      if (sa->remote == from && sa->has_keys() && sa->state != IkeState::closed)
        return sa.get();
  return nullptr;
}

void Core::receive(const Datagram& given) {
  const auto drop = [&](const std::string& why) {
    event("dropped", why, {{"from", given.source.address}});
  };
  const std::size_t size = given.payload.size();
  if (stopped)
    return drop("nothing is heard any more");
  if (tunables.largest_message != 0 && size > static_cast<std::size_t>(tunables.largest_message))
    return drop("a message of " + std::to_string(size) + " octets");
  const auto decoded = wire::decode_header(given.payload, false);
  if (!decoded)
    return drop(to_string(decoded.error()));
  const wire::Header& header = *decoded;
  const std::size_t length = ike::header_length(given.payload);
  if (!holds(Check::header_length, length == size)) {
    stopped = tunables.stops_at_malformed;
    return drop("the header's length is " + std::to_string(length) + ", the datagram's " +
                std::to_string(size));
  }
  Datagram datagram = given;
  if (length < size && length >= wire::Header::size)
    datagram.payload.resize(length);
  else if (length != size)
    ike::set_header_length(datagram.payload, size);

  const int major = header.version >> 4;
  if (!holds(Check::version_major, major == 2)) {
    drop("major version " + std::to_string(major));
    if (major > 2 && !header.is_response() && tunables.answer_major_version) {
      std::vector<wire::Payload> payloads;
      payloads.push_back(wire::make_notify(NotifyType::INVALID_MAJOR_VERSION));
      send_clear_response(datagram.source, header, std::move(payloads));
    }
    return;
  }
  if (tunables.refuse_minor_version && (header.version & 0x0f) != 0)
    return drop("minor version");
  if (tunables.refuse_reserved && (header.flags & ~known_flags) != 0)
    return drop("reserved flags");
  if (tunables.refuse_version_flag && (header.flags & wire::Header::flag_version) != 0)
    return drop("the V flag");
  if (!holds(Check::exchange_type_known, is_known(meaning_of(header.exchange), groups)))
    return drop("exchange type " + std::to_string(header.exchange));

  const bool init = meaning_of(header.exchange) == ExchangeType::IKE_SA_INIT;
  if (init && !holds(Check::init_message_id, header.message_id == 0))
    return drop("IKE_SA_INIT with message ID " + std::to_string(header.message_id));
  if (init && !header.is_response() && header.spi_r == 0) {
    if (!holds(Check::spi_zero, header.spi_i != 0))
      return drop("the initiator's SPI is zero");
    if (!holds(Check::initiator_flag, header.from_initiator()))
      return drop("IKE_SA_INIT request without the I flag");
    const auto message = decode_clear(datagram.payload);
    if (!message)
      return event("malformed", to_string(message.error()), {{"from", datagram.source.address}});
    if (const char* why = minded(*message))
      return drop(why);
    if (tunables.refuse_unknown_notifies && has_unknown_notify(message->payloads))
      return drop("an unknown notification");
    return ike::on_ike_sa_init_request(*this, datagram, *message);
  }

  IkeSa* sa = sa_of(header, datagram.source);
  if (sa == nullptr) {
    drop("no IKE SA has these SPIs");
    if (tunables.answer_unknown_spi &&
        (!header.is_response() || holds(Check::response_flag, false))) {
      std::vector<wire::Payload> payloads;
      payloads.push_back(wire::make_notify(NotifyType::INVALID_IKE_SPI));
      send_clear_response(datagram.source, header, std::move(payloads));
    }
    return;
  }
  if (init) {
    if (sa->state != IkeState::init_sent || !header.is_response())
      return drop("IKE_SA_INIT outside its time");
    const auto message = decode_clear(datagram.payload);
    if (!message)
      return event(*sa, "malformed", to_string(message.error()));
    if (const char* why = minded(*message))
      return drop(why);
    return ike::on_ike_sa_init_response(*this, *sa, *message, datagram.payload);
  }
  if (!sa->has_keys())
    return drop("the IKE SA has no keys yet");
  receive_protected(*sa, datagram, header);
}

void Core::receive_protected(IkeSa& sa, const Datagram& datagram, const wire::Header& header) {
  touch(sa);
  if (tunables.match_source && datagram.source != sa.remote)
    return event(sa, "dropped", "from another address or port");
  constexpr std::size_t critical_of_sk = wire::Header::size + 1;
  if (tunables.refuse_critical_known && datagram.payload.size() > critical_of_sk &&
      (datagram.payload[critical_of_sk] & 0x80) != 0)
    return event(sa, "dropped", "a critical Encrypted payload");
  if (ike::is_fragment(datagram.payload, config.numbers)) {
    if (auto opened = put_together(sa, datagram))
      if (const auto message = read(sa, datagram.source, *std::move(opened)))
        receive_message(sa, datagram, *message);
    return;
  }
  if (!tunables.whole_beside_fragments && !sa.request_parts.empty() && !header.is_response())
    return event(sa, "dropped", "a whole message beside fragments");
  if (const auto message = open(sa, datagram, header))
    receive_message(sa, datagram, *message);
}

void Core::receive_message(IkeSa& sa, const Datagram& datagram, const wire::Message& message) {
  if (const char* why = minded(message))
    return event(sa, "dropped", why);
  if (!message.header.is_response())
    return on_request(sa, datagram, message);
  if (!sa.outstanding.empty())
    return on_response(sa, message);
  if (!holds(Check::response_flag, false))
    return event(sa, "dropped", "a response that nothing asked for");
  on_request(sa, datagram, message);
}

// What the peer has made with its answer is lost to us once the IKE SA is gone. It repeats its
// Delete, and answers us meanwhile; there is an end to our patience all the same.
bool Core::awaits_last_answer(const IkeSa& sa, const wire::Message& request) const {
  const bool closes = std::any_of(
      request.payloads.begin(), request.payloads.end(), [](const wire::Payload& payload) {
        const auto* body = payload.as<wire::DeletePayload>();
        return body != nullptr &&
               body->protocol == static_cast<std::uint8_t>(wire::ProtocolId::IKE);
      });
  return closes && std::any_of(sa.outstanding.begin(), sa.outstanding.end(), [&](const auto& e) {
           return e.begun != 0 && e.retransmissions < tunables.retransmit_tries / 2;
         });
}

void Core::on_request(IkeSa& sa, const Datagram& datagram, const wire::Message& message) {
  const std::uint32_t id = message.header.message_id;
  // Nothing but our notification goes through an SA with a peer that is not authentic.
  if (sa.unauthentic || (!tunables.serve_while_waiting && !sa.outstanding.empty()))
    return event(sa, "dropped", "a request that is not heard");
  const Repetition repetition = on_repetition(sa, datagram.source, message.header);
  if (repetition == Repetition::dealt_with)
    return;
  if (repetition == Repetition::none &&
      !holds(Check::message_id_window, id == sa.expected_request)) {
    return event(sa, "dropped",
                 "request " + std::to_string(id) + " where " + std::to_string(sa.expected_request) +
                     " was expected");
  }
  const auto exchange = meaning_of(message.header.exchange);
  const bool in_auth = exchange == ExchangeType::IKE_AUTH;
  // IKE_AUTH is for half-open SAs, everything else for established ones.
  const bool fits = in_auth ? sa.state == IkeState::half_open
                            : sa.state == IkeState::established || sa.state == IkeState::closing;
  // Without a peer there is no policy to negotiate a child by, whatever check is left out.
  const bool nobody = sa.peer == nullptr && exchange == ExchangeType::CREATE_CHILD_SA;
  if (sa.state == IkeState::closed || nobody || !holds(Check::exchange_type_known, fits))
    return event(sa, "dropped",
                 wire::exchange_name(message.header.exchange) + " request in the wrong state");
  if (exchange == ExchangeType::INFORMATIONAL && awaits_last_answer(sa, message))
    return event(sa, "dropped", "a Delete of the IKE SA, until our own request is answered");
  // Only what is fresh is a sign of life (section 2.4): a replay is not.
  sa.last_heard = now;
  sa.expected_request = id + 1;
  sa.last_answer.clear();
  if (const wire::Payload* refused = refused_payload(message.payloads, Check::critical_payload)) {
    const auto type = static_cast<std::uint8_t>(refused->type);
    event(sa, "error-sent", "unknown critical payload " + std::to_string(type));
    send_error(sa, message.header, NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD, {type});
    if (in_auth)
      close(sa, "IKE_AUTH was refused");
    return;
  }
  if (tunables.refuse_unknown_notifies && has_unknown_notify(message.payloads))
    return send_error(sa, message.header, NotifyType::INVALID_SYNTAX);
  switch (exchange) {
    case ExchangeType::IKE_AUTH:
      sa.remote = datagram.source;
      return ike::on_ike_auth_request(*this, sa, message);
    case ExchangeType::CREATE_CHILD_SA:
      return ike::on_create_child_sa_request(*this, sa, message);
    case ExchangeType::mrkmp_join:
    case ExchangeType::mrkmp_newkey:
    case ExchangeType::mrkmp_merge_sa:
    case ExchangeType::ks_policy:
    case ExchangeType::ks_group:
      if (sa.peer == nullptr && tunables.mrkmp_habit == mrkmp::Habit::join_before_auth &&
          !peers.empty())
        assign(sa, *peers.front());
      if (groups != nullptr && sa.peer != nullptr)
        (void)send_response(sa, message.header, groups->answer(sa, exchange, message.payloads));
      return;
    case ExchangeType::INFORMATIONAL:
    default:
      return ike::on_informational_request(*this, sa, message);
  }
}

void Core::on_response(IkeSa& sa, const wire::Message& message) {
  const wire::Header& header = message.header;
  auto at = std::find_if(sa.outstanding.begin(), sa.outstanding.end(),
                         [&](const Exchange& e) { return e.message_id == header.message_id; });
  if (at == sa.outstanding.end() && !sa.outstanding.empty() &&
      holds(Check::message_id_response, false))
    at = sa.outstanding.begin();
  if (at == sa.outstanding.end())
    return event(sa, "dropped", "a response that nothing asked for");
  if (!holds(Check::exchange_type_response, at->exchange == header.exchange))
    return event(sa, "dropped", "a response of another exchange type");
  Exchange exchange = std::move(*at);
  sa.outstanding.erase(at);
  sa.last_heard = now;

  if (refused_payload(message.payloads, Check::critical_payload_response) != nullptr) {
    event(sa, "error-received", "a response with an unknown critical payload");
    const auto type = meaning_of(exchange.exchange);
    if (type == ExchangeType::CREATE_CHILD_SA)
      return ike::on_create_child_sa_refused(*this, sa, exchange, 0, {});
    if (type == ExchangeType::IKE_AUTH)
      return ike::give_up_ike_auth(*this, sa);
    Task task;
    task.kind = Task::Kind::delete_ike;
    sa.tasks.push_front(task);
    return;
  }
  if (exchange.task.kind == Task::Kind::group && !exchange.initial) {
    if (groups != nullptr)
      groups->answered(sa, exchange.task.ask, message.payloads);
    return;
  }
  switch (meaning_of(exchange.exchange)) {
    case ExchangeType::IKE_AUTH:
      return ike::on_ike_auth_response(*this, sa, message);
    case ExchangeType::CREATE_CHILD_SA:
      return exchange.task.kind == Task::Kind::rekey_ike
                 ? ike::on_ike_rekey_response(*this, sa, exchange, message)
                 : ike::on_create_child_sa_response(*this, sa, exchange, message);
    default:
      return ike::on_informational_response(*this, sa, exchange, message);
  }
}

}  // namespace karpspec::oracle
