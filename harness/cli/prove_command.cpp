#include <algorithm>
#include <chrono>
#include <iostream>
#include <set>

#include "cli/commands.h"
#include "cli/dut_choice.h"
#include "cli/fault_play.h"
#include "report/console.h"

namespace karpspec::cli {
namespace {

// The requirements that the proof speaks for: all; those of the chosen faults; those that the
// chosen part of the suite has tests for.
std::vector<verdict::Requirement> requirements_of(const ProveCommand& command,
                                                  const script::Suite& suite,
                                                  const std::vector<fault::Fault>& faults) {
  if (command.faults.empty() && command.suites.empty())
    return requirement_list(suite);
  std::set<std::string> wanted;
  if (!command.faults.empty()) {
    for (const fault::Fault& fault : faults)
      wanted.insert(fault.violates.begin(), fault.violates.end());
  } else {
    for (const script::Scenario& scenario : suite.scenarios)
      wanted.insert(scenario.checks.begin(), scenario.checks.end());
  }
  std::vector<verdict::Requirement> rows = requirement_list(suite);
  std::erase_if(rows,
                [&wanted](const verdict::Requirement& row) { return !wanted.contains(row.id); });
  return rows;
}

// The tests of a suite that are not in a part of it.
script::Suite rest_of(script::Suite whole, const script::Suite& part) {
  std::set<std::string> names;
  for (const script::Scenario& scenario : part.scenarios)
    names.insert(scenario.name);
  std::erase_if(whole.scenarios, [&names](const script::Scenario& scenario) {
    return names.contains(scenario.name);
  });
  return whole;
}

// A part of the suite speaks for what its own tests alone claim to judge. A fault that it does not
// catch, and a requirement that it does not prove, is not held against it when there are tests
// elsewhere, in REST, that may. Gives how many faults were left out of PROOF.
std::size_t leave_out_what_others_may_catch(const script::Suite& rest,
                                            const std::vector<fault::Fault>& faults,
                                            report::Proof& proof) {
  const Claimants claimants(rest);
  std::set<std::string> open;
  for (const fault::Fault& fault : faults) {
    if (!claimants.of(fault).empty())
      open.insert(fault.name);
  }
  const std::size_t left_out =
      std::erase_if(proof.faults, [&open](const report::FaultResult& fault) {
        return fault.caught_by.empty() && open.contains(fault.fault);
      });
  std::set<std::string> judged_elsewhere;
  for (const script::Scenario& scenario : rest.scenarios)
    judged_elsewhere.insert(scenario.checks.begin(), scenario.checks.end());
  std::set<std::string> unproven;
  for (const report::RequirementProof& row : report::judge_proof(proof)) {
    if (row.state == "unproven" && judged_elsewhere.contains(row.requirement->id))
      unproven.insert(row.requirement->id);
  }
  std::erase_if(proof.requirements,
                [&unproven](const verdict::Requirement& row) { return unproven.contains(row.id); });
  return left_out;
}

void tell(const report::Proof& proof, const Common& common) {
  report::RunResults clean;
  clean.requirements = proof.requirements;
  std::cerr << report::explain_results(report::unclean_tests(proof), clean, {"", common.program});
  for (const report::FaultResult* fault : report::missed_faults(proof)) {
    std::cerr << "MISSED  " << fault->fault << ": the reference device " << fault->does << "; "
              << fault->played.size() << " tests that claim ";
    for (const std::string& id : fault->violates)
      std::cerr << (id == fault->violates.front() ? "" : ", ") << id;
    std::cerr << " do not see it\n";
  }
}

}  // namespace

int prove(const Common& common, const ProveCommand& command) {
  const unsigned jobs = job_count(command.jobs);
  const auto suite = script::load_suite(common.suites, command.suites, jobs);
  if (!suite)
    return complain(suite.error().message);
  script::Suite rest;  // the tests that are not selected
  if (!command.suites.empty()) {
    auto whole = script::load_suite(common.suites, {}, jobs);
    if (!whole)
      return complain(whole.error().message);
    rest = rest_of(*std::move(whole), *suite);
  }
  auto faults = fault::read_fault_directory(common.suites + "/faults", jobs);
  if (!faults)
    return complain(faults.error().message);
  for (const fault::Fault& fault : *faults) {
    for (const std::string& id : fault.violates) {
      if (!suite->requirements.contains(id)) {
        return complain(fault.where + ": unknown requirement '" + id + "'");
      }
    }
  }
  if (!command.faults.empty()) {
    for (const std::string& name : command.faults) {
      if (auto found = find_fault(common.suites, name); !found)
        return complain(found.error().message);
    }
    std::erase_if(*faults, [&command](const fault::Fault& fault) {
      return std::find(command.faults.begin(), command.faults.end(), fault.name) ==
             command.faults.end();
    });
  } else if (!command.suites.empty()) {
    // A part of the suite can only speak for the faults that it has tests for.
    std::erase_if(*faults, [claimants = Claimants(*suite)](const fault::Fault& fault) {
      return claimants.of(fault).empty();
    });
  }

  if (!command.out.empty()) {
    if (auto ready = writable_directory(command.out); !ready)
      return complain(ready.error().message);
  }

  report::Proof proof;
  proof.info.tool_version = KARPSPEC_VERSION;
  proof.info.device = "embedded";
  proof.info.seed = command.seed;
  for (const std::string& name : command.faults)
    proof.info.fault += (proof.info.fault.empty() ? "" : ", ") + name;
  proof.info.started = wall_clock();
  proof.info.profile_version = profile_version(common.suites);
  proof.requirements = requirements_of(command, *suite, *faults);

  script::RunOptions options = prove_options(common, *suite, command.seed);
  options.jobs = jobs;
  options.on_outcome = [&proof](script::Outcome&& outcome) {
    proof.tests.push_back(std::move(outcome.result));
  };
  const auto before = std::chrono::steady_clock::now();
  script::run_suite(*suite, options);
  proof.faults = play_faults(*faults, *suite, options, jobs, command.seed);
  proof.info.wall_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();

  const std::size_t left_out = leave_out_what_others_may_catch(rest, *faults, proof);

  std::cout << report::proof_table(proof) << std::flush;
  tell(proof, common);
  std::size_t claimed = 0;
  std::size_t unproven = 0;
  for (const report::RequirementProof& row : report::judge_proof(proof)) {
    claimed += row.tests.empty() ? 0U : 1U;
    if (row.state != "unproven")
      continue;
    ++unproven;
    std::cerr << "UNPROVEN  " << row.requirement->id
              << ": none of its tests catches a fault of it; it has " << row.tests.size()
              << " tests\n";
  }
  // Every fault may be caught, and a test still judge nothing that one of them shows.
  const std::vector<std::string> idle = report::tests_that_catch_nothing(proof);
  for (const std::string& test : idle)
    std::cerr << "CATCHES NOTHING  " << test << ": no fault fails it\n";
  const std::size_t missed = report::missed_faults(proof).size();
  const std::size_t unclean = report::unclean_tests(proof).size();
  std::cerr << proof.faults.size() - missed << " of " << proof.faults.size() << " faults caught; "
            << claimed - unproven << " of " << claimed
            << " tested requirements proven; the faultless device fails " << unclean << " of "
            << proof.tests.size() << " tests";
  if (proof.info.fault.empty())
    std::cerr << "; " << idle.size() << " of them catch nothing";
  std::cerr << "\n";
  if (left_out > 0) {
    std::cerr << left_out << (left_out == 1 ? " fault is" : " faults are")
              << " not tried: the tests that claim to catch them are not all selected\n";
  }
  if (!command.out.empty()) {
    if (auto written = write_reports(command.out, proof); !written)
      return complain(written.error().message);
    std::cerr << "kill matrix: " << command.out << "/proof.html\n";
  }
  const bool proven = missed == 0 && unclean == 0 && unproven == 0 && idle.empty();
  return proven ? conforms : does_not;
}

}  // namespace karpspec::cli
