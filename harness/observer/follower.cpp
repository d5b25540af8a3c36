#include "observer/follower.h"

#include <utility>

namespace karpspec::observer {
namespace {

using transcript::Observed;

std::optional<Observed> if_whole(Observed observed) {
  if (observed.partial)
    return std::nullopt;
  return observed;
}

struct OfOpener : transcript::Unopened {
  explicit OfOpener(Opener::Placed at) : placed(std::move(at)) {}
  std::optional<Observed> open() override { return if_whole(placed.open()); }
  Opener::Placed placed;
};

}  // namespace

Follower::Follower(OpeningKeys keys, std::optional<oracle::tcpao::Checker> checker,
                   wire::CodePoints numbers)
    : opener_(std::make_shared<const OpeningKeys>(std::move(keys)), numbers),
      tcp_(std::move(checker), [this] { return opener_.next_conversation(); }) {}

void Follower::with_keks() {
  with_keks_ = true;
  opener_.with_keks();
}

std::optional<Observed> Follower::follow(const capture::Frame& frame) {
  if (frame.segment)
    return tcp_.open(frame);
  if (frame.ospf || frame.rip)
    return std::nullopt;
  return if_whole(opener_.open(frame));
}

std::optional<Follower::Placed> Follower::place_opened(const capture::Frame& frame) {
  auto observed = follow(frame);
  if (!observed)
    return std::nullopt;
  const std::uint64_t conversation = observed->conversation;
  return Placed{conversation, transcript::opened(*std::move(observed))};
}

std::optional<Follower::Placed> Follower::place(capture::Frame frame,
                                                const Opener::Settle& settle) {
  // A segment costs little, and needs what is known of those before it.
  if (with_keks_ || frame.segment)
    return place_opened(frame);
  if (frame.ospf || frame.rip)
    return std::nullopt;
  auto placed = opener_.place(std::move(frame.datagram), frame.number, frame.time, settle);
  const std::uint64_t conversation = placed.conversation();
  return Placed{conversation, std::make_unique<OfOpener>(std::move(placed))};
}

std::vector<std::string> Follower::notes() const {
  if (opener_.incomplete() == 0)
    return {};
  return {std::to_string(opener_.incomplete()) +
          " message(s) left out of which fragments (RFC 7383) are missing"};
}

}  // namespace karpspec::observer
