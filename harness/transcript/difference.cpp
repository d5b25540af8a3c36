#include "transcript/difference.h"

#include <algorithm>

#include "transcript/render.h"

namespace karpspec::transcript {
namespace {

bool lists_certificates(const MessageNotation& notation) {
  return std::any_of(notation.payloads.begin(), notation.payloads.end(),
                     [](const auto& name) { return name.type == wire::PayloadType::CERT; });
}

// What may stand in a message without being expected. How many certificates a device has is its
// own affair, where it may send any.
bool let_pass(const wire::Payload& payload, const MessageNotation& expected) {
  if (payload.type == wire::PayloadType::V || payload.type == wire::PayloadType::CERTREQ)
    return true;
  if (payload.type == wire::PayloadType::CERT)
    return lists_certificates(expected);
  const auto* notify = payload.as<wire::NotifyPayload>();
  return notify != nullptr && notify->type >= wire::first_status_notify;
}

std::string payload_list(const wire::Message& message, const wire::CodePoints& numbers) {
  std::string line = one_line(message, numbers);
  return line.substr(line.find('{'));
}

std::size_t offset_of_payload(const wire::Message& message, std::size_t index) {
  const auto end = message.payloads.begin() + static_cast<std::ptrdiff_t>(index);
  return wire::Header::size + wire::encode_chain({message.payloads.begin(), end}).size();
}

}  // namespace

std::optional<std::size_t> octet_of(const wire::Message& message, std::string_view field,
                                    const wire::CodePoints& numbers) {
  const auto path = parse_path(field);
  if (!path)
    return std::nullopt;
  const auto at = find_octets(message, *path, numbers);
  if (!at)
    return std::nullopt;
  return at->offset;
}

std::optional<Difference> compare(const MessageNotation& expected, const wire::Message& got,
                                  const Strictness& strictness, const wire::CodePoints& numbers) {
  if (expected.exchange != got.header.exchange)
    return Difference{"HDR.exchange", 18, wire::exchange_name(expected.exchange),
                      wire::exchange_name(got.header.exchange)};
  // Which payload of the message each of the notation stands for.
  std::vector<bool> taken(got.payloads.size(), false);
  std::optional<std::size_t> last;
  for (const PayloadName& name : expected.payloads) {
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < got.payloads.size() && !found; ++i)
      if (!taken[i] && name.names(got.payloads[i], numbers))
        found = i;
    if (!found) {
      if (name.optional)
        continue;
      return Difference{name.text(), std::nullopt, "payload " + name.text(),
                        "none, the message has " + payload_list(got, numbers)};
    }
    taken[*found] = true;
    if (strictness.order && last && *found < *last)
      return Difference{name.text(), offset_of_payload(got, *found),
                        "the order " + expected.text.substr(expected.text.find('{')),
                        payload_list(got, numbers)};
    last = found;
  }
  for (std::size_t i = 0; i < got.payloads.size(); ++i) {
    if (taken[i] || (!strictness.only && let_pass(got.payloads[i], expected)))
      continue;
    const std::string name = figure_name(got, got.payloads[i], numbers);
    return Difference{name, offset_of_payload(got, i), "no payload " + name,
                      payload_list(got, numbers)};
  }
  return std::nullopt;
}

std::optional<Difference> compare(const wire::Message& expected, const wire::Message& got,
                                  const wire::CodePoints& numbers) {
  if (expected == got)
    return std::nullopt;
  const auto wanted = show_fields(expected, numbers);
  const auto found = show_fields(got, numbers);
  for (std::size_t i = 0; i < std::max(wanted.size(), found.size()); ++i) {
    if (i >= wanted.size())
      return Difference{found[i].path, octet_of(got, found[i].path, numbers), "to be absent",
                        found[i].value};
    const auto same = std::find_if(found.begin(), found.end(), [&](const ShownField& field) {
      return field.path == wanted[i].path;
    });
    if (same == found.end())
      return Difference{wanted[i].path, std::nullopt, wanted[i].value, "absent"};
    if (same->value != wanted[i].value)
      return Difference{wanted[i].path, octet_of(got, wanted[i].path, numbers), wanted[i].value,
                        same->value};
  }
  return Difference{"", std::nullopt, one_line(expected, numbers), one_line(got, numbers)};
}

}  // namespace karpspec::transcript
