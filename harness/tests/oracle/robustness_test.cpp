#include "tests/oracle/two_routers.h"

// Whatever comes, and whichever checks are left out, the router stays a router.
namespace karpspec::oracle {
namespace {

class LeavesOut final : public Seams {
 public:
  explicit LeavesOut(std::optional<Check> check) : check_(check) {}
  bool leaves_out(Check check) override { return !check_ || *check_ == check; }

 private:
  std::optional<Check> check_;
};

// Changes messages on the wire; protected ones are opened, changed and sealed again, by a peer
// that has the keys.
class Spoiler {
 public:
  Spoiler(TwoRouters& net, std::uint64_t seed) : net_(net), random_(seed) {}

  bool operator()(Datagram& datagram) {
    const std::uint64_t what = random_.u64() % 8;
    if (what < 4)
      return true;
    if (what == 4)
      return random_.u64() % 2 == 0;  // lost
    if (what == 5) {
      spoil(datagram.payload);  // as it stands, ICV and all
      return true;
    }
    reseal(datagram);
    return true;
  }

 private:
  void spoil(Octets& octets) {
    for (std::uint64_t n = random_.u64() % 4 + 1; n > 0 && !octets.empty(); --n) {
      const std::size_t at = random_.u64() % octets.size();
      switch (random_.u64() % 4) {
        case 0:
          octets[at] ^= static_cast<std::uint8_t>(1u << random_.u64() % 8);
          break;
        case 1:
          octets[at] = static_cast<std::uint8_t>(random_.u64());
          break;
        case 2:
          octets.erase(octets.begin() + static_cast<std::ptrdiff_t>(at));
          break;
        default:
          octets.insert(octets.begin() + static_cast<std::ptrdiff_t>(at), octets[at]);
          break;
      }
    }
  }

  // Takes payloads out, doubles them, changes their octets.
  void reseal(Datagram& datagram) {
    const auto header = wire::decode_header(datagram.payload);
    auto message = net_.opened(datagram);
    if (!header || !message)
      return;
    auto& payloads = message->payloads;
    if (!payloads.empty()) {
      const auto at = static_cast<std::ptrdiff_t>(random_.u64() % payloads.size());
      const std::uint64_t what = random_.u64() % 3;
      if (what == 0)
        payloads.erase(payloads.begin() + at);
      else if (what == 1)
        payloads.insert(payloads.begin() + at, payloads[static_cast<std::size_t>(at)]);
    }
    Octets clear = wire::encode_message(*message);
    if (random_.u64() % 2 == 0) {
      Octets chain(clear.begin() + 28, clear.end());
      spoil(chain);
      clear.resize(28);
      append(clear, chain);
      for (int i = 0; i < 4; ++i)
        clear[24 + static_cast<std::size_t>(i)] =
            static_cast<std::uint8_t>(clear.size() >> (24 - 8 * i));
    }
    if (header->exchange_type() == wire::ExchangeType::IKE_SA_INIT) {
      datagram.payload = clear;
      return;
    }
    for (const IkeKeyLog& log : net_.a().ike_keys()) {
      if (log.spi_i != header->spi_i)
        continue;
      const auto keys = header->from_initiator() ? ike::keys_of_initiator(log.keys)
                                                 : ike::keys_of_responder(log.keys);
      if (auto sealed = ike::seal_clear_form(log.suite, keys, clear, random_))
        datagram.payload = *sealed;
    }
  }

  TwoRouters& net_;
  SeededRandom random_;
};

void play(ChildKind child, std::optional<Check> left_out, bool all_checks, std::uint64_t seed) {
  TwoRouters net(child);
  LeavesOut seams(left_out);
  if (!all_checks)
    net.a_seams = net.b_seams = &seams;
  if (seed % 3 == 0)
    net.b_config.cookies.when = CookiePolicy::When::always;
  net.a_config.tunables.liveness_interval = 20s;
  net.power_on();
  Spoiler spoiler(net, seed);
  // Two routers that check nothing can answer each other without end: at some point it is enough.
  constexpr int enough = 2000;
  int datagrams = 0;
  net.wire = [&](Datagram& datagram) { return ++datagrams < enough && spoiler(datagram); };
  const auto command = [&](Router::Sent sent) {
    if (sent)
      net.send(*std::move(sent));
  };
  for (int round = 0; round < 4; ++round) {
    command(net.a().start("b", bgp, net.now));
    command(net.b().start("a", bgp, net.now));
    net.run(5s);
    command(net.a().rekey_key("b", bgp, round % 2 == 0, net.now));
    command(net.b().rekey_key("a", bgp, round % 2 == 1, net.now));
    net.run(5s);
    command(net.b().rekey_ike("a", net.now));
    command(net.a().rekey_ike("b", net.now));
    net.run(5s);
    command(net.a().delete_key("b", bgp, net.now));
    command(net.b().check_liveness("a", net.now));
    net.run(5s);
    command(net.b().delete_ike("a", round % 2 == 0, net.now));
    net.run(70s);
  }
  ASSERT_TRUE(!all_checks || datagrams < enough) << "seed " << seed;
  datagrams = 0;
  net.wire = [&](Datagram&) { return ++datagrams < enough; };
  net.run(400s);
  // After all that, with peace on the wire, they agree again.
  command(net.a().start("b", bgp, net.now));
  net.run(2s);
  if (!all_checks || child != ChildKind::tcp_ao)
    return;
  ASSERT_FALSE(net.a().key_table().rows().empty()) << "seed " << seed << "\n"
                                                   << all_events(net.a());
  ASSERT_FALSE(net.b().key_table().rows().empty()) << "seed " << seed;
  EXPECT_EQ(to_hex(net.a().key_table().rows().back().key.view()),
            to_hex(net.b().key_table().rows().back().key.view()))
      << "seed " << seed;
}

TEST(Robustness, SpoiltMessagesAreSurvived) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    play(ChildKind::tcp_ao, std::nullopt, true, seed);
    play(ChildKind::esp, std::nullopt, true, seed);
  }
}

TEST(Robustness, AnyCheckMayBeLeftOut) {
  for (const CheckInfo& check : all_checks())
    for (std::uint64_t seed = 0; seed < 2; ++seed)
      play(ChildKind::tcp_ao, check.check, false, seed);
}

TEST(Robustness, AllChecksMayBeLeftOut) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    play(ChildKind::tcp_ao, std::nullopt, false, seed);
    play(ChildKind::esp, std::nullopt, false, seed);
  }
}

TEST(Checks, HaveANameAndASentenceEach) {
  for (std::size_t i = 0; i < all_checks().size(); ++i) {
    const CheckInfo& check = all_checks()[i];
    EXPECT_EQ(static_cast<std::size_t>(check.check), i) << check.name;
    EXPECT_EQ(check_from_name(check.name), check.check);
    EXPECT_NE(check.sentence, "");
    EXPECT_EQ(check.name.find('_'), std::string_view::npos);
  }
  EXPECT_FALSE(check_from_name("no-such-check"));
}

TEST(Tunables, AreSetByName) {
  Tunables tunables;
  EXPECT_TRUE(set_tunable(tunables, "retransmit_tries", "0"));
  EXPECT_EQ(tunables.retransmit_tries, 0);
  EXPECT_TRUE(set_tunable(tunables, "retransmit_first", "2.5"));
  EXPECT_EQ(tunables.retransmit_first, 2500ms);
  EXPECT_TRUE(set_tunable(tunables, "cached_answer", "recompute"));
  EXPECT_EQ(tunables.cached_answer, CachedAnswer::recompute);
  EXPECT_TRUE(set_tunable(tunables, "return_cookie", "false"));
  EXPECT_FALSE(tunables.return_cookie);
  EXPECT_EQ(set_tunable(tunables, "return_cookies", "false").error().code, ErrorCode::not_found);
  for (const auto& [name, value] : {std::pair{"return_cookie", "no"},
                                    {"retransmit_tries", "-1"},
                                    {"retransmit_first", "1s"},
                                    {"cached_answer", "maybe"},
                                    {"retransmit_tries", ""},
                                    {"retransmit_first", "inf"}})
    EXPECT_EQ(set_tunable(tunables, name, value).error().code, ErrorCode::bad_value) << name;
}

}  // namespace
}  // namespace karpspec::oracle
