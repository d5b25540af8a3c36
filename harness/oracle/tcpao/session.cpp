#include "oracle/tcpao/session.h"

#include <algorithm>

#include "base/reader.h"
#include "base/writer.h"

namespace karpspec::oracle::tcpao {
namespace {

// RFC 4271 section 4.1: marker (16) | length (2) | type (1).
constexpr std::size_t message_header = 19;
constexpr std::size_t longest_message = 4096;
enum : std::uint8_t { open_message = 1, update_message = 2, keepalive_message = 4 };

void move_to(TcpConnection::Out& to, TcpConnection::Out&& from) {
  std::ranges::move(from, std::back_inserter(to));
}

std::optional<Time> earlier(std::optional<Time> a, std::optional<Time> b) {
  return !a || (b && *b < *a) ? b : a;
}

}  // namespace

std::uint64_t Session::Counters::refused_in_all() const {
  std::uint64_t sum = 0;
  for (const auto& [reason, count] : refused)
    sum += count;
  return sum;
}

std::uint64_t Session::current_key() const {
  return connection_ ? connection_->protection().current_key() : 0;
}

bool Session::is_for(const TcpConnection& connection, const wire::TcpHeader& header) const {
  const SocketPair& pair = connection.protection().pair();
  return header.destination_port == pair.local_port && header.source_port == pair.remote_port;
}

void Session::note(const Judgement& judgement) {
  if (judgement.accepted()) {
    ++counters_.accepted;
    return;
  }
  ++counters_.refused[judgement.reason];
  last_refusal_ = judgement;
}

void Session::send_message(std::uint8_t type, OctetView body, Out& out, const Protection& by,
                           Time now) {
  Writer message;
  message.octets(Octets(16, 0xff), "marker");
  message.u16(static_cast<std::uint16_t>(message_header + body.size()), "length");
  message.u8(type, "type");
  message.octets(body, "body");
  move_to(out, connection_->send(message.written(), by, now));
  keepalive_at_ = now + config_.keepalive;
}

void Session::came_up(Out& out, const Protection& by, Time now) {
  unread_.clear();
  open_received_ = false;
  update_sent_ = update_received_ = 0;
  hold_until_ = now + config_.hold;
  send_message(open_message, Octets(10), out, by, now);
  send_message(keepalive_message, {}, out, by, now);
}

void Session::went_down(Time now) {
  if (open_received_)
    ++counters_.lost;
  connection_.reset();
  open_received_ = false;
  hold_until_.reset();
  keepalive_at_.reset();
  connect_at_ = now + config_.retry;
}

void Session::read_messages(OctetView data, Time now) {
  append(unread_, data);
  while (unread_.size() >= message_header) {
    const std::size_t size = std::size_t{unread_[16]} << 8 | unread_[17];
    if (size < message_header || size > longest_message) {
      ++counters_.disorder;
      unread_.clear();
      return;
    }
    if (unread_.size() < size)
      return;
    hold_until_ = now + config_.hold;
    const std::uint8_t type = unread_[18];
    if (type == open_message && !open_received_) {
      open_received_ = true;
      ++counters_.sessions;
    } else if (type == update_message && open_received_) {
      Reader body(OctetView(unread_).subspan(message_header, size - message_header));
      const auto number = body.u64("number");
      ++counters_.updates;
      if (!number || *number != ++update_received_)
        ++counters_.disorder;
    } else if (type != keepalive_message) {
      ++counters_.disorder;
    }
    unread_.erase(unread_.begin(), unread_.begin() + static_cast<std::ptrdiff_t>(size));
  }
}

void Session::take(TcpConnection::Received received, Out& out, const Protection& by, Time now) {
  note(received.judgement);
  move_to(out, std::move(received.out));
  if (connection_->state() == TcpConnection::State::closed) {
    went_down(now);
    return;
  }
  if (connection_->state() == TcpConnection::State::established && !hold_until_)
    came_up(out, by, now);
  read_messages(received.data, now);
}

Session::Out Session::receive(const wire::TcpPacket& packet, const Protection& by, Time now) {
  Out out;
  const auto header = wire::read_tcp_header(packet.segment);
  if (!header) {
    note({Reason::header, header.error().message, "TCP header", header.error().offset.value_or(0),
          0, 0});
    return out;
  }
  if (connection_ && is_for(*connection_, *header)) {
    take(connection_->receive(packet, by, now), out, by, now);
    return out;
  }
  const bool first = header->has(wire::TcpFlag::SYN) && !header->has(wire::TcpFlag::ACK);
  if (!arriving_ || !is_for(*arriving_, *header)) {
    if (config_.opens || !first || header->destination_port != config_.port) {
      // No reset: without the keys of the connection nobody could tell it from a forged one.
      ++counters_.no_connection;
      return out;
    }
    TcpConnection fresh({config_.local, config_.remote, config_.port, header->source_port},
                        static_cast<std::uint32_t>(random_.u64()), config_.tcp);
    auto received = fresh.receive(packet, by, now);
    note(received.judgement);
    if (received.judgement.accepted()) {
      move_to(out, std::move(received.out));
      arriving_ = std::move(fresh);
    }
    return out;
  }
  auto received = arriving_->receive(packet, by, now);
  if (arriving_->state() == TcpConnection::State::established) {
    if (connection_)
      went_down(now);
    connection_ = std::move(arriving_);
    arriving_.reset();
    take(std::move(received), out, by, now);
    return out;
  }
  note(received.judgement);
  move_to(out, std::move(received.out));
  if (arriving_->state() == TcpConnection::State::closed)
    arriving_.reset();
  return out;
}

Session::Out Session::tick(const Protection& by, Time now) {
  Out out;
  for (auto* connection : {&connection_, &arriving_})
    if (*connection)
      move_to(out, (*connection)->tick(by, now));
  if (arriving_ && arriving_->state() == TcpConnection::State::closed)
    arriving_.reset();
  if (connection_ && hold_until_ && *hold_until_ <= now)
    move_to(out, connection_->abort(by, now));
  if (connection_ && connection_->state() == TcpConnection::State::closed)
    went_down(now);
  if (connection_ && keepalive_at_ && *keepalive_at_ <= now)
    send_message(keepalive_message, {}, out, by, now);
  if (config_.opens && !connection_ && connect_at_ <= now) {
    connect_at_ = now + config_.retry;
    const auto port = static_cast<std::uint16_t>(49152 + random_.u64() % 16384);
    const SocketPair pair{config_.local, config_.remote, port, config_.port};
    // Nothing is sent before there is a key (profile P-28).
    if (by.mkts.newest_to_send(pair, now) != nullptr || !md5_keys_for(by.md5, pair).empty()) {
      connection_.emplace(pair, static_cast<std::uint32_t>(random_.u64()), config_.tcp);
      move_to(out, connection_->start(by, now));
    }
  }
  return out;
}

std::optional<Time> Session::deadline() const {
  std::optional<Time> next;
  for (const auto* connection : {&connection_, &arriving_})
    if (*connection)
      next = earlier(next, (*connection)->deadline());
  if (connection_)
    return earlier(earlier(next, hold_until_), keepalive_at_);
  return config_.opens ? earlier(next, connect_at_) : next;
}

Session::Out Session::update(std::size_t size, const Protection& by, Time now) {
  Out out;
  if (!up())
    return out;
  Writer body;
  body.u64(++update_sent_, "number");
  body.octets(random_.octets(std::min(size, longest_message - message_header - 8)), "routes");
  send_message(update_message, body.written(), out, by, now);
  return out;
}

Session::Out Session::keys_changed(const Protection& by, Time now) {
  Out out;
  if (connection_ && connection_->state() == TcpConnection::State::established)
    send_message(keepalive_message, {}, out, by, now);
  return out;
}

}  // namespace karpspec::oracle::tcpao
