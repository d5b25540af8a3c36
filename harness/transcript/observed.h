#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/machine.h"
#include "transcript/render.h"

namespace karpspec::transcript {

// A message of a capture, or a TCP segment, as it is written into a transcript and compared with
// one.
struct Observed {
  std::uint64_t frame = 0;  // counted from 1; of a message in fragments the last one's
  Time time{};
  Endpoint source, destination;

  // Which conversation it is of, counted from 1: an IKE SA with those that were made of it by
  // rekeying, a TCP connection, or all messages to groups.
  std::uint64_t conversation = 0;
  std::uint32_t association = 1;  // which IKE SA of the conversation, counted from 1

  // What it is called: "IKE_AUTH response", "TCP", "datagram" of what has no header; and what
  // stands in the braces behind that: payloads, or the flags of a segment.
  std::string kind;
  std::vector<std::string> parts;
  std::vector<PlacedValue> segment_values;  // the fields of a segment
  std::optional<wire::Message> message;     // none of a segment, or where nothing could be read

  enum class Body {
    clear,      // it is not protected
    opened,     // its payloads are authentic and in clear
    no_keys,    // its payloads stayed sealed: nothing is said of them
    broken,     // what protects it is not right: ICV, MAC
    malformed,  // it does not parse
  };
  Body body = Body::clear;
  std::string trouble;               // of the last three: why
  std::optional<std::size_t> octet;  // of malformed: where
  // What was checked beside the ICV: "AUTH by a preshared key holds".
  std::vector<std::string> checked;
  // What protects it is right, also where it does not parse inside: nobody made it who has not its
  // keys.
  bool authentic = false;
  // Whose keys protect it, where it is authentic or these are not those that its I flag names.
  std::optional<bool> by_initiator;
  Octets iv;  // of a message to a group: what its SK begins with
  // Whether its AUTH is made with the secret of its identity, where that can be said for certain.
  std::optional<bool> auth_holds;
  std::string fragment;  // of RFC 7383: "fragment 2 of 3, put together"; or empty
  bool partial = false;  // a fragment of a message that is not whole yet

  // The same for two messages that take each other's place in a conversation: whether the SA's
  // initiator sends it, whether it answers, message ID; of a segment flags and numbers. Empty:
  // their order alone says it.
  std::string place;
  HalfDigest digest{};  // of what was sent: the same for two copies
  bool again = false;   // a copy of what came before in this conversation: a retransmission
  // It is said again and again, as an advertisement is: copies of it mean nothing.
  bool periodic = false;
};

// A copy of what is said again and again: nothing to compare.
[[nodiscard]] inline bool is_told_again(const Observed& observed) {
  return observed.periodic && observed.again;
}
// "IKE_AUTH response {IDr, AUTH, SAr2, TSi, TSr}"
[[nodiscard]] std::string notation(const Observed& observed);
// The name of a message's kind: "IKE_AUTH response".
[[nodiscard]] std::string kind_name(const wire::Message& message);
// Observed::place of a message with these FLAGS and this message ID in its header.
[[nodiscard]] std::string place_of_message(std::uint8_t flags, std::uint32_t message_id);
// The same of a TCP segment with these flags, sequence and acknowledgment numbers.
[[nodiscard]] std::string place_of_segment(const std::vector<std::string>& flags,
                                           std::uint64_t sequence, std::uint64_t acknowledgment);
// Fills in what follows from the message that is there: kind, parts, place.
void describe_message(Observed& observed, const wire::CodePoints& numbers = {});
// All fields of OBSERVED, of a message or a segment. Made anew with each call: few ask for them.
[[nodiscard]] std::vector<PlacedValue> values_of(const Observed& observed,
                                                 const wire::CodePoints& numbers = {});

}  // namespace karpspec::transcript
