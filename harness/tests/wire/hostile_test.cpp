// Datagrams made to cost much: what the reader takes stays in proportion to what was sent.
#include <cstdlib>
#include <new>

#include "wire_testing.h"

namespace {
std::size_t allocated = 0;  // octets asked for since the last reset
}

void* operator new(std::size_t size) {
  allocated += size;
  if (void* p = std::malloc(size == 0 ? 1 : size))
    return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept {
  std::free(p);
}
void operator delete(void* p, std::size_t) noexcept {
  std::free(p);
}

namespace karpspec::wire {
namespace {

constexpr std::size_t largest_udp_payload = 65507;

// UNIT over and over as far as COUNT, after HEAD.
Octets repeated(Octets head, const Octets& unit, std::size_t count) {
  head.reserve(head.size() + unit.size() * count);
  for (std::size_t i = 0; i < count; ++i)
    append(head, unit);
  return head;
}

void put_u16(Octets& octets, std::size_t at, std::size_t value) {
  octets[at] = static_cast<std::uint8_t>(value >> 8);
  octets[at + 1] = static_cast<std::uint8_t>(value);
}

// Decodes, and checks how much memory that asked for in all, growth of vectors included.
bool accepted_at_fair_cost(PayloadType first, const Octets& octets) {
  allocated = 0;
  const bool accepted = decode_chain(first, octets).has_value();
  const std::size_t cost = allocated;
  EXPECT_LT(cost, 100 * octets.size() + 4096);
  return accepted;
}

TEST(Hostile, ManySmallestPayloads) {
  const Octets unit = hex("28 00 0004");
  Octets octets = repeated({}, unit, largest_udp_payload / 4);
  EXPECT_FALSE(accepted_at_fair_cost(PayloadType::Nonce, octets));
  octets[octets.size() - 4] = 0;
  EXPECT_TRUE(accepted_at_fair_cost(PayloadType::Nonce, octets));
  const auto payloads = decode_chain(PayloadType::Nonce, octets);
  ASSERT_TRUE(payloads.has_value());
  EXPECT_EQ(payloads->size(), largest_udp_payload / 4);
  std::vector<FieldAt> log;
  EXPECT_EQ(encode_chain(*payloads, &log), octets);
  EXPECT_EQ(log.back().path, "Nonce[16376].data");
}

TEST(Hostile, ManySmallestProposals) {
  const std::size_t count = 8000;
  Octets octets = repeated(hex("00 00 0000"), hex("02 00 0008 01 01 00 00"), count);
  put_u16(octets, 2, octets.size());
  octets[octets.size() - 8] = 0;
  EXPECT_TRUE(accepted_at_fair_cost(PayloadType::SA, octets));
}

TEST(Hostile, ManySmallestAttributes) {
  const std::size_t count = 16000;
  Octets octets = repeated(hex("00 00 0000  00 00 0000 01 01 00 01  00 00 0000 01 00 000c"),
                           hex("4001 0000"), count);
  put_u16(octets, 2, octets.size());
  put_u16(octets, 6, octets.size() - 4);
  put_u16(octets, 14, octets.size() - 12);
  EXPECT_TRUE(accepted_at_fair_cost(PayloadType::SA, octets));
}

TEST(Hostile, ManySmallestConfigurationAttributes) {
  Octets octets = repeated(hex("00 00 0000 01 000000"), hex("0001 0000"), 16000);
  put_u16(octets, 2, octets.size());
  EXPECT_TRUE(accepted_at_fair_cost(PayloadType::CP, octets));
}

TEST(Hostile, ManySpisOfOneOctet) {
  Octets octets = repeated(hex("00 00 0000 03 01 fde8"), hex("07"), 65000);
  put_u16(octets, 2, octets.size());
  EXPECT_TRUE(accepted_at_fair_cost(PayloadType::D, octets));
}

// 65535 SPIs said in 8 octets, again and again.
TEST(Hostile, ManySpisOfNoOctets) {
  const Octets octets = repeated({}, hex("2a 00 0008 01 00 ffff"), largest_udp_payload / 8);
  EXPECT_FALSE(accepted_at_fair_cost(PayloadType::D, octets));
}

TEST(Hostile, LengthsOfNothing) {
  EXPECT_FALSE(accepted_at_fair_cost(PayloadType::Nonce, repeated({}, hex("28 00 0000"), 16000)));
  EXPECT_FALSE(accepted_at_fair_cost(PayloadType::SA, hex("00 00 0008  02 00 0000")));
  EXPECT_FALSE(accepted_at_fair_cost(PayloadType::TSi, hex("00 00 000c ff 000000 63 00 0000")));
}

}  // namespace
}  // namespace karpspec::wire
