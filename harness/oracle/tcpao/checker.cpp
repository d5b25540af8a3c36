#include "oracle/tcpao/checker.h"

#include <tuple>
#include <utility>

namespace karpspec::oracle::tcpao {

using wire::TcpFlag;

Judgement Checker::judge_as(const wire::TcpPacket& packet, const wire::TcpHeader& header,
                            bool sent_by_owner, Inbound& inbound, Time time) const {
  SocketPair pair{packet.destination, packet.source, header.destination_port, header.source_port};
  if (sent_by_owner)
    pair = {packet.source, packet.destination, header.source_port, header.destination_port};
  return judge(packet, {mkts_, md5_, pair, sent_by_owner, time}, inbound);
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
  Judgement judgement = judge_as(packet, header, false, inbound, time);
  if (!judgement.accepted() && judgement.reason != Reason::header) {
    Judgement as_sender = judge_as(packet, header, true, inbound, time);
    if (as_sender.accepted() || judgement.reason == Reason::unprotected)
      judgement = std::move(as_sender);
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
    return judge(packet, {mkts_, md5_, {}, false, time}, std::make_unique<Inbound>().operator*());
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
