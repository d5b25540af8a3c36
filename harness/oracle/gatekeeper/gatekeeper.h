#pragma once

#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "oracle/gatekeeper/record.h"
#include "oracle/ike/ike_sa.h"
#include "oracle/tcpao/mkt.h"

namespace karpspec::oracle {
class Core;
}

namespace karpspec::oracle::gatekeeper {

// What comes of a routing protocol's wish for a connection.
struct Opened {
  std::string record;
  ConnectionState connection = ConnectionState::waiting;
};

// An MKT as it is read back, with the record that it was made for.
struct MktInfo {
  tcpao::Mkt mkt;
  std::string record;  // empty: a row of other origin
};

// The shim between routing protocols and RKMP (draft-chunduri-karp-using-ikev2-with-tcp-ao-04;
// profile P-100 to P-119): what the routing protocols have configured stands in its records; it
// asks the KMDB for keys, says what is negotiated, completes the rows of the key table, makes MKTs
// of them, and ends what a changed record or PAD entry permits no more.
class Gatekeeper {
 public:
  explicit Gatekeeper(Core& core) : core_(core) {}

  // From now on the records alone say what is negotiated; `protocols` of a peer is not looked at.
  void use();
  [[nodiscard]] bool used() const { return used_; }

  // --- the operator's side (changes.cpp)

  // A new record, or another form of one that stands: what is negotiated under it is then torn down
  // and replaced; another lifetime alone moves the time of its rekey. Errors: bad_value, with the
  // field's name; of a manual record whose row the key table would refuse, as Management::add.
  [[nodiscard]] Result<void> set(Record record);
  // The neighbour is removed: the record, its keys, and the IKE SA where nothing else needs it.
  // Errors: not_found.
  [[nodiscard]] Result<void> remove(std::string_view name);
  // Other authentication data for the PAD entry CHANGED.name: the peer, or everybody whom the entry
  // admits, is authenticated anew, and the keys are agreed on anew. Errors: not_found.
  [[nodiscard]] Result<void> change_peer(PeerConfig changed);

  // --- the routing protocols' side (sessions.cpp)

  // PROTOCOL, as in the key table, wants a connection. Errors: not_found: no record fits it;
  // bad_value: RKMP has no key for the record that fits best.
  [[nodiscard]] Result<Opened> open(std::string_view protocol, const tcpao::ConnectionEnds& ends);
  // The connection has ended. Errors: not_found.
  [[nodiscard]] Result<void> close(std::string_view protocol, const tcpao::ConnectionEnds& ends);
  // Whether a record by hand has made the row of that name.
  [[nodiscard]] bool owns_row(std::string_view admin_key_name) const;
  // Until the records change.
  [[nodiscard]] std::vector<RecordInfo> records() const;
  [[nodiscard]] std::vector<MktInfo> mkts() const;

  // --- RKMP's side (population.cpp)

  // What may be agreed on with PEER, who speaks from REMOTE; nullopt: no record says (profile
  // P-105).
  [[nodiscard]] std::optional<ProtocolPolicy> policy(const Peer& peer, std::uint8_t protocol,
                                                     std::string_view remote) const;
  [[nodiscard]] std::optional<Duration> life(const Peer& peer, std::uint8_t protocol) const;
  // Completes ROW of the key CHILD that was agreed on with SA's peer.
  void complete(const IkeSa& sa, Child& child, keytable::Row& row) const;
  // Follows what has happened: connections that have their key now, keys whose time is over.
  void reconcile();
  [[nodiscard]] std::optional<Time> deadline() const;

 private:
  struct Entry {
    Record record;
    ConnectionState connection = ConnectionState::closed;
    [[nodiscard]] bool by_kmp() const { return record.mode == Mode::kmp; }
    // kmp only
    [[nodiscard]] std::uint8_t protocol() const { return protocol_id(record.protocol).value_or(0); }
  };
  // A PAD entry whose authentication data have changed: until when what is older may be used.
  struct Renewal {
    Peer* peer = nullptr;
    std::uint64_t before = 0;  // as Core::next_order counts
    Time until{};
  };

  [[nodiscard]] Entry* find(std::string_view name) const;
  [[nodiscard]] Entry* best_for(std::string_view protocol, const tcpao::ConnectionEnds& ends) const;
  // The record that PEER's need of a key for PROTOCOL falls under when it speaks from REMOTE.
  [[nodiscard]] const Entry* lookup(const Peer& peer, std::uint8_t protocol,
                                    std::string_view remote) const;
  [[nodiscard]] Result<void> fits_in(const Record& record) const;
  // Tells RKMP what it may negotiate with the PAD entry NAME.
  void sync(std::string_view name);
  [[nodiscard]] Result<void> ask(const Entry& entry);
  // Keys that were agreed on under ENTRY, the oldest first.
  [[nodiscard]] std::vector<Child*> keys_of(const Entry& entry) const;
  [[nodiscard]] bool has_key(const Entry& entry) const;
  [[nodiscard]] RecordState state_of(const Entry& entry) const;
  void change(Entry& entry, Record record);
  void retime(const Entry& entry);
  void take_away(const Record& record);
  void authenticate_anew(Peer& peer);
  void end_unused(Peer& peer);
  void set_connection(Entry& entry, ConnectionState state, const char* why);
  void note(const Entry& entry, const char* kind, const std::string& text);
  // Whether the key table permits the row of a record by hand, once what stands under the record's
  // name has gone.
  [[nodiscard]] Result<void> fits_table(const Record& record) const;
  [[nodiscard]] Result<void> insert_row(const Record& record);

  Core& core_;
  bool used_ = false;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::deque<Renewal> renewals_;
};

}  // namespace karpspec::oracle::gatekeeper
