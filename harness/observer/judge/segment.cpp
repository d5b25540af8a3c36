#include <algorithm>
#include <array>
#include <utility>

#include "observer/judge/rules.h"

namespace karpspec::observer {
namespace {

const transcript::PlacedValue* value_at(const transcript::Observed& observed, const char* path) {
  const auto found = std::ranges::find_if(
      observed.segment_values,
      [&](const transcript::PlacedValue& value) { return value.path == path; });
  return found == observed.segment_values.end() ? nullptr : &*found;
}

std::string text_of(const transcript::PlacedValue& value) {
  const auto* octets = std::get_if<Octets>(&value.field.value);
  return octets == nullptr ? "" : std::string(octets->begin(), octets->end());
}

// What the sender of a refused segment has broken. Of keys whose time is not there, and of TCP MD5,
// RFC 5925 says nothing; and who uses a key that is not in the table may have a newer one.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> broken{{
    {"header", "AO-2.2-04"},
    {"option-length", "AO-2.2-01"},
    {"option-twice", "AO-2.2-02"},
    {"both-options", "AO-2.2-03"},
    {"mac-length", "AO-7.5-09"},
    {"mac", "AO-5.1-02"},
}};

// The KeyID of TCP-AO, where there is one.
std::optional<std::uint8_t> key_of(const transcript::Observed& observed) {
  const auto* key = value_at(observed, "AO.key_id");
  const auto* number = key == nullptr ? nullptr : std::get_if<std::uint64_t>(&key->field.value);
  if (number == nullptr || value_at(observed, "AO.mac") == nullptr)
    return std::nullopt;
  return static_cast<std::uint8_t>(*number);
}

}  // namespace

std::optional<std::uint8_t> protecting_key(const transcript::Observed& observed) {
  if (observed.body != transcript::Observed::Body::opened)
    return std::nullopt;
  return key_of(observed);
}

void judge_segment(Ledger& ledger, const Said& said, const std::bitset<256>* keys) {
  const transcript::Observed& observed = said.observed;
  if (observed.body == transcript::Observed::Body::malformed) {
    ledger.judge(said, "AO-2.2-04",
                 transcript::Difference{"", observed.octet, "a TCP header whose options fit in it",
                                        observed.trouble});
    return;
  }
  const auto* judged = value_at(observed, "judged");
  if (judged == nullptr)
    return;
  const std::string reason = text_of(*judged);
  const auto key = key_of(observed);
  if (protecting_key(observed)) {
    for (const char* requirement : {"AO-7.4-01", "AO-7.4-02", "AO-5.1-02", "AO-7.5-09"})
      ledger.judge(said, requirement);
    return;
  }
  if (observed.body != transcript::Observed::Body::broken)
    return;
  const transcript::Difference difference{"", observed.octet,
                                          "a segment that the key table accepts", observed.trouble};
  const bool begins = std::ranges::find(observed.parts, "SYN") != observed.parts.end();
  if (reason == "no-option" && keys != nullptr && !begins)
    ledger.judge(said, "AO-7.4-01", difference);
  // The table may be of another time: a MAC is wrong only under a KeyID whose key has held before.
  if (reason.starts_with("mac") && (!key || keys == nullptr || !keys->test(*key)))
    return;
  const auto found =
      std::ranges::find_if(broken, [&](const auto& each) { return each.first == reason; });
  if (found != broken.end())
    ledger.judge(said, found->second, difference);
}

}  // namespace karpspec::observer
