#include "oracle/tcpao/tcp_connection.h"

#include <algorithm>

namespace karpspec::oracle::tcpao {
namespace {

using wire::TcpFlag;

constexpr std::uint8_t bit(TcpFlag flag) {
  return static_cast<std::uint8_t>(flag);
}
constexpr std::uint8_t SYN = bit(TcpFlag::SYN), ACK = bit(TcpFlag::ACK), RST = bit(TcpFlag::RST),
                       PSH = bit(TcpFlag::PSH);

// How far TO is ahead of FROM on the circle of sequence numbers.
std::int32_t ahead(std::uint32_t to, std::uint32_t from) {
  return static_cast<std::int32_t>(to - from);
}

}  // namespace

TcpConnection::TcpConnection(SocketPair pair, std::uint32_t isn, TcpHabits habits)
    : connection_(std::move(pair), habits.protection),
      habits_(habits),
      unacknowledged_(isn),
      next_(isn),
      timeout_(habits.first_timeout) {
  connection_.set_isn(isn);
}

void TcpConnection::emit(Out& out, std::uint8_t flags, std::uint32_t sequence, Octets data,
                         const Protection& by, Time now) {
  wire::TcpFields fields;
  fields.source_port = connection_.pair().local_port;
  fields.destination_port = connection_.pair().remote_port;
  fields.sequence = sequence;
  fields.acknowledgment = (flags & ACK) != 0 ? expected_ : 0;
  fields.flags = flags;
  fields.window = static_cast<std::uint16_t>(std::min<std::size_t>(habits_.window, 65535));
  if ((flags & SYN) != 0) {
    fields.options = {static_cast<std::uint8_t>(wire::TcpOptionKind::MSS), 4,
                      static_cast<std::uint8_t>(habits_.mss >> 8),
                      static_cast<std::uint8_t>(habits_.mss)};
  }
  fields.data = std::move(data);
  // What cannot be protected is not sent (profile P-28); the timer tries again.
  if (auto packet = connection_.protect(std::move(fields), by.mkts, by.md5, now))
    out.push_back(*std::move(packet));
}

void TcpConnection::emit_ack(Out& out, const Protection& by, Time now) {
  emit(out, ACK, next_, {}, by, now);
}

TcpConnection::Out TcpConnection::start(const Protection& by, Time now) {
  Out out;
  state_ = State::syn_sent;
  emit(out, SYN, next_, {}, by, now);
  ++next_;
  set_timeout(now);
  return out;
}

void TcpConnection::push(Out& out, const Protection& by, Time now) {
  const auto in_flight = [&] { return static_cast<std::size_t>(next_ - unacknowledged_); };
  while (in_flight() < std::min(queue_.size(), habits_.window)) {
    const std::size_t at = in_flight();
    const std::size_t size = std::min({habits_.mss, queue_.size() - at, habits_.window - at});
    const OctetView data = OctetView(queue_).subspan(at, size);
    emit(out, ACK | PSH, next_, Octets(data.begin(), data.end()), by, now);
    next_ += static_cast<std::uint32_t>(size);
    if (!timeout_at_)
      set_timeout(now);
  }
}

TcpConnection::Out TcpConnection::send(OctetView data, const Protection& by, Time now) {
  Out out;
  append(queue_, data);
  if (state_ == State::established)
    push(out, by, now);
  return out;
}

TcpConnection::Out TcpConnection::abort(const Protection& by, Time now) {
  Out out;
  if (state_ == State::established || state_ == State::syn_received)
    emit(out, RST | ACK, next_, {}, by, now);
  state_ = State::closed;
  timeout_at_.reset();
  return out;
}

TcpConnection::Out TcpConnection::tick(const Protection& by, Time now) {
  Out out;
  if (!timeout_at_ || *timeout_at_ > now)
    return out;
  if (++tries_ > habits_.tries) {
    state_ = State::closed;
    timeout_at_.reset();
    return out;
  }
  timeout_ = std::min(timeout_ * 2, habits_.longest_timeout);
  set_timeout(now);
  switch (state_) {
    case State::closed:
      timeout_at_.reset();
      break;
    case State::syn_sent:
      emit(out, SYN, unacknowledged_, {}, by, now);
      break;
    case State::syn_received:
      emit(out, SYN | ACK, unacknowledged_, {}, by, now);
      break;
    case State::established:
      next_ = unacknowledged_;
      push(out, by, now);
      break;
  }
  return out;
}

// What a segment that is discarded brings about where it should bring about nothing.
void TcpConnection::misbehave(Received& received, const Protection& by, Time now) {
  if (state_ != State::established || !received.judgement.refused())
    return;
  if (habits_.protection.wrong == Habit::answers_bad)
    emit_ack(received.out, by, now);
  if (habits_.protection.wrong == Habit::resets_bad)
    received.out = abort(by, now);
}

void TcpConnection::take_ack(std::uint32_t acknowledgment, Time now) {
  const std::int32_t fresh = ahead(acknowledgment, unacknowledged_);
  // What was sent before going back counts too.
  if (fresh <= 0 || static_cast<std::size_t>(fresh) > queue_.size())
    return;
  queue_.erase(queue_.begin(), queue_.begin() + fresh);
  unacknowledged_ = acknowledgment;
  if (ahead(next_, unacknowledged_) < 0)
    next_ = unacknowledged_;
  tries_ = 0;
  timeout_ = habits_.first_timeout;
  timeout_at_.reset();
  if (next_ != unacknowledged_)
    set_timeout(now);
}

void TcpConnection::in_syn_sent(const wire::TcpHeader& header, Received& received,
                                const Protection& by, Time now) {
  if (!header.has(TcpFlag::SYN) || !header.has(TcpFlag::ACK) || header.acknowledgment != next_)
    return;
  expected_ = header.sequence + 1;
  unacknowledged_ = next_;
  state_ = State::established;
  tries_ = 0;
  timeout_ = habits_.first_timeout;
  timeout_at_.reset();
  emit_ack(received.out, by, now);
  push(received.out, by, now);
}

void TcpConnection::in_syn_received(const wire::TcpHeader& header, Received& received,
                                    const Protection& by, Time now) {
  if (header.has(TcpFlag::SYN) && header.sequence + 1 == expected_) {
    emit(received.out, SYN | ACK, unacknowledged_, {}, by, now);
    return;
  }
  if (!header.has(TcpFlag::ACK) || header.acknowledgment != next_)
    return;
  unacknowledged_ = next_;
  state_ = State::established;
  tries_ = 0;
  timeout_ = habits_.first_timeout;
  timeout_at_.reset();
  push(received.out, by, now);
}

void TcpConnection::in_established(const wire::TcpHeader& header, OctetView data,
                                   Received& received, const Protection& by, Time now) {
  if (header.has(TcpFlag::SYN)) {
    // A SYN-ACK that came again, or somebody's replay: RFC 5961 section 4 answers both.
    emit_ack(received.out, by, now);
    return;
  }
  if (header.has(TcpFlag::ACK))
    take_ack(header.acknowledgment, now);
  if (!data.empty()) {
    const std::int32_t known = ahead(expected_, header.sequence);
    if (habits_.protection.wrong == Habit::delivers_again && known > 0)
      received.data.assign(data.begin(), data.end());
    if (known >= 0 && static_cast<std::size_t>(known) < data.size()) {
      const OctetView fresh = data.subspan(static_cast<std::size_t>(known));
      received.data.assign(fresh.begin(), fresh.end());
      expected_ += static_cast<std::uint32_t>(fresh.size());
    }
    emit_ack(received.out, by, now);
  }
  push(received.out, by, now);
}

TcpConnection::Received TcpConnection::receive(const wire::TcpPacket& packet, const Protection& by,
                                               Time now) {
  Received received;
  received.judgement = connection_.receive(packet, by.mkts, by.md5, now);
  const bool plain =
      received.judgement.reason == Reason::unprotected && habits_.protection.permits_plain;
  if (!received.judgement.accepted() && !plain) {
    misbehave(received, by, now);
    return received;
  }
  const auto header = wire::read_tcp_header(packet.segment);
  if (!header)
    return received;
  const OctetView data = OctetView(packet.segment).subspan(header->size);
  if (header->has(TcpFlag::RST)) {
    if (state_ != State::closed && header->sequence == expected_) {
      state_ = State::closed;
      timeout_at_.reset();
    }
    return received;
  }
  switch (state_) {
    case State::closed:
      if (!header->has(TcpFlag::SYN) || header->has(TcpFlag::ACK))
        break;
      expected_ = header->sequence + 1;
      state_ = State::syn_received;
      emit(received.out, SYN | ACK, next_, {}, by, now);
      ++next_;
      set_timeout(now);
      break;
    case State::syn_sent:
      in_syn_sent(*header, received, by, now);
      break;
    case State::syn_received:
      in_syn_received(*header, received, by, now);
      if (state_ == State::established && !data.empty())
        in_established(*header, data, received, by, now);
      break;
    case State::established:
      in_established(*header, data, received, by, now);
      break;
  }
  return received;
}

}  // namespace karpspec::oracle::tcpao
