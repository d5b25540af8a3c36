#include "observer/judge/course.h"

#include "transcript/message_rules.h"

namespace karpspec::observer {

using transcript::Difference;

void PairKeys::add(const std::string& one, std::uint8_t one_sends, const std::string& other,
                   std::uint8_t other_sends) {
  if (keys.size() >= most)
    keys.pop_front();
  keys.push_back({{one, one_sends}, {other, other_sends}});
}

void PairKeys::remove(const std::string& address, std::uint8_t key_id) {
  std::erase_if(keys, [&](const std::map<std::string, std::uint8_t>& key) {
    const auto found = key.find(address);
    return found != key.end() && found->second == key_id;
  });
}

std::optional<std::uint8_t> PairKeys::pair_of(const std::string& address,
                                              std::uint8_t key_id) const {
  for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
    const auto found = key->find(address);
    if (found == key->end() || found->second != key_id)
      continue;
    for (const auto& [other, sends] : *key)
      if (other != address)
        return sends;
  }
  return std::nullopt;
}

const wire::NotifyPayload* error_in(const wire::Message& message) {
  for (const wire::Payload& payload : message.payloads)
    if (const auto* body = payload.as<wire::NotifyPayload>();
        body != nullptr && body->type < wire::first_status_notify)
      return body;
  return nullptr;
}

std::string payload_list(const transcript::Observed& observed) {
  std::string out;
  for (const std::string& part : observed.parts)
    out += (out.empty() ? "" : ", ") + part;
  return out.empty() ? "no payload" : out;
}

std::optional<Difference> unless(bool ok, std::string field, std::string expected,
                                 std::string got) {
  if (ok)
    return std::nullopt;
  return Difference{std::move(field), std::nullopt, std::move(expected), std::move(got)};
}

std::optional<Difference> unless(bool ok, const wire::Message& message, const std::string& field,
                                 std::string expected, std::string got) {
  if (ok)
    return std::nullopt;
  return transcript::at_field(message, field, std::move(expected), std::move(got));
}

}  // namespace karpspec::observer
