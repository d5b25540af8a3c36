#include "observer/judge/ledger.h"

#include <algorithm>

namespace karpspec::observer {

const char* to_string(Role role) {
  switch (role) {
    case Role::initiator:
      return "initiator";
    case Role::responder:
      return "responder";
    case Role::gcks:
      return "GCKS";
    case Role::router:
      return "router";
    case Role::sender:
      break;
  }
  return "sender";
}

std::uint64_t Ledger::Side::broken() const {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(requirements, [](const auto& each) { return each.second.broken > 0; }));
}

void Ledger::judge(const Said& said, std::string_view requirement,
                   const std::optional<transcript::Difference>& breach) {
  if (breach) {
    ++broken_;
    if (breaches_.size() < most_breaches)
      breaches_.push_back({said.address, said.role, said.authentic, std::string(requirement),
                           said.observed.frame, transcript::notation(said.observed), breach->field,
                           breach->octet, breach->expected, breach->got});
  }
  auto side = sides_.find(said.address);
  if (side == sides_.end()) {
    if (sides_.size() >= most_sides)
      return;
    side = sides_.emplace(said.address, Side{}).first;
  }
  side->second.roles.insert(said.role);
  auto count = side->second.requirements.find(requirement);
  if (count == side->second.requirements.end())
    count = side->second.requirements.emplace(std::string(requirement), Count{}).first;
  ++count->second.judged;
  if (breach)
    ++count->second.broken;
}

void Ledger::prove(std::uint64_t frame) {
  for (Breach& breach : breaches_)
    if (breach.frame == frame)
      breach.authentic = true;
}

}  // namespace karpspec::observer
