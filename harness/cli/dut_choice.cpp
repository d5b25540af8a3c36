#include "cli/dut_choice.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <memory>
#include <tuple>

#include "crypto/digest.h"
#include "dut/adapters/embedded.h"
#include "dut/adapters/kernel.h"
#include "dut/adapters/lanes.h"
#include "dut/adapters/libreswan.h"
#include "dut/adapters/live.h"
#include "dut/adapters/openiked.h"
#include "dut/adapters/routing_device.h"
#include "dut/adapters/self_check.h"
#include "dut/adapters/strongswan.h"
#include "script/pics.h"
#include "script/secrets.h"
#include "script/setup.h"
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
  const std::string near = transcript::nearest(name, names);
  return fail(ErrorCode::not_found,
              "no fault '" + name + "'; " +
                  (near.empty() ? "'karpspec list faults' says which there are"
                                : "did you mean '" + near + "'?"));
}

namespace {

// Of real time for one step of a test; the longest retransmissions that are looked at take 30 s.
constexpr Duration patience = std::chrono::minutes{2};

Result<script::MakeWorld> worlds_of(const dut::DutFile& file) {
  switch (file.start.kind) {
    case dut::StartKind::embedded:
      return dut::embedded_worlds(file.numbers);
    case dut::StartKind::strongswan:
      return dut::strongswan_worlds(file);
    case dut::StartKind::libreswan:
      return dut::libreswan_worlds(file);
    case dut::StartKind::openiked:
      return dut::openiked_worlds(file);
    case dut::StartKind::frr:
    case dut::StartKind::bird:
      return dut::routing_worlds(file);
    case dut::StartKind::kernel:
      return dut::kernel_worlds(file);
    case dut::StartKind::process:
    case dut::StartKind::running:
    case dut::StartKind::container:
      return dut::live_worlds(file);
  }
  return fail(ErrorCode::internal, file.path + ": a kind of device that nobody starts");
}

// Whether several devices of KIND can be there at a time, all at the same address.
bool has_its_own_network(dut::StartKind kind) {
  switch (kind) {
    case dut::StartKind::strongswan:
    case dut::StartKind::libreswan:
    case dut::StartKind::openiked:
    case dut::StartKind::frr:
    case dut::StartKind::bird:
    case dut::StartKind::container:
      return true;
    // A virtual machine each would be more than a laboratory has.
    case dut::StartKind::kernel:
    case dut::StartKind::process:
    case dut::StartKind::running:
    case dut::StartKind::embedded:
      break;
  }
  return false;
}

// VALUE, which stands at PATH of a setup, as lines "PATH: VALUE" for a report.
void add_overrides(const std::string& path, const script::Json& value,
                   std::vector<std::string>& lines) {
  constexpr std::size_t longest = 200;
  if (value.is_object()) {
    for (const auto& [name, member] : value.items()) {
      if (member.is_string() && script::names_secret(name))
        lines.push_back(path + "." + name + ": [secret]");
      else
        add_overrides(path + "." + name, member, lines);
    }
    return;
  }
  std::string text = value.is_string() ? value.get<std::string>() : script::shown_json(value);
  // Certificates and the like are known by their beginning.
  text = text.substr(0, text.find('\n'));
  lines.push_back(path + ": " + (text.size() > longest ? text.substr(0, longest) + "..." : text));
}

// What FILE has otherwise than the profile and the suites' defaults.
std::vector<std::string> overrides_of(const dut::DutFile& file) {
  std::vector<std::string> lines;
  const wire::CodePoints usual;
  for (const auto& [name, number, before] :
       {std::tuple("tcp_ao_protocol", file.numbers.tcp_ao_protocol, usual.tcp_ao_protocol),
        std::tuple("ldp_discovery_protocol", file.numbers.ldp_discovery_protocol,
                   usual.ldp_discovery_protocol),
        std::tuple("rp_ts_type", file.numbers.rp_ts_type, usual.rp_ts_type)}) {
    if (number != before)
      lines.push_back("profile." + std::string(name) + ": " + std::to_string(number) + ", not " +
                      std::to_string(before));
  }
  HiddenSecrets secrets;
  std::vector<std::string> setup;
  for (const auto& [path, given] :
       {std::pair("setup.device", &file.device_setup), {"setup.tester", &file.tester_setup}}) {
    script::collect_secrets(*given, secrets);
    if (!given->is_null())
      add_overrides(path, *given, setup);
  }
  for (const std::string& line : setup)
    lines.push_back(secrets.hide(line));
  return lines;
}

// "sha256:3f2a..." as engines print it.
std::string short_id(std::string id) {
  constexpr std::size_t enough = 12;
  if (const auto colon = id.find(':'); colon != std::string::npos)
    id.erase(0, colon + 1);
  return id.substr(0, enough);
}

Result<DutChoice> choose_from_file(const std::string& path, const std::string& suites) {
  KARPSPEC_TRY(file, read_checked_dut_file(path, suites));
  DutChoice choice;
  KARPSPEC_TRY(digest, file_digest(path));
  choice.file_digest = std::move(digest);
  choice.name = file.name;
  choice.numbers = file.numbers;
  choice.claims = script::claims_of(file.pics, file.child);
  choice.device_overrides = file.device_setup;
  choice.tester_overrides = file.tester_setup;
  choice.expected_file = file.expected;
  choice.overrides = overrides_of(file);
  choice.simulated = file.start.kind == dut::StartKind::embedded;
  if (!choice.simulated)
    choice.claims.patience = patience;
  choice.file = std::move(file);
  return choice;
}

// What CHOICE's device and tester are configured with that nobody is to read.
std::shared_ptr<HiddenSecrets> secrets_of(const DutChoice& choice) {
  auto secrets = std::make_shared<HiddenSecrets>();
  script::collect_secrets(choice.device_overrides, *secrets);
  script::collect_secrets(choice.tester_overrides, *secrets);
  return secrets;
}

// Tells what comes up about CHOICE's device while it is judged.
std::function<void(const std::string&)> note_about(const DutChoice& choice) {
  return [name = choice.name, secrets = secrets_of(choice)](const std::string& what) {
    std::cerr << "note: " + name + ": " + secrets->hide(what) + "\n";
  };
}

}  // namespace

std::string without_secrets(const std::string& text, const DutChoice& choice) {
  return secrets_of(choice)->hide(text);
}

Result<dut::DutFile> read_checked_dut_file(const std::string& path, const std::string& suites) {
  dut::DutFileChecks checks;
  for (const auto& [item, meaning] : script::read_pics(suites))
    checks.claims.push_back(item);
  checks.setup = script::check_setup;
  return dut::read_dut_file(path, checks);
}

Result<std::string> file_digest(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const Octets octets{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open())
    return fail(ErrorCode::io, path + ": cannot be read");
  return to_hex(crypto::sha256(octets));
}

Result<void> start_dut(DutChoice& choice, const std::string& suites,
                       const script::PlayOptions& play, unsigned copies) {
  if (!choice.file)
    return {};
  choice.lanes = has_its_own_network(choice.file->start.kind) ? std::max(1U, copies) : 1;
  KARPSPEC_TRY(worlds, choice.lanes == 1
                           ? worlds_of(*choice.file)
                           : dut::lanes(
                                 choice.lanes, [file = *choice.file] { return worlds_of(file); },
                                 note_about(choice)));
  choice.worlds = std::move(worlds);
  if (choice.simulated)
    return {};
  KARPSPEC_TRY(described,
               dut::check_adapter(*choice.file, choice.worlds, suites, choice.claims, play));
  choice.version = std::move(described.version);
  // Another image of the same name is another device: neither --resume nor merge joins the two.
  if (choice.file->start.container)
    choice.version += (choice.version.empty() ? "image " : ", image ") +
                      short_id(choice.file->start.container->record->image());
  choice.findings = std::move(described.findings);
  return {};
}

Result<DutChoice> choose_dut(const std::string& dut, const std::string& fault_name,
                             const std::string& suites, std::uint64_t seed) {
  if (dut != "embedded") {
    if (!fault_name.empty()) {
      return fail(ErrorCode::unsupported,
                  "--fault " + fault_name + ": only the embedded device has faults to choose");
    }
    auto chosen = choose_from_file(dut, suites);
    if (!chosen && chosen.error().code == ErrorCode::not_found &&
        !transcript::nearest(dut, {"embedded"}).empty())
      chosen.error().message += "; did you mean 'embedded'?";
    return chosen;
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
  choice.is_reference = !seams;
  choice.worlds = dut::embedded_worlds(choice.numbers, std::move(seams));
  return choice;
}

}  // namespace karpspec::cli
