#include "observer/follower.h"

namespace karpspec::observer {

Follower::Follower(OpeningKeys keys, std::optional<oracle::tcpao::Checker> checker,
                   wire::CodePoints numbers)
    : keys_(std::move(keys)),
      opener_(keys_, numbers),
      tcp_(std::move(checker), [this] { return opener_.next_conversation(); }) {}

std::optional<transcript::Observed> Follower::follow(const capture::Frame& frame) {
  if (frame.segment)
    return tcp_.open(frame);
  if (frame.ospf || frame.rip)
    return std::nullopt;
  auto out = opener_.open(frame);
  if (out.partial)
    return std::nullopt;
  return out;
}

std::vector<std::string> Follower::notes() const {
  if (opener_.incomplete() == 0)
    return {};
  return {std::to_string(opener_.incomplete()) +
          " message(s) left out of which fragments (RFC 7383) are missing"};
}

}  // namespace karpspec::observer
