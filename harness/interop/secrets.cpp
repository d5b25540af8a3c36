#include "interop/secrets.h"

namespace karpspec::interop {
namespace {

using dut::Json;

std::string text_in(const Json& object, const char* name) {
  const Json value = object.is_object() ? object.value(name, Json()) : Json();
  return value.is_string() ? value.get<std::string>() : std::string();
}

}  // namespace

std::vector<observer::Secrets::PresharedKey> preshared_keys_of(const Json& configuration) {
  std::vector<observer::Secrets::PresharedKey> out;
  if (!configuration.is_object())
    return out;
  const std::string own = text_in(configuration.value("identity", Json()), "value");
  for (const Json& peer : configuration.value("peers", Json::array())) {
    const std::string text = text_in(peer, "psk");
    if (text.empty())
      continue;
    // As control.schema.json has it: characters, or octets behind 0x.
    auto octets = text.starts_with("0x") ? from_hex(text) : Result<Octets>(octets_of(text));
    if (octets)
      out.push_back({own, Secret(*std::move(octets))});
  }
  return out;
}

void collect_secrets(const std::vector<dut::ToldKeys>& keys, HiddenSecrets& secrets) {
  for (const dut::ToldKeys& told : keys)
    for (const Secret* key : {&told.keys.SK_d, &told.keys.SK_ai, &told.keys.SK_ar, &told.keys.SK_ei,
                              &told.keys.SK_er, &told.keys.SK_pi, &told.keys.SK_pr})
      secrets.add(key->view());
}

void hide_secrets(HiddenSecrets& secrets, Played& played) {
  const auto hide = [&secrets](std::string& text) { text = secrets.hide(text); };
  verdict::InteropCell& cell = played.cell;
  // The reason first: it is the same in runs that went alike, and so are the numbers in it then.
  hide(cell.reason);
  for (verdict::InteropBreach& breach : cell.breaches)
    for (std::string* text : {&breach.message, &breach.field, &breach.expected, &breach.got})
      hide(*text);
  for (std::string& note : cell.notes)
    hide(note);
  for (std::string& line : cell.exchanged)
    hide(line);
  for (std::string* text : {&cell.initiator_has, &cell.responder_has, &played.initiator_version,
                            &played.responder_version, &played.transcript})
    hide(*text);
}

}  // namespace karpspec::interop
