#include <algorithm>
#include <utility>

#include "oracle/child.h"
#include "oracle/ike/exchanges.h"

// INFORMATIONAL as responder, RFC 5996 sections 1.4, 1.5 and 2.25, RKMP section 3.4.
//
//   {} --> {}
//   {D of a child} --known--> {D of its other half}; the key is withdrawn
//                  --unknown or being deleted by us--> {}
//   {D of the IKE SA} --> {[D]}; the IKE SA is gone, its RP keys live on but for those that we were
//                          about to withdraw
//   {N(NO_PROPOSAL_CHOSEN)} --> {}; our outstanding CREATE_CHILD_SA is refused (profile P-07)
//   {N(AUTHENTICATION_FAILED) or N(INVALID_SYNTAX)} --> {}; the IKE SA is gone
namespace karpspec::oracle::ike {

using wire::NotifyType;
using wire::PayloadType;

namespace {

std::size_t spi_size_of(const Core& core, std::uint8_t protocol) {
  if (protocol == static_cast<std::uint8_t>(wire::ProtocolId::IKE))
    return 0;
  return protocol == core.config.numbers.tcp_ao_protocol ? 1 : 4;
}

bool sizes_fit(Core& core, const std::vector<wire::Payload>& payloads) {
  return std::all_of(payloads.begin(), payloads.end(), [&](const wire::Payload& payload) {
    const auto* body = payload.as<wire::DeletePayload>();
    if (body == nullptr)
      return true;
    const std::size_t size = spi_size_of(core, body->protocol);
    return core.holds(Check::delete_spi_size,
                      body->spi_size == size && (size != 0 || body->spis.empty()));
  });
}

bool deletes_ike_sa(const std::vector<wire::Payload>& payloads) {
  return std::any_of(payloads.begin(), payloads.end(), [](const wire::Payload& payload) {
    const auto* body = payload.as<wire::DeletePayload>();
    return body != nullptr && body->protocol == static_cast<std::uint8_t>(wire::ProtocolId::IKE);
  });
}

}  // namespace

std::vector<Octets> withdraw(Core& core, IkeSa& sa, const wire::DeletePayload& body) {
  std::vector<Octets> answered;
  const ChildKind kind =
      body.protocol == core.config.numbers.tcp_ao_protocol ? ChildKind::tcp_ao : ChildKind::esp;
  // Nobody has children yet where the exchange comes before IKE_AUTH.
  if (sa.peer == nullptr || body.protocol != wire_protocol_of(core, kind))
    return answered;
  const bool all_known = std::all_of(body.spis.begin(), body.spis.end(), [&](const Octets& spi) {
    return find_by_peers_spi(*sa.peer, kind, spi) != nullptr;
  });
  if (core.tunables.unknown_spi_spoils && !all_known)
    return answered;
  for (const Octets& spi : body.spis) {
    if (core.tunables.first_spi_only && &spi != &body.spis.front())
      break;
    Child* child = find_by_peers_spi(*sa.peer, kind, spi);
    if (child != nullptr && !core.tunables.keys_change_ike_sa && child->sa != &sa)
      child = nullptr;
    if (child == nullptr) {
      core.event(sa, "dropped", "a Delete for a child that is not known");
      // It may be one whose answer has not come yet.
      for (IkeSa* other : sa.peer->sas) {
        for (Exchange& exchange : other->outstanding)
          exchange.withdrawn.push_back(spi);
        if (other->state == IkeState::auth_sent)
          other->first_withdrawn.push_back(spi);
      }
      if (core.holds(Check::delete_known, false))
        answered.push_back(spi);
      continue;
    }
    // Both sides delete it: no Delete comes back (section 1.4.1).
    if (!child->deleting)
      answered.push_back(own_spi_of(*child));
    if (core.tunables.honour_delete_key)
      withdraw_child(core, *child);
    if (core.tunables.delete_ends_all_keys)
      for (const auto& other : sa.peer->children)
        if (other->kind == ChildKind::tcp_ao && other.get() != child)
          withdraw_child(core, *other);
  }
  return answered;
}

void on_informational_request(Core& core, IkeSa& sa, const wire::Message& message) {
  const auto& payloads = message.payloads;
  const wire::Header& header = message.header;
  if (!sizes_fit(core, payloads)) {
    core.event(sa, "malformed", "a Delete whose SPI size does not fit its protocol");
    core.send_error(sa, header, NotifyType::INVALID_SYNTAX);
    if (core.tunables.invalid_syntax_closes)
      core.close(sa, "a malformed request");
    return;
  }
  bool closes = false, fatal = false, first = true;
  std::vector<wire::Payload> answer;
  for (const wire::Payload& payload : payloads) {
    const auto* body = payload.as<wire::DeletePayload>();
    if (body == nullptr)
      continue;
    if (body->protocol == static_cast<std::uint8_t>(wire::ProtocolId::IKE)) {
      closes = core.tunables.honour_delete_ike;
      continue;
    }
    if (core.tunables.first_spi_only && !std::exchange(first, false))
      continue;
    if (!core.tunables.deletes_beside_ike_sa && deletes_ike_sa(payloads))
      continue;
    wire::DeletePayload other;
    other.protocol = body->protocol;
    other.spis = withdraw(core, sa, *body);
    other.spi_size = static_cast<std::uint8_t>(other.spis.empty() ? 0 : other.spis.front().size());
    if (!other.spis.empty())
      answer.push_back(wire::make_payload(PayloadType::D, std::move(other)));
  }
  const auto* error = find_error(core, payloads);
  if (error != nullptr) {
    core.event(sa, "error-received", wire::notify_name(error->type));
    const auto type = static_cast<NotifyType>(error->type);
    fatal = core.tunables.told_failure_closes &&
            (type == NotifyType::AUTHENTICATION_FAILED || type == NotifyType::INVALID_SYNTAX);
  }
  std::vector<std::uint64_t> deleted;
  if (closes)
    deleted = withdraw_what_is_due(core, sa, true, answer);
  if (!payloads.empty() || core.tunables.answer_empty_informational)
    (void)core.send_response(sa, header, std::move(answer));
  if (closes || fatal) {
    // Where both close it at once the peer forgets its own request (RFC 5996 section 2.25.2), so it
    // may not read what is due beyond ours.
    if (sa.state != IkeState::closing)
      remove_deleted(core, deleted);
    return core.close(sa, closes ? "deleted by the peer" : "the peer calls it broken");
  }

  // RKMP section 3.4 can be read so that a refusal comes as a request of its own.
  if (error != nullptr &&
      error->type == static_cast<std::uint16_t>(NotifyType::NO_PROPOSAL_CHOSEN)) {
    const auto at = std::find_if(sa.outstanding.begin(), sa.outstanding.end(), [](const auto& e) {
      return e.exchange == static_cast<std::uint8_t>(wire::ExchangeType::CREATE_CHILD_SA);
    });
    if (at != sa.outstanding.end()) {
      const Exchange refused = std::move(*at);
      sa.outstanding.erase(at);
      on_create_child_sa_refused(core, sa, refused, error->type, error->data);
    }
  }
}

}  // namespace karpspec::oracle::ike
