#include "base/reader.h"
#include "base/writer.h"
#include "dut/adapters/vici.h"

namespace karpspec::dut::vici {
namespace {

enum ElementType : std::uint8_t {
  section_start = 1,
  section_end = 2,
  key_value = 3,
  list_start = 4,
  list_item = 5,
  list_end = 6,
};
constexpr int deepest = 16;

std::string text_of(OctetView octets) {
  return {octets.begin(), octets.end()};
}

Result<void> put_name(Octets& out, ElementType type, const std::string& name) {
  if (name.size() > 255)
    return fail(ErrorCode::bad_length, "a name of more than 255 octets");
  out.push_back(type);
  out.push_back(static_cast<std::uint8_t>(name.size()));
  out.insert(out.end(), name.begin(), name.end());
  return {};
}

Result<void> put_value(Octets& out, const Octets& value) {
  if (value.size() > 0xffff)
    return fail(ErrorCode::bad_length, "a value of more than 65535 octets");
  append(out, big_endian(static_cast<std::uint16_t>(value.size())));
  append(out, value);
  return {};
}

Result<void> put(Octets& out, const std::vector<Message::Element>& elements) {
  using Kind = Message::Element::Kind;
  for (const Message::Element& element : elements) {
    switch (element.kind) {
      case Kind::value:
        KARPSPEC_CHECK(put_name(out, key_value, element.name));
        KARPSPEC_CHECK(put_value(out, element.value));
        break;
      case Kind::list:
        KARPSPEC_CHECK(put_name(out, list_start, element.name));
        for (const Octets& item : element.items) {
          out.push_back(list_item);
          KARPSPEC_CHECK(put_value(out, item));
        }
        out.push_back(list_end);
        break;
      case Kind::section:
        KARPSPEC_CHECK(put_name(out, section_start, element.name));
        KARPSPEC_CHECK(put(out, element.inner));
        out.push_back(section_end);
        break;
    }
  }
  return {};
}

Result<std::string> name_from(Reader& in) {
  KARPSPEC_TRY(size, in.u8("length of a name"));
  KARPSPEC_TRY(octets, in.octets(size, "a name"));
  return text_of(octets);
}

Result<Octets> value_from(Reader& in) {
  KARPSPEC_TRY(size, in.u16("length of a value"));
  KARPSPEC_TRY(octets, in.octets(size, "a value"));
  return Octets(octets.begin(), octets.end());
}

// Reads up to the end of the section, or of the message at depth 0.
Result<std::vector<Message::Element>> elements_from(Reader& in, int depth) {
  using Kind = Message::Element::Kind;
  std::vector<Message::Element> out;
  if (depth > deepest)
    return fail(ErrorCode::bad_value, "sections nested too deeply", in.offset());
  while (!in.empty()) {
    const std::size_t at = in.offset();
    KARPSPEC_TRY(type, in.u8("type of an element"));
    if (type == section_end && depth > 0)
      return out;
    if (type != section_start && type != key_value && type != list_start) {
      return fail(ErrorCode::bad_value, "an element of type " + std::to_string(type) + " here", at);
    }
    Message::Element element;
    KARPSPEC_TRY(name, name_from(in));
    element.name = std::move(name);
    if (type == key_value) {
      KARPSPEC_TRY(value, value_from(in));
      element.value = std::move(value);
    } else if (type == section_start) {
      element.kind = Kind::section;
      KARPSPEC_TRY(inner, elements_from(in, depth + 1));
      element.inner = std::move(inner);
    } else {
      element.kind = Kind::list;
      for (;;) {
        KARPSPEC_TRY(item_type, in.u8("type of an item"));
        if (item_type == list_end)
          break;
        if (item_type != list_item)
          return fail(ErrorCode::bad_value, "something else than items in a list", in.offset());
        KARPSPEC_TRY(item, value_from(in));
        element.items.push_back(std::move(item));
      }
    }
    out.push_back(std::move(element));
  }
  if (depth > 0)
    return fail(ErrorCode::truncated, "a section without its end", in.offset());
  return out;
}

}  // namespace

Message& Message::add(std::string_view name, std::string_view value) {
  return add(name, OctetView(octets_of(value)));
}

Message& Message::add(std::string_view name, OctetView value) {
  Element element;
  element.name = name;
  element.value.assign(value.begin(), value.end());
  elements_.push_back(std::move(element));
  return *this;
}

Message& Message::add_list(std::string_view name, const std::vector<std::string>& values) {
  Element element;
  element.kind = Element::Kind::list;
  element.name = name;
  for (const std::string& value : values)
    element.items.push_back(octets_of(value));
  elements_.push_back(std::move(element));
  return *this;
}

Message& Message::add_section(std::string_view name, const Message& section) {
  Element element;
  element.kind = Element::Kind::section;
  element.name = name;
  element.inner = section.elements_;
  elements_.push_back(std::move(element));
  return *this;
}

std::string Message::text(std::initializer_list<std::string_view> names) const {
  const std::vector<Element>* in = &elements_;
  const Element* found = nullptr;
  for (const std::string_view name : names) {
    found = nullptr;
    for (const Element& element : *in) {
      if (element.name == name)
        found = &element;
    }
    if (found == nullptr)
      return {};
    in = &found->inner;
  }
  return found == nullptr ? std::string() : text_of(found->value);
}

Message Message::section(std::string_view name) const {
  Message out;
  for (const Element& element : elements_) {
    if (element.name == name && element.kind == Element::Kind::section)
      out.elements_ = element.inner;
  }
  return out;
}

Result<Octets> Message::encode() const {
  Octets out;
  KARPSPEC_CHECK(put(out, elements_));
  return out;
}

Result<Message> Message::decode(OctetView octets) {
  Reader in(octets);
  KARPSPEC_TRY(elements, elements_from(in, 0));
  Message out;
  out.elements_ = std::move(elements);
  return out;
}

}  // namespace karpspec::dut::vici
