#include "script/secrets.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "wire/message.h"

namespace karpspec::script {
namespace {

constexpr std::array<std::string_view, 9> secret_members = {
    "psk",        "key",        "private_key", "secret",       "password",
    "passphrase", "master_key", "kek",         "preshared_key"};

void shorten(Json& value) {
  for (auto& [name, member] : value.items()) {
    if (member.is_structured())
      shorten(member);
    else if (value.is_object() && names_secret(name) && member.is_string() &&
             !member.get_ref<const std::string&>().empty() &&
             member.get_ref<const std::string&>().size() < HiddenSecrets::least_part)
      member = "[secret]";
  }
}

// A key table may come as one text, in YAML or JSON: what stands behind its `Key:`.
void collect_keys_in(std::string_view text, HiddenSecrets& secrets) {
  constexpr std::string_view word = "Key";
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    auto from = text.find_first_not_of("\"' ", at + word.size());
    if (from == std::string_view::npos || text[from] != ':')
      continue;
    from = std::min(text.find_first_not_of("\"' ", from + 1), text.size());
    const auto end = text.find_first_not_of("0123456789abcdefABCDEFx", from);
    secrets.add_text(text.substr(from, end == std::string_view::npos ? end : end - from));
  }
}

}  // namespace

bool names_secret(std::string_view member) {
  std::string lower(member);
  for (char& c : lower)
    c = c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::find(secret_members.begin(), secret_members.end(), lower) != secret_members.end();
}

void collect_secrets(const Json& value, HiddenSecrets& secrets) {
  if (!value.is_structured())
    return;
  for (const auto& [name, member] : value.items()) {
    if (member.is_structured())
      collect_secrets(member, secrets);
    else if (value.is_object() && member.is_string() && names_secret(name))
      secrets.add_text(member.get_ref<const std::string&>());
    else if (member.is_string())
      collect_keys_in(member.get_ref<const std::string&>(), secrets);
  }
}

void collect_secrets(const wire::Message& message, HiddenSecrets& secrets) {
  for (const wire::Payload& payload : message.payloads) {
    const auto* download = payload.as<wire::KeyDownloadPayload>();
    if (download == nullptr)
      continue;
    for (const wire::KeyItem& item : download->items)
      secrets.add(item.key);
  }
}

void collect_secrets(const Outcome& outcome, HiddenSecrets& secrets) {
  for (const SaKeys& sa : outcome.keys) {
    for (const Secret* key : {&sa.keys.SK_d, &sa.keys.SK_ai, &sa.keys.SK_ar, &sa.keys.SK_ei,
                              &sa.keys.SK_er, &sa.keys.SK_pi, &sa.keys.SK_pr, &sa.private_value})
      secrets.add(key->view());
  }
  for (const Secret& key : outcome.preshared_keys)
    secrets.add(key.view());
  for (const oracle::mrkmp::GroupKey& kek : outcome.keks)
    secrets.add(kek.key.view());
}

std::string shown_json(const Json& value) {
  Json shown = value;
  if (shown.is_structured())
    shorten(shown);
  return shown.dump();
}

void hide_secrets(HiddenSecrets& secrets, verdict::TestResult& result) {
  const auto hide = [&secrets](std::string& text) { text = secrets.hide(text); };
  // As a reader comes to them, so that the first one seen is the first by its number.
  for (std::string& line : result.exchange)
    hide(line);
  if (result.failure) {
    for (std::string* text :
         {&result.failure->step_text, &result.failure->why, &result.failure->field,
          &result.failure->expected, &result.failure->got, &result.failure->clause})
      hide(*text);
  }
  hide(result.reason);
  for (std::string& note : result.notes)
    hide(note);
}

}  // namespace karpspec::script
