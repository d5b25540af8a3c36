#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "transcript/matcher.h"
#include "transcript/recorder.h"

namespace karpspec::transcript {

// A field of an entry and what it must be.
struct ExpectedField {
  std::string path;  // as it was written
  Node wanted;       // a matcher, checked when the entry was read
};

// An entry of a transcript: a message as it is expected.
struct ExpectedMessage {
  std::size_t number = 0;             // counted from 1
  std::size_t line = 0;               // of the file
  std::string kind;                   // "IKE_AUTH response", "TCP"
  std::vector<PayloadName> payloads;  // of a segment: none
  std::vector<std::string> parts;     // "SAr2", "N(COOKIE)[2]"; flags of a segment
  std::string text;                   // the notation
  std::uint64_t conversation = 1;
  std::uint32_t association = 1;
  std::optional<Endpoint> from, to;
  bool retransmission = false, optional = false, order = false, sealed = false, broken = false;
  std::string place;  // as Observed::place, where the fields say it
  std::vector<ExpectedField> fields;
};

// Reads a transcript entry by entry; memory does not grow with it.
class TranscriptReader {
 public:
  // WORKERS, which outlive this object, read ahead.
  // Errors: not_found; bad_value "FILE:LINE:COLUMN: ..." for what is no head of a transcript.
  [[nodiscard]] static Result<TranscriptReader> open(const std::string& path,
                                                     Workers* workers = nullptr,
                                                     wire::CodePoints numbers = {});
  // From documents that are open; NAME is what errors call them.
  [[nodiscard]] static Result<TranscriptReader> read(YamlStream documents, const std::string& name,
                                                     wire::CodePoints numbers = {});
  TranscriptReader(TranscriptReader&&) noexcept;
  TranscriptReader& operator=(TranscriptReader&&) noexcept;
  ~TranscriptReader();

  [[nodiscard]] const TranscriptHead& head() const;
  // The next entry, or nothing at the end. Errors: bad_value "FILE:LINE:COLUMN: ...".
  [[nodiscard]] Result<std::optional<ExpectedMessage>> next();

 private:
  struct State;
  explicit TranscriptReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace karpspec::transcript
