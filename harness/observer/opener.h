#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <vector>

#include "capture/keys_file.h"
#include "capture/reader.h"
#include "observer/secrets_file.h"
#include "transcript/observed.h"

namespace karpspec::observer {

struct SaSeen;

// What opens the messages of a capture.
struct OpeningKeys {
  capture::DecryptionTable table;
  Secrets secrets;
};

// Gives every datagram of IKE and MRKMP its place in a conversation, opens what the keys open, puts
// fragments (RFC 7383) together, and tells copies from new messages.
//
// The place is said by headers alone, in the order of the capture; the rest is of one conversation
// each (Conversation), and can be left to others: place().
//
// Memory is bounded: of too many IKE SAs the one that has been silent for longest is forgotten; if
// it speaks again it is a conversation of its own.
class Opener {
 public:
  static constexpr std::size_t usual_associations = 4096;
  // KEYS outlive this object and all that it has placed.
  explicit Opener(const OpeningKeys& keys, wire::CodePoints numbers = {},
                  std::size_t most_associations = usual_associations);
  explicit Opener(std::shared_ptr<const OpeningKeys> keys, wire::CodePoints numbers = {},
                  std::size_t most_associations = usual_associations);
  Opener(const Opener&) = delete;
  Opener& operator=(const Opener&) = delete;
  ~Opener();

  [[nodiscard]] transcript::Observed open(const capture::Frame& frame);
  // The same for octets that came in no frame, or in frame number FRAME.
  [[nodiscard]] transcript::Observed open(const Datagram& datagram, std::uint64_t frame = 0,
                                          Time time = {});

  struct Common;
  // A datagram that has its place, and is still to be opened. It may outlive its Opener.
  class Placed {
   public:
    [[nodiscard]] std::uint64_t conversation() const;
    // Once. Those of one conversation in the order in which they were placed, by one thread at a
    // time; those of different ones side by side.
    [[nodiscard]] transcript::Observed open();

   private:
    friend class Opener;
    std::shared_ptr<Common> common_;
    std::shared_ptr<SaSeen> sa_;
    Datagram datagram_;
    std::uint64_t frame_ = 0;
    Time time_{};
    std::uint64_t order_ = 0;
    std::uint64_t spi_r_ = 0;
    std::vector<std::uint32_t> forgotten_;
  };
  // Returns when all is opened that was placed.
  using Settle = std::function<void()>;
  // The same as open() does, for others to open. Calls SETTLE where the place depends on what
  // messages hold that were placed before. Not with with_keks(), whose conversations know of each
  // other.
  [[nodiscard]] Placed place(Datagram datagram, std::uint64_t frame, Time time,
                             const Settle& settle);

  // For those who show each message by itself: of what parses, kind, parts and place stay empty,
  // and where no secrets are known digest and again too.
  void only_to_show();
  // Opens messages to groups too, under the KEKs that the downloads of opened messages hold.
  void with_keks();
  // Messages of which fragments are missing so far, of those that are opened.
  [[nodiscard]] std::uint64_t incomplete() const;
  // A number for a conversation of another kind, so that all of a capture have one of their own.
  [[nodiscard]] std::uint64_t next_conversation() { return ++conversations_; }

 private:
  using Sas = std::list<std::shared_ptr<SaSeen>>;
  struct Place;

  Place place_of(const Datagram& datagram, const Settle& settle);
  const std::shared_ptr<SaSeen>& sa_of(const wire::Header& header, const Datagram& datagram,
                                       const Settle& settle);
  Sas::iterator find(const wire::Header& header, const Datagram& datagram);
  void add(SaSeen sa);
  void make_room();
  void take_up_rekeyed(const Settle& settle);

  std::shared_ptr<Common> common_;
  std::size_t most_;
  Sas sas_;  // the last used one in front
  std::map<std::uint64_t, Sas::iterator> by_spi_i_;
  std::map<std::uint64_t, Sas::iterator> by_spi_r_;
  std::shared_ptr<SaSeen> groups_;     // stands for all messages to groups; none yet
  std::shared_ptr<SaSeen> strangers_;  // and for what has no header
  std::uint64_t conversations_ = 0;
  std::uint64_t order_ = 0;  // datagrams
  std::size_t answers_ = 0;  // that may tell of rekeying, since it was looked for what they told
};

}  // namespace karpspec::observer
