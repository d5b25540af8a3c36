// Messages to octets and back: those of golden captures (pcaps/), each kind in clear, where a copy
// of its octets bounds it, and sealed, where OpenSSL does for the same octets.
#include <map>
#include <utility>

#include "base/random.h"
#include "bench/golden_capture.h"
#include "bench/measurement.h"
#include "bench/primitives/sk_data.h"
#include "bench/subjects.h"
#include "oracle/ike/sealed_message.h"
#include "oracle/mrkmp/group_message.h"

namespace karpspec::bench {
namespace {

using primitives::SkData;

// A kind of message, and the golden capture that has one.
struct MessageKind {
  const char* name;
  const char* kind;
  const char* capture;
};

constexpr MessageKind kinds_in_clear[] = {
    {"IKE_SA_INIT_request", "IKE_SA_INIT request", "rkmp-initial"},
    {"IKE_SA_INIT_response", "IKE_SA_INIT response", "rkmp-initial"},
    {"mrkmp_advert", "mrkmp_advert request", "mrkmp-life"},
};
constexpr MessageKind sealed_kinds[] = {
    {"IKE_AUTH_request", "IKE_AUTH request", "rkmp-initial"},
    {"IKE_AUTH_response", "IKE_AUTH response", "rkmp-initial"},
    {"IKE_AUTH_request_with_CERT", "IKE_AUTH request", "ike-certificate"},
    {"CREATE_CHILD_SA_request", "CREATE_CHILD_SA request", "rkmp-new-protocol"},
    {"INFORMATIONAL_request", "INFORMATIONAL request", "rkmp-delete-key"},
    {"mrkmp_auth_response", "mrkmp_auth response", "mrkmp-member-joins"},
};

Result<const GoldenCapture*> golden(const char* name) {
  static std::map<std::string, GoldenCapture> captures;
  if (const auto at = captures.find(name); at != captures.end())
    return &at->second;
  KARPSPEC_TRY(read, read_golden(std::string(KARPSPEC_SOURCE_DIR "/pcaps/") + name));
  return &captures.emplace(name, std::move(read)).first->second;
}

Result<const GoldenMessage*> message_of(const MessageKind& kind) {
  KARPSPEC_TRY(capture, golden(kind.capture));
  const GoldenMessage* message = capture->find(kind.kind);
  if (message == nullptr)
    return fail(ErrorCode::not_found, std::string(kind.capture) + " has no " + kind.kind);
  return message;
}

// A message with its payloads in clear, as if there were no SK payload.
void decode(benchmark::State& state, const MessageKind& kind) {
  const auto message = message_of(kind);
  if (failed(state, message))
    return;
  const wire::Message& clear = *(*message)->observed.message;
  const Octets octets = wire::encode_message(clear);
  if (const auto decoded = wire::decode_message(octets);
      failed(state, decoded) || failed(state, *decoded == clear, "decode(encode(m)) != m"))
    return;
  for (auto _ : state) {
    auto decoded = wire::decode_message(octets);
    benchmark::DoNotOptimize(decoded);
  }
  count(state, octets.size());
}

void encode(benchmark::State& state, const MessageKind& kind) {
  const auto message = message_of(kind);
  if (failed(state, message))
    return;
  const wire::Message& clear = *(*message)->observed.message;
  const Octets octets = wire::encode_message(clear);
  if ((*message)->observed.body == transcript::Observed::Body::clear &&
      failed(state, octets == (*message)->octets, "encode(m) is not what was sent"))
    return;
  for (auto _ : state) {
    Octets encoded = wire::encode_message(clear);
    benchmark::DoNotOptimize(encoded.data());
  }
  count(state, octets.size());
}

// Whatever is done with them, the octets go once from here to there.
void copy_message(benchmark::State& state, const MessageKind& kind) {
  const auto message = message_of(kind);
  if (failed(state, message))
    return;
  const Octets octets = wire::encode_message(*(*message)->observed.message);
  for (auto _ : state) {
    Octets copied = octets;
    benchmark::DoNotOptimize(copied.data());
    benchmark::ClobberMemory();
  }
  count(state, octets.size());
}

// A sealed message of a golden capture, and what opens it.
struct Sealed {
  const GoldenMessage* message = nullptr;
  const capture::DecryptionKeys* keys = nullptr;
  crypto::DirectionKeys direction;
  std::size_t data_size = 0;  // of IV | ciphertext | ICV, the message's last octets
};

Result<Sealed> sealed_of(const MessageKind& kind) {
  KARPSPEC_TRY(capture, golden(kind.capture));
  KARPSPEC_TRY(message, message_of(kind));
  const capture::DecryptionKeys* keys = capture->keys_of(*message);
  if (keys == nullptr)
    return fail(ErrorCode::not_found, std::string(kind.capture) + ": no keys of " + kind.kind);
  KARPSPEC_TRY(outer, wire::decode_message(message->octets));
  const wire::Payload* sk = wire::find(outer.payloads, wire::PayloadType::SK);
  if (sk == nullptr)
    return fail(ErrorCode::bad_value, std::string(kind.kind) + " is not sealed");
  return Sealed{message, keys, sender_keys(*keys, outer.header),
                sk->as<wire::EncryptedPayload>()->data.size()};
}

void open_message(benchmark::State& state, const MessageKind& kind) {
  const auto sealed = sealed_of(kind);
  if (failed(state, sealed))
    return;
  const Octets& octets = sealed->message->octets;
  const auto once = oracle::ike::open_message(sealed->keys->suite, sealed->direction, octets);
  if (failed(state, once) ||
      failed(state, *once == *sealed->message->observed.message, "it opens to another message"))
    return;
  for (auto _ : state) {
    auto opened = oracle::ike::open_message(sealed->keys->suite, sealed->direction, octets);
    benchmark::DoNotOptimize(opened);
  }
  count(state, octets.size());
}

void open_message_bound(benchmark::State& state, const MessageKind& kind) {
  const auto sealed = sealed_of(kind);
  if (failed(state, sealed))
    return;
  const Octets& octets = sealed->message->octets;
  SkData primitive(sealed->keys->suite, sealed->direction, SkData::Direction::open);
  Octets plaintext(octets.size());
  if (failed(state, primitive.open(octets, sealed->data_size, plaintext), "not authentic"))
    return;
  for (auto _ : state) {
    bool opened = primitive.open(octets, sealed->data_size, plaintext);
    benchmark::DoNotOptimize(opened);
  }
  count(state, octets.size());
}

void seal_message(benchmark::State& state, const MessageKind& kind) {
  const auto sealed = sealed_of(kind);
  if (failed(state, sealed))
    return;
  const wire::Message& clear = *sealed->message->observed.message;
  const crypto::IkeSuite& suite = sealed->keys->suite;
  SeededRandom random(1);
  const auto once = oracle::ike::seal_message(suite, sealed->direction, clear, random);
  if (failed(state, once))
    return;
  if (const auto opened = oracle::ike::open_message(suite, sealed->direction, *once);
      failed(state, opened) || failed(state, *opened == clear, "it opens to another message"))
    return;
  for (auto _ : state) {
    auto octets = oracle::ike::seal_message(suite, sealed->direction, clear, random);
    benchmark::DoNotOptimize(octets);
  }
  count(state, once->size());
}

void seal_message_bound(benchmark::State& state, const MessageKind& kind) {
  const auto sealed = sealed_of(kind);
  if (failed(state, sealed))
    return;
  const crypto::IkeSuite& suite = sealed->keys->suite;
  SkData primitive(suite, sealed->direction, SkData::Direction::seal);
  Octets message = sealed->message->octets;
  const Octets iv(crypto::encr_iv_size(suite.encr), 1);
  const Octets plaintext(sealed->data_size - iv.size() - crypto::icv_size(suite));
  if (failed(state, primitive.seal(iv, plaintext, message), "OpenSSL refused to seal"))
    return;
  for (auto _ : state) {
    bool done = primitive.seal(iv, plaintext, message);
    benchmark::DoNotOptimize(done);
  }
  count(state, message.size());
}

// A message to a group under its KEK, with one new protocol master key (profile P-208).
struct ToGroup {
  oracle::mrkmp::GroupKey kek;
  oracle::mrkmp::GroupMessage message;
  wire::IpAddress sender = wire::IpAddress::from_text("192.0.2.1").value_or(wire::IpAddress());

  ToGroup() {
    SeededRandom random(1);
    kek.id = 1;
    kek.algorithm = oracle::mrkmp::kek_algorithm;
    kek.key = Secret(random.octets(oracle::mrkmp::kek_octets));
    message.number = 1;
    message.action.kind = static_cast<std::uint8_t>(wire::GroupActionPayload::Kind::update);
    oracle::mrkmp::GroupKey master;
    master.id = 2;
    master.key = Secret(random.octets(32));
    message.download.emplace().items = {
        oracle::mrkmp::to_item(wire::KeyItem::Kind::pmk, master, Time{})};
  }
  [[nodiscard]] Result<Octets> seal() const {
    return oracle::mrkmp::seal_group_message(kek, message, sender);
  }
  // Octets of IV | ciphertext | ICV: what stands behind the message's header and SK's.
  [[nodiscard]] static std::size_t data_size(const Octets& octets) {
    return octets.size() - wire::Header::size - 4;
  }
  [[nodiscard]] SkData primitive(SkData::Direction direction) const {
    return {oracle::mrkmp::suite_of_kek(), {kek.key.view(), {}}, direction};
  }
};

void open_group(benchmark::State& state) {
  const ToGroup group;
  const auto octets = group.seal();
  if (failed(state, octets))
    return;
  const auto once = oracle::mrkmp::open_group_message(group.kek, *octets);
  if (failed(state, once) ||
      failed(state, once->download == group.message.download, "it opens to another message"))
    return;
  for (auto _ : state) {
    auto opened = oracle::mrkmp::open_group_message(group.kek, *octets);
    benchmark::DoNotOptimize(opened);
  }
  count(state, octets->size());
}

void open_group_bound(benchmark::State& state) {
  const ToGroup group;
  const auto octets = group.seal();
  if (failed(state, octets))
    return;
  SkData primitive = group.primitive(SkData::Direction::open);
  const std::size_t size = ToGroup::data_size(*octets);
  Octets plaintext(octets->size());
  if (failed(state, primitive.open(*octets, size, plaintext), "not authentic"))
    return;
  for (auto _ : state) {
    bool opened = primitive.open(*octets, size, plaintext);
    benchmark::DoNotOptimize(opened);
  }
  count(state, octets->size());
}

void seal_group(benchmark::State& state) {
  const ToGroup group;
  const auto once = group.seal();
  if (failed(state, once))
    return;
  for (auto _ : state) {
    auto octets = group.seal();
    benchmark::DoNotOptimize(octets);
  }
  count(state, once->size());
}

void seal_group_bound(benchmark::State& state) {
  const ToGroup group;
  auto octets = group.seal();
  if (failed(state, octets))
    return;
  SkData primitive = group.primitive(SkData::Direction::seal);
  const crypto::IkeSuite suite = oracle::mrkmp::suite_of_kek();
  const Octets iv(crypto::encr_iv_size(suite.encr), 1);
  const Octets plaintext(ToGroup::data_size(*octets) - iv.size() - crypto::icv_size(suite));
  if (failed(state, primitive.seal(iv, plaintext, *octets), "OpenSSL refused to seal"))
    return;
  for (auto _ : state) {
    bool done = primitive.seal(iv, plaintext, *octets);
    benchmark::DoNotOptimize(done);
  }
  count(state, octets->size());
}

}  // namespace

void add_wire() {
  const auto in_clear = [](const MessageKind& kind) {
    compare(
        std::string("decode/") + kind.name, [kind](auto& state) { decode(state, kind); },
        [kind](auto& state) { copy_message(state, kind); });
    compare(
        std::string("encode/") + kind.name, [kind](auto& state) { encode(state, kind); },
        [kind](auto& state) { copy_message(state, kind); });
  };
  for (const MessageKind& kind : kinds_in_clear)
    in_clear(kind);
  for (const MessageKind& kind : sealed_kinds)
    in_clear(kind);
  for (const MessageKind& kind : sealed_kinds) {
    compare(
        std::string("open/") + kind.name, [kind](auto& state) { open_message(state, kind); },
        [kind](auto& state) { open_message_bound(state, kind); });
    compare(
        std::string("seal/") + kind.name, [kind](auto& state) { seal_message(state, kind); },
        [kind](auto& state) { seal_message_bound(state, kind); });
  }
  compare("open/mrkmp_group", open_group, open_group_bound);
  compare("seal/mrkmp_group", seal_group, seal_group_bound);
}

}  // namespace karpspec::bench
