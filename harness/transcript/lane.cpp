#include "transcript/lane.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace karpspec::transcript {
namespace {

using Kind = Finding::Kind;

struct PlaceParts {
  char sender = 0;
  bool response = false;
  std::uint32_t id = 0;
};
std::optional<PlaceParts> parts_of(const std::string& place) {
  const auto space = place.rfind(' ');
  if (place.size() < 3 || space == std::string::npos)
    return std::nullopt;
  PlaceParts out;
  out.sender = place[0];
  out.response = place.find("response") != std::string::npos;
  const char* const from = place.data() + space + 1;
  if (std::from_chars(from, place.data() + place.size(), out.id).ec != std::errc{})
    return std::nullopt;
  return out;
}

// Whether the message LATER can only have been sent after EARLIER had come (RFC 5996 section 2.1: a
// response follows its request; with a window of one the next request follows the response).
bool follows_from(const ExpectedMessage& earlier, const ExpectedMessage& later) {
  const auto a = parts_of(earlier.place), b = parts_of(later.place);
  if (!a || !b || a->sender == b->sender || earlier.association != later.association)
    return false;
  if (!a->response && b->response)
    return a->id == b->id;
  return a->response && !b->response && b->id > a->id;
}

std::string short_name(const ExpectedMessage& entry) {
  return "message " + std::to_string(entry.number) + ", " + entry.text;
}

// How much OBSERVED is like ENTRY, where nothing says that it takes its place; 0: not at all.
int likeness(const ExpectedMessage& entry, const Observed& observed) {
  int score = 0;
  if (entry.kind == observed.kind)
    score += 4;
  else if (entry.kind.substr(0, entry.kind.find(' ')) ==
           observed.kind.substr(0, observed.kind.find(' ')))
    score += 2;
  if (!entry.place.empty() && entry.place == observed.place)
    score += 3;
  if (entry.association == observed.association)
    score += 1;
  if (entry.parts == observed.parts)
    score += 2;
  return score >= 4 ? score : 0;
}

}  // namespace

bool Lane::may_be(const ExpectedMessage& entry, const Observed& observed) const {
  if (entry.association != observed.association || entry.retransmission != observed.again)
    return false;
  if (entry.kind != observed.kind)
    return false;
  if (!entry.place.empty() && !observed.place.empty() && entry.place != observed.place)
    return false;
  // Who sends to a group, or a segment, is told apart by the address alone.
  if (!entry.from)
    return true;
  const std::string bound = bindings_.text("address of " + entry.from->address);
  return bound.empty() || bound == observed.source.address;
}

Lane::Place Lane::place_of(const Observed& observed) const {
  // Several may take its place, as the two requests around N(COOKIE) do, and several routers may
  // have sent it: the one that has its payloads and its address is meant.
  auto best = pending_.end();
  int most = -1;
  for (auto at = pending_.begin(); at != pending_.end() && most < 3; ++at) {
    const ExpectedMessage& entry = *at->entry;
    if (!may_be(entry, observed))
      continue;
    const bool there = !entry.from || entry.from->address == observed.source.address;
    const int score = (entry.parts == observed.parts ? 1 : 0) + (there ? 2 : 0);
    if (score > most) {
      most = score;
      best = at;
    }
  }
  return best;
}

const ExpectedMessage* Lane::find(const Observed& observed) const {
  const auto found = place_of(observed);
  return found == pending_.end() ? nullptr : found->entry.get();
}

bool Lane::has_like(const Observed& observed) const {
  return std::ranges::any_of(
      pending_, [&](const Waiting& waiting) { return likeness(*waiting.entry, observed) > 0; });
}

void Lane::judge_order(const Entry& entry, const Observed& observed) {
  if (!furthest_ || entry->number > furthest_->number) {
    furthest_ = entry;
    frame_ = observed.frame;
    return;
  }
  if (entry->retransmission)
    return;
  Finding finding;
  finding.kind = Kind::message_order;
  finding.tolerated = !follows_from(*entry, *furthest_);
  finding.expected = "before " + short_name(*furthest_);
  finding.got = "after it, which is frame " + std::to_string(frame_);
  findings_.report(std::move(finding), entry.get(), &observed);
}

void Lane::compare(const Entry& entry, const Observed& observed) {
  for (Finding& finding : compare_messages(*entry, observed, bindings_, rules_))
    findings_.report(std::move(finding), entry.get(), &observed);
}

bool Lane::take(const Observed& observed) {
  const auto found = place_of(observed);
  if (found == pending_.end())
    return false;
  const auto at = pending_.begin() + (found - pending_.cbegin());
  const Entry entry = std::move(at->entry);
  for (auto before = pending_.begin(); before != at; ++before)
    if (before->passed == 0)
      before->passed = observed.frame;
  pending_.erase(at);
  ++findings_.counts().compared;
  judge_order(entry, observed);
  if (!entry->retransmission)
    compare(entry, observed);
  return true;
}

void Lane::keep(Observed observed) {
  if (!observed.again) {
    unmatched_.push_back(std::move(observed));
    return;
  }
  Finding finding;
  finding.kind = Kind::retransmission;
  finding.tolerated = true;
  finding.expected = "no copy";
  finding.got = "the same message again";
  findings_.report(std::move(finding), nullptr, &observed);
}

void Lane::close() {
  for (const Observed& observed : unmatched_) {
    auto best = pending_.end();
    int most = 0;
    for (auto at = pending_.begin(); at != pending_.end(); ++at) {
      if (at->entry->retransmission)
        continue;
      if (const int score = likeness(*at->entry, observed); score > most) {
        most = score;
        best = at;
      }
    }
    if (best != pending_.end()) {
      const Entry entry = best->entry;
      pending_.erase(best);
      ++findings_.counts().compared;
      if (entry->association != observed.association) {
        Finding finding;
        finding.expected = "IKE SA " + std::to_string(entry->association);
        finding.got = "IKE SA " + std::to_string(observed.association);
        finding.field = finding.payload = "HDR";
        findings_.report(std::move(finding), entry.get(), &observed);
      }
      compare(entry, observed);
      continue;
    }
    Finding finding;
    finding.kind = Kind::message_unexpected;
    finding.expected = "no further message";
    finding.got = notation(observed);
    findings_.report(std::move(finding), nullptr, &observed);
  }
  unmatched_.clear();
  while (!pending_.empty()) {
    const auto [entry, passed] = pending_.front();
    pending_.pop_front();
    if (entry->optional)
      continue;
    Finding finding;
    finding.kind = entry->retransmission ? Kind::retransmission : Kind::message_missing;
    finding.tolerated = entry->retransmission;
    finding.expected = entry->text;
    finding.got = entry->retransmission ? "no copy" : "nothing";
    // It is shown where it should have come.
    findings_.report(std::move(finding), entry.get(), nullptr, passed == 0 ? UINT64_MAX : passed);
  }
}

}  // namespace karpspec::transcript
