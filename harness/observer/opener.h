#pragma once

#include <cstdint>
#include <functional>
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
    [[nodiscard]] transcript::Observed open() const;

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
  // The same as open() does, for others to open. Not with with_keks(), whose conversations know of
  // each other. With settle_by() before.
  [[nodiscard]] Placed place(Datagram datagram, std::uint64_t frame = 0, Time time = {});
  // Where the place of a datagram depends on what was placed before it, SETTLE is called first: it
  // returns when all of that is opened.
  void settle_by(std::function<void()> settle) { settle_ = std::move(settle); }

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

  Place place_of(const Datagram& datagram);
  const std::shared_ptr<SaSeen>& sa_of(const wire::Header& header, const Datagram& datagram);
  Sas::iterator find(const wire::Header& header, const Datagram& datagram);
  const std::shared_ptr<SaSeen>& add(SaSeen sa);
  void take_up_rekeyed();

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
  std::function<void()> settle_;
};

}  // namespace karpspec::observer
