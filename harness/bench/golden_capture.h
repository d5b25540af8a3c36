#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/protect.h"
#include "observer/opener.h"

namespace karpspec::bench {

// A message of a golden capture, as it was sent and, where the keys open it, in clear.
struct GoldenMessage {
  Octets octets;
  transcript::Observed observed;
};

// A capture of pcaps/ with the keys that open it.
struct GoldenCapture {
  observer::OpeningKeys keys;
  std::vector<GoldenMessage> messages;

  // The first message of KIND ("IKE_AUTH request") that has payloads; nullptr: there is none.
  [[nodiscard]] const GoldenMessage* find(std::string_view kind) const;
  // What opened MESSAGE, which is one of these and was sealed; nullptr: no keys of the table.
  [[nodiscard]] const capture::DecryptionKeys* keys_of(const GoldenMessage& message) const;
};

// The keys of whoever sent a message with HEADER.
[[nodiscard]] crypto::DirectionKeys sender_keys(const capture::DecryptionKeys& keys,
                                                const wire::Header& header);

// Reads PATH.pcapng with PATH.keys. Errors: those of reading; bad_value for what is no message.
[[nodiscard]] Result<GoldenCapture> read_golden(const std::string& path);

}  // namespace karpspec::bench
