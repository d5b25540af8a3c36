#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace karpspec {

// Why something was refused. Malformed input is a value here, never an exception.
enum class ErrorCode : std::uint8_t {
  truncated,      // the input ends before the field does
  bad_length,     // a length field contradicts what it encloses
  bad_value,      // a field holds a value that is not permitted there
  unsupported,    // well-formed, but not implemented or not claimed
  no_match,       // negotiation found nothing in common
  not_authentic,  // an integrity check, signature or AUTH value is wrong
  not_found,      // a file, row, peer or SA that is not there
  io,             // the operating system refused
  timeout,        // nothing came in time
  internal,       // a broken promise of our own or of a library
};

[[nodiscard]] const char* to_string(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;                // readable, without trailing full stop
  std::optional<std::size_t> offset;  // octet in the message, where one is to blame
};

// "truncated at octet 28: nonce needs 16 octets, 3 are left"
[[nodiscard]] std::string to_string(const Error& error);

// What a file or a message holds may be quoted in an error, which is one line for a terminal:
// control characters become question marks.
[[nodiscard]] std::string one_line(std::string text);

template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message,
                                                std::optional<std::size_t> offset = std::nullopt) {
  return tl::unexpected<Error>(Error{code, std::move(message), offset});
}

}  // namespace karpspec

// Leaves the enclosing function with the error of EXPR, if it has one.
#define KARPSPEC_CHECK(expr)                                       \
  do {                                                             \
    if (auto karpspec_checked_ = (expr); !karpspec_checked_)       \
      return tl::unexpected(std::move(karpspec_checked_).error()); \
  } while (false)

#define KARPSPEC_JOIN_(a, b) a##b
#define KARPSPEC_JOIN(a, b) KARPSPEC_JOIN_(a, b)
// Declares VAR from the value of EXPR, or leaves the enclosing function with its error.
#define KARPSPEC_TRY(var, expr)                                                          \
  auto KARPSPEC_JOIN(karpspec_result_, __LINE__) = (expr);                               \
  if (!KARPSPEC_JOIN(karpspec_result_, __LINE__))                                        \
    return tl::unexpected(std::move(KARPSPEC_JOIN(karpspec_result_, __LINE__)).error()); \
  auto var = *std::move(KARPSPEC_JOIN(karpspec_result_, __LINE__))
