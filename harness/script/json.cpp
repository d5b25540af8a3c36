#include <algorithm>
#include <charconv>

#include "script/scenario.h"
#include "transcript/number.h"

namespace karpspec::script {

Json to_json(const Node& node) {
  switch (node.kind()) {
    case Node::Kind::null:
      return nullptr;
    case Node::Kind::list: {
      Json out = Json::array();
      for (const Node& item : node.items())
        out.push_back(to_json(item));
      return out;
    }
    case Node::Kind::map: {
      Json out = Json::object();
      for (const auto& [key, value] : node.entries())
        out[key.text()] = to_json(value);
      return out;
    }
    case Node::Kind::scalar:
      break;
  }
  const std::string& text = node.text();
  if (node.quoted())
    return text;
  if (text == "true")
    return true;
  if (text == "false")
    return false;
  if (!text.starts_with("0x")) {
    if (const auto number = node.integer()) {
      if (*number >= 0)
        return static_cast<std::uint64_t>(*number);
      return *number;
    }
    double real = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), real);
    if (code == std::errc{} && end == text.data() + text.size())
      return real;
  }
  return text;
}

namespace {

// Permissions, interfaces and material of a key server have no name: such a list is there as a
// whole.
bool is_of_keyserver(const Json& item) {
  return item.contains("speaker") || item.contains("router") || item.contains("link") ||
         (item.contains("kind") && item.contains("value"));
}

}  // namespace

void merge(Json& into, const Json& patch, Nulls nulls) {
  if (patch.is_null())
    return;
  if (into.is_array() && patch.is_array() && !patch.empty() && patch[0].is_object() &&
      !is_of_keyserver(patch[0])) {
    // Peers have a name, groups are called `group` and policies have a protocol: what has the same
    // is changed, the rest stays.
    for (const Json& item : patch) {
      const char* key = item.contains("name")    ? "name"
                        : item.contains("group") ? "group"
                                                 : "protocol";
      Json* same = nullptr;
      for (Json& old : into)
        if (old.is_object() && item.contains(key) && old.contains(key) && old[key] == item[key])
          same = &old;
      // What is new in the list has no member that a null could take away.
      merge(same != nullptr ? *same : into.emplace_back(Json::object()), item, nulls);
    }
    return;
  }
  if (!patch.is_object()) {
    into = patch;
    return;
  }
  if (!into.is_object())
    into = Json::object();
  for (const auto& [key, value] : patch.items()) {
    if (!value.is_null())
      merge(into[key], value, nulls);
    else if (nulls == Nulls::kept)
      into[key] = nullptr;
    else
      into.erase(key);
  }
}

std::optional<Duration> duration_from(std::string_view text) {
  const auto unit_at = text.find_first_not_of("0123456789");
  const auto number = transcript::read_number(text.substr(0, unit_at));
  const std::string_view unit = unit_at == std::string_view::npos ? "" : text.substr(unit_at);
  struct Unit {
    std::string_view name;
    Duration size;
  };
  constexpr Unit units[] = {{"ms", std::chrono::milliseconds{1}},
                            {"s", std::chrono::seconds{1}},
                            {"m", std::chrono::minutes{1}},
                            {"h", std::chrono::hours{1}},
                            {"d", std::chrono::hours{24}}};
  constexpr std::uint64_t most = 1'000'000'000;
  if (number && *number <= most)
    for (const Unit& known : units)
      if (unit == known.name)
        return known.size * static_cast<Duration::rep>(*number);
  return std::nullopt;
}

Result<Duration> read_duration(const Node& node) {
  const std::string expected = " is no duration, expected a number and a unit such as 5s or 200ms";
  if (!node.is_scalar())
    return node.error(std::string(node.kind_name()) + expected);
  if (const auto duration = duration_from(node.text()))
    return *duration;
  return node.error("'" + node.text() + "'" + expected);
}

Result<Duration> offset_from_now(std::string_view text) {
  constexpr std::string_view now = "=now";
  if (text == now)
    return Duration{};
  const bool later = text.starts_with("=now+"), earlier = text.starts_with("=now-");
  const auto offset = duration_from(text.substr(std::min(text.size(), now.size() + 1)));
  if ((!later && !earlier) || !offset)
    return fail(ErrorCode::bad_value,
                "'" + std::string(text) + "' is no time, expected =now, =now+1h or =now-5s");
  return later ? *offset : -*offset;
}

}  // namespace karpspec::script
