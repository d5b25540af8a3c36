#include "input.h"
#include "oracle/keyserver/esp.h"
#include "oracle/keyserver/heard_group.h"
#include "oracle/keyserver/local_group.h"
#include "oracle/keyserver/security_state.h"
#include "oracle/keyserver/stable_storage.h"
#include "require.h"

// The parts of a key server one by one, without associations, which take time: what they read, and
// a group on both its sides.
namespace karpspec::oracle::keyserver {
namespace {

const GroupId group{"a.example", "", "lan", "pim"};

const Secret& device_key() {
  static const Secret key(Octets(32, 7));
  return key;
}

// What a policy says comes back from the payload and from the storage that it is kept in.
void read_policy(Input& input) {
  for (const wire::Payload& payload : payloads_in(input))
    if (const auto* given = payload.as<wire::PolicyPayload>()) {
      const Policy policy = policy_from(*given);
      require(policy_from(to_payload(policy)) == policy, "a policy comes back from its payload");
      const auto kept = from_storage(to_storage({3, policy}, device_key()), device_key());
      require(kept && kept->policy == policy && kept->starts == 3, "and from the storage");
    }
}

void read_storage(Input& input) {
  Octets octets(input.piece().begin(), input.piece().end());
  require(!from_storage(octets, device_key()), "nobody forges what is stored");
  if (auto kept = from_storage(octets, device_key(), true))
    require(from_storage(to_storage(*kept, device_key()), device_key()).has_value(),
            "what was read can be written");
}

void read_esp(Input& input) {
  const std::uint16_t algorithm = input.word();
  const Secret key(Octets(32, 9));
  EspPacket packet{input.word(), input.word(), input.octet(), {}};
  const OctetView payload = input.piece();
  packet.payload.assign(payload.begin(), payload.end());
  if (auto sealed = seal_esp(packet, algorithm, key)) {
    const auto opened = open_esp(*sealed, algorithm, key);
    require(opened && opened->payload == packet.payload && opened->sequence == packet.sequence &&
                opened->next_header == packet.next_header,
            "a packet comes back from ESP");
    const std::size_t where = input.word() % sealed->size();
    (*sealed)[where] ^= 1;
    require(!open_esp(*sealed, algorithm, key), "and no octet of it can be altered");
  }
  require(!open_esp(input.piece(), algorithm, key), "nobody forges one");
}

// A router's own group, one that hears it, and the SAs of both.
class Link {
 public:
  explicit Link(Input& input)
      : input_(input),
        own_(group, *wire::IpAddress::from_text("192.0.2.1"), 1, {}, random_, Habit::proper),
        heard_(group, false, {}, {}, random_, Habit::proper),
        security_({{"lan", "", *wire::IpAddress::from_text("192.0.2.2")}}, Habit::proper) {
    security_.set_mode(security_.interfaces().front(), Mode::require, {}, now_);
    (void)own_.set_receivers({"b.example"}, 1, now_);
  }

  void play() {
    for (int steps = 0; !input_.over() && steps < 200; ++steps) {
      step();
      look();
    }
  }

 private:
  void step() {
    switch (input_.octet() % 10) {
      case 0:
        now_ += std::chrono::milliseconds{input_.word()};
        break;
      case 1:
        now_ += std::chrono::seconds{input_.word()};
        break;
      case 2:
        own_.change(now_);
        break;
      case 3:
        (void)own_.above({input_.word(), big()}, now_);
        break;
      case 4:
        (void)own_.holds("b.example", {input_.word(), big()}, now_);
        break;
      case 5:
        (void)own_.set_receivers(input_.octet() % 2 == 0 ? std::set<std::string>{"b.example"}
                                                         : std::set<std::string>{"c.example"},
                                 input_.word(), now_);
        break;
      case 6:
        (void)heard_.take(own_.download(), HeardGroup::Whom::lks, now_);
        break;
      case 7:
        take_given();
        break;
      case 8:
        asked();
        break;
      default:
        packet();
    }
    own_.tick(now_);
    (void)heard_.tick(now_);
    (void)security_.set_inbound(heard_.held(), Origin::lks, now_);
  }

  // Both ends of the range, too.
  std::uint64_t big() {
    const std::uint64_t low = input_.octet();
    return input_.octet() % 2 == 0 ? low : ~low;
  }

  void take_given() {
    const auto from = input_.octet() % 2 == 0 ? HeardGroup::Whom::lks : HeardGroup::Whom::dks;
    for (const wire::Payload& payload : payloads_in(input_))
      if (const auto* download = payload.as<wire::KeyDownloadPayload>())
        for (GroupKeys& keys : groups_in(*download, now_))
          (void)heard_.take(std::move(keys), from, now_);
  }

  void asked() {
    const auto whom = input_.octet() % 2 == 0 ? HeardGroup::Whom::lks : HeardGroup::Whom::dks;
    if (heard_.wants(whom, input_.octet() % 2 == 0, now_))
      heard_.asked(whom);
    switch (input_.octet() % 7) {
      case 0:
        return heard_.answered(whom, input_.octet() % 2 == 0, now_);
      case 1:
        return heard_.denied(whom, now_);
      case 2:
        return heard_.failed(whom, input_.octet() % 2 == 0, now_);
      case 3:
        return heard_.speaker_gone(now_);
      case 4:
        return heard_.speaker_up(now_);
      case 5:
        return heard_.adopt(input_.octet() % 2 == 0, {}, now_);
      default:
        return heard_.want(now_);
    }
  }

  void packet() {
    const Interface& lan = security_.interfaces().front();
    const DataKey* key = sends_with(own_.keys(), now_);
    if (key == nullptr)
      return;
    const std::uint32_t sequence = input_.word();
    const auto sealed =
        seal_esp({key->key.id, sequence, 103, {1, 2, 3}}, key->key.algorithm, key->key.key);
    if (!sealed)
      return;
    const auto once =
        security_.receive_esp(lan, own_.source(), "224.0.0.13", OctetView(*sealed), now_);
    const bool first = taken_.emplace(to_hex(key->key.key.view()), sequence).second;
    require(!once.taken || first, "no packet is taken twice");
    if (!once.taken && first)
      taken_.erase({to_hex(key->key.key.view()), sequence});
  }

  void look() {
    require(own_.keys().size() <= 64, "the keys of a group are bounded");
    require(heard_.held().keys.size() <= 64, "and those that are heard");
    for (std::size_t i = 1; i < own_.keys().size(); ++i)
      require(own_.keys()[i - 1].order < own_.keys()[i].order, "each key is above the one before");
    const DataKey* key = sends_with(own_.keys(), now_);
    require(key != nullptr, "a group has a key to send with");
    if (heard_.held().highest)
      require(highest_ <= *heard_.held().highest, "a receiver never goes back");
    highest_ = heard_.held().highest.value_or(highest_);
  }

  Input& input_;
  SeededRandom random_{1};
  Time now_{std::chrono::seconds{1767225600}};
  LocalGroup own_;
  HeardGroup heard_;
  SecurityState security_;
  Order highest_;
  std::set<std::pair<std::string, std::uint32_t>> taken_;
};

}  // namespace
}  // namespace karpspec::oracle::keyserver

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace karpspec::oracle::keyserver;
  karpspec::Input input({data, size});
  switch (input.octet() % 4) {
    case 0:
      read_policy(input);
      break;
    case 1:
      read_storage(input);
      break;
    case 2:
      read_esp(input);
      break;
    default:
      Link(input).play();
  }
  return 0;
}
