#include "transcript/render.h"

#include <map>

#include "transcript/reflection.h"

namespace karpspec::transcript {
namespace {

class Lister {
 public:
  template <class S>
  void list(S& s, const std::string& prefix) {
    each_field(s, [&](const char* name, Info info, auto& member) {
      using T = std::remove_reference_t<decltype(member)>;
      const std::string path = prefix + "." + name;
      if constexpr (std::is_integral_v<T>) {
        // Reserved fields are only worth a line when they are not zero.
        if (std::string_view(name).starts_with("reserved") && member == 0)
          return;
        // A negative number as its field has it, and as get_field() gives it.
        const std::uint64_t unused = info.bits == 0 ? 0 : 64 - info.bits;
        put(path, Value(static_cast<std::uint64_t>(member) << unused >> unused), info.names,
            info.bits);
      } else if constexpr (std::is_same_v<T, Octets>) {
        put(path, Value(member), info.names);
      } else if constexpr (std::is_same_v<T, std::variant<std::uint16_t, Octets>>) {
        if (const auto* number = std::get_if<std::uint16_t>(&member))
          put(path, Value(std::uint64_t{*number}), Names::none, 16);
        else
          put(path, Value(std::get<Octets>(member)), Names::none);
      } else {
        for (std::size_t i = 0; i < member.size(); ++i)
          element(member[i], path + "[" + std::to_string(i + 1) + "]");
      }
    });
  }
  void put(const std::string& path, Value value, Names names, unsigned bits = 0) {
    values_.push_back({path, {std::move(value), names, bits}});
  }
  [[nodiscard]] std::vector<PlacedValue> take() { return std::move(values_); }

 private:
  template <class T>
  void element(T& item, const std::string& path) {
    if constexpr (std::is_same_v<T, Octets>)
      put(path, Value(item), Names::none);
    else if constexpr (requires { item.index(); })
      std::visit([&](auto& kind) { list(kind, path); }, item);
    else
      list(item, path);
  }

  std::vector<PlacedValue> values_;
};

}  // namespace

std::string figure_name(const wire::Message& message, const wire::Payload& payload,
                        const wire::CodePoints& numbers) {
  using wire::PayloadType;
  const bool response = message.header.is_response();
  const std::string side = response ? "r" : "i";
  const auto exchange = message.header.exchange_type();
  switch (payload.type) {
    case PayloadType::SA:
      if (exchange == wire::ExchangeType::IKE_SA_INIT || exchange == wire::ExchangeType::mrkmp_init)
        return "SA" + side + "1";
      if (exchange == wire::ExchangeType::IKE_AUTH)
        return "SA" + side + "2";
      return "SA";
    case PayloadType::KE:
      return "KE" + side;
    case PayloadType::Nonce:
      return "N" + side;
    case PayloadType::N:
      if (const auto* body = payload.as<wire::NotifyPayload>())
        return "N(" + wire::notify_name(body->type) + ")";
      return "N";
    case PayloadType::SKF:
      if (const auto* body = payload.as<wire::EncryptedFragmentPayload>())
        return "SKF(" + std::to_string(body->fragment_number) + "/" +
               std::to_string(body->total_fragments) + ")";
      return "SKF";
    case PayloadType::D:
      if (const auto* body = payload.as<wire::DeletePayload>())
        return "D(" + protocol_name(body->protocol, numbers) + ")";
      return "D";
    default:
      break;
  }
  const auto number = static_cast<std::uint8_t>(payload.type);
  std::string name = wire::payload_name(number);
  if (name == std::to_string(number))
    name = "P" + name;
  return payload.critical ? name + "!" : name;
}

namespace {

template <class Body>
const Body* body_in(const wire::Message& message, wire::PayloadType type) {
  const wire::Payload* payload = wire::find(message.payloads, type);
  return payload == nullptr ? nullptr : payload->as<Body>();
}

// What a reader of MRKMP asks first of a message to a group: " GCKS, priority 32768", " update 7".
std::string group_words(const wire::Message& message) {
  using wire::PayloadType;
  if (const auto* advert = body_in<wire::AdvertPayload>(message, PayloadType::ADV)) {
    const char* const kinds[] = {"?", "initial", "GCKS", "resignation"};
    const std::string kind =
        advert->kind < std::size(kinds) ? kinds[advert->kind] : std::to_string(advert->kind);
    return " " + kind + ", priority " + std::to_string(advert->priority);
  }
  const auto* action = body_in<wire::GroupActionPayload>(message, PayloadType::GKM);
  const auto* sequence = body_in<wire::SequencePayload>(message, PayloadType::SEQ);
  if (action == nullptr || sequence == nullptr)
    return "";
  return std::string(action->kind == 1   ? " update "
                     : action->kind == 2 ? " retire "
                                         : " kind " + std::to_string(action->kind) + ", ") +
         std::to_string(sequence->number);
}

}  // namespace

std::string one_line(const wire::Message& message, const wire::CodePoints& numbers) {
  std::string out = wire::exchange_name(message.header.exchange);
  const auto exchange = message.header.exchange_type();
  if (exchange == wire::ExchangeType::mrkmp_advert || exchange == wire::ExchangeType::mrkmp_group)
    out += group_words(message) + " {";
  else
    out += (message.header.is_response() ? " response, id " : " request, id ") +
           std::to_string(message.header.message_id) + " {";
  bool first = true;
  for (const wire::Payload& payload : message.payloads) {
    out += (first ? "" : ", ") + figure_name(message, payload, numbers);
    first = false;
  }
  return out + "}";
}

std::vector<std::string> payload_labels(const wire::Message& message,
                                        const wire::CodePoints& numbers) {
  std::vector<std::string> out;
  std::map<std::string, std::size_t> seen;
  for (const wire::Payload& payload : message.payloads) {
    // Which fragment it is stands in its fields.
    std::string name =
        payload.type == wire::PayloadType::SKF ? "SKF" : figure_name(message, payload, numbers);
    if (const std::size_t n = ++seen[name]; n > 1)
      name += "[" + std::to_string(n) + "]";
    out.push_back(std::move(name));
  }
  return out;
}

std::vector<PlacedValue> values_of(const wire::Message& message, const wire::CodePoints& numbers) {
  // The fields' list is written once, for readers and writers.
  auto& writable = const_cast<wire::Message&>(message);
  Lister lister;
  lister.list(writable.header, "HDR");
  const std::vector<std::string> labels = payload_labels(message, numbers);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    wire::Payload& payload = writable.payloads[i];
    if (payload.critical)
      lister.put(labels[i] + ".critical", Value(std::uint64_t{1}), Names::flag, 1);
    if (payload.reserved != 0)
      lister.put(labels[i] + ".generic_reserved", Value(std::uint64_t{payload.reserved}),
                 Names::none, 7);
    std::visit([&](auto& body) { lister.list(body, labels[i]); }, payload.body);
  }
  return lister.take();
}

std::vector<ShownField> show_fields(const wire::Message& message, const wire::CodePoints& numbers) {
  std::vector<ShownField> out;
  for (PlacedValue& placed : values_of(message, numbers))
    out.push_back(
        {std::move(placed.path), to_text(placed.field.value, placed.field.names, numbers)});
  return out;
}

std::string with_fields(const wire::Message& message, const wire::CodePoints& numbers) {
  std::string out = one_line(message, numbers) + "\n";
  for (const ShownField& field : show_fields(message, numbers))
    out += "  " + field.path + " = " + field.value + "\n";
  return out;
}

}  // namespace karpspec::transcript
