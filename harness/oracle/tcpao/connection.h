#pragma once

#include "oracle/tcpao/judge.h"

namespace karpspec::oracle::tcpao {

struct ConnectionHabits {
  Habit wrong = Habit::proper;
  // A connection that no MKT and no TCP MD5 key is for goes without either (profile P-152), instead
  // of not at all (P-28).
  bool permits_plain = false;
  // rnext_key is the MKT of the SYN until the application chooses (profile P-151).
  bool keys_by_application = false;
};

// How one end of a TCP connection protects what it sends and judges what comes: the per-connection
// parameters of RFC 5925 section 4, with current_key and rnext_key as profile P-12 has them.
//
//   current_key  the MKT of what is sent: the newest there is when the connection is opened, the
//                SYN's where it is accepted, and then the one that the peer asks for by RNextKeyID
//   rnext_key    the MKT that is asked for by RNextKeyID: the newest that may be accepted, or what
//                the application wants
class Connection {
 public:
  explicit Connection(SocketPair pair, ConnectionHabits habits = {})
      : pair_(std::move(pair)), habits_(habits) {}

  [[nodiscard]] const SocketPair& pair() const { return pair_; }
  // Our initial sequence number; known before the first segment is sent or judged.
  void set_isn(std::uint32_t isn);
  // Whether TCP MD5 or TCP-AO protects the connection; `undecided` before the first segment.
  [[nodiscard]] Inbound::Mode mode() const { return inbound_.mode; }
  // Mkt::number of current_key; 0: none yet.
  [[nodiscard]] std::uint64_t current_key() const { return current_; }
  // That of rnext_key where the application keeps it; 0: none.
  [[nodiscard]] std::uint64_t rnext_key() const { return rnext_; }
  // The application's choice: numbers of MKTs of the connection.
  void choose_current(std::uint64_t number);
  void choose_rnext(std::uint64_t number) { rnext_ = number; }

  // The segment with addresses, option and checksum. FIELDS.options are the other options; the
  // option of TCP-AO or TCP MD5 comes after them, so that it stands on a multiple of 4 octets. The
  // one that opens a connection uses TCP-AO where there is an MKT (profile P-85). Errors: not_found
  // where there is nothing to protect it with (profile P-28: then nothing is sent); bad_length when
  // the options do not fit; internal.
  [[nodiscard]] Result<wire::TcpPacket> protect(wire::TcpFields fields, const Mkts& mkts,
                                                const Md5Keys& md5, Time now);
  // Judges what the peer sent; of an authentic segment RNextKeyID is followed.
  [[nodiscard]] Judgement receive(const wire::TcpPacket& packet, const Mkts& mkts,
                                  const Md5Keys& md5, Time now);

 private:
  [[nodiscard]] Result<wire::TcpPacket> protect_ao(wire::TcpFields fields, const Mkts& mkts,
                                                   Time now);
  [[nodiscard]] const Mkt* current_to_send(const Mkts& mkts, Time now);
  [[nodiscard]] const Mkt* wanted_next(const Mkts& mkts, Time now) const;
  [[nodiscard]] Result<wire::TcpPacket> unprotected(const wire::TcpFields& fields) const;
  void follow_r_next(const wire::TcpPacket& packet, const Judgement& judgement, const Mkts& mkts,
                     Time now);

  SocketPair pair_;
  ConnectionHabits habits_;
  Inbound inbound_;
  SequenceExtension sent_;
  std::map<std::uint64_t, Secret> send_keys_;  // other than for SYN, by Mkt::number
  std::uint64_t current_ = 0;
  std::uint64_t rnext_ = 0;
};

}  // namespace karpspec::oracle::tcpao
