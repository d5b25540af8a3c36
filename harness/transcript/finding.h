#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace karpspec::transcript {

// One thing in which a capture is not what its transcript says.
struct Finding {
  enum class Kind {
    field,  // a field holds something else, is missing, or should not be there
    payload_missing,
    payload_unexpected,
    payload_order,
    message_missing,
    message_unexpected,
    message_order,
    retransmission,  // a copy that was not expected, or one less
    not_opened,      // the keys do not open it: nothing is said of its payloads
    protection,      // what protects it is not right, or it does not parse
    address,
  };
  Kind kind = Kind::field;
  // Permitted by the protocols whatever the transcript says: named, but no difference.
  bool tolerated = false;
  std::size_t message = 0;           // of the transcript, counted from 1; 0: of none
  std::size_t line = 0;              // of the transcript
  std::uint64_t frame = 0;           // of the capture; 0: of none
  std::string what;                  // the message: "IKE_AUTH response {IDr, AUTH}"
  std::string payload;               // "SAr2"
  std::string field;                 // "SAr2.proposals[1].number"
  std::optional<std::size_t> octet;  // of the message with SK opened, where the field stands
  std::string expected, got;
};
// "field", "payload missing", ...
[[nodiscard]] const char* to_string(Finding::Kind kind);

}  // namespace karpspec::transcript
