#include "keyfile/row_writer.h"

#include <algorithm>

namespace karpspec::keyfile {
namespace {

using Json = nlohmann::ordered_json;

// As a plain YAML scalar where no reader could take it for anything but a text.
std::string yaml_scalar(const std::string& text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const bool plain =
      !text.empty() && letter(text.front()) && std::all_of(text.begin(), text.end(), [&](char c) {
        return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '/' || c == '_';
      });
  static constexpr const char* words[] = {"true", "false", "null", "yes", "no", "on",
                                          "off",  "y",     "n",    "inf", "nan"};
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (plain && std::find(std::begin(words), std::end(words), lower) == std::end(words))
    return text;
  return Json(text).dump();
}

std::string yaml_value(const std::string& field, const Json& value) {
  // Times look like no number, and read better without quotes.
  if (field.ends_with("LifetimeStart") || field.ends_with("LifetimeEnd"))
    return value.get<std::string>();
  if (value.is_string())
    return yaml_scalar(value.get<std::string>());
  std::string out;
  for (const auto& [key, part] : value.items()) {
    out += out.empty() ? "" : ", ";
    if (value.is_object())
      out += yaml_scalar(key) + ": ";
    out += yaml_scalar(part.get<std::string>());
  }
  return value.is_object() ? "{" + out + "}" : "[" + out + "]";
}

}  // namespace

KeylessRow keyless_row(const keytable::Row& row) {
  KeylessRow parts;
  Json& before = parts.before;
  before["AdminKeyName"] = row.admin_key_name;
  if (!row.local_key_name.empty())
    before["LocalKeyName"] = row.local_key_name;
  if (!row.peer_key_name.empty())
    before["PeerKeyName"] = row.peer_key_name;
  before["Peers"] = row.peers;
  before["Interfaces"] = row.interfaces;
  before["Protocol"] = row.protocol;
  if (!row.protocol_specific_info.empty())
    before["ProtocolSpecificInfo"] = row.protocol_specific_info;
  before["KDF"] = row.kdf;
  before["AlgID"] = row.alg_id;
  Json& behind = parts.behind;
  behind["Direction"] = to_string(row.direction);
  behind["SendLifetimeStart"] = keytable::to_text(row.send_lifetime_start);
  behind["SendLifetimeEnd"] = keytable::to_text(row.send_lifetime_end);
  behind["AcceptLifetimeStart"] = keytable::to_text(row.accept_lifetime_start);
  behind["AcceptLifetimeEnd"] = keytable::to_text(row.accept_lifetime_end);
  return parts;
}

Json row_json(const keytable::Row& row) {
  KeylessRow parts = keyless_row(row);
  parts.before["Key"] = to_hex(row.key.view());
  parts.before.update(parts.behind);
  return std::move(parts.before);
}

void write_hex(std::ostream& out, OctetView key, bool colons) {
  constexpr const char* digits = "0123456789abcdef";
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (colons && i > 0)
      out.put(':');
    out.put(digits[key[i] >> 4]);
    out.put(digits[key[i] & 15]);
  }
}

void RowWriter::end_table() {
  if (!open_)
    return;
  open_ = false;
  if (json_)
    out_ << (first_ ? "]" : "\n]") << (several_ ? "}" : "");
  else
    out_ << (first_ ? " []\n" : "");
}

void RowWriter::table(const std::string& vrf) {
  end_table();
  const std::string name = Json(vrf).dump();
  if (json_) {
    out_ << (any_ ? ",\n" : several_ ? "{\"tables\": [" : "{");
    out_ << (several_ ? "{\"vrf\": " + name + ", " : "") << "\"rows\": [";
  } else if (several_) {
    out_ << (any_ ? "" : "tables:\n") << "  - vrf: " << yaml_scalar(vrf) << "\n    rows:";
  } else {
    out_ << "rows:";
  }
  any_ = open_ = first_ = true;
}

void RowWriter::row(const keytable::Row& row) {
  const KeylessRow parts = keyless_row(row);
  if (json_) {
    std::string before = parts.before.dump();
    before.pop_back();
    out_ << (first_ ? "\n" : ",\n") << before << ",\"Key\":\"";
    write_hex(out_, row.key.view(), false);
    out_ << "\"," << std::string_view(parts.behind.dump()).substr(1);
  } else {
    const std::string indent = several_ ? "      " : "  ";
    bool begun = false;
    const auto begin = [&](const std::string& field) -> std::ostream& {
      out_ << indent << (begun ? "  " : "- ") << field << ": ";
      begun = true;
      return out_;
    };
    out_ << (first_ ? "\n" : "");
    for (const auto& [field, value] : parts.before.items())
      begin(field) << yaml_value(field, value) << "\n";
    // Digits alone would be a number.
    begin("Key") << "\"";
    write_hex(out_, row.key.view(), false);
    out_ << "\"\n";
    for (const auto& [field, value] : parts.behind.items())
      begin(field) << yaml_value(field, value) << "\n";
  }
  first_ = false;
}

void RowWriter::finish() {
  if (!any_)
    table("default");
  end_table();
  if (json_)
    out_ << (several_ ? "]}\n" : "}\n");
}

}  // namespace karpspec::keyfile
