#include "transcript/render.h"

#include <algorithm>

#include "base/decimal.h"
#include "base/text.h"
#include "transcript/reflection.h"
#include "wire/names.h"

namespace karpspec::transcript {
namespace {

// PREFIX, and "i" or "r" by whose side MESSAGE speaks for.
void append_side(Text& out, std::string_view prefix, const wire::Message& message) {
  out.append(prefix);
  out.append(message.header.is_response() ? 'r' : 'i');
}

// NAME(WORD), the word NUMBER's own where it has one.
void append_with_word(Text& out, std::string_view name, std::string_view word, unsigned number) {
  out.append(name);
  out.append('(');
  if (word.empty())
    append_decimal(out, number);
  else
    out.append(word);
  out.append(')');
}

void append_figure_name(Text& out, const wire::Message& message, const wire::Payload& payload,
                        const wire::CodePoints& numbers) {
  using wire::PayloadType;
  const auto exchange = message.header.exchange_type();
  switch (payload.type) {
    case PayloadType::SA:
      if (wire::makes_ike_sa(exchange)) {
        append_side(out, "SA", message);
        out.append('1');
      } else if (exchange == wire::ExchangeType::IKE_AUTH) {
        append_side(out, "SA", message);
        out.append('2');
      } else {
        out.append("SA");
      }
      return;
    case PayloadType::KE:
      return append_side(out, "KE", message);
    case PayloadType::Nonce:
      return append_side(out, "N", message);
    case PayloadType::N:
      if (const auto* body = payload.as<wire::NotifyPayload>())
        return append_with_word(out, "N", wire::known_notify_name(body->type), body->type);
      out.append('N');
      return;
    case PayloadType::SKF:
      out.append("SKF");
      if (const auto* body = payload.as<wire::EncryptedFragmentPayload>()) {
        out.append('(');
        append_decimal(out, body->fragment_number);
        out.append('/');
        append_decimal(out, body->total_fragments);
        out.append(')');
      }
      return;
    case PayloadType::D:
      if (const auto* body = payload.as<wire::DeletePayload>())
        return append_with_word(out, "D", known_protocol_name(body->protocol, numbers),
                                body->protocol);
      out.append('D');
      return;
    default:
      break;
  }
  const auto number = static_cast<std::uint8_t>(payload.type);
  if (const std::string_view name = wire::known_payload_name(number); !name.empty()) {
    out.append(name);
  } else {
    out.append('P');
    append_decimal(out, number);
  }
  if (payload.critical)
    out.append('!');
}

// Gives the payloads of a message, one after the other, the names that their fields are under: the
// figure_name(), with "[2]" behind the second one of a name.
class Labels {
 public:
  Labels(const wire::Message& message, const wire::CodePoints& numbers)
      : message_(message), numbers_(numbers) {
    constexpr std::size_t usual_payloads = 16;
    given_.reserve(std::min(message.payloads.size(), usual_payloads));
  }
  void append(Text& out, const wire::Payload& payload) {
    // Which fragment it is stands in its fields.
    if (payload.type == wire::PayloadType::SKF)
      out.append("SKF");
    else
      append_figure_name(out, message_, payload, numbers_);
    const std::uint32_t name = name_of(payload);
    const auto known = std::ranges::find(given_, name, &Given::name);
    if (known == given_.end()) {
      given_.push_back({name, 1});
      return;
    }
    out.append('[');
    append_decimal(out, ++known->times);
    out.append(']');
  }

 private:
  struct Given {
    std::uint32_t name;
    std::uint32_t times;
  };

  // The same for two payloads of a message that have the same figure_name(): what in them that name
  // is made of. To compare texts takes longer.
  static std::uint32_t name_of(const wire::Payload& payload) {
    const auto type = std::uint32_t{static_cast<std::uint8_t>(payload.type)} << 24;
    switch (payload.type) {
      case wire::PayloadType::SA:
      case wire::PayloadType::KE:
      case wire::PayloadType::Nonce:
      case wire::PayloadType::SKF:
        return type;
      case wire::PayloadType::N: {
        const auto* body = payload.as<wire::NotifyPayload>();
        return type + (body == nullptr ? 1U << 16 : body->type);
      }
      case wire::PayloadType::D: {
        const auto* body = payload.as<wire::DeletePayload>();
        return type + (body == nullptr ? 1U << 16 : body->protocol);
      }
      default:
        return type + (payload.critical ? 1 : 0);
    }
  }

  const wire::Message& message_;
  const wire::CodePoints& numbers_;
  std::vector<Given> given_;
};

// Takes the fields of a message in their order, all but those that only the octets have: the path,
// what it is, and its number or octets. The path is a view that the next field overwrites.
struct TakeValues {
  FunctionRef<void(std::string_view path, const Info& info, std::uint64_t number)> number;
  FunctionRef<void(std::string_view path, const Info& info, const Octets& octets)> octets;
};

class FieldWalk {
 public:
  // Each path begins with PREFIX.
  explicit FieldWalk(TakeValues take, std::string_view prefix = {})
      : take_(take), prefix_(prefix) {}

  void go(const wire::Message& message, const wire::CodePoints& numbers) {
    // The fields' list is written once, for readers and writers.
    auto& writable = const_cast<wire::Message&>(message);
    path_.cut(0);
    path_.append(prefix_);
    path_.append("HDR");
    structure(StructureRef(writable.header));
    Labels labels(message, numbers);
    for (wire::Payload& payload : writable.payloads) {
      path_.cut(prefix_.size());
      labels.append(path_, payload);
      if (payload.critical)
        generic(".critical", Info{1, Names::flag}, 1);
      if (payload.reserved != 0)
        generic(".generic_reserved", Info{7}, payload.reserved);
      structure(StructureRef(payload.body));
    }
  }

 private:
  void structure(const StructureRef& one) {
    one.each_field([this](std::string_view name, Info info, const MemberRef& member) {
      const auto* ref = std::get_if<NumberRef>(&member);
      const std::uint64_t value = ref == nullptr ? 0 : ref->value();
      // Reserved fields are only worth a line when they are not zero.
      if (ref != nullptr && value == 0 && name.starts_with("reserved"))
        return;
      const std::size_t size = path_.size();
      path_.append('.');
      path_.append(name);
      // A negative number as its field has it, and as get_field() gives it.
      const unsigned unused = info.bits == 0 ? 0 : 64 - info.bits;
      if (ref != nullptr)
        number(info, value << unused >> unused);
      else if (const auto* text = std::get_if<Octets*>(&member))
        octets(Info{0, info.names}, **text);
      else if (const auto* list = std::get_if<ListRef>(&member))
        elements(*list);
      else
        attribute_value(*std::get<AttributeValue*>(member));
      path_.cut(size);
    });
  }
  void attribute_value(const AttributeValue& value) {
    if (const auto* number = std::get_if<std::uint16_t>(&value))
      this->number(Info{16}, *number);
    else
      octets(Info{}, std::get<Octets>(value));
  }
  void elements(const ListRef& list) {
    const std::size_t size = path_.size();
    for (std::size_t i = 0; i < list.size(); ++i) {
      path_.append('[');
      append_decimal(path_, i + 1);
      path_.append(']');
      const ElementRef element = list[i];
      if (const auto* inner = std::get_if<StructureRef>(&element))
        structure(*inner);
      else
        octets(Info{}, *std::get<Octets*>(element));
      path_.cut(size);
    }
  }
  void generic(std::string_view name, const Info& info, std::uint64_t value) {
    const std::size_t size = path_.size();
    path_.append(name);
    number(info, value);
    path_.cut(size);
  }
  void number(const Info& info, std::uint64_t value) { take_.number(path_.view(), info, value); }
  void octets(const Info& info, const Octets& value) { take_.octets(path_.view(), info, value); }

  TakeValues take_;
  std::string_view prefix_;
  Text path_;
};

}  // namespace

std::string figure_name(const wire::Message& message, const wire::Payload& payload,
                        const wire::CodePoints& numbers) {
  Text out;
  append_figure_name(out, message, payload, numbers);
  return out.str();
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

namespace {

void append_one_line(Text& out, const wire::Message& message, const wire::CodePoints& numbers) {
  const std::uint8_t number = message.header.exchange;
  if (const std::string_view name = wire::known_exchange_name(number); !name.empty())
    out.append(name);
  else
    append_decimal(out, number);
  const auto exchange = message.header.exchange_type();
  if (wire::is_to_group(exchange)) {
    out.append(group_words(message));
  } else {
    out.append(message.header.is_response() ? " response, id " : " request, id ");
    append_decimal(out, message.header.message_id);
  }
  out.append(" {");
  bool first = true;
  for (const wire::Payload& payload : message.payloads) {
    if (!first)
      out.append(", ");
    append_figure_name(out, message, payload, numbers);
    first = false;
  }
  out.append('}');
}

}  // namespace

std::string one_line(const wire::Message& message, const wire::CodePoints& numbers) {
  Text out;
  append_one_line(out, message, numbers);
  return out.str();
}

std::vector<std::string> payload_labels(const wire::Message& message,
                                        const wire::CodePoints& numbers) {
  std::vector<std::string> out;
  out.reserve(message.payloads.size());
  Labels labels(message, numbers);
  Text label;
  for (const wire::Payload& payload : message.payloads) {
    label.cut(0);
    labels.append(label, payload);
    out.push_back(label.str());
  }
  return out;
}

std::vector<PlacedValue> values_of(const wire::Message& message, const wire::CodePoints& numbers) {
  std::vector<PlacedValue> out;
  const auto take = [&](std::string_view path, const Info& info, const auto& value) {
    out.push_back({std::string(path), {Value(value), info.names, info.bits}});
  };
  FieldWalk({take, take}).go(message, numbers);
  return out;
}

std::vector<ShownField> show_fields(const wire::Message& message, const wire::CodePoints& numbers) {
  std::vector<ShownField> out;
  Text text;
  const auto take = [&](std::string_view path, const Info& info, const auto& value) {
    text.cut(0);
    append_text(text, value, info.names, numbers);
    out.push_back({std::string(path), text.str()});
  };
  FieldWalk({take, take}).go(message, numbers);
  return out;
}

std::string with_fields(const wire::Message& message, const wire::CodePoints& numbers) {
  Text out;
  append_with_fields(out, message, numbers);
  return out.str();
}

void append_with_fields(Text& out, const wire::Message& message, const wire::CodePoints& numbers) {
  append_one_line(out, message, numbers);
  out.append('\n');
  constexpr std::string_view indent = "  ", is = " = ";
  const auto take = [&](std::string_view path, const Info& info, const auto& value) {
    out.append(path);
    out.append(is);
    append_text(out, value, info.names, numbers);
    out.append('\n');
  };
  FieldWalk({take, take}, indent).go(message, numbers);
}

}  // namespace karpspec::transcript
