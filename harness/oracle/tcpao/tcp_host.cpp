#include "oracle/tcpao/tcp_host.h"

#include <algorithm>

namespace karpspec::oracle::tcpao {
namespace {

constexpr std::size_t short_key = 16;
constexpr std::size_t most_key_octets = 255;  // as many as a row has (profile P-150)

tl::unexpected<Error> no_connection(const wire::IpAddress& remote, std::uint16_t port) {
  return fail(ErrorCode::not_found, "there is no such connection with " + remote.to_text() +
                                        " port " + std::to_string(port));
}

}  // namespace

TcpHost::TcpHost(std::vector<wire::IpAddress> addresses, Random& random, Habit habit)
    : addresses_(std::move(addresses)), random_(&random), habit_(habit) {}

TcpHabits TcpHost::habits() const {
  TcpHabits out;
  out.protection = {habit_, true, true};
  return out;
}

// What a habit makes of an MKT.
void TcpHost::deform(Mkt& mkt) const {
  const auto resize = [&](std::size_t size) {
    Secret other(size);
    const OctetView key = mkt.row.key.view();
    std::ranges::copy(key.first(std::min(size, key.size())), other.writable().begin());
    mkt.row.key = std::move(other);
  };
  SocketPattern& sockets = mkt.connection.sockets;
  switch (habit_) {
    case Habit::options_covered:
      mkt.covers_options = true;
      break;
    case Habit::options_left_out:
      mkt.covers_options = false;
      break;
    case Habit::long_keys_cut:
      if (mkt.row.key.size() > short_key)
        resize(short_key);
      break;
    case Habit::short_keys_padded:
      if (mkt.row.key.size() < short_key)
        resize(short_key);
      break;
    case Habit::one_algorithm:
      mkt.auth_alg = wire::TcpAoAuthAlg::HMAC_SHA_1_96;
      mkt.kdf = wire::TcpAoKdf::KDF_HMAC_SHA1;
      break;
    case Habit::mkt_for_all:
      sockets = {};
      break;
    case Habit::mkt_port_ignored:
      sockets.local_port = sockets.remote_port = {};
      break;
    case Habit::mkt_prefix_ignored:
      for (AddressPattern* pattern : {&sockets.local, &sockets.remote})
        if (!pattern->any())
          if (auto exact = AddressPattern::from_text(pattern->address()->to_text()))
            *pattern = *std::move(exact);
      break;
    default:
      break;
  }
}

Result<void> TcpHost::add(Mkt mkt) {
  if (mkt.row.key.empty())
    return fail(ErrorCode::bad_value, "key: an MKT has one");
  if (mkt.row.key.size() > most_key_octets)
    return fail(ErrorCode::bad_value,
                "key: longer than " + std::to_string(most_key_octets) + " octets");
  if (std::ranges::any_of(mkts_.all(), [&](const Mkt& other) { return other.name == mkt.name; }))
    return fail(ErrorCode::bad_value, "name: there is an MKT '" + mkt.name + "'");
  mkt.row.admin_key_name = mkt.name;
  deform(mkt);
  const auto at_an_end = [](std::uint8_t id) { return id == 0 || id == 255; };
  if (habit_ == Habit::ids_reserved && (at_an_end(mkt.send_id) || at_an_end(mkt.recv_id)))
    return fail(ErrorCode::bad_value, "send_id, recv_id: 0 and 255 are reserved");
  if (habit_ == Habit::same_ids_taken) {
    mkts_.add_unchecked(std::move(mkt));
    return {};
  }
  return mkts_.add(std::move(mkt));
}

Result<void> TcpHost::remove(std::string_view name) {
  if (std::ranges::none_of(mkts(), [&](const Mkt* mkt) { return mkt->name == name; }))
    return fail(ErrorCode::not_found, "there is no MKT '" + std::string(name) + "'");
  if (habit_ == Habit::keeps_removed)
    hidden_.emplace(name);
  else
    mkts_.remove(name);
  return {};
}

void TcpHost::set_md5(const wire::IpAddress& remote, Secret key) {
  md5_.erase(remote);
  if (!key.empty())
    md5_.emplace(remote, Md5Key{std::move(key), 0});
}

std::vector<const Mkt*> TcpHost::mkts() const {
  std::vector<const Mkt*> out;
  for (const Mkt& mkt : mkts_.all())
    if (!hidden_.contains(mkt.name))
      out.push_back(&mkt);
  return out;
}

Result<void> TcpHost::listen(std::uint16_t port) {
  if (!ports_.insert(port).second)
    return fail(ErrorCode::bad_value, "port: connections are accepted there already");
  return {};
}

TcpHost::Held* TcpHost::find(const SocketPair& pair) {
  const auto found =
      std::find_if(connections_.rbegin(), connections_.rend(),
                   [&](const Held& held) { return held.connection.protection().pair() == pair; });
  return found == connections_.rend() ? nullptr : &*found;
}

TcpHost::Held* TcpHost::find(const wire::IpAddress& remote, std::uint16_t remote_port) {
  const auto found =
      std::find_if(connections_.rbegin(), connections_.rend(), [&](const Held& held) {
        const SocketPair& pair = held.connection.protection().pair();
        return pair.remote == remote && pair.remote_port == remote_port;
      });
  return found == connections_.rend() ? nullptr : &*found;
}

Result<TcpHost::Out> TcpHost::connect(const wire::IpAddress& remote, std::uint16_t remote_port,
                                      std::uint16_t local_port, Time now) {
  constexpr std::uint16_t first_free = 49152;
  const auto own = std::ranges::find_if(addresses_, [&](const wire::IpAddress& address) {
    return address.is_v4() == remote.is_v4();
  });
  if (own == addresses_.end())
    return fail(ErrorCode::bad_value, "remote.address: we have no address of its family");
  if (local_port == 0)
    local_port = static_cast<std::uint16_t>(first_free + random_->u64() % (65536 - first_free));
  const SocketPair pair{*own, remote, local_port, remote_port};
  if (const Held* there = find(pair);
      there != nullptr && there->connection.state() != TcpConnection::State::closed) {
    return fail(ErrorCode::bad_value, "such a connection stands already");
  }
  std::erase_if(connections_,
                [&](const Held& held) { return held.connection.protection().pair() == pair; });
  if (connections_.size() >= most_connections)
    return fail(ErrorCode::bad_value, "too many connections");
  connections_.push_back(
      {TcpConnection(pair, static_cast<std::uint32_t>(random_->u64()), habits()), {}, 0, 0});
  return connections_.back().connection.start(protection(), now);
}

Result<TcpHost::Out> TcpHost::send(const wire::IpAddress& remote, std::uint16_t remote_port,
                                   OctetView data, Time now) {
  Held* held = find(remote, remote_port);
  if (held == nullptr || held->connection.state() != TcpConnection::State::established)
    return no_connection(remote, remote_port);
  return held->connection.send(data, protection(), now);
}

Result<void> TcpHost::choose_keys(const wire::IpAddress& remote, std::uint16_t remote_port,
                                  std::optional<std::uint8_t> current,
                                  std::optional<std::uint8_t> rnext, Time now) {
  Held* held = find(remote, remote_port);
  if (held == nullptr)
    return no_connection(remote, remote_port);
  const SocketPair& pair = held->connection.protection().pair();
  for (const auto& [id, which] :
       {std::pair(current, Mkts::Which::send_id), {rnext, Mkts::Which::recv_id}}) {
    if (!id)
      continue;
    const Mkt* mkt = mkts_.find(pair, which, *id, now);
    if (mkt == nullptr)
      return fail(ErrorCode::not_found,
                  "no MKT of the connection has the ID " + std::to_string(unsigned{*id}));
    if (which == Mkts::Which::send_id)
      held->connection.protection().choose_current(mkt->number);
    else
      held->connection.protection().choose_rnext(mkt->number);
  }
  return {};
}

Result<TcpHost::Out> TcpHost::close(const wire::IpAddress& remote, std::uint16_t remote_port,
                                    Time now) {
  Held* held = find(remote, remote_port);
  if (held == nullptr)
    return no_connection(remote, remote_port);
  return held->connection.abort(protection(), now);
}

Result<void> TcpHost::close_port(std::uint16_t port) {
  if (ports_.erase(port) == 0)
    return fail(ErrorCode::not_found, "port: no connections are accepted there");
  return {};
}

std::vector<TcpConnectionInfo> TcpHost::connections() const {
  std::vector<TcpConnectionInfo> out;
  for (const Held& held : connections_) {
    const Connection& by = held.connection.protection();
    out.push_back({by.pair(), held.connection.state(), mkts_.find(by.current_key()),
                   mkts_.find(by.rnext_key()), held.received, held.good, held.bad});
  }
  return out;
}

void TcpHost::take(Held& held, TcpConnection::Received received, Out& out) {
  if (received.judgement.refused())
    ++held.bad;
  else
    ++held.good;
  append(held.received, received.data);
  out.insert(out.end(), std::make_move_iterator(received.out.begin()),
             std::make_move_iterator(received.out.end()));
}

TcpHost::Out TcpHost::receive(const wire::TcpPacket& packet, Time now) {
  if (habit_ == Habit::overrun_passed && !wire::read_tcp_header(packet.segment) &&
      packet.segment.size() > wire::tcp_header_size && wire::tcp_checksum_holds(packet)) {
    wire::TcpPacket passed = packet;
    const std::size_t end =
        std::min<std::size_t>(passed.segment.size(), (passed.segment[12] >> 4U) * 4U);
    for (std::size_t at = wire::tcp_header_size; at < end; ++at)
      passed.segment[at] = static_cast<std::uint8_t>(wire::TcpOptionKind::NOP);
    wire::set_tcp_checksum(passed);
    return wire::read_tcp_header(passed.segment) ? receive(passed, now) : Out{};
  }
  Out out;
  const auto header = wire::read_tcp_header(packet.segment);
  if (!header || !wire::tcp_checksum_holds(packet) ||
      std::ranges::find(addresses_, packet.destination) == addresses_.end())
    return out;
  const SocketPair pair{packet.destination, packet.source, header->destination_port,
                        header->source_port};
  if (habit_ == Habit::unmatched_refused && header->find(wire::TcpOptionKind::AO) != nullptr &&
      !mkts_.any_for(pair))
    return out;
  Held* held = find(pair);
  if (held != nullptr && held->connection.state() != TcpConnection::State::closed) {
    take(*held, held->connection.receive(packet, protection(), now), out);
    return out;
  }
  const bool opens = header->has(wire::TcpFlag::SYN) && !header->has(wire::TcpFlag::ACK);
  if (!opens || !ports_.contains(pair.local_port) || connections_.size() >= most_connections)
    return out;
  // Nothing is kept of a SYN that is not authentic.
  Held fresh{TcpConnection(pair, static_cast<std::uint32_t>(random_->u64()), habits()), {}, 0, 0};
  take(fresh, fresh.connection.receive(packet, protection(), now), out);
  if (fresh.connection.state() == TcpConnection::State::closed)
    return out;
  std::erase_if(connections_,
                [&](const Held& old) { return old.connection.protection().pair() == pair; });
  connections_.push_back(std::move(fresh));
  return out;
}

void TcpHost::receive_error(const wire::IcmpAbout& about) {
  if (habit_ == Habit::icmp_believed)
    std::erase_if(connections_, [&](const Held& held) {
      return held.connection.protection().pair() ==
             SocketPair{about.source, about.destination, about.source_port, about.destination_port};
    });
}

TcpHost::Out TcpHost::tick(Time now) {
  Out out;
  for (Held& held : connections_) {
    Out more = held.connection.tick(protection(), now);
    out.insert(out.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
  }
  return out;
}

std::optional<Time> TcpHost::deadline() const {
  std::optional<Time> out;
  for (const Held& held : connections_)
    if (const auto next = held.connection.deadline(); next && (!out || *next < *out))
      out = next;
  return out;
}

}  // namespace karpspec::oracle::tcpao
