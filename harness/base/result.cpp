#include "base/result.h"

#include <algorithm>

#include "base/control_character.h"

namespace karpspec {

const char* to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::truncated:
      return "truncated";
    case ErrorCode::bad_length:
      return "bad length";
    case ErrorCode::bad_value:
      return "bad value";
    case ErrorCode::unsupported:
      return "unsupported";
    case ErrorCode::no_match:
      return "no match";
    case ErrorCode::not_authentic:
      return "not authentic";
    case ErrorCode::not_found:
      return "not found";
    case ErrorCode::io:
      return "input or output failed";
    case ErrorCode::timeout:
      return "timed out";
    case ErrorCode::internal:
      return "internal error";
  }
  return "unknown error";
}

std::string to_string(const Error& error) {
  std::string text = to_string(error.code);
  if (error.offset)
    text += " at octet " + std::to_string(*error.offset);
  if (!error.message.empty())
    text += ": " + error.message;
  return text;
}

std::string one_line(std::string text) {
  std::replace_if(text.begin(), text.end(), is_control, '?');
  return text;
}

}  // namespace karpspec
