#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "capture/keys_file.h"
#include "capture/reader.h"
#include "observer/secrets_file.h"
#include "oracle/mrkmp/group_message.h"
#include "transcript/observed.h"

namespace karpspec::observer {

struct Association;

// What opens the messages of a capture.
struct OpeningKeys {
  capture::DecryptionTable table;
  Secrets secrets;
};

// Gives every datagram of IKE and MRKMP its place in a conversation, opens what the keys open, puts
// fragments (RFC 7383) together, and tells copies from new messages.
//
// Memory is bounded: of too many IKE SAs the one that has been silent for longest is forgotten; if
// it speaks again it is a conversation of its own.
class Opener {
 public:
  static constexpr std::size_t usual_associations = 4096;
  Opener(const OpeningKeys& keys, wire::CodePoints numbers = {},
         std::size_t most_associations = usual_associations);
  ~Opener();

  [[nodiscard]] transcript::Observed open(const capture::Frame& frame);
  // The same for octets that came in no frame, or in frame number FRAME.
  [[nodiscard]] transcript::Observed open(const Datagram& datagram, std::uint64_t frame = 0,
                                          Time time = {});
  // For those who show each message by itself: of what parses, kind, parts and place stay empty,
  // and where no secrets are known digest and again too.
  void only_to_show() { only_to_show_ = true; }
  // Opens messages to groups too, under the KEKs that the downloads of opened messages hold.
  void with_keks() { with_keks_ = true; }
  // Messages of which fragments are missing so far.
  [[nodiscard]] std::uint64_t incomplete() const;
  // A number for a conversation of another kind, so that all of a capture have one of their own.
  [[nodiscard]] std::uint64_t next_conversation() { return ++conversations_; }

 private:
  using Associations = std::list<std::unique_ptr<Association>>;

  Association& association_of(const wire::Header& header, const Datagram& datagram);
  Association& add(std::uint64_t spi_i, std::uint64_t conversation);
  void find_keys(Association& association);
  // Puts what is in SK or SKF, the last of the message's payloads, in their place.
  void open_sealed(transcript::Observed& observed, Association& association, const Octets& octets);
  void open_fragment(transcript::Observed& observed, Association& association,
                     const Octets& octets);
  // False where no KEK of its ID is known by a download.
  bool open_group_message(transcript::Observed& observed, const Octets& octets);
  void learn_keks(const wire::Message& message);
  void learn(Association& association, transcript::Observed& observed, const Octets& octets);
  void follow_rekey(Association& association, const wire::Message& message);
  // Whether the same octets have come in this conversation before.
  bool is_copy(const transcript::Observed& observed);

  const OpeningKeys& keys_;
  wire::CodePoints numbers_;
  std::size_t most_;
  Associations associations_;  // the last used one in front
  std::map<std::uint64_t, Associations::iterator> by_spi_i_;
  std::map<std::uint64_t, Associations::iterator> by_spi_r_;
  std::uint64_t conversations_ = 0;
  std::uint64_t groups_ = 0;   // the conversation of all messages to groups, 0: none yet
  std::uint64_t strange_ = 0;  // and of what has no header
  std::map<std::uint64_t, std::unique_ptr<Association>> keks_;  // by the SPI of their messages
  bool with_keks_ = false;
  bool only_to_show_ = false;
  std::map<std::uint32_t, std::vector<oracle::mrkmp::GroupKey>> known_keks_;  // by ID
  // What has come last in each conversation, for the recognition of copies.
  struct Memory {
    std::vector<HalfDigest> digests;  // of the last messages, in a ring
    std::size_t oldest = 0;
    std::map<std::string, HalfDigest> last_periodic;  // by sender
    std::list<std::uint64_t>::iterator used;
  };
  std::map<std::uint64_t, Memory> memories_;
  std::list<std::uint64_t> memory_order_;
  std::uint64_t given_up_ = 0;  // messages of which fragments were missing at the end
};

}  // namespace karpspec::observer
