#include "oracle/tcpao/checker.h"

#include <tuple>
#include <utility>

namespace karpspec::oracle::tcpao {

using wire::TcpFlag;

namespace {

SocketPair pair_of(const wire::TcpPacket& packet, const wire::TcpHeader& header,
                   bool sent_by_owner) {
  if (sent_by_owner)
    return {packet.source, packet.destination, header.source_port, header.destination_port};
  return {packet.destination, packet.source, header.destination_port, header.source_port};
}

Judgement unprotected() {
  return {Reason::unprotected, "nothing is configured for the connection", "", 0, 0, 0};
}

}  // namespace

bool Checker::concerns(const SocketPair& pair) const {
  return mkts_.any_for(pair) || !md5_keys_for(md5_, pair).empty();
}

Judgement Checker::judge_in(Known& known, bool from_low, const wire::TcpPacket& packet,
                            const wire::TcpHeader& header, Time time) {
  Inbound& inbound = from_low ? known.from_low : known.from_high;
  Inbound& other = from_low ? known.from_high : known.from_low;
  // A SYN-ACK says the ISN that it answers; its MAC shows whether that is so.
  const bool guessed = !inbound.destination_isn && header.has(TcpFlag::SYN);
  if (guessed)
    inbound.destination_isn = header.acknowledgment - 1;
  // The table's owner is the receiver, or, where the addresses do not fit so, the sender. Where
  // they fit both ways it is whoever the MAC says.
  Judgement judgement = unprotected();
  for (const bool sent_by_owner : {false, true}) {
    const SocketPair pair = pair_of(packet, header, sent_by_owner);
    if (!concerns(pair))
      continue;
    Judgement said = judge(packet, {mkts_, md5_, pair, sent_by_owner, time}, inbound);
    if (said.accepted() || judgement.reason == Reason::unprotected)
      judgement = std::move(said);
    if (judgement.accepted())
      break;
  }
  if (!judgement.accepted()) {
    if (guessed)
      inbound.destination_isn.reset();
    return judgement;
  }
  other.mode = inbound.mode;
  other.destination_isn = inbound.source_isn;
  if (guessed && header.has(TcpFlag::ACK)) {
    other.source_isn = inbound.destination_isn;
    other.extension.start(*inbound.destination_isn);
  } else if (guessed) {
    inbound.destination_isn.reset();
  }
  return judgement;
}

// Ports stand first, and say whether the segment should have been authentic.
Judgement Checker::judge_unreadable(const wire::TcpPacket& packet, Time time) const {
  wire::TcpHeader ports;
  if (packet.segment.size() >= 4) {
    ports.source_port = static_cast<std::uint16_t>(packet.segment[0] << 8 | packet.segment[1]);
    ports.destination_port = static_cast<std::uint16_t>(packet.segment[2] << 8 | packet.segment[3]);
  }
  Inbound inbound;
  for (const bool sent_by_owner : {false, true}) {
    SocketPair pair = pair_of(packet, ports, sent_by_owner);
    if (concerns(pair))
      return judge(packet, {mkts_, md5_, std::move(pair), sent_by_owner, time}, inbound);
  }
  return unprotected();
}

void Checker::remember(Known known) {
  connections_.push_front(std::move(known));
  places_.insert_or_assign(connections_.front().name, connections_.begin());
  if (connections_.size() > most_) {
    places_.erase(connections_.back().name);
    connections_.pop_back();
  }
}

Judgement Checker::check(const wire::TcpPacket& packet, Time time) {
  const auto header = wire::read_tcp_header(packet.segment);
  if (!header)
    return judge_unreadable(packet, time);
  Name name{packet.source, packet.destination, header->source_port, header->destination_port};
  const bool from_low = std::tie(packet.source, header->source_port) <=
                        std::tie(packet.destination, header->destination_port);
  if (!from_low) {
    std::swap(name.low, name.high);
    std::swap(name.low_port, name.high_port);
  }
  const auto place = places_.find(name);
  if (place == places_.end()) {
    Known fresh;
    fresh.name = name;
    Judgement judgement = judge_in(fresh, from_low, packet, *header, time);
    const bool learned = (from_low ? fresh.from_low : fresh.from_high).source_isn.has_value();
    if (judgement.accepted() && learned)
      remember(std::move(fresh));
    return judgement;
  }
  connections_.splice(connections_.begin(), connections_, place->second);
  Known& known = *place->second;
  const Inbound& inbound = from_low ? known.from_low : known.from_high;
  const bool syn = header->has(TcpFlag::SYN), ack = header->has(TcpFlag::ACK);
  if (syn && !ack && inbound.source_isn != header->sequence) {
    auto again = std::make_unique<Known>();
    again->name = known.name;
    Judgement judgement = judge_in(*again, from_low, packet, *header, time);
    if (judgement.accepted())
      known.again = std::move(again);
    return judgement;
  }
  if (syn && ack && known.again) {
    const Inbound& opener = from_low ? known.again->from_high : known.again->from_low;
    if (opener.source_isn && *opener.source_isn + 1 == header->acknowledgment) {
      Judgement judgement = judge_in(*known.again, from_low, packet, *header, time);
      if (judgement.accepted()) {
        Known answered = std::move(*known.again);
        known = std::move(answered);
      }
      return judgement;
    }
  }
  return judge_in(known, from_low, packet, *header, time);
}

}  // namespace karpspec::oracle::tcpao
