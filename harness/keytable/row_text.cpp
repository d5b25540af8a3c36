#include "keytable/row_text.h"

#include <algorithm>

#include "base/control_character.h"
#include "keytable/address.h"
#include "keytable/key_name.h"

namespace karpspec::keytable {
namespace {

using Form = FieldText::Form;

const char* name_of(Form form) {
  switch (form) {
    case Form::text:
      return "a text";
    case Form::list:
      return "a list";
    case Form::map:
      return "a map";
    default:
      return "nothing of use";
  }
}

class Reader {
 public:
  Reader(const RowText& text, const Rulebook& book, Findings& findings)
      : text_(text), book_(book), findings_(findings) {}

  ReadRow read() {
    for (const RowText::Unknown& unknown : text_.unknown)
      report(RuleId::field_unknown, Field::AdminKeyName, "no field '" + shown(unknown.name) + "'");
    Row& row = out_.row;
    row.admin_key_name = text(Field::AdminKeyName);
    if (row.admin_key_name.empty() && !unread(Field::AdminKeyName))
      refuse(RuleId::admin_key_name, Field::AdminKeyName, "AdminKeyName is empty");
    row.local_key_name = canonical_key_name(text(Field::LocalKeyName, true));
    row.peer_key_name = canonical_key_name(text(Field::PeerKeyName, true));
    row.peers = set(Field::Peers, canonical_peer);
    if (given(Field::Interfaces))
      row.interfaces =
          set(Field::Interfaces, [](std::string_view name) { return std::string(name); });
    row.protocol = text(Field::Protocol);
    row.kdf = text(Field::KDF);
    row.alg_id = text(Field::AlgID);
    read_info();
    read_key();
    read_direction();
    read_time(Field::SendLifetimeStart, row.send_lifetime_start);
    read_time(Field::SendLifetimeEnd, row.send_lifetime_end);
    read_time(Field::AcceptLifetimeStart, row.accept_lifetime_start);
    read_time(Field::AcceptLifetimeEnd, row.accept_lifetime_end);
    return std::move(out_);
  }

 private:
  void report(RuleId rule, Field field, std::string message) {
    findings_.push_back({rule, field, std::move(message), book_.rule(rule).clause});
  }
  void refuse(RuleId rule, Field field, std::string message) {
    out_.unread.set(static_cast<std::size_t>(field));
    report(rule, field, std::move(message));
  }
  [[nodiscard]] bool unread(Field field) const {
    return out_.unread.test(static_cast<std::size_t>(field));
  }
  [[nodiscard]] bool given(Field field) const { return text_[field].form != Form::absent; }

  // Whether the field is there, in one of the forms A and B.
  bool in_form(Field field, Form a, Form b, const char* wanted) {
    const FieldText& value = text_[field];
    if (value.form == Form::absent) {
      if (text_.may_lack.test(static_cast<std::size_t>(field))) {
        out_.unread.set(static_cast<std::size_t>(field));
        return false;
      }
      refuse(RuleId::field_missing, field, std::string(to_string(field)) + " is missing");
      return false;
    }
    if (value.form != a && value.form != b) {
      refuse(RuleId::field_form, field,
             std::string(to_string(field)) + " is " + name_of(value.form) + ", expected " + wanted);
      return false;
    }
    for (const std::string& item : value.items) {
      if (!has_control(item))
        continue;
      refuse(RuleId::field_form, field,
             std::string(to_string(field)) + " has a character that cannot be printed");
      return false;
    }
    return true;
  }

  std::string text(Field field, bool may_lack = false) {
    if ((may_lack && !given(field)) || !in_form(field, Form::text, Form::text, "a text"))
      return {};
    return text_[field].items.front();
  }

  template <class Canonical>
  std::vector<std::string> set(Field field, Canonical canonical) {
    if (!in_form(field, Form::list, Form::text, "a list of texts"))
      return {};
    std::vector<std::string> in_order;
    for (const std::string& item : text_[field].items)
      in_order.push_back(canonical(item));
    std::vector<std::string> members = in_order;
    std::sort(members.begin(), members.end());
    if (members.empty() || members.front().empty()) {
      refuse(RuleId::field_form, field, std::string(to_string(field)) + " is empty");
    } else if (std::adjacent_find(members.begin(), members.end()) != members.end()) {
      refuse(RuleId::field_form, field,
             std::string(to_string(field)) + " names a member twice: '" +
                 shown(*std::adjacent_find(members.begin(), members.end())) + "'");
    }
    return in_order;
  }

  void read_info() {
    constexpr Field field = Field::ProtocolSpecificInfo;
    if (!given(field) || !in_form(field, Form::map, Form::text, "a map, or NAME=VALUE; NAME=VALUE"))
      return;
    const FieldText& value = text_[field];
    auto& info = out_.row.protocol_specific_info;
    if (value.form == Form::map) {
      for (std::size_t i = 0; i + 1 < value.items.size(); i += 2)
        info[value.items[i]] = value.items[i + 1];
      return;
    }
    std::string_view rest = value.items.front();
    while (!rest.empty()) {
      const auto end = std::min(rest.find(';'), rest.size());
      std::string_view part = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      while (part.starts_with(' '))
        part.remove_prefix(1);
      const auto equals = part.find('=');
      if (equals == std::string_view::npos || equals == 0 ||
          !info.emplace(part.substr(0, equals), part.substr(equals + 1)).second) {
        return refuse(RuleId::field_form, field,
                      "ProtocolSpecificInfo is not of the form NAME=VALUE; NAME=VALUE");
      }
    }
  }

  void read_key() {
    if (!in_form(Field::Key, Form::text, Form::text, "hexadecimal digits"))
      return;
    const std::string& digits = text_[Field::Key].items.front();
    const auto nibble = [](char c) {
      if (c >= '0' && c <= '9')
        return c - '0';
      if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
      return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    };
    Secret key(digits.size() / 2);
    bool good = !digits.empty() && digits.size() % 2 == 0;
    for (std::size_t i = 0; good && i < key.size(); ++i) {
      const int high = nibble(digits[2 * i]), low = nibble(digits[2 * i + 1]);
      good = high >= 0 && low >= 0;
      key.writable()[i] = static_cast<std::uint8_t>(good ? high * 16 + low : 0);
    }
    // The key, and even which of its characters is wrong, is nobody's to read here.
    if (!good)
      return refuse(RuleId::key_form, Field::Key, "Key is no even number of hexadecimal digits");
    out_.row.key = std::move(key);
  }

  void read_direction() {
    const std::string word = text(Field::Direction);
    if (unread(Field::Direction))
      return;
    for (const auto direction :
         {Direction::in, Direction::out, Direction::both, Direction::disabled}) {
      if (word == to_string(direction)) {
        out_.row.direction = direction;
        return;
      }
    }
    refuse(RuleId::direction_form, Field::Direction,
           "Direction is '" + shown(word) + "', expected one of: in, out, both, disabled");
  }

  void read_time(Field field, Time& into) {
    const std::string word = text(field);
    if (unread(field))
      return;
    const auto time = time_from_text(word);
    if (time)
      into = *time;
    else
      refuse(RuleId::time_form, field,
             std::string(to_string(field)) + " is '" + shown(word) + "', expected YYYYMMDDHHMMSSZ");
  }

  const RowText& text_;
  const Rulebook& book_;
  Findings& findings_;
  ReadRow out_;
};

}  // namespace

void RowText::clear() {
  wipe();
  for (FieldText& field : fields) {
    field.form = Form::absent;
    field.items.clear();
  }
  unknown.clear();
  may_lack.reset();
  chain.clear();
}

ReadRow read_row(const RowText& text, const Rulebook& book, Findings& findings) {
  return Reader(text, book, findings).read();
}

std::string shown(std::string_view text) {
  constexpr std::size_t most = 64;
  std::string out;
  for (const char c : text) {
    if (out.size() >= most && (static_cast<unsigned char>(c) & 0xc0) != 0x80) {
      out += "...";
      break;
    }
    out += c;
  }
  return one_line(std::move(out));
}

}  // namespace karpspec::keytable
