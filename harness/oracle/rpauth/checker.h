#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "keytable/row.h"
#include "oracle/rpauth/digest.h"

// Whether a packet of OSPFv2 or RIPv2 is authentic by the rows of a key table.
namespace karpspec::oracle::rpauth {

enum class Reason : std::uint8_t {
  accepted,
  unprotected,     // no row is for the packet's protocol and area, so nothing is demanded of it
  header,          // it does not parse
  authentication,  // none, or another kind, though a row is for it
  unknown_key,     // no row has this Key ID
  key_not_valid,   // the row may not be used at this time, or not in this direction
  digest_length,   // the digest has another size than the row's algorithm makes
  digest,          // the digest is wrong
  sequence,        // the sequence number is lower than the sender's last
};
// As in reports: "digest-length".
[[nodiscard]] const char* to_string(Reason reason);

struct Judgement {
  Reason reason = Reason::accepted;
  std::string detail;      // in words; never key material
  std::string field;       // what is to blame: "Key ID"
  std::size_t offset = 0;  // its octet in the packet
  std::string section;     // where that is said: "RFC 2328 D.4.3"; empty where nothing is wrong
  std::string row;         // AdminKeyName of the row that the digest was made with, if any
  std::uint32_t sequence = 0;
  // Whether that row may be sent with at the time: an authentic packet after its SendLifetimeEnd
  // is accepted as long as the row may be, and its sender has kept a key too long.
  bool in_send_lifetime = false;

  [[nodiscard]] bool accepted() const { return reason == Reason::accepted; }
  [[nodiscard]] bool refused() const {
    return reason != Reason::accepted && reason != Reason::unprotected;
  }
};

// Judges the packets of a capture one after the other, as a receiver that has the rows. What it
// keeps is each sender's last sequence number, of authentic packets alone; of too many senders the
// first is forgotten (profile P-141).
class Checker {
 public:
  static constexpr std::size_t usual_senders = 65536;
  // Rows for other protocols, or with an AlgID that is none of theirs, are passed over.
  explicit Checker(std::vector<keytable::Row> rows, std::size_t most_senders = usual_senders);

  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] const std::vector<keytable::Row>& rows() const { return rows_; }

  [[nodiscard]] Judgement check(const wire::OspfPacket& packet, Time time);
  [[nodiscard]] Judgement check(const wire::RipPacket& packet, Time time);

 private:
  // What the two protocols' packets have alike.
  struct Claim {
    const char* protocol = "";  // as in the key table
    std::string area;           // OSPF alone: "0.0.0.1"
    wire::IpAddress source;
    std::uint8_t key_id = 0;
    std::uint32_t sequence = 0;
    OctetView text, digest;
    std::size_t key_id_at = 0, digest_size_at = 0, digest_at = 0, sequence_at = 0;
  };
  struct Last {
    std::uint32_t sequence = 0;
    Time heard;
  };
  using Sender = std::tuple<std::string, wire::IpAddress, std::uint8_t>;

  [[nodiscard]] std::vector<const keytable::Row*> rows_for(const std::string& protocol,
                                                           const std::string& area) const;
  [[nodiscard]] Judgement judge(const Claim& claim, Time time);
  [[nodiscard]] Judgement judge_with(const keytable::Row& row, const Claim& claim, Time time) const;
  [[nodiscard]] bool goes_back(const Claim& claim, Time time);

  std::vector<keytable::Row> rows_;
  std::size_t most_;
  std::map<Sender, Last> senders_;
};

}  // namespace karpspec::oracle::rpauth
