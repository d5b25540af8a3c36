#include "oracle/tcpao/connection.h"

#include <algorithm>

namespace karpspec::oracle::tcpao {
namespace {

constexpr auto nop = static_cast<std::uint8_t>(wire::TcpOptionKind::NOP);

bool has(const wire::TcpFields& fields, wire::TcpFlag flag) {
  return (fields.flags & static_cast<std::uint8_t>(flag)) != 0;
}

// The one of SIZE octets that was just put there. What stands before it may be wrong, so that it is
// read as part of something else.
Result<wire::TcpOption> last_option(const wire::TcpHeader& header, wire::TcpOptionKind kind,
                                    std::size_t size) {
  if (header.options.empty() || !header.options.back().is(kind) ||
      header.options.back().size != size || header.options.back().offset + size != header.size) {
    return fail(ErrorCode::bad_value, "the options end before the one that authenticates");
  }
  return header.options.back();
}

void align(Octets& options) {
  while (options.size() % 4 != 0)
    options.push_back(nop);
}

}  // namespace

void Connection::set_isn(std::uint32_t isn) {
  inbound_.destination_isn = isn;
  sent_.start(isn);
}

void Connection::choose_current(std::uint64_t number) {
  if (habits_.wrong != Habit::current_ignored)
    current_ = number;
}

const Mkt* Connection::current_to_send(const Mkts& mkts, Time now) {
  const Mkt* current = mkts.find(current_);
  // A key whose row has gone, or may not send any more, makes room for the newest (profile P-82).
  if (current == nullptr || !current->may_send(now))
    current = mkts.newest_to_send(pair_, now);
  current_ = current == nullptr ? 0 : current->number;
  if (habits_.keys_by_application && mkts.find(rnext_) == nullptr)
    rnext_ = current_;
  return current;
}

const Mkt* Connection::wanted_next(const Mkts& mkts, Time now) const {
  return habits_.keys_by_application ? mkts.find(rnext_) : mkts.newest_to_accept(pair_, now);
}

Result<wire::TcpPacket> Connection::unprotected(const wire::TcpFields& fields) const {
  KARPSPEC_TRY(segment, wire::encode_tcp(fields));
  wire::TcpPacket packet{pair_.local, pair_.remote, std::move(segment)};
  wire::set_tcp_checksum(packet);
  return packet;
}

Result<wire::TcpPacket> Connection::protect(wire::TcpFields fields, const Mkts& mkts,
                                            const Md5Keys& md5, Time now) {
  const auto keys = md5_keys_for(md5, pair_);
  if (inbound_.mode == Inbound::Mode::undecided && habits_.permits_plain && keys.empty() &&
      !mkts.any_for(pair_)) {
    inbound_.mode = Inbound::Mode::none;
  }
  const bool answers_syn = has(fields, wire::TcpFlag::SYN) && has(fields, wire::TcpFlag::ACK);
  const bool only_ack =
      fields.flags == static_cast<std::uint8_t>(wire::TcpFlag::ACK) && fields.data.empty();
  if (inbound_.mode == Inbound::Mode::none ||
      (habits_.wrong == Habit::replies_unprotected && answers_syn) ||
      (habits_.wrong == Habit::acks_unprotected && only_ack)) {
    return unprotected(fields);
  }
  if (inbound_.mode == Inbound::Mode::undecided && habits_.wrong == Habit::md5_first &&
      !keys.empty())
    inbound_.mode = Inbound::Mode::md5;
  if (inbound_.mode == Inbound::Mode::undecided)
    inbound_.mode = mkts.newest_to_send(pair_, now) != nullptr || keys.empty() ? Inbound::Mode::ao
                                                                               : Inbound::Mode::md5;
  if (inbound_.mode == Inbound::Mode::ao)
    return protect_ao(std::move(fields), mkts, now);
  if (keys.empty())
    return fail(ErrorCode::not_found, "no TCP MD5 key for " + pair_.remote.to_text());
  align(fields.options);
  append(fields.options, Octets{nop, nop, static_cast<std::uint8_t>(wire::TcpOptionKind::MD5),
                                wire::tcp_md5_option_size});
  fields.options.resize(fields.options.size() + 16);
  KARPSPEC_TRY(segment, wire::encode_tcp(fields));
  wire::TcpPacket packet{pair_.local, pair_.remote, std::move(segment)};
  KARPSPEC_TRY(header, wire::read_tcp_header(packet.segment));
  KARPSPEC_TRY(option, last_option(header, wire::TcpOptionKind::MD5, wire::tcp_md5_option_size));
  std::ranges::copy(md5_signature(keys.front()->view(), packet, header),
                    packet.segment.begin() + static_cast<std::ptrdiff_t>(option.offset + 2));
  wire::set_tcp_checksum(packet);
  return packet;
}

// RFC 5925 section 7.4.
Result<wire::TcpPacket> Connection::protect_ao(wire::TcpFields fields, const Mkts& mkts, Time now) {
  const Mkt* current = current_to_send(mkts, now);
  if (current == nullptr)
    return fail(ErrorCode::not_found, "no MKT may send to " + pair_.remote.to_text());
  const Mkt* next = wanted_next(mkts, now);
  if (next == nullptr || habits_.wrong == Habit::r_next_fixed)
    next = current;
  align(fields.options);
  const std::size_t size = 4 + mac_size(current->auth_alg);
  append(fields.options,
         Octets{static_cast<std::uint8_t>(wire::TcpOptionKind::AO), static_cast<std::uint8_t>(size),
                habits_.wrong == Habit::ids_swapped ? current->recv_id : current->send_id,
                habits_.wrong == Habit::r_next_is_send_id ? next->send_id : next->recv_id});
  fields.options.resize(fields.options.size() + mac_size(current->auth_alg));
  KARPSPEC_TRY(segment, wire::encode_tcp(fields));
  wire::TcpPacket packet{pair_.local, pair_.remote, std::move(segment)};
  KARPSPEC_TRY(header, wire::read_tcp_header(packet.segment));
  KARPSPEC_TRY(option, last_option(header, wire::TcpOptionKind::AO, size));
  KARPSPEC_TRY(ao, wire::read_tcp_ao(packet.segment, option));

  const bool syn = has(fields, wire::TcpFlag::SYN);
  const bool first = syn && !has(fields, wire::TcpFlag::ACK);
  const auto remote_isn = first ? std::optional(0U) : inbound_.source_isn;
  if (!inbound_.destination_isn || !remote_isn)
    return fail(ErrorCode::internal, "a segment before the initial sequence numbers");
  std::erase_if(send_keys_, [&](const auto& key) { return mkts.find(key.first) == nullptr; });
  Secret made;
  const Secret* key = nullptr;
  if (const auto kept = send_keys_.find(current->number); !syn && kept != send_keys_.end()) {
    key = &kept->second;
  } else {
    const KeyContext context = bound_by({pair_.local, pair_.remote, pair_.local_port,
                                         pair_.remote_port, *inbound_.destination_isn, *remote_isn},
                                        syn && !first, habits_.wrong);
    KARPSPEC_TRY(derived,
                 traffic_key(current->kdf, current->auth_alg, current->row.key.view(), context));
    made = std::move(derived);
    key =
        syn ? &made : &send_keys_.insert_or_assign(current->number, std::move(made)).first->second;
  }
  const std::uint32_t sne = syn || habits_.wrong == Habit::sne_zero ? 0 : sent_.of(fields.sequence);
  KARPSPEC_TRY(mac, segment_mac(current->auth_alg, key->view(), current->covers_options, sne,
                                packet, header, ao));
  std::ranges::copy(mac.view(),
                    packet.segment.begin() + static_cast<std::ptrdiff_t>(ao.mac_offset));
  sent_.advance(fields.sequence);
  wire::set_tcp_checksum(packet);
  return packet;
}

Judgement Connection::receive(const wire::TcpPacket& packet, const Mkts& mkts, const Md5Keys& md5,
                              Time now) {
  inbound_.forget_keys(mkts);
  const Judgement judgement =
      judge(packet, {mkts, md5, pair_, false, now, habits_.wrong, current_, rnext_}, inbound_);
  if (judgement.reason == Reason::unprotected && habits_.permits_plain)
    inbound_.mode = Inbound::Mode::none;
  const bool forged = habits_.wrong == Habit::r_next_of_forged && judgement.reason == Reason::mac;
  if ((judgement.accepted() || forged) && inbound_.mode == Inbound::Mode::ao)
    follow_r_next(packet, judgement, mkts, now);
  return judgement;
}

// RFC 5925 section 7.5, step 2e; and section 6.1: who accepts a connection begins with the key of
// the SYN.
void Connection::follow_r_next(const wire::TcpPacket& packet, const Judgement& judgement,
                               const Mkts& mkts, Time now) {
  if (mkts.find(current_) == nullptr || habits_.wrong == Habit::follows_key_id)
    current_ = judgement.mkt;
  if (habits_.keys_by_application && mkts.find(rnext_) == nullptr)
    rnext_ = judgement.mkt;
  if (habits_.wrong == Habit::r_next_ignored || habits_.wrong == Habit::follows_key_id)
    return;
  const auto header = wire::read_tcp_header(packet.segment);
  const auto* option = header ? header->find(wire::TcpOptionKind::AO) : nullptr;
  const auto ao = option == nullptr ? fail(ErrorCode::internal, "")
                                    : wire::read_tcp_ao(packet.segment, *option);
  if (!ao)
    return;
  const Mkt* current = mkts.find(current_);
  if (current != nullptr && current->send_id == ao->r_next_key_id)
    return;
  const Mkt* wanted = mkts.find(pair_, Mkts::Which::send_id, ao->r_next_key_id, now);
  if (wanted == nullptr && habits_.wrong == Habit::r_next_unknown_obeyed)
    for (const Mkt& other : mkts.all())
      if (other.number != current_ && other.connection.matches(pair_))
        wanted = &other;
  // One that is not there, or may not be used yet, asks for nothing.
  if (wanted != nullptr && wanted->may_send(now))
    current_ = wanted->number;
}

}  // namespace karpspec::oracle::tcpao
