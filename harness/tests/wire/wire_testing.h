#pragma once

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <vector>

#include "wire/message.h"

// What the tests of this room say often. Octets are written by hand from the documents' figures.
namespace karpspec::wire {

inline Octets hex(std::string_view text) {
  auto octets = from_hex(text);
  EXPECT_TRUE(octets.has_value()) << text;
  return octets.value_or(Octets{});
}

// The one payload of TYPE whose octets, generic header included, are TEXT. Also checks that it
// encodes to the same octets.
inline Payload one_payload(PayloadType type, std::string_view text,
                           const CodePoints& numbers = {}) {
  const Octets octets = hex(text);
  const auto payloads = decode_chain(type, octets, numbers);
  if (!payloads) {
    ADD_FAILURE() << to_string(payloads.error());
    return {};
  }
  EXPECT_EQ(to_hex(encode_chain(*payloads)), to_hex(octets));
  EXPECT_EQ(payloads->size(), 1U);
  EXPECT_EQ(payloads->front().type, type);
  return payloads->front();
}

template <class T>
T body_of(PayloadType type, std::string_view text, const CodePoints& numbers = {}) {
  const Payload payload = one_payload(type, text, numbers);
  const T* body = payload.as<T>();
  EXPECT_NE(body, nullptr) << "another kind of body";
  return body != nullptr ? *body : T{};
}

// "bad length at 2": code and offset of the refusal, or "accepted".
template <class T>
std::string refusal(const Result<T>& result) {
  if (result)
    return "accepted";
  const Error& error = result.error();
  return std::string(to_string(error.code)) + " at " +
         (error.offset ? std::to_string(*error.offset) : "?");
}
inline std::string refusal(PayloadType type, std::string_view text,
                           const CodePoints& numbers = {}) {
  return refusal(decode_chain(type, hex(text), numbers));
}

// The numbers of somebody who speaks MRKMP.
inline CodePoints with_mrkmp() {
  CodePoints numbers;
  numbers.mrkmp = true;
  return numbers;
}

// "KE.group 4 2": path, offset and size of each logged field, in octets.
inline std::vector<std::string> lines(const std::vector<FieldAt>& log) {
  std::vector<std::string> all;
  for (const FieldAt& field : log) {
    all.push_back(field.path + " " + std::to_string(field.offset) + " " +
                  std::to_string(field.size));
  }
  return all;
}
inline std::vector<std::string> fields(PayloadType type, std::string_view text,
                                       const CodePoints& numbers = {}) {
  const auto payloads = decode_chain(type, hex(text), numbers);
  if (!payloads)
    return {to_string(payloads.error())};
  std::vector<FieldAt> log;
  (void)encode_chain(*payloads, &log);
  return lines(log);
}

}  // namespace karpspec::wire
