#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "oracle/tcpao/segment_mac.h"
#include "script/runner.h"
#include "transcript/difference.h"
#include "transcript/expression.h"

namespace karpspec::script {

// An MKT as the tester holds it: the other end of what mkt-add gave the device.
struct TesterMkt {
  std::string name;
  std::uint8_t send_id = 0, recv_id = 0;  // the tester's
  wire::TcpAoAuthAlg mac{};
  wire::TcpAoKdf kdf{};
  bool covers_options = true;
  Octets key;
};

// A connection between tester and device. Sequence numbers are kept with their extension above
// (RFC 5925 section 6.2), counted from the ISN whose extension is 0.
struct TesterConnection {
  wire::IpAddress local, remote;
  std::uint16_t local_port = 0, remote_port = 0;
  std::uint32_t isn = 0;
  std::optional<std::uint32_t> remote_isn;
  std::uint64_t next = 0;      // of the tester's next segment
  std::uint64_t expected = 0;  // of the device's next segment
  std::string mkt;             // that it goes with; "none": without TCP-AO
};

// A segment of the device.
struct ArrivedSegment {
  wire::TcpPacket packet;
  wire::TcpHeader header;
  std::string connection;  // "": none that the tester knows

  [[nodiscard]] OctetView data() const { return OctetView(packet.segment).subspan(header.size); }
};

// The tester's TCP: it does nothing of its own accord, and keeps its own account of ISNs, sequence
// numbers and keys, so that what a device sends is judged by that alone.
class TcpEnd {
 public:
  // RANDOM must outlive it.
  TcpEnd(PacketAddresses addresses, Random& random)
      : addresses_(std::move(addresses)), random_(random) {}

  // Takes over what a control method that was done says of MKTs and ports.
  void note(const std::string& method, const Json& params);
  // Takes over an MKT that was agreed on otherwise, in place of one of its name.
  void know(TesterMkt mkt);
  [[nodiscard]] bool knows(const std::string& connection) const {
    return connections_.contains(connection);
  }

  // Whether TCP-AO protects it.
  [[nodiscard]] bool goes_with_mkts(const std::string& connection) const;

  struct Built {
    wire::TcpPacket packet;
    Octets octets;  // the IP packet
  };
  // The segment of a step, on the connection NAME, which a SYN begins. Errors: bad_value,
  // not_found, where the step asks for what cannot be made.
  [[nodiscard]] Result<Built> build(const SegmentStep& step, const std::string& name,
                                    transcript::Context& context);

  // An ICMP error about the last octet that the device has sent on the connection NAME. Errors:
  // not_found; bad_value where IPv6 has no such error.
  [[nodiscard]] Result<Built> build_error(wire::IcmpError error, const std::string& name) const;

  // The segment in an IP packet; nothing where it is no TCP, or not for the tester. AWAITED: the
  // connection that a SYN of the device begins. Errors: what does not parse.
  [[nodiscard]] Result<std::optional<ArrivedSegment>> open(OctetView packet,
                                                           const std::string& awaited) const;
  // Whether all that takes room in the sequence space of SEGMENT has come before.
  [[nodiscard]] bool repeats(const ArrivedSegment& segment) const;
  // Whether it acknowledges all that the tester has sent.
  [[nodiscard]] bool acknowledges_all(const ArrivedSegment& segment) const;
  // What is wrong with its authentication, if anything: MKT as in SegmentAlternative. ANY_KEY_ID:
  // the KeyID is judged elsewhere.
  [[nodiscard]] std::optional<transcript::Difference> judge(const ArrivedSegment& segment,
                                                            const std::string& mkt,
                                                            bool any_key_id) const;
  // What is wrong with its sequence number.
  [[nodiscard]] std::optional<transcript::Difference> judge_sequence(
      const ArrivedSegment& segment) const;
  // Takes over what follows from a segment that a step has accepted.
  void absorb(const ArrivedSegment& segment);

  // "TCP SYN,ACK seq 7 ack 8, 3 octets of data, TCP-AO KeyID 1 RNextKeyID 2"
  [[nodiscard]] static std::string line(const wire::TcpPacket& packet);
  // A field as `where` names it, as text.
  [[nodiscard]] static std::optional<std::string> field(const ArrivedSegment& segment,
                                                        const std::string& name);
  // Key tables for `karpspec decode --keys`, from the device's point of view, where there are MKTs.
  [[nodiscard]] std::string key_table() const;

 private:
  [[nodiscard]] Result<TesterMkt> mkt_for(const SegmentStep& step, const std::string& name,
                                          const TesterConnection& connection,
                                          transcript::Context& context) const;
  [[nodiscard]] const TesterMkt* find(const std::string& name) const;
  [[nodiscard]] const TesterMkt* by_key_id(std::uint8_t recv_id) const;
  // The MKT's name that the connection goes with, where a step names none.
  [[nodiscard]] std::string usual(const TesterConnection* connection) const;
  [[nodiscard]] Result<TesterConnection*> begin(const SegmentStep& step, const std::string& name);
  [[nodiscard]] TesterConnection known_or_new(const ArrivedSegment& segment) const;

  PacketAddresses addresses_;
  Random& random_;
  std::map<std::string, TesterMkt> mkts_;
  std::vector<std::string> order_;  // of mkts_
  std::map<std::string, TesterConnection> connections_;
  std::uint16_t device_port_ = 179;  // where the device accepts connections
};

}  // namespace karpspec::script
