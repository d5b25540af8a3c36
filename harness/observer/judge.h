#pragma once

#include <bitset>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "observer/judge/ledger.h"
#include "transcript/observed.h"

namespace karpspec::observer {

struct Course;
struct PairKeys;

// Judges both sides of what a Follower has followed, message by message, as somebody on the wire
// between them: against the requirements of suites/requirements that such a one can judge.
//
// A breach is certain. Nothing is one that a document permits, that a lost or late frame of the
// capture could explain, or that only shows by a message that was not opened. A message that nobody
// has authenticated may be forged: its breach names the address that it came from and says so.
//
// Memory is bounded: of too many IKE SAs those that have been silent for longest are forgotten.
class Judge {
 public:
  static constexpr std::size_t usual_courses = 2048;
  // Whether it is known that no frame is missing between the first and the last of the capture.
  enum class Frames { may_be_missing, all_there };
  explicit Judge(Frames frames = Frames::may_be_missing, std::size_t most_courses = usual_courses);
  ~Judge();

  // The messages in their order.
  void add(const transcript::Observed& observed);
  [[nodiscard]] const Ledger& ledger() const { return ledger_; }

  struct Counts {
    std::uint64_t messages = 0;
    std::uint64_t copies = 0;         // of messages that came before
    std::uint64_t not_opened = 0;     // for want of keys: only their headers were judged
    std::uint64_t not_authentic = 0;  // nobody is blamed for them: anybody may have sent them
    std::uint64_t not_spoken = 0;     // no IKEv2: another version, or no header
    std::uint64_t not_settled = 0;    // whose AUTH may cover a request that the capture has lost
  };
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  using Name = std::pair<std::uint64_t, std::uint32_t>;  // conversation, IKE SA in it
  Course& course_of(const transcript::Observed& observed);
  void judge_init(Course& course, const transcript::Observed& observed);
  void judge_sealed(Course& course, const transcript::Observed& observed);
  void judge_opened(Course& course, const Said& said);
  void judge_proof(Course& course, const Said& said);
  void settle_proof(Course& course, const wire::Message& answer);
  void judge_answer(Course& course, const Said& said, const wire::Message& message);
  void judge_group(const transcript::Observed& observed);
  void judge_copy(const transcript::Observed& observed);
  void judge_fragment(Course& course, const transcript::Observed& observed, bool by_initiator);
  void judge_freshness(const Said& said, const wire::Message& message);
  void note_keys(Course& course, const wire::Message& request, const wire::Message& answer);

  Frames frames_;
  std::size_t most_;
  Ledger ledger_;
  Counts counts_;
  std::uint64_t time_ = 0;
  std::map<Name, std::unique_ptr<Course>> courses_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<PairKeys>> pair_keys_;
  // Nonces, and where they were used: by whom, in which message. Of the tens of thousands that are
  // remembered each is one piece of memory, without texts: to find and to forget texts is what made
  // the time of a message grow with the capture.
  struct Use {
    std::string address;
    // SPI of the initiator, whether it answers, message ID, IKE SA of the conversation.
    std::tuple<std::uint64_t, bool, std::uint32_t, std::uint32_t> message;
    std::uint64_t frame = 0;
  };
  std::map<HalfDigest, Use> nonces_;
  // Of TCP connections, by direction: the KeyIDs under which authentic segments went.
  std::map<std::pair<std::uint64_t, Endpoint>, std::bitset<256>> protected_;
  // Of messages to groups: what came under a number, by KEK and sender.
  std::map<std::tuple<std::uint64_t, std::string, std::uint32_t>, HalfDigest> numbers_;
};

}  // namespace karpspec::observer
