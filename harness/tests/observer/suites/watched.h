#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "observer/judge.h"
#include "script/runner.h"

namespace karpspec::observer {

// What a test has left behind, judged from its capture and keys as anybody else's would be.
class Watch {
 public:
  explicit Watch(std::string suites);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  struct Seen {
    std::vector<Breach> breaches;
    std::set<std::string> judged;  // requirements, of any side
    std::uint64_t messages = 0;
  };
  // Fails the test that runs where the evidence cannot be written or read.
  [[nodiscard]] Seen judge(script::Outcome outcome) const;

 private:
  std::string suites_;
  std::filesystem::path folder_;
};

// Where the reference device is in the laboratory of a test.
[[nodiscard]] bool is_device(const std::string& address);

}  // namespace karpspec::observer
