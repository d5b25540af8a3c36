#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "oracle/tcpao/mkt.h"
#include "oracle/tcpao/segment_mac.h"

// Whether a segment is authentic: RFC 5925 section 7.5, and RFC 2385 where that is used instead.
namespace karpspec::oracle::tcpao {

enum class Reason : std::uint8_t {
  accepted,
  unprotected,    // no MKT and no MD5 key is for the connection, so nothing is demanded of it
  no_handshake,   // the initial sequence numbers are not known, so there are no traffic keys
  header,         // the header or its options do not parse
  option_length,  // a TCP-AO option shorter than 4 octets, or an MD5 option of other than 18
  option_twice,   // more than one TCP-AO option
  both_options,   // TCP-AO and TCP MD5 in one segment
  no_option,      // neither, though an MKT or MD5 key is for the connection
  other_option,   // the one of the two that the connection does not use
  unknown_key,    // no MKT of the connection has this ID
  key_not_valid,  // the MKT may not be used at this time, or not in this direction
  mac_length,     // the MAC has another size than the MKT's
  mac,            // the MAC, or the digest of TCP MD5, is wrong
};
// As in reports: "mac-length".
[[nodiscard]] const char* to_string(Reason reason);
// Where it is said, "RFC 5925 7.5"; empty for `accepted`.
[[nodiscard]] const char* section_of(Reason reason);

// What becomes of one segment.
struct Judgement {
  Reason reason = Reason::accepted;
  std::string detail;      // in words; never key material
  std::string field;       // what is to blame: "TCP-AO.KeyID"
  std::size_t offset = 0;  // its octet in the segment
  std::uint64_t mkt = 0;   // Mkt::number of the one that was used; 0: none
  std::uint32_t sne = 0;   // sequence number extension that was used

  [[nodiscard]] bool accepted() const { return reason == Reason::accepted; }
  // Whether a receiver discards the segment.
  [[nodiscard]] bool refused() const {
    return reason != Reason::accepted && reason != Reason::unprotected &&
           reason != Reason::no_handshake;
  }
};

// The sequence number extension of one direction (RFC 5925 section 6.2): counts how often the
// sequence number has wrapped. A segment's is found from its distance to the highest octet that was
// authentic, so that late and early ones get theirs, and a forged one moves nothing. The ISN's is
// 0.
class SequenceExtension {
 public:
  void start(std::uint32_t isn) { highest_ = isn; }
  [[nodiscard]] std::uint32_t of(std::uint32_t sequence) const;
  // Call for authentic segments alone.
  void advance(std::uint32_t sequence);

 private:
  [[nodiscard]] std::uint64_t extended(std::uint32_t sequence) const;
  std::uint64_t highest_ = 0;
};

// What is known of one direction of a connection, seen from its receiver or by a third party.
struct Inbound {
  std::optional<std::uint32_t> source_isn;       // of the segments' sender
  std::optional<std::uint32_t> destination_isn;  // of their receiver
  SequenceExtension extension;
  std::map<std::uint64_t, Secret> keys;  // traffic keys other than for SYN, by Mkt::number
  // The one way in which the connection is protected, once it is known.
  // `none`: by nothing, which nothing that is configured later changes (profile P-152).
  enum class Mode : std::uint8_t { undecided, ao, md5, none } mode = Mode::undecided;

  // Forgets the traffic keys of MKTs that are gone.
  void forget_keys(const Mkts& mkts);
};

// Keys of TCP MD5, by the peer's address. Its option names no key: all are tried, and the first is
// sent with. A connection for which there is an MKT may use it only as long as such a key is
// configured beside (profile P-85).
struct Md5Key {
  Secret key;
  std::uint16_t service_port = 0;  // as in ConnectionId
};
using Md5Keys = std::multimap<wire::IpAddress, Md5Key>;
[[nodiscard]] std::vector<const Secret*> md5_keys_for(const Md5Keys& keys, const SocketPair& pair);

// What a segment is judged by.
struct Rules {
  const Mkts& mkts;
  const Md5Keys& md5;
  // Of the table's owner. A segment that it sends carries the SendID, one that it receives the
  // RecvID.
  SocketPair pair;
  bool sent_by_owner = false;
  Time now;
  Habit habit = Habit::proper;
  std::uint64_t current = 0, next = 0;  // Mkt::number of current_key and rnext_key, for a habit
};

// Judges a segment, and takes over into INBOUND what an authentic one says: the first SYN, with ACK
// or without, the ISN of its sender, every other one its sequence number. Of a segment that is not
// authentic nothing is kept.
[[nodiscard]] Judgement judge(const wire::TcpPacket& packet, const Rules& rules, Inbound& inbound);

}  // namespace karpspec::oracle::tcpao
