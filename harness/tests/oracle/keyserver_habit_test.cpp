#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "keyserver_lab.h"
#include "oracle/keyserver/stable_storage.h"

// Each habit of a faulty key server breaks what a correct one keeps, in a region where nothing else
// is wrong. Those of packets are in keyserver_security_test.cpp.
namespace karpspec::oracle::keyserver {
namespace {

using wire::ExchangeType;
using wire::PayloadType;

// Sees what a node sends in clear, and may change it.
class Spy : public Seams {
 public:
  void before_encode(Outgoing& outgoing) override {
    if (change)
      change(outgoing.message);
    sent.push_back(outgoing.message);
  }
  // Messages of EXCHANGE, answers or requests.
  [[nodiscard]] std::vector<wire::Message> of(ExchangeType exchange, bool response) const {
    std::vector<wire::Message> out;
    for (const wire::Message& message : sent)
      if (message.header.exchange_type() == exchange && message.header.is_response() == response)
        out.push_back(message);
    return out;
  }
  std::function<void(wire::Message&)> change;
  std::vector<wire::Message> sent;
};

struct Story {
  Lab lab{1, 3};
  Spy spy;
};

struct Case {
  Habit habit;
  std::size_t who;
  // Plays what shows the rule, and says whether it held.
  std::function<bool(Story&)> holds;
};

void settle(Lab& lab) {
  lab.start_all();
  lab.run(1min);
}

void restart(Lab& lab, std::size_t i) {
  lab.power_off(i);
  lab.power_on(i);
}

bool is_connected(Lab& lab, std::size_t i) {
  return lab.at(i).dks_state() == Reconnection::State::connected;
}

// Router 3 may hear router 1 no more, which it does not know, and asks.
void ask_with_an_old_policy(Lab& lab, const std::function<void()>& change) {
  settle(lab);
  lab.put_into(3, 1);
  change();
  lab.set_policy();
  lab.run(10s);
  lab.power_off(Lab::dks);
  lab.put_into(3, 0);
  restart(lab, 3);
  lab.run(20s);
}

bool revoked_is_deaf(Story& story) {
  ask_with_an_old_policy(story.lab, [&] { story.lab.domain.revoke(Lab::name(3)); });
  return !story.lab.hears(3, 1);
}

bool has_item(const wire::Message& message, wire::KeyItem::Kind kind) {
  const wire::Payload* found = wire::find(message.payloads, PayloadType::KD);
  const auto* download = found == nullptr ? nullptr : found->as<wire::KeyDownloadPayload>();
  return download != nullptr && std::any_of(download->items.begin(), download->items.end(),
                                            [&](const auto& item) { return item.is(kind); });
}

// Whether all ANSWERS of ks_policy have a version alone.
bool are_versions_alone(const std::vector<wire::Message>& answers) {
  return !answers.empty() &&
         std::all_of(answers.begin(), answers.end(), [](const wire::Message& message) {
           const wire::Payload* found = wire::find(message.payloads, PayloadType::POLICY);
           return found != nullptr && found->as<wire::PolicyPayload>()->entries.empty();
         });
}

std::uint64_t version_of(Lab& lab, std::size_t i) {
  return lab.at(i).policy().version;
}

bool key_changes_in_ten_seconds(Story& story) {
  settle(story.lab);
  const std::uint32_t before = story.lab.sent_with(1)->key.id;
  story.lab.revoke(3);
  story.lab.run(10s);
  return story.lab.sent_with(1)->key.id != before;
}

bool new_after_restart(Story& story) {
  settle(story.lab);
  const DataKey before = story.lab.sent_with(1)->clone();
  restart(story.lab, 1);
  story.lab.run(5s);
  const DataKey* after = story.lab.sent_with(1);
  return after->key.id != before.key.id && !after->key.same_key(before.key);
}

bool hears_router_1_after_restart(Story& story) {
  settle(story.lab);
  restart(story.lab, 3);
  story.lab.run(10s);
  return story.lab.hears(3, 1);
}

bool all_hear_after_restart_without_dks(Story& story) {
  settle(story.lab);
  story.lab.power_off(Lab::dks);
  restart(story.lab, 1);
  story.lab.run(5s);
  return story.lab.deaf().empty();
}

bool all_hear_after_seventy_minutes(Story& story) {
  settle(story.lab);
  const std::uint32_t first = story.lab.sent_with(1)->key.id;
  story.lab.run(70min);
  return story.lab.sent_with(1) != nullptr && story.lab.sent_with(1)->key.id != first &&
         story.lab.deaf().empty();
}

bool comes_back_to_the_dks(Story& story, Duration outage, Duration after) {
  settle(story.lab);
  story.lab.power_off(Lab::dks);
  story.lab.run(outage);
  story.lab.power_on(Lab::dks);
  story.lab.run(after);
  return is_connected(story.lab, 1);
}

std::vector<Case> cases() {
  std::vector<Case> out;
  const auto add = [&](Habit habit, std::size_t who, std::function<bool(Story&)> holds) {
    out.push_back({habit, who, std::move(holds)});
  };
  // Policy.
  add(Habit::policy_from_anyone, 2, [](Story& s) {
    s.lab.configure = [](std::size_t i, NodeConfig& config) {
      if (i == 1)
        config.domain = DomainPolicy();
    };
    settle(s.lab);
    DomainPolicy forged;
    forged.version = 99;
    s.lab.send(1, *s.lab.at(1).set_domain_policy(forged, s.lab.now));
    s.lab.run(5s);
    return version_of(s.lab, 2) == 1;
  });
  add(Habit::takes_lower_version, 1, [](Story& s) {
    s.lab.domain.version = 5;
    settle(s.lab);
    s.lab.power_off(Lab::dks);
    s.lab.domain.version = 4;
    s.lab.power_on(Lab::dks);
    s.lab.run(10min);
    return version_of(s.lab, 1) == 5;
  });
  add(Habit::push_ignored, 1, [](Story& s) {
    settle(s.lab);
    s.lab.set_policy();
    s.lab.run(5s);
    return version_of(s.lab, 1) == 2;
  });
  add(Habit::push_whole_answer, 1, [](Story& s) {
    settle(s.lab);
    s.lab.set_policy();
    s.lab.run(5s);
    return are_versions_alone(s.spy.of(ExchangeType::ks_policy, true));
  });
  add(Habit::pull_always_whole, Lab::dks, [](Story& s) {
    settle(s.lab);
    s.spy.sent.clear();
    s.lab.send(1, *s.lab.at(1).refresh(s.lab.now));
    s.lab.run(5s);
    return are_versions_alone(s.spy.of(ExchangeType::ks_policy, true));
  });
  add(Habit::no_policy_push, Lab::dks, [](Story& s) {
    settle(s.lab);
    s.lab.set_policy();
    s.lab.run(5s);
    return version_of(s.lab, 1) == 2;
  });
  add(Habit::foreign_entries, Lab::dks, [](Story& s) {
    settle(s.lab);
    const auto& known = s.lab.at(1).policy().permissions;
    return std::all_of(known.begin(), known.end(), [](const Permission& each) {
      return each.receiver == Lab::name(1) || each.group.speaker == Lab::name(1);
    });
  });
  add(Habit::keeps_removed, 1, [](Story& s) {
    settle(s.lab);
    s.lab.revoke(3);
    s.lab.run(5s);
    return s.lab.at(1).heard_groups().size() == 1;
  });
  // Groups.
  add(Habit::serves_anyone, 1, revoked_is_deaf);
  add(Habit::ignores_direction, 1, [](Story& s) {
    ask_with_an_old_policy(s.lab, [&] {
      std::erase_if(s.lab.domain.permissions, [](const Permission& each) {
        return each.group == Lab::group(1) && each.receiver == Lab::name(3);
      });
    });
    return !s.lab.hears(3, 1);
  });
  add(Habit::ignores_interface, 1, [](Story& s) {
    s.lab.domain.permit_both(Lab::name(1), Lab::name(3), "", "wan", "pim");
    s.lab.configure = [](std::size_t i, NodeConfig& config) {
      config.interfaces.push_back({"wan", "", *wire::IpAddress::from_text(Lab::address(i))});
    };
    ask_with_an_old_policy(s.lab, [&] {
      std::erase_if(s.lab.domain.permissions, [](const Permission& each) {
        return each.group == Lab::group(1) && each.receiver == Lab::name(3);
      });
    });
    return !s.lab.hears(3, 1) && s.lab.hears(3, 1, "wan");
  });
  add(Habit::refusal_closes, 1, [](Story& s) {
    ask_with_an_old_policy(s.lab, [&] { s.lab.domain.revoke(Lab::name(3)); });
    const auto sas = s.lab.at(3).sas();
    return std::any_of(sas.begin(), sas.end(),
                       [](const SaInfo& sa) { return sa.peer == Lab::name(1); });
  });
  add(Habit::denial_without_group, 1, [](Story& s) {
    ask_with_an_old_policy(s.lab, [&] { s.lab.domain.revoke(Lab::name(3)); });
    for (const wire::Message& message : s.spy.of(ExchangeType::ks_group, true))
      if (const auto* denial =
              wire::find_notify(message.payloads, wire::NotifyType::AUTHORIZATION_FAILED))
        return denial->data == octets_of(Lab::group(1));
    return false;
  });
  add(Habit::no_report, 1, [](Story& s) {
    settle(s.lab);
    return s.lab.at(Lab::dks).reported_keys(s.lab.now).size() == 3;
  });
  const auto told_of_a_new_key = [](Story& s) {
    settle(s.lab);
    s.lab.send(1, *s.lab.at(1).change_key(Lab::group(1), s.lab.now));
    s.lab.run(3s);
    return s.lab.at(2).heard_keys(Lab::group(1)).size() == 2;
  };
  add(Habit::no_push, 1, told_of_a_new_key);
  add(Habit::old_key_gone_at_once, 2, told_of_a_new_key);
  add(Habit::pushes_to_all, 1, [](Story& s) {
    s.lab.habits[3] = Habit::push_ignored;  // of the policy
    settle(s.lab);
    s.lab.revoke(3);
    s.lab.run(10s);
    return !s.lab.hears(3, 1);
  });
  add(Habit::key_from_anyone, 2, [](Story& s) {
    Spy liar;
    liar.change = [](wire::Message& message) {
      wire::Payload* found = wire::find(message.payloads, PayloadType::KD);
      if (found != nullptr && !message.header.is_response() &&
          has_item(message, wire::KeyItem::Kind::pmk))
        for (wire::KeyItem& item : found->as<wire::KeyDownloadPayload>()->items)
          if (item.is(wire::KeyItem::Kind::group))
            item.group = to_wire(Lab::group(1));
    };
    settle(s.lab);
    s.lab.seams[3] = &liar;
    for (int i = 0; i < 2; ++i)
      restart(s.lab, 3);
    s.lab.run(50s);
    const bool denied = s.lab.count(2, "denied") > 0;
    const bool taken = !s.lab.hears(2, 1);
    s.lab.power_off(3);
    return denied && !taken;
  });
  add(Habit::takes_lower_order, 2, [](Story& s) {
    settle(s.lab);
    for (int i = 0; i < 3; ++i) {
      restart(s.lab, 1);
      s.lab.run(1s);
    }
    s.lab.power_off(1);
    s.lab.storage(1).reset();
    s.lab.power_on(1);
    s.lab.run(1min);
    return s.lab.count(2, "keys-refused") > 0;
  });
  add(Habit::push_unsequenced, 2, [](Story& s) {
    settle(s.lab);
    s.spy.sent.clear();
    s.lab.send(1, *s.lab.at(1).change_key(Lab::group(1), s.lab.now));
    s.lab.run(3s);
    const auto answers = s.spy.of(ExchangeType::ks_group, true);
    return answers.size() == 1 && has_item(answers[0], wire::KeyItem::Kind::order);
  });
  add(Habit::spi_fixed, 1, new_after_restart);
  add(Habit::key_fixed, 1, new_after_restart);
  add(Habit::no_renewal, 1, [](Story& s) {
    settle(s.lab);
    const std::uint32_t first = s.lab.sent_with(1)->key.id;
    s.lab.run(59min);
    return s.lab.sent_with(1)->key.id != first;
  });
  add(Habit::lives_on, 1, all_hear_after_seventy_minutes);
  add(Habit::no_change_at_removal, 1, key_changes_in_ten_seconds);
  add(Habit::late_change, 1, key_changes_in_ten_seconds);
  add(Habit::no_overlap, 1, [](Story& s) {
    settle(s.lab);
    s.lab.send(1, *s.lab.at(1).change_key(Lab::group(1), s.lab.now));
    const auto keys = s.lab.at(1).own_keys(Lab::group(1));
    return keys.size() == 2 &&
           keys[0]->key.times.receive_end == keys[0]->key.times.send_end + s.lab.times.overlap;
  });
  add(Habit::one_key_for_all, 1, [](Story& s) {
    s.lab.domain.permit_both(Lab::name(1), Lab::name(3), "", "wan", "pim");
    s.lab.configure = [](std::size_t i, NodeConfig& config) {
      config.interfaces.push_back({"wan", "", *wire::IpAddress::from_text(Lab::address(i))});
    };
    settle(s.lab);
    return !s.lab.sent_with(1)->key.same_key(s.lab.sent_with(1, "wan")->key);
  });
  add(Habit::key_of_the_link, 1, hears_router_1_after_restart);
  add(Habit::keys_in_clear, 1, hears_router_1_after_restart);
  add(Habit::order_by_sequence, 2, [](Story& s) {
    Spy later_policy;
    s.lab.seams[1] = &later_policy;
    settle(s.lab);
    later_policy.change = [](wire::Message& message) {
      wire::Payload* found = wire::find(message.payloads, PayloadType::KD);
      if (found == nullptr || message.header.is_response())
        return;
      for (wire::KeyItem& item : found->as<wire::KeyDownloadPayload>()->items)
        if (item.is(wire::KeyItem::Kind::order)) {
          item.policy_version = 9;
          item.sequence &= 0xff;
        }
    };
    s.lab.send(1, *s.lab.at(1).change_key(Lab::group(1), s.lab.now));
    s.lab.run(3s);
    s.lab.power_off(1);
    return s.lab.count(2, "keys-refused") == 0;
  });
  // Whom a receiver asks, and who knows whom.
  const auto asks_no_key_of_the_dks = [](Story& s) {
    settle(s.lab);
    for (std::size_t i = 1; i <= 3; ++i)
      s.lab.power_off(i);
    s.lab.requests.clear();
    for (std::size_t i = 1; i <= 3; ++i)
      s.lab.power_on(i);
    s.lab.run(1min);
    return s.lab.requests[std::pair(Lab::dks, ExchangeType::ks_group)] == 3;
  };
  add(Habit::dks_first, 1, asks_no_key_of_the_dks);
  add(Habit::storms, 1, asks_no_key_of_the_dks);
  add(Habit::never_dks, 2, [](Story& s) {
    settle(s.lab);
    s.lab.power_off(1);
    restart(s.lab, 2);
    s.lab.run(3min);
    return s.lab.at(2).heard_keys(Lab::group(1)).size() == 1;
  });
  add(Habit::central_ignored, 2, [](Story& s) {
    for (std::size_t i = 1; i <= 3; ++i)
      s.lab.domain.interfaces.push_back({Lab::name(i), "", "lan", Mode::require, true, {}});
    settle(s.lab);
    s.lab.requests.clear();
    restart(s.lab, 2);
    s.lab.put_into(2, 1);
    s.lab.put_into(Lab::dks, 1);  // it reaches nobody else
    s.lab.run(31s);
    return !s.lab.at(2).heard_keys(Lab::group(1)).empty();
  });
  add(Habit::needs_dks, 1, [](Story& s) {
    settle(s.lab);
    s.lab.power_off(Lab::dks);
    bool always = true;
    for (int i = 0; i < 240; ++i) {
      s.lab.run(1s);
      always = always && s.lab.hears(1, 2);
    }
    return always;
  });
  add(Habit::lks_needs_dks, 1, [](Story& s) {
    settle(s.lab);
    s.lab.power_off(Lab::dks);
    s.lab.run(5min);
    restart(s.lab, 3);
    s.lab.run(20s);
    return s.lab.hears(3, 1);
  });
  add(Habit::asks_one_for_all, 1, [](Story& s) {
    settle(s.lab);
    restart(s.lab, 1);
    s.lab.run(10s);
    return s.lab.hears(1, 2) && s.lab.hears(1, 3);
  });
  add(Habit::known_by_address, 1, [](Story& s) {
    s.lab.configure = [](std::size_t i, NodeConfig& config) {
      if (i != 1)
        return;
      for (PeerConfig& peer : config.router.peers)  // they have changed places
        for (const std::size_t other : {std::size_t{2}, std::size_t{3}})
          if (peer.name == Lab::name(other))
            peer.endpoint.address = Lab::address(5 - other);
    };
    settle(s.lab);
    return s.lab.hears(1, 2) && s.lab.hears(1, 3);
  });
  // Start, storage and reconnecting.
  add(Habit::waits_for_dks, 1, all_hear_after_restart_without_dks);
  add(Habit::forgets_policy, 1, all_hear_after_restart_without_dks);
  add(Habit::storage_unchecked, 1, [](Story& s) {
    settle(s.lab);
    s.lab.power_off(1);
    s.lab.storage(1)->back() ^= 1;
    s.lab.power_on(1);
    s.lab.run(1ms);
    return s.lab.count(1, "storage-refused") == 1;
  });
  add(Habit::storage_never_written, 1, [](Story& s) {
    settle(s.lab);
    return s.lab.storage(1).has_value();
  });
  add(Habit::storage_with_keys, 1, [](Story& s) {
    settle(s.lab);
    s.lab.set_policy();
    s.lab.run(5s);
    const Octets& kept = *s.lab.storage(1);
    const OctetView key = s.lab.sent_with(1)->key.key.view();
    return std::search(kept.begin(), kept.end(), key.begin(), key.end()) == kept.end();
  });
  add(Habit::no_reconnect, 1, [](Story& s) { return comes_back_to_the_dks(s, 5min, 7min); });
  add(Habit::no_backoff, 1, [](Story& s) {
    settle(s.lab);
    s.lab.power_off(Lab::dks);
    s.lab.run(30min);
    return s.lab.count(1, "dks-silent") <= 9;
  });
  add(Habit::first_address_only, 1, [](Story& s) {
    s.lab.domain.reconnect.addresses = {"192.0.2.200", Lab::address(Lab::dks)};
    return comes_back_to_the_dks(s, 2min, 10min);
  });
  add(Habit::route_ignored, 1, [](Story& s) {
    s.lab.power_on(1);
    // Until it waits.
    while (s.lab.count(1, "dks-silent") < 4 ||
           s.lab.at(1).dks_state() != Reconnection::State::waiting)
      s.lab.run(1s);
    s.lab.power_on(Lab::dks);
    s.lab.send(1, *s.lab.at(1).route_appeared(Lab::address(Lab::dks), s.lab.now));
    s.lab.run(1s);
    return is_connected(s.lab, 1);
  });
  // Learning from the DKS, and being without it.
  add(Habit::waits_for_push, 1, [](Story& s) {
    settle(s.lab);
    return version_of(s.lab, 1) == 1;
  });
  add(Habit::pull_ignored, 1, [](Story& s) {
    settle(s.lab);
    s.lab.power_off(1);
    s.lab.set_policy();
    s.lab.power_on(1);
    s.lab.run(1min);
    return version_of(s.lab, 1) == 2;
  });
  add(Habit::tells_one, Lab::dks, [](Story& s) {
    settle(s.lab);
    s.lab.set_policy();
    s.lab.run(5s);
    return version_of(s.lab, 1) == 2 && version_of(s.lab, 2) == 2 && version_of(s.lab, 3) == 2;
  });
  add(Habit::keeps_modes, 1, [](Story& s) {
    settle(s.lab);
    s.lab.domain.interfaces.push_back({Lab::name(1), "", "lan", Mode::permit, false, {}});
    s.lab.set_policy();
    s.lab.run(5s);
    SecurityState& security = s.lab.at(1).security();
    return security.mode(security.interfaces()[0], s.lab.now) == Mode::permit;
  });
  add(Habit::schedule_ignored, 1, [](Story& s) {
    s.lab.domain.reconnect.addresses = {"192.0.2.200"};
    return !comes_back_to_the_dks(s, 5min, 10min);
  });
  // Router RESTARTED pulls the group of OTHER while there is no DKS.
  const auto hears_alone = [](std::size_t restarted, std::size_t other) {
    return [restarted, other](Story& s) {
      settle(s.lab);
      s.lab.power_off(Lab::dks);
      s.lab.run(5min);
      restart(s.lab, restarted);
      s.lab.run(10s);
      return s.lab.hears(restarted, other);
    };
  };
  add(Habit::alone_stays_alone, 1, hears_alone(1, 2));
  add(Habit::configured_proof_first, 1, [](Story& s) {
    s.lab.domain.materials[Lab::name(2)] = {{wire::Material::key_sha256, Octets(32, 7)}};
    settle(s.lab);
    restart(s.lab, 1);
    s.lab.run(20s);
    return !s.lab.hears(2, 1);
  });
  add(Habit::admits_all_alone, 1, [](Story& s) {
    settle(s.lab);
    s.lab.put_into(3, 1);
    s.lab.revoke(3);
    s.lab.run(10s);
    s.lab.power_off(Lab::dks);
    s.lab.run(5min);
    s.lab.put_into(3, 0);
    restart(s.lab, 3);
    s.lab.run(20s);
    return !s.lab.hears(3, 1);
  });
  return out;
}

bool holds(const Case& each, Habit habit, std::string* what) {
  Story story;
  story.lab.habits[each.who] = habit;
  story.lab.seams[each.who] = &story.spy;
  const bool held = each.holds(story);
  *what = story.lab.story();
  return held;
}

class KeyserverHabit : public testing::TestWithParam<Case> {};

TEST_P(KeyserverHabit, IsSeen) {
  std::string what;
  EXPECT_TRUE(holds(GetParam(), Habit::proper, &what)) << "of a correct one\n" << what;
  EXPECT_FALSE(holds(GetParam(), GetParam().habit, &what)) << what;
}

std::string name_of_case(const testing::TestParamInfo<Case>& info) {
  std::string out(habit_names[static_cast<std::size_t>(info.param.habit)]);
  std::replace(out.begin(), out.end(), '-', '_');
  return out;
}

INSTANTIATE_TEST_SUITE_P(All, KeyserverHabit, testing::ValuesIn(cases()), name_of_case);

TEST(KeyserverHabits, EachHasATest) {
  std::set<Habit> seen;
  for (const Case& each : cases())
    seen.insert(each.habit);
  // Those of packets have theirs elsewhere.
  const auto each_from = [&](Habit first, Habit end) {
    for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(end); ++i)
      EXPECT_TRUE(seen.contains(static_cast<Habit>(i))) << habit_names[i];
  };
  each_from(Habit::policy_from_anyone, Habit::permit_refuses_clear);
  each_from(Habit::waits_for_push, Habit::no_inbound);
}

}  // namespace
}  // namespace karpspec::oracle::keyserver
