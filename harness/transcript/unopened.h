#pragma once

#include <memory>
#include <optional>

#include "transcript/observed.h"

namespace karpspec::transcript {

// A message of a capture of which is known which conversation it is of, and which is read further
// by whoever asks for it: so it can be done side by side.
class Unopened {
 public:
  virtual ~Unopened() = default;
  // Once; of each conversation in the order of the capture, by one thread at a time. Nothing for a
  // fragment whose message is not whole.
  [[nodiscard]] virtual std::optional<Observed> open() = 0;
};

// One that is opened already.
[[nodiscard]] std::unique_ptr<Unopened> opened(Observed observed);

}  // namespace karpspec::transcript
