#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "world.h"

// Plays the steps of a test against a device made of callbacks.
namespace karpspec::script {

// An answer to an IKE_SA_INIT request: these payloads under its SPI.
inline Octets answer_to(const wire::Message& request, std::vector<wire::Payload> payloads) {
  wire::Message answer;
  answer.header = request.header;
  answer.header.flags = wire::Header::flag_response;
  answer.payloads = std::move(payloads);
  return wire::encode_message(answer);
}

class Engine : public testing::Test {
 protected:
  Engine() { refuse(); }
  // The device refuses every proposal.
  void refuse() {
    state_.answer = [](const wire::Message& request) -> std::vector<Octets> {
      return {answer_to(request, {wire::make_notify(wire::NotifyType::NO_PROPOSAL_CHOSEN)})};
    };
  }
  Outcome play_steps(const std::string& steps, const std::string& more = {}) {
    desk_.scenario("x", steps, more);
    const auto suite = desk_.load();
    if (!suite) {
      ADD_FAILURE() << suite.error().message;
      return {};
    }
    World world = fake_world(state_);
    world.simulated = simulated_;
    PlayOptions options;
    options.seed = seed_;
    options.requirements = &suite->requirements;
    options.repeat = "karpspec run {test} --seed {seed}";
    return play(suite->scenarios[0], world, options);
  }
  verdict::TestResult result(const std::string& steps, const std::string& more = {}) {
    return play_steps(steps, more).result;
  }

  Desk desk_;
  FakeState state_;
  std::uint64_t seed_ = 7;
  bool simulated_ = true;
};

inline const std::string ask = "  - send: IKE_SA_INIT {SAi1, KEi, Ni}\n";

}  // namespace karpspec::script
