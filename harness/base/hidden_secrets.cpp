#include "base/hidden_secrets.h"

#include <algorithm>
#include <cctype>
#include <cstring>

namespace karpspec {
namespace {

constexpr std::string_view pem_begin = "-----BEGIN ";
// Fewer than these in hexadecimal may be any number.
constexpr std::size_t least_octets = 4;
// A line of PEM that is shorter than this may be a word of any text.
constexpr std::size_t least_pem_line = 16;

bool can_be_printed(OctetView octets) {
  return !octets.empty() && std::all_of(octets.begin(), octets.end(), [](std::uint8_t octet) {
    return octet >= 0x20 && octet != 0x7f;
  });
}

std::string in_upper_case(std::string text) {
  for (char& c : text)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// TEXT as JSON writes it between quotes.
std::string as_in_json(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (octet < 0x20) {
      out += "\\u00";
      out += digits[octet >> 4];
      out += digits[octet & 15];
    } else {
      out += c;
    }
  }
  return out;
}

// The first characters of a form, of which there are at least four.
std::uint32_t start_of(std::string_view text) {
  std::uint32_t start = 0;
  std::memcpy(&start, text.data(), sizeof start);
  return start;
}

std::size_t place_of(std::uint32_t start) {
  return (start ^ (start >> 16)) * 0x9E37U & 0xFFFFU;
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

}  // namespace

std::string to_base64(OctetView octets) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, octets.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (j < count ? octets[i + j] : 0U);
    for (std::size_t j = 0; j < 4; ++j)
      text += j <= count ? letters[group >> (18 - 6 * j) & 63U] : '=';
  }
  return text;
}

std::size_t HiddenSecrets::begin_secret() {
  numbers_.push_back(0);
  return numbers_.size() - 1;
}

void HiddenSecrets::add_form(std::string_view form, std::size_t secret) {
  if (form.size() < least_form || forms_.find(form) != forms_.end())
    return;
  const auto added = forms_.emplace(WipingString(form), secret).first;
  const std::uint32_t start = start_of(form);
  by_start_[start].push_back(&*added);
  starts_.set(place_of(start));
}

void HiddenSecrets::add_octets(OctetView octets, std::size_t secret) {
  const std::string hex = to_hex(octets);
  add_form(hex, secret);
  add_form(in_upper_case(hex), secret);
  add_form(to_base64(octets), secret);
  if (!can_be_printed(octets))
    return;
  const std::string text(octets.begin(), octets.end());
  add_form(text, secret);
  add_form(as_in_json(text), secret);
}

void HiddenSecrets::add_pem(std::string_view text, std::size_t secret) {
  std::string body;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back())) != 0)
      line.remove_suffix(1);
    if (line.empty() || line.starts_with("-----"))
      continue;
    body += line;
    if (line.size() >= least_pem_line)
      add_form(line, secret);
  }
  add_form(body, secret);
}

void HiddenSecrets::add(OctetView secret) {
  // What is known is not a second one: the same keys are added again and again.
  if (secret.size() < least_octets || forms_.find(std::string_view(to_hex(secret))) != forms_.end())
    return;
  add_octets(secret, begin_secret());
}

void HiddenSecrets::add_text(std::string_view secret) {
  if (secret.size() < least_form || forms_.find(secret) != forms_.end())
    return;
  const std::size_t number = begin_secret();
  add_form(secret, number);
  add_form(as_in_json(secret), number);
  if (secret.starts_with(pem_begin)) {
    add_pem(secret, number);
    return;
  }
  if (const auto octets = from_hex(secret); octets && octets->size() >= least_octets)
    add_octets(*octets, number);
  add_octets(octets_of(secret), number);
}

const HiddenSecrets::Form* HiddenSecrets::form_at(std::string_view text, std::size_t at) const {
  const std::uint32_t start = start_of(text.substr(at));
  if (!starts_.test(place_of(start)))
    return nullptr;
  const auto found = by_start_.find(start);
  if (found == by_start_.end())
    return nullptr;
  const Form* longest = nullptr;
  for (const Form* form : found->second) {
    const std::string_view written = form->first;
    if ((longest != nullptr && longest->first.size() >= written.size()) ||
        text.compare(at, written.size(), written) != 0)
      continue;
    const std::size_t end = at + written.size();
    const bool within_word =
        (at > 0 && is_word(text[at - 1])) || (end < text.size() && is_word(text[end]));
    if (written.size() >= least_part || !within_word)
      longest = form;
  }
  return longest;
}

std::string HiddenSecrets::hide(std::string_view text) {
  if (forms_.empty())
    return std::string(text);
  std::string out;
  std::size_t kept = 0;
  for (std::size_t at = 0; at + least_form <= text.size();) {
    const Form* form = form_at(text, at);
    if (form == nullptr) {
      ++at;
      continue;
    }
    std::size_t& number = numbers_[form->second];
    if (number == 0)
      number = ++seen_;
    out += text.substr(kept, at - kept);
    out += "[secret " + std::to_string(number) + "]";
    at += form->first.size();
    kept = at;
  }
  out += text.substr(kept);
  return out;
}

}  // namespace karpspec
