#include "transcript/finding_list.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace karpspec::transcript {

void FindingList::report(Finding finding, const ExpectedMessage* entry, const Observed* observed,
                         std::uint64_t before) {
  if (finding.kind == Finding::Kind::not_opened)
    ++counts_.not_opened;
  else
    ++(finding.tolerated ? counts_.notes : counts_.differences);
  if (kept_.size() >= most_)
    return;
  if (entry != nullptr) {
    finding.message = entry->number;
    finding.line = entry->line;
    finding.what = entry->text;
  }
  if (observed != nullptr) {
    finding.frame = observed->frame;
    if (entry == nullptr)
      finding.what = notation(*observed);
  }
  const std::uint64_t frame = observed != nullptr ? observed->frame : before;
  kept_.push_back({std::move(finding), frame, step_});
}

void FindingList::add(FindingList&& part) {
  counts_.messages += part.counts_.messages;
  counts_.compared += part.counts_.compared;
  counts_.differences += part.counts_.differences;
  counts_.notes += part.counts_.notes;
  counts_.not_opened += part.counts_.not_opened;
  counts_.conversations += part.counts_.conversations;
  const auto middle = std::ssize(kept_);
  std::ranges::move(part.kept_, std::back_inserter(kept_));
  std::ranges::inplace_merge(kept_, kept_.begin() + middle, {}, &Kept::step);
  if (kept_.size() > most_)
    kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(most_), kept_.end());
}

std::vector<Finding> FindingList::in_order() const {
  std::vector<const Kept*> order;
  for (const Kept& kept : kept_)
    order.push_back(&kept);
  std::ranges::stable_sort(order, [](const Kept* a, const Kept* b) {
    if (a->finding.tolerated != b->finding.tolerated)
      return !a->finding.tolerated;
    if (a->frame != b->frame)
      return a->frame < b->frame;
    // What is missing or out of order explains the rest.
    return a->finding.message < b->finding.message;
  });
  std::vector<Finding> out;
  for (const Kept* kept : order)
    out.push_back(kept->finding);
  return out;
}

}  // namespace karpspec::transcript
