#include "transcript/message_rules.h"

#include <algorithm>

#include "wire/code_points.h"

namespace karpspec::transcript {
namespace {

bool is_reserved(std::string_view path) {
  const auto dot = path.rfind('.');
  return dot != std::string_view::npos && path.substr(dot + 1).starts_with("reserved");
}

}  // namespace

Difference at_field(const wire::Message& message, const std::string& path, std::string expected,
                    std::string got) {
  return {path, octet_of(message, path), std::move(expected), std::move(got)};
}

std::optional<Difference> wrong_version(const wire::Header& header) {
  const unsigned version = header.version;
  if (version == 0x20)
    return std::nullopt;
  return Difference{"HDR.version", 17, "2.0",
                    std::to_string(version >> 4) + "." + std::to_string(version & 0x0fU)};
}

std::optional<Difference> wrong_flags(const wire::Header& header, std::uint8_t forbidden,
                                      const std::string& expected) {
  if ((header.flags & forbidden) == 0)
    return std::nullopt;
  return Difference{"HDR.flags", 19, expected, "0x" + to_hex(Octets{header.flags})};
}

std::optional<Difference> reserved_set(const wire::Message& message) {
  std::vector<FieldAt> fields;
  const Octets octets = wire::encode_message(message, &fields);
  for (const FieldAt& field : fields) {
    if (!is_reserved(field.path))
      continue;
    const OctetView value = OctetView(octets).subspan(field.offset, field.size);
    if (std::any_of(value.begin(), value.end(), [](std::uint8_t octet) { return octet != 0; }))
      return Difference{field.path, field.offset, "0", "0x" + to_hex(value)};
  }
  for (const wire::Payload& payload : message.payloads) {
    const std::string name = wire::payload_name(static_cast<std::uint8_t>(payload.type));
    if (payload.reserved != 0)
      return Difference{name + ".generic_reserved", std::nullopt, "0",
                        std::to_string(payload.reserved)};
    const auto* sa = payload.as<wire::SaPayload>();
    if (sa == nullptr)
      continue;
    for (const wire::Proposal& proposal : sa->proposals)
      if (const auto* keys = std::get_if<std::vector<wire::TcpAoTransform>>(&proposal.transforms))
        for (const wire::TcpAoTransform& transform : *keys)
          if ((transform.flags & 0x7fU) != 0)
            return Difference{name + ".transform.flags", std::nullopt, "no bit but O",
                              "0x" + to_hex(Octets{transform.flags})};
  }
  return std::nullopt;
}

std::optional<Difference> needlessly_critical(const wire::Message& message) {
  for (const wire::Payload& payload : message.payloads)
    if (payload.critical && payload.as<wire::UnknownPayload>() == nullptr)
      return Difference{wire::payload_name(static_cast<std::uint8_t>(payload.type)) + ".critical",
                        std::nullopt, "0, the document defines this payload", "1"};
  return std::nullopt;
}

std::optional<Difference> misnumbered(const wire::Message& message, const wire::SaPayload& offer) {
  for (std::size_t i = 0; i < offer.proposals.size(); ++i)
    if (offer.proposals[i].number != i + 1)
      return at_field(message, "SA.proposals[" + std::to_string(i + 1) + "].number",
                      std::to_string(i + 1), std::to_string(offer.proposals[i].number));
  return std::nullopt;
}

std::optional<Difference> protocol_without_spi(const wire::Message& message) {
  for (const wire::Payload& payload : message.payloads) {
    const auto* body = payload.as<wire::NotifyPayload>();
    if (body != nullptr && body->spi.empty() && body->protocol != 0)
      return Difference{"N(" + wire::notify_name(body->type) + ").protocol", std::nullopt,
                        "0, there is no SPI", std::to_string(body->protocol)};
  }
  return std::nullopt;
}

}  // namespace karpspec::transcript
