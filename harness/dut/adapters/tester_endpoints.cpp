#include "dut/adapters/tester_endpoints.h"

#include <algorithm>

namespace karpspec::dut {

std::vector<Endpoint> tester_endpoints(const DutFile& file, const script::Scenario* scenario) {
  std::vector<Endpoint> out = {file.tester};
  const auto add = [&](const std::string& address, std::uint16_t port) {
    const Endpoint wanted{address, port};
    if (!address.empty() && std::find(out.begin(), out.end(), wanted) == out.end())
      out.push_back(wanted);
  };
  add(file.second_address, file.tester.port);
  if (scenario == nullptr)
    return out;
  if (scenario->has_groups())
    for (const auto& [name, address] : file.routers)
      add(address, file.tester.port);
  for (const script::Step& step : scenario->steps) {
    std::visit(
        [&](const auto& action) {
          if constexpr (requires {
                          action.from_port;
                          action.second_address;
                        }) {
            if (action.from_port)
              add(action.second_address ? file.second_address : file.tester.address,
                  *action.from_port);
          }
        },
        step.action);
  }
  return out;
}

}  // namespace karpspec::dut
