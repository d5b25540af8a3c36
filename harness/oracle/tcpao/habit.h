#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace karpspec::oracle::tcpao {

// What an end of TCP connections does wrong about TCP-AO; `proper` is a correct one.
enum class Habit : std::uint8_t {
  proper,
  // What comes in.
  mac_unchecked,        // takes any MAC
  data_mac_unchecked,   // takes any MAC of a segment with data
  accepts_unprotected,  // takes segments without an option
  accepts_plain_reset,  // takes a reset without an option
  accepts_both,         // passes over TCP MD5 beside TCP-AO
  accepts_twice,        // looks at the first TCP-AO option only
  accepts_short_mac,    // compares as many octets of the MAC as there are
  overrun_passed,       // takes a segment all of whose options it passes over, as one is too long
  any_key_id,           // takes the key that it sends with where the KeyID is unknown
  refuses_old_key,      // takes nothing under another MKT than rnext_key
  unmatched_refused,    // discards a segment with TCP-AO that is for no MKT
  answers_bad,          // acknowledges a segment that it discards
  resets_bad,           // ends the connection at a segment that it should discard
  icmp_believed,        // ends a connection when an ICMP error says that there is none
  delivers_again,       // delivers data of a replayed segment once more
  // What goes out.
  replies_unprotected,  // answers a SYN without an option
  acks_unprotected,     // acknowledges without an option
  ids_swapped,          // KeyID is the RecvID
  r_next_is_send_id,    // RNextKeyID is a SendID
  r_next_fixed,         // RNextKeyID is that of the key in use, whatever the application wants
  // Rollover.
  r_next_ignored,         // goes on with its key, whatever the peer asks for
  r_next_unknown_obeyed,  // takes another key when it is asked for one that is not there
  r_next_of_forged,       // does what a segment asks for whose MAC is wrong
  follows_key_id,         // takes the key that the peer sends with instead
  current_ignored,        // the application cannot choose current_key
  // Traffic keys and MACs.
  sne_zero,          // the sequence number extension is always 0
  isns_left_out,     // traffic keys are bound to no ISN
  syn_ack_like_syn,  // the traffic key of a SYN-ACK has no destination ISN
  ports_left_out,    // traffic keys are bound to no ports
  // MKTs.
  options_covered,     // the MAC covers the options whatever the MKT says
  options_left_out,    // and never does
  long_keys_cut,       // a master key is cut at 16 octets
  short_keys_padded,   // and filled up with zeros
  one_algorithm,       // all MKTs are HMAC-SHA-1-96
  mkt_for_all,         // does not look at the connection identifier
  mkt_prefix_ignored,  // takes a prefix for its first address
  mkt_port_ignored,    // does not look at ports
  keeps_removed,       // an MKT that was removed is used still
  same_ids_taken,      // takes MKTs that nobody could tell apart
  ids_reserved,        // takes no MKT whose SendID or RecvID is 0 or 255
  // Beside TCP MD5.
  md5_not_beside,  // an MKT for a peer makes its TCP MD5 key of no use
  md5_first,       // opens connections with TCP MD5 where there is such a key
};
inline constexpr std::array<std::string_view, 43> habit_names = {"proper",
                                                                 "mac-unchecked",
                                                                 "data-mac-unchecked",
                                                                 "accepts-unprotected",
                                                                 "accepts-plain-reset",
                                                                 "accepts-both",
                                                                 "accepts-twice",
                                                                 "accepts-short-mac",
                                                                 "overrun-passed",
                                                                 "any-key-id",
                                                                 "refuses-old-key",
                                                                 "unmatched-refused",
                                                                 "answers-bad",
                                                                 "resets-bad",
                                                                 "icmp-believed",
                                                                 "delivers-again",
                                                                 "replies-unprotected",
                                                                 "acks-unprotected",
                                                                 "ids-swapped",
                                                                 "r-next-is-send-id",
                                                                 "r-next-fixed",
                                                                 "r-next-ignored",
                                                                 "r-next-unknown-obeyed",
                                                                 "r-next-of-forged",
                                                                 "follows-key-id",
                                                                 "current-ignored",
                                                                 "sne-zero",
                                                                 "isns-left-out",
                                                                 "syn-ack-like-syn",
                                                                 "ports-left-out",
                                                                 "options-covered",
                                                                 "options-left-out",
                                                                 "long-keys-cut",
                                                                 "short-keys-padded",
                                                                 "one-algorithm",
                                                                 "mkt-for-all",
                                                                 "mkt-prefix-ignored",
                                                                 "mkt-port-ignored",
                                                                 "keeps-removed",
                                                                 "same-ids-taken",
                                                                 "ids-reserved",
                                                                 "md5-not-beside",
                                                                 "md5-first"};

}  // namespace karpspec::oracle::tcpao
