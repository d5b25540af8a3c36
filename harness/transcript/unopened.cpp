#include "transcript/unopened.h"

#include <utility>

namespace karpspec::transcript {
namespace {

struct Opened : Unopened {
  explicit Opened(Observed whole) : observed(std::move(whole)) {}
  std::optional<Observed> open() override { return std::move(observed); }
  Observed observed;
};

}  // namespace

std::unique_ptr<Unopened> opened(Observed observed) {
  return std::make_unique<Opened>(std::move(observed));
}

}  // namespace karpspec::transcript
