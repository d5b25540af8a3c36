#include "wire/names.h"

#include <algorithm>
#include <charconv>
#include <span>

#include "wire/message.h"

namespace karpspec::wire {
namespace {

struct Name {
  unsigned number;
  std::string_view text;
};

constexpr Name payload_names[] = {
    {33, "SA"},   {34, "KE"},    {35, "IDi"},  {36, "IDr"},  {37, "CERT"}, {38, "CERTREQ"},
    {39, "AUTH"}, {40, "Nonce"}, {41, "N"},    {42, "D"},    {43, "V"},    {44, "TSi"},
    {45, "TSr"},  {46, "SK"},    {47, "CP"},   {48, "EAP"},  {53, "SKF"},  {128, "GROUP"},
    {129, "KD"},  {130, "SEQ"},  {131, "ADV"}, {132, "GKM"}, {133, "INC"}, {134, "POLICY"}};

constexpr Name exchange_names[] = {
    {34, "IKE_SA_INIT"},   {35, "IKE_AUTH"},     {36, "CREATE_CHILD_SA"}, {37, "INFORMATIONAL"},
    {240, "mrkmp_init"},   {241, "mrkmp_auth"},  {242, "mrkmp_join"},     {243, "mrkmp_merge_sa"},
    {244, "mrkmp_newkey"}, {245, "mrkmp_group"}, {246, "mrkmp_advert"},   {247, "ks_policy"},
    {248, "ks_group"}};

constexpr Name notify_names[] = {{1, "UNSUPPORTED_CRITICAL_PAYLOAD"},
                                 {4, "INVALID_IKE_SPI"},
                                 {5, "INVALID_MAJOR_VERSION"},
                                 {7, "INVALID_SYNTAX"},
                                 {9, "INVALID_MESSAGE_ID"},
                                 {11, "INVALID_SPI"},
                                 {14, "NO_PROPOSAL_CHOSEN"},
                                 {17, "INVALID_KE_PAYLOAD"},
                                 {24, "AUTHENTICATION_FAILED"},
                                 {34, "SINGLE_PAIR_REQUIRED"},
                                 {35, "NO_ADDITIONAL_SAS"},
                                 {36, "INTERNAL_ADDRESS_FAILURE"},
                                 {37, "FAILED_CP_REQUIRED"},
                                 {38, "TS_UNACCEPTABLE"},
                                 {39, "INVALID_SELECTORS"},
                                 {43, "TEMPORARY_FAILURE"},
                                 {44, "CHILD_SA_NOT_FOUND"},
                                 {45, "AUTHORIZATION_FAILED"},
                                 {8192, "MRKMP_WRONG_GCKS"},
                                 {8193, "MRKMP_GCKS_UNKNOWN"},
                                 {8194, "MRKMP_NOT_PERMITTED"},
                                 {8195, "MRKMP_MERGE_REFUSED"},
                                 {16384, "INITIAL_CONTACT"},
                                 {16385, "SET_WINDOW_SIZE"},
                                 {16386, "ADDITIONAL_TS_POSSIBLE"},
                                 {16387, "IPCOMP_SUPPORTED"},
                                 {16388, "NAT_DETECTION_SOURCE_IP"},
                                 {16389, "NAT_DETECTION_DESTINATION_IP"},
                                 {16390, "COOKIE"},
                                 {16391, "USE_TRANSPORT_MODE"},
                                 {16392, "HTTP_CERT_LOOKUP_SUPPORTED"},
                                 {16393, "REKEY_SA"},
                                 {16394, "ESP_TFC_PADDING_NOT_SUPPORTED"},
                                 {16395, "NON_FIRST_FRAGMENTS_ALSO"},
                                 {16396, "MOBIKE_SUPPORTED"},
                                 {16404, "MULTIPLE_AUTH_SUPPORTED"},
                                 {16417, "EAP_ONLY_AUTHENTICATION"},
                                 {16418, "CHILDLESS_IKEV2_SUPPORTED"},
                                 {16430, "IKEV2_FRAGMENTATION_SUPPORTED"},
                                 {16431, "SIGNATURE_HASH_ALGORITHMS"}};

// name_of() looks them up by halves.
static_assert(std::ranges::is_sorted(payload_names, {}, &Name::number));
static_assert(std::ranges::is_sorted(exchange_names, {}, &Name::number));
static_assert(std::ranges::is_sorted(notify_names, {}, &Name::number));

std::string_view name_of(std::span<const Name> names, unsigned number) {
  const auto at = std::ranges::lower_bound(names, number, {}, &Name::number);
  return at != names.end() && at->number == number ? at->text : std::string_view();
}

std::string name_or_number(std::string_view name, unsigned number) {
  return name.empty() ? std::to_string(number) : std::string(name);
}

template <class T>
std::optional<T> number_of(std::span<const Name> names, std::string_view text) {
  for (const Name& name : names) {
    if (name.text == text)
      return static_cast<T>(name.number);
  }
  int base = 10;
  if (text.substr(0, 2) == "0x") {
    base = 16;
    text.remove_prefix(2);
  }
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty())
    return std::nullopt;
  return value;
}

}  // namespace

std::string_view known_payload_name(std::uint8_t type) {
  return name_of(payload_names, type);
}
std::string_view known_exchange_name(std::uint8_t type) {
  return name_of(exchange_names, type);
}
std::string_view known_notify_name(std::uint16_t type) {
  return name_of(notify_names, type);
}

std::string payload_name(std::uint8_t type) {
  return name_or_number(known_payload_name(type), type);
}
std::string exchange_name(std::uint8_t type) {
  return name_or_number(known_exchange_name(type), type);
}
std::string notify_name(std::uint16_t type) {
  return name_or_number(known_notify_name(type), type);
}

std::optional<std::uint8_t> payload_from_name(std::string_view name) {
  return number_of<std::uint8_t>(payload_names, name);
}
std::optional<std::uint8_t> exchange_from_name(std::string_view name) {
  return number_of<std::uint8_t>(exchange_names, name);
}
std::optional<std::uint16_t> notify_from_name(std::string_view name) {
  return number_of<std::uint16_t>(notify_names, name);
}

}  // namespace karpspec::wire
