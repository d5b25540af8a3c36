#pragma once

#include <stdexcept>

#include "dut/adapters/embedded.h"
#include "fuzz/live/campaign.h"

// The reference device in a simulated laboratory, for the live fuzzer.
namespace karpspec::fuzz {

class Bench {
 public:
  explicit Bench(const std::vector<std::string>& only = {})
      : suites_(KARPSPEC_SOURCE_DIR "/suites"),
        suite_(must(script::load_suite(suites_, {"rfc5996/1.2"}))),
        context_(must(script::load_context(suites_, suite_.requirements))),
        session_(dut::embedded_worlds(), play(), context_, suite_.rules) {
    targets_ =
        must(find_targets(session_, dut::embedded_claims(), {}, {}, {5000}, only, left_out_));
  }
  [[nodiscard]] Session& session() { return session_; }
  [[nodiscard]] const std::vector<Target>& targets() const { return targets_; }
  [[nodiscard]] const std::vector<LeftOut>& left_out() const { return left_out_; }
  [[nodiscard]] const script::LoadContext& context() const { return context_; }

 private:
  template <class T>
  static T must(Result<T> result) {
    if (!result)
      throw std::runtime_error(result.error().message);
    return *std::move(result);
  }
  [[nodiscard]] script::PlayOptions play() const {
    script::PlayOptions options;
    options.seed = 1;
    options.requirements = &suite_.requirements;
    options.rules = suite_.rules;
    return options;
  }

  std::string suites_;
  script::Suite suite_;
  script::LoadContext context_;
  Session session_;
  std::vector<LeftOut> left_out_;
  std::vector<Target> targets_;
};

}  // namespace karpspec::fuzz
