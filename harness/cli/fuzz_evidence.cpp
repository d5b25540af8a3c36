#include "cli/fuzz_evidence.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/hidden_secrets.h"
#include "capture/keys_file.h"
#include "crypto/certificate.h"
#include "script/secrets.h"

namespace karpspec::cli {
namespace {

namespace fs = std::filesystem;

Result<std::string> text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in.is_open())
    return fail(ErrorCode::io, path + ": cannot be read");
  return text.str();
}

// "crash: heap-buffer-overflow in keep_nonce" -> "crash-heap-buffer-overflow-in-keep_nonce"
std::string folder_name(const std::string& signature) {
  constexpr std::size_t longest = 60;
  std::string out;
  for (const char c : signature) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
    if (plain)
      out += c;
    else if (!out.empty() && out.back() != '-')
      out += '-';
  }
  out.resize(std::min(out.size(), longest));
  while (!out.empty() && out.back() == '-')
    out.pop_back();
  return out;
}

Result<void> write_text(const fs::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  if (!(out << text).flush())
    return fail(ErrorCode::io, path.string() + ": cannot be written");
  return {};
}

std::string operations_text(const fuzz::Case& one) {
  std::string title = one.title();
  const std::string lead = one.exchange->name + ": ";
  return title.starts_with(lead) ? title.substr(lead.size()) : title;
}

}  // namespace

Result<fuzz::Material> fuzz_material(const std::string& suites) {
  fuzz::Material out;
  for (const auto& [name, file] :
       {std::pair("a certificate that is its own issuer", "tester-self-signed.crt"),
        {"the certificate of an authority", "ca.crt"},
        {"the certificate of another authority", "other-ca.crt"}}) {
    KARPSPEC_TRY(pem, text_of(suites + "/credentials/" + file));
    KARPSPEC_TRY(certificate, crypto::Certificate::from_pem(pem));
    out.certificates[name] = certificate.der();
  }
  return out;
}

std::string FuzzEvidence::name_of(const fuzz::Finding& finding) {
  auto known = names_.find(finding.signature);
  if (known == names_.end()) {
    std::string number = std::to_string(names_.size() + 1);
    number.insert(0, number.size() < 3 ? 3 - number.size() : 0, '0');
    known = names_.emplace(finding.signature, number + "-" + folder_name(finding.signature)).first;
  }
  return known->second;
}

std::string FuzzEvidence::repeat(const fuzz::Finding& finding) {
  if (command_.out.empty())
    return {};
  std::string text = "karpspec run " +
                     shell_word(command_.out + "/findings/" + name_of(finding) + "/scenario.yaml") +
                     " --dut " + shell_word(command_.dut);
  if (common_.other_suites)
    text += " --suites " + shell_word(common_.suites);
  return text;
}

Result<void> FuzzEvidence::write(const fuzz::Finding& finding) {
  const fs::path folder = fs::path(command_.out) / "findings" / name_of(finding);
  KARPSPEC_CHECK(writable_directory(folder.string()));
  KARPSPEC_CHECK(write_text(folder / "scenario.yaml", finding.scenario));
  if (!finding.said.empty()) {
    // A device says what it likes, of keys too that we do not know: it is not for everybody.
    HiddenSecrets secrets;
    if (finding.outcome)
      script::collect_secrets(*finding.outcome, secrets);
    KARPSPEC_CHECK(
        capture::write_private_file((folder / "stderr.txt").string(), secrets.hide(finding.said)));
  }
  script::Outcome outcome;
  outcome.result.test = "evidence";
  if (finding.outcome) {
    outcome.datagrams = finding.outcome->datagrams;
    for (const script::SaKeys& sa : finding.outcome->keys)
      outcome.keys.push_back(
          {sa.spi_i, sa.spi_r, sa.suite, sa.keys.clone(), sa.group, sa.private_value.clone()});
    for (const Secret& key : finding.outcome->preshared_keys)
      outcome.preshared_keys.push_back(key.clone());
    outcome.transcript = finding.outcome->transcript;
  }
  KARPSPEC_CHECK(write_evidence(folder.string(), outcome));
  for (const auto& [from, to] : {std::pair("evidence.pcapng", "capture.pcapng"),
                                 {"evidence.keys", "keys"},
                                 {"evidence.secrets.yaml", "secrets.yaml"},
                                 {"evidence.txt", "transcript.txt"}}) {
    std::error_code ignored;
    fs::rename(folder / "tests" / from, folder / to, ignored);
  }
  std::error_code ignored;
  fs::remove_all(folder / "tests", ignored);
  std::string text = "# " + finding.signature + "\n\n" + finding.text + "\n\n";
  text += "Found by case " + std::to_string(finding.number) + " of seed " +
          std::to_string(command_.seed) + ", after " +
          std::to_string(static_cast<int>(finding.seconds)) + " s and " +
          std::to_string(finding.messages) + " messages: " + finding.original.title() + ".\n";
  if (!(finding.reduced.title() == finding.original.title()))
    text += "The least that shows it: " + finding.reduced.title() + ".\n";
  if (finding.reproduced)
    text += "It was seen again on a device that had just been reset";
  else
    text +=
        "It was not seen again on a device that had just been reset: what came before it has a "
        "part in it";
  text += ".\n\nAgain:\n\n```\n" + repeat(finding) + "\n```\n\n";
  text +=
      "`capture.pcapng` is what went over the wire then, `keys` opens it (`karpspec decode "
      "capture.pcapng --keys keys`), `secrets.yaml` has what these follow from, `transcript.txt` "
      "is "
      "all of it in words";
  text += std::string(finding.said.empty() ? "" : ", `stderr.txt` what the device said") + ".\n";
  return write_text(folder / "README.md", text);
}

void fill_fuzz_run(const fuzz::Campaign& campaign, const std::vector<fuzz::LeftOut>& left_out,
                   FuzzEvidence& evidence, report::FuzzRun& run) {
  const fuzz::Progress& progress = campaign.progress();
  run.cases = progress.played;
  run.not_playable = progress.not_playable;
  run.unfinished = progress.unfinished;
  run.messages = progress.messages;
  run.restarts = progress.restarts;
  run.systematic = campaign.generator().systematic();
  for (const fuzz::Target& target : campaign.generator().targets())
    run.exchanges.push_back(target.exchange->name);
  for (const fuzz::LeftOut& one : left_out)
    run.left_out.emplace_back(one.exchange, one.reason);
  for (const auto& [place, cells] : campaign.coverage()) {
    report::FuzzPlace row{place, {}};
    for (const auto& [operation, cell] : cells)
      row.cells.push_back({operation, cell.played, cell.findings});
    run.coverage.push_back(std::move(row));
  }
  for (const fuzz::Finding& finding : campaign.findings()) {
    report::FuzzFinding out;
    out.repeat = evidence.repeat(finding);
    out.name = evidence.name_of(finding);
    out.symptom = to_string(finding.symptom);
    out.signature = finding.signature;
    out.text = finding.text;
    out.reproduced = finding.reproduced;
    out.exchange = finding.reduced.exchange->name;
    out.operations = operations_text(finding.reduced);
    out.number = finding.number;
    out.seconds = finding.seconds;
    out.messages = finding.messages;
    out.seen = finding.seen;
    out.scenario = finding.scenario;
    if (finding.outcome)
      out.exchanged = finding.outcome->result.exchange;
    constexpr std::size_t most = 60;
    if (out.exchanged.size() > most)
      out.exchanged.resize(most);
    run.findings.push_back(std::move(out));
  }
}

}  // namespace karpspec::cli
