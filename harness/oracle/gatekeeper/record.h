#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "base/time.h"
#include "oracle/config.h"
#include "oracle/tcpao/mkt.h"

namespace karpspec::oracle::gatekeeper {

enum class Mode : std::uint8_t {
  kmp,     // RKMP agrees on the keys
  manual,  // the record brings its key
};
[[nodiscard]] const char* to_string(Mode mode);

// A Gatekeeper record (draft-chunduri-karp-using-ikev2-with-tcp-ao-04 section 3.1): what a routing
// protocol has configured for its connections with a neighbour. It may hold a key, so it moves, and
// copies only by clone().
struct Record {
  std::string name;      // unique; the handle of commands
  std::string protocol;  // as in the key table: "bgp", "241"
  tcpao::SocketPattern sockets;
  std::string peer;               // name of the PAD entry; kmp only
  std::vector<std::string> macs;  // AlgIDs of the key table (profile P-33), most preferred first
  std::vector<std::string> kdfs;  // its KDFs
  Duration rekey_lifetime = std::chrono::hours{24};
  bool exclude_options = false;  // the TCP option flag: whether options are left out of the MAC
  std::optional<Mode> mode;      // nothing: by what is there (profile P-101)
  // manual: what kmp negotiates
  Secret key;
  std::string local_key_name;  // the KeyID in what is received
  std::string peer_key_name;   // the KeyID in what is sent

  [[nodiscard]] Record clone() const;
  // MAC and KDF of every alternative: the MAC is the outer loop (profile P-103).
  [[nodiscard]] std::vector<TcpAoPair> pairs() const;
};
inline constexpr std::chrono::seconds shortest_lifetime{10};
inline constexpr std::chrono::seconds longest_lifetime{604800};

// AdminKeyName of the row that a record by hand makes.
[[nodiscard]] inline std::string manual_row(const Record& record) {
  return "gatekeeper/" + record.name;
}

// The routing protocol id of a name in the key table, nullopt where the KMP has none for it.
[[nodiscard]] std::optional<std::uint8_t> protocol_id(std::string_view name);

// What is wrong with a record by itself; `mode` is filled in where it is left out.
// Errors: bad_value, beginning with the field's name.
[[nodiscard]] Result<void> validate(Record& record);

//   Idle --trigger--> Negotiating --key--> Keyed --four fifths of the lifetime--> Rekeying
//   Rekeying --key--> Keyed;  Negotiating --no key--> Failed --after a while--> Negotiating
//   Static: manual
enum class RecordState : std::uint8_t { idle, negotiating, keyed, rekeying, failed, fixed };
[[nodiscard]] const char* to_string(RecordState state);

// The routing protocol's connection under a record.
enum class ConnectionState : std::uint8_t {
  closed,   // the routing protocol wants none
  waiting,  // it wants one; without a key nothing is sent or taken (profile P-28)
  open,     // a key protects it
};
[[nodiscard]] const char* to_string(ConnectionState state);

// A record as it is read back.
struct RecordInfo {
  const Record* record = nullptr;
  RecordState state = RecordState::idle;
  ConnectionState connection = ConnectionState::closed;
  bool names_peer = true;         // whether it is told which PAD entry it refers to
  std::vector<std::string> rows;  // AdminKeyNames in the key table, the oldest first
  // The KMP session: SPIi and SPIr of the IKE SA and our RecvID of the newest key, in hexadecimal
  // (profile P-107). Empty where no IKE SA serves the key.
  std::string session;
};

}  // namespace karpspec::oracle::gatekeeper
