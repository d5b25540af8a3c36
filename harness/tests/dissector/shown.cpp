#include "shown.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>
#include <regex>
#include <sstream>

namespace karpspec::dissector {
namespace {

std::string unescaped(std::string text) {
  const std::pair<const char*, const char*> entities[] = {{"&lt;", "<"},    {"&gt;", ">"},
                                                          {"&quot;", "\""}, {"&apos;", "'"},
                                                          {"&#x27;", "'"},  {"&amp;", "&"}};
  for (const auto& [from, to] : entities)
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; ++at)
      text.replace(at, std::string_view(from).size(), to);
  return text;
}

// The attribute of an element that stands on one line.
std::string attribute(const std::string& line, const std::string& name) {
  const std::string begin = " " + name + "=\"";
  const std::size_t at = line.find(begin);
  if (at == std::string::npos)
    return "";
  const std::size_t from = at + begin.size();
  return unescaped(line.substr(from, line.find('"', from) - from));
}

std::string without_colons(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), ':'), text.end());
  return text;
}

std::string hex_of(const std::string& octets) {
  static const char digits[] = "0123456789abcdef";
  std::string out;
  for (const char c : octets) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

// The octets of an address in hexadecimal, or nothing.
std::optional<std::string> address_hex(const std::string& text) {
  std::array<char, 16> octets{};
  if (inet_pton(AF_INET, text.c_str(), octets.data()) == 1)
    return hex_of(std::string(octets.data(), 4));
  if (inet_pton(AF_INET6, text.c_str(), octets.data()) == 1)
    return hex_of(std::string(octets.data(), 16));
  return std::nullopt;
}

// A number as Wireshark writes it, in decimal or hexadecimal. Those below zero are of fields of 32
// bits, lifetimes, which decode gives as the number in their octets.
std::optional<std::uint64_t> number_of(const std::string& text) {
  if (text.empty() || text.find_first_not_of("0123456789abcdefx-") != std::string::npos)
    return std::nullopt;
  const bool hex = text.rfind("0x", 0) == 0;
  if (!hex && text.find_first_not_of("0123456789", text[0] == '-' ? 1 : 0) != std::string::npos)
    return std::nullopt;
  return text[0] == '-' ? static_cast<std::uint32_t>(std::stoll(text))
                        : std::stoull(text, nullptr, hex ? 16 : 10);
}

// Whether FIELD shows WANTED, a value as decode writes it.
bool same(const std::string& wanted, const Field& field) {
  static const std::regex named(R"((\S+) \((\d+)\))");
  std::smatch match;
  if (std::regex_match(wanted, match, named))
    return field.showname.find(match[1]) != std::string::npos &&
           number_of(field.show) == number_of(match[2]);
  if (wanted.size() >= 2 && wanted.front() == '"') {
    const std::string text = wanted.substr(1, wanted.size() - 2);
    return field.show == text || without_colons(field.show) == hex_of(text);
  }
  if (wanted.rfind("0x", 0) == 0 && without_colons(field.show) == wanted.substr(2))
    return true;
  if (const auto number = number_of(wanted); number && number == number_of(field.show))
    return true;
  const auto address = address_hex(wanted);
  return address && without_colons(field.show) == *address;
}

// What decode leaves out: fields without octets, and reserved ones that are 0.
bool counts(const std::string& name, const Field& field) {
  if (field.show.empty())
    return false;
  const bool silent_when_zero =
      name.find("reserved") != std::string::npos || name.ends_with(".critical");
  return !silent_when_zero || number_of(field.show).value_or(1) != 0;
}

bool is_of_rkmp(const std::string& name) {
  for (const char* field : {"transforms.send_id", "transforms.auth_alg", "transforms.kdf",
                            "transforms.flags", "selectors.routing_protocol"})
    if (name.ends_with(field))
      return true;
  return false;
}

// Which fields of a message the dissector is to show.
enum class Scope { all, payloads, rkmp };
Scope scope_of(const Decoded& decoded, const Frame& frame) {
  if (frame.has("mrkmp"))
    return Scope::all;
  const std::string line = decoded["message"].get<std::string>();
  if (line.find("{SK") != std::string::npos)
    return Scope::rkmp;
  const auto payloads = line.find("{}") != std::string::npos
                            ? 0
                            : std::count(line.begin() + static_cast<std::ptrdiff_t>(line.find('{')),
                                         line.end(), ',') +
                                  1;
  return static_cast<std::ptrdiff_t>(frame.named("karpspec.payload").size()) == payloads
             ? Scope::payloads
             : Scope::rkmp;
}
bool is_within(const std::string& name, Scope scope) {
  return scope == Scope::all || is_of_rkmp(name) ||
         (scope == Scope::payloads && name.rfind("karpspec.hdr.", 0) != 0);
}

}  // namespace

std::vector<Field> Frame::named(const std::string& name) const {
  std::vector<Field> out;
  std::copy_if(fields.begin(), fields.end(), std::back_inserter(out),
               [&](const Field& field) { return field.name == name; });
  return out;
}

std::vector<Frame> read_pdml(const std::string& text) {
  std::vector<Frame> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("<packet>") != std::string::npos) {
      out.emplace_back();
    } else if (!out.empty()) {
      Frame& frame = out.back();
      frame.lua_error = frame.lua_error || line.find("Lua Error") != std::string::npos;
      const std::string name = attribute(line, "name");
      frame.malformed = frame.malformed || name == "_ws.malformed";
      if (!name.empty())
        frame.fields.push_back(
            {name, attribute(line, "showname"), attribute(line, "show"), attribute(line, "value")});
    }
  }
  return out;
}

std::string filter_name(const std::string& path) {
  static const std::map<std::string, std::string> types = {
      {"SAi1", "sa"}, {"SAr1", "sa"}, {"SAi2", "sa"},  {"SAr2", "sa"},
      {"KEi", "ke"},  {"KEr", "ke"},  {"Ni", "nonce"}, {"Nr", "nonce"}};
  static const std::regex index(R"(\[\d+\])"), unknown(R"(P\d+)");
  const std::size_t dot = path.find('.');
  std::string root = path.substr(0, path.find_first_of("([!."));
  const auto known = types.find(root);
  if (known != types.end())
    root = known->second;
  std::string rest = std::regex_replace(path.substr(dot), index, "");
  // The generic header is the same for all payloads.
  if (std::regex_match(root, unknown) || rest == ".critical" || rest == ".generic_reserved")
    root = "payload";
  std::string name = "karpspec." + root + rest;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

std::vector<std::string> differences(const Decoded& decoded, const Frame& frame) {
  std::vector<std::string> out;
  const std::string message = decoded["message"].get<std::string>();
  const Scope scope = scope_of(decoded, frame);
  if (scope == Scope::all) {
    const auto line = frame.named("karpspec.message");
    if (line.size() != 1 || line[0].show != message)
      out.push_back("message: " + message + " is shown as " +
                    (line.empty() ? "nothing" : line[0].show));
  }
  std::map<std::string, std::vector<std::string>> wanted;
  // Decode writes fields in the order of its structures, which is that of the octets within a name.
  for (const auto& [path, value] : decoded["fields"].items()) {
    std::string name = filter_name(path);
    const std::string text = value.get<std::string>();
    if (text == "no octets" || !is_within(name, scope))
      continue;
    // An attribute's value is a number or octets; a field of Wireshark has one type.
    if (name.ends_with(".attributes.value") && text.rfind("0x", 0) == 0 &&
        name.find("transforms") != std::string::npos)
      name.replace(name.rfind("value"), 5, "octets");
    wanted[name].push_back(text);
  }
  for (const auto& entry : wanted) {
    const std::string& name = entry.first;
    const std::vector<std::string>& values = entry.second;
    std::vector<Field> shown = frame.named(name);
    std::erase_if(shown, [&](const Field& field) { return !counts(name, field); });
    if (shown.size() != values.size()) {
      out.push_back(name + ": " + std::to_string(values.size()) + " decoded, " +
                    std::to_string(shown.size()) + " shown");
      continue;
    }
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!same(values[i], shown[i]))
        out.push_back(name + ": " + values[i] + " is shown as " + shown[i].showname);
  }
  return out;
}

}  // namespace karpspec::dissector
