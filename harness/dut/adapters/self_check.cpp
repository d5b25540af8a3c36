#include "dut/adapters/self_check.h"

#include <algorithm>

#include "dut/adapters/live_host.h"
#include "script/pics.h"

namespace karpspec::dut {
namespace {

using script::Outcome;
using verdict::Verdict;

constexpr const char* unknown_method = "karpspec-no-such-method";
constexpr unsigned tries = 3;  // a datagram may be lost

std::string place_of(const DutFile& file) {
  return file.endpoint.address + " port " + std::to_string(file.endpoint.port);
}

Result<void> check_unknown_method(Device& device) {
  const auto done = device.call(unknown_method, Json::object());
  const std::string method = std::string("'") + unknown_method + "'";
  if (done) {
    return fail(ErrorCode::io, "the adapter says that it did " + method +
                                   ", which is no method: nothing that it says can be relied on");
  }
  if (done.error().code == ErrorCode::unsupported)
    return {};
  if (done.error().code == ErrorCode::bad_value) {
    return fail(ErrorCode::io, "the adapter answers the unknown method " + method +
                                   " with -32602; -32601 says that a method is unknown");
  }
  return tl::unexpected(done.error());
}

Result<Described> check_description(Device& device, const DutFile& file) {
  auto description = device.call("describe", Json::object());
  if (!description) {
    if (description.error().code == ErrorCode::unsupported ||
        description.error().code == ErrorCode::bad_value) {
      return fail(ErrorCode::io,
                  "the adapter refuses 'describe', which each has: " + description.error().message);
    }
    return tl::unexpected(description.error());
  }
  KARPSPEC_CHECK(check_result("describe", *description));
  const std::string child = (*description)["child"].get<std::string>();
  if (child != file.child) {
    return fail(ErrorCode::io, "the device describes its children as '" + child + "', and " +
                                   file.path + " as '" + file.child + "'");
  }
  Described out;
  const Json version = description->value("version", Json(""));
  out.version = version.is_string() ? version.get<std::string>() : version.dump();
  out.findings =
      script::pics_differences(script::claims_of(file.pics, file.child),
                               script::claims_of(description->value("pics", Json()), child));
  return out;
}

// Gives the device another preshared key for every peer than it is told to.
class OtherKey final : public Device {
 public:
  OtherKey(std::unique_ptr<Device> device, std::uint64_t seed)
      : device_(std::move(device)), random_(seed, "another preshared key") {}

  Result<Json> call(std::string_view method, const Json& params) override {
    if (method != "configure")
      return device_->call(method, params);
    Json other = params;
    for (Json& peer : other["peers"])
      peer["psk"] = "0x" + to_hex(random_.octets(32));
    auto done = device_->call(method, other);
    configured_ = done.has_value();
    return done;
  }
  [[nodiscard]] Endpoint endpoint() const override { return device_->endpoint(); }
  [[nodiscard]] bool alive() const override { return device_->alive(); }
  [[nodiscard]] bool configured() const { return configured_; }

 private:
  std::unique_ptr<Device> device_;
  SeededRandom random_;
  bool configured_ = false;
};

bool answered(const Outcome& outcome, const DutFile& file) {
  return std::any_of(outcome.datagrams.begin(), outcome.datagrams.end(),
                     [&](const script::Captured& one) {
                       return one.datagram.source.address == file.endpoint.address;
                     });
}

tl::unexpected<Error> error_of(const Outcome& outcome) {
  return fail(ErrorCode::io, outcome.result.reason);
}

class Check {
 public:
  Check(const DutFile& file, const script::MakeWorld& worlds, const script::Scenario& scenario,
        const script::PlayOptions& play)
      : file_(file), worlds_(worlds), scenario_(scenario), play_(play) {}

  Result<Described> control() {
    KARPSPEC_TRY(world, make());
    KARPSPEC_CHECK(check_unknown_method(*world.device));
    return check_description(*world.device, file_);
  }

  // Whether the device was seen to set up an IKE SA with the tester's key. Errors: it is dead or
  // silent.
  Result<bool> right_key() {
    for (unsigned i = 0; i < tries; ++i) {
      KARPSPEC_TRY(world, make());
      const Outcome outcome = script::play(scenario_, world, play_);
      if (outcome.result.verdict == Verdict::error)
        return error_of(outcome);
      if (answered(outcome, file_) || outcome.result.verdict == Verdict::not_applicable)
        return outcome.result.verdict == Verdict::pass;
      if (nothing_listens(file_.endpoint, file_.tester.address)) {
        return fail(ErrorCode::io, "the device is dead on the wire: nothing listens at " +
                                       place_of(file_) + ", says the system there");
      }
    }
    return fail(ErrorCode::timeout,
                "the device is silent on the wire: no answer to " +
                    std::string(scenario_.has_groups() ? "mrkmp_init" : "IKE_SA_INIT") + " at " +
                    place_of(file_) + ", tried " + std::to_string(tries) + " times");
  }

  Result<void> wrong_key() {
    KARPSPEC_TRY(world, make());
    auto wrapped = std::make_unique<OtherKey>(std::move(world.device), play_.seed);
    const OtherKey& device = *wrapped;
    world.device = std::move(wrapped);
    const Outcome outcome = script::play(scenario_, world, play_);
    if (outcome.result.verdict == Verdict::error)
      return error_of(outcome);
    if (outcome.result.verdict == Verdict::pass && device.configured()) {
      return fail(
          ErrorCode::io,
          "the adapter does not hand on the preshared key: configured with another than the "
          "tester's, the device still proves that it has the tester's");
    }
    return {};
  }

 private:
  Result<script::World> make() const {
    auto world = worlds_({scenario_.name, play_.seed, &scenario_, play_.rules});
    if (!world) {
      return fail(ErrorCode::io, "the laboratory could not be set up: " + world.error().message);
    }
    return world;
  }

  const DutFile& file_;
  const script::MakeWorld& worlds_;
  const script::Scenario& scenario_;
  const script::PlayOptions& play_;
};

}  // namespace

Result<Described> check_adapter(const DutFile& file, const script::MakeWorld& worlds,
                                const std::string& suites, const script::Claims& claims,
                                const script::PlayOptions& play) {
  const bool responds =
      std::find(claims.roles.begin(), claims.roles.end(), "responder") != claims.roles.end();
  KARPSPEC_TRY(requirements, script::load_requirements(suites));
  KARPSPEC_TRY(context, script::load_context(suites, requirements));
  // A router in a group is asked there: it may know no other exchange.
  const bool in_group = !file.routers.empty() && std::find(claims.items.begin(), claims.items.end(),
                                                           "mrkmp") != claims.items.end();
  KARPSPEC_TRY(scenario, script::load_scenario(in_group   ? "self-check/group.yaml"
                                               : responds ? "self-check/responder.yaml"
                                                          : "self-check/initiator.yaml",
                                               context));
  Check check(file, worlds, scenario, play);
  Described out;
  if (file.control.over != DutControl::Over::none) {
    KARPSPEC_TRY(described, check.control());
    out = std::move(described);
  }
  if (!script::not_applicable(scenario, claims).empty())
    return out;
  KARPSPEC_TRY(established, check.right_key());
  if (established)
    KARPSPEC_CHECK(check.wrong_key());
  return out;
}

}  // namespace karpspec::dut
