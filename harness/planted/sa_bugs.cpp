#include "planted/parser.h"

// Security association, key exchange, nonce, traffic selectors.
namespace karpspec::planted {
namespace {

[[gnu::noinline]] void keep_spi(const std::uint8_t* spi, std::size_t size) {
  auto* kept = static_cast<std::uint8_t*>(std::malloc(8));
  std::memcpy(kept, spi, size);
  sink = kept[0];
  std::free(kept);
}

[[gnu::noinline]] void count_transforms(const std::uint8_t* at, std::size_t number) {
  for (std::size_t i = 0; i < number; ++i) {
    const std::uint16_t length = be16(at + 2);
    sink = at[4];
    at += length < 8 ? 8 : length;
  }
}

// Ends when a transform says that it is the last one, or at the end of the proposal.
[[gnu::noinline]] void walk_transforms(const std::uint8_t* at, const std::uint8_t* end) {
  while (end - at >= 8) {
    sink = at[4];
    at += be16(at + 2);
  }
}

[[gnu::noinline]] void walk_proposals(const std::uint8_t* at, const std::uint8_t* end) {
  while (end - at >= 8) {
    sink = at[4];
    at += be16(at + 2);
  }
}

[[gnu::noinline]] void keep_attribute(const std::uint8_t* value, std::size_t size) {
  const Block kept(value, size);
  sink = kept.data()[0];
}

[[gnu::noinline]] void read_public_value(const std::uint8_t* value, std::size_t expected) {
  std::uint8_t sum = 0;
  for (std::size_t i = 0; i < expected; ++i)
    sum = static_cast<std::uint8_t>(sum + value[i]);
  sink = sum;
}

// Shifts the value until its lowest bit is 1.
[[gnu::noinline]] void normalise(std::uint8_t* value, std::size_t size) {
  while ((value[size - 1] & 1U) == 0) {
    unsigned carry = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const unsigned next = value[i] & 1U;
      value[i] = static_cast<std::uint8_t>((value[i] >> 1U) | (carry << 7U));
      carry = next;
    }
    sink = value[size - 1];
  }
}

[[gnu::noinline]] std::uint16_t bits_of_group(std::size_t group) {
  auto* table = static_cast<std::uint16_t*>(std::calloc(32, sizeof(std::uint16_t)));
  table[14] = 2048;
  table[19] = 256;
  const std::uint16_t bits = table[group];
  std::free(table);
  return bits;
}

[[gnu::noinline]] void keep_nonce(const std::uint8_t* nonce, std::size_t size) {
  auto* kept = static_cast<std::uint8_t*>(std::malloc(256));
  std::memcpy(kept, nonce, size);
  sink = kept[0];
  std::free(kept);
}

[[gnu::noinline]] void last_of_nonce(const Block& nonce) {
  sink = nonce.data()[nonce.size() - 1];
}

[[gnu::noinline]] void read_selectors(const std::uint8_t* at, std::size_t number) {
  for (std::size_t i = 0; i < number; ++i) {
    const std::uint16_t length = be16(at + 2);
    sink = at[0];
    at += length < 4 ? 4 : length;
  }
}

[[gnu::noinline]] void keep_addresses(const std::uint8_t* selector, std::uint16_t length) {
  const auto size = static_cast<std::uint16_t>(length - 8);
  const Block kept(selector + 8, size);
  sink = kept.data()[0];
}

std::size_t size_of_group(std::uint16_t group) {
  switch (group) {
    case 14:
      return 256;
    case 19:
      return 64;
    case 31:
      return 32;
    default:
      return 0;
  }
}

bool is_zero(const Block& value, std::size_t from) {
  for (std::size_t i = from; i < value.size(); ++i)
    if (value.data()[i] != 0)
      return false;
  return true;
}

}  // namespace

void Parser::read_sa(const Block& body) {
  const std::uint8_t* at = body.data();
  const std::uint8_t* const end = at + body.size();
  if (has(Bug::proposal_length_zero))
    walk_proposals(at, end);
  while (end - at >= 8) {
    const std::uint16_t length = be16(at + 2);
    const std::size_t spi_size = at[6];
    const std::size_t number = at[7];
    if (length < 8 || length > end - at)
      return;
    if (has(Bug::proposal_spi_size))
      keep_spi(at + 8, spi_size);
    if (8 + spi_size > length)
      return;
    const std::uint8_t* transform = at + 8 + spi_size;
    const std::uint8_t* const last = at + length;
    if (has(Bug::transform_count))
      count_transforms(transform, number);
    if (has(Bug::transform_length_zero))
      walk_transforms(transform, last);
    while (last - transform >= 8) {
      const std::uint16_t size = be16(transform + 2);
      if (size < 8 || size > last - transform)
        break;
      // Attributes; what has its highest bit is two octets of value, the rest says its length.
      for (const std::uint8_t* attribute = transform + 8; transform + size - attribute >= 4;) {
        const std::uint16_t value = be16(attribute + 2);
        if ((attribute[0] & 0x80U) != 0) {
          attribute += 4;
          continue;
        }
        if (has(Bug::attribute_length))
          keep_attribute(attribute + 4, value);
        if (value > transform + size - attribute - 4)
          break;
        attribute += 4 + value;
      }
      transform += size;
    }
    at += length;
  }
}

void Parser::read_ke(const Block& body) {
  if (body.size() < 4)
    return;
  const std::uint16_t group = be16(body.data());
  if (has(Bug::ke_group_index))
    sink = static_cast<std::uint8_t>(bits_of_group(group));
  if (has(Bug::ke_length) && size_of_group(group) != 0 && body.size() > 4)
    read_public_value(body.data() + 4, size_of_group(group));
  if (has(Bug::ke_value_zero) && body.size() > 4 && is_zero(body, 4))
    normalise(body.data() + 4, body.size() - 4);
}

void Parser::read_nonce(const Block& body) {
  if (has(Bug::nonce_size))
    keep_nonce(body.data(), body.size());
  if (has(Bug::nonce_empty))
    last_of_nonce(body);
}

void Parser::read_selectors_payload(const Block& body) {
  if (body.size() < 4)
    return;
  if (has(Bug::selector_count))
    read_selectors(body.data() + 4, body.data()[0]);
  const std::uint8_t* at = body.data() + 4;
  const std::uint8_t* const end = body.data() + body.size();
  while (end - at >= 4) {
    const std::uint16_t length = be16(at + 2);
    // The RP selector of RKMP has 4 octets; those with addresses have 8 before them.
    const bool addresses = at[0] == 7 || at[0] == 8;
    if (has(Bug::selector_length) && (addresses || length < 4))
      keep_addresses(at, length);
    if (length < 4 || length > end - at)
      return;
    at += length;
  }
}

}  // namespace karpspec::planted
