#include "oracle/child.h"
#include "oracle/ike/exchanges.h"

// INFORMATIONAL as initiator: liveness, Delete and notification, RFC 5996 sections 1.4 and 2.4,
// RKMP section 3.4.
//
//   {} --{}--> the peer lives
//   {D of a child} --answered--> the child is gone
//   {D of the IKE SA} --answered--> the IKE SA is gone, its RP keys live on
//   {N} --answered--> the IKE SA is gone, where N is fatal
namespace karpspec::oracle::ike {

using wire::PayloadType;

void start_informational(Core& core, IkeSa& sa, const Task& task) {
  std::vector<wire::Payload> payloads;
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
      payloads.push_back(wire::make_payload(PayloadType::D, std::move(body)));
      break;
    }
    case Task::Kind::tell:
      payloads.push_back(wire::make_notify(task.notify));
      break;
    default:
      break;
  }
  Exchange state;
  state.task = task;
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
      return core.close(sa, "deleted", exchange.task.keep_keys);
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
