#include "oracle/tcpao/mkt.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>
#include <utility>

namespace karpspec::oracle::tcpao {
namespace {

constexpr std::array<std::pair<std::string_view, std::uint16_t>, 5> ports{
    {{"bgp", 179}, {"ldp", 646}, {"msdp", 639}, {"pcep", 4189}, {"pim", 8471}}};

// The names are profile P-33's.
constexpr std::array<std::pair<std::string_view, wire::TcpAoAuthAlg>, 2> auth_algs{
    {{"HMAC-SHA-1-96", wire::TcpAoAuthAlg::HMAC_SHA_1_96},
     {"AES-128-CMAC-96", wire::TcpAoAuthAlg::AES_128_CMAC_96}}};
constexpr std::array<std::pair<std::string_view, wire::TcpAoKdf>, 2> kdfs{
    {{"HMAC-SHA-1", wire::TcpAoKdf::KDF_HMAC_SHA1},
     {"AES-128-CMAC", wire::TcpAoKdf::KDF_AES_128_CMAC}}};

template <class Id, std::size_t N>
std::optional<Id> named(const std::array<std::pair<std::string_view, Id>, N>& names,
                        std::string_view name) {
  const auto found = std::ranges::find(names, name, &std::pair<std::string_view, Id>::first);
  return found == names.end() ? std::nullopt : std::optional(found->second);
}

tl::unexpected<Error> refuse(const keytable::Row& row, const std::string& what) {
  return fail(ErrorCode::bad_value, "row '" + row.admin_key_name + "': " + what);
}

Result<std::uint8_t> key_id(const keytable::Row& row, const char* field, const std::string& text) {
  unsigned value = 256;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > 255)
    return refuse(row, std::string(field) + " '" + text + "' is no number from 0 to 255");
  return static_cast<std::uint8_t>(value);
}

bool could_meet(const ConnectionId& a, const ConnectionId& b) {
  if (a.local && b.local && *a.local != *b.local)
    return false;
  if (a.service_port != 0 && b.service_port != 0 && a.service_port != b.service_port)
    return false;
  if (!a.sockets.overlaps(b.sockets))
    return false;
  return a.remotes.empty() || b.remotes.empty() ||
         std::ranges::find_first_of(a.remotes, b.remotes) != a.remotes.end();
}

// Whether there is a time at which both are accepted: then a KeyID must tell them apart. A row that
// is disabled is never in use.
bool accepted_together(const keytable::Row& a, const keytable::Row& b) {
  return a.direction != keytable::Direction::disabled &&
         b.direction != keytable::Direction::disabled &&
         a.accept_lifetime_start <= b.accept_lifetime_end &&
         b.accept_lifetime_start <= a.accept_lifetime_end;
}

}  // namespace

bool ConnectionId::matches(const SocketPair& pair) const {
  return (!local || *local == pair.local) &&
         (remotes.empty() || std::ranges::find(remotes, pair.remote) != remotes.end()) &&
         (service_port == 0 || service_port == pair.local_port ||
          service_port == pair.remote_port) &&
         sockets.matches({pair.local, pair.remote, pair.local_port, pair.remote_port});
}

std::uint16_t service_port(std::string_view protocol) {
  return named(ports, protocol).value_or(0);
}

bool is_tcp_ao(const keytable::Row& row) {
  return named(auth_algs, row.alg_id).has_value();
}

Result<Mkt> mkt_from_row(const keytable::Row& row) {
  Mkt mkt;
  mkt.name = row.admin_key_name;
  const auto alg = named(auth_algs, row.alg_id);
  if (!alg)
    return refuse(row, "AlgID '" + row.alg_id + "' is none of TCP-AO");
  mkt.auth_alg = *alg;
  const auto kdf = named(kdfs, row.kdf);
  if (!kdf)
    return refuse(row, "KDF '" + row.kdf + "' is none of TCP-AO");
  mkt.kdf = *kdf;
  KARPSPEC_TRY(send_id, key_id(row, "PeerKeyName", row.peer_key_name));
  KARPSPEC_TRY(recv_id, key_id(row, "LocalKeyName", row.local_key_name));
  mkt.send_id = send_id;
  mkt.recv_id = recv_id;
  for (const std::string& peer : row.peers) {
    const auto address = wire::IpAddress::from_text(peer);
    if (!address)
      return refuse(row, "Peers: " + address.error().message);
    mkt.connection.remotes.push_back(*address);
  }
  auto sockets = keytable::sockets_of(row);
  if (!sockets)
    return refuse(row, sockets.error().message);
  mkt.connection.sockets = *std::move(sockets);
  // Where a record names ports those count.
  if (mkt.connection.sockets.local_port.any() && mkt.connection.sockets.remote_port.any())
    mkt.connection.service_port = service_port(row.protocol);
  const auto options = row.protocol_specific_info.find("options");
  if (options != row.protocol_specific_info.end()) {
    if (options->second != "include" && options->second != "exclude") {
      return refuse(row, "ProtocolSpecificInfo: options '" + options->second +
                             "' is neither include nor exclude");
    }
    mkt.covers_options = options->second == "include";
  }
  if (row.key.empty())
    return refuse(row, "Key is empty");
  mkt.row = row.clone();
  return mkt;
}

Result<void> Mkts::add(Mkt mkt) {
  for (const Mkt& other : mkts_) {
    if (!could_meet(mkt.connection, other.connection) || !accepted_together(mkt.row, other.row))
      continue;
    const bool same_recv = mkt.recv_id == other.recv_id;
    if (same_recv || mkt.send_id == other.send_id) {
      return fail(ErrorCode::bad_value, "MKTs '" + other.name + "' and '" + mkt.name +
                                            "' have the same " +
                                            (same_recv ? "RecvID " : "SendID ") +
                                            std::to_string(same_recv ? mkt.recv_id : mkt.send_id));
    }
  }
  add_unchecked(std::move(mkt));
  return {};
}

void Mkts::add_unchecked(Mkt mkt) {
  mkt.number = next_number_++;
  mkts_.push_back(std::move(mkt));
}

void Mkts::remove(std::string_view name) {
  std::erase_if(mkts_, [&](const Mkt& mkt) { return mkt.name == name; });
}

Result<void> Mkts::follow(const std::vector<keytable::Row>& rows) {
  std::erase_if(mkts_, [&](const Mkt& mkt) {
    return std::ranges::none_of(
        rows, [&](const keytable::Row& row) { return row.admin_key_name == mkt.name; });
  });
  Result<void> outcome;
  for (const keytable::Row& row : rows) {
    const auto known = std::ranges::find(mkts_, row.admin_key_name, &Mkt::name);
    if (known != mkts_.end()) {
      known->row.direction = row.direction;
      known->row.send_lifetime_start = row.send_lifetime_start;
      known->row.send_lifetime_end = row.send_lifetime_end;
      known->row.accept_lifetime_start = row.accept_lifetime_start;
      known->row.accept_lifetime_end = row.accept_lifetime_end;
      continue;
    }
    if (!is_tcp_ao(row))
      continue;
    auto mkt = mkt_from_row(row);
    auto added = mkt ? add(*std::move(mkt)) : Result<void>(tl::unexpected(mkt.error()));
    if (!added && outcome)
      outcome = std::move(added);
  }
  return outcome;
}

bool Mkts::any_for(const SocketPair& pair) const {
  return std::ranges::any_of(mkts_, [&](const Mkt& mkt) { return mkt.connection.matches(pair); });
}

const Mkt* Mkts::find(const SocketPair& pair, Which which, std::uint8_t key_id, Time now) const {
  const Mkt* best = nullptr;
  const auto rank = [&](const Mkt& mkt) {
    const bool usable = which == Which::recv_id ? mkt.may_accept(now) : mkt.may_send(now);
    return std::tuple(usable, mkt.number);
  };
  for (const Mkt& mkt : mkts_) {
    if ((which == Which::recv_id ? mkt.recv_id : mkt.send_id) == key_id &&
        mkt.connection.matches(pair) && (best == nullptr || rank(mkt) > rank(*best))) {
      best = &mkt;
    }
  }
  return best;
}

const Mkt* Mkts::find(std::uint64_t number) const {
  const auto found = std::ranges::find(mkts_, number, &Mkt::number);
  return found == mkts_.end() ? nullptr : &*found;
}

namespace {

template <class May>
const Mkt* newest(const std::vector<Mkt>& mkts, const SocketPair& pair, May may) {
  const Mkt* best = nullptr;
  const auto rank = [](const Mkt& mkt) {
    return std::tuple(mkt.row.send_lifetime_start, mkt.number);
  };
  for (const Mkt& mkt : mkts)
    if (may(mkt) && mkt.connection.matches(pair) && (best == nullptr || rank(mkt) > rank(*best)))
      best = &mkt;
  return best;
}

}  // namespace

const Mkt* Mkts::newest_to_send(const SocketPair& pair, Time now) const {
  return newest(mkts_, pair, [&](const Mkt& mkt) { return mkt.may_send(now); });
}

const Mkt* Mkts::newest_to_accept(const SocketPair& pair, Time now) const {
  return newest(mkts_, pair, [&](const Mkt& mkt) { return mkt.may_accept(now); });
}

}  // namespace karpspec::oracle::tcpao
