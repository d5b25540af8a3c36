#include "cli/segments.h"

#include <algorithm>
#include <array>

namespace karpspec::cli {
namespace {

using report::Json;
using wire::TcpOptionKind;

std::string flags_text(const wire::TcpHeader& header) {
  using wire::TcpFlag;
  constexpr std::array<std::pair<TcpFlag, const char*>, 6> names{{{TcpFlag::SYN, "SYN"},
                                                                  {TcpFlag::FIN, "FIN"},
                                                                  {TcpFlag::RST, "RST"},
                                                                  {TcpFlag::PSH, "PSH"},
                                                                  {TcpFlag::ACK, "ACK"},
                                                                  {TcpFlag::URG, "URG"}}};
  std::string text;
  for (const auto& [flag, name] : names)
    if (header.has(flag))
      text += std::string(text.empty() ? "" : ",") + name;
  return text.empty() ? "no flags" : text;
}

std::string option_name(std::uint8_t kind) {
  switch (kind) {
    case 2:
      return "MSS";
    case 3:
      return "Window Scale";
    case 4:
      return "SACK Permitted";
    case 5:
      return "SACK";
    case 8:
      return "Timestamps";
    case 19:
      return "TCP MD5";
    case 29:
      return "TCP-AO";
    default:
      return "option " + std::to_string(kind);
  }
}

void show_option(OctetView segment, const wire::TcpOption& option, Segments::Shown& shown) {
  const std::string name = option_name(option.kind);
  Json json = {{"kind", option.kind}, {"name", name}, {"offset", option.offset}};
  std::string text = name;
  const OctetView body = segment.subspan(option.offset + 2, option.size - 2);
  if (const auto ao = wire::read_tcp_ao(segment, option); option.is(TcpOptionKind::AO) && ao) {
    const std::string mac = to_hex(segment.subspan(ao->mac_offset, ao->mac_size));
    text += " KeyID " + std::to_string(ao->key_id) + " RNextKeyID " +
            std::to_string(ao->r_next_key_id) + " MAC " + mac;
    json["key_id"] = ao->key_id;
    json["r_next_key_id"] = ao->r_next_key_id;
    json["mac"] = mac;
  } else if (!body.empty()) {
    text += (option.is(TcpOptionKind::MD5) ? " digest " : " ") + to_hex(body);
    json["octets"] = to_hex(body);
  }
  shown.text += "  " + text + "\n";
  shown.json["options"].push_back(std::move(json));
}

bool is_routing_port(std::uint16_t port) {
  return std::ranges::any_of(
      std::array{"bgp", "ldp", "msdp", "pcep", "pim"},
      [&](const char* name) { return oracle::tcpao::service_port(name) == port; });
}

// Ports of a header that may not parse; they stand first.
std::pair<std::uint16_t, std::uint16_t> ports_of(OctetView segment) {
  if (segment.size() < 4)
    return {};
  return {static_cast<std::uint16_t>(segment[0] << 8 | segment[1]),
          static_cast<std::uint16_t>(segment[2] << 8 | segment[3])};
}

std::string blamed(const oracle::tcpao::Judgement& judgement) {
  return (judgement.field.empty() ? ""
                                  : judgement.field + ", octet " +
                                        std::to_string(judgement.offset) + " of the segment: ") +
         judgement.detail + " [" + to_string(judgement.reason) + ", " +
         section_of(judgement.reason) + "]";
}

}  // namespace

std::optional<Segments::Shown> Segments::show(const capture::Frame& frame) {
  const wire::TcpPacket& packet = *frame.segment;
  const auto header = wire::read_tcp_header(packet.segment);
  std::optional<oracle::tcpao::Judgement> judgement;
  if (checker_)
    judgement = checker_->check(packet, frame.time);
  if (judgement && judgement->reason == oracle::tcpao::Reason::unprotected)
    judgement.reset();
  const auto [source, destination] = ports_of(packet.segment);
  const bool has_option = header && (header->find(TcpOptionKind::AO) != nullptr ||
                                     header->find(TcpOptionKind::MD5) != nullptr);
  if (!judgement && !has_option && !is_routing_port(source) && !is_routing_port(destination))
    return std::nullopt;
  ++shown_;
  Shown shown;
  if (header) {
    const std::string flags = flags_text(*header);
    const std::size_t data = packet.segment.size() - header->size;
    shown.json = {{"flags", flags},
                  {"sequence", header->sequence},
                  {"acknowledgment", header->acknowledgment},
                  {"data", data},
                  {"options", Json::array()}};
    shown.text = "TCP " + flags + " seq " + std::to_string(header->sequence) + " ack " +
                 std::to_string(header->acknowledgment) + " window " +
                 std::to_string(header->window) + ", " + std::to_string(data) + " octets of data\n";
    for (const wire::TcpOption& option : header->options)
      show_option(packet.segment, option, shown);
  } else {
    shown.json = {{"trouble", to_string(header.error())}};
    shown.text = "TCP\n  (" + to_string(header.error()) + ")\n";
  }
  if (!judgement)
    return shown;
  Json said = {{"reason", to_string(judgement->reason)}};
  if (judgement->accepted()) {
    ++accepted_;
    const oracle::tcpao::Mkt* mkt = checker_->mkts().find(judgement->mkt);
    shown.text += "  authentic";
    if (mkt != nullptr) {
      shown.text += ": " + mkt->name + ", SNE " + std::to_string(judgement->sne);
      said["row"] = mkt->name;
      said["sne"] = judgement->sne;
    }
    shown.text += "\n";
  } else {
    ++(judgement->refused() ? refused_ : no_handshake_);
    const std::string text = blamed(*judgement);
    shown.text += (judgement->refused() ? "  refused: " : "  not judged: ") + text + "\n";
    said["section"] = section_of(judgement->reason);
    said["field"] = judgement->field;
    said["offset"] = judgement->offset;
    said["detail"] = judgement->detail;
    if (judgement->refused() && first_refused_.empty())
      first_refused_ = "frame " + std::to_string(frame.number) + ": " + text;
  }
  shown.json["judgement"] = std::move(said);
  return shown;
}

std::vector<std::string> Segments::summary(const std::string& capture) const {
  std::vector<std::string> lines;
  if (!checker_)
    return lines;
  lines.push_back(capture + ": " + std::to_string(accepted_) + " authentic segments, " +
                  std::to_string(refused_) + " refused, " + std::to_string(no_handshake_) +
                  " not judged because their handshake is not there");
  if (!first_refused_.empty())
    lines.push_back(capture + ": the first that is refused: " + first_refused_);
  return lines;
}

}  // namespace karpspec::cli
