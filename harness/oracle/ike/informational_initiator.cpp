#include <algorithm>

#include "oracle/child.h"
#include "oracle/ike/exchanges.h"

// INFORMATIONAL as initiator: liveness, Delete and notification, RFC 5996 sections 1.4 and 2.4,
// RKMP section 3.4.
//
//   {} --{}--> the peer lives
//   {D of a child} --answered--> the child is gone
//   {D of the IKE SA} --answered--> the IKE SA is gone, its RP keys live on but for those that are
//                                   due: their Deletes stand in the same message, or in the answer
//   {N} --answered--> the IKE SA is gone, where N is fatal
namespace karpspec::oracle::ike {

using wire::PayloadType;

std::vector<std::uint64_t> withdraw_what_is_due(Core& core, const IkeSa& sa, bool keep_keys,
                                                std::vector<wire::Payload>& payloads) {
  std::vector<std::uint64_t> due;
  if (sa.peer == nullptr || sa.unauthentic)
    return due;
  const auto& known = sa.peer->sas;
  const bool last =
      core.opening_with(*sa.peer) == nullptr &&
      std::none_of(known.begin(), known.end(), [&](const IkeSa* other) {
        return other != &sa && other->state == IkeState::established && !other->replaced;
      });
  for (const auto& child : sa.peer->children) {
    const bool goes =
        !keep_keys || (last && (child->deleting || child->delete_at || child->awaits_delete));
    if (!goes || child->kind != ChildKind::tcp_ao)
      continue;
    child->deleting = true;
    due.push_back(child->number);
    wire::DeletePayload body;
    body.protocol = wire_protocol_of(core, child->kind);
    body.spis = {own_spi_of(*child)};
    body.spi_size = static_cast<std::uint8_t>(body.spis.front().size());
    payloads.push_back(wire::make_payload(PayloadType::D, std::move(body)));
  }
  return due;
}

void remove_deleted(Core& core, const std::vector<std::uint64_t>& children) {
  for (const std::uint64_t number : children)
    if (Child* child = find_child(core, number))
      remove_child(core, *child, "deleted");
}

void start_informational(Core& core, IkeSa& sa, const Task& task) {
  std::vector<wire::Payload> payloads;
  Exchange state;
  state.task = task;
  switch (task.kind) {
    case Task::Kind::delete_child: {
      wire::DeletePayload body;
      if (task.half_made_spi) {
        body.protocol = wire_protocol_of(core, sa.peer->config.child);
        body.spis = {*task.half_made_spi};
      } else {
        Child* child = find_child(core, task.child);
        if (child == nullptr)
          return;
        child->deleting = true;
        body.protocol = wire_protocol_of(core, child->kind);
        body.spis = {own_spi_of(*child)};
      }
      body.spi_size = static_cast<std::uint8_t>(body.spis.front().size());
      payloads.push_back(wire::make_payload(PayloadType::D, std::move(body)));
      break;
    }
    case Task::Kind::delete_ike: {
      wire::DeletePayload body;
      body.protocol = static_cast<std::uint8_t>(wire::ProtocolId::IKE);
      state.deleted = withdraw_what_is_due(core, sa, task.keep_keys, payloads);
      payloads.push_back(wire::make_payload(PayloadType::D, std::move(body)));
      break;
    }
    case Task::Kind::tell:
      payloads.push_back(wire::make_notify(task.notify));
      break;
    default:
      break;
  }
  (void)core.send_request(sa, wire::ExchangeType::INFORMATIONAL, std::move(payloads),
                          std::move(state));
  if (task.kind == Task::Kind::delete_ike || task.kind == Task::Kind::tell)
    sa.state = IkeState::closing;
}

void on_informational_response(Core& core, IkeSa& sa, const Exchange& exchange,
                               const wire::Message& message) {
  core.touch(sa);
  switch (exchange.task.kind) {
    case Task::Kind::delete_child:
      if (Child* child = find_child(core, exchange.task.child))
        remove_child(core, *child, "deleted");
      break;
    case Task::Kind::delete_ike:
      if (!core.tunables.own_delete_closes) {
        sa.state = IkeState::established;
        return;
      }
      for (const wire::Payload& payload : message.payloads)
        if (const auto* body = payload.as<wire::DeletePayload>())
          (void)withdraw(core, sa, *body);
      remove_deleted(core, exchange.deleted);
      return core.close(sa, "deleted");
    case Task::Kind::tell:
      return core.close(sa, "the responder is not authentic");
    default:
      core.event(sa, "liveness-confirmed", "the peer has answered");
      break;
  }
  const auto* error = find_error(core, message.payloads);
  if (error == nullptr)
    return;
  core.event(sa, "error-received", wire::notify_name(error->type));
  if (error->type == static_cast<std::uint16_t>(wire::NotifyType::INVALID_SYNTAX) &&
      core.tunables.invalid_syntax_closes)
    core.close(sa, "the peer calls our request malformed");
}

}  // namespace karpspec::oracle::ike
