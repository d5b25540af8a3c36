// What the mutators of the fuzz targets promise: the same seed does the same, most of what is made
// is still such a thing, and some of it is broken in its framing.
#include <gmock/gmock.h>

#include <set>

#include "fuzz/mutate/capture_file.h"
#include "fuzz/mutate/der.h"
#include "fuzz/mutate/form.h"
#include "fuzz/mutate/message.h"
#include "fuzz/mutate/packets.h"
#include "wire/message.h"
#include "wire/ospf_packet.h"
#include "wire/rip_packet.h"
#include "wire/tcp_segment.h"

namespace karpspec::fuzz {
namespace {

using wire::PayloadType;

constexpr int tries = 2000;

wire::Message sample() {
  wire::Message message;
  message.header.exchange = 35;
  wire::Proposal proposal;
  proposal.number = 1;
  proposal.protocol = 3;
  proposal.spi = {0, 0, 0, 1};
  proposal.transforms =
      std::vector<wire::Transform>{wire::make_transform(wire::TransformType::ENCR, 12, 128),
                                   wire::make_transform(wire::TransformType::INTEG, 12)};
  message.payloads = {
      wire::make_payload(PayloadType::IDi, wire::IdPayload{2, 0, octets_of("a.example")}),
      wire::make_payload(PayloadType::SA, wire::SaPayload{{proposal}}),
      wire::make_payload(PayloadType::D, wire::DeletePayload{3, 4, {{0, 0, 0, 1}, {0, 0, 0, 2}}}),
      wire::make_notify(wire::NotifyType::COOKIE, {1, 2, 3})};
  return message;
}

Octets segment() {
  wire::TcpFields fields;
  fields.source_port = 179;
  fields.options = {2, 4, 5, 180, 29, 16, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  fields.data = octets_of("data");
  return *wire::encode_tcp(fields);
}

Octets ospf() {
  wire::OspfHeader header;
  header.au_type = 2;
  header.key_id = 3;
  wire::OspfHello hello;
  hello.neighbors = {1, 2, 3};
  return wire::encode_ospf_hello(header, hello, Octets(20, 7));
}

// A classic capture of two frames that hold nothing.
Octets capture() {
  Octets file{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0};
  for (int i = 0; i < 2; ++i) {
    append(file, Octets{1, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 20, 0, 0, 0});
    append(file, Octets(20, 9));
  }
  return file;
}

bool records_tile(const Octets& file) {
  std::size_t at = 24;
  while (at + 16 <= file.size())
    at += 16 + std::size_t{file[at + 8]} + (std::size_t{file[at + 9]} << 8) +
          (std::size_t{file[at + 10]} << 16) + (std::size_t{file[at + 11]} << 24);
  return at == file.size();
}

TEST(Mutators, DoTheSameWithTheSameSeed) {
  const Octets message = wire::encode_message(sample());
  for (const char* name : {"message", "payload", "chain", "stream", "text", "segment", "routing",
                           "frame", "capture"}) {
    const auto form = form_from(name);
    ASSERT_TRUE(form) << name;
    bool changed = false;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
      Octets one = message, other = message, crossed = message, again = message;
      Draw draw(seed), same(seed), third(seed), fourth(seed);
      mutate(*form, one, draw);
      mutate(*form, other, same);
      EXPECT_EQ(one, other) << name;
      cross(*form, crossed, one, third);
      cross(*form, again, one, fourth);
      EXPECT_EQ(crossed, again) << name;
      changed = changed || one != message;
    }
    EXPECT_TRUE(changed) << name;
  }
  EXPECT_FALSE(form_from("nothing"));
}

TEST(Mutators, TakeWhateverComes) {
  for (const char* name :
       {"message", "payload", "chain", "stream", "text", "segment", "routing", "frame", "capture"})
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      Draw draw(seed);
      Octets octets(draw.below(60), static_cast<std::uint8_t>(seed));
      for (int steps = 0; steps < 5; ++steps)
        mutate(*form_from(name), octets, draw);
      cross(*form_from(name), octets, Octets(), draw);
      EXPECT_LT(octets.size(), 1U << 20) << name;
    }
}

TEST(MessageMutator, MakesMessagesMostly) {
  const Octets message = wire::encode_message(sample());
  int decoded = 0, broken = 0;
  std::set<std::uint8_t> types;
  bool number = false, attribute = false, spis = false, text = false;
  for (std::uint64_t seed = 0; seed < tries; ++seed) {
    Octets octets = message;
    Draw draw(seed);
    ASSERT_TRUE(change_message(octets, draw));
    const auto made = wire::decode_message(octets);
    ++(made ? decoded : broken);
    if (!made)
      continue;
    for (const wire::Payload& payload : made->payloads) {
      types.insert(static_cast<std::uint8_t>(payload.type));
      if (const auto* sa = payload.as<wire::SaPayload>(); sa && sa->proposals.size() == 1) {
        number = number || sa->proposals[0].number != 1;
        if (const auto* list =
                std::get_if<std::vector<wire::Transform>>(&sa->proposals[0].transforms);
            list && !list->empty())
          attribute = attribute || (*list)[0].key_length() != 128;
      }
      if (const auto* d = payload.as<wire::DeletePayload>())
        spis = spis || d->spis.size() != 2;
      if (const auto* id = payload.as<wire::IdPayload>())
        text = text || id->data != octets_of("a.example");
    }
  }
  EXPECT_GT(decoded, tries / 2);
  EXPECT_GT(broken, tries / 20);
  EXPECT_TRUE(number && attribute && spis && text);
  EXPECT_GT(types.size(), 20U) << "every payload is put in at some time";
}

TEST(MessageMutator, LeavesTheTailAndWhatItCannotReadWhereTheyAre) {
  // A KE of five octets, which is none, and behind the last payload three that are of no one.
  const Octets chain{40, 0, 0, 5, 1, 0, 0, 0, 6, 7, 8, 1, 2, 3};
  const Chain read = read_chain(34, chain);
  ASSERT_EQ(read.parts.size(), 2U);
  EXPECT_EQ(read.parts[0].body, Octets{1});
  EXPECT_EQ(read.parts[1].type, 40);
  EXPECT_EQ(read.tail, (Octets{1, 2, 3}));
}

TEST(MessageMutator, TakesPayloadsOver) {
  wire::Message other = sample();
  other.payloads = {wire::make_payload(PayloadType::V, wire::VendorIdPayload{{9, 9}})};
  int taken = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Octets octets = wire::encode_message(sample());
    Draw draw(seed);
    ASSERT_TRUE(cross_messages(octets, wire::encode_message(other), draw));
    const auto made = wire::decode_message(octets);
    taken += made && wire::find(made->payloads, PayloadType::V) != nullptr ? 1 : 0;
  }
  EXPECT_GT(taken, 50);
}

TEST(DerMutator, KeepsLengthsMostly) {
  // SEQUENCE { INTEGER 5, SEQUENCE { OCTET STRING { INTEGER 7 } } }
  const Octets der{0x30, 10, 2, 1, 5, 0x30, 5, 4, 3, 2, 1, 7};
  int whole = 0;
  std::set<Octets> made;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Octets octets = der;
    Draw draw(seed);
    ASSERT_TRUE(change_der(octets, draw));
    whole += octets.size() >= 2 && octets[1] == octets.size() - 2 ? 1 : 0;
    made.insert(octets);
  }
  EXPECT_GT(whole, 200);
  EXPECT_LT(whole, 300);
  EXPECT_GT(made.size(), 50U);
  Octets text = octets_of("no DER");
  Draw draw(1);
  EXPECT_FALSE(change_der(text, draw));
}

TEST(PacketMutator, KeepsHeadersMostly) {
  int segments = 0, packets = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Octets tcp = segment(), hello = ospf();
    Draw draw(seed);
    ASSERT_TRUE(change_segment(tcp, draw));
    ASSERT_TRUE(change_ospf(hello, draw));
    segments += wire::read_tcp_header(tcp) ? 1 : 0;
    packets += wire::read_ospf_header(hello) ? 1 : 0;
  }
  EXPECT_GT(segments, 200);
  EXPECT_LT(segments, 300);
  EXPECT_GT(packets, 200);
  EXPECT_LT(packets, 300);
}

TEST(PacketMutator, TakesARipMessageOfItsTrailerAlone) {
  // The packet length points behind the header, so that there is not even the first entry.
  Octets message{2, 2, 0, 0, 0xff, 0xff, 0, 3, 0, 4, 3, 16};
  message.resize(44);
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Octets octets = message;
    Draw draw(seed);
    ASSERT_TRUE(change_rip(octets, draw));
  }
}

TEST(CaptureMutator, KeepsRecordsMostly) {
  int whole = 0;
  ASSERT_TRUE(records_tile(capture()));
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Octets file = capture();
    Draw draw(seed);
    ASSERT_TRUE(change_capture(file, draw));
    whole += records_tile(file) ? 1 : 0;
  }
  EXPECT_GT(whole, 200);
  EXPECT_LT(whole, 300);
  Octets crossed = capture();
  Draw draw(1);
  ASSERT_TRUE(cross_captures(crossed, capture(), draw));
  EXPECT_EQ(crossed.size(), capture().size() + 36);
}

}  // namespace
}  // namespace karpspec::fuzz
