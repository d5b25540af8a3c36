#include "messages.h"

#include <algorithm>
#include <stdexcept>

#include "capture/keys_file.h"
#include "oracle/ike/fragments.h"

namespace karpspec::dissector {
namespace {

using wire::make_payload;
using wire::PayloadType;

template <class T>
T must(Result<T> result) {
  if (!result)
    throw std::runtime_error(to_string(result.error()));
  return *std::move(result);
}
void must(const Result<void>& result) {
  if (!result)
    throw std::runtime_error(to_string(result.error()));
}

std::vector<std::uint8_t> named_exchanges() {
  std::vector<std::uint8_t> out;
  for (unsigned n = 0; n < 256; ++n)
    if (wire::exchange_name(static_cast<std::uint8_t>(n)) != std::to_string(n))
      out.push_back(static_cast<std::uint8_t>(n));
  return out;
}

std::uint8_t number(wire::ExchangeType type) {
  return static_cast<std::uint8_t>(type);
}

wire::Message message(std::uint8_t exchange, std::vector<wire::Payload> payloads,
                      bool response = false) {
  wire::Message out;
  out.header.spi_i = 0xa1a2a3a4a5a6a7a8;
  out.header.spi_r = response ? 0xb1b2b3b4b5b6b7b8 : 0;
  out.header.exchange = exchange;
  out.header.flags = response ? wire::Header::flag_response : wire::Header::flag_initiator;
  out.header.message_id = 7;
  out.payloads = std::move(payloads);
  return out;
}

// An item of KD with these lifetimes.
wire::KeyItem key(wire::KeyItem::Kind kind, std::uint32_t id, std::uint16_t algorithm,
                  std::size_t size) {
  wire::KeyItem item;
  item.kind = static_cast<std::uint8_t>(kind);
  item.key_id = id;
  item.algorithm = algorithm;
  item.lifetimes = {-1, 0, 86400, wire::KeyLifetimes::no_limit};
  item.key = Octets(size, 0x5a);
  return item;
}

wire::SpeakerGroup speaker_group() {
  return {octets_of("r1.example"), octets_of("default"), octets_of("lan1"), octets_of("ospf")};
}

wire::KeyDownloadPayload every_item() {
  using Kind = wire::KeyItem::Kind;
  wire::KeyDownloadPayload out;
  out.clock = 1767225605;
  wire::KeyItem group, gcks, order, unknown;
  group.kind = static_cast<std::uint8_t>(Kind::group);
  group.group = speaker_group();
  gcks.kind = static_cast<std::uint8_t>(Kind::gcks);
  gcks.value = {192, 0, 2, 5};
  order.kind = static_cast<std::uint8_t>(Kind::order);
  order.policy_version = 3;
  order.sequence = 0x100000002;
  unknown.kind = 77;
  unknown.reserved = 9;
  unknown.value = {1, 2, 3};
  out.items = {group, gcks, order, key(Kind::kek, 0xc9c1340a, 20, 20), unknown};
  gcks.value = Octets(16, 0x20);
  out.items.push_back(gcks);
  const std::size_t sizes[] = {0, 20, 32, 48, 64, 16};
  for (std::uint16_t algorithm = 0; algorithm < 6; ++algorithm)
    out.items.push_back(key(Kind::pmk, 300U + algorithm, algorithm, sizes[algorithm]));
  return out;
}

wire::PolicyPayload every_entry() {
  using Kind = wire::PolicyEntry::Kind;
  const std::vector<wire::Material> materials = {{1, Octets(32, 0x11)},
                                                 {2, Octets(5, 0x30)},
                                                 {3, {192, 0, 2, 1}},
                                                 {3, Octets(16, 0x20)},
                                                 {9, {}}};
  wire::PolicyPayload out;
  out.version = 0x1234567890;
  for (std::uint8_t direction = 1; direction <= 2; ++direction) {
    wire::PolicyEntry entry;
    entry.kind = static_cast<std::uint8_t>(Kind::permission);
    entry.group = speaker_group();
    entry.receiver = octets_of("r2.example");
    entry.direction = direction;
    if (direction == 1)
      entry.materials = materials;
    out.entries.push_back(entry);
  }
  for (std::uint8_t mode = 0; mode <= 3; ++mode) {
    wire::PolicyEntry entry;
    entry.kind = static_cast<std::uint8_t>(Kind::interface);
    entry.group = speaker_group();
    entry.router = octets_of("r1.example");
    entry.mode = mode;
    entry.flags = mode % 2;
    entry.permit_seconds = 600U * mode;
    out.entries.push_back(entry);
  }
  wire::PolicyEntry entry;
  entry.kind = static_cast<std::uint8_t>(Kind::reconnect);
  entry.first = 5;
  entry.longest = 300;
  entry.spread = 30;
  entry.jitter_percent = 25;
  entry.materials = {materials[2], materials[3]};
  out.entries.push_back(entry);
  entry = {};
  entry.kind = 200;
  entry.reserved = 1;
  entry.value = {4, 5};
  out.entries.push_back(entry);
  return out;
}

wire::Proposal ike_proposal(std::uint8_t protocol, Octets spi) {
  wire::Proposal out;
  out.number = 1;
  out.protocol = protocol;
  out.spi = std::move(spi);
  std::vector<wire::Transform> transforms = {
      wire::make_transform(wire::TransformType::ENCR, 12, 256),
      wire::make_transform(wire::TransformType::PRF, 5),
      wire::make_transform(wire::TransformType::INTEG, 12),
      wire::make_transform(wire::TransformType::DH, 19),
      wire::make_transform(wire::TransformType::ESN, 0),
      wire::make_transform(wire::TransformType::ENCR, 999)};
  transforms.back().attributes.push_back({77, Octets{1, 2, 3}});
  out.transforms = transforms;
  return out;
}

wire::Proposal tcp_ao_proposal(std::uint8_t send_id, std::uint8_t reserved = 0) {
  wire::Proposal out;
  out.number = 1;
  out.reserved = reserved;
  out.protocol = wire::CodePoints{}.tcp_ao_protocol;
  out.transforms = std::vector<wire::TcpAoTransform>{
      {0, send_id, 1, 1, 0},
      {reserved, send_id, 2, 2, wire::TcpAoTransform::flag_options},
      {0, send_id, 241, 3, 0x7f}};
  return out;
}

// An association begins with these in clear.
std::vector<wire::Payload> initial_payloads() {
  return {make_payload(PayloadType::SA,
                       wire::SaPayload{{ike_proposal(1, {}), ike_proposal(3, {1, 2, 3, 4})}}),
          make_payload(PayloadType::KE, wire::KePayload{19, 0, Octets(64, 0x77)}),
          make_payload(PayloadType::Nonce, wire::NoncePayload{Octets(32, 0x99)}),
          make_payload(PayloadType::V, wire::VendorIdPayload{octets_of("some vendor")})};
}

std::vector<wire::Payload> identities() {
  const wire::IdPayload known[] = {{1, 0, {192, 0, 2, 9}},
                                   {2, 0, octets_of("r1.example")},
                                   {3, 0, octets_of("a@r1.example")},
                                   {5, 0, Octets(16, 0x20)},
                                   {9, 0, {0x30, 0}},
                                   {10, 0, {0x81, 3, 0x61, 0x40, 0x62}},
                                   {11, 0x10203, {0, 1, 255}},
                                   {99, 0, octets_of("what")}};
  std::vector<wire::Payload> out;
  for (const wire::IdPayload& id : known) {
    out.push_back(make_payload(PayloadType::IDi, id));
    out.push_back(make_payload(PayloadType::IDr, id));
  }
  return out;
}

std::vector<wire::Payload> proofs() {
  std::vector<wire::Payload> out;
  for (const std::uint8_t encoding : Octets{1, 4, 7, 11, 12, 15, 99})
    out.push_back(make_payload(PayloadType::CERT, wire::CertPayload{encoding, Octets(20, 0x30)}));
  out.push_back(make_payload(PayloadType::CERTREQ, wire::CertReqPayload{4, Octets(20, 1)}));
  for (const std::uint8_t method : Octets{1, 2, 3, 9, 10, 11, 13, 14, 99})
    out.push_back(
        make_payload(PayloadType::AUTH, wire::AuthPayload{method, 0, Octets(32, method)}));
  wire::ConfigPayload config;
  config.cfg_type = 1;
  config.attributes = {{false, 1, {192, 0, 2, 1}}, {true, 15, {}}};
  out.push_back(make_payload(PayloadType::CP, config));
  out.push_back(make_payload(PayloadType::EAP, wire::EapPayload{{1, 2, 0, 4}}));
  wire::Payload unknown = make_payload(static_cast<PayloadType>(200), wire::UnknownPayload{{1, 2}});
  unknown.critical = true;
  unknown.reserved = 0x15;
  out.push_back(unknown);
  return out;
}

std::vector<wire::Payload> every_notification() {
  using wire::NotifyType;
  std::vector<wire::Payload> out;
  for (unsigned n = 1; n < 65536; ++n) {
    const auto type = static_cast<std::uint16_t>(n);
    if (wire::notify_name(type) == std::to_string(n) && n != 50000)
      continue;
    Octets data;
    if (static_cast<NotifyType>(n) == NotifyType::MRKMP_WRONG_GCKS)
      data = {192, 0, 2, 5};
    else if (static_cast<NotifyType>(n) == NotifyType::MRKMP_GCKS_UNKNOWN)
      data = {0x80};
    else if (static_cast<NotifyType>(n) == NotifyType::AUTHORIZATION_FAILED)
      for (const Octets& text : {octets_of("r1"), Octets{}, octets_of("lan1"), octets_of("ospf")}) {
        data.push_back(0);
        data.push_back(static_cast<std::uint8_t>(text.size()));
        append(data, text);
      }
    out.push_back(wire::make_notify(static_cast<NotifyType>(n), data));
  }
  return out;
}

wire::Payload group_payload(std::uint8_t protocol) {
  return make_payload(PayloadType::GROUP, wire::GroupPayload{protocol, 2, 0, 0x0a000001});
}

wire::Payload selectors(PayloadType type, const std::vector<std::uint8_t>& protocols) {
  wire::TsPayload out;
  for (const std::uint8_t protocol : protocols)
    out.selectors.emplace_back(wire::RpSelector{wire::CodePoints{}.rp_ts_type, protocol});
  return make_payload(type, out);
}

}  // namespace

std::vector<wire::Message> group_messages() {
  using wire::ExchangeType;
  std::vector<wire::Message> out;
  for (const std::uint8_t exchange : named_exchanges()) {
    out.push_back(message(exchange, initial_payloads()));
    out.push_back(message(exchange, initial_payloads(), true));
  }
  const std::uint8_t join = number(ExchangeType::mrkmp_join);
  out.push_back(message(number(ExchangeType::mrkmp_auth), identities()));
  out.push_back(message(number(ExchangeType::mrkmp_auth), proofs(), true));
  out.push_back(message(join, every_notification(), true));
  for (std::uint8_t protocol = 1; protocol <= 6; ++protocol)
    out.push_back(message(
        join, {group_payload(protocol),
               make_payload(PayloadType::INC, wire::IncarnationPayload{0xe7d0bec01b00e239})}));
  out.push_back(message(join,
                        {make_payload(PayloadType::KD, every_item()),
                         make_payload(PayloadType::SEQ, wire::SequencePayload{0x100000009})},
                        true));
  for (std::uint8_t kind = 1; kind <= 4; ++kind) {
    wire::AdvertPayload advert;
    advert.kind = kind;
    advert.priority = 32768;
    advert.interval = 1000;
    out.push_back(message(number(ExchangeType::mrkmp_advert),
                          {group_payload(1), make_payload(PayloadType::ADV, advert)}));
  }
  for (std::uint8_t kind = 1; kind <= 3; ++kind) {
    const wire::GroupActionPayload action{kind, 0, static_cast<std::uint16_t>(kind * 2)};
    out.push_back(message(number(ExchangeType::mrkmp_group),
                          {make_payload(PayloadType::SEQ, wire::SequencePayload{7}),
                           group_payload(2), make_payload(PayloadType::GKM, action)}));
    out.back().header.spi_i = 0xc9c1340a;
  }
  out.push_back(message(number(ExchangeType::ks_policy),
                        {make_payload(PayloadType::POLICY, every_entry())}, true));
  out.push_back(message(number(ExchangeType::ks_group),
                        {make_payload(PayloadType::KD, wire::KeyDownloadPayload{})}));
  out.push_back(message(
      number(ExchangeType::INFORMATIONAL),
      {make_payload(PayloadType::D, wire::DeletePayload{1, 0, {}}),
       make_payload(PayloadType::D, wire::DeletePayload{3, 4, {{1, 2, 3, 4}, {5, 6, 7, 8}}})}));
  out.push_back(message(number(ExchangeType::INFORMATIONAL), {}, true));
  return out;
}

std::vector<wire::Message> rkmp_messages() {
  using wire::ExchangeType;
  const wire::CodePoints numbers;
  const Octets key_id = {7};
  std::vector<wire::Message> out;
  for (const bool response : {false, true}) {
    out.push_back(message(number(ExchangeType::IKE_AUTH),
                          {make_payload(PayloadType::SA, wire::SaPayload{{tcp_ao_proposal(100)}}),
                           selectors(PayloadType::TSi, {1}), selectors(PayloadType::TSr, {1})},
                          response));
    out.push_back(message(
        number(ExchangeType::CREATE_CHILD_SA),
        {wire::make_notify(wire::NotifyType::REKEY_SA, {}, numbers.tcp_ao_protocol, key_id),
         make_payload(PayloadType::SA,
                      wire::SaPayload{{tcp_ao_proposal(7), tcp_ao_proposal(255, 3)}}),
         selectors(PayloadType::TSi, {1, 2, 3, 4, 5, 6, 250}), selectors(PayloadType::TSr, {0})},
        response));
    out.push_back(
        message(number(ExchangeType::INFORMATIONAL),
                {make_payload(PayloadType::D,
                              wire::DeletePayload{numbers.tcp_ao_protocol, 1, {key_id, {100}}})},
                response));
  }
  return out;
}

Scribe::Scribe(const std::string& path) : writer_(must(capture::PcapngWriter::create(path))) {
  const auto fill = [this](std::size_t size) { return Secret(random_.octets(size)); };
  sa_keys_.SK_ei = fill(16);
  sa_keys_.SK_er = fill(16);
  sa_keys_.SK_ai = fill(32);
  sa_keys_.SK_ar = fill(32);
}

Datagram Scribe::datagram(const Octets& payload, std::uint16_t port) const {
  const bool v6 = messages_ % 2 == 1;
  return {
      {v6 ? "2001:db8::1" : "192.0.2.1", port}, {v6 ? "ff02::114" : "224.0.0.254", port}, payload};
}

void Scribe::put(const Octets& payload, std::uint16_t port) {
  must(writer_.write(datagram(payload, port), Time{} + std::chrono::seconds{written_}));
  ++written_;
}

void Scribe::remember(const wire::Header& header) {
  const std::pair spis{header.spi_i, header.spi_r};
  if (std::find(known_.begin(), known_.end(), spis) != known_.end())
    return;
  known_.push_back(spis);
  keys_ += capture::decryption_line(header.spi_i, header.spi_r, suite_, sa_keys_) + "\n";
}

void Scribe::clear(const wire::Message& message, std::uint16_t port) {
  octets(wire::encode_message(message), port);
}

void Scribe::sealed(const wire::Message& message, std::uint16_t port,
                    const oracle::ike::ClearEdit& edit) {
  remember(message.header);
  const auto keys = message.header.from_initiator() ? oracle::ike::keys_of_initiator(sa_keys_)
                                                    : oracle::ike::keys_of_responder(sa_keys_);
  put(must(oracle::ike::seal_message(suite_, keys, message, random_, edit)), port);
  ++messages_;
}

void Scribe::fragments(const wire::Message& message, std::uint16_t port, std::size_t piece) {
  remember(message.header);
  const auto keys = message.header.from_initiator() ? oracle::ike::keys_of_initiator(sa_keys_)
                                                    : oracle::ike::keys_of_responder(sa_keys_);
  const Octets whole = wire::encode_message(message);
  const OctetView chain = OctetView(whole).subspan(wire::Header::size);
  const std::size_t total = (chain.size() + piece - 1) / piece;
  for (std::size_t i = 0; i < total; ++i) {
    const oracle::ike::FragmentPlace place{i == 0 ? whole[16] : std::uint8_t{0},
                                           static_cast<std::uint16_t>(i + 1),
                                           static_cast<std::uint16_t>(total)};
    const OctetView part = chain.subspan(i * piece, std::min(piece, chain.size() - i * piece));
    put(must(oracle::ike::seal_fragment(suite_, keys, whole, place, part, random_)), port);
  }
  ++messages_;
}

void Scribe::octets(const Octets& payload, std::uint16_t port) {
  put(payload, port);
  ++messages_;
}

void Scribe::cut(const Octets& payload, std::uint16_t port, std::size_t seen) {
  const Octets frame = must(capture::ethernet_frame(datagram(payload, port)));
  must(writer_.write_frame(OctetView(frame).first(std::min(seen, frame.size())), frame.size(),
                           Time{} + std::chrono::seconds{written_}));
  ++written_;
  ++messages_;
}

}  // namespace karpspec::dissector
