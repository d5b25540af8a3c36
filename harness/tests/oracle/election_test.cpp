#include <gmock/gmock.h>

#include "election_lab.h"
#include "soak_seeds.h"

// The election of a GCKS, suites/profile.md P-210 to P-212.
namespace karpspec::oracle::mrkmp {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using State = Election::State;
using Kind = wire::AdvertPayload::Kind;

std::string text(const Election::Action& action) {
  struct Words {
    std::string operator()(const Election::Send& send) const {
      const char* kinds[] = {"?", "initial", "gcks", "resign"};
      return std::string(kinds[send.advert.kind]) + " " + std::to_string(send.advert.priority) +
             (send.to ? " to " + send.to->to_text() : "");
    }
    std::string operator()(const Election::Register& to) const {
      return "register with " + to.gcks.to_text();
    }
    std::string operator()(const Election::BecomeGcks&) const { return "become gcks"; }
    std::string operator()(const Election::Merge& with) const {
      return "merge with " + with.better.to_text();
    }
    std::string operator()(const Election::LostGcks& lost) const {
      return "lost " + lost.gcks.to_text();
    }
  };
  return std::visit(Words{}, action);
}

// One election, the clock in the hands of the test. Its address is 192.0.2.5, its priority 100.
class OneRouter : public testing::Test {
 protected:
  OneRouter() : election_(address_of(4), 100, random_) {}

  // What it does until DURATION has passed.
  std::vector<std::string> pass(Duration duration) {
    std::vector<std::string> done = take();
    const Time end = now_ + duration;
    while (election_.deadline() && *election_.deadline() <= end) {
      now_ = std::max(now_, *election_.deadline());
      election_.tick(now_);
      for (std::string& each : take())
        done.push_back(std::move(each));
    }
    now_ = end;
    return done;
  }
  std::vector<std::string> take() {
    std::vector<std::string> done;
    for (const auto& action : election_.take_actions())
      done.push_back(text(action));
    return done;
  }
  std::vector<std::string> hear(Kind kind, std::size_t from, std::uint16_t priority,
                                std::uint16_t interval = 1000) {
    wire::AdvertPayload advert{1, static_cast<std::uint8_t>(kind), priority, interval, 0};
    election_.hear(advert, address_of(from), now_);
    return take();
  }
  // Into state Initial, behind its first advertisement.
  void begin() {
    election_.start(now_);
    EXPECT_THAT(pass(300ms), ElementsAre("initial 100"));
  }
  void become_gcks() {
    begin();
    (void)pass(6s);
    EXPECT_EQ(election_.state(), State::gcks);
  }
  void become_member(std::size_t gcks) {
    begin();
    (void)hear(Kind::gcks, gcks, 50);
    election_.registered(address_of(gcks), now_);
    EXPECT_EQ(election_.state(), State::member);
  }

  SeededRandom random_{1};
  Election election_;
  Time now_ = Time(std::chrono::seconds{1000});
};

TEST_F(OneRouter, AloneIsGcksAfterFiveSeconds) {
  begin();
  EXPECT_THAT(pass(4700ms),
              ElementsAre("initial 100", "initial 100", "initial 100", "initial 100"));
  EXPECT_EQ(election_.state(), State::initial);
  EXPECT_THAT(pass(301ms), ElementsAre("become gcks", "gcks 100"));
  EXPECT_EQ(election_.gcks(), address_of(4));
}

TEST_F(OneRouter, RepeatsItselfToTheLessPreferredAtALimitedRate) {
  begin();
  (void)pass(250ms);
  EXPECT_THAT(hear(Kind::initial, 0, 99), ElementsAre("initial 100"));
  EXPECT_THAT(hear(Kind::initial, 0, 99), IsEmpty()) << "within 250 ms";
  (void)pass(250ms);
  EXPECT_THAT(hear(Kind::initial, 7, 100), ElementsAre("initial 100"))
      << "the same priority, a higher address";
  (void)pass(250ms);
  EXPECT_THAT(hear(Kind::initial, 3, 100), IsEmpty()) << "the same priority, a lower address";
}

TEST_F(OneRouter, WaitsForTheMorePreferredButNotForEver) {
  begin();
  (void)pass(4s);
  (void)hear(Kind::initial, 0, 101);
  (void)pass(9900ms);
  EXPECT_EQ(election_.state(), State::initial);
  (void)pass(200ms);
  EXPECT_EQ(election_.state(), State::gcks);
}

TEST_F(OneRouter, TheLessPreferredDoNotDelayIt) {
  begin();
  for (int i = 0; i < 11; ++i) {
    (void)pass(400ms);
    (void)hear(Kind::initial, 6, 3);
  }
  EXPECT_EQ(election_.state(), State::initial);
  (void)pass(600ms);
  EXPECT_EQ(election_.state(), State::gcks);
}

TEST_F(OneRouter, RegistersWithAGcksHoweverLittlePreferred) {
  begin();
  EXPECT_THAT(hear(Kind::gcks, 6, 1), ElementsAre("register with 192.0.2.7"));
  EXPECT_EQ(election_.state(), State::initial) << "it is a member when it has joined";
  EXPECT_THAT(pass(20s), IsEmpty()) << "it does not advertise while it registers";
  election_.registered(address_of(6), now_);
  EXPECT_EQ(election_.state(), State::member);
  EXPECT_EQ(election_.gcks(), address_of(6));
}

TEST_F(OneRouter, AMemberMissesItsGcksAfterThreeAndAHalfIntervals) {
  become_member(6);
  (void)hear(Kind::gcks, 6, 1, 2000);
  EXPECT_THAT(pass(6999ms), IsEmpty());
  EXPECT_THAT(pass(300ms), ElementsAre("lost 192.0.2.7", "initial 100"));
  EXPECT_EQ(election_.state(), State::initial);
}

TEST_F(OneRouter, AnIntervalOfNothingIsNotBelieved) {
  become_member(6);
  (void)hear(Kind::gcks, 6, 1, 0);
  EXPECT_THAT(pass(349ms), IsEmpty()) << "a tenth of a second at the least";
  EXPECT_THAT(pass(1ms), ElementsAre("lost 192.0.2.7"));
}

TEST_F(OneRouter, AMemberKeepsItsGcksWhenItHearsAnother) {
  become_member(6);
  EXPECT_THAT(hear(Kind::gcks, 0, 65535), IsEmpty());
  EXPECT_EQ(election_.gcks(), address_of(6));
  EXPECT_THAT(hear(Kind::initial, 0, 65535), IsEmpty());
  EXPECT_THAT(hear(Kind::resign, 0, 65535), IsEmpty()) << "not its own GCKS";
}

TEST_F(OneRouter, AMemberElectsAtOnceWhenItsGcksResigns) {
  become_member(6);
  EXPECT_THAT(hear(Kind::resign, 6, 1), ElementsAre("lost 192.0.2.7"));
  EXPECT_THAT(pass(250ms), ElementsAre("initial 100"));
}

TEST_F(OneRouter, AGcksAnswersTheInitialOnesAloneAndStays) {
  become_gcks();
  EXPECT_THAT(hear(Kind::initial, 0, 65535), ElementsAre("gcks 100 to 192.0.2.1"));
  EXPECT_THAT(hear(Kind::initial, 0, 65535), IsEmpty()) << "within 250 ms";
  EXPECT_THAT(hear(Kind::initial, 1, 0), ElementsAre("gcks 100 to 192.0.2.2"));
  EXPECT_EQ(election_.state(), State::gcks);
  election_.set_priority(0);
  (void)pass(5s);
  EXPECT_EQ(election_.state(), State::gcks) << "a change of priority deposes nobody";
}

TEST_F(OneRouter, AGcksAdvertisesEachSecond) {
  become_gcks();
  const auto beats = pass(100s);
  EXPECT_GE(beats.size(), 95U);
  EXPECT_LE(beats.size(), 105U);
}

TEST_F(OneRouter, AGcksMergesWithABetterOneOnce) {
  become_gcks();
  EXPECT_THAT(hear(Kind::gcks, 0, 100), ElementsAre("merge with 192.0.2.1"));
  EXPECT_THAT(hear(Kind::gcks, 0, 100), IsEmpty()) << "it has begun already";
  election_.merge_ended(address_of(0), true, now_);
  EXPECT_EQ(election_.state(), State::member);
  EXPECT_EQ(election_.gcks(), address_of(0));
}

TEST_F(OneRouter, AFailedMergeIsTriedAgainLater) {
  become_gcks();
  for (const Duration wait : {60s, 120s, 240s}) {
    EXPECT_THAT(hear(Kind::gcks, 0, 100), ElementsAre("merge with 192.0.2.1"));
    election_.merge_ended(address_of(0), false, now_);
    EXPECT_EQ(election_.state(), State::gcks);
    (void)pass(wait - 1ms);
    EXPECT_THAT(hear(Kind::gcks, 0, 100), IsEmpty());
    (void)pass(wait / 4 + 1ms);  // a quarter at random
  }
}

TEST_F(OneRouter, AGcksTellsALessPreferredOneThatItIsThere) {
  become_gcks();
  (void)pass(400ms);
  EXPECT_THAT(hear(Kind::gcks, 6, 100), ElementsAre("gcks 100"));
  EXPECT_THAT(hear(Kind::gcks, 6, 100), IsEmpty());
}

TEST_F(OneRouter, IgnoresWhoCannotProveItself) {
  begin();
  Duration ignored = 60s;
  for (int i = 0; i < 6; ++i) {
    EXPECT_THAT(hear(Kind::gcks, 6, 1), ElementsAre("register with 192.0.2.7"));
    election_.not_registered(address_of(6), Election::Failure::unproven, now_);
    EXPECT_EQ(election_.state(), State::initial);
    EXPECT_TRUE(election_.ignores(address_of(6), now_ + ignored - 1ms));
    EXPECT_FALSE(election_.ignores(address_of(6), now_ + ignored));
    EXPECT_THAT(hear(Kind::gcks, 6, 1), IsEmpty());
    // No time passes for the election itself.
    now_ += ignored;
    ignored = std::min<Duration>(2 * ignored, 15min);
  }
  EXPECT_THAT(hear(Kind::gcks, 6, 1), ElementsAre("register with 192.0.2.7"));
  election_.registered(address_of(6), now_);
  EXPECT_FALSE(election_.ignores(address_of(6), now_));
}

TEST_F(OneRouter, AForgeryInTheNameOfItsOldGcksDoesNotCount) {
  become_member(6);
  (void)hear(Kind::resign, 6, 1);
  EXPECT_THAT(hear(Kind::gcks, 6, 1), ElementsAre("register with 192.0.2.7"));
  election_.not_registered(address_of(6), Election::Failure::unproven, now_);
  EXPECT_FALSE(election_.ignores(address_of(6), now_)) << "that one has proved who it is";
  EXPECT_THAT(hear(Kind::gcks, 6, 1), ElementsAre("register with 192.0.2.7"));
  election_.not_registered(address_of(6), Election::Failure::refused, now_);
  EXPECT_TRUE(election_.ignores(address_of(6), now_)) << "this it has said itself";
}

TEST_F(OneRouter, IgnoresWhoIsSilentForTenSecondsAlone) {
  begin();
  for (int i = 0; i < 3; ++i) {
    (void)hear(Kind::gcks, 6, 1);
    election_.not_registered(address_of(6), Election::Failure::silent, now_);
    EXPECT_TRUE(election_.ignores(address_of(6), now_ + 10s - 1ms));
    EXPECT_FALSE(election_.ignores(address_of(6), now_ + 10s));
    now_ += 10s;
  }
}

TEST_F(OneRouter, TakesThePotentialCandidateSeriously) {
  begin();
  (void)hear(Kind::gcks, 6, 1);
  election_.gcks_unknown(address_of(6), true, now_);
  EXPECT_EQ(election_.state(), State::initial);
  EXPECT_FALSE(election_.ignores(address_of(6), now_));
  for (int i = 0; i < 2; ++i) {
    (void)hear(Kind::gcks, 6, 1);
    election_.gcks_unknown(address_of(6), false, now_);
    EXPECT_TRUE(election_.ignores(address_of(6), now_ + 60s - 1ms));
    now_ += 60s;
    EXPECT_FALSE(election_.ignores(address_of(6), now_)) << "no longer the second time";
  }
}

// Section 6.1: until it has joined the group. Who was not authentic is no more trusted for that.
TEST_F(OneRouter, HearsWhoWasNoCandidateOnceItHasJoined) {
  begin();
  (void)hear(Kind::gcks, 6, 1);
  election_.gcks_unknown(address_of(6), false, now_);
  (void)hear(Kind::gcks, 7, 1);
  election_.not_registered(address_of(7), Election::Failure::unproven, now_);
  (void)hear(Kind::gcks, 8, 1);
  election_.registered(address_of(8), now_);
  EXPECT_FALSE(election_.ignores(address_of(6), now_));
  EXPECT_TRUE(election_.ignores(address_of(7), now_));
}

TEST_F(OneRouter, FollowsThreeRedirectsAndNoCircle) {
  begin();
  (void)hear(Kind::gcks, 6, 1);
  const auto redirected = [&](std::size_t from, std::size_t to) {
    election_.wrong_gcks(address_of(from), address_of(to), now_);
    return take();
  };
  EXPECT_THAT(redirected(6, 7), ElementsAre("register with 192.0.2.8"));
  EXPECT_THAT(redirected(6, 0), IsEmpty()) << "from one that is not asked any more";
  EXPECT_THAT(redirected(7, 8), ElementsAre("register with 192.0.2.9"));
  EXPECT_THAT(redirected(8, 6), IsEmpty()) << "has been asked";
  EXPECT_FALSE(election_.registering());
  now_ += 10s;
  (void)hear(Kind::gcks, 6, 1);
  EXPECT_THAT(redirected(6, 7), ElementsAre("register with 192.0.2.8"));
  EXPECT_THAT(redirected(7, 8), ElementsAre("register with 192.0.2.9"));
  EXPECT_THAT(redirected(8, 9), ElementsAre("register with 192.0.2.10"));
  EXPECT_THAT(redirected(9, 10), IsEmpty()) << "the fourth";
  (void)hear(Kind::gcks, 11, 1);
  EXPECT_THAT(redirected(11, 4), IsEmpty()) << "to itself";
}

TEST_F(OneRouter, ResignsThreeTimesAndIsSilentThen) {
  become_gcks();
  election_.leave(now_);
  EXPECT_THAT(pass(100s), ElementsAre("resign 100", "resign 100", "resign 100"));
  EXPECT_THAT(hear(Kind::initial, 0, 1), IsEmpty());
  EXPECT_EQ(election_.state(), State::off);
}

TEST_F(OneRouter, PassesOverWhatItDoesNotKnow) {
  become_gcks();
  wire::AdvertPayload advert{2, 1, 1, 1000, 0};
  election_.hear(advert, address_of(0), now_);
  advert.version = 1;
  advert.kind = 4;
  election_.hear(advert, address_of(0), now_);
  advert.kind = 0;
  election_.hear(advert, address_of(0), now_);
  advert.kind = 1;
  election_.hear(advert, address_of(4), now_);
  EXPECT_THAT(take(), IsEmpty()) << "unknown, or its own";
}

TEST_F(OneRouter, RemembersNoMoreNamesThanItHasRoomFor) {
  become_gcks();
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    const Octets octets = {10, static_cast<std::uint8_t>(i >> 16),
                           static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)};
    election_.hear({1, 1, 1, 1000, 0}, *wire::IpAddress::from_octets(octets), now_);
  }
  EXPECT_EQ(take().size(), 20'000U) << "each is answered once";
}

// --- many routers --------------------------------------------------------------------------------

std::string picture(ElectionLab& lab) {
  const char* states[] = {"off", "initial", "gcks", "member"};
  std::string out;
  for (std::size_t i = 0; i < lab.size(); ++i) {
    const Election& each = lab.at(i);
    out += each.standing().address.to_text() + " part " + std::to_string(lab.part_of(i)) +
           " priority " + std::to_string(each.standing().priority) + ": " +
           states[static_cast<std::size_t>(each.state())] +
           (each.gcks() ? " of " + each.gcks()->to_text() : "") + "\n";
  }
  return out;
}

// At rest each part has one GCKS, and all others of it are its members.
void expect_rest(ElectionLab& lab) {
  std::set<unsigned> parts;
  for (std::size_t i = 0; i < lab.size(); ++i)
    if (lab.at(i).state() != State::off)
      parts.insert(lab.part_of(i));
  for (const unsigned part : parts) {
    std::optional<wire::IpAddress> gcks;
    for (std::size_t i = 0; i < lab.size(); ++i) {
      if (lab.part_of(i) != part || lab.at(i).state() != State::gcks)
        continue;
      EXPECT_FALSE(gcks.has_value()) << "a second GCKS in part " << part << "\n" << picture(lab);
      gcks = address_of(i);
    }
    ASSERT_TRUE(gcks.has_value()) << "no GCKS in part " << part << "\n" << picture(lab);
    for (std::size_t i = 0; i < lab.size(); ++i) {
      if (lab.part_of(i) == part && lab.at(i).state() != State::off) {
        EXPECT_EQ(lab.at(i).gcks(), gcks) << picture(lab);
      }
    }
  }
}

std::size_t best_of(ElectionLab& lab) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < lab.size(); ++i)
    if (more_preferred(lab.at(i).standing(), lab.at(best).standing()))
      best = i;
  return best;
}

TEST(ManyRouters, ThatStartTogetherElectTheBest) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ElectionLab lab(seed);
    const std::uint64_t size = 2 + lab.pick(9);
    for (std::uint64_t i = 0; i < size; ++i)
      lab.start(lab.add(static_cast<std::uint16_t>(lab.pick(3))));
    lab.run(8s);
    expect_rest(lab);
    EXPECT_EQ(lab.at(0).gcks(), address_of(best_of(lab))) << picture(lab);
    if (testing::Test::HasFailure())
      return;
  }
}

TEST(ManyRouters, ABetterNewcomerDeposesNobody) {
  ElectionLab lab(1);
  const std::size_t first = lab.add(10), second = lab.add(5);
  lab.start(first);
  lab.start(second);
  lab.run(8s);
  const std::size_t newcomer = lab.add(65535);
  lab.start(newcomer);
  lab.run(2s);
  expect_rest(lab);
  EXPECT_EQ(lab.at(newcomer).gcks(), address_of(first));
  lab.crash(first);
  lab.run(12s);
  EXPECT_EQ(lab.at(second).gcks(), address_of(newcomer)) << "fails over to the best that is left";
  lab.start(first);
  lab.run(2s);
  EXPECT_EQ(lab.at(first).gcks(), address_of(newcomer));
}

// A newcomer that starts just as the GCKS dies does not declare itself before the members have
// noticed: one GCKS comes of it, and it is the best of them.
TEST(ManyRouters, ANewcomerBesideADyingGcks) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ElectionLab lab(seed);
    for (const std::uint16_t priority : std::initializer_list<std::uint16_t>{30, 20, 10})
      lab.start(lab.add(priority));
    lab.run(8s);
    lab.crash(0);
    lab.run(std::chrono::milliseconds(lab.pick(3500)));
    lab.start(lab.add(5));
    lab.run(20s);
    expect_rest(lab);
    EXPECT_EQ(lab.at(3).gcks(), address_of(1)) << picture(lab);
  }
}

TEST(ManyRouters, PartsThatMeetMergeUnderTheBetterGcks) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ElectionLab lab(seed);
    for (std::uint16_t i = 0; i < 8; ++i) {
      const std::size_t router = lab.add(static_cast<std::uint16_t>(100 + i));
      lab.put_into(router, i % 2);
      lab.start(router);
    }
    lab.run(8s);
    expect_rest(lab);
    EXPECT_EQ(lab.at(0).gcks(), address_of(6));
    EXPECT_EQ(lab.at(1).gcks(), address_of(7));
    for (std::size_t i = 0; i < lab.size(); ++i)
      lab.put_into(i, 0);
    lab.run(10s);
    expect_rest(lab);
    EXPECT_EQ(lab.at(0).gcks(), address_of(7)) << picture(lab);
  }
}

// Crashes, reboots, leaving, partitions and loss at random; then peace, and what must hold then.
// KARPSPEC_SOAK_SEEDS says how many, KARPSPEC_SOAK_FIRST where to begin.
TEST(ManyRouters, ComeToRestWhateverHasHappened) {
  const auto [first, seeds] = soak_seeds(sanitized ? 75 : 300);
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ElectionLab lab(seed);
    const std::uint64_t size = 1 + lab.pick(8);
    for (std::uint64_t i = 0; i < size; ++i)
      (void)lab.add(static_cast<std::uint16_t>(lab.pick(4)));
    lab.set_loss_percent(static_cast<unsigned>(lab.pick(40)));
    const std::uint64_t happenings = 4 + lab.pick(30);
    for (std::uint64_t i = 0; i < happenings; ++i) {
      const std::size_t router = lab.pick(size);
      switch (lab.pick(6)) {
        case 0:
        case 1:
          lab.start(router);
          break;
        case 2:
          lab.crash(router);
          break;
        case 3:
          lab.leave(router);
          break;
        case 4:
          lab.put_into(router, static_cast<unsigned>(lab.pick(3)));
          break;
        case 5:
          lab.mute(router, lab.pick(2) == 0);
          break;
      }
      lab.run(std::chrono::milliseconds(lab.pick(8000)));
    }
    lab.set_loss_percent(0);
    const bool one_part = lab.pick(2) == 0;
    for (std::size_t i = 0; i < size; ++i) {
      lab.mute(i, false);
      if (one_part)
        lab.put_into(i, 0);
      if (lab.pick(4) != 0)
        lab.start(i);
    }
    // The longest that anybody is ignored or a merge is put off for.
    lab.run(16min);
    expect_rest(lab);
    if (testing::Test::HasFailure())
      return;
  }
}

}  // namespace
}  // namespace karpspec::oracle::mrkmp
