#include <algorithm>
#include <filesystem>

#include "script/invariants.h"
#include "script/scenario.h"
#include "script/setup.h"
#include "script/step_parser.h"

namespace karpspec::script {
namespace {

std::string shown(const std::string& file) {
  return "suites/" + file;
}

Result<std::string> required_text(const Node& map, std::string_view key) {
  const Node* node = map.find(key);
  if (node == nullptr)
    return map.error("key '" + std::string(key) + "' is missing");
  KARPSPEC_TRY(text, node->scalar("a text"));
  if (text.empty())
    return node->error("'" + std::string(key) + "' is empty");
  return text;
}

// Puts the steps of a list, with those of the fragments it uses, into OUT.
Result<void> add_steps(const Node& list, const LoadContext& context,
                       std::vector<std::string>& inside, std::vector<Step>& out);

// The steps of the fragment NAME, which USE asks for.
Result<std::vector<Step>> read_fragment(const std::string& name, const Node& use,
                                        const LoadContext& context,
                                        std::vector<std::string>& inside) {
  const std::string file = "fragments/" + name + ".yaml";
  const std::filesystem::path path = std::filesystem::path(context.suites) / file;
  // What is too long for a name, say, is an error of the system, and no file either.
  if (std::error_code code; !std::filesystem::is_regular_file(path, code)) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(
             std::filesystem::path(context.suites) / "fragments", code))
      if (entry.path().extension() == ".yaml")
        names.push_back(entry.path().stem());
    std::sort(names.begin(), names.end());
    return use.error("there is no fragment '" + name + "'" + transcript::suggestion(name, names));
  }
  KARPSPEC_TRY(root, transcript::read_yaml(path, shown(file)));
  KARPSPEC_CHECK(root.check_keys({"title", "steps"}, "a fragment"));
  const Node* list = root.find("steps");
  if (list == nullptr)
    return root.error("key 'steps' is missing");
  std::vector<Step> steps;
  inside.push_back(name);
  KARPSPEC_CHECK(add_steps(*list, context, inside, steps));
  inside.pop_back();
  for (Step& step : steps) {
    if (step.fragment.empty())
      step.fragment = name;
  }
  return steps;
}

Result<void> add_fragment(const Node& use, const LoadContext& context,
                          std::vector<std::string>& inside, std::vector<Step>& out) {
  KARPSPEC_TRY(name, use.scalar("a fragment's name"));
  if (std::find(inside.begin(), inside.end(), name) != inside.end()) {
    std::string loop;
    for (const std::string& outer : inside)
      loop += outer + " uses ";
    return use.error("fragments use each other in a circle: " + loop + name);
  }
  // One that is kept is in no circle, or it could not have been read to its end.
  KARPSPEC_TRY(steps, context.parts->fragments.get(
                          name, [&] { return read_fragment(name, use, context, inside); }));
  out.insert(out.end(), steps->begin(), steps->end());
  return {};
}

// The IKE SAs of STEP are those of the NUMBERth time.
void number_sas(Step& step, std::size_t number) {
  const auto put = [number](std::string& sa) {
    if (!sa.empty())
      sa += "-" + std::to_string(number);
  };
  put(step.sa);
  if (auto* send = std::get_if<SendStep>(&step.action))
    put(send->new_sa);
  if (auto* expect = std::get_if<ExpectStep>(&step.action))
    for (Alternative& alternative : expect->alternatives) {
      put(alternative.sa);
      put(alternative.new_sa);
    }
}

// repeat: 300, steps: [...]; each time with IKE SAs of its own.
Result<void> add_repeated(const Node& item, const Node& repeat, const LoadContext& context,
                          std::vector<std::string>& inside, std::vector<Step>& out) {
  KARPSPEC_CHECK(item.check_keys({"repeat", "steps", "why"}, "a repeat step"));
  constexpr std::int64_t most = 10000;
  constexpr std::size_t most_steps = 100000;
  KARPSPEC_TRY(times, repeat.integer());
  if (times < 1 || times > most)
    return repeat.error("expected 1 to " + std::to_string(most) + " times");
  const Node* steps = item.find("steps");
  if (steps == nullptr)
    return item.error("key 'steps' is missing");
  std::vector<Step> once;
  KARPSPEC_CHECK(add_steps(*steps, context, inside, once));
  if (once.size() * static_cast<std::size_t>(times) > most_steps)
    return repeat.error("more than " + std::to_string(most_steps) + " steps come of it");
  for (std::size_t i = 1; i <= static_cast<std::size_t>(times); ++i)
    for (Step step : once) {
      number_sas(step, i);
      out.push_back(std::move(step));
    }
  return {};
}

Result<void> add_steps(const Node& list, const LoadContext& context,
                       std::vector<std::string>& inside, std::vector<Step>& out) {
  if (!list.is_list())
    return list.error(std::string(list.kind_name()) + " where a list of steps is expected");
  for (const Node& item : list.items()) {
    if (const Node* use = item.is_map() ? item.find("use") : nullptr) {
      KARPSPEC_CHECK(item.check_keys({"use", "why", "sa", "router"}, "a use step"));
      const std::size_t first = out.size();
      KARPSPEC_CHECK(add_fragment(*use, context, inside, out));
      if (const Node* router = item.find("router")) {
        KARPSPEC_TRY(name, router->scalar("the name of a router of the tester's"));
        for (std::size_t i = first; i < out.size(); ++i)
          if (out[i].router.empty())
            out[i].router = name;
      }
      if (const Node* sa = item.find("sa")) {
        KARPSPEC_TRY(name, sa->scalar("the name of an IKE SA"));
        for (std::size_t i = first; i < out.size(); ++i)
          if (out[i].sa == "main")
            out[i].sa = name;
      }
      continue;
    }
    if (const Node* repeat = item.is_map() ? item.find("repeat") : nullptr) {
      KARPSPEC_CHECK(add_repeated(item, *repeat, context, inside, out));
      continue;
    }
    KARPSPEC_TRY(step, parse_step(item, context));
    out.push_back(std::move(step));
  }
  return {};
}

Result<void> read_head(const Node& root, const LoadContext& context, Scenario& out) {
  KARPSPEC_TRY(title, required_text(root, "title"));
  out.title = std::move(title);
  const Node* checks = root.find("checks");
  if (checks == nullptr)
    return root.error("key 'checks' is missing");
  KARPSPEC_TRY(ids, read_checks(*checks, context));
  if (ids.empty())
    return checks->error("'checks' is empty, expected the requirements judged here");
  out.checks = std::move(ids);
  KARPSPEC_TRY(role, required_text(root, "role"));
  if (role != "initiator" && role != "responder" && role != "router" && role != "tcp")
    return root.find("role")->error("'" + role +
                                    "' is no role, expected initiator, responder, router or tcp");
  out.role = std::move(role);
  if (const Node* purpose = root.find("purpose")) {
    KARPSPEC_TRY(text, purpose->scalar("a text"));
    out.purpose = std::move(text);
  }
  if (const Node* marks = root.find("marks")) {
    KARPSPEC_TRY(texts, marks->texts("a mark"));
    for (std::size_t i = 0; i < texts.size(); ++i)
      if (texts[i] != "ikev2")
        return (marks->is_list() ? marks->items()[i] : *marks)
            .error("unknown mark '" + texts[i] + "', expected ikev2");
    out.marks = std::move(texts);
  }
  if (const Node* needs = root.find("needs")) {
    KARPSPEC_TRY(texts, needs->texts("a PICS item"));
    out.needs = std::move(texts);
  }
  if (const Node* every = root.find("every-message")) {
    KARPSPEC_TRY(texts, every->texts("what holds of every message"));
    std::vector<std::string> known;
    for (const InvariantName& name : invariants())
      known.emplace_back(name.name);
    for (std::size_t i = 0; i < texts.size(); ++i)
      if (std::find(known.begin(), known.end(), texts[i]) == known.end())
        return (every->is_list() ? every->items()[i] : *every)
            .error("nothing is known as '" + texts[i] + "' that holds of every message" +
                   transcript::suggestion(texts[i], known));
    out.every_message = std::move(texts);
  }
  if (const Node* background = root.find("background")) {
    if (!background->is_scalar() || (background->text() != "on" && background->text() != "off"))
      return background->error("expected on or off");
    out.background = background->text() == "on";
  }
  return {};
}

// The routers that the steps name are those of the tester, and only a router of MRKMP has them.
Result<void> check_routers(const Scenario& scenario) {
  std::vector<std::string> known = {"tester"};
  if (const auto routers = scenario.tester_patch.find("routers");
      routers != scenario.tester_patch.end() && routers->is_array())
    for (const Json& router : *routers)
      if (router.is_object() && router.value("name", Json()).is_string())
        known.push_back(router["name"].get<std::string>());
  const std::string item = scenario.has_keyserver() ? "keyservers" : "mrkmp";
  if (scenario.has_groups() &&
      std::find(scenario.needs.begin(), scenario.needs.end(), item) == scenario.needs.end())
    return scenario.steps.front().source.error(
        "a scenario with " + std::string(scenario.has_keyserver() ? "a key server" : "groups") +
        " needs the PICS item '" + item + "'");
  const auto check = [&](const Step& step, const std::string& name) -> Result<void> {
    if (name.empty() || std::find(known.begin(), known.end(), name) != known.end())
      return {};
    return step.source.error("the tester has no router '" + name + "'" +
                             transcript::suggestion(name, known));
  };
  for (const Step& step : scenario.steps) {
    KARPSPEC_CHECK(check(step, step.router));
    if (const auto* partition = std::get_if<PartitionStep>(&step.action))
      for (const std::string& name : partition->routers)
        KARPSPEC_CHECK(check(step, name));
    if (const auto* expect = std::get_if<ExpectStep>(&step.action))
      for (const Alternative& alternative : expect->alternatives)
        if (alternative.to != "group")
          KARPSPEC_CHECK(check(step, alternative.to));
  }
  return {};
}

// Which of the requirements only advise, and so which steps.
Result<void> find_advice(const Node& root, const LoadContext& context, Scenario& out) {
  const auto advises = [&](const std::string& id) {
    const auto row = context.requirements.find(id);
    return row != context.requirements.end() && !verdict::binds(row->second, out.needs);
  };
  std::copy_if(out.checks.begin(), out.checks.end(), std::back_inserter(out.advice), advises);
  if (!out.every_message.empty() && out.advice.size() == out.checks.size())
    return root.find("every-message")->error("what holds of every message is no advice");
  for (Step& step : out.steps)
    if (!step.checks.empty() && std::all_of(step.checks.begin(), step.checks.end(), advises))
      step.advised = verdict::clause(context.requirements.at(step.checks.front()));
  return {};
}

}  // namespace

Result<Scenario> load_scenario(const std::string& file, const LoadContext& context) {
  const std::filesystem::path path = std::filesystem::path(context.suites) / file;
  KARPSPEC_TRY(root, transcript::read_yaml(path, shown(file)));
  return read_scenario(root, file, context);
}

Result<Scenario> load_scenario_elsewhere(const std::string& path, const LoadContext& context) {
  KARPSPEC_TRY(root, transcript::read_yaml(path, path));
  KARPSPEC_TRY(scenario, read_scenario(root, path, context));
  scenario.file = path;
  std::filesystem::path name;
  for (const auto& part : std::filesystem::path(scenario.name).relative_path().lexically_normal())
    if (part != ".." && part != ".")
      name /= part;
  scenario.name = name.generic_string();
  return scenario;
}

Result<Scenario> read_scenario(const Node& root, const std::string& file,
                               const LoadContext& context) {
  KARPSPEC_CHECK(root.check_keys({"title", "checks", "role", "marks", "needs", "purpose", "setup",
                                  "every-message", "background", "steps"},
                                 "a scenario"));
  Scenario out;
  out.file = shown(file);
  out.name = file.ends_with(".yaml") ? file.substr(0, file.size() - 5) : file;
  KARPSPEC_CHECK(read_head(root, context, out));
  const bool defaults = context.defaults.is_object();
  out.device = defaults ? context.defaults.value("device", Json::object()) : Json::object();
  out.tester = defaults ? context.defaults.value("tester", Json::object()) : Json::object();
  out.device_patch = out.tester_patch = Json::object();
  if (const Node* setup = root.find("setup")) {
    KARPSPEC_CHECK(read_setup(*setup, context, out));
    out.device_setup = !out.device_patch.empty();
  }
  const Node* steps = root.find("steps");
  if (steps == nullptr)
    return root.error("key 'steps' is missing");
  std::vector<std::string> inside;
  KARPSPEC_CHECK(add_steps(*steps, context, inside, out.steps));
  if (out.steps.empty())
    return steps->error("a scenario without steps");
  if (out.role == "tcp")
    for (Step& step : out.steps)
      listen_to_segments(step);
  for (Step& step : out.steps)
    if (step.fragment.empty() && step.checks.empty())
      step.checks = out.checks;
  // What only a step judges the scenario judges too.
  for (const Step& step : out.steps)
    for (const std::string& id : step.checks)
      if (std::find(out.checks.begin(), out.checks.end(), id) == out.checks.end())
        out.checks.push_back(id);
  KARPSPEC_CHECK(find_advice(root, context, out));
  const bool judges = std::any_of(out.steps.begin(), out.steps.end(), [](const Step& step) {
    return step.fragment.empty() && (std::holds_alternative<ExpectStep>(step.action) ||
                                     std::holds_alternative<SegmentExpectStep>(step.action) ||
                                     std::holds_alternative<WatchStep>(step.action) ||
                                     std::holds_alternative<CheckStep>(step.action) ||
                                     std::holds_alternative<AliveStep>(step.action) ||
                                     std::holds_alternative<ControlStep>(step.action));
  });
  if (!judges)
    return steps->error(
        "no step outside of the fragments judges anything: expected an expect, "
        "any_of, silence, watch, alive, check or control step");
  KARPSPEC_CHECK(check_routers(out));
  return out;
}

}  // namespace karpspec::script
