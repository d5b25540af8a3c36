#pragma once

#include <memory>
#include <optional>

#include "observer/opener.h"
#include "observer/tcp_follower.h"
#include "transcript/unopened.h"

namespace karpspec::observer {

// All that is followed of a capture: IKE and MRKMP, and TCP segments.
class Follower {
 public:
  // Without a CHECKER no segment is judged.
  explicit Follower(OpeningKeys keys, std::optional<oracle::tcpao::Checker> checker = {},
                    wire::CodePoints numbers = {});
  // Opens messages to groups too, where a download was opened that has their KEK.
  void with_keks() { opener_.with_keks(); }
  // Nothing for what is neither, and for fragments whose message is not whole.
  [[nodiscard]] std::optional<transcript::Observed> follow(const capture::Frame& frame);

  struct Placed {
    std::uint64_t conversation = 0;
    std::unique_ptr<transcript::Unopened> message;
  };
  // The same for others to open: see Opener::place(), also of settle_by().
  [[nodiscard]] std::optional<Placed> place(capture::Frame frame);
  void settle_by(std::function<void()> settle) { opener_.settle_by(std::move(settle)); }

  // One sentence for what was left out, for a reader of the outcome.
  [[nodiscard]] std::vector<std::string> notes() const;

 private:
  Opener opener_;
  TcpFollower tcp_;
};

}  // namespace karpspec::observer
