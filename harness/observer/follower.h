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
  void with_keks();
  // Nothing for what is neither, and for fragments whose message is not whole.
  [[nodiscard]] std::optional<transcript::Observed> follow(const capture::Frame& frame);

  struct Placed {
    std::uint64_t conversation = 0;
    std::unique_ptr<transcript::Unopened> message;
  };
  // The same for others to open, as Opener::place() says; with_keks() it is opened already.
  [[nodiscard]] std::optional<Placed> place(capture::Frame frame, const Opener::Settle& settle);

  // One sentence for what was left out, for a reader of the outcome.
  [[nodiscard]] std::vector<std::string> notes() const;

 private:
  std::optional<Placed> place_opened(const capture::Frame& frame);

  Opener opener_;
  TcpFollower tcp_;
  bool with_keks_ = false;
};

}  // namespace karpspec::observer
