#include "keyfile/chain_events.h"

#include <algorithm>

#include "base/octets.h"
#include "keyfile/chain_defaults.h"
#include "keyfile/date_time.h"
#include "keytable/tables.h"

namespace karpspec::keyfile {
namespace {

using keytable::Field;
using keytable::FieldText;
using transcript::Node;

void set_text(keytable::RowText& row, Field field, std::string text, const Node& at) {
  row[field].form = FieldText::Form::text;
  // Moved, for it may be a key: a braced list would copy it.
  row[field].items.clear();
  row[field].items.push_back(std::move(text));
  row[field].place = {at.line(), at.column()};
}

void set_list(keytable::RowText& row, Field field, std::vector<std::string> items, const Node& at) {
  row[field].form = FieldText::Form::list;
  row[field].items = std::move(items);
  row[field].place = {at.line(), at.column()};
}

const Node* own(const Node& map, std::string_view name) {
  return map.find(std::string(own_module) + std::string(name));
}

std::vector<std::string> texts_of(const Node& list) {
  std::vector<std::string> out;
  for (const Node& item : list.items())
    out.push_back(item.text());
  return out;
}

struct Lifetime {
  Time start = keytable::always_start;
  Time end = keytable::always_end;
};

// The times of `send-lifetime` and its like; false where one is no time.
bool read_times(const Node& node, Lifetime& out, std::string& wrong) {
  if (const Node* start = node.find("start-date-time")) {
    const auto time = date_time_from(start->text());
    if (!time) {
      wrong = "'" + keytable::shown(start->text()) + "' is no time of the years 0000 to 9999";
      return false;
    }
    out.start = *time;
  }
  if (const Node* end = node.find("end-date-time")) {
    const auto time = date_time_from(end->text());
    if (!time) {
      wrong = "'" + keytable::shown(end->text()) + "' is no time of the years 0000 to 9999";
      return false;
    }
    out.end = *time;
  }
  if (const Node* duration = node.find("duration"))
    out.end = std::min(keytable::always_end,
                       out.start + std::chrono::seconds{duration->integer().value_or(0)});
  return true;
}

}  // namespace

bool ChainEvents::refuse(Place place, const std::string& message) {
  if (!error_)
    error_ = error_at(*file_, place, message);
  return false;
}

bool ChainEvents::hand_on(Result<void> result) {
  if (!result && !error_)
    error_ = std::move(result).error();
  return !error_;
}

bool ChainEvents::open(Node::Kind kind, Place place) {
  const bool map = kind == Node::Kind::map;
  switch (in_) {
    case In::start:
      in_ = In::root;
      return map || refuse(place, "expected a map");
    case In::root:
      in_ = In::chains;
      return map || refuse(place, "expected a map of key chains");
    case In::chains:
      if (key_ == "key-chain") {
        in_ = In::list;
        return !map || refuse(place, "expected a list of key chains, it is a map");
      }
      in_ = In::value;
      break;
    case In::list:
    case In::value:
      break;
  }
  open_.push_back({Node::make(kind, at(place)), std::nullopt});
  return true;
}

bool ChainEvents::begin_map(Place place) {
  return open(Node::Kind::map, place);
}

bool ChainEvents::begin_list(Place place) {
  return open(Node::Kind::list, place);
}

bool ChainEvents::end_map() {
  if (open_.empty()) {
    in_ = in_ == In::chains ? In::root : In::start;
    return true;
  }
  Node node = std::move(open_.back().node);
  open_.pop_back();
  return put(std::move(node));
}

bool ChainEvents::end_list() {
  if (open_.empty()) {
    in_ = In::chains;
    return true;
  }
  return end_map();
}

bool ChainEvents::key(std::string_view text, Place place) {
  if (open_.empty()) {
    key_ = text;
    if (in_ == In::root && key_ != "ietf-key-chain:key-chains")
      return refuse(
          place, "unknown key '" + keytable::shown(key_) + "', expected ietf-key-chain:key-chains");
    if (in_ == In::chains && key_ != "key-chain" && key_ != "aes-key-wrap")
      return refuse(place, "unknown key '" + keytable::shown(key_) +
                               "', expected one of: key-chain, aes-key-wrap");
    return true;
  }
  Level& top = open_.back();
  if (top.node.find(text) != nullptr)
    return refuse(place, "key '" + keytable::shown(text) + "' is given twice");
  if (top.node.entries().size() >= 64)
    return refuse(place, "a map with more than 64 keys");
  top.key = Node::make_scalar(std::string(text), true, at(place));
  return true;
}

bool ChainEvents::scalar(std::string_view text, bool quoted, Place place) {
  // The schema's patterns are matched by std::regex, which recurses once a character.
  constexpr std::size_t most_in_chain = 1024;
  if (text.size() > most_in_chain)
    return refuse(place, "a text of more than 1024 octets in a key chain");
  if (open_.empty())
    return refuse(
        place, in_ == In::list ? "expected a key chain, it is a text" : "'" + key_ + "' is a text");
  return put(Node::make_scalar(std::string(text), quoted, at(place)));
}

bool ChainEvents::null(Place place) {
  if (open_.empty())
    return refuse(place, "there is nothing here");
  return put(Node::make(Node::Kind::null, at(place)));
}

bool ChainEvents::put(Node node) {
  if (open_.empty()) {
    if (in_ == In::value)
      in_ = In::chains;
    return take(node);
  }
  Level& top = open_.back();
  if (top.node.is_map()) {
    top.node.mutable_entries().emplace_back(std::move(*top.key), std::move(node));
    top.key.reset();
    return true;
  }
  if (top.node.items().size() >= most_members)
    return refuse({node.line(), node.column()}, "a list with more than 65536 members");
  top.node.mutable_items().push_back(std::move(node));
  return true;
}

bool ChainEvents::take(const Node& whole) {
  const Place place{whole.line(), whole.column()};
  if (in_ != In::list) {
    const Node* enable = whole.is_map() ? whole.find("enable") : nullptr;
    if (!whole.is_map() || whole.entries().size() != (enable == nullptr ? 0U : 1U) ||
        (enable != nullptr && !enable->boolean()))
      return refuse(place, "aes-key-wrap holds 'enable', which is true or false");
    wrapped_ = enable != nullptr && *enable->boolean();
    return !wrapped_ || !begun_ || refuse(place, "aes-key-wrap stands before the key chains");
  }
  if (!begun_ && !hand_on(sink_.zones({})))
    return false;
  begun_ = true;
  if (wrapped_)
    return refuse(place, "the keys are encrypted (aes-key-wrap), so nothing can be said of them");
  const auto complaints = context_.schema.check(whole);
  const Node* name = whole.is_map() ? whole.find("name") : nullptr;
  const std::string called = name != nullptr && name->is_scalar()
                                 ? "key chain '" + keytable::shown(name->text()) + "': "
                                 : std::string("key chain: ");
  for (const auto& complaint : complaints)
    if (!hand_on(sink_.bad_chain(called + complaint.message, {complaint.line, complaint.column})))
      return false;
  return !complaints.empty() || take_chain(whole);
}

bool ChainEvents::take_chain(const Node& chain) {
  const Node* keys = chain.find("key");
  if (keys == nullptr)
    return true;
  const Node* vrf = own(chain, "vrf");
  const std::string table = vrf != nullptr ? vrf->text() : keytable::default_vrf;
  if (vrf_ != table && !hand_on(sink_.table(table)))
    return false;
  vrf_ = table;
  const std::string name = chain.find("name")->text();
  return std::all_of(keys->items().begin(), keys->items().end(),
                     [&](const Node& key) { return take_key(chain, name, key); });
}

bool ChainEvents::read_lifetime(const Node& key, const Node* tolerance, keytable::RowText& row,
                                std::string& wrong) const {
  Lifetime send, accept;
  const Node* lifetime = key.find("lifetime");
  const Node& at = lifetime != nullptr ? *lifetime : key;
  if (lifetime != nullptr) {
    const Node* both = lifetime->find("send-accept-lifetime");
    const Node* sending = both != nullptr ? both : lifetime->find("send-lifetime");
    const Node* accepting = both != nullptr ? both : lifetime->find("accept-lifetime");
    if ((sending != nullptr && !read_times(*sending, send, wrong)) ||
        (accepting != nullptr && !read_times(*accepting, accept, wrong)))
      return false;
  }
  const Node* duration = tolerance != nullptr ? tolerance->find("duration") : nullptr;
  const std::chrono::seconds more{duration != nullptr ? duration->integer().value_or(0) : 0};
  // Never later than it is, where it is before what stands for always.
  accept.start = std::min(accept.start, std::max(keytable::always_start, accept.start - more));
  accept.end = std::min(keytable::always_end, accept.end + more);
  set_text(row, Field::SendLifetimeStart, keytable::to_text(send.start), at);
  set_text(row, Field::SendLifetimeEnd, keytable::to_text(send.end), at);
  set_text(row, Field::AcceptLifetimeStart, keytable::to_text(accept.start), at);
  set_text(row, Field::AcceptLifetimeEnd, keytable::to_text(accept.end), at);
  return true;
}

bool ChainEvents::take_key(const Node& chain, const std::string& name, const Node& key) {
  keytable::RowText row;
  row.place = {key.line(), key.column()};
  row.chain = name;
  const std::string id = key.find("key-id")->text();
  const std::string algorithm = algorithm_of(key.find("crypto-algorithm")->text(), context_.book);
  const Node* chain_protocol = own(chain, "protocol");
  const std::string protocol =
      chain_protocol != nullptr ? chain_protocol->text() : context_.protocol;
  const ChainDefaults defaults = chain_defaults(protocol, algorithm, context_.book);
  const auto given_or = [&](const char* field_name, std::string otherwise) {
    const Node* given = own(key, field_name);
    return given != nullptr ? given->text() : otherwise;
  };
  set_text(row, Field::AdminKeyName, given_or("admin-key-name", name + "/" + id), key);
  set_text(row, Field::LocalKeyName, given_or("local-key-name", defaults.named ? id : ""), key);
  set_text(row, Field::PeerKeyName, given_or("peer-key-name", defaults.peer_named ? id : ""), key);
  set_text(row, Field::AlgID, algorithm, *key.find("crypto-algorithm"));
  set_text(row, Field::KDF, given_or("kdf", defaults.kdf), key);
  set_text(row, Field::Direction, given_or("direction", "both"), key);
  // One that is there and empty is wrong, and not unknown.
  if (protocol.empty() && chain_protocol == nullptr) {
    row.may_lack.set(static_cast<std::size_t>(Field::Protocol));
    row.may_lack.set(static_cast<std::size_t>(Field::Peers));
  } else {
    set_text(row, Field::Protocol, protocol, chain);
  }
  const Node* peers = own(chain, "peers");
  const Node* interfaces = own(chain, "interfaces");
  if (peers != nullptr || !context_.peers.empty())
    set_list(row, Field::Peers, peers != nullptr ? texts_of(*peers) : context_.peers, chain);
  if (interfaces != nullptr || !context_.interfaces.empty())
    set_list(row, Field::Interfaces,
             interfaces != nullptr ? texts_of(*interfaces) : context_.interfaces, chain);
  if (const Node* info = own(key, "protocol-specific-info")) {
    FieldText& field = row[Field::ProtocolSpecificInfo];
    field.form = FieldText::Form::map;
    field.place = {info->line(), info->column()};
    for (const auto& [info_key, value] : info->entries()) {
      field.items.push_back(info_key.text());
      field.items.push_back(value.text());
    }
  }
  if (const Node* string = key.find("key-string")) {
    std::string digits;
    if (const Node* text = string->find("keystring")) {
      const std::string& characters = text->text();
      digits =
          to_hex({reinterpret_cast<const std::uint8_t*>(characters.data()), characters.size()});
    } else if (const Node* hex = string->find("hexadecimal-string")) {
      digits = hex->text();
      std::erase(digits, ':');
    }
    set_text(row, Field::Key, std::move(digits), *string);
  }
  std::string wrong;
  if (!read_lifetime(key, chain.find("accept-tolerance"), row, wrong))
    return hand_on(sink_.bad_chain(
        "key chain '" + keytable::shown(name) + "': key " + id + ": " + wrong, row.place));
  return hand_on(sink_.row(row));
}

}  // namespace karpspec::keyfile
