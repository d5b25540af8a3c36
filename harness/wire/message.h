#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/reader.h"
#include "base/result.h"
#include "base/writer.h"
#include "wire/code_points.h"
#include "wire/header.h"
#include "wire/payloads.h"

namespace karpspec::wire {

// One payload with its generic header, RFC 5996 section 3.2:
//   next payload (1) | C RESERVED (1) | payload length (2)
// Next payload and length follow from the chain and are not stored.
struct Payload {
  PayloadType type = PayloadType::none;
  bool critical = false;
  std::uint8_t reserved = 0;  // 7 bits
  Body body;

  // The body as T, or nullptr when it is another kind.
  template <class T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&body);
  }
  template <class T>
  [[nodiscard]] T* as() {
    return std::get_if<T>(&body);
  }
  friend bool operator==(const Payload&, const Payload&) = default;
};

struct Message {
  Header header;
  std::vector<Payload> payloads;
  friend bool operator==(const Message&, const Message&) = default;
};

// Decodes one whole IKE message (a UDP payload, without a non-ESP marker). The payload chain is
// followed to its end; SK and SKF end it. Unknown payload types, critical or not, are kept: to
// refuse them is the state machine's part.
// Errors: truncated, bad_length, bad_value, each with the offset in octets from the start.
[[nodiscard]] Result<Message> decode_message(OctetView octets, const CodePoints& numbers = {});

// Only the header, with its length field checked against the datagram when CHECK_LENGTH.
// For messages whose payloads do not parse, or of another major version.
[[nodiscard]] Result<Header> decode_header(OctetView octets, bool check_length = true);

// The inverse of decode_message. LOG, when given, receives where each field stands.
[[nodiscard]] Octets encode_message(const Message& message, std::vector<FieldAt>* log = nullptr);

// A chain of payloads as it stands inside SK: FIRST is the type of the first one.
// START is the offset that errors count from.
[[nodiscard]] Result<std::vector<Payload>> decode_chain(PayloadType first, OctetView octets,
                                                        const CodePoints& numbers = {},
                                                        std::size_t start = 0);
[[nodiscard]] Octets encode_chain(const std::vector<Payload>& payloads,
                                  std::vector<FieldAt>* log = nullptr);

// The first payload of TYPE, or nullptr.
[[nodiscard]] const Payload* find(const std::vector<Payload>& payloads, PayloadType type);
[[nodiscard]] Payload* find(std::vector<Payload>& payloads, PayloadType type);
// The body of the first payload of TYPE in MESSAGE, or nullptr.
template <class T>
[[nodiscard]] const T* body_of(const Message& message, PayloadType type) {
  const Payload* payload = find(message.payloads, type);
  return payload == nullptr ? nullptr : payload->as<T>();
}
// The first notification of TYPE, or nullptr.
[[nodiscard]] const NotifyPayload* find_notify(const std::vector<Payload>& payloads,
                                               NotifyType type);

template <class T>
[[nodiscard]] Payload make_payload(PayloadType type, T body) {
  Payload payload;
  payload.type = type;
  payload.body = std::move(body);
  return payload;
}
[[nodiscard]] Payload make_notify(NotifyType type, Octets data = {}, std::uint8_t protocol = 0,
                                  Octets spi = {});

// Names as in the documents' figures: "SA", "KE", "N", "IKE_AUTH", "NO_PROPOSAL_CHOSEN",
// "AES_CBC"; a number in decimal where there is no name. `from_name` variants give nullopt for a
// name they do not know; they also read decimal and 0x numbers.
[[nodiscard]] std::string payload_name(std::uint8_t type);
[[nodiscard]] std::string exchange_name(std::uint8_t type);
[[nodiscard]] std::string notify_name(std::uint16_t type);
[[nodiscard]] std::optional<std::uint8_t> payload_from_name(std::string_view name);
[[nodiscard]] std::optional<std::uint8_t> exchange_from_name(std::string_view name);
[[nodiscard]] std::optional<std::uint16_t> notify_from_name(std::string_view name);

}  // namespace karpspec::wire
