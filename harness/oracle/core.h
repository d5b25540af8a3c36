#pragma once

#include <deque>
#include <initializer_list>
#include <memory>
#include <set>
#include <unordered_map>
#include <vector>

#include "oracle/gatekeeper/gatekeeper.h"
#include "oracle/group_exchanges.h"
#include "oracle/ike/ike_sa.h"
#include "oracle/kmdb/kmdb.h"
#include "oracle/operations/associations.h"
#include "oracle/operations/expiry_notices.h"
#include "oracle/operations/management.h"
#include "oracle/router.h"

namespace karpspec::oracle {

// What the exchanges share: the SAs, the children, the key table, and the one way out for
// messages. Protocol files are functions over a Core; each call from outside ends with settle().
class Core {
 public:
  Core(RouterConfig config, Random& random, Seams& seams);

  // --- the world outside -----------------------------------------------------------------
  void receive(const Datagram& datagram);  // dispatch.cpp
  void tick();                             // timers.cpp
  [[nodiscard]] std::optional<Time> deadline() const;
  // Gives what is to be sent, runs tasks that wait, and forgets SAs that are gone.
  [[nodiscard]] std::vector<Datagram> settle();

  // --- checks and events -----------------------------------------------------------------
  // The one place where a check may be left out: true when it holds or is left out.
  [[nodiscard]] bool holds(Check check, bool good) { return good || seams.leaves_out(check); }
  void event(std::string kind, std::string text, std::map<std::string, std::string> fields = {});
  void event(const IkeSa& sa, std::string kind, std::string text,
             std::map<std::string, std::string> fields = {});

  // Checks number and presence of payloads. Errors: what to answer with.
  [[nodiscard]] bool payloads_fit(const std::vector<wire::Payload>& payloads,
                                  std::initializer_list<wire::PayloadType> required,
                                  std::initializer_list<wire::PayloadType> optional);
  [[nodiscard]] bool nonce_fits(const Octets& nonce, Prf prf);
  // The first unknown payload that may not be passed over, if any (RFC 5996 section 2.5).
  [[nodiscard]] const wire::Payload* refused_payload(const std::vector<wire::Payload>& payloads,
                                                     Check check);
  // Decodes a message in clear. What checks that are left out would overlook is put right first.
  [[nodiscard]] Result<wire::Message> decode_clear(OctetView octets);
  // g^ir with the peer's KE data. Errors: bad_length, bad_value.
  [[nodiscard]] Result<Secret> agree(const crypto::DhKeyPair& own, const wire::KePayload& peer);

  // --- SAs ---------------------------------------------------------------------------------
  [[nodiscard]] IkeSa& new_sa(bool initiator, const Endpoint& remote);
  // Puts the SA where its own SPI finds it; call when that has become known or has changed.
  void index(IkeSa& sa);
  // Says whose SA it is; it may have been another's before.
  void assign(IkeSa& sa, Peer& peer);
  [[nodiscard]] IkeSa* find_own(std::uint64_t own_spi) const;
  [[nodiscard]] IkeSa* find_number(std::uint64_t number) const;
  // The established IKE SA with PEER (the newest), or nullptr.
  [[nodiscard]] IkeSa* established_with(const Peer& peer) const;
  // An IKE SA with PEER that we are setting up, or nullptr.
  [[nodiscard]] IkeSa* opening_with(const Peer& peer) const;
  // Whether our request for a key of PROTOCOL is unanswered on an IKE SA with PEER other than
  // EXCEPT, be it CREATE_CHILD_SA or the initial exchanges.
  [[nodiscard]] bool asks_for(const Peer& peer, std::uint8_t protocol, const IkeSa* except) const;
  // By its handle; that of a group is also the handle of its member at the group's address.
  [[nodiscard]] Peer* find_peer(std::string_view name);
  // The one that the configuration names so.
  [[nodiscard]] Peer* find_named_peer(const Identity& identity);
  // The member of GROUP that has proven to be IDENTITY.
  [[nodiscard]] Peer* find_member(const Peer& group, const Identity& identity);
  // PEER itself, or, where it is known by key or group alone, the member of it that has proven to
  // be IDENTITY: each has SAs and keys of its own. A group has 1,024 members at most; one without
  // an SA and a key makes room for another. nullptr: there is none such.
  [[nodiscard]] Peer* member_of(Peer& peer, const Identity& identity, const Endpoint& remote);
  [[nodiscard]] std::uint64_t fresh_spi();
  // Counts what happens in this router, from 1: time is too coarse where no time passes.
  [[nodiscard]] std::uint64_t next_order() { return next_order_++; }
  [[nodiscard]] Octets fresh_nonce();
  // Says that timers or tasks of the SA may have changed.
  void touch(IkeSa& sa) { touched_.push_back(sa.number); }
  // The same for a child.
  void schedule(Child& child);
  // How long a request is repeated before its sender gives up.
  [[nodiscard]] Duration patience() const;
  void log_keys(const IkeSa& sa);
  // For an SA that nothing came to: anybody can have as many of them as he likes.
  void forget_keys(const IkeSa& sa);
  void become_established(IkeSa& sa);
  // The numbers of the group exchanges that SA has begun or was to begin, of which nobody waits for
  // that of its mrkmp_auth any more.
  [[nodiscard]] static std::vector<std::uint64_t> take_asks(IkeSa& sa);
  // Ends an IKE SA. Its TCP-AO keys live on unless KEEP_KEYS is false.
  void close(IkeSa& sa, const std::string& why, bool keep_keys = true);

  // --- messages ------------------------------------------------------------------------------
  // The number of EXCHANGE on the wire, and what the exchange of a number is to us: MRKMP has other
  // ones for the initial exchanges.
  [[nodiscard]] std::uint8_t number_of(wire::ExchangeType exchange) const;
  [[nodiscard]] wire::ExchangeType meaning_of(std::uint8_t exchange) const;
  // Sends a request and keeps it until it is answered. The header's SPIs and message ID are filled
  // in. Protected unless the exchange is IKE_SA_INIT.
  Exchange& send_request(IkeSa& sa, wire::ExchangeType exchange,
                         std::vector<wire::Payload> payloads, Exchange state = {});
  // Answers REQUEST, and keeps the answer for its repetition.
  Outgoing send_response(IkeSa& sa, const wire::Header& request,
                         std::vector<wire::Payload> payloads);
  void send_error(IkeSa& sa, const wire::Header& request, wire::NotifyType type, Octets data = {});
  // An answer in clear that no state is kept for (RFC 5996 sections 2.6, 2.21.1, 2.21.4).
  void send_clear_response(const Endpoint& to, const wire::Header& request,
                           std::vector<wire::Payload> payloads);
  // Through the seams and out.
  struct Emitted {
    Outgoing outgoing;
    std::vector<Octets> datagrams;  // one, or fragments; none where it cannot be sealed
    Delivery delivery;
  };
  [[nodiscard]] Emitted emit(Outgoing outgoing, const IkeSa* sa);
  void post(const Endpoint& to, const std::vector<Octets>& datagrams, const Delivery& delivery,
            bool answer);

  RouterConfig config;
  Tunables tunables;
  Random& random;
  Seams& seams;
  Time now{};
  std::vector<std::unique_ptr<Peer>> peers;
  std::unordered_map<std::uint64_t, Child*> children;  // by number; the peers own them
  keytable::Table table;
  kmdb::Kmdb kmdb{*this};
  operations::Management management{*this};
  operations::Associations associations{*this};
  operations::ExpiryNotices expiry_notices{*this};
  gatekeeper::Gatekeeper gatekeeper{*this};
  GroupExchanges* groups = nullptr;  // of MRKMP and of key servers
  bool stopped = false;              // by a message that could not be read (a habit of faults)
  std::vector<Event> events;
  std::vector<IkeKeyLog> key_log;
  std::unordered_map<std::uint64_t, std::unique_ptr<IkeSa>> sas;  // by number
  std::unordered_multimap<std::uint64_t, IkeSa*>
      by_peer_spi;            // responder SAs, for repeated IKE_SA_INIT
  std::size_t half_open = 0;  // as responder
  // IKE SAs that failed before anybody had proven who he is, by number, the oldest first. They are
  // kept for a while to repeat their last answer, and no more than half_open_limit of them.
  std::deque<std::uint64_t> failed_half_open;
  Secret cookie_secret;
  std::uint64_t next_child = 1;

 private:
  friend class Router;
  void receive_protected(IkeSa& sa, const Datagram& datagram, const wire::Header& header);
  void receive_message(IkeSa& sa, const Datagram& datagram, const wire::Message& message);
  void on_request(IkeSa& sa, const Datagram& datagram, const wire::Message& message);
  void on_response(IkeSa& sa, const wire::Message& message);
  // Whether REQUEST is the one that was answered last. If so, it is answered from the cache, where
  // the habit is no other.
  enum class Repetition { none, dealt_with, to_be_answered_anew };
  Repetition on_repetition(IkeSa& sa, const Endpoint& from, const wire::Header& request);
  [[nodiscard]] std::optional<wire::Message> open(IkeSa& sa, const Datagram& datagram,
                                                  const wire::Header& header);
  // The payloads of a message that was opened. nullopt: as open().
  [[nodiscard]] std::optional<wire::Message> read(IkeSa& sa, const Endpoint& from,
                                                  ike::Opened opened, bool refuse = false);
  // fragmentation.cpp
  [[nodiscard]] Result<std::vector<Octets>> seal(const IkeSa& sa, OctetView clear);
  // The message in fragments whose last missing one DATAGRAM is.
  [[nodiscard]] std::optional<ike::Opened> put_together(IkeSa& sa, const Datagram& datagram);
  [[nodiscard]] IkeSa* sa_of(const wire::Header& header, const Endpoint& from);
  [[nodiscard]] std::optional<Time> next_time(const IkeSa& sa) const;
  void run_timers(IkeSa& sa);
  void retransmit(IkeSa& sa, Exchange& exchange);
  void run_tasks(IkeSa& sa);
  // Whether TASK has to wait, though nothing is outstanding on SA.
  [[nodiscard]] bool waits(const IkeSa& sa, const Task& task) const;
  void hand_over(IkeSa& closed, std::vector<Task> tasks);
  // Whether the answer to a Delete of the IKE SA would leave a request of ours without one.
  [[nodiscard]] bool awaits_last_answer(const IkeSa& sa, const wire::Message& request) const;
  void run_timers(Child& child);
  // Replaces a key whose life is nearly over, by an IKE SA of its own where none stands.
  void renew(Child& child);
  void run_child_timers();
  void settle_touched();
  void schedule(IkeSa& sa);
  void forget_peer_spi(const IkeSa& sa);
  void leave_peer(IkeSa& sa);
  // Has Peer::sas_with_tasks say whether SA has tasks.
  static void note_tasks(IkeSa& sa);
  // Why a router with a fault would not take a message that a correct one takes, or nullptr.
  [[nodiscard]] const char* minded(const wire::Message& message) const;
  [[nodiscard]] bool out_of_figure_order(const std::vector<wire::Payload>& payloads) const;

  std::unordered_map<std::uint64_t, IkeSa*> by_own_spi_;
  std::set<std::pair<Time, std::uint64_t>> timers_;        // IKE SAs by number
  std::set<std::pair<Time, std::uint64_t>> child_timers_;  // children by number
  std::vector<std::uint64_t> touched_;
  std::vector<std::pair<Time, Datagram>> delayed_;
  std::vector<Datagram> out_;
  std::uint64_t next_sa_ = 1;
  std::uint64_t next_place_ = 1;
  std::uint64_t next_order_ = 1;
};

// The first payload of TYPE as BODY, or an empty one: what is left when a check for its presence
// was left out.
template <class Body>
[[nodiscard]] const Body& body_or_empty(const std::vector<wire::Payload>& payloads,
                                        wire::PayloadType type) {
  static const Body empty{};
  const wire::Payload* payload = wire::find(payloads, type);
  const Body* body = payload == nullptr ? nullptr : payload->as<Body>();
  return body == nullptr ? empty : *body;
}

// The SAs of CORE as they are observed, those that are closed left out.
[[nodiscard]] std::vector<SaInfo> sas_of(const Core& core);

// An identity as events name it, readable.
[[nodiscard]] std::string identity_text(const Identity& identity);

}  // namespace karpspec::oracle
