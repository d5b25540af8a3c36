#include "fuzz/live/reducer.h"

#include <algorithm>

namespace karpspec::fuzz {
namespace {

class Reduction {
 public:
  Reduction(Case one, const Shows& shows, unsigned tries)
      : best_(std::move(one)), shows_(shows), tries_(tries) {}

  bool take_if_it_shows(Case candidate) {
    if (tries_ == 0)
      return false;
    --tries_;
    if (!shows_(candidate))
      return false;
    best_ = std::move(candidate);
    return true;
  }

  // Halves first, then one after the other.
  void operations() {
    for (std::size_t size = best_.operations.size() / 2; size > 0; size /= 2) {
      for (std::size_t at = 0;
           at + size <= best_.operations.size() && best_.operations.size() > 1;) {
        Case candidate = best_;
        const auto from = candidate.operations.begin() + static_cast<std::ptrdiff_t>(at);
        candidate.operations.erase(from, from + static_cast<std::ptrdiff_t>(size));
        if (candidate.operations.empty() || !take_if_it_shows(std::move(candidate)))
          at += size;
      }
    }
  }

  // Many lines of one kind.
  void lines() {
    for (std::size_t i = 0; i < best_.operations.size(); ++i) {
      for (;;) {
        const std::vector<std::string>& now = best_.operations[i].lines;
        const bool alike =
            now.size() > 1 && std::all_of(now.begin(), now.end(),
                                          [&](const auto& line) { return line == now.front(); });
        if (!alike)
          break;
        Case candidate = best_;
        candidate.operations[i].lines.resize(now.size() / 2);
        if (!take_if_it_shows(std::move(candidate)))
          break;
      }
    }
  }

  void steps() {
    best_.left_out.resize(best_.exchange->before.size(), false);
    for (std::size_t i = 0; i < best_.left_out.size(); ++i) {
      Case candidate = best_;
      candidate.left_out[i] = true;
      take_if_it_shows(std::move(candidate));
    }
  }

  void times() {
    // Between what does not show and what does, to a sixteenth.
    const auto shrink = [&](auto member) {
      unsigned low = 1, high = member(best_);
      while (high > 1 && high - low > std::max(1U, high / 16)) {
        Case candidate = best_;
        member(candidate) = low + (high - low) / 2;
        const unsigned middle = member(candidate);
        if (take_if_it_shows(std::move(candidate)))
          high = middle;
        else
          low = middle;
      }
    };
    if (best_.times > 1)
      shrink([](Case& one) -> unsigned& { return one.times; });
    for (std::size_t i = 0; i < best_.operations.size(); ++i)
      if (best_.operations[i].times > 1)
        shrink([i](Case& one) -> unsigned& { return one.operations[i].times; });
  }

  Case take() { return std::move(best_); }

 private:
  Case best_;
  const Shows& shows_;
  unsigned tries_;
};

}  // namespace

Case reduce(Case one, const Shows& shows, unsigned tries) {
  Reduction reduction(std::move(one), shows, tries);
  reduction.operations();
  reduction.lines();
  reduction.steps();
  reduction.times();
  return reduction.take();
}

}  // namespace karpspec::fuzz
