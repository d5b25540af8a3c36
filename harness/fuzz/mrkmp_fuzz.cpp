#include "input.h"
#include "oracle/ike/sealed_message.h"
#include "oracle/mrkmp/group.h"
#include "require.h"

// A group of MRKMP is told whatever comes: advertisements, messages in clear and under its own KEK,
// requests, answers, failures, and time.
namespace karpspec::oracle::mrkmp {
namespace {

wire::IpAddress address_of(std::uint8_t last) {
  return *wire::IpAddress::from_octets(Octets{192, 0, 2, last});
}

class Player {
 public:
  explicit Player(Input input) : input_(input) {
    GroupConfig config;
    config.name = "fuzzed";
    config.id = {1, 0, 0, 0};
    config.interface = "eth0";
    config.address = address_of(9);
    config.incarnation = 1;
    group_.emplace(std::move(config), input_.word(), random_);
    if (input_.octet() % 2 == 0)
      pass(std::chrono::seconds{6});  // alone, it is the GCKS now
  }

  void play() {
    while (!input_.over() && steps_++ < 200) {
      step();
      look();
    }
  }

 private:
  void pass(Duration span) {
    const Time end = now_ + span;
    for (int ticks = 0; ticks < 1000; ++ticks) {
      const auto next = group_->deadline();
      if (!next || *next > end)
        break;
      now_ = std::max(now_, *next);
      group_->tick(now_);
      look();
    }
    now_ = end;
  }

  // The input as what stands inside a message that somebody with a KEK has sealed.
  void seal_and_send() {
    const auto& keks = group_->keys().keks();
    if (keks.empty())
      return;
    const Kek& kek = keks[input_.octet() % keks.size()];
    wire::Header header;
    header.spi_i = kek.key.id;
    header.exchange = static_cast<std::uint8_t>(wire::ExchangeType::mrkmp_group);
    header.flags = wire::Header::flag_initiator;
    header.message_id = input_.word();
    wire::Message message{header, {}};
    const bool well_formed = input_.octet() % 2 == 0;
    if (well_formed) {
      GroupMessage whole;
      whole.number = input_.word();
      whole.group = group_->config().id;
      whole.action = {input_.octet(), 0, input_.word()};
      for (const wire::Payload& payload : payloads_in(input_))
        if (const auto* download = payload.as<wire::KeyDownloadPayload>())
          whole.download = *download;
      const wire::IpAddress from = address_of(input_.octet());
      if (const auto sealed = seal_group_message(kek.key, whole, from))
        group_->hear(OctetView(*sealed), from, now_);
      return;
    }
    message.payloads = payloads_in(input_);
    crypto::IkeSuite suite;
    suite.encr = Encr::AES_GCM_16;
    suite.integ = Integ::NONE;
    const crypto::DirectionKeys keys{kek.key.key.view(), {}};
    if (const auto sealed = ike::seal_message(suite, keys, message, random_))
      group_->hear(OctetView(*sealed), address_of(input_.octet()), now_);
  }

  void step() {
    using Request = Group::Request;
    switch (input_.octet() % 10) {
      case 0:
        return group_->hear({input_.octet(), input_.octet(), input_.word(), input_.word(), 0},
                            address_of(input_.octet()), now_);
      case 1:
        return group_->hear(input_.piece(), address_of(input_.octet()), now_);
      case 2:
        return seal_and_send();
      case 3: {
        const auto request = static_cast<Request>(input_.octet() % 3);
        const std::uint8_t who = input_.octet();
        const auto answer = group_->answer(request, address_of(who), "r" + std::to_string(who),
                                           payloads_in(input_), now_);
        return require(!answer.empty(), "a request is answered");
      }
      case 4:
        return group_->answered(input_.octet(), payloads_in(input_), now_);
      case 5:
        return group_->failed(input_.octet(), static_cast<Election::Failure>(input_.octet() % 3),
                              now_);
      case 6:
        return pass(std::chrono::milliseconds{input_.word()});
      case 7: {
        const std::uint8_t who = input_.octet();
        return group_->remove("r" + std::to_string(who), address_of(who), who % 2 == 0, now_);
      }
      case 8:
        return input_.octet() % 2 == 0 ? group_->change_key(now_) : group_->renew_kek(now_);
      default:
        return input_.octet() % 4 == 0 ? group_->leave(now_) : group_->join(now_);
    }
  }

  void look() {
    using State = Election::State;
    for (const Group::Action& action : group_->take_actions())
      if (const auto* multicast = std::get_if<Group::Multicast>(&action)) {
        const auto header = wire::decode_header(multicast->datagram);
        require(header && named_kek(*header).has_value(), "a message to the group names its KEK");
      }
    const Election& election = group_->election();
    const bool is_in = election.state() == State::gcks || election.state() == State::member;
    require(is_in == election.gcks().has_value(), "who is in a group has a GCKS");
    if (election.state() == State::gcks)
      require(election.gcks() == group_->config().address, "a GCKS is its own");
    else if (election.state() == State::off)
      require(group_->keys().masters().empty(), "who has left holds no key");
    require(group_->keys().masters().size() <= 64 && group_->keys().keks().size() <= 64,
            "the keys that are held are bounded");
    if (const GroupKey* key = group_->keys().sends_with(now_))
      require(key->may_send(now_), "what is sent with may be");
    for (const keytable::Row& row : group_->rows())
      require(!row.key.empty() && row.send_lifetime_start <= row.send_lifetime_end,
              "a row has a key and a lifetime");
  }

  Input input_;
  SeededRandom random_{1};
  Time now_{std::chrono::seconds{1767225600}};
  std::optional<Group> group_;
  int steps_ = 0;
};

}  // namespace
}  // namespace karpspec::oracle::mrkmp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using karpspec::oracle::mrkmp::Player;
  Player player{karpspec::Input({data, size})};
  player.play();
  return 0;
}
