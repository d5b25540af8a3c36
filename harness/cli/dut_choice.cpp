#include "cli/dut_choice.h"

#include "dut/adapters/embedded.h"
#include "transcript/node.h"

namespace karpspec::cli {

Result<fault::Fault> find_fault(const std::string& suites, const std::string& name) {
  KARPSPEC_TRY(faults, fault::read_fault_directory(suites + "/faults"));
  std::vector<std::string> names;
  for (fault::Fault& candidate : faults) {
    if (candidate.name == name)
      return std::move(candidate);
    names.push_back(candidate.name);
  }
  return fail(ErrorCode::not_found,
              "no fault '" + name + "'" + transcript::suggestion(name, names));
}

Result<DutChoice> choose_dut(const std::string& dut, const std::string& fault_name,
                             const std::string& suites, std::uint64_t seed) {
  if (dut != "embedded") {
    return fail(ErrorCode::unsupported, "--dut " + dut + ": only the embedded device is built in");
  }
  DutChoice choice;
  choice.name = "embedded";
  choice.claims = dut::embedded_claims();
  dut::MakeSeams seams;
  if (!fault_name.empty()) {
    KARPSPEC_TRY(found, find_fault(suites, fault_name));
    seams = [found, seed, numbers = choice.numbers] {
      return fault::make_seams(found, seed, numbers);
    };
  }
  choice.worlds = dut::embedded_worlds(choice.numbers, std::move(seams));
  return choice;
}

}  // namespace karpspec::cli
