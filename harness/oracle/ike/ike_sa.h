#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "crypto/dh.h"
#include "crypto/ike_keys.h"
#include "oracle/config.h"
#include "oracle/ike/fragments.h"
#include "oracle/seams.h"
#include "wire/message.h"

namespace karpspec::oracle {

struct IkeSa;
struct Peer;

// A key (or ESP SA pair) that an IKE SA has made. A TCP-AO key outlives its IKE SA: then `sa` is
// nullptr (RKMP section 3.3).
//
//   Live --REKEY_SA answered--> Replaced --overlap over, Delete answered--> gone
//   Live --Delete received--> Withdrawn --overlap over--> gone
struct Child {
  enum class State { live, replaced, withdrawn };
  std::uint64_t number = 0;
  Peer* peer = nullptr;
  IkeSa* sa = nullptr;
  State state = State::live;
  ChildKind kind = ChildKind::tcp_ao;
  bool made_by_us = false;  // we initiated the exchange that made it
  bool rekeying = false;    // our REKEY_SA for it is outstanding
  bool deleting = false;    // our Delete for it is queued or outstanding
  bool purged = false;      // its row is gone; it stays for the answer to its Delete
  // TCP-AO
  std::uint8_t protocol = 0;
  std::uint8_t send_id = 0;
  std::uint8_t recv_id = 0;
  std::uint8_t auth_alg = 0;
  std::uint8_t kdf = 0;
  bool exclude_options = false;
  std::string admin_key_name;
  // ESP
  std::uint32_t spi_in = 0;
  std::uint32_t spi_out = 0;
  EspSuite esp;

  std::string record;    // the Gatekeeper record that it was agreed on under, if any
  bool overdue = false;  // used beyond its lifetime, since there is no other (profile P-109)

  Time made{};            // when it was installed
  bool rollover = false;  // it took the place of another (RKMP section 5.1)

  // Lowest of the nonces that made it, for collisions (RFC 5996 section 2.8.1).
  Octets lowest_nonce;
  bool initial = false;  // made by IKE_AUTH
  // When its exchange was begun, it was installed, and rolled over, as Core::next_order counts.
  std::uint64_t begun = 0, installed = 0, rolled_over = 0;
  std::optional<std::uint64_t> replaces;  // number of the child that it rekeyed
  // It goes, and the peer is the one to say so.
  bool awaits_delete = false;
  // The child in whose favour it goes unless the peer sees it otherwise; and what its row would
  // have been without.
  std::optional<std::uint64_t> superseded_by;
  std::optional<Time> full_send_end, full_accept_end, full_remove_at;
  std::optional<Time> rekey_at;
  std::optional<Time> delete_at;  // when we send the Delete
  std::optional<Time> remove_at;  // when it goes without one
  std::optional<Time> scheduled;  // what the router's timer set holds for it
};

// A peer of the configuration with what the router remembers of it.
struct Peer {
  PeerConfig config;
  const Peer* group = nullptr;  // the peer of the configuration by which it was admitted (P-46)
  std::uint8_t next_send_id = 0;
  std::vector<std::unique_ptr<Child>> children;
  std::vector<IkeSa*> sas;  // those that are not closed, the oldest first
  // The same by IkeOrigin::by_us, since only those of the other side can have crossed with an SA;
  // and those that have tasks, by IkeSa::place, so that a peer's many SAs need not be asked.
  std::array<std::vector<IkeSa*>, 2> sas_by_origin;
  std::map<std::uint64_t, IkeSa*> sas_with_tasks;
  // Whether a key may be without an IKE SA, and the next one is to serve it (profile P-08).
  bool has_lone_keys = false;
};

// What this side has offered for a child and waits to be answered.
struct ChildOffer {
  ChildKind kind = ChildKind::tcp_ao;
  std::uint8_t protocol = 0;
  std::uint8_t send_id = 0;
  std::uint32_t spi = 0;
  wire::SaPayload sa;
  wire::TsPayload tsi;
  wire::TsPayload tsr;
};

// Something to be done with an IKE SA when no request is outstanding.
struct Task {
  enum class Kind {
    create_child,
    rekey_child,
    rekey_ike,
    reauthenticate,
    end_predecessors,
    liveness,
    delete_child,
    delete_ike,
    tell,
    group,
  };
  Kind kind = Kind::liveness;
  std::uint8_t protocol = 0;      // create_child
  std::uint64_t child = 0;        // rekey_child, delete_child: its number
  bool with_ke = false;           // create_child, rekey_child
  bool keep_keys = true;          // delete_ike
  std::uint64_t asked = 0;        // create_child: when first, as Core::next_order counts
  DhGroup group = DhGroup::NONE;  // rekey_ike: the group that was asked for
  wire::NotifyType notify = wire::NotifyType::AUTHENTICATION_FAILED;  // tell
  // group: an exchange of MRKMP, its payloads, and what its group calls it.
  wire::ExchangeType exchange = wire::ExchangeType::mrkmp_join;
  std::vector<wire::Payload> payloads;
  std::uint64_t ask = 0;
  // delete_child for a key that was never installed: the SPI to name (RKMP profile P-22).
  std::optional<Octets> half_made_spi;
  Time not_before{};
  std::int64_t tries = 0;     // after TEMPORARY_FAILURE
  std::int64_t send_ids = 0;  // that were tried beside the first
};

// A request of ours that is outstanding.
struct Exchange {
  std::uint8_t exchange = 0;
  bool initial = false;  // IKE_SA_INIT or IKE_AUTH, whatever their numbers
  std::uint32_t message_id = 0;
  Task task;
  Outgoing outgoing;
  std::vector<Octets> datagrams;  // one, or the fragments of the message
  Delivery delivery;
  std::int64_t retransmissions = 0;
  Duration interval{};
  Time due{};
  // CREATE_CHILD_SA
  std::uint64_t begun = 0;  // as Core::next_order counts
  ChildOffer offer;
  // Children that the peer has withdrawn meanwhile and that we do not know: perhaps this one.
  std::vector<Octets> withdrawn;
  // Keys that a Delete of the IKE SA has taken along.
  std::vector<std::uint64_t> deleted;
  // Nonces of the peer's requests that we have refused since they collided with this one.
  std::vector<Octets> refused;
  wire::SaPayload ike_offer;
  Octets nonce;
  std::optional<crypto::DhKeyPair> dh;
  std::uint64_t new_spi = 0;
};

// Initiator:  InitSent --SAr1, KEr, Nr--> AuthSent --AUTH right--> Established
// Responder:  HalfOpen --AUTH right--> Established
// Either:     Established --our Delete--> Closing --answered--> Closed
//             Established --Delete of the peer--> Closed
// A closed SA lingers, only to answer a repeated last request from its cache.
enum class IkeState { init_sent, half_open, auth_sent, established, closing, closed };

// The initial exchanges that an IKE SA comes from, be it by way of rekeys.
struct IkeOrigin {
  bool by_us = false;
  Octets lowest_nonce;
  std::uint64_t established = 0;  // as Core::next_order counts; 0: not yet
  Time when{};                    // the same as a time
  // They have crossed with ours, and the peer has to delete this IKE SA: until then it may.
  std::optional<Time> redundant_until{};
};

// The state of one IKE SA, shared by the exchanges (RFC 5996 section 2).
struct IkeSa {
  std::uint64_t number = 0;
  Peer* peer = nullptr;           // unknown to a responder until IKE_AUTH
  std::uint64_t place = 0;        // grows along Peer::sas
  std::uint64_t indexed_spi = 0;  // under which the router finds it
  Endpoint remote;
  Endpoint answer_to;        // where the last request came from (section 2.11)
  bool unauthentic = false;  // closing, and the responder has not proven who it is
  bool initiator = false;
  std::uint64_t spi_i = 0;
  std::uint64_t spi_r = 0;
  IkeState state = IkeState::half_open;
  crypto::IkeSuite suite;
  crypto::IkeKeys keys;
  Time created{};
  // When it was begun and when it was established, in the order of this router's SAs: time is too
  // coarse where no time passes. 0: not yet.
  std::uint64_t begun = 0;
  std::uint64_t established = 0;
  IkeOrigin origin;

  // IKE_SA_INIT. The octets are those that really went or came.
  wire::SaPayload offer;
  std::optional<crypto::DhKeyPair> dh;
  std::vector<DhGroup> groups_tried;
  std::int64_t cookies_returned = 0;
  Octets cookie;
  Octets ni, nr;
  Octets init_request, init_response;
  Octets first_init_request;  // where there were several
  std::uint8_t first_protocol = 0;
  ChildOffer first_offer;
  std::vector<Octets> first_withdrawn;  // as Exchange::withdrawn, for the child of IKE_AUTH
  // SIGNATURE_HASH_ALGORITHMS (RFC 7427): whether we have sent it, and the peer's; and the
  // authorities of the peer's CERTREQ, SHA-1 of their keys.
  bool hashes_announced = false;
  std::optional<std::vector<crypto::HashAlgorithm>> peers_hashes;
  std::vector<Octets> requested_authorities;

  // Whether both sides have announced fragmentation (RFC 7383 section 2.3), and what has come of
  // the request and the response that are being put together.
  bool fragmentation = false;
  ike::Reassembly request_parts, response_parts;

  // Message IDs and the window of one request (sections 2.1 to 2.3).
  std::uint32_t next_request = 0;
  std::uint32_t expected_request = 0;
  std::vector<Octets> last_answer;  // its datagram, or its fragments
  std::uint8_t last_answered = 0;   // the exchange of the request that last_answer is of
  Delivery last_answer_delivery;
  std::vector<Exchange> outstanding;
  std::deque<Task> tasks;

  Time last_heard{};
  std::optional<Time> expires;        // half open, or lingering
  std::optional<Time> keyless_until;  // our patience with an SA without a child
  std::optional<Time> scheduled;      // what the router's timer set holds for this SA
  // While rekeying: the SA that the peer has made of this one meanwhile (section 2.8.2).
  std::uint64_t peers_replacement = 0;
  Octets peers_lowest_nonce;
  bool replaced = false;
  // By re-authentication (section 2.8.3) it takes the place of all that were authenticated before
  // this, as Core::next_order counts; 0: of none.
  std::uint64_t in_place_of = 0;
  std::uint64_t first_ask = 0;  // MRKMP: the join that is part of mrkmp_auth; 0: none
  bool silent = false;          // a request was given up

  [[nodiscard]] std::uint64_t own_spi() const { return initiator ? spi_i : spi_r; }
  [[nodiscard]] std::uint64_t peer_spi() const { return initiator ? spi_r : spi_i; }
  // Whether this SA stood before OTHER was begun.
  [[nodiscard]] bool stood_before(const IkeSa& other) const {
    return established != 0 && established < other.begun;
  }
  [[nodiscard]] bool has_keys() const { return !keys.SK_d.empty(); }
  // Whether a task of KIND is outstanding.
  [[nodiscard]] bool doing(Task::Kind kind) const {
    for (const Exchange& exchange : outstanding)
      if (!exchange.initial && exchange.task.kind == kind)
        return true;
    return false;
  }
};

}  // namespace karpspec::oracle
