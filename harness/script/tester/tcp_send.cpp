#include <algorithm>

#include "script/tester/tcp_end.h"
#include "wire/icmp_error.h"
#include "wire/ip_packet.h"

// The segments that the tester sends.
namespace karpspec::script {

using transcript::Expression;
using wire::TcpFlag;
using wire::TcpOptionKind;

namespace {

constexpr auto nop = static_cast<std::uint8_t>(TcpOptionKind::NOP);

bool has(std::uint8_t flags, TcpFlag flag) {
  return (flags & static_cast<std::uint8_t>(flag)) != 0;
}

const Expression* in(const SegmentStep::Fields& fields, std::string_view name) {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const auto& each) { return each.first == name; });
  return found == fields.end() ? nullptr : &found->second;
}

Result<Octets> octets_of_value(const Expression& expression, const Octets& current,
                               transcript::Context& context) {
  KARPSPEC_TRY(value,
               transcript::evaluate(expression, {current, transcript::Names::none, 0}, context));
  if (auto* octets = std::get_if<Octets>(&value))
    return std::move(*octets);
  return expression.source.error("expected octets, such as 0x0a0b");
}

Result<std::uint64_t> number_of_value(const Expression& expression, std::uint64_t current,
                                      unsigned bits, transcript::Context& context) {
  KARPSPEC_TRY(value,
               transcript::evaluate(expression, {current, transcript::Names::none, bits}, context));
  const auto* number = std::get_if<std::uint64_t>(&value);
  if (number == nullptr || *number >> bits != 0)
    return expression.source.error("expected a number of " + std::to_string(bits) + " bits");
  return *number;
}

// The number of NAME in FIELDS, if it is there, into OUT.
template <class Number>
Result<void> set(const SegmentStep::Fields& fields, std::string_view name, Number& out,
                 transcript::Context& context) {
  if (const Expression* given = in(fields, name)) {
    KARPSPEC_TRY(number, number_of_value(*given, out, sizeof(Number) * 8, context));
    out = static_cast<Number>(number);
  }
  return {};
}

void align(Octets& options) {
  while (options.size() % 4 != 0)
    options.push_back(nop);
}

// The fields that `altered` changes.
Result<void> alter(const SegmentStep::Fields& altered, wire::TcpFields& fields,
                   std::size_t own_options, transcript::Context& context) {
  KARPSPEC_CHECK(set(altered, "TCP.sequence", fields.sequence, context));
  KARPSPEC_CHECK(set(altered, "TCP.acknowledgment", fields.acknowledgment, context));
  KARPSPEC_CHECK(set(altered, "TCP.window", fields.window, context));
  if (const Expression* data = in(altered, "data")) {
    KARPSPEC_TRY(octets, octets_of_value(*data, fields.data, context));
    fields.data = std::move(octets);
  }
  if (const Expression* options = in(altered, "options")) {
    const Octets own(fields.options.begin(),
                     fields.options.begin() + static_cast<std::ptrdiff_t>(own_options));
    KARPSPEC_TRY(octets, octets_of_value(*options, own, context));
    if (octets.size() != own_options)
      return options->source.error("altered options are as long as they were, " +
                                   std::to_string(own_options) + " octets");
    std::ranges::copy(octets, fields.options.begin());
  }
  return {};
}

}  // namespace

Result<TesterConnection*> TcpEnd::begin(const SegmentStep& step, const std::string& name) {
  constexpr std::uint16_t first_port = 20000, ports = 20000;
  TesterConnection fresh;
  fresh.local = step.ipv6 ? addresses_.tester6 : addresses_.tester;
  fresh.remote = step.ipv6 ? addresses_.device6 : addresses_.device;
  fresh.local_port =
      step.from_port.value_or(static_cast<std::uint16_t>(first_port + random_.u64() % ports));
  fresh.remote_port = step.to_port.value_or(device_port_);
  // Far from where it would wrap, unless the step wants otherwise.
  fresh.isn = step.isn.value_or(static_cast<std::uint32_t>(random_.u64() & 0x3fffffff));
  fresh.next = fresh.isn;
  return &connections_.insert_or_assign(name, std::move(fresh)).first->second;
}

Result<TesterMkt> TcpEnd::mkt_for(const SegmentStep& step, const std::string& name,
                                  const TesterConnection& connection,
                                  transcript::Context& context) const {
  const std::string wanted = step.mkt.empty() ? usual(&connection) : step.mkt;
  const TesterMkt* known = find(wanted);
  if (known == nullptr)
    return fail(ErrorCode::not_found, "no mkt-add of this test has made an MKT '" + wanted +
                                          "' for the connection '" + name + "'");
  TesterMkt mkt = *known;
  if (const Expression* key = in(step.with, "MKT.key")) {
    KARPSPEC_TRY(octets, octets_of_value(*key, mkt.key, context));
    mkt.key = std::move(octets);
  }
  if (const Expression* mac = in(step.with, "MKT.mac"))
    mkt.mac = mac->text == "AES-128-CMAC-96" ? wire::TcpAoAuthAlg::AES_128_CMAC_96
                                             : wire::TcpAoAuthAlg::HMAC_SHA_1_96;
  if (const Expression* kdf = in(step.with, "MKT.kdf"))
    mkt.kdf = kdf->text == "AES-128-CMAC" ? wire::TcpAoKdf::KDF_AES_128_CMAC
                                          : wire::TcpAoKdf::KDF_HMAC_SHA1;
  if (const Expression* options = in(step.with, "MKT.options"))
    mkt.covers_options = options->text != "exclude";
  return mkt;
}

Result<TcpEnd::Built> TcpEnd::build_error(wire::IcmpError error, const std::string& name) const {
  const auto found = connections_.find(name);
  if (found == connections_.end())
    return fail(ErrorCode::not_found, "there is no connection '" + name + "' yet");
  const TesterConnection& connection = found->second;
  wire::TcpFields fields;
  fields.source_port = connection.remote_port;
  fields.destination_port = connection.local_port;
  fields.sequence = static_cast<std::uint32_t>(connection.expected - 1);
  fields.acknowledgment = static_cast<std::uint32_t>(connection.next);
  fields.flags = static_cast<std::uint8_t>(TcpFlag::ACK);
  KARPSPEC_TRY(segment, wire::encode_tcp(fields));
  wire::TcpPacket about{connection.remote, connection.local, std::move(segment)};
  KARPSPEC_TRY(octets, wire::encode_icmp_error(error, about));
  return Built{std::move(about), std::move(octets)};
}

Result<TcpEnd::Built> TcpEnd::build(const SegmentStep& step, const std::string& name,
                                    transcript::Context& context) {
  const bool syn = has(step.segment.flags, TcpFlag::SYN);
  const bool first = syn && !has(step.segment.flags, TcpFlag::ACK);
  TesterConnection* connection = nullptr;
  if (first) {
    KARPSPEC_TRY(begun, begin(step, name));
    connection = begun;
  } else if (const auto found = connections_.find(name); found != connections_.end()) {
    connection = &found->second;
  } else {
    return fail(ErrorCode::not_found, "there is no connection '" + name + "' yet");
  }
  if (syn && !first && step.isn) {
    connection->isn = *step.isn;
    connection->next = *step.isn;
  }

  wire::TcpFields fields;
  fields.source_port = connection->local_port;
  fields.destination_port = connection->remote_port;
  fields.sequence = static_cast<std::uint32_t>(connection->next);
  if (has(step.segment.flags, TcpFlag::ACK))
    fields.acknowledgment = static_cast<std::uint32_t>(connection->expected);
  fields.flags = step.segment.flags;
  fields.window = 65535;
  if (const Expression* offset = in(step.with, "TCP.sequence_offset")) {
    KARPSPEC_TRY(number, offset->source.integer());
    fields.sequence += static_cast<std::uint32_t>(number);
  }
  KARPSPEC_CHECK(set(step.with, "TCP.sequence", fields.sequence, context));
  KARPSPEC_CHECK(set(step.with, "TCP.acknowledgment", fields.acknowledgment, context));
  KARPSPEC_CHECK(set(step.with, "TCP.window", fields.window, context));
  if (step.data) {
    KARPSPEC_TRY(data, octets_of_value(*step.data, {}, context));
    fields.data = std::move(data);
  }
  if (step.options) {
    KARPSPEC_TRY(options, octets_of_value(*step.options, {}, context));
    fields.options = std::move(options);
  } else if (syn) {
    fields.options = {static_cast<std::uint8_t>(TcpOptionKind::MSS), 4, 0x05, 0xb4};
  }
  const std::size_t own_options = fields.options.size();

  const std::string mkt_name = step.mkt.empty() ? usual(connection) : step.mkt;
  std::optional<TesterMkt> mkt;
  std::uint8_t copies = 1, mac_octets = 0;
  std::size_t ao_at = 0;
  if (mkt_name != "none") {
    KARPSPEC_TRY(chosen, mkt_for(step, name, *connection, context));
    mkt = std::move(chosen);
    std::uint8_t key_id = mkt->send_id, r_next = mkt->recv_id;
    mac_octets = static_cast<std::uint8_t>(oracle::tcpao::mac_size(mkt->mac));
    KARPSPEC_CHECK(set(step.with, "AO.key_id", key_id, context));
    KARPSPEC_CHECK(set(step.with, "AO.r_next_key_id", r_next, context));
    KARPSPEC_CHECK(set(step.with, "AO.mac_size", mac_octets, context));
    KARPSPEC_CHECK(set(step.with, "AO.copies", copies, context));
    align(fields.options);
    ao_at = wire::tcp_header_size + fields.options.size();
    for (unsigned i = 0; i < copies; ++i) {
      append(fields.options, Octets{static_cast<std::uint8_t>(TcpOptionKind::AO),
                                    static_cast<std::uint8_t>(4 + mac_octets), key_id, r_next});
      fields.options.resize(fields.options.size() + mac_octets);
    }
  }
  std::size_t md5_at = 0;
  Octets md5_key;
  if (step.md5) {
    KARPSPEC_TRY(key, octets_of_value(*step.md5, {}, context));
    md5_key = std::move(key);
    align(fields.options);
    append(fields.options, Octets{nop, nop});
    md5_at = wire::tcp_header_size + fields.options.size();
    append(fields.options,
           Octets{static_cast<std::uint8_t>(TcpOptionKind::MD5), wire::tcp_md5_option_size});
    fields.options.resize(fields.options.size() + wire::tcp_md5_option_size - 2);
  }

  const auto put = [&](wire::TcpPacket& packet, std::size_t at, OctetView octets) {
    std::ranges::copy(octets, packet.segment.begin() + static_cast<std::ptrdiff_t>(at));
  };
  KARPSPEC_TRY(segment, wire::encode_tcp(fields));
  wire::TcpPacket packet{connection->local, connection->remote, std::move(segment)};
  KARPSPEC_TRY(header, wire::read_tcp_header(packet.segment));
  if (md5_at != 0)
    put(packet, md5_at + 2, oracle::tcpao::md5_signature(md5_key, packet, header));
  Octets mac;
  if (mkt) {
    const auto bound =
        step.keys_of.empty() ? connections_.find(name) : connections_.find(step.keys_of);
    if (bound == connections_.end())
      return fail(ErrorCode::not_found, "there is no connection '" + step.keys_of + "'");
    KARPSPEC_TRY(
        key, oracle::tcpao::traffic_key(
                 mkt->kdf, mkt->mac, mkt->key,
                 {packet.source, packet.destination, fields.source_port, fields.destination_port,
                  bound->second.isn, first ? 0 : bound->second.remote_isn.value_or(0)}));
    // Of a sequence number far from the next one, that which the receiver finds from the same
    // distance.
    std::uint32_t sne = 0;
    if (!syn) {
      const auto distance =
          static_cast<std::int32_t>(fields.sequence - static_cast<std::uint32_t>(connection->next));
      sne = static_cast<std::uint32_t>(
          (connection->next + static_cast<std::uint64_t>(std::int64_t{distance})) >> 32);
    }
    KARPSPEC_CHECK(set(step.with, "AO.sne", sne, context));
    const wire::TcpAoOption option{packet.segment[ao_at + 2], packet.segment[ao_at + 3], ao_at + 4,
                                   mac_octets};
    KARPSPEC_TRY(made, oracle::tcpao::segment_mac(mkt->mac, key.view(), mkt->covers_options, sne,
                                                  packet, header, option));
    mac.assign(made.view().begin(), made.view().end());
    mac.resize(std::min<std::size_t>(mac.size(), mac_octets));
    if (const Expression* given = in(step.with, "AO.mac")) {
      KARPSPEC_TRY(octets, octets_of_value(*given, mac, context));
      if (octets.size() != mac_octets)
        return given->source.error("the MAC has " + std::to_string(mac_octets) +
                                   " octets (AO.mac_size says otherwise)");
      mac = std::move(octets);
    }
  }
  if (!step.altered.empty()) {
    const Octets options(packet.segment.begin() + wire::tcp_header_size,
                         packet.segment.begin() + static_cast<std::ptrdiff_t>(header.size));
    fields.options = options;
    KARPSPEC_CHECK(alter(step.altered, fields, own_options, context));
    KARPSPEC_TRY(again, wire::encode_tcp(fields));
    packet.segment = std::move(again);
  }
  if (mkt)
    put(packet, ao_at + 4, mac);
  wire::set_tcp_checksum(packet);
  KARPSPEC_TRY(octets, wire::encode_ip(packet));
  if (!step.discarded) {
    connection->mkt = mkt_name;
    connection->next +=
        fields.data.size() + (syn ? 1 : 0) + (has(step.segment.flags, TcpFlag::FIN) ? 1 : 0);
  }
  return Built{std::move(packet), std::move(octets)};
}

}  // namespace karpspec::script
