#include "dut/adapters/charon_keys.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>
#include <string>

namespace karpspec::dut {
namespace {

// What one thread is about to tell.
struct Telling {
  std::map<std::string, Octets, std::less<>> keys;  // by name: "d", "ei"
  std::string name;                                 // of the one whose octets come now
  std::size_t left = 0;                             // of its octets
  std::size_t set = 0;                              // index into the sets + 1; 0: none
};

// "Sk_ei secret => 16 bytes @ 0x7f..." -> the name and the number.
bool names_key(std::string_view text, std::string& name, std::size_t& size) {
  constexpr std::string_view head = "Sk_", middle = " secret => ";
  const auto at = text.find(middle);
  if (!text.starts_with(head) || at == std::string_view::npos)
    return false;
  name = text.substr(head.size(), at - head.size());
  text.remove_prefix(at + middle.size());
  return std::from_chars(text.data(), text.data() + text.size(), size).ec == std::errc{};
}

// "   0: 1E AF ..  text": the octets, LEFT at most.
void add_octets(std::string_view text, Octets& octets, std::size_t& left) {
  const auto colon = text.find(": ");
  if (colon == std::string_view::npos ||
      text.substr(0, colon).find_first_not_of(" 0123456789") != std::string_view::npos)
    return;
  text.remove_prefix(colon + 2);
  for (std::size_t in_line = 0; left > 0 && in_line < 16 && text.size() >= 2; ++in_line) {
    std::uint8_t octet = 0;
    if (std::from_chars(text.data(), text.data() + 2, octet, 16).ptr != text.data() + 2)
      return;
    octets.push_back(octet);
    --left;
    text.remove_prefix(std::min<std::size_t>(3, text.size()));
  }
}

void put(ToldKeys& told, const std::string& name, Octets& octets) {
  crypto::IkeKeys& keys = told.keys;
  const std::map<std::string, Secret*> places = {
      {"d", &keys.SK_d},   {"ai", &keys.SK_ai}, {"ar", &keys.SK_ar}, {"ei", &keys.SK_ei},
      {"er", &keys.SK_er}, {"pi", &keys.SK_pi}, {"pr", &keys.SK_pr}};
  if (const auto place = places.find(name); place != places.end())
    *place->second = Secret(octets);
  explicit_bzero(octets.data(), octets.size());
  octets.clear();
}

}  // namespace

std::vector<ToldKeys> charon_keys(std::string_view log) {
  std::vector<ToldKeys> sets;
  std::map<std::string, Telling, std::less<>> threads;
  while (!log.empty()) {
    const auto end = std::min(log.find('\n'), log.size());
    const std::string_view line = log.substr(0, end);
    log.remove_prefix(std::min(end + 1, log.size()));
    // "TIME 07[IKE] text"; the time only where there is one.
    const auto mark = line.find("[IKE] ");
    if (mark == std::string_view::npos)
      continue;
    const auto space = line.rfind(' ', mark);
    const std::string_view thread =
        line.substr(space == std::string_view::npos ? 0 : space + 1,
                    mark - (space == std::string_view::npos ? 0 : space + 1));
    const std::string_view text = line.substr(mark + 6);
    Telling& telling = threads[std::string(thread)];
    std::string name;
    std::size_t size = 0;
    if (names_key(text, name, size)) {
      // A set begins with SK_d.
      if (name == "d") {
        sets.emplace_back();
        telling.set = sets.size();
      }
      telling.name = name;
      telling.left = telling.set == 0 ? 0 : size;
      telling.keys[name].clear();
      continue;
    }
    if (telling.left == 0)
      continue;
    Octets& key = telling.keys[telling.name];
    add_octets(text, key, telling.left);
    if (telling.left == 0)
      put(sets[telling.set - 1], telling.name, key);
  }
  std::erase_if(sets, [](const ToldKeys& told) {
    return told.keys.SK_ei.empty() || told.keys.SK_er.empty() || told.keys.SK_pi.empty() ||
           told.keys.SK_pr.empty();
  });
  return sets;
}

}  // namespace karpspec::dut
