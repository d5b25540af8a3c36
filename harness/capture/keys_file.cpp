#include "capture/keys_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "wire/spi_text.h"

namespace karpspec::capture {
namespace {

struct EncrName {
  Encr encr;
  std::uint16_t key_bits;
  const char* text;
  bool wireshark;  // whether Wireshark 4.0 has it
};
constexpr EncrName encr_names[] = {
    {Encr::AES_CBC, 128, "AES-CBC-128 [RFC3602]", true},
    {Encr::AES_CBC, 256, "AES-CBC-256 [RFC3602]", true},
    {Encr::AES_GCM_16, 128, "AES-GCM-128 with 16 octet ICV [RFC5282]", true},
    {Encr::AES_GCM_16, 256, "AES-GCM-256 with 16 octet ICV [RFC5282]", true},
    {Encr::CHACHA20_POLY1305, 0, "CHACHA20-POLY1305 [RFC7634]", false},
};
struct IntegName {
  Integ integ;
  const char* text;
  bool wireshark;
};
constexpr IntegName integ_names[] = {
    {Integ::NONE, "NONE [RFC4306]", true},
    {Integ::HMAC_SHA1_96, "HMAC_SHA1_96 [RFC2404]", true},
    {Integ::AES_XCBC_96, "AES_XCBC_96 [RFC3566]", false},
    {Integ::AES_CMAC_96, "AES_CMAC_96 [RFC4494]", false},
    {Integ::HMAC_SHA2_256_128, "HMAC_SHA2_256_128 [RFC4868]", true},
    {Integ::HMAC_SHA2_384_192, "HMAC_SHA2_384_192 [RFC4868]", true},
    {Integ::HMAC_SHA2_512_256, "HMAC_SHA2_512_256 [RFC4868]", true},
};

// With this name Wireshark skips an ICV that it cannot check, and still decrypts.
constexpr const char* any_96_bits = "ANY 96-bits of Authentication [No Checking]";

// Before a line that Wireshark would refuse.
constexpr std::string_view not_wireshark = "# not known to Wireshark: ";

const EncrName* name_of(const crypto::IkeSuite& suite) {
  for (const EncrName& name : encr_names) {
    if (name.encr == suite.encr && (name.key_bits == 0 || name.key_bits == suite.key_bits)) {
      return &name;
    }
  }
  return nullptr;
}

const IntegName* name_of(Integ integ) {
  for (const IntegName& name : integ_names) {
    if (name.integ == integ)
      return &name;
  }
  return nullptr;
}

std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back().push_back(c);
    }
  }
  return fields;
}

Result<std::uint64_t> read_spi(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc{} || end != text.data() + text.size() || text.size() != 16) {
    return fail(ErrorCode::bad_value, "'" + text + "' is no SPI of 16 hexadecimal digits");
  }
  return value;
}

Result<Secret> read_key(const std::string& text, std::size_t size, const char* what) {
  KARPSPEC_TRY(octets, from_hex(text));
  if (octets.size() != size) {
    return fail(ErrorCode::bad_length, std::string(what) + " has " + std::to_string(octets.size()) +
                                           " octets, the algorithm takes " + std::to_string(size));
  }
  return Secret(octets);
}

Result<void> read_line(std::string_view line, DecryptionTable& table) {
  const std::vector<std::string> fields = fields_of(line);
  if (fields.size() != 8) {
    return fail(ErrorCode::bad_value,
                std::to_string(fields.size()) + " fields where 8 are expected");
  }
  KARPSPEC_TRY(spi_i, read_spi(fields[0]));
  KARPSPEC_TRY(spi_r, read_spi(fields[1]));
  // decryption_line() has put the whole keys before it.
  if (fields[7] == any_96_bits && table.contains({spi_i, spi_r}))
    return {};
  DecryptionKeys keys;
  const EncrName* encr = nullptr;
  for (const EncrName& name : encr_names) {
    if (fields[4] == name.text)
      encr = &name;
  }
  const IntegName* integ = nullptr;
  for (const IntegName& name : integ_names) {
    if (fields[7] == name.text)
      integ = &name;
  }
  if (encr == nullptr) {
    return fail(ErrorCode::bad_value, "unknown encryption algorithm '" + fields[4] + "'");
  }
  if (integ == nullptr) {
    return fail(ErrorCode::bad_value, "unknown integrity algorithm '" + fields[7] + "'");
  }
  keys.suite.encr = encr->encr;
  keys.suite.key_bits = encr->key_bits;
  keys.suite.integ = integ->integ;
  const std::size_t encr_size = crypto::encr_key_size(encr->encr, encr->key_bits);
  const std::size_t integ_size = crypto::integ_key_size(integ->integ);
  KARPSPEC_TRY(ei, read_key(fields[2], encr_size, "SK_ei"));
  KARPSPEC_TRY(er, read_key(fields[3], encr_size, "SK_er"));
  KARPSPEC_TRY(ai, read_key(fields[5], integ_size, "SK_ai"));
  KARPSPEC_TRY(ar, read_key(fields[6], integ_size, "SK_ar"));
  keys.SK_ei = std::move(ei);
  keys.SK_er = std::move(er);
  keys.SK_ai = std::move(ai);
  keys.SK_ar = std::move(ar);
  table[{spi_i, spi_r}] = std::move(keys);
  return {};
}

}  // namespace

std::string decryption_line(std::uint64_t spi_i, std::uint64_t spi_r, const crypto::IkeSuite& suite,
                            const crypto::IkeKeys& keys) {
  const EncrName* encr = name_of(suite);
  const IntegName* integ = name_of(suite.integ);
  const std::string before = wire::spi_text(spi_i) + "," + wire::spi_text(spi_r) + "," +
                             to_hex(keys.SK_ei.view()) + "," + to_hex(keys.SK_er.view()) + ",\"" +
                             (encr == nullptr ? "unknown" : encr->text) + "\",";
  std::string whole = before + to_hex(keys.SK_ai.view()) + "," + to_hex(keys.SK_ar.view()) + ",\"" +
                      (integ == nullptr ? "unknown" : integ->text) + "\"";
  if (encr != nullptr && encr->wireshark && integ != nullptr) {
    if (integ->wireshark)
      return whole;
    return std::string(not_wireshark) + whole + "\n" + before + ",,\"" + any_96_bits + "\"";
  }
  return std::string(not_wireshark) + whole;
}

Result<void> write_private_file(const std::string& path, const std::string& text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail(ErrorCode::io, path + ": " + std::strerror(errno));
  // An older file of that name may have had other rights.
  bool ok = ::fchmod(fd, 0600) == 0;
  std::string_view left = text;
  while (ok && !left.empty()) {
    const ssize_t written = ::write(fd, left.data(), left.size());
    ok = written > 0;
    if (ok)
      left.remove_prefix(static_cast<std::size_t>(written));
  }
  const int error = errno;
  ::close(fd);
  if (!ok)
    return fail(ErrorCode::io, path + ": " + std::strerror(error));
  return {};
}

Result<DecryptionTable> read_decryption_table(const std::string& path) {
  if (std::error_code error; std::filesystem::is_directory(path, error))
    return fail(ErrorCode::bad_value, path + ": is a directory");
  std::ifstream in(path);
  if (!in)
    return fail(ErrorCode::not_found, path + ": " + std::strerror(errno));
  DecryptionTable table;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    std::string_view text = line;
    if (text.substr(0, not_wireshark.size()) == not_wireshark) {
      text.remove_prefix(not_wireshark.size());
    }
    if (text.empty() || text.front() == '#')
      continue;
    if (auto read = read_line(text, table); !read) {
      return fail(read.error().code,
                  path + ":" + std::to_string(number) + ": " + read.error().message);
    }
  }
  return table;
}

}  // namespace karpspec::capture
