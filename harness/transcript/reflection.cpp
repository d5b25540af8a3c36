#include "transcript/reflection.h"

#include <utility>

namespace karpspec::transcript {

Names transform_id_names(std::uint8_t type) {
  switch (type) {
    case 1:
      return Names::encr;
    case 2:
      return Names::prf;
    case 3:
      return Names::integ;
    case 4:
      return Names::dh;
    case 5:
      return Names::esn;
    default:
      return Names::none;
  }
}

std::uint64_t NumberRef::value() const {
  return std::visit([](const auto* number) { return static_cast<std::uint64_t>(*number); }, at_);
}

void NumberRef::set(std::uint64_t value) const {
  std::visit(
      [value](auto* number) {
        *number = static_cast<std::remove_reference_t<decltype(*number)>>(value);
      },
      at_);
}

unsigned NumberRef::bits() const {
  return std::visit([](const auto* number) { return static_cast<unsigned>(sizeof(*number) * 8); },
                    at_);
}

namespace {

template <class T>
const ListRef::Kind& list_kind();

// Calls TAKE with a reference to each member.
class Take {
 public:
  explicit Take(TakeField take) : take_(take) {}

  template <std::integral T>
  void operator()(std::string_view name, Info info, T& number) const {
    take_(name, info, NumberRef(number));
  }
  void operator()(std::string_view name, Info info, Octets& octets) const {
    take_(name, info, &octets);
  }
  void operator()(std::string_view name, Info info, AttributeValue& value) const {
    take_(name, info, &value);
  }
  template <class T>
  void operator()(std::string_view name, Info info, std::vector<T>& list) const {
    take_(name, info, ListRef(list_kind<T>(), &list));
  }

 private:
  TakeField take_;
};

void each_field(wire::Header& s, const Take& f) {
  f("spi_i", Info{64}, s.spi_i);
  f("spi_r", Info{64}, s.spi_r);
  f("version", Info{8}, s.version);
  f("exchange", Info{8, Names::exchange}, s.exchange);
  f("flags", Info{8}, s.flags);
  f("message_id", Info{32}, s.message_id);
}
void each_field(wire::SaPayload& s, const Take& f) {
  f("proposals", Info{}, s.proposals);
}
void each_field(wire::Proposal& s, const Take& f) {
  f("reserved", Info{8}, s.reserved);
  f("number", Info{8}, s.number);
  f("protocol", Info{8, Names::protocol}, s.protocol);
  f("spi", Info{}, s.spi);
  if (auto* plain = std::get_if<std::vector<wire::Transform>>(&s.transforms))
    f("transforms", Info{}, *plain);
  else
    f("transforms", Info{}, std::get<std::vector<wire::TcpAoTransform>>(s.transforms));
}
void each_field(wire::Transform& s, const Take& f) {
  f("reserved1", Info{8}, s.reserved1);
  f("type", Info{8, Names::transform_type}, s.type);
  f("reserved2", Info{8}, s.reserved2);
  f("id", Info{16, transform_id_names(s.type)}, s.id);
  f("attributes", Info{}, s.attributes);
}
void each_field(wire::TcpAoTransform& s, const Take& f) {
  f("reserved", Info{8}, s.reserved);
  f("send_id", Info{8}, s.send_id);
  f("auth_alg", Info{8, Names::tcp_ao_auth_alg}, s.auth_alg);
  f("kdf", Info{8, Names::tcp_ao_kdf}, s.kdf);
  f("flags", Info{8}, s.flags);
}
void each_field(wire::Attribute& s, const Take& f) {
  f("type", Info{15, Names::attribute}, s.type);
  f("value", Info{16}, s.value);
}
void each_field(wire::KePayload& s, const Take& f) {
  f("group", Info{16, Names::dh}, s.group);
  f("reserved", Info{16}, s.reserved);
  f("data", Info{}, s.data);
}
void each_field(wire::IdPayload& s, const Take& f) {
  const bool address = s.id_type == 1 || s.id_type == 5;
  f("id_type", Info{8, Names::id_type}, s.id_type);
  f("reserved", Info{24}, s.reserved);
  f("data", Info{0, address ? Names::address : Names::text}, s.data);
}
void each_field(wire::CertPayload& s, const Take& f) {
  f("encoding", Info{8, Names::cert_encoding}, s.encoding);
  f("data", Info{}, s.data);
}
void each_field(wire::CertReqPayload& s, const Take& f) {
  f("encoding", Info{8, Names::cert_encoding}, s.encoding);
  f("data", Info{}, s.data);
}
void each_field(wire::AuthPayload& s, const Take& f) {
  f("method", Info{8, Names::auth_method}, s.method);
  f("reserved", Info{24}, s.reserved);
  f("data", Info{}, s.data);
}
void each_field(wire::NoncePayload& s, const Take& f) {
  f("data", Info{}, s.data);
}
void each_field(wire::NotifyPayload& s, const Take& f) {
  f("protocol", Info{8, Names::protocol}, s.protocol);
  f("type", Info{16, Names::notify}, s.type);
  f("spi", Info{}, s.spi);
  f("data", Info{}, s.data);
}
void each_field(wire::DeletePayload& s, const Take& f) {
  f("protocol", Info{8, Names::protocol}, s.protocol);
  f("spi_size", Info{8}, s.spi_size);
  f("spis", Info{}, s.spis);
}
void each_field(wire::VendorIdPayload& s, const Take& f) {
  f("data", Info{}, s.data);
}
void each_field(wire::TsPayload& s, const Take& f) {
  f("reserved", Info{24}, s.reserved);
  f("selectors", Info{}, s.selectors);
}
void each_field(wire::AddressSelector& s, const Take& f) {
  f("type", Info{8, Names::ts_type}, s.type);
  f("ip_protocol", Info{8}, s.ip_protocol);
  f("start_port", Info{16}, s.start_port);
  f("end_port", Info{16}, s.end_port);
  f("start_address", Info{0, Names::address}, s.start_address);
  f("end_address", Info{0, Names::address}, s.end_address);
}
void each_field(wire::RpSelector& s, const Take& f) {
  f("type", Info{8, Names::ts_type}, s.type);
  f("routing_protocol", Info{8, Names::routing_protocol}, s.routing_protocol);
}
void each_field(wire::UnknownSelector& s, const Take& f) {
  f("type", Info{8, Names::ts_type}, s.type);
  f("second_octet", Info{8}, s.second_octet);
  f("body", Info{}, s.body);
}
void each_field(wire::EncryptedPayload& s, const Take& f) {
  f("first_inner", Info{8, Names::payload}, s.first_inner);
  f("data", Info{}, s.data);
}
void each_field(wire::EncryptedFragmentPayload& s, const Take& f) {
  f("first_inner", Info{8, Names::payload}, s.first_inner);
  f("fragment_number", Info{16}, s.fragment_number);
  f("total_fragments", Info{16}, s.total_fragments);
  f("data", Info{}, s.data);
}
void each_field(wire::ConfigPayload& s, const Take& f) {
  f("cfg_type", Info{8, Names::cfg_type}, s.cfg_type);
  f("reserved", Info{24}, s.reserved);
  f("attributes", Info{}, s.attributes);
}
void each_field(wire::ConfigAttribute& s, const Take& f) {
  f("reserved", Info{1, Names::flag}, s.reserved);
  f("type", Info{15}, s.type);
  f("value", Info{}, s.value);
}
void each_field(wire::EapPayload& s, const Take& f) {
  f("data", Info{}, s.data);
}
void each_field(wire::GroupPayload& s, const Take& f) {
  f("protocol", Info{8}, s.protocol);
  f("instance", Info{8}, s.instance);
  f("reserved", Info{16}, s.reserved);
  f("area", Info{32}, s.area);
}
void each_field(wire::SpeakerGroup& s, const Take& f) {
  f("speaker", Info{0, Names::text}, s.speaker);
  f("vrf", Info{0, Names::text}, s.vrf);
  f("interface", Info{0, Names::text}, s.interface);
  f("protocol", Info{0, Names::text}, s.protocol);
}
void each_field(wire::Material& s, const Take& f) {
  f("kind", Info{8}, s.kind);
  f("value", Info{0, s.kind == wire::Material::address ? Names::address : Names::none}, s.value);
}
void each_field(wire::PolicyEntry& s, const Take& f) {
  using Kind = wire::PolicyEntry::Kind;
  f("type", Info{8}, s.kind);
  f("reserved", Info{8}, s.reserved);
  if (s.is(Kind::permission)) {
    each_field(s.group, f);
    f("receiver", Info{0, Names::text}, s.receiver);
    f("direction", Info{8}, s.direction);
    return f("materials", Info{}, s.materials);
  }
  if (s.is(Kind::interface)) {
    f("router", Info{0, Names::text}, s.router);
    f("vrf", Info{0, Names::text}, s.group.vrf);
    f("interface", Info{0, Names::text}, s.group.interface);
    f("mode", Info{8}, s.mode);
    f("flags", Info{8}, s.flags);
    return f("permit_seconds", Info{32}, s.permit_seconds);
  }
  if (s.is(Kind::reconnect)) {
    f("first", Info{16}, s.first);
    f("longest", Info{16}, s.longest);
    f("spread", Info{16}, s.spread);
    f("jitter", Info{8}, s.jitter_percent);
    f("unused", Info{8}, s.unused);
    return f("addresses", Info{}, s.materials);
  }
  f("value", Info{}, s.value);
}
void each_field(wire::PolicyPayload& s, const Take& f) {
  f("version", Info{64}, s.version);
  f("entries", Info{}, s.entries);
}
void each_field(wire::KeyDownloadPayload& s, const Take& f) {
  f("clock", Info{64}, s.clock);
  f("items", Info{}, s.items);
}
void each_field(wire::KeyItem& s, const Take& f) {
  f("type", Info{8}, s.kind);
  f("reserved", Info{8}, s.reserved);
  if (s.is(wire::KeyItem::Kind::group))
    return each_field(s.group, f);
  if (s.is(wire::KeyItem::Kind::order)) {
    f("policy_version", Info{64}, s.policy_version);
    return f("sequence", Info{64}, s.sequence);
  }
  if (!s.is_key())
    return f("value", Info{0, Names::address}, s.value);
  f("key_id", Info{32}, s.key_id);
  f("algorithm", Info{16}, s.algorithm);
  f("receive_start", Info{32}, s.lifetimes.receive_start);
  f("send_start", Info{32}, s.lifetimes.send_start);
  f("send_end", Info{32}, s.lifetimes.send_end);
  f("receive_end", Info{32}, s.lifetimes.receive_end);
  f("key", Info{}, s.key);
}
void each_field(wire::SequencePayload& s, const Take& f) {
  f("number", Info{64}, s.number);
}
void each_field(wire::AdvertPayload& s, const Take& f) {
  f("version", Info{8}, s.version);
  f("type", Info{8}, s.kind);
  f("priority", Info{16}, s.priority);
  f("interval", Info{16}, s.interval);
  f("reserved", Info{16}, s.reserved);
}
void each_field(wire::GroupActionPayload& s, const Take& f) {
  f("type", Info{8}, s.kind);
  f("reserved", Info{8}, s.reserved);
  f("rejoin_within", Info{16}, s.rejoin_within);
}
void each_field(wire::IncarnationPayload& s, const Take& f) {
  f("number", Info{64}, s.number);
}
void each_field(wire::UnknownPayload& s, const Take& f) {
  f("data", Info{}, s.data);
}

using Words = std::span<const std::string_view>;

constexpr std::string_view header_words[] = {"next_payload", "length"};
constexpr std::string_view proposal_words[] = {"last", "length", "spi_size", "num_transforms"};
constexpr std::string_view transform_words[] = {"last", "length"};
constexpr std::string_view notify_words[] = {"spi_size"};
constexpr std::string_view delete_words[] = {"num_spis"};
constexpr std::string_view ts_words[] = {"num_selectors"};
constexpr std::string_view length_word[] = {"length"};
constexpr std::string_view key_item_words[] = {"length", "key_length"};
// How much more padding than needed, in octets, and what the pad length octet says.
constexpr std::string_view encrypted_words[] = {"padding", "pad_length"};

template <class S>
Words wire_only(const S&) {
  return {};
}
Words wire_only(const wire::Header&) {
  return header_words;
}
Words wire_only(const wire::Proposal&) {
  return proposal_words;
}
Words wire_only(const wire::Transform&) {
  return transform_words;
}
Words wire_only(const wire::TcpAoTransform&) {
  return transform_words;
}
Words wire_only(const wire::Attribute&) {
  return length_word;
}
Words wire_only(const wire::NotifyPayload&) {
  return notify_words;
}
Words wire_only(const wire::DeletePayload&) {
  return delete_words;
}
Words wire_only(const wire::TsPayload&) {
  return ts_words;
}
Words wire_only(const wire::AddressSelector&) {
  return length_word;
}
Words wire_only(const wire::RpSelector&) {
  return length_word;
}
Words wire_only(const wire::UnknownSelector&) {
  return length_word;
}
Words wire_only(const wire::ConfigAttribute&) {
  return length_word;
}
Words wire_only(const wire::EncryptedPayload&) {
  return encrypted_words;
}
Words wire_only(const wire::KeyItem& item) {
  return item.is_key() ? Words(key_item_words) : Words(length_word);
}

template <class S>
std::span<const Bits> bits_of(const S&, std::string_view) {
  return {};
}
std::span<const Bits> bits_of(const wire::Header&, std::string_view field) {
  static constexpr Bits flags[] = {{"I", 3, 1}, {"V", 4, 1}, {"R", 5, 1}};
  static constexpr Bits version[] = {{"major", 4, 15}, {"minor", 0, 15}};
  if (field == "flags")
    return flags;
  if (field == "version")
    return version;
  return {};
}
std::span<const Bits> bits_of(const wire::TcpAoTransform&, std::string_view field) {
  static constexpr Bits flags[] = {{"O", 7, 1}, {"X", 0, 127}};
  if (field == "flags")
    return flags;
  return {};
}

}  // namespace

struct StructureRef::Kind {
  void (*each_field)(void* at, const Take& take);
  Words (*wire_only)(const void* at);
  std::span<const Bits> (*bits_of)(const void* at, std::string_view field);
};

struct ListRef::Kind {
  std::size_t (*size)(const void* at);
  ElementRef (*element)(void* at, std::size_t i);
  void (*cut)(void* at, std::size_t count);
  void (*erase)(void* at, std::size_t i);
  void (*duplicate)(void* at, std::size_t i);
  void (*insert)(void* at, std::size_t i);
  void (*swap)(void* at, std::size_t one, std::size_t other);
};

namespace {

template <class S>
const StructureRef::Kind& structure_kind() {
  static constexpr StructureRef::Kind kind{
      [](void* at, const Take& take) { each_field(*static_cast<S*>(at), take); },
      [](const void* at) { return wire_only(*static_cast<const S*>(at)); },
      [](const void* at, std::string_view field) {
        return bits_of(*static_cast<const S*>(at), field);
      }};
  return kind;
}

ElementRef element(Octets& octets) {
  return &octets;
}
template <class S>
ElementRef element(S& structure) {
  return StructureRef(structure_kind<S>(), &structure);
}
template <class... S>
ElementRef element(std::variant<S...>& one) {
  return std::visit([](auto& structure) { return element(structure); }, one);
}

template <class T>
const ListRef::Kind& list_kind() {
  using List = std::vector<T>;
  static constexpr auto list = [](void* at) -> List& { return *static_cast<List*>(at); };
  static constexpr auto place = [](void* at, std::size_t i) {
    return list(at).begin() + static_cast<std::ptrdiff_t>(i);
  };
  static constexpr ListRef::Kind kind{
      [](const void* at) { return static_cast<const List*>(at)->size(); },
      [](void* at, std::size_t i) { return element(list(at)[i]); },
      [](void* at, std::size_t count) { list(at).erase(place(at, count), list(at).end()); },
      [](void* at, std::size_t i) { list(at).erase(place(at, i)); },
      [](void* at, std::size_t i) {
        T copy = list(at)[i];
        list(at).insert(place(at, i), std::move(copy));
      },
      [](void* at, std::size_t i) { list(at).insert(place(at, i), T{}); },
      [](void* at, std::size_t one, std::size_t other) {
        std::swap(list(at)[one], list(at)[other]);
      }};
  return kind;
}

}  // namespace

StructureRef::StructureRef(wire::Header& header)
    : StructureRef(structure_kind<wire::Header>(), &header) {}

StructureRef::StructureRef(wire::Body& body)
    : StructureRef(
          std::visit([]<class S>(S& held) { return StructureRef(structure_kind<S>(), &held); },
                     static_cast<wire::AnyBody&>(body))) {}

void StructureRef::each_field(TakeField take) const {
  kind_->each_field(at_, Take(take));
}

std::span<const std::string_view> StructureRef::wire_only() const {
  return kind_->wire_only(at_);
}

std::span<const Bits> StructureRef::bits_of(std::string_view field) const {
  return kind_->bits_of(at_, field);
}

wire::Transform* StructureRef::as_transform() const {
  return kind_ == &structure_kind<wire::Transform>() ? static_cast<wire::Transform*>(at_) : nullptr;
}

std::size_t ListRef::size() const {
  return kind_->size(at_);
}

ElementRef ListRef::operator[](std::size_t i) const {
  return kind_->element(at_, i);
}

void ListRef::cut(std::size_t count) const {
  kind_->cut(at_, count);
}

void ListRef::erase(std::size_t i) const {
  kind_->erase(at_, i);
}

void ListRef::duplicate(std::size_t i) const {
  kind_->duplicate(at_, i);
}

void ListRef::insert(std::size_t i) const {
  kind_->insert(at_, i);
}

void ListRef::swap(std::size_t one, std::size_t other) const {
  kind_->swap(at_, one, other);
}

std::vector<wire::Transform>* ListRef::as_transforms() const {
  return kind_ == &list_kind<wire::Transform>() ? static_cast<std::vector<wire::Transform>*>(at_)
                                                : nullptr;
}

std::vector<wire::KeyItem>* ListRef::as_key_items() const {
  return kind_ == &list_kind<wire::KeyItem>() ? static_cast<std::vector<wire::KeyItem>*>(at_)
                                              : nullptr;
}

}  // namespace karpspec::transcript
