#include "keyfile/comparison.h"

#include <algorithm>

#include "crypto/digest.h"
#include "crypto/prf.h"
#include "keyfile/events.h"
#include "keyfile/sweep.h"
#include "keytable/validate.h"

namespace karpspec::keyfile {
namespace {

using keytable::Direction;
using keytable::Field;
using keytable::RuleId;

// From 1970 on, before which there is no difference.
std::uint64_t seconds(Time time) {
  const auto count = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
  return static_cast<std::uint64_t>(std::max(count, decltype(count){0}));
}

std::string_view first_16(OctetView digest) {
  return {reinterpret_cast<const char*>(digest.data()), 16};
}

// By what equal keys are found: a digest that nobody can make who does not know SALT.
Result<std::string> mark_of(const Octets& salt, OctetView key) {
  KARPSPEC_TRY(mark, crypto::prf(Prf::HMAC_SHA2_256, salt, {key}));
  return std::string(first_16(mark.view()));
}

std::string joined(std::vector<std::string> parts) {
  std::sort(parts.begin(), parts.end());
  std::string out;
  for (const std::string& part : parts)
    put_text(out, part);
  return out;
}

// The connections that ROW is for; what is no pattern, which has been reported, excludes nothing.
std::string sockets_text(const keytable::Row& row) {
  const auto sockets = keytable::sockets_of(row);
  return sockets ? sockets->to_text() : std::string();
}

}  // namespace

std::string named(const Comparison::Row& row) {
  return "row " + std::to_string(row.number) + " ('" + keytable::shown(row.name) + "')";
}

void put_row(Record& record, const Comparison::Row& row) {
  put_number(record, row.number);
  put_number(record, row.place.line);
  put_number(record, row.place.column);
  put_text(record, row.vrf);
  put_text(record, row.name);
}

Comparison::Row take_row(std::string_view& record) {
  Comparison::Row row;
  row.number = take_number(record);
  row.place.line = take_number(record);
  row.place.column = take_number(record);
  row.vrf = take_text(record);
  row.name = take_text(record);
  return row;
}

Result<void> Comparison::add(const Row& about, const keytable::ReadRow& read,
                             const std::string& chain) {
  const auto unread = [&](Field field) {
    return read.unread.test(static_cast<std::size_t>(field));
  };
  const keytable::Row& row = read.row;
  if (!unread(Field::AdminKeyName)) {
    Record record(1, 'A');
    put_text(record, about.vrf);
    put_text(record, row.admin_key_name);
    put_row(record, about);
    KARPSPEC_CHECK(sorter_.add(record));
  }
  if (unread(Field::Interfaces) ||
      (chain.empty() && (unread(Field::Protocol) || unread(Field::Peers))))
    return {};
  // Keys of a chain that nobody has said the protocol of belong to the chain.
  const std::vector<std::string> peers =
      chain.empty() ? row.peers : std::vector<std::string>{"chain " + chain};
  KARPSPEC_CHECK(add_scope(about, row, peers, read.unread));
  if (!unread(Field::Key))
    KARPSPEC_CHECK(add_key(about, row, peers));
  return {};
}

Result<void> Comparison::add_scope(const Row& about, const keytable::Row& row,
                                   const std::vector<std::string>& peers,
                                   keytable::FieldSet unread) {
  const auto is_read = [&](std::initializer_list<Field> fields) {
    return std::none_of(fields.begin(), fields.end(),
                        [&](Field field) { return unread.test(static_cast<std::size_t>(field)); });
  };
  const bool send = is_read({Field::Direction, Field::SendLifetimeStart, Field::SendLifetimeEnd}) &&
                    (row.direction == Direction::out || row.direction == Direction::both) &&
                    row.send_lifetime_start <= row.send_lifetime_end;
  const bool accept =
      is_read({Field::Direction, Field::AcceptLifetimeStart, Field::AcceptLifetimeEnd}) &&
      (row.direction == Direction::in || row.direction == Direction::both) &&
      row.accept_lifetime_start <= row.accept_lifetime_end;
  if (peers.size() * row.interfaces.size() > most_members)
    return fail(ErrorCode::bad_value, "row " + std::to_string(about.number) +
                                          " is for more than 65536 pairs of peer and interface");
  const bool manual = keytable::origin_of(row) == "manual";
  const keytable::Mechanism* mechanism =
      is_read({Field::AlgID}) ? book_.mechanism(row.protocol, row.alg_id) : nullptr;
  const std::string space = mechanism == nullptr ? std::string() : mechanism->name_space;
  const bool own_names =
      mechanism != nullptr && mechanism->peer_name == keytable::Mechanism::PeerName::own;
  const std::string sockets = sockets_text(row);
  for (const std::string& peer : peers) {
    for (const std::string& interface : row.interfaces) {
      const auto put = [&](char kind, std::string_view name, Time start, Time end) {
        Record record(1, kind);
        put_text(record, about.vrf);
        put_text(record, row.protocol);
        put_text(record, name);
        put_text(record, peer);
        // Names are compared between mechanisms that share them and connections that meet; the
        // lifetimes of the keys of each set of connections are a matter of their own.
        const bool names = kind == 'C' || kind == 'S';
        put_text(record, names ? space : sockets);
        // An empty text comes before all names.
        put_text(record, interface == "all" ? "" : interface);
        put_number(record, seconds(start));
        put_number(record, seconds(end));
        put_number(record, accept ? seconds(row.accept_lifetime_start) : 0);
        record += manual ? 'm' : 'a';
        record += accept ? 'a' : ' ';
        put_text(record, names ? sockets : space);
        put_row(record, about);
        return sorter_.add(record);
      };
      if (accept && !row.local_key_name.empty() && is_read({Field::LocalKeyName}))
        KARPSPEC_CHECK(
            put('C', row.local_key_name, row.accept_lifetime_start, row.accept_lifetime_end));
      if (accept && own_names && !row.peer_key_name.empty() && is_read({Field::PeerKeyName}))
        KARPSPEC_CHECK(
            put('S', row.peer_key_name, row.accept_lifetime_start, row.accept_lifetime_end));
      if (send)
        KARPSPEC_CHECK(put('G', "", row.send_lifetime_start, row.send_lifetime_end));
      if (accept)
        KARPSPEC_CHECK(put('H', "", row.accept_lifetime_start, row.accept_lifetime_end));
    }
  }
  return {};
}

// The zones of trust in which ROW's key is known, each ended by NUL; empty where that does not
// matter.
std::string Comparison::zones_of(const keytable::Row& row) const {
  std::vector<std::string> zones;
  const auto rules = book_.protocols.find(row.protocol);
  const bool boundary = rules != book_.protocols.end() && rules->second.boundary;
  const auto declared = [&](const std::string& name) {
    const auto at = zones_.find(name);
    if (at == zones_.end())
      return false;
    zones.push_back("zone " + at->second);
    return true;
  };
  // A neighbour's address says more than the interface towards it.
  bool addresses = false;
  for (const std::string& peer : row.peers) {
    if (keytable::form_of(peer) != keytable::PeerForm::peer)
      continue;
    addresses = true;
    const bool known =
        declared(peer) || (row.interfaces.size() == 1 && declared(row.interfaces.front()));
    if (!known && boundary)
      zones.push_back("peer " + peer);
  }
  for (const std::string& interface : row.interfaces)
    if (!addresses && !declared(interface) && boundary && interface != "all")
      zones.push_back("interface " + interface);
  std::sort(zones.begin(), zones.end());
  zones.erase(std::unique(zones.begin(), zones.end()), zones.end());
  return joined(zones);
}

Result<void> Comparison::add_key(const Row& about, const keytable::Row& row,
                                 const std::vector<std::string>& peers) {
  KARPSPEC_TRY(key, mark_of(salt_, row.key.view()));
  Record record(1, 'K');
  record += key;
  put_number(record, about.number);
  put_text(record, row.protocol);
  // Zones come as one text, which has NULs.
  const std::string zones = zones_of(row);
  put_number(record, zones.size());
  record += zones;
  put_row(record, about);
  KARPSPEC_CHECK(sorter_.add(record));
  record = 'R';
  record += key;
  put_text(record, about.vrf);
  put_text(record, row.protocol);
  record += first_16(crypto::sha256(octets_of(joined(peers) + '\n' + joined(row.interfaces))));
  put_row(record, about);
  return sorter_.add(record);
}

namespace {

// The pass over the sorted records.
class Pass {
 public:
  Pass(const Comparison::Report& report, std::size_t memory)
      : report_(report), sweep_(report, memory) {}

  Result<void> finish() { return sweep_.finish(); }

  Result<void> take(std::string_view record) {
    const char kind = record.front();
    record.remove_prefix(1);
    switch (kind) {
      case 'A':
        return take_name(record);
      case 'K':
        return take_key(record);
      case 'R':
        return take_repeated(record);
      default:
        return take_window(kind, record);
    }
  }

 private:
  [[nodiscard]] Result<void> say(RuleId rule, Field field, const Comparison::Row& row,
                                 std::uint64_t other, std::string message) const {
    return report_({row, other, rule, field, std::move(message)});
  }

  Result<void> take_name(std::string_view record) {
    std::string group;
    put_text(group, take_text(record));
    put_text(group, take_text(record));
    const Comparison::Row row = take_row(record);
    if (group != group_) {
      group_ = group;
      first_ = row;
      return {};
    }
    return say(RuleId::admin_key_name_unique, Field::AdminKeyName, row, first_.number,
               "AdminKeyName '" + keytable::shown(row.name) + "' is that of row " +
                   std::to_string(first_.number) + " too");
  }

  Result<void> take_key(std::string_view record) {
    const std::string group(record.substr(0, 16));
    record.remove_prefix(16);
    (void)take_number(record);
    const std::string protocol(take_text(record));
    const auto size = static_cast<std::size_t>(take_number(record));
    const std::string zones(record.substr(0, size));
    record.remove_prefix(size);
    const Comparison::Row row = take_row(record);
    const auto count = std::count(zones.begin(), zones.end(), '\0');
    if (count > 1)
      KARPSPEC_CHECK(say(
          RuleId::key_shared_zones, Field::Key, row, row.number,
          "one key for " + listed(zones) + ": who is trusted in one of them is trusted in all"));
    if (group != key_group_) {
      key_group_ = group;
      first_ = row;
      protocol_ = protocol;
      zones_ = zones;
      return {};
    }
    if (protocol != protocol_)
      KARPSPEC_CHECK(
          say(RuleId::key_shared_protocols, Field::Key, row, first_.number,
              "the key of " + named(first_) + ", which is for " + keytable::shown(protocol_)));
    const bool zones_differ = !zones.empty() && !zones_.empty() && zones != zones_;
    if (row.vrf != first_.vrf)
      return say(RuleId::key_shared_zones, Field::Key, row, first_.number,
                 "the key of " + named(first_) + ", which is in VRF '" +
                     keytable::shown(first_.vrf) + "'");
    if (zones_differ)
      return say(RuleId::key_shared_zones, Field::Key, row, first_.number,
                 "the key of " + named(first_) + ", which is for " + listed(zones_) + ", not " +
                     listed(zones));
    if (zones_.empty())
      zones_ = zones;
    return {};
  }

  // The first few of ZONES.
  static std::string listed(std::string_view zones) {
    std::string out;
    for (int i = 0; i < 3 && !zones.empty(); ++i)
      out += (out.empty() ? "" : ", ") + keytable::shown(take_text(zones));
    return out + (zones.empty() ? "" : ", ...");
  }

  Result<void> take_repeated(std::string_view record) {
    std::string_view rest = record.substr(16);
    (void)take_text(rest);
    (void)take_text(rest);
    rest.remove_prefix(16);
    const std::string group(record.substr(0, record.size() - rest.size()));
    const Comparison::Row row = take_row(rest);
    if (group != repeated_group_) {
      repeated_group_ = group;
      first_repeated_ = row;
      return {};
    }
    return say(
        RuleId::key_repeated, Field::Key, row, first_repeated_.number,
        "the key of " + named(first_repeated_) + ", which has the same peers and interfaces");
  }

  Result<void> take_window(char kind, std::string_view record) {
    const bool names = kind == 'C' || kind == 'S';
    std::string group(1, kind);
    for (int i = 0; i < 4; ++i)
      put_text(group, take_text(record));
    Window window;
    const std::string_view first = take_text(record);
    put_text(group, first);
    const std::string interface(take_text(record));
    window.start = take_number(record);
    window.end = take_number(record);
    window.accept_start = take_number(record);
    window.manual = record.front() == 'm';
    window.accepted = record[1] == 'a';
    record.remove_prefix(2);
    const std::string_view second = take_text(record);
    window.space = names ? first : second;
    if (names)
      window.sockets = keytable::sockets_from_text(second).value_or(keytable::SocketPattern());
    window.row = take_row(record);
    if (group != window_group_) {
      window_group_ = group;
      KARPSPEC_CHECK(sweep_.begin_group());
    }
    KARPSPEC_CHECK(sweep_.begin_interface(interface));
    if (names)
      return sweep_.clash(window, kind == 'C' ? RuleId::key_name_clash : RuleId::send_id_clash);
    return sweep_.coverage(window, kind == 'G');
  }

  const Comparison::Report& report_;
  std::string group_, key_group_, repeated_group_, window_group_;
  Comparison::Row first_, first_repeated_;
  std::string protocol_, zones_;
  Sweep sweep_;
};

}  // namespace

Result<void> Comparison::finish(const Report& report) {
  Pass pass(report, memory_ / 4);
  Record record;
  for (;;) {
    KARPSPEC_TRY(more, sorter_.next(record));
    if (!more)
      return pass.finish();
    KARPSPEC_CHECK(pass.take(record));
  }
}

}  // namespace karpspec::keyfile
