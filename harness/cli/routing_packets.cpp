#include "cli/routing_packets.h"

namespace karpspec::cli {
namespace {

using report::Json;
using Shown = RoutingPackets::Shown;

std::string ospf_type(std::uint8_t type) {
  switch (type) {
    case 1:
      return "Hello";
    case 2:
      return "Database Description";
    case 3:
      return "Link State Request";
    case 4:
      return "Link State Update";
    case 5:
      return "Link State Acknowledgment";
    default:
      return "type " + std::to_string(type);
  }
}

std::string dotted(std::uint32_t number) {
  return std::to_string(number >> 24) + "." + std::to_string(number >> 16 & 0xff) + "." +
         std::to_string(number >> 8 & 0xff) + "." + std::to_string(number & 0xff);
}

Shown unreadable(const char* protocol, const Error& error) {
  return {std::string(protocol) + "\n  (" + to_string(error) + ")\n",
          {{"protocol", protocol}, {"trouble", to_string(error)}}};
}

// What all keyed digests have.
void show_digest(std::uint8_t key_id, std::uint32_t sequence, OctetView digest, Shown& shown) {
  shown.text += "  Key ID " + std::to_string(key_id) + " sequence number " +
                std::to_string(sequence) + " digest " + to_hex(digest) + "\n";
  shown.json["key_id"] = key_id;
  shown.json["sequence"] = sequence;
  shown.json["digest"] = to_hex(digest);
}

Shown show_ospf(OctetView packet) {
  const auto header = wire::read_ospf_header(packet);
  if (!header)
    return unreadable("OSPFv2", header.error());
  const std::string type = ospf_type(header->type);
  Shown out{"OSPFv2 " + type + " router " + dotted(header->router_id) + " area " +
                dotted(header->area_id) + " AuType " + std::to_string(header->au_type) + "\n",
            {{"protocol", "OSPFv2"},
             {"type", type},
             {"router", dotted(header->router_id)},
             {"area", dotted(header->area_id)},
             {"au_type", header->au_type}}};
  if (header->is(wire::OspfAuType::CRYPTOGRAPHIC))
    show_digest(header->key_id, header->sequence,
                packet.subspan(header->length, header->digest_size), out);
  return out;
}

Shown show_rip(OctetView octets) {
  const auto message = wire::read_rip(octets);
  if (!message)
    return unreadable("RIPv2", message.error());
  const std::string command = message->command == 1 ? "Request"
                              : message->command == 2
                                  ? "Response"
                                  : "command " + std::to_string(message->command);
  const auto& by = message->authentication;
  Shown out{"RIPv2 " + command + ", " + std::to_string(message->entries.size()) + " entries, " +
                (by ? "authentication type " + std::to_string(by->type)
                    : std::string("no authentication")) +
                "\n",
            {{"protocol", "RIPv2"}, {"type", command}, {"entries", message->entries.size()}}};
  if (by)
    out.json["authentication_type"] = by->type;
  if (by && by->is(wire::RipAuthType::KEYED_DIGEST))
    show_digest(by->key_id, by->sequence, octets.subspan(by->digest_at(), by->digest_size), out);
  return out;
}

}  // namespace

Shown RoutingPackets::show(const capture::Frame& frame) {
  ++shown_;
  Shown shown = frame.ospf ? show_ospf(frame.ospf->octets) : show_rip(frame.rip->octets);
  if (checker_)
    judge(frame.ospf ? checker_->check(*frame.ospf, frame.time)
                     : checker_->check(*frame.rip, frame.time),
          frame, shown);
  return shown;
}

void RoutingPackets::judge(const oracle::rpauth::Judgement& judgement, const capture::Frame& frame,
                           Shown& shown) {
  Json said = {{"reason", to_string(judgement.reason)}};
  if (judgement.reason == oracle::rpauth::Reason::unprotected) {
    ++unprotected_;
    shown.text += "  not judged: no row is for it\n";
  } else if (judgement.accepted()) {
    ++accepted_;
    shown.text += "  authentic: " + judgement.row +
                  (judgement.in_send_lifetime ? "" : ", outside of its send lifetime") + "\n";
    said["row"] = judgement.row;
    said["in_send_lifetime"] = judgement.in_send_lifetime;
  } else {
    ++refused_;
    const std::string text = judgement.field + ", octet " + std::to_string(judgement.offset) +
                             " of the packet: " + judgement.detail + " [" +
                             to_string(judgement.reason) + ", " + judgement.section + "]";
    shown.text += "  refused: " + text + "\n";
    said["section"] = judgement.section;
    said["field"] = judgement.field;
    said["offset"] = judgement.offset;
    said["detail"] = judgement.detail;
    if (first_refused_.empty())
      first_refused_ = "frame " + std::to_string(frame.number) + ": " + text;
  }
  shown.json["judgement"] = std::move(said);
}

std::vector<std::string> RoutingPackets::summary(const std::string& capture) const {
  std::vector<std::string> lines;
  if (!checker_)
    return lines;
  lines.push_back(capture + ": " + std::to_string(accepted_) +
                  " authentic packets of OSPFv2 or RIPv2, " + std::to_string(refused_) +
                  " refused, " + std::to_string(unprotected_) + " for which there is no key");
  if (!first_refused_.empty())
    lines.push_back(capture + ": the first that is refused: " + first_refused_);
  return lines;
}

}  // namespace karpspec::cli
