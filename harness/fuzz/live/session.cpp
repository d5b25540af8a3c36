#include "fuzz/live/session.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "transcript/node.h"
#include "wire/message.h"

namespace karpspec::fuzz {

using script::Json;
using verdict::Verdict;

// The world that outlives the cases; what cases get are handles on it.
struct Session::Place {
  script::World world;
  // Initiators' SPIs of earlier cases: what still comes of them is nobody's business.
  std::set<std::uint64_t> over;
  std::set<std::uint64_t> current;
  bool configured = false;
};

namespace {

constexpr std::size_t most_said = 64 * 1024;

std::uint64_t initiator_spi(const Octets& datagram) {
  return unsigned_from(OctetView(datagram).first(std::min<std::size_t>(8, datagram.size())));
}

template <class P>
class SharedLink final : public lab::Link {
 public:
  explicit SharedLink(std::shared_ptr<P> place) : place_(std::move(place)) {}
  [[nodiscard]] Time now() const override { return place_->world.link->now(); }
  Result<void> send(const Datagram& datagram) override {
    place_->current.insert(initiator_spi(datagram.payload));
    return place_->world.link->send(datagram);
  }
  Result<std::optional<Datagram>> receive(Time deadline) override {
    for (;;) {
      auto received = place_->world.link->receive(deadline);
      if (!received || !*received)
        return received;
      const std::uint64_t spi = initiator_spi((*received)->payload);
      if (place_->over.contains(spi))
        continue;
      place_->current.insert(spi);
      return received;
    }
  }
  void set_tap(Tap tap) override { place_->world.link->set_tap(std::move(tap)); }

 private:
  std::shared_ptr<P> place_;
};

// `reset` and `configure` have been done where they were needed.
template <class P>
class SharedDevice final : public dut::Device {
 public:
  explicit SharedDevice(std::shared_ptr<P> place) : place_(std::move(place)) {}
  Result<Json> call(std::string_view method, const Json& params) override {
    if (place_->configured && (method == "reset" || method == "configure"))
      return Json::object();
    auto done = place_->world.device->call(method, params);
    if (method == "configure")
      place_->configured = done || done.error().code == ErrorCode::unsupported;
    return done;
  }
  [[nodiscard]] Endpoint endpoint() const override { return place_->world.device->endpoint(); }
  [[nodiscard]] bool alive() const override { return place_->world.device->alive(); }
  [[nodiscard]] dut::Vitals vitals() const override { return place_->world.device->vitals(); }

 private:
  std::shared_ptr<P> place_;
};

// Seconds of CPU time that PROCESS has used; 0 where that cannot be read.
double cpu_time(pid_t process) {
  std::ifstream in("/proc/" + std::to_string(process) + "/stat");
  std::string line;
  if (process == 0 || !std::getline(in, line) || line.rfind(')') == std::string::npos)
    return 0;
  // Behind the name: state and ten numbers, then user and system time.
  std::istringstream rest(line.substr(line.rfind(')') + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i)
    rest >> skipped;
  double user = 0, system = 0;
  rest >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

constexpr const char* probe =
    "title: The device serves\nchecks: [IKE-2.21.1-02]\nrole: responder\nsteps:\n"
    "  - alive: IKE_SA_INIT\n    within: 700ms\n";

std::string read_from(const std::string& path, std::size_t& from) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in)
    return {};
  const auto size = static_cast<std::size_t>(std::max<std::streamoff>(0, in.tellg()));
  if (size < from)
    from = 0;  // another file of the same name
  const std::size_t begin = size - from > most_said ? size - most_said : from;
  std::string text(size - begin, '\0');
  in.seekg(static_cast<std::streamoff>(begin));
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  from = size;
  return text;
}

Played::End end_of(const script::Outcome& outcome, bool alive) {
  const verdict::TestResult& result = outcome.result;
  if (!alive || (result.verdict == Verdict::error && result.fault == verdict::Fault::device &&
                 result.reason.starts_with("the device died")))
    return Played::End::died;
  if (result.verdict == Verdict::pass)
    return Played::End::served;
  if (result.verdict == Verdict::not_applicable ||
      (result.verdict == Verdict::error && result.fault == verdict::Fault::test))
    return Played::End::not_playable;
  if (result.failure && result.failure->step_text == "alive: INFORMATIONAL")
    return Played::End::state_changed;
  if (result.failure && result.failure->step_text.starts_with("alive: "))
    return Played::End::not_served;
  return Played::End::unfinished;
}

}  // namespace

Session::Session(script::MakeWorld worlds, script::PlayOptions play,
                 const script::LoadContext& context,
                 std::shared_ptr<const keytable::Rulebook> rules)
    : worlds_(std::move(worlds)),
      play_(std::move(play)),
      context_(context),
      rules_(std::move(rules)) {}

Session::~Session() = default;

Result<void> Session::prepare(const script::Scenario& scenario, bool fresh) {
  const std::string wanted =
      scenario.device_patch.dump() + (scenario.has_groups() ? " groups" : "");
  const bool stands =
      place_ && configured_ == wanted && !fresh && !wants_reset_ && place_->world.device->alive();
  if (stands)
    return {};
  // A device that did not answer in time is started anew; that may take a second attempt.
  constexpr int attempts = 3;
  for (int attempt = 1;; ++attempt) {
    place_.reset();
    place_ = std::make_shared<Place>();
    auto world = worlds_({"fuzz", play_.seed, &scenario, rules_});
    if (world) {
      place_->world = *std::move(world);
      const auto reset = place_->world.device->call("reset", Json::object());
      if (reset || reset.error().code == ErrorCode::unsupported)
        break;
      if (attempt == attempts)
        return tl::unexpected(reset.error());
    } else if (attempt == attempts) {
      place_.reset();
      return tl::unexpected(world.error());
    }
  }
  configured_ = wanted;
  wants_reset_ = false;
  return {};
}

void Session::wait_for_verdict(Played& played, double cpu_before) {
  using Clock = std::chrono::steady_clock;
  constexpr double busy_with_nothing = 1.0;  // seconds of CPU time
  constexpr std::chrono::seconds most{12};
  const auto node = transcript::parse_yaml(probe, "probe.yaml");
  // Nor is it slow when it does nothing at all for so many probes.
  constexpr unsigned idle_probes = 5;
  constexpr double nothing = 0.1;
  const double cpu_now = cpu_time(played.process);
  const auto began = Clock::now();
  for (unsigned i = 0; Clock::now() - began < most; ++i) {
    if (!place_->world.device->alive()) {
      played.end = Played::End::died;
      return;
    }
    if (played.end == Played::End::not_served &&
        cpu_time(played.process) - cpu_before > busy_with_nothing)
      return;
    if (played.process != 0 && i >= idle_probes && cpu_time(played.process) - cpu_now < nothing)
      return;
    const auto scenario =
        script::read_scenario(*node, "probe-" + std::to_string(++probes_) + ".yaml", context_);
    if (!scenario)
      return;
    script::World world = handles();
    const script::Outcome outcome = script::play(*scenario, world, play_);
    if (outcome.result.verdict == Verdict::pass) {
      if (played.end == Played::End::not_served) {
        played.end = Played::End::served;
        played.slow = true;
      }
      return;
    }
  }
}

script::World Session::handles() const {
  script::World world;
  world.link = std::make_unique<SharedLink<Place>>(place_);
  world.device = std::make_unique<SharedDevice<Place>>(place_);
  world.tester = place_->world.tester;
  world.second_address = place_->world.second_address;
  world.routers = place_->world.routers;
  world.group_address = place_->world.group_address;
  world.packet_addresses = place_->world.packet_addresses;
  world.simulated = place_->world.simulated;
  return world;
}

Result<Played> Session::play_text(const std::string& text, const std::string& name, bool fresh) {
  Played out;
  const auto node = transcript::parse_yaml(text, name + ".yaml");
  auto scenario = node ? script::read_scenario(*node, name + ".yaml", context_)
                       : Result<script::Scenario>(tl::unexpected(node.error()));
  if (!scenario) {
    out.end = Played::End::not_playable;
    out.reason = scenario.error().message;
    return out;
  }
  KARPSPEC_CHECK(prepare(*scenario, fresh));
  script::World world = handles();
  script::PlayOptions play = play_;
  // The last step that sends is that of the message.
  std::size_t altered = 0;
  for (std::size_t i = 0; i < scenario->steps.size(); ++i)
    if (scenario->steps[i].fragment.empty() && scenario->steps[i].why != "afterwards" &&
        std::holds_alternative<script::SendStep>(scenario->steps[i].action))
      altered = i + 1;
  play.observe = [&](std::size_t step, bool sent, const wire::Message& message) {
    constexpr std::size_t most = 64;
    if (!sent && out.answers.size() < most)
      out.answers.push_back(message);
    else if (sent && step == altered)
      out.altered = message;
  };
  const double cpu_before = cpu_time(place_->world.device->vitals().process);
  out.memory_before = dut::resident_memory(place_->world.device->vitals());
  const auto outcome =
      std::make_shared<const script::Outcome>(script::play(*scenario, world, play));
  out.outcome = outcome;
  const bool alive = place_->world.device->alive();
  const dut::Vitals vitals = place_->world.device->vitals();
  out.memory_after = alive ? dut::resident_memory(vitals) : 0;
  out.process = vitals.process;
  out.end = end_of(*outcome, alive);
  if (!place_->world.simulated && !scenario->has_groups() &&
      (out.end == Played::End::not_served || out.end == Played::End::state_changed))
    wait_for_verdict(out, cpu_before);
  if (vitals.process != 0 && vitals.process != process_) {
    restarts_ += process_ != 0 ? 1U : 0U;
    process_ = vitals.process;
  }
  for (const script::Captured& captured : outcome->datagrams)
    out.messages += captured.datagram.source == place_->world.device->endpoint() ? 0U : 1U;
  out.reason = outcome->result.reason;
  if (!vitals.log.empty()) {
    if (vitals.log != log_)
      log_read_ = 0;
    log_ = vitals.log;
  }
  if (!log_.empty())
    out.said = read_from(log_, log_read_);
  if (out.end == Played::End::not_served)
    place_->world.device->give_up();
  if (out.end == Played::End::died || out.end == Played::End::not_served ||
      out.end == Played::End::state_changed)
    wants_reset_ = true;
  place_->over.insert(place_->current.begin(), place_->current.end());
  place_->current.clear();
  return out;
}

Result<Played> Session::play(const Case& one, const Deadlines& deadlines, const std::string& name,
                             bool fresh) {
  return play_text(scenario_text(one, deadlines), name, fresh || one.exchange->fresh);
}

}  // namespace karpspec::fuzz
