#pragma once

#include <bitset>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/octets.h"
#include "base/wiping_string.h"

namespace karpspec {

// Secrets that are known, to be taken out of texts before anybody reads these: keys, preshared
// keys, private keys, in the forms in which texts write them.
class HiddenSecrets {
 public:
  HiddenSecrets() = default;
  HiddenSecrets(HiddenSecrets&&) = default;
  HiddenSecrets& operator=(HiddenSecrets&&) = default;
  HiddenSecrets(const HiddenSecrets&) = delete;
  HiddenSecrets& operator=(const HiddenSecrets&) = delete;
  ~HiddenSecrets() = default;

  // Is hidden as hexadecimal digits of either case, as base64, and as characters where all of it
  // can be printed. Fewer than 4 octets may be any number, and are not.
  void add(OctetView secret);
  // One as configurations write it: characters, hexadecimal digits with or without 0x, PEM. It is
  // hidden as it is written, in a JSON text too, and as the octets that it may stand for.
  void add_text(std::string_view secret);
  // TEXT with "[secret N]" where there was one, with the same N for the same secret: they are
  // counted from 1 as they come, over all texts. A form of fewer than 4 characters stays, one of
  // fewer than 8 is looked for as a word of its own alone: as a part of words it says nothing.
  [[nodiscard]] std::string hide(std::string_view text);

  static constexpr std::size_t least_form = 4;  // characters
  static constexpr std::size_t least_part = 8;  // characters

 private:
  void add_form(std::string_view form, std::size_t secret);
  void add_octets(OctetView octets, std::size_t secret);
  void add_pem(std::string_view text, std::size_t secret);
  [[nodiscard]] std::size_t begin_secret();
  // The longest form that TEXT has at AT, or nullptr.
  using Form = std::pair<const WipingString, std::size_t>;
  [[nodiscard]] const Form* form_at(std::string_view text, std::size_t at) const;

  std::map<WipingString, std::size_t, std::less<>> forms_;  // the secret that each is one of
  std::vector<std::size_t> numbers_;                        // of each secret; 0: not seen yet
  // By their first four characters. Nodes of the map stay where they are.
  std::unordered_map<std::uint32_t, std::vector<const Form*>> by_start_;
  std::bitset<65536> starts_;
  std::size_t seen_ = 0;
};

// RFC 4648 section 4, with padding.
[[nodiscard]] std::string to_base64(OctetView octets);

}  // namespace karpspec
