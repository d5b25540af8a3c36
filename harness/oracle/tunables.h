#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "keytable/rules.h"
#include "oracle/operations/habits.h"
#include "oracle/tcpao/habit.h"

namespace karpspec::oracle {

namespace keyserver {
enum class Habit : std::uint8_t;  // keyserver/habits.h
}
namespace mrkmp {
enum class Habit : std::uint8_t;  // mrkmp/habits.h
}

enum class CachedAnswer { send, recompute, ignore };
enum class MasterKeySize { by_kdf, prf, octets_32 };
enum class MasterKeyNonces { exchange, swapped, initial };
enum class Choice { first, last };
enum class SendIdAnswer { own, echo };
enum class MasterKeySecret { sk_d, sk_pi };
enum class PskText { as_is, null_terminated, cut_at_zero };
enum class RowNames { rfc7210, seed002 };
// What a router leaves out of the selection of keys (RFC 7210 section 3).
enum class TableOverlooks {
  nothing,
  peer,
  interface,
  protocol,
  direction,
  disabled,
  send_lifetime,
  send_start,
  accept_lifetime,
  accept_start,
  last_second,       // takes the end of a lifetime for the first second without the key
  first_second,      // takes its start for the last second without it
  other_peers,       // looks at the first of Peers only
  other_interfaces,  // at the first of Interfaces only
  all,               // does not know the word in Interfaces
  scopes,            // nor those in Peers
  key_name,
  preference,
  recency,
  old_keys,  // accepts only what it sends
  unnamed,   // of keys without names tries the newest only
  vrf,
};
// When the old IKE SA is deleted in a re-authentication.
enum class EndOfOld { after_keys, after_auth, at_auth, at_once, never };

// What the oracle does where the documents leave a choice, and the habits that a fault may change.
// The values here are those of a correct router.
struct Tunables {
  // Timers (RFC 5996 section 2.4, holes: half-open and retransmission timers).
  Duration retransmit_first = std::chrono::seconds{1};
  std::int64_t retransmit_factor = 2;
  std::int64_t retransmit_tries = 6;  // retransmissions after the first sending
  bool retransmit_identical = true;   // false: sealed anew, with other octets
  Duration half_open = std::chrono::seconds{30};
  Duration liveness_interval{};  // zero: no checks of its own accord
  Duration keyless_life = std::chrono::seconds{30};
  Duration key_overlap = std::chrono::seconds{60};
  Duration key_life = std::chrono::hours{24};  // zero: without end
  Duration rekey_key_after{};                  // zero: before its life is over, and on command
  bool rekey_before_end = true;
  bool renew_without_ike_sa = true;  // also where the IKE SA that made the key is gone
  Duration temporary_failure_delay = std::chrono::seconds{1};
  std::int64_t temporary_failure_tries = 5;
  std::int64_t half_open_limit = 64;
  bool cookie_of_everybody = false;  // demands a cookie however few are half open
  bool half_open_ends = true;        // false: a half-open IKE SA waits for ever
  bool half_open_time_stops = true;  // false: it ends an IKE SA that is authenticated too

  // IKE_SA_INIT.
  std::int64_t nonce_size = 32;
  std::int64_t smallest_nonce = 16;  // bounds of the check nonce-size
  std::int64_t largest_nonce = 256;
  bool return_cookie = true;
  bool cookie_request_unchanged = true;  // false: a fresh nonce and KE with the cookie
  bool retry_invalid_ke = true;
  bool cookie_in_all_retries = true;    // false: only in the next request
  bool retry_offers_all = true;         // false: after INVALID_KE_PAYLOAD that group's suites only
  bool refuse_spi_in_error = false;     // ignores COOKIE and INVALID_KE_PAYLOAD with SPIr set
  bool repetition_by_spi = false;       // takes any request with a known SPIi for a repeated one
  bool forget_init_after_auth = false;  // a request repeated after IKE_AUTH is taken for a new one
  bool seed_nonces_swapped = false;     // SKEYSEED with Nr | Ni
  bool stops_at_malformed = false;      // hears nothing more after a message that it cannot read
  bool clamp_lengths = false;           // a last payload ends where the message ends
  bool key_at_init = false;             // writes a row as soon as IKE_SA_INIT is done
  bool refusal_establishes = false;     // an error in IKE_AUTH without AUTH leaves the IKE SA
  bool strip_shared_secret = false;     // leading zero octets of g^ir are left out
  bool xcbc_whole_nonces = false;       // SKEYSEED with whole nonces for PRFs of fixed key size
  bool unknown_transform_spoils = false;  // an unknown transform ID spoils its proposal
  bool answer_major_version = true;
  bool refuse_minor_version = false;
  bool refuse_reserved = false;          // drops messages whose reserved fields are not zero
  bool refuse_version_flag = false;      // drops messages with the V flag
  bool refuse_critical_known = false;    // minds the critical flag of payloads that it knows
  std::int64_t refuse_payload = 0;       // drops messages with a payload of this type
  std::int64_t largest_message = 0;      // drops longer datagrams, in octets; 0: no limit
  bool match_source = false;             // drops messages from another address or port than before
  bool refuse_long_padding = false;      // more padding than needed is malformed
  bool refuse_unknown_payloads = false;  // treats every unknown payload as critical
  bool refuse_unknown_notifies = false;  // treats an unknown status notification as an error
  bool fixed_payload_order = false;      // drops IKE_AUTH requests not in the figure's order
  bool init_error_gives_up = false;      // gives up at an unauthenticated error notification
  bool answer_unknown_spi = false;       // INVALID_IKE_SPI in clear, which RFC 5996 2.21.4 permits
  Choice proposal_choice = Choice::first;

  // Message ids and answers.
  CachedAnswer cached_answer = CachedAnswer::send;
  bool responder_retransmits = false;
  std::int64_t message_id_step = 1;
  bool answer_empty_informational = true;
  bool answer_errors = true;  // error notifications in protected answers
  bool one_request_at_a_time = true;
  bool serve_while_waiting = true;     // false: deaf to requests while one of ours is out
  bool answer_to_source = true;        // false: to port 500 of the sender
  std::int64_t answer_from_port = 0;   // 0: our own port
  bool ignore_unknown_errors = false;  // passes over unknown error types in responses

  // Fragments (RFC 7383).
  bool announce_fragmentation = true;
  bool fragment_unannounced = false;  // uses fragments though the peer has not announced them
  bool never_fragment = false;        // announces fragments and sends every message whole
  bool renew_again = true;            // false: a key is asked for once when its end comes near
  bool always_fragment = false;       // cuts messages that are short enough
  bool total_zero_ends = false;       // a fragment "of none" makes the message whole
  bool first_fragment_typed = true;   // false: 0 where the type of the first payload stands
  bool all_fragments_typed = false;   // and the other way round in all other fragments
  bool tell_total_fragments = true;   // false: each says that it is the last
  std::int64_t fragments_from = 1;    // number of the first fragment
  std::int64_t fragment_excess = 0;   // octets by which fragments are larger than configured
  bool reassemble = true;
  bool whole_beside_fragments = true;  // false: drops a whole message where fragments are kept
  bool rekey_keeps_fragmentation = true;
  bool fragments_in_order = false;       // drops a fragment that comes before its turn
  bool retransmit_all_fragments = true;  // false: only the first one of a request

  // IKE_AUTH and the IKE SA.
  bool send_initial_contact = true;
  bool honour_initial_contact = true;
  bool auth_over_last = true;  // false: initiator's AUTH over its first IKE_SA_INIT request
  bool auth_over_known_payloads = false;  // AUTH over the first message without what is unknown
  bool auth_over_id_reserved = true;      // false: reserved octets of ID count as zero
  PskText psk_text = PskText::as_is;
  std::int64_t most_certificates = 16;  // CERT payloads that are looked at
  std::int64_t most_addresses = 64;     // of a peer's list that are looked at
  bool only_secrets = false;            // proves and takes nothing by signature
  bool any_ecdsa_method = false;        // takes the ECDSA method of another curve
  bool own_methods_only = false;        // never signs by method 14
  bool certificates_in_order = false;   // further certificates have to follow the chain
  bool raw_keys = true;
  bool certificate_request_binds = false;  // nothing below a requested authority: no authentication
  bool intermediates = true;
  bool list_revokes_all = false;  // a revocation list revokes everybody
  bool groups = true;
  bool fingerprints = true;
  bool authorities = true;
  bool container_dates = false;     // minds the dates of certificates known by fingerprint
  bool one_key_only = false;        // of the keys of a peer only the first counts
  bool own_proof_as_peers = false;  // proves itself as the peer does
  bool send_certificates = true;
  bool send_certificate_requests = true;
  bool announce_hashes = true;
  bool heed_announced_hashes = true;  // false: signs by method 14 whatever the peer has announced
  bool rsa_only_sha1 = false;         // of an AUTH by method 1, takes no other hash
  bool heed_requested_authorities = true;  // false: CERTREQ does not choose the credential
  bool only_fqdn = false;                  // no identity but an FQDN
  bool tell_failed_auth = true;  // INFORMATIONAL {N(AUTHENTICATION_FAILED)} by the initiator
  bool child_failure_keeps_ike = true;
  bool invalid_syntax_closes = true;
  bool close_after_inconsistent = true;  // Delete after an answer that is none of the offers
  bool give_up_closes = true;            // the IKE SA goes when a request is never answered
  bool honour_delete_ike = true;
  bool honour_delete_key = true;
  bool refuse_new_children = false;  // NO_ADDITIONAL_SAS
  bool refuse_ike_rekey = false;
  bool new_ike_sa_when_refused = true;   // after NO_ADDITIONAL_SAS
  bool not_found_makes_anew = true;      // after CHILD_SA_NOT_FOUND
  bool not_found_heeds_crossing = true;  // false: also where the peer has replaced the child
  bool told_failure_closes = true;       // an error by INFORMATIONAL ends the IKE SA
  bool another_send_id_always = false;   // whatever the error in answer to a request for a key
  bool collision_of_all_keys = false;    // refuses any key while a request of ours is out
  bool temporary_failure = false;        // answers every CREATE_CHILD_SA with TEMPORARY_FAILURE
  bool rekey_keeps_children = true;
  bool rekey_resets_message_ids = true;
  bool rekey_seed_with_sk_d = true;  // false: SKEYSEED as in IKE_SA_INIT
  bool rekey_seed_old_prf = true;    // false: the new SA's PRF
  bool collision_lowest = true;      // false: the SA with the highest nonce goes
  bool own_delete_closes = true;     // false: the IKE SA goes on after its Delete
  bool rekey_deletes_old_ike = true;
  bool reauth_by_rekey = false;   // rekeys the IKE SA where it should set up another
  bool reauth_renews_all = true;  // false: a key for the first protocol only
  EndOfOld reauth_ends_old = EndOfOld::after_keys;
  bool one_ike_sa_per_peer = false;         // a new IKE SA ends older ones without INITIAL_CONTACT
  bool failed_auth_changes_nothing = true;  // false: it ends the IKE SA and keys that stand
  bool rekey_deletes_old_key = true;

  // RKMP.
  SendIdAnswer send_id_answer = SendIdAnswer::own;
  std::int64_t send_id_retries = 1;  // after NO_PROPOSAL_CHOSEN, with another SendID
  bool only_first_proposal = false;  // never looks at a second one
  bool refuse_unused_flags = false;  // minds the X bits of an offered transform
  MasterKeySecret master_key_secret = MasterKeySecret::sk_d;
  MasterKeySize master_key_size = MasterKeySize::by_kdf;
  MasterKeyNonces master_key_nonces = MasterKeyNonces::exchange;
  bool master_key_with_g_ir = true;
  bool keys_survive_ike = true;
  bool install_rows = true;
  bool options_inverted = false;  // takes O = 1 for 'options are covered'
  bool notify_client = true;
  bool row_says_options = true;           // false: every row says that options are covered
  bool pim_and_pcep_swapped = false;      // PIM PORT is asked for by PCEP's number and the reverse
  bool refuse_private_protocols = false;  // routing protocols from 240 on, configured or not
  bool refuse_edge_key_ids = false;       // the peer's SendIDs 0 and 255
  bool check_answered_tsr = true;         // false: of the answered selectors only TSi is looked at
  bool keys_change_ike_sa = true;         // false: a key is served by the IKE SA alone that made it
  bool purge_without_ike_sa = true;       // false: a key stays until a Delete can be sent
  bool first_spi_only = false;        // looks at the first SPI of a Delete, and the first Delete
  bool unknown_spi_spoils = false;    // a Delete with an SPI that is not known deletes nothing
  bool deletes_beside_ike_sa = true;  // false: beside the Delete of the IKE SA no other counts
  bool delete_ends_all_keys = false;  // any Delete of a key is one of all the peer's
  bool cut_long_elements = false;     // of a TCP-AO transform or RP selector that is too long the
                                      // rest is skipped
  RowNames row_names = RowNames::rfc7210;
  Duration send_start_delay = std::chrono::seconds{2};  // responder's SendLifetimeStart

  // KMDB (RKMP sections 5 and 6).
  Duration kmdb_retry_first = std::chrono::seconds{1};
  Duration kmdb_retry_most = std::chrono::seconds{60};
  bool kmdb_starts = true;         // false: a request makes RKMP begin nothing
  bool kmdb_retries = true;        // false: one try only
  bool kmdb_checks_peer = true;    // false: an unknown peer's name stands for the first known one
  bool kmdb_request_rows = false;  // a request is a row without a key
  bool kmdb_shortest_life = true;  // false: the oldest client's counts
  bool kmdb_replaces_lost = true;  // false: seeks no key for one that the peer has withdrawn
  bool kmdb_asks_once = true;      // false: every request begins an exchange, keyed or not
  bool kmdb_reuses_ike = true;     // false: the initial exchanges though an IKE SA stands
  bool kmdb_passive_waits = true;  // false: begins exchanges for passive clients too
  bool kmdb_restricts = true;      // false: algorithms of requests are not looked at
  bool kmdb_heeds_changes = true;  // false: a changed request leaves a key that it permits no more
  bool kmdb_shared = true;         // false: one client's withdrawal ends the key of all
  bool kmdb_withdraw_purges = true;        // false: the key stays when nobody needs it
  bool purge_tells_peer = true;            // false: purged without a Delete
  bool kmdb_purge_opens = false;           // sets up an IKE SA where none stands for the purge
  bool row_names_all_clients = true;       // false: a row names the first client only
  bool kmdb_tells_all_interested = true;   // false: the first client only
  bool kmdb_tells_only_interested = true;  // false: every client, of everything
  bool kmdb_tells_latecomers = true;       // false: a new client hears nothing of what stands
  bool kmdb_tells_installs = true;
  bool kmdb_tells_withdrawals = true;  // false: not of the key that the peer has withdrawn
  bool kmdb_tells_removals = true;
  bool kmdb_tells_failures = true;
  bool kmdb_tells_rollovers = true;  // false: not of the key that is replaced
  bool kmdb_calls_all_rollover = false;
  bool kmdb_knows_modes = true;  // false: calls every key an initial one
  bool kmdb_in_order = true;     // false: the newest first

  // Key tables and their management (RFC 7210, operations model).
  TableOverlooks table_overlooks = TableOverlooks::nothing;
  std::optional<keytable::RuleId> rule_overlooked;  // takes rows that break this rule
  bool local_name_on_the_wire = false;              // sends LocalKeyName where there is another
  bool protects_automated_rows = true;
  bool replace_takes_all = true;  // false: the lifetimes only
  bool deletes_rows = true;
  bool changes_direction = true;
  bool changes_lifetimes = true;
  bool rows_of_configured_peers_only = false;  // refuses a row for another peer
  operations::Habit management_habit = operations::Habit::proper;
  tcpao::Habit tcp_habit = tcpao::Habit::proper;
  keyserver::Habit keyserver_habit{};  // proper

  // MRKMP (draft-hartman-karp-mrkmp-00): the times of P-211 to P-220 that an administrator may set,
  // and what is wrong with it.
  Duration group_heartbeat = std::chrono::seconds{1};
  Duration group_update = std::chrono::seconds{10};
  Duration group_kek_life = std::chrono::hours{24}, group_kek_renewal = std::chrono::hours{20};
  mrkmp::Habit mrkmp_habit{};  // proper

  // Gatekeeper (draft-chunduri-karp-using-ikev2-with-tcp-ao-04). What false means, or true where
  // that is the fault, tunables.cpp says.
  Duration gk_pad_patience = std::chrono::seconds{30};  // for keys older than a changed PAD entry
  bool gk_checks_pad = true;
  bool gk_refuses_ties = true;
  bool gk_validates = true;
  bool gk_keeps_all = true;
  bool gk_key_per_connection = true;
  bool gk_most_specific = true;
  bool gk_full_pair_known = true;
  bool gk_offers_all = true;
  bool gk_mac_outer = true;
  bool gk_offers_options = true;
  bool gk_triggers = true;
  bool gk_coalesces = true;
  bool gk_waits_for_key = true;
  bool gk_reuses_key = true;
  bool gk_full_pair_anew = true;
  bool gk_looks_up_address = true;
  bool gk_record_needed = true;
  bool gk_record_restricts = true;
  bool gk_peers_are_addresses = true;
  bool gk_rows_say_algorithms = true;
  bool gk_names_rows = true;
  bool gk_names_session = true;
  bool gk_makes_mkts = true;
  bool gk_mkt_ids = true;
  bool gk_mkt_options = true;
  bool gk_mkt_sockets = true;
  bool gk_lifetimes = true;
  bool gk_lifetime_tears_down = false;
  bool gk_change_tears_down = true;
  bool gk_change_renegotiates = true;
  bool gk_pad_reauthenticates = true;
  bool gk_pad_ends_ike_sa = true;
  bool gk_pad_renews_all = true;
  bool gk_removal_purges = true;
  bool gk_removal_ends_ike_sa = true;
  bool gk_overdue_goes_on = true;
  bool gk_alarms = true;
  bool gk_manual_rows = true;
  bool gk_manual_checked = true;
  bool gk_manual_asks_kmp = false;
  bool gk_tcp_follows_always = true;
  bool gk_tcp_withdraws = true;
  bool gk_tcp_keeps_port = true;
  bool gk_usable_rows_only = true;
  bool gk_pad_reaches_members = true;
  bool gk_names_pad = true;
  bool gk_mkt_key = true;
  bool gk_mkt_algorithms = true;
  bool gk_rekey_makes_mkt = true;
  bool gk_lifetimes_apart = true;
  bool gk_keeps_lifetime = true;
};

struct TunableInfo {
  std::string_view name;  // as in suites/faults/
  std::string_view sentence;
  std::string_view values;  // "true or false", "seconds", "a number", "send, recompute or ignore"
  bool (*set)(Tunables&, std::string_view value);
};
[[nodiscard]] std::span<const TunableInfo> all_tunables();

// VALUE is text as in a YAML scalar: "false", "3", "2.5", "recompute" (durations in seconds).
// Errors: not_found (no such tunable), bad_value.
[[nodiscard]] Result<void> set_tunable(Tunables& tunables, std::string_view name,
                                       std::string_view value);

}  // namespace karpspec::oracle
