#pragma once

#include <list>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "base/machine.h"
#include "oracle/ike/fragments.h"
#include "oracle/ike/negotiation.h"
#include "script/runner.h"
#include "script/tester/config.h"
#include "script/tester/group_end.h"
#include "script/tester/ike_sa.h"
#include "script/tester/keyserver_end.h"
#include "transcript/expression.h"

namespace karpspec::script {

// A message that was made, and what is needed to send it again, perhaps cut anew.
struct Built {
  std::vector<Octets> datagrams;  // one, or all its fragments
  std::vector<Octets> sent;       // what the step wants to be sent of them
  wire::Message message;          // before sealing
  Octets clear;                   // its clear form, where it is sealed
  bool is_sealed = false;
  std::string sa;
};

// A datagram that came, opened and decoded as far as that was possible.
struct Received {
  Octets datagram;
  wire::Header header;
  wire::Message message;  // with the payloads of SK in clear; empty where it did not decode
  bool is_sealed = false;
  std::string sa;      // the IKE SA that its SPIs name, or empty
  std::string router;  // the one of the tester's that it was sent to; "": none alone
  bool to_group = false;
  std::string problem;  // why it could not be opened or decoded, or empty
  // RFC 7383: a fragment, opened. Of a message that came in fragments: how many, and the octets of
  // the largest; DATAGRAM is then all of them, in the order of their numbers.
  std::optional<oracle::ike::OpenedFragment> fragment;
  std::vector<Octets> fragments;
  [[nodiscard]] std::size_t largest() const;
};

// The scripted peer: it sends what a scenario says, filled in as a correct peer would, and keeps
// the state that follows from what was really sent and received. It decides nothing itself.
class Tester final : public transcript::Context {
 public:
  Tester(TesterConfig config, Random& random);

  // Makes the message of a send step and takes over what follows from it. ROUTER is the one of the
  // tester's that sends it; "": that of the IKE SA.
  // Errors: bad_value and not_found, when the step asks for what cannot be made.
  [[nodiscard]] Result<Built> build(const SendStep& step, const std::string& sa,
                                    const std::string& router = "");
  // An empty response to the INFORMATIONAL request RECEIVED.
  [[nodiscard]] Result<Built> answer_informational(const Received& received);

  // Sends BUILT once more as CUT says. Errors: bad_value, where there is no such piece.
  [[nodiscard]] Result<std::vector<Octets>> again(const Built& built, const Cut& cut);

  // Opens and decodes; changes nothing.
  [[nodiscard]] Received open(const Octets& datagram) const;
  // Keeps a fragment that was opened, and gives the message once it is whole.
  [[nodiscard]] std::optional<Received> collect(const Received& fragment);
  // The fragments of messages that are not whole yet.
  [[nodiscard]] std::vector<Octets> incomplete() const;
  // Takes over what follows from a message that a step has accepted, on the IKE SA named NAME.
  // Errors: what the device sent makes no keys (bad KE data, a suite that was not offered).
  [[nodiscard]] Result<void> absorb(const Received& received, const std::string& name,
                                    const std::string& new_sa);
  // Whether the AUTH payload of MESSAGE is right, on the IKE SA NAME. nullopt: there is nothing to
  // be compared with.
  struct AuthCheck {
    bool right = false;
    std::string field = "AUTH.data";  // where it is wrong
    std::string expected, got;
    std::optional<Octets> value;  // that it must have, where there is only one
  };
  [[nodiscard]] std::optional<AuthCheck> check_auth(const wire::Message& message,
                                                    const std::string& name) const;

  [[nodiscard]] bool has_sas() const { return !sas_.empty(); }
  [[nodiscard]] const TesterSa* find_sa(const std::string& name) const;
  [[nodiscard]] const TesterConfig& config() const { return config_; }
  // Keys of all IKE SAs there have been.
  [[nodiscard]] std::vector<SaKeys> take_keys() { return std::move(key_log_); }
  // The master keys of all children there have been.
  [[nodiscard]] const std::vector<Secret>& master_keys() const { return master_key_log_; }
  // The newest child of a routing protocol (0: of any), or nullptr.
  [[nodiscard]] const TesterChild* newest_child(std::uint8_t routing_protocol) const;

  // The router of the tester's that has the IKE SA NAME, or would begin it.
  [[nodiscard]] std::string router_of(const std::string& name) const;
  // The laboratory's time: what KD and its lifetimes count from.
  void set_now(Time now);
  // What the tester's routers know of the scenario's group; nullptr where it has none.
  [[nodiscard]] GroupEnd* group() { return group_ ? &*group_ : nullptr; }

  // What they know as key servers; nullptr where the device is none.
  [[nodiscard]] const KeyserverEnd* keyserver() const {
    return keyserver_ ? &*keyserver_ : nullptr;
  }

  void bind(const std::string& name, transcript::Value value) {
    bindings_[name] = std::move(value);
  }
  // Values of functions that depend on what is being compared: =auth, =master-key.
  void set_function(const std::string& name, std::optional<transcript::Value> value);

  [[nodiscard]] Result<transcript::Value> binding(const std::string& name) override;
  [[nodiscard]] Result<transcript::Value> function(const std::string& name) override;
  [[nodiscard]] Result<wire::Payload> payload(const transcript::PayloadName& name) override;

 private:
  // What the payloads of the message that is being made depend on.
  struct Sending {
    TesterSa* sa = nullptr;  // nullptr: a message to a group
    std::string router;
    wire::ExchangeType exchange{};
    bool response = false;
    bool has_ts = false;
    std::optional<wire::IdPayload> auth_id;  // what AUTH covers, where it is not the default
    std::size_t certificates = 0;            // CERT payloads made so far
    std::string policy;                      // what POLICY names

    // That of the exchange, made when it is not there.
    [[nodiscard]] Negotiation& negotiation() const;
  };

  // send.cpp
  Result<TesterSa*> sa_for_sending(const SendStep& step, const std::string& name);
  wire::Header make_header(const SendStep& step);
  Result<wire::Message> make_message(const SendStep& step);
  Result<Octets> seal(const std::vector<transcript::Mutation>& mutations,
                      const wire::Message& message, const Octets& clear);
  // The clear form of a message that will be sealed.
  Result<Octets> clear_form(const std::vector<transcript::Mutation>& mutations,
                            const wire::Message& message);
  void adopt_request(const Built& built, const std::string& new_sa);
  Result<void> adopt_response(const Built& built, const std::string& new_sa);

  // groups.cpp
  Result<Built> build_for_group(const SendStep& step);
  Result<wire::Payload> group_payload(const transcript::PayloadName& name);
  Result<wire::KeyDownloadPayload> key_download(const std::string& which);
  [[nodiscard]] wire::IpAddress address_of(const std::string& router) const;
  [[nodiscard]] Received open_group_message(Received received) const;
  Result<wire::Payload> keyserver_payload(const transcript::PayloadName& name);
  void absorb_group_keys(const std::string& router, const wire::Message& message);
  // What follows for groups from MESSAGE of ROUTER, which was sent.
  void adopt_group_keys(const std::string& router, const wire::Message& message);
  [[nodiscard]] const TesterRouter& sender() const;

  // fragments.cpp
  Result<Octets> seal_piece(const TesterSa& sa, const Octets& clear, std::uint16_t fragments,
                            const Piece& piece);
  Result<void> cut(const TesterSa& sa, const Cut& cut, Built& built);
  [[nodiscard]] Received open_fragment(Received received, const TesterSa* sa) const;

  // payloads.cpp
  Result<wire::SaPayload> sa_payload();
  // What the tester takes of the device's OFFER of an IKE SA: where it can, with the group of the
  // device's KE payload. What cannot be accepted is answered with OTHERWISE: a scenario that wants
  // a refusal says so itself.
  [[nodiscard]] oracle::ike::IkeChoice choose_ike(const std::optional<wire::SaPayload>& offer,
                                                  DhGroup group, std::size_t spi_size,
                                                  const crypto::IkeSuite& otherwise) const;
  Result<wire::SaPayload> init_sa();
  Result<wire::SaPayload> child_sa();
  Result<wire::KePayload> ke_payload();
  Octets nonce();
  wire::TsPayload ts_payload(bool initiators);
  Result<wire::AuthPayload> auth_payload();
  wire::CertPayload cert_payload();
  wire::CertReqPayload certreq_payload();
  wire::IdPayload id_payload(bool initiators) const;
  wire::NotifyPayload notify_payload(std::uint16_t type);
  wire::DeletePayload delete_payload(const std::string& protocol);
  Octets nat_detection(bool source) const;

  // children.cpp
  wire::SaPayload esp_offer(std::uint32_t spi) const;
  std::uint8_t next_send_id();
  Result<void> complete(TesterSa& sa, std::optional<Negotiation>& negotiation,
                        const wire::SaPayload& answer);
  Result<void> complete_child(TesterSa& sa, const Negotiation& n, const wire::SaPayload& answer,
                              OctetView g_ir);
  Result<void> complete_ike(TesterSa& sa, const Negotiation& n, const wire::SaPayload& answer,
                            OctetView g_ir);

  // receive.cpp
  void absorb_init_request(const Received& received, const std::string& name);
  Result<void> absorb_init_response(const Received& received, TesterSa& sa);
  Result<void> derive_keys(TesterSa& sa);

  TesterSa* find(const std::string& name);

  TesterConfig config_;
  std::list<TesterSa> sas_;  // addresses stay
  std::map<std::string, transcript::Value> bindings_;
  std::map<std::string, transcript::Value> functions_;
  std::vector<SaKeys> key_log_;
  std::vector<Secret> master_key_log_;
  std::uint8_t send_id_ = 0;
  std::optional<GroupEnd> group_;
  std::optional<KeyserverEnd> keyserver_;
  Sending sending_;
  // What has come of messages in fragments: by IKE SA, whether it is a response, and message ID.
  struct Pieces {
    oracle::ike::Reassembly parts;
    std::map<std::uint16_t, Octets> datagrams;
    wire::Header header;
    std::string problem;
  };
  std::map<std::tuple<std::string, bool, std::uint32_t>, Pieces> pieces_;
};

}  // namespace karpspec::script
