#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "observer/association.h"
#include "observer/opener.h"
#include "oracle/mrkmp/group_message.h"

// What is known of one conversation of a capture, by what its messages hold. For the room's own
// use.
//
// An Opener says by the headers alone which conversation a datagram is of, in the order of the
// capture. No conversation knows of another one, so that different ones can be opened side by side;
// each by one thread at a time, in the order of the capture.
namespace karpspec::observer {

class Conversation;

// An IKE SA, by what the headers of its messages say.
struct SaSeen {
  std::shared_ptr<Conversation> conversation;
  std::uint64_t spi_i = 0;
  std::uint32_t number = 1;  // in its conversation
  Endpoint initiator, responder;
  // Those of the Opener alone.
  std::uint64_t spi_r = 0;  // 0 as long as it is not known
  std::uint64_t used = 0;   // which datagram was its last one
};

// An IKE SA that was made by rekeying OLD, as the answer to CREATE_CHILD_SA says.
struct Rekeyed {
  std::uint64_t order = 0;  // of the answer, among all datagrams
  std::shared_ptr<const SaSeen> old;
  bool by_initiator = false;  // the initiator of OLD has asked for it
  std::uint64_t spi_i = 0, spi_r = 0;
};

// What the conversations of a capture share.
struct Opener::Common {
  std::shared_ptr<const OpeningKeys> keys;
  wire::CodePoints numbers;
  std::size_t most = 0;  // IKE SAs that are known at once
  bool only_to_show = false;
  bool with_keks = false;
  std::atomic<std::uint64_t> incomplete{0};  // messages of which fragments are missing

  // By ID. What is learnt in one conversation opens what is of another one, so that all of them are
  // opened in turn where there are KEKs.
  std::map<std::uint32_t, std::vector<oracle::mrkmp::GroupKey>> keks;

  std::mutex mutex;
  std::vector<Rekeyed> rekeyed;  // that the Opener does not know of yet
};

// A datagram whose place is known.
struct Sighted {
  const Datagram& datagram;
  std::uint64_t frame = 0;
  Time time{};
  std::uint64_t order = 0;  // among all datagrams
  const std::shared_ptr<SaSeen>& sa;
  std::uint64_t spi_r = 0;  // of SA, as far as it was known when this was sent
};

class Conversation {
 public:
  enum class Of { ike_sas, groups, strangers };
  Conversation(std::uint64_t number, Of of) : number_(number), of_(of) {}

  [[nodiscard]] std::uint64_t number() const { return number_; }
  // Those of the Opener alone: how many IKE SAs it has had, and which are forgotten since its last
  // message.
  std::uint32_t associations = 0;
  std::vector<std::uint32_t> forgotten;

  void forget(const std::vector<std::uint32_t>& numbers);
  [[nodiscard]] transcript::Observed open(Opener::Common& common, const Sighted& sighted);

 private:
  Association& association_of(const Sighted& sighted, const wire::Header& header, std::size_t most);
  void find_keys(const Opener::Common& common, Association& association) const;
  void open_sealed(Opener::Common& common, transcript::Observed& observed, Association& association,
                   const Octets& octets) const;
  void learn(Opener::Common& common, const Sighted& sighted, Association& association,
             transcript::Observed& observed);
  void follow_rekey(Opener::Common& common, const Sighted& sighted, Association& association,
                    const wire::Message& message);
  // Whether the same octets have come in this conversation before.
  bool is_copy(const transcript::Observed& observed);

  const std::uint64_t number_;
  const Of of_;
  std::map<std::uint64_t, Association> associations_;  // by number; of groups by the messages' SPI
  std::deque<KeyExchange> made_;  // what IKE SAs were made of by rekeying that are silent so far
  // What has come last, for the recognition of copies.
  std::vector<HalfDigest> digests_;  // in a ring
  std::size_t oldest_digest_ = 0;
  std::map<std::string, HalfDigest> last_periodic_;  // by sender
};

}  // namespace karpspec::observer
