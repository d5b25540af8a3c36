#include <cstdio>

#include "planted/parser.h"

// Identities, notifications, deletes, and what is left.
namespace karpspec::planted {
namespace {

[[gnu::noinline]] void keep_identity(const std::uint8_t* identity, std::size_t size) {
  auto* kept = static_cast<std::uint8_t*>(std::malloc(128));
  std::memcpy(kept, identity, size);
  sink = kept[0];
  std::free(kept);
}

// The authorities are 20 octets each, behind one octet of encoding.
[[gnu::noinline]] void first_authority(const Block& body) {
  const auto size = static_cast<std::uint32_t>(body.size()) - 1U;
  for (std::uint32_t i = 0; i < size / 20; ++i)
    sink = body.data()[1 + std::size_t{i} * 20];
}

[[gnu::noinline]] std::uint8_t size_of_method(std::size_t method) {
  auto* table = static_cast<std::uint8_t*>(std::calloc(16, 1));
  table[1] = 255;
  table[2] = 32;
  const std::uint8_t size = table[method];
  std::free(table);
  return size;
}

[[gnu::noinline]] void keep_notify_data(const std::uint8_t* at, std::uint16_t left,
                                        std::uint8_t spi_size) {
  const auto size = static_cast<std::uint16_t>(left - spi_size);
  const Block kept(at + spi_size, size);
  sink = kept.data()[0];
}

[[gnu::noinline]] void keep_cookie(const std::uint8_t* cookie, std::size_t size) {
  auto* kept = static_cast<std::uint8_t*>(std::malloc(64));
  std::memcpy(kept, cookie, size);
  sink = kept[0];
  std::free(kept);
}

[[gnu::noinline]] void release_rekeyed(void* child) {
  std::free(child);
}

[[gnu::noinline]] void release_child(void* child) {
  std::free(child);
}

[[gnu::noinline]] void read_spis(const std::uint8_t* at, std::size_t number, std::size_t size) {
  for (std::size_t i = 0; i < number; ++i)
    for (std::size_t j = 0; j < size; ++j)
      sink = at[i * size + j];
}

[[gnu::noinline]] void print_vendor(const char* vendor) {
  char line[512];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  const int size = std::snprintf(line, sizeof line, vendor);
#pragma GCC diagnostic pop
  sink = static_cast<std::uint8_t>(size);
}

[[gnu::noinline]] void keep_config(const std::uint8_t* value, std::size_t size) {
  const Block kept(value, size);
  sink = kept.data()[0];
}

[[gnu::noinline]] void keep_eap(const std::uint8_t* eap, std::uint16_t length) {
  const auto size = static_cast<std::uint16_t>(length - 4);
  const Block kept(eap + 4, size);
  sink = kept.data()[0];
}

}  // namespace

void Parser::read_identity(const Block& body) {
  if (has(Bug::identity_size) && body.size() >= 4)
    keep_identity(body.data() + 4, body.size() - 4);
}

void Parser::read_certreq(const Block& body) {
  if (has(Bug::certreq_count))
    first_authority(body);
}

void Parser::read_auth(const Block& body) {
  if (has(Bug::auth_method_index) && body.size() >= 4)
    sink = size_of_method(body.data()[0]);
}

void Parser::read_notify(MessageView& message, const Block& body) {
  constexpr std::uint16_t cookie = 16390, rekey_sa = 16393;
  if (body.size() < 4)
    return;
  const std::uint8_t spi_size = body.data()[1];
  const std::uint16_t type = be16(body.data() + 2);
  const auto left = static_cast<std::uint16_t>(body.size() - 4);
  if (has(Bug::notify_spi_size))
    keep_notify_data(body.data() + 4, left, spi_size);
  if (spi_size > left)
    return;
  if (has(Bug::cookie_size) && type == cookie)
    keep_cookie(body.data() + 4 + spi_size, left - spi_size);
  if (has(Bug::rekey_doubled) && type == rekey_sa && message.authentic) {
    static void* rekeyed = nullptr;
    if (message.rekeys++ == 0)
      rekeyed = std::malloc(48);
    release_rekeyed(rekeyed);
  }
}

void Parser::read_delete(MessageView& message, const Block& body) {
  if (body.size() < 4)
    return;
  if (has(Bug::delete_count))
    read_spis(body.data() + 4, be16(body.data() + 2), body.data()[1]);
  if (has(Bug::delete_doubled) && message.authentic) {
    static void* child = nullptr;
    if (message.deletes++ == 0)
      child = std::malloc(56);
    release_child(child);
  }
}

void Parser::read_vendor(const Block& body) {
  if (!has(Bug::vendor_format))
    return;
  std::vector<char> text(body.data(), body.data() + body.size());
  text.push_back('\0');
  print_vendor(text.data());
}

void Parser::read_config(const Block& body) {
  for (std::size_t at = 4; at + 4 <= body.size();) {
    const std::size_t size = be16(body.data() + at + 2);
    if (has(Bug::config_attribute))
      keep_config(body.data() + at + 4, size);
    if (at + 4 + size > body.size())
      return;
    at += 4 + size;
  }
}

void Parser::read_eap(const Block& body) {
  if (has(Bug::eap_length) && body.size() >= 4 && be16(body.data() + 2) <= body.size())
    keep_eap(body.data(), be16(body.data() + 2));
}

void Parser::read_unknown(const Block& body) {
  if (!has(Bug::unknown_leak))
    return;
  constexpr std::size_t room = std::size_t{256} * 1024;
  auto* kept = static_cast<std::uint8_t*>(std::malloc(room));
  std::memset(kept, 0x5a, room);
  std::memcpy(kept, body.data(), body.size() < room ? body.size() : room);
  sink = kept[room / 2];
}

}  // namespace karpspec::planted
