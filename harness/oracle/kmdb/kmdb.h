#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string_view>

#include "base/result.h"
#include "oracle/ike/ike_sa.h"
#include "oracle/kmdb/client.h"

namespace karpspec::oracle {
class Core;
}

namespace karpspec::oracle::kmdb {

// The key management database as its clients and RKMP share it (RKMP section 6): the requests,
// which make RKMP begin exchanges, and the notifications. It holds no rows: those are the key
// table's, where RKMP installs them.
class Kmdb {
 public:
  explicit Kmdb(Core& core) : core_(core) {}

  // --- the clients' side (requests.cpp)

  // A new need, or another form of one that the client has declared before. Errors: not_found (no
  // such peer), bad_value (no name, protocol not configured, nothing configured is permitted).
  [[nodiscard]] Result<void> request(const KeyRequest& wanted);
  // The client needs no key any more. The last one's rows are purged. Errors: not_found.
  [[nodiscard]] Result<void> withdraw(std::string_view client, std::string_view peer,
                                      std::uint8_t protocol);
  // Takes a row away, with a Delete where an IKE SA stands (profile P-10). A need that stands makes
  // RKMP agree on a new key. Errors: not_found.
  [[nodiscard]] Result<void> purge(std::string_view admin_key_name);
  [[nodiscard]] std::vector<RequestInfo> requests() const;
  // What CLIENT was told after SINCE, in order; of all clients where CLIENT is empty.
  [[nodiscard]] std::vector<Notification> notifications(std::string_view client,
                                                        std::uint64_t since) const;

  // --- the Gatekeeper's side

  // What becomes of the need of keys with PEER for PROTOCOL; nullopt: nobody has asked.
  [[nodiscard]] std::optional<RequestState> state(const Peer& peer, std::uint8_t protocol) const;
  // Begins the negotiation of another key, whatever stands, on the IKE SA that stands.
  void begin_another(Peer& peer, std::uint8_t protocol);

  // --- RKMP's side

  // POLICY with only what the clients' requests permit.
  [[nodiscard]] ProtocolPolicy permitted(const Peer& peer, const ProtocolPolicy& policy) const;
  // How long a key of PEER for PROTOCOL lives. Zero: without end.
  [[nodiscard]] Duration life(const Peer& peer, std::uint8_t protocol) const;
  // Names of the clients that wait for keys with PEER for PROTOCOL, the oldest first.
  [[nodiscard]] std::string clients(const Peer& peer, std::uint8_t protocol) const;
  // Compares what is needed with what there is, and begins what is missing. Gives whether anything
  // was begun.
  [[nodiscard]] bool reconcile();
  // When reconcile() has something to do of itself.
  [[nodiscard]] std::optional<Time> deadline() const;
  // Something has happened in the router: notifications.cpp.
  void on_event(const std::string& kind, const std::string& text,
                const std::map<std::string, std::string>& fields);

 private:
  // The needs of all clients for keys with one peer and routing protocol: one key serves them all.
  struct Need {
    Peer* peer = nullptr;
    std::uint8_t protocol = 0;
    std::vector<KeyRequest> clients;  // the oldest first
    bool trying = false;              // an exchange for it is under way
    bool at_once = true;              // the next try need not wait
    std::optional<Time> next_try;
    std::uint64_t tries = 0;
    Duration backoff{};           // what to wait after the next try that fails; zero: the shortest
    std::uint64_t key = 0;        // number of the child that served it last
    Time keyed{};                 // since when
    std::uint64_t replacing = 0;  // number of the child that is being refreshed, or zero
    std::string last_error;
    bool no_answer = false;  // that error is silence
    [[nodiscard]] bool active() const;
  };
  [[nodiscard]] Need* find(const Peer& peer, std::uint8_t protocol);
  [[nodiscard]] const Need* find(const Peer& peer, std::uint8_t protocol) const;
  [[nodiscard]] std::vector<TcpAoPair> permitted_pairs(const Need& need) const;
  // The key that serves the need, or nullptr. STANDING: even if its algorithms are permitted no
  // more.
  [[nodiscard]] const Child* key_of(const Need& need, bool standing) const;
  [[nodiscard]] bool being_made(const Need& need) const;
  [[nodiscard]] RequestState state_of(const Need& need) const;
  enum class Step { nothing, begun, done };
  [[nodiscard]] Step reconcile(Need& need);
  void begin(Need& need);
  void wait(Need& need);
  void tell_failure(const Need& need);
  // Whether the refresh of KEY, which serves NEED, is under way, and what has become of it.
  void watch_refresh(Need& need, const Child& key);
  // The times at which the need's keys are refreshed follow a life that has changed.
  void retime(const Need& need);
  [[nodiscard]] Duration next_wait(Need& need);
  void name_clients(const Need& need);
  // Tells CLIENT of the rows that stand.
  void tell_what_stands(const Need& need, const std::string& client);
  void tell(const std::string& client, Notification notification);
  void tell_all(const Need* need, const Notification& notification);
  [[nodiscard]] Notification about(const Child& child, std::string kind, std::string text) const;

  Core& core_;
  std::vector<std::unique_ptr<Need>> needs_;
  std::set<std::string, std::less<>> known_clients_;
  std::deque<Notification> told_;
  std::uint64_t next_n_ = 1;
};

}  // namespace karpspec::oracle::kmdb
