#include "script/step_parser.h"
#include "wire/code_points.h"

// Steps about the tester's routers of a group.
namespace karpspec::script {
namespace {

constexpr Duration usual_interval = std::chrono::seconds{1};

Result<std::vector<std::string>> routers_in(const Node& what) {
  KARPSPEC_TRY(names, what.texts("the name of a router of the tester's"));
  if (names.empty())
    return what.error("expected the names of the tester's routers");
  return names;
}

}  // namespace

bool goes_to_group(std::uint8_t exchange) {
  return wire::is_to_group(static_cast<wire::ExchangeType>(exchange));
}

// advertise: mrkmp_advert {GROUP, ADV}, router: second, with: {ADV.type: 2}, every: 1s
Result<Step> parse_advertise(const Node& map, const Node& what) {
  KARPSPEC_CHECK(map.check_keys({"advertise", "with", "mutate", "router", "every", "why", "checks"},
                                "an advertise step"));
  AdvertiseStep advertise;
  KARPSPEC_TRY(message, notation_of(what));
  if (message.exchange != static_cast<std::uint8_t>(wire::ExchangeType::mrkmp_advert))
    return what.error("expected an advertisement, mrkmp_advert {GROUP, ADV}");
  advertise.message = std::move(message);
  KARPSPEC_TRY(mutations, mutations_in(map));
  advertise.mutations = std::move(mutations);
  KARPSPEC_TRY(every, duration_in(map, "every"));
  advertise.every = every.value_or(usual_interval);
  if (advertise.every <= Duration::zero())
    return map.find("every")->error("expected a time above 0");
  Step step;
  step.text = "advertise: " + what.text();
  step.action = std::move(advertise);
  return step;
}

// rest: second
Result<Step> parse_rest(const Node& map, const Node& what) {
  KARPSPEC_CHECK(map.check_keys({"rest", "why", "checks"}, "a rest step"));
  KARPSPEC_TRY(router, what.scalar("the name of a router of the tester's"));
  Step step;
  step.text = "rest: " + router;
  step.router = std::move(router);
  AdvertiseStep rest;
  rest.rest = true;
  step.action = std::move(rest);
  return step;
}

// partition: [second, third]    heal: second
Result<Step> parse_partition(const Node& map, const Node& what) {
  const bool heal = map.find("heal") != nullptr;
  const std::string name = heal ? "heal" : "partition";
  KARPSPEC_CHECK(map.check_keys({"partition", "heal", "why", "checks"}, "a " + name + " step"));
  KARPSPEC_TRY(routers, routers_in(what));
  Step step;
  step.text = name + ":";
  for (const std::string& router : routers)
    step.text += " " + router;
  step.action = PartitionStep{std::move(routers), heal};
  return step;
}

// lose: mrkmp_join response {KD}, times: 2
Result<Step> parse_lose(const Node& map, const Node& what) {
  KARPSPEC_CHECK(map.check_keys({"lose", "times", "why", "checks"}, "a lose step"));
  LoseStep lose;
  KARPSPEC_TRY(message, notation_of(what));
  lose.message = std::move(message);
  if (const Node* times = map.find("times")) {
    KARPSPEC_TRY(number, times->integer());
    if (number < 1 || number > 1000)
      return times->error("expected a number from 1 to 1000");
    lose.times = static_cast<std::uint64_t>(number);
  }
  Step step;
  step.text = "lose: " + what.text();
  step.action = std::move(lose);
  return step;
}

}  // namespace karpspec::script
