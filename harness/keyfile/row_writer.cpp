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

Json row_json(const keytable::Row& row) {
  Json json;
  json["AdminKeyName"] = row.admin_key_name;
  if (!row.local_key_name.empty())
    json["LocalKeyName"] = row.local_key_name;
  if (!row.peer_key_name.empty())
    json["PeerKeyName"] = row.peer_key_name;
  json["Peers"] = row.peers;
  json["Interfaces"] = row.interfaces;
  json["Protocol"] = row.protocol;
  if (!row.protocol_specific_info.empty())
    json["ProtocolSpecificInfo"] = row.protocol_specific_info;
  json["KDF"] = row.kdf;
  json["AlgID"] = row.alg_id;
  json["Key"] = to_hex(row.key.view());
  json["Direction"] = to_string(row.direction);
  json["SendLifetimeStart"] = keytable::to_text(row.send_lifetime_start);
  json["SendLifetimeEnd"] = keytable::to_text(row.send_lifetime_end);
  json["AcceptLifetimeStart"] = keytable::to_text(row.accept_lifetime_start);
  json["AcceptLifetimeEnd"] = keytable::to_text(row.accept_lifetime_end);
  return json;
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
  const Json json = row_json(row);
  if (json_) {
    out_ << (first_ ? "\n" : ",\n") << json.dump();
  } else {
    const std::string indent = several_ ? "      " : "  ";
    bool begun = false;
    out_ << (first_ ? "\n" : "");
    for (const auto& [field, value] : json.items()) {
      out_ << indent << (begun ? "  " : "- ") << field << ": " << yaml_value(field, value) << "\n";
      begun = true;
    }
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
