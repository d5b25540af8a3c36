#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "transcript/difference.h"
#include "transcript/observed.h"

namespace karpspec::observer {

enum class Role {
  initiator,  // of the IKE SA
  responder,
  gcks,    // who speaks to a group as its GCKS
  router,  // who advertises itself, and has no role yet
  sender,  // of a TCP segment, or of what has no header
};
[[nodiscard]] const char* to_string(Role role);

// How a side broke a requirement.
struct Breach {
  std::string address;
  Role role = Role::sender;
  // What protects the message is right, so that nobody but the holders of its keys can have made
  // it. Otherwise anybody may have sent it in the name of that address.
  bool authentic = false;
  std::string requirement;  // its id: "RKMP-4.1-02"
  std::uint64_t frame = 0;
  std::string message;               // "IKE_AUTH response {IDr, AUTH, SAr2, TSi, TSr}"
  std::string field;                 // or empty, where it is the whole message
  std::optional<std::size_t> octet;  // of the message with SK opened
  std::string expected, got;
};

// A message and who has said it.
struct Said {
  const transcript::Observed& observed;
  std::string address;
  Role role = Role::sender;
  bool authentic = false;
};

// Keeps what was judged. Memory is bounded: of too many breaches the first ones are kept, the
// others counted; of too many sides those that came first.
class Ledger {
 public:
  static constexpr std::size_t most_breaches = 1000;
  static constexpr std::size_t most_sides = 4096;
  // MESSAGE was held against REQUIREMENT, an id of the catalogue, and broke it by BREACH.
  void judge(const Said& said, std::string_view requirement,
             const std::optional<transcript::Difference>& breach = {});

  struct Count {
    std::uint64_t judged = 0;
    std::uint64_t broken = 0;
  };
  struct Side {
    std::set<Role> roles;
    std::map<std::string, Count, std::less<>> requirements;  // by id
    [[nodiscard]] std::uint64_t broken() const;              // requirements
  };
  [[nodiscard]] const std::vector<Breach>& breaches() const { return breaches_; }
  // What FRAME brought in clear turned out to be authentic: it is what AUTH covers.
  void prove(std::uint64_t frame);
  [[nodiscard]] std::uint64_t broken() const { return broken_; }
  [[nodiscard]] const std::map<std::string, Side>& sides() const { return sides_; }  // by address
  [[nodiscard]] bool empty() const { return sides_.empty(); }

 private:
  std::vector<Breach> breaches_;
  std::uint64_t broken_ = 0;
  std::map<std::string, Side> sides_;
};

}  // namespace karpspec::observer
