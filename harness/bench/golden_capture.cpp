#include "bench/golden_capture.h"

#include <utility>

namespace karpspec::bench {

const GoldenMessage* GoldenCapture::find(std::string_view kind) const {
  for (const GoldenMessage& message : messages)
    if (message.observed.kind == kind && !message.observed.message->payloads.empty())
      return &message;
  return nullptr;
}

const capture::DecryptionKeys* GoldenCapture::keys_of(const GoldenMessage& message) const {
  const wire::Header& header = message.observed.message->header;
  const auto at = keys.table.find({header.spi_i, header.spi_r});
  return at == keys.table.end() ? nullptr : &at->second;
}

crypto::DirectionKeys sender_keys(const capture::DecryptionKeys& keys, const wire::Header& header) {
  if (header.from_initiator())
    return {keys.SK_ei.view(), keys.SK_ai.view()};
  return {keys.SK_er.view(), keys.SK_ar.view()};
}

Result<GoldenCapture> read_golden(const std::string& path) {
  GoldenCapture out;
  KARPSPEC_TRY(table, capture::read_decryption_table(path + ".keys"));
  out.keys.table = std::move(table);
  KARPSPEC_TRY(reader, capture::CaptureReader::open(path + ".pcapng"));
  observer::Opener opener(out.keys);
  for (;;) {
    KARPSPEC_TRY(next, reader.next());
    if (!next)
      return out;
    GoldenMessage message{next->datagram.payload, opener.open(*next)};
    if (!message.observed.message)
      return fail(ErrorCode::bad_value, path + ".pcapng: " + message.observed.trouble);
    out.messages.push_back(std::move(message));
  }
}

}  // namespace karpspec::bench
