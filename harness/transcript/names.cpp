#include "wire/names.h"

#include <algorithm>
#include <iterator>

#include "base/decimal.h"
#include "base/text.h"
#include "transcript/field.h"
#include "transcript/number.h"
#include "wire/ip_address.h"
#include "wire/spi_text.h"

namespace karpspec::transcript {
namespace {

struct Name {
  Names names;
  std::uint64_t number;
  std::string_view text;
};
constexpr bool comes_before(const Name& one, const Name& other) {
  return one.names != other.names ? one.names < other.names : one.number < other.number;
}
// The spelling of the registries; of two names for one number the first is written.
constexpr Name known[] = {
    {Names::transform_type, 1, "ENCR"},
    {Names::transform_type, 2, "PRF"},
    {Names::transform_type, 3, "INTEG"},
    {Names::transform_type, 4, "DH"},
    {Names::transform_type, 5, "ESN"},
    {Names::encr, 2, "DES"},
    {Names::encr, 3, "3DES"},
    {Names::encr, 11, "NULL"},
    {Names::encr, 12, "AES_CBC"},
    {Names::encr, 13, "AES_CTR"},
    {Names::encr, 14, "AES_CCM_8"},
    {Names::encr, 16, "AES_CCM_16"},
    {Names::encr, 18, "AES_GCM_8"},
    {Names::encr, 20, "AES_GCM_16"},
    {Names::encr, 28, "CHACHA20_POLY1305"},
    {Names::prf, 1, "HMAC_MD5"},
    {Names::prf, 2, "HMAC_SHA1"},
    {Names::prf, 4, "AES128_XCBC"},
    {Names::prf, 5, "HMAC_SHA2_256"},
    {Names::prf, 6, "HMAC_SHA2_384"},
    {Names::prf, 7, "HMAC_SHA2_512"},
    {Names::prf, 8, "AES128_CMAC"},
    {Names::integ, 0, "NONE"},
    {Names::integ, 1, "HMAC_MD5_96"},
    {Names::integ, 2, "HMAC_SHA1_96"},
    {Names::integ, 5, "AES_XCBC_96"},
    {Names::integ, 8, "AES_CMAC_96"},
    {Names::integ, 12, "HMAC_SHA2_256_128"},
    {Names::integ, 13, "HMAC_SHA2_384_192"},
    {Names::integ, 14, "HMAC_SHA2_512_256"},
    {Names::dh, 0, "NONE"},
    {Names::dh, 1, "MODP_768"},
    {Names::dh, 2, "MODP_1024"},
    {Names::dh, 5, "MODP_1536"},
    {Names::dh, 14, "MODP_2048"},
    {Names::dh, 15, "MODP_3072"},
    {Names::dh, 16, "MODP_4096"},
    {Names::dh, 17, "MODP_6144"},
    {Names::dh, 18, "MODP_8192"},
    {Names::dh, 19, "ECP_256"},
    {Names::dh, 20, "ECP_384"},
    {Names::dh, 21, "ECP_521"},
    {Names::dh, 31, "CURVE25519"},
    {Names::esn, 0, "NO_ESN"},
    {Names::esn, 1, "ESN"},
    {Names::id_type, 1, "ID_IPV4_ADDR"},
    {Names::id_type, 2, "ID_FQDN"},
    {Names::id_type, 3, "ID_RFC822_ADDR"},
    {Names::id_type, 5, "ID_IPV6_ADDR"},
    {Names::id_type, 9, "ID_DER_ASN1_DN"},
    {Names::id_type, 10, "ID_DER_ASN1_GN"},
    {Names::id_type, 11, "ID_KEY_ID"},
    {Names::auth_method, 1, "RSA"},
    {Names::auth_method, 2, "PSK"},
    {Names::auth_method, 3, "DSS"},
    {Names::auth_method, 9, "ECDSA_256"},
    {Names::auth_method, 10, "ECDSA_384"},
    {Names::auth_method, 11, "ECDSA_521"},
    {Names::auth_method, 13, "NULL_AUTH"},
    {Names::auth_method, 14, "DIGITAL_SIGNATURE"},
    {Names::cert_encoding, 1, "PKCS7"},
    {Names::cert_encoding, 4, "X509_SIGNATURE"},
    {Names::cert_encoding, 7, "CRL"},
    {Names::cert_encoding, 11, "RAW_RSA_KEY"},
    {Names::cert_encoding, 12, "HASH_AND_URL"},
    {Names::cert_encoding, 15, "RAW_PUBLIC_KEY"},
    {Names::ts_type, 7, "TS_IPV4_ADDR_RANGE"},
    {Names::ts_type, 8, "TS_IPV6_ADDR_RANGE"},
    {Names::routing_protocol, 1, "BGP"},
    {Names::routing_protocol, 2, "LDP"},
    {Names::routing_protocol, 3, "MSDP"},
    {Names::routing_protocol, 4, "PIM_PORT"},
    {Names::routing_protocol, 5, "PCEP"},
    {Names::tcp_ao_auth_alg, 1, "HMAC_SHA_1_96"},
    {Names::tcp_ao_auth_alg, 2, "AES_128_CMAC_96"},
    {Names::tcp_ao_kdf, 1, "KDF_HMAC_SHA1"},
    {Names::tcp_ao_kdf, 2, "KDF_AES_128_CMAC"},
    {Names::attribute, 14, "KEY_LENGTH"},
    {Names::cfg_type, 1, "CFG_REQUEST"},
    {Names::cfg_type, 2, "CFG_REPLY"},
    {Names::cfg_type, 3, "CFG_SET"},
    {Names::cfg_type, 4, "CFG_ACK"},
};

// name_of() looks them up by halves.
static_assert(std::is_sorted(std::begin(known), std::end(known), comes_before));

// Empty where there is none.
std::string_view name_of(Names names, std::uint64_t number, const wire::CodePoints& numbers) {
  const auto octet = static_cast<std::uint8_t>(number);
  switch (names) {
    case Names::none:
    case Names::flag:
    case Names::text:
    case Names::address:
      return {};
    case Names::protocol:
      return number < 256 ? known_protocol_name(octet, numbers) : std::string_view();
    case Names::notify:
      return number < 65536 ? wire::known_notify_name(static_cast<std::uint16_t>(number))
                            : std::string_view();
    case Names::exchange:
      return number < 256 ? wire::known_exchange_name(octet) : std::string_view();
    case Names::payload:
      return number < 256 ? wire::known_payload_name(octet) : std::string_view();
    case Names::ts_type:
      if (number == numbers.rp_ts_type)
        return "TS_RP";
      break;
    default:
      break;
  }
  const Name wanted{names, number, {}};
  const Name* const at = std::lower_bound(std::begin(known), std::end(known), wanted, comes_before);
  return at != std::end(known) && at->names == names && at->number == number ? at->text
                                                                             : std::string_view();
}

bool is_readable(const Octets& octets) {
  return !octets.empty() && std::all_of(octets.begin(), octets.end(),
                                        [](std::uint8_t c) { return c >= 32 && c < 127; });
}

}  // namespace

std::optional<std::uint64_t> number_from_name(Names names, std::string_view text,
                                              const wire::CodePoints& numbers) {
  if (const auto number = read_number(text))
    return number;
  if (names == Names::flag) {
    if (text == "true")
      return 1;
    if (text == "false")
      return 0;
  }
  const auto widen = [](auto found) -> std::optional<std::uint64_t> {
    if (!found)
      return std::nullopt;
    return *found;
  };
  switch (names) {
    case Names::protocol:
      return widen(protocol_from_name(text, numbers));
    case Names::notify:
      return widen(wire::notify_from_name(text));
    case Names::exchange:
      return widen(wire::exchange_from_name(text));
    case Names::payload: {
      if (text == "none")
        return 0;
      if (const auto payload = parse_payload_name(text))
        return static_cast<std::uint64_t>(payload->type);
      return std::nullopt;
    }
    case Names::ts_type:
      if (text == "TS_RP")
        return numbers.rp_ts_type;
      break;
    default:
      break;
  }
  for (const Name& name : known)
    if (name.names == names && text == name.text)
      return name.number;
  return std::nullopt;
}

std::vector<std::string> names_of(Names names) {
  std::vector<std::string> out;
  for (const Name& name : known)
    if (name.names == names)
      out.emplace_back(name.text);
  if (names == Names::protocol)
    out = {"IKE", "AH", "ESP", "TCP_AO", "LDP_DISCOVERY"};
  if (names == Names::ts_type)
    out.emplace_back("TS_RP");
  if (names == Names::exchange)
    out = {"IKE_SA_INIT", "IKE_AUTH", "CREATE_CHILD_SA", "INFORMATIONAL"};
  if (names == Names::payload)
    out = payload_names();
  return out;
}

void append_text(Text& out, const Octets& octets, Names names, const wire::CodePoints&) {
  if (names == Names::text && is_readable(octets)) {
    out.append('"');
    std::ranges::copy(octets, out.room(octets.size()));
    out.append('"');
    return;
  }
  if (names == Names::address)
    if (const auto address = wire::IpAddress::from_octets(octets)) {
      out.append(address->to_text());
      return;
    }
  if (octets.empty()) {
    out.append("no octets");
    return;
  }
  out.append("0x");
  append_hex(out, octets);
}

void append_text(Text& out, std::uint64_t number, Names names, const wire::CodePoints& numbers) {
  if (const std::string_view name = name_of(names, number, numbers); !name.empty()) {
    out.append(name);
    out.append(" (");
    append_decimal(out, number);
    out.append(')');
  } else if (number > 0xffffffffU) {
    out.append("0x");
    wire::append_spi(out, number);
  } else {
    append_decimal(out, number);
  }
}

std::string to_text(const Value& value, Names names, const wire::CodePoints& numbers) {
  Text out;
  std::visit([&](const auto& one) { append_text(out, one, names, numbers); }, value);
  return out.str();
}

namespace {

// TEXT in YAML's double quotes.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + "\"";
}

// What a matcher takes for more than a text, though it stands in quotes.
bool reads_as_matcher(const std::string& text) {
  return text.starts_with("!") || text.find(" | ") != std::string::npos;
}

}  // namespace

std::string written_value(const FieldValue& field, const wire::CodePoints& numbers) {
  if (const auto* octets = std::get_if<Octets>(&field.value)) {
    const std::string text(octets->begin(), octets->end());
    if (octets->empty())
      return "\"\"";
    if (field.names == Names::text && is_readable(*octets) && !reads_as_matcher(text))
      return quoted(text);
    return to_text(field.value, field.names == Names::address ? field.names : Names::none);
  }
  const std::uint64_t number = std::get<std::uint64_t>(field.value);
  const std::string_view name = name_of(field.names, number, numbers);
  if (!name.empty() && number_from_name(field.names, name, numbers) == number)
    return std::string(name);
  return std::to_string(number);
}

}  // namespace karpspec::transcript
