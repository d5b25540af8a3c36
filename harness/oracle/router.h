#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/machine.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/ike_keys.h"
#include "keytable/table.h"
#include "oracle/config.h"
#include "oracle/gatekeeper/gatekeeper.h"
#include "oracle/kmdb/client.h"
#include "oracle/operations/associations.h"
#include "oracle/operations/management.h"
#include "oracle/seams.h"

namespace karpspec::oracle {

// A child of an IKE SA as it is observed: a TCP-AO key or an ESP SA pair.
struct ChildInfo {
  ChildKind kind = ChildKind::tcp_ao;
  std::uint8_t protocol = 0;  // routing protocol id; 0 for ESP
  std::uint8_t send_id = 0;   // TCP-AO KeyID in what we send (our SendID)
  std::uint8_t recv_id = 0;   // TCP-AO KeyID in what we receive (the peer's SendID)
  std::uint8_t auth_alg = 0;
  std::uint8_t kdf = 0;
  bool exclude_options = false;
  std::uint32_t spi_in = 0, spi_out = 0;  // ESP
  std::string admin_key_name;             // the row of the key table, TCP-AO
};

struct SaInfo {
  std::string peer;
  std::uint64_t spi_i = 0, spi_r = 0;
  bool initiator = false;  // whether this router initiated the IKE SA
  std::string state;       // "init-sent", "half-open", "auth-sent", "established", "closing"
  crypto::IkeSuite suite;
  Endpoint remote;
  std::uint32_t next_request_id = 0, expected_request_id = 0;
  std::vector<ChildInfo> children;
};

// What happened, counted from 1. Kinds:
//   ike-sa-established ike-sa-rekeyed ike-sa-closed ike-sa-failed
//   key-installed key-replaced key-expiring key-removed child-established child-removed
//   child-refused rekey-refused peer-refused collision liveness-confirmed
//   cookie-requested cookie-demanded error-received error-sent
//   retransmitted repeated gave-up dropped malformed
//   association-up association-failed expiry-notice
// Of those that begin with "key-" the client protocols are told (kmdb/client.h). Fields hold names
// and numbers, never secrets.
struct Event {
  std::uint64_t n = 0;
  Time time{};
  std::string kind;
  std::string text;
  std::map<std::string, std::string> fields;
};

// Keys of an IKE SA for decrypting a capture.
struct IkeKeyLog {
  std::uint64_t spi_i = 0, spi_r = 0;
  crypto::IkeSuite suite;
  crypto::IkeKeys keys;
};

class Core;

// The reference router's key management: IKEv2 (RFC 5996) and RKMP (draft-mahesh-karp-rkmp-01),
// as initiator and responder.
//
//   Not Authenticated --start: IKE_SA_INIT--> Privacy Keys Exchanged --IKE_AUTH--> Authenticated
//   Authenticated --CREATE_CHILD_SA--> Authenticated (new key, new key for old, new IKE SA)
//   Authenticated --INFORMATIONAL (Delete)--> Not Authenticated; RP keys live on (RKMP 2, 3.3)
class Router final : public Machine {
 public:
  // RANDOM and SEAMS must outlive the router.
  Router(RouterConfig config, Random& random, Seams& seams = no_seams());
  ~Router() override;
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  [[nodiscard]] std::vector<Datagram> receive(const Datagram& datagram, Time now) override;
  [[nodiscard]] std::vector<Datagram> tick(Time now) override;
  [[nodiscard]] std::optional<Time> deadline() const override;

  // Commands. PROTOCOL is a routing protocol id and is ignored for peers with ESP children. What
  // cannot be sent yet, because a request is outstanding, is queued.
  // Errors of all: not_found (no such peer, no SA or key to act on), bad_value (the protocol is
  // not configured for the peer).
  using Sent = Result<std::vector<Datagram>>;
  // The initial exchanges, or CREATE_CHILD_SA when an IKE SA with the peer is there.
  [[nodiscard]] Sent start(std::string_view peer, std::uint8_t protocol, Time now);
  // CREATE_CHILD_SA with REKEY_SA for the newest key; WITH_KE adds a KE payload.
  [[nodiscard]] Sent rekey_key(std::string_view peer, std::uint8_t protocol, bool with_ke,
                               Time now);
  [[nodiscard]] Sent rekey_ike(std::string_view peer, Time now);
  // Initial exchanges beside the IKE SA that stands, which is deleted once the new one has a key
  // for every protocol that has one (RFC 5996 section 2.8.3). Where they fail nothing has changed.
  [[nodiscard]] Sent reauthenticate(std::string_view peer, Time now);
  // An empty INFORMATIONAL request.
  [[nodiscard]] Sent check_liveness(std::string_view peer, Time now);
  [[nodiscard]] Sent delete_key(std::string_view peer, std::uint8_t protocol, Time now);
  // KEEP_KEYS: whether the RP keys stay in the table (RKMP section 3.3).
  [[nodiscard]] Sent delete_ike(std::string_view peer, bool keep_keys, Time now);

  // The KMDB's interface to the client protocols (kmdb/client.h). A request makes the router begin
  // what it takes to have a key, and to have one again when that is lost or grows old.
  // Errors of request_key: not_found (no such peer), bad_value (no name, a protocol or algorithms
  // that are not configured, a life out of bounds); of the other two: not_found.
  [[nodiscard]] Sent request_key(const kmdb::KeyRequest& request, Time now);
  [[nodiscard]] Sent withdraw_request(std::string_view client, std::string_view peer,
                                      std::uint8_t protocol, Time now);
  [[nodiscard]] Sent purge_row(std::string_view admin_key_name, Time now);
  [[nodiscard]] std::vector<kmdb::RequestInfo> requests() const;
  // What CLIENT was told after number SINCE; of all clients where CLIENT is empty.
  [[nodiscard]] std::vector<kmdb::Notification> notifications(std::string_view client,
                                                              std::uint64_t since) const;

  // The key tables as their administrators see them. What a change makes the router do, and send,
  // is what the next tick() gives.
  [[nodiscard]] operations::Management& management(Time now);
  // The routing protocols' sessions, so far as keys decide over them.
  [[nodiscard]] operations::Associations& associations(Time now);
  // The PAD entry of that name, with what is configured for all whom it admits; nullptr: none.
  [[nodiscard]] const PeerConfig* pad_entry(std::string_view name) const;
  // The Gatekeeper (gatekeeper/gatekeeper.h); errors as there. `use` without records: nothing is
  // negotiated.
  void use_gatekeeper();
  [[nodiscard]] Sent set_record(gatekeeper::Record record, Time now);
  [[nodiscard]] Sent remove_record(std::string_view name, Time now);
  [[nodiscard]] Sent change_peer(PeerConfig changed, Time now);
  // OPENED is what has come of it at once.
  [[nodiscard]] Sent open_connection(std::string_view protocol, const tcpao::ConnectionEnds& ends,
                                     gatekeeper::Opened& opened, Time now);
  [[nodiscard]] Sent close_connection(std::string_view protocol, const tcpao::ConnectionEnds& ends,
                                      Time now);
  [[nodiscard]] std::vector<gatekeeper::RecordInfo> records() const;
  [[nodiscard]] std::vector<gatekeeper::MktInfo> mkts() const;

  [[nodiscard]] const RouterConfig& config() const;
  // The PAD entry NAME as it stands now; nullptr: there is none.
  [[nodiscard]] const PeerConfig* peer(std::string_view name) const;
  [[nodiscard]] std::vector<SaInfo> sas() const;
  [[nodiscard]] const keytable::Table& key_table() const;
  [[nodiscard]] const std::vector<Event>& events() const;
  // Keys of every IKE SA there has been, the oldest first.
  [[nodiscard]] const std::vector<IkeKeyLog>& ike_keys() const;

 private:
  std::unique_ptr<Core> core_;
};

}  // namespace karpspec::oracle
