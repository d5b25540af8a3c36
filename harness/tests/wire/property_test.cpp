// What holds of every input: what is accepted is written back the same, the log covers it, and a
// refusal names its octet.
#include "mutation.h"

namespace karpspec::wire {
namespace {

// The logged fields stand one after the other and cover every octet.
void expect_tiled(const std::vector<FieldAt>& log, std::size_t size) {
  std::size_t at = 0;
  for (const FieldAt& field : log) {
    ASSERT_EQ(field.offset, at) << field.path;
    at += field.size;
  }
  EXPECT_EQ(at, size);
}

// Whether OCTETS decode; if they do, they encode back to the same.
bool round_trips(const Octets& octets) {
  const auto message = decode_message(octets);
  if (!message) {
    EXPECT_FALSE(message.error().message.empty());
    EXPECT_TRUE(message.error().offset.has_value()) << message.error().message;
    EXPECT_LE(message.error().offset.value_or(0), octets.size());
    return false;
  }
  std::vector<FieldAt> log;
  EXPECT_EQ(to_hex(encode_message(*message, &log)), to_hex(octets));
  EXPECT_EQ(to_hex(encode_message(*message)), to_hex(octets)) << "without a log";
  expect_tiled(log, octets.size());
  return true;
}

TEST(Property, RandomMutationsRoundTripOrAreRefused) {
  Mutator mutator(20110901);
  int accepted = 0;
  int refused = 0;
  const auto samples = all_samples();
  for (int run = 0; run < 20000; ++run) {
    const Sample& sample = samples[static_cast<std::size_t>(run) % samples.size()];
    Octets octets = mutator.damage(as_message(sample));
    if (mutator.below(8) != 0)
      mend_length(octets);
    round_trips(octets) ? ++accepted : ++refused;
    if (testing::Test::HasFailure())
      FAIL() << "run " << run << ", " << sample.name << ": " << to_hex(octets);
  }
  // Both ways must be walked often, or the property says little.
  EXPECT_GT(accepted, 2000);
  EXPECT_GT(refused, 2000);
}

TEST(Property, EveryOneBitChangeRoundTripsOrIsRefused) {
  for (const Sample& sample : all_samples()) {
    const Octets whole = as_message(sample);
    ASSERT_TRUE(round_trips(whole)) << sample.name;
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
      Octets octets = whole;
      octets[bit / 8] = static_cast<std::uint8_t>(octets[bit / 8] ^ (0x80U >> bit % 8));
      (void)round_trips(octets);
      ASSERT_FALSE(HasFailure()) << sample.name << ", bit " << bit;
    }
  }
}

// With the header's length mended, so that the payloads themselves must notice.
TEST(Property, EveryTruncationIsRefused) {
  for (const Sample& sample : all_samples()) {
    const Octets whole = as_message(sample);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      Octets octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_FALSE(decode_message(octets).has_value()) << sample.name << " of " << size;
      mend_length(octets);
      EXPECT_FALSE(decode_message(octets).has_value()) << sample.name << " of " << size;
      if (sample.first && size < sample.octets.size()) {
        const auto chain =
            decode_chain(*sample.first, OctetView(sample.octets).first(size), with_mrkmp());
        EXPECT_FALSE(chain.has_value()) << sample.name << " of " << size;
      }
    }
  }
}

TEST(Property, OneOctetMoreIsRefused) {
  for (const Sample& sample : all_samples()) {
    Octets octets = as_message(sample);
    octets.push_back(0);
    EXPECT_EQ(refusal(decode_message(octets)), "bad length at 24") << sample.name;
    mend_length(octets);
    EXPECT_EQ(refusal(decode_message(octets)), "bad length at " + std::to_string(octets.size() - 1))
        << sample.name;
  }
}

// Every reserved field at once, found by the log.
TEST(Property, ReservedBitsRoundTrip) {
  std::size_t touched = 0;
  for (const Sample& sample : all_samples()) {
    const Octets plain = as_message(sample);
    const auto message = decode_message(plain);
    ASSERT_TRUE(message.has_value()) << to_string(message.error());
    std::vector<FieldAt> log;
    Octets octets = encode_message(*message, &log);
    for (const FieldAt& field : log) {
      const std::string name = field.path.substr(field.path.rfind('.') + 1);
      const bool generic = name == "flags_octet";
      if (!generic && name.rfind("reserved", 0) != 0)
        continue;
      for (std::size_t i = 0; i < field.size; ++i)
        octets[field.offset + i] |= generic ? 0x7fU : 0xffU;
      ++touched;
    }
    EXPECT_NE(octets, plain) << sample.name;
    EXPECT_TRUE(round_trips(octets)) << sample.name;
    const auto again = decode_message(octets);
    ASSERT_TRUE(again.has_value());
    EXPECT_FALSE(*again == *message) << sample.name << " lost its reserved bits";
  }
  // Counted in the samples by hand: 23, 1, 1, 14, 16, 6, 13, 10 and 4.
  EXPECT_EQ(touched, 88U);
}

// The octets at a logged place are the field: writing there changes it and nothing else.
TEST(Property, LoggedPlacesAreTheFields) {
  const auto message = decode_message(as_message(all_samples()[3]));
  ASSERT_TRUE(message.has_value()) << to_string(message.error());
  std::vector<FieldAt> log;
  const Octets plain = encode_message(*message, &log);
  const auto place = [&log](std::string_view path) {
    for (const FieldAt& field : log) {
      if (field.path == path)
        return field;
    }
    ADD_FAILURE() << "no field " << path;
    return FieldAt{};
  };
  const auto after = [&](std::string_view path, std::uint8_t last_octet) {
    Octets octets = plain;
    const FieldAt field = place(path);
    octets.at(field.offset + field.size - 1) = last_octet;
    const auto changed = decode_message(octets);
    EXPECT_TRUE(changed.has_value()) << path;
    return changed.value_or(Message{});
  };
  Message wanted = *message;
  wanted.header.message_id = 0x2a;
  EXPECT_EQ(after("HDR.message_id", 0x2a), wanted);

  wanted = *message;
  wanted.payloads[3].as<AuthPayload>()->method = 14;
  EXPECT_EQ(after("AUTH.method", 14), wanted);

  wanted = *message;
  auto& proposal = wanted.payloads[4].as<SaPayload>()->proposals[0];
  std::get<std::vector<TcpAoTransform>>(proposal.transforms)[1].kdf = 9;
  EXPECT_EQ(after("SA.proposals[1].transforms[2].kdf", 9), wanted);

  wanted = *message;
  auto& selector = wanted.payloads[6].as<TsPayload>()->selectors[1];
  std::get<AddressSelector>(selector).end_port = 0x0055;
  EXPECT_EQ(after("TSr.selectors[2].end_port", 0x55), wanted);
}

}  // namespace
}  // namespace karpspec::wire
