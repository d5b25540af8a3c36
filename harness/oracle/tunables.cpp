#include "oracle/tunables.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "oracle/keyserver/habits.h"
#include "oracle/mrkmp/habits.h"

namespace karpspec::oracle {

namespace {

template <auto Member>
bool set_bool(Tunables& tunables, std::string_view value) {
  if (value != "true" && value != "false")
    return false;
  tunables.*Member = value == "true";
  return true;
}

template <auto Member>
bool set_number(Tunables& tunables, std::string_view value) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size() || number < 0 || number > 1000000)
    return false;
  tunables.*Member = number;
  return true;
}

// Seconds with a fraction, up to ten years.
template <auto Member>
bool set_seconds(Tunables& tunables, std::string_view value) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error != std::errc{} || end != value.data() + value.size() || !std::isfinite(seconds) ||
      seconds < 0 || seconds > 315360000.0)
    return false;
  tunables.*Member = Duration{std::llround(seconds * 1e6)};
  return true;
}

template <class T>
struct Names;
template <>
struct Names<CachedAnswer> {
  static constexpr std::array<std::string_view, 3> all = {"send", "recompute", "ignore"};
};
template <>
struct Names<MasterKeySize> {
  static constexpr std::array<std::string_view, 3> all = {"by-kdf", "prf", "octets-32"};
};
template <>
struct Names<MasterKeyNonces> {
  static constexpr std::array<std::string_view, 3> all = {"exchange", "swapped", "initial"};
};
template <>
struct Names<Choice> {
  static constexpr std::array<std::string_view, 2> all = {"first", "last"};
};
template <>
struct Names<SendIdAnswer> {
  static constexpr std::array<std::string_view, 2> all = {"own", "echo"};
};
template <>
struct Names<MasterKeySecret> {
  static constexpr std::array<std::string_view, 2> all = {"sk_d", "sk_pi"};
};
template <>
struct Names<PskText> {
  static constexpr std::array<std::string_view, 3> all = {"as_is", "null_terminated",
                                                          "cut_at_zero"};
};
template <>
struct Names<RowNames> {
  static constexpr std::array<std::string_view, 2> all = {"rfc7210", "seed002"};
};

template <>
struct Names<EndOfOld> {
  static constexpr std::array<std::string_view, 5> all = {"after-keys", "after-auth", "at-auth",
                                                          "at-once", "never"};
};

template <>
struct Names<TableOverlooks> {
  static constexpr std::array<std::string_view, 22> all = {"nothing",
                                                           "peer",
                                                           "interface",
                                                           "protocol",
                                                           "direction",
                                                           "disabled",
                                                           "send-lifetime",
                                                           "send-start",
                                                           "accept-lifetime",
                                                           "accept-start",
                                                           "last-second",
                                                           "first-second",
                                                           "other-peers",
                                                           "other-interfaces",
                                                           "all",
                                                           "scopes",
                                                           "key-name",
                                                           "preference",
                                                           "recency",
                                                           "old-keys",
                                                           "unnamed",
                                                           "vrf"};
};

template <>
struct Names<operations::Habit> {
  static constexpr auto all = operations::habit_names;
};
template <>
struct Names<mrkmp::Habit> {
  static constexpr auto all = mrkmp::habit_names;
};
template <>
struct Names<keyserver::Habit> {
  static constexpr auto all = keyserver::habit_names;
};
template <>
struct Names<tcpao::Habit> {
  static constexpr auto all = tcpao::habit_names;
};

bool set_rule(Tunables& tunables, std::string_view value) {
  tunables.rule_overlooked = keytable::rule_from(value);
  return tunables.rule_overlooked.has_value();
}

template <auto Member>
bool set_choice(Tunables& tunables, std::string_view value) {
  using Enum = std::remove_reference_t<decltype(tunables.*Member)>;
  for (std::size_t i = 0; i < Names<Enum>::all.size(); ++i) {
    if (Names<Enum>::all[i] == value) {
      tunables.*Member = static_cast<Enum>(i);
      return true;
    }
  }
  return false;
}

constexpr std::string_view a_bool = "true or false";
constexpr std::string_view a_number = "a number";
constexpr std::string_view some_seconds = "seconds";

#define KARPSPEC_BOOL(name, sentence) \
  { #name, sentence, a_bool, set_bool < &Tunables::name> }
#define KARPSPEC_NUMBER(name, sentence) \
  { #name, sentence, a_number, set_number < &Tunables::name> }
#define KARPSPEC_SECONDS(name, sentence) \
  { #name, sentence, some_seconds, set_seconds < &Tunables::name> }
#define KARPSPEC_CHOICE(name, values, sentence) \
  { #name, sentence, values, set_choice < &Tunables::name> }

constexpr TunableInfo known_tunables[] = {
    KARPSPEC_SECONDS(retransmit_first, "time to the first retransmission of a request"),
    KARPSPEC_NUMBER(retransmit_factor, "by what the time to the next retransmission grows"),
    KARPSPEC_NUMBER(retransmit_tries, "retransmissions before a request is given up"),
    KARPSPEC_BOOL(retransmit_identical, "a retransmission repeats the request octet for octet"),
    KARPSPEC_SECONDS(half_open, "life of an IKE SA that is not authenticated"),
    KARPSPEC_SECONDS(liveness_interval, "silence after which liveness is checked; 0: never"),
    KARPSPEC_SECONDS(keyless_life,
                     "life of an IKE SA without a child, at its initiator; 0: no end"),
    KARPSPEC_SECONDS(key_overlap, "how long a replaced key is still accepted"),
    KARPSPEC_SECONDS(key_life, "life of an RP key; 0: without end"),
    KARPSPEC_SECONDS(rekey_key_after, "age at which the initiator replaces a key; 0: by its life"),
    KARPSPEC_BOOL(rekey_before_end, "replaces a key before its life is over"),
    KARPSPEC_BOOL(renew_without_ike_sa, "also where the IKE SA that made the key is gone"),
    KARPSPEC_BOOL(cookie_of_everybody, "demands a cookie however few IKE SAs are half open"),
    KARPSPEC_BOOL(half_open_ends, "half-open IKE SAs are forgotten after their time"),
    KARPSPEC_BOOL(half_open_time_stops, "their time ends no IKE SA that is authenticated"),
    KARPSPEC_SECONDS(temporary_failure_delay, "wait after TEMPORARY_FAILURE"),
    KARPSPEC_NUMBER(temporary_failure_tries, "tries after TEMPORARY_FAILURE"),
    KARPSPEC_NUMBER(half_open_limit, "how many half-open IKE SAs there may be as responder"),
    KARPSPEC_NUMBER(nonce_size, "octets of our nonces"),
    KARPSPEC_NUMBER(smallest_nonce, "fewest octets of a nonce that is accepted"),
    KARPSPEC_NUMBER(largest_nonce, "most octets of a nonce that is accepted"),
    KARPSPEC_BOOL(cookie_in_all_retries, "a cookie stays in every later IKE_SA_INIT request"),
    KARPSPEC_BOOL(retry_offers_all, "offers every proposal again after INVALID_KE_PAYLOAD"),
    KARPSPEC_BOOL(refuse_spi_in_error,
                  "ignores COOKIE and INVALID_KE_PAYLOAD with a responder's SPI"),
    KARPSPEC_BOOL(repetition_by_spi, "takes IKE_SA_INIT with a known SPIi for a repeated request"),
    KARPSPEC_BOOL(forget_init_after_auth,
                  "takes an IKE_SA_INIT request repeated after IKE_AUTH for a new one"),
    KARPSPEC_BOOL(seed_nonces_swapped, "makes SKEYSEED with the nonces in the other order"),
    KARPSPEC_BOOL(stops_at_malformed, "hears nothing more after a malformed message"),
    KARPSPEC_BOOL(clamp_lengths, "ends a payload that is too long where the message ends"),
    KARPSPEC_BOOL(key_at_init, "writes a row once IKE_SA_INIT is done"),
    KARPSPEC_BOOL(refusal_establishes, "keeps an IKE SA whose IKE_AUTH was refused"),
    KARPSPEC_BOOL(strip_shared_secret, "leaves leading zero octets of g^ir out"),
    KARPSPEC_BOOL(xcbc_whole_nonces,
                  "makes SKEYSEED with whole nonces for PRFs of a fixed key size"),
    KARPSPEC_BOOL(unknown_transform_spoils,
                  "an unknown transform ID makes its proposal unacceptable"),
    KARPSPEC_BOOL(refuse_version_flag, "drops messages with the V flag"),
    KARPSPEC_BOOL(refuse_critical_known, "minds the critical flag of payloads that it knows"),
    KARPSPEC_NUMBER(refuse_payload, "drops messages with a payload of this type; 0: none"),
    KARPSPEC_NUMBER(largest_message, "drops datagrams of more octets; 0: no limit"),
    KARPSPEC_BOOL(match_source, "drops messages of an SA from another address or port"),
    KARPSPEC_BOOL(refuse_long_padding, "takes more padding than needed for malformed"),
    KARPSPEC_BOOL(serve_while_waiting,
                  "answers requests while a request of its own is outstanding"),
    KARPSPEC_BOOL(answer_to_source, "answers to the port that the request came from"),
    KARPSPEC_NUMBER(answer_from_port, "source port of answers; 0: its own"),
    KARPSPEC_BOOL(ignore_unknown_errors, "passes over unknown error notifications in responses"),
    KARPSPEC_BOOL(auth_over_last, "the initiator's AUTH covers its last IKE_SA_INIT request"),
    KARPSPEC_BOOL(auth_over_known_payloads,
                  "AUTH leaves out what is unknown or reserved in the first message"),
    KARPSPEC_BOOL(auth_over_id_reserved, "AUTH covers the reserved octets of ID as they came"),
    KARPSPEC_BOOL(only_fqdn, "refuses identities other than FQDNs"),
    KARPSPEC_BOOL(rekey_seed_with_sk_d, "SKEYSEED of a rekeyed IKE SA comes from the old SK_d"),
    KARPSPEC_BOOL(rekey_seed_old_prf, "SKEYSEED of a rekeyed IKE SA is made with the old PRF"),
    KARPSPEC_BOOL(collision_lowest, "of two colliding SAs the one with the lowest nonce goes"),
    KARPSPEC_BOOL(own_delete_closes, "an IKE SA ends when its own Delete is answered"),
    KARPSPEC_CHOICE(psk_text, "as_is, null_terminated or cut_at_zero",
                    "how a preshared key is taken"),
    KARPSPEC_NUMBER(most_addresses, "addresses of a peer's list that are looked at"),
    KARPSPEC_NUMBER(most_certificates, "how many CERT payloads are looked at"),
    KARPSPEC_BOOL(only_secrets, "knows no proof but a shared secret"),
    KARPSPEC_BOOL(any_ecdsa_method, "takes ECDSA by the method of any curve"),
    KARPSPEC_BOOL(own_methods_only, "makes no digital signatures"),
    KARPSPEC_BOOL(certificates_in_order, "takes certificates in the order of the chain alone"),
    KARPSPEC_BOOL(raw_keys, "takes raw public keys"),
    KARPSPEC_BOOL(certificate_request_binds, "refuses a peer whose CERTREQ it cannot fulfil"),
    KARPSPEC_BOOL(intermediates, "takes chains with intermediate certificates"),
    KARPSPEC_BOOL(list_revokes_all, "takes everybody for revoked where there is a list"),
    KARPSPEC_BOOL(groups, "admits peers that are known by key or group alone"),
    KARPSPEC_BOOL(fingerprints, "knows certificates and keys by their fingerprints"),
    KARPSPEC_BOOL(authorities, "takes certificates of trust anchors"),
    KARPSPEC_BOOL(container_dates, "minds the dates of certificates known by fingerprint"),
    KARPSPEC_BOOL(one_key_only, "knows the first key of a peer alone"),
    KARPSPEC_BOOL(own_proof_as_peers, "proves itself in the way that the peer does"),
    KARPSPEC_BOOL(send_certificates, "sends its certificates, or its raw key, in IKE_AUTH"),
    KARPSPEC_BOOL(send_certificate_requests, "asks for certificates by CERTREQ"),
    KARPSPEC_BOOL(announce_hashes, "announces the hashes of digital signatures in IKE_SA_INIT"),
    KARPSPEC_BOOL(heed_announced_hashes,
                  "makes digital signatures only where the peer has announced their hash"),
    KARPSPEC_BOOL(rsa_only_sha1, "takes AUTH by RSA with SHA-1 alone"),
    KARPSPEC_BOOL(heed_requested_authorities, "chooses its credential by the peer's CERTREQ"),
    KARPSPEC_BOOL(return_cookie, "repeats IKE_SA_INIT with the cookie that was demanded"),
    KARPSPEC_BOOL(cookie_request_unchanged, "leaves the rest of that request unchanged"),
    KARPSPEC_BOOL(retry_invalid_ke, "repeats IKE_SA_INIT in the group that was asked for"),
    KARPSPEC_BOOL(answer_major_version, "answers a higher major version"),
    KARPSPEC_BOOL(refuse_minor_version, "drops messages of a higher minor version"),
    KARPSPEC_BOOL(refuse_reserved, "drops messages whose reserved fields are not zero"),
    KARPSPEC_BOOL(refuse_unknown_payloads, "treats every unknown payload as critical"),
    KARPSPEC_BOOL(refuse_unknown_notifies, "treats an unknown status notification as an error"),
    KARPSPEC_BOOL(fixed_payload_order, "drops messages whose payloads are in another order"),
    KARPSPEC_BOOL(init_error_gives_up, "gives up at an unauthenticated error notification"),
    KARPSPEC_BOOL(answer_unknown_spi, "answers unknown SPIs with INVALID_IKE_SPI in clear"),
    KARPSPEC_CHOICE(proposal_choice, "first or last", "which acceptable proposal is chosen"),
    KARPSPEC_CHOICE(cached_answer, "send, recompute or ignore", "what a repeated request brings"),
    KARPSPEC_BOOL(responder_retransmits, "a responder repeats its answers of its own accord"),
    KARPSPEC_NUMBER(message_id_step, "by what the message ID of our requests grows"),
    KARPSPEC_BOOL(answer_empty_informational, "answers an empty INFORMATIONAL request"),
    KARPSPEC_BOOL(answer_errors, "answers a faulty protected request with a notification"),
    KARPSPEC_BOOL(one_request_at_a_time, "waits for an answer before the next request"),
    KARPSPEC_BOOL(announce_fragmentation, "announces fragmentation where it is configured"),
    KARPSPEC_BOOL(fragment_unannounced, "sends fragments to a peer that has not announced them"),
    KARPSPEC_BOOL(never_fragment, "sends every message whole, however long it is"),
    KARPSPEC_BOOL(renew_again, "asks again for a key that it was refused near the old one's end"),
    KARPSPEC_BOOL(always_fragment, "cuts every message in two, however short it is"),
    KARPSPEC_BOOL(total_zero_ends, "takes a message for whole when a fragment says there are none"),
    KARPSPEC_BOOL(first_fragment_typed, "the first fragment names the type of the first payload"),
    KARPSPEC_BOOL(all_fragments_typed, "the other fragments name it too"),
    KARPSPEC_BOOL(tell_total_fragments, "fragments say how many there are"),
    KARPSPEC_NUMBER(fragments_from, "number of the first fragment"),
    KARPSPEC_NUMBER(fragment_excess, "octets by which fragments are larger than configured"),
    KARPSPEC_BOOL(rekey_keeps_fragmentation, "a rekeyed IKE SA inherits what was agreed"),
    KARPSPEC_BOOL(reassemble, "puts the peer's fragments together"),
    KARPSPEC_BOOL(whole_beside_fragments, "takes a message whole though fragments are kept"),
    KARPSPEC_BOOL(fragments_in_order, "drops a fragment that comes before its turn"),
    KARPSPEC_BOOL(retransmit_all_fragments, "repeats every fragment of a request"),
    KARPSPEC_BOOL(send_initial_contact, "sends INITIAL_CONTACT in the first IKE_AUTH"),
    KARPSPEC_BOOL(honour_initial_contact, "drops older IKE SAs at INITIAL_CONTACT"),
    KARPSPEC_BOOL(tell_failed_auth, "tells a responder whose AUTH is wrong"),
    KARPSPEC_BOOL(child_failure_keeps_ike, "the IKE SA stays when a child is refused"),
    KARPSPEC_BOOL(invalid_syntax_closes, "the IKE SA ends after INVALID_SYNTAX"),
    KARPSPEC_BOOL(close_after_inconsistent, "the IKE SA is deleted after an inconsistent answer"),
    KARPSPEC_BOOL(give_up_closes, "the IKE SA ends when a request is never answered"),
    KARPSPEC_BOOL(honour_delete_ike, "a Delete ends the IKE SA"),
    KARPSPEC_BOOL(honour_delete_key, "a Delete withdraws the key"),
    KARPSPEC_BOOL(refuse_new_children, "answers new children with NO_ADDITIONAL_SAS"),
    KARPSPEC_BOOL(refuse_ike_rekey, "answers the rekeying of an IKE SA with NO_ADDITIONAL_SAS"),
    KARPSPEC_BOOL(new_ike_sa_when_refused, "sets up another IKE SA after NO_ADDITIONAL_SAS"),
    KARPSPEC_BOOL(not_found_makes_anew, "makes a child anew after CHILD_SA_NOT_FOUND"),
    KARPSPEC_BOOL(not_found_heeds_crossing, "but for a child that the peer has replaced meanwhile"),
    KARPSPEC_BOOL(told_failure_closes, "ends the IKE SA at a fatal error by INFORMATIONAL"),
    KARPSPEC_BOOL(another_send_id_always, "tries another SendID whatever the error was"),
    KARPSPEC_BOOL(collision_of_all_keys, "refuses keys of other protocols too while it asks"),
    KARPSPEC_BOOL(temporary_failure, "answers every CREATE_CHILD_SA with TEMPORARY_FAILURE"),
    KARPSPEC_BOOL(rekey_keeps_children, "a rekeyed IKE SA inherits its children"),
    KARPSPEC_BOOL(rekey_resets_message_ids, "message IDs of a rekeyed IKE SA start at 0"),
    KARPSPEC_BOOL(reauth_by_rekey, "rekeys the IKE SA where it should authenticate again"),
    KARPSPEC_BOOL(reauth_renews_all, "re-authentication makes a key for every protocol"),
    KARPSPEC_CHOICE(reauth_ends_old, "after-keys, after-auth, at-auth, at-once or never",
                    "when re-authentication deletes the old IKE SA"),
    KARPSPEC_BOOL(one_ike_sa_per_peer, "a new IKE SA ends older ones without INITIAL_CONTACT"),
    KARPSPEC_BOOL(failed_auth_changes_nothing, "failed authentication leaves what stands"),
    KARPSPEC_BOOL(rekey_deletes_old_ike, "the initiator deletes the IKE SA it has replaced"),
    KARPSPEC_BOOL(rekey_deletes_old_key, "the initiator deletes the key it has replaced"),
    KARPSPEC_NUMBER(send_id_retries, "tries with another SendID after NO_PROPOSAL_CHOSEN"),
    KARPSPEC_CHOICE(send_id_answer, "own or echo", "the SendID of an answer"),
    KARPSPEC_BOOL(only_first_proposal, "looks at the first proposal of an offer only"),
    KARPSPEC_BOOL(refuse_unused_flags, "passes over transforms whose unused flags are set"),
    KARPSPEC_CHOICE(master_key_secret, "sk_d or sk_pi", "what the master key is derived from"),
    KARPSPEC_CHOICE(master_key_size, "by-kdf, prf or octets-32", "size of the master key"),
    KARPSPEC_CHOICE(master_key_nonces, "exchange, swapped or initial",
                    "which nonces the master key is made from"),
    KARPSPEC_BOOL(master_key_with_g_ir, "g^ir enters the key when KE was exchanged"),
    KARPSPEC_BOOL(keys_survive_ike, "RP keys live on when their IKE SA ends"),
    KARPSPEC_BOOL(install_rows, "an agreed key becomes a row of the key table"),
    KARPSPEC_BOOL(options_inverted, "takes the options flag for its opposite"),
    KARPSPEC_BOOL(notify_client, "the client protocol is told of changes of its keys"),
    KARPSPEC_BOOL(row_says_options, "a row says whether TCP options are covered"),
    KARPSPEC_BOOL(pim_and_pcep_swapped, "takes the numbers of PIM PORT and PCEP for each other"),
    KARPSPEC_BOOL(refuse_private_protocols, "refuses routing protocol IDs from 240 on"),
    KARPSPEC_BOOL(refuse_edge_key_ids, "refuses the KeyIDs 0 and 255"),
    KARPSPEC_BOOL(check_answered_tsr, "looks at TSr of an answer too"),
    KARPSPEC_BOOL(keys_change_ike_sa, "a later IKE SA serves the keys of those that are gone"),
    KARPSPEC_BOOL(purge_without_ike_sa, "purges a key where no Delete can be sent too"),
    KARPSPEC_BOOL(first_spi_only, "looks at the first SPI of the first Delete only"),
    KARPSPEC_BOOL(unknown_spi_spoils, "a Delete with one SPI that is not known deletes nothing"),
    KARPSPEC_BOOL(deletes_beside_ike_sa, "minds Deletes of keys beside that of the IKE SA"),
    KARPSPEC_BOOL(delete_ends_all_keys, "takes the Delete of one key for one of all"),
    KARPSPEC_BOOL(cut_long_elements, "skips what transforms and selectors have too much"),
    KARPSPEC_CHOICE(row_names, "rfc7210 or seed002", "which name of a row is which key id"),
    KARPSPEC_SECONDS(send_start_delay, "how long a responder waits before it sends with a key"),
    KARPSPEC_SECONDS(kmdb_retry_first, "wait after the first try for a key that has failed"),
    KARPSPEC_SECONDS(kmdb_retry_most, "longest wait between tries for a key"),
    KARPSPEC_BOOL(kmdb_starts, "a client's request makes RKMP begin an exchange"),
    KARPSPEC_BOOL(kmdb_retries, "tries again when no key has come about"),
    KARPSPEC_BOOL(kmdb_checks_peer, "refuses a request that names an unknown peer"),
    KARPSPEC_BOOL(kmdb_request_rows, "shows a request as a row without a key"),
    KARPSPEC_BOOL(kmdb_shortest_life, "of several clients' lives the shortest counts"),
    KARPSPEC_BOOL(kmdb_replaces_lost, "seeks another key when the peer has withdrawn the one"),
    KARPSPEC_BOOL(kmdb_asks_once, "begins nothing for a request that a key serves"),
    KARPSPEC_BOOL(kmdb_reuses_ike, "asks for a key over the IKE SA that stands"),
    KARPSPEC_BOOL(kmdb_passive_waits, "begins nothing for passive clients"),
    KARPSPEC_BOOL(kmdb_restricts, "negotiates only what the requests permit"),
    KARPSPEC_BOOL(kmdb_heeds_changes, "replaces a key that a changed request permits no more"),
    KARPSPEC_BOOL(kmdb_shared, "a key stays while any client needs it"),
    KARPSPEC_BOOL(kmdb_withdraw_purges, "purges the key when the last client withdraws"),
    KARPSPEC_BOOL(purge_tells_peer, "a purged key is withdrawn at the peer by a Delete"),
    KARPSPEC_BOOL(kmdb_purge_opens, "sets up an IKE SA, where none stands, for a purge"),
    KARPSPEC_BOOL(row_names_all_clients, "a row names all its clients"),
    KARPSPEC_BOOL(kmdb_tells_all_interested, "tells every client that has asked for the key"),
    KARPSPEC_BOOL(kmdb_tells_only_interested, "tells no client that has not asked for the key"),
    KARPSPEC_BOOL(kmdb_tells_latecomers, "tells a new client of the keys that stand"),
    KARPSPEC_BOOL(kmdb_tells_installs, "tells the clients of new keys"),
    KARPSPEC_BOOL(kmdb_tells_withdrawals, "tells the clients which key the peer has withdrawn"),
    KARPSPEC_BOOL(kmdb_tells_removals, "tells the clients which key is gone"),
    KARPSPEC_BOOL(kmdb_tells_failures, "tells the clients when no key has come about"),
    KARPSPEC_BOOL(kmdb_tells_rollovers, "tells the clients which key has been replaced"),
    KARPSPEC_BOOL(kmdb_calls_all_rollover, "calls every key a rollover"),
    KARPSPEC_BOOL(kmdb_knows_modes, "tells initial keys from rollovers"),
    KARPSPEC_BOOL(kmdb_in_order, "notifications are in the order of what happened"),
    KARPSPEC_CHOICE(table_overlooks, "something that a key is selected by",
                    "what is left out of the selection of keys"),
    {"rule_overlooked", "a rule that rows are not held against", "a rule of suites/protocols",
     set_rule},
    KARPSPEC_BOOL(local_name_on_the_wire, "sends LocalKeyName where PeerKeyName is another one"),
    KARPSPEC_BOOL(protects_automated_rows, "changes no row of a key management protocol"),
    KARPSPEC_BOOL(replace_takes_all, "a row that replaces another does so in every field"),
    KARPSPEC_BOOL(deletes_rows, "a row that is deleted is gone"),
    KARPSPEC_BOOL(changes_direction, "the direction of a row can be changed"),
    KARPSPEC_BOOL(changes_lifetimes, "the lifetimes of a row can be changed"),
    KARPSPEC_BOOL(rows_of_configured_peers_only, "refuses rows for peers that it does not know"),
    KARPSPEC_CHOICE(management_habit, "a habit of oracle/operations/habits.h",
                    "what is wrong with the management of keys"),
    KARPSPEC_CHOICE(keyserver_habit, "a habit of oracle/keyserver/habits.h",
                    "what is wrong with a key server"),
    KARPSPEC_CHOICE(tcp_habit, "a habit of oracle/tcpao/habit.h", "what is wrong with TCP-AO"),
    KARPSPEC_SECONDS(group_heartbeat, "time between the advertisements of a GCKS"),
    KARPSPEC_SECONDS(group_update, "time between the updates of a GCKS"),
    KARPSPEC_SECONDS(group_kek_life, "how long a KEK may be sent under"),
    KARPSPEC_SECONDS(group_kek_renewal, "age of a KEK at which the next one is made"),
    KARPSPEC_CHOICE(mrkmp_habit, "a habit of oracle/mrkmp/habits.h", "what is wrong with MRKMP"),
    KARPSPEC_SECONDS(gk_pad_patience, "how long keys outlive a change of their PAD entry"),
    KARPSPEC_BOOL(gk_checks_pad, "refuses a record whose PAD entry there is not"),
    KARPSPEC_BOOL(gk_refuses_ties,
                  "refuses a record that no connection could tell from another one"),
    KARPSPEC_BOOL(gk_validates, "looks at a record before it takes it"),
    KARPSPEC_BOOL(gk_keeps_all, "keeps all MACs and KDFs of a record"),
    KARPSPEC_BOOL(gk_key_per_connection, "a record is keyed by its own key alone"),
    KARPSPEC_BOOL(gk_most_specific,
                  "of the records that fit a connection takes the most specific one"),
    KARPSPEC_BOOL(gk_full_pair_known, "a port that is not known yet fits no record that names one"),
    KARPSPEC_BOOL(gk_offers_all, "offers every MAC with every KDF of the record"),
    KARPSPEC_BOOL(gk_mac_outer, "orders the offer by MAC first and by KDF then"),
    KARPSPEC_BOOL(gk_offers_options, "offers the option flag of the record"),
    KARPSPEC_BOOL(gk_triggers, "asks RKMP for a key when a routing protocol wants a connection"),
    KARPSPEC_BOOL(gk_coalesces, "merges a trigger with the negotiation that is under way"),
    KARPSPEC_BOOL(gk_waits_for_key, "opens no connection without a key"),
    KARPSPEC_BOOL(gk_reuses_key, "opens a connection anew with the key that stands"),
    KARPSPEC_BOOL(gk_full_pair_anew, "ends the key of a full socket pair with its connection"),
    KARPSPEC_BOOL(gk_looks_up_address, "minds the remote address of a record when the peer asks"),
    KARPSPEC_BOOL(gk_record_needed, "agrees on nothing that no record is for"),
    KARPSPEC_BOOL(gk_record_restricts, "takes only what the record names"),
    KARPSPEC_BOOL(gk_peers_are_addresses, "a row names its neighbour by address"),
    KARPSPEC_BOOL(gk_rows_say_algorithms, "a row names the algorithms that were agreed on"),
    KARPSPEC_BOOL(gk_names_rows, "a record names its rows of the key table"),
    KARPSPEC_BOOL(gk_names_session, "a record names the IKE SA that serves its key now"),
    KARPSPEC_BOOL(gk_makes_mkts, "a row becomes an MKT"),
    KARPSPEC_BOOL(gk_mkt_ids, "an MKT has the SendID and RecvID that were agreed on"),
    KARPSPEC_BOOL(gk_mkt_options, "an MKT has the option flag that was agreed on"),
    KARPSPEC_BOOL(gk_mkt_sockets, "an MKT is for the socket pair of its record"),
    KARPSPEC_BOOL(gk_lifetimes, "a key lives as long as its record says"),
    KARPSPEC_BOOL(gk_lifetime_tears_down, "a changed lifetime tears the session down"),
    KARPSPEC_BOOL(gk_change_tears_down, "a changed policy ends the session and its key"),
    KARPSPEC_BOOL(gk_change_renegotiates, "a changed policy makes it negotiate anew"),
    KARPSPEC_BOOL(gk_pad_reauthenticates, "authenticates a peer anew whose PAD entry has changed"),
    KARPSPEC_BOOL(gk_pad_ends_ike_sa, "ends the IKE SA of such a peer at once"),
    KARPSPEC_BOOL(gk_pad_renews_all, "agrees with such a peer on a key for every protocol anew"),
    KARPSPEC_BOOL(gk_removal_purges, "ends the keys of a record that is removed"),
    KARPSPEC_BOOL(gk_removal_ends_ike_sa, "deletes the IKE SA that served removed records alone"),
    KARPSPEC_BOOL(gk_overdue_goes_on, "uses a key on whose rekey nothing has come"),
    KARPSPEC_BOOL(gk_alarms, "tells of a key that is used beyond its lifetime"),
    KARPSPEC_BOOL(gk_manual_rows, "a manual record becomes a row"),
    KARPSPEC_BOOL(gk_manual_checked, "a manual record is held against the rules of the key table"),
    KARPSPEC_BOOL(gk_manual_asks_kmp,
                  "asks RKMP for a key beside the one that a manual record brings"),
    KARPSPEC_BOOL(gk_tcp_follows_always, "connections that the peer opens go under the MKTs too"),
    KARPSPEC_BOOL(gk_tcp_withdraws, "an MKT that is withdrawn is none of TCP's any more"),
    KARPSPEC_BOOL(gk_tcp_keeps_port, "a connection comes from the port that was named for it"),
    KARPSPEC_BOOL(gk_usable_rows_only, "a row that is disabled or over has no MKT"),
    KARPSPEC_BOOL(gk_pad_reaches_members, "a changed PAD entry is a change for all it admits"),
    KARPSPEC_BOOL(gk_names_pad, "a record names its PAD entry"),
    KARPSPEC_BOOL(gk_mkt_key, "an MKT has the master key of its row"),
    KARPSPEC_BOOL(gk_mkt_algorithms, "an MKT has MAC and KDF of its row"),
    KARPSPEC_BOOL(gk_rekey_makes_mkt, "a rekey makes an MKT of its own"),
    KARPSPEC_BOOL(gk_lifetimes_apart, "each record has a lifetime of its own"),
    KARPSPEC_BOOL(gk_keeps_lifetime, "keeps the rekey lifetime of a record"),
};

}  // namespace

std::span<const TunableInfo> all_tunables() {
  return known_tunables;
}

Result<void> set_tunable(Tunables& tunables, std::string_view name, std::string_view value) {
  for (const TunableInfo& entry : known_tunables) {
    if (entry.name != name)
      continue;
    if (entry.set(tunables, value))
      return {};
    return fail(ErrorCode::bad_value, std::string(name) + " takes " + std::string(entry.values) +
                                          ", not '" + std::string(value) + "'");
  }
  return fail(ErrorCode::not_found, "no tunable is called '" + std::string(name) + "'");
}

}  // namespace karpspec::oracle
