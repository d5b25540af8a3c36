#include "oracle/gatekeeper/record.h"

#include <algorithm>
#include <charconv>

#include "oracle/rkmp/master_key.h"
#include "oracle/tcpao/mkt.h"

namespace karpspec::oracle::gatekeeper {

namespace {

tl::unexpected<Error> wrong(const char* field, const std::string& what) {
  return fail(ErrorCode::bad_value, std::string(field) + ": " + what);
}

// The number that NAME_OF gives NAME to; other numbers than the registered ones are their own
// names.
template <class NameOf>
std::optional<std::uint8_t> number_of(std::string_view name, NameOf name_of) {
  for (unsigned number = 1; number < 256; ++number)
    if (name_of(static_cast<std::uint8_t>(number)) == name)
      return static_cast<std::uint8_t>(number);
  return std::nullopt;
}

std::optional<std::uint8_t> auth_alg_of(std::string_view name) {
  return number_of(name, rkmp::alg_id_name);
}
std::optional<std::uint8_t> kdf_of(std::string_view name) {
  return number_of(name, rkmp::kdf_name);
}

bool repeats(const std::vector<std::string>& names) {
  std::vector<std::string> sorted = names;
  std::sort(sorted.begin(), sorted.end());
  return std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
}

bool is_key_id(const std::string& text) {
  unsigned value = 256;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value < 256;
}

Result<void> validate_kmp(const Record& record) {
  if (!protocol_id(record.protocol))
    return wrong("protocol", "RKMP has no number for '" + record.protocol + "'");
  if (!record.key.empty())
    return wrong("key", "a record whose keys RKMP agrees on brings none");
  if (record.peer.empty())
    return wrong("peer", "missing; RKMP needs an entry of the PAD");
  if (record.macs.empty())
    return wrong("macs", "expected at least one");
  if (record.kdfs.empty())
    return wrong("kdfs", "expected at least one");
  for (const std::string& mac : record.macs)
    if (!auth_alg_of(mac))
      return wrong("macs", "RKMP has no number for '" + mac + "'");
  for (const std::string& kdf : record.kdfs)
    if (!kdf_of(kdf))
      return wrong("kdfs", "RKMP has no number for '" + kdf + "'");
  return {};
}

Result<void> validate_manual(const Record& record) {
  constexpr std::size_t longest_key = 255;
  if (record.key.empty() || record.key.size() > longest_key)
    return wrong("key", "expected 1 to 255 octets");
  if (!record.peer.empty())
    return wrong("peer", "a record that brings its key has no entry of the PAD");
  if (record.macs.size() != 1)
    return wrong("macs", "one key goes with one algorithm");
  if (record.kdfs.size() != 1)
    return wrong("kdfs", "one key goes with one KDF");
  if (!record.sockets.remote.exact())
    return wrong("remote", "a key is for one neighbour, so its address has to be exact");
  if (tcpao::service_port(record.protocol) == 0)
    return {};
  if (!is_key_id(record.local_key_name))
    return wrong("local_key_name", "expected a KeyID, 0 to 255");
  if (!is_key_id(record.peer_key_name))
    return wrong("peer_key_name", "expected a KeyID, 0 to 255");
  return {};
}

}  // namespace

const char* to_string(Mode mode) {
  return mode == Mode::manual ? "manual" : "kmp";
}

const char* to_string(RecordState state) {
  switch (state) {
    case RecordState::idle:
      return "idle";
    case RecordState::negotiating:
      return "negotiating";
    case RecordState::keyed:
      return "keyed";
    case RecordState::rekeying:
      return "rekeying";
    case RecordState::failed:
      return "failed";
    case RecordState::fixed:
      return "static";
  }
  return "idle";
}

const char* to_string(ConnectionState state) {
  switch (state) {
    case ConnectionState::closed:
      return "closed";
    case ConnectionState::waiting:
      return "waiting";
    case ConnectionState::open:
      return "open";
  }
  return "closed";
}

Record Record::clone() const {
  Record copy;
  copy.name = name;
  copy.protocol = protocol;
  copy.sockets = sockets;
  copy.peer = peer;
  copy.macs = macs;
  copy.kdfs = kdfs;
  copy.rekey_lifetime = rekey_lifetime;
  copy.exclude_options = exclude_options;
  copy.mode = mode;
  copy.key = key.clone();
  copy.local_key_name = local_key_name;
  copy.peer_key_name = peer_key_name;
  return copy;
}

std::vector<TcpAoPair> Record::pairs() const {
  std::vector<TcpAoPair> result;
  for (const std::string& mac : macs)
    for (const std::string& kdf : kdfs)
      result.push_back({auth_alg_of(mac).value_or(0), kdf_of(kdf).value_or(0)});
  return result;
}

std::optional<std::uint8_t> protocol_id(std::string_view name) {
  return number_of(name, rkmp::protocol_name);
}

Result<void> validate(Record& record) {
  if (record.name.empty())
    return wrong("name", "missing");
  if (record.protocol.empty())
    return wrong("protocol", "missing");
  const tcpao::SocketPattern& sockets = record.sockets;
  if (!sockets.local.any() && !sockets.remote.any() &&
      sockets.local.address()->is_v4() != sockets.remote.address()->is_v4())
    return wrong("remote", "one address is IPv4 and the other IPv6");
  if (record.rekey_lifetime < shortest_lifetime || record.rekey_lifetime > longest_lifetime)
    return wrong("rekey_lifetime", "expected 10 to 604800 seconds");
  if (repeats(record.macs))
    return wrong("macs", "an algorithm stands there twice");
  if (repeats(record.kdfs))
    return wrong("kdfs", "a KDF stands there twice");
  if (!record.mode) {
    if (record.key.empty() == record.peer.empty())
      return wrong("mode", record.key.empty()
                               ? "neither a key nor an entry of the PAD says where keys come from"
                               : "a key and an entry of the PAD contradict each other");
    record.mode = record.key.empty() ? Mode::kmp : Mode::manual;
  }
  return record.mode == Mode::kmp ? validate_kmp(record) : validate_manual(record);
}

}  // namespace karpspec::oracle::gatekeeper
