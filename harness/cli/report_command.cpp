#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/commands.h"
#include "cli/interop_run.h"
#include "cli/manifest.h"
#include "cli/pdf.h"
#include "fuzz/live/journal.h"

namespace karpspec::cli {
namespace {

namespace fs = std::filesystem;

Result<void> write(const std::string& directory, const std::string& name, const std::string& text) {
  const std::string path = directory + "/" + name;
  KARPSPEC_CHECK(report::write_file(path, text));
  std::cerr << path << "\n";
  return {};
}

std::string json_file(const report::Json& json) {
  return report::json_text(json, 1) + "\n";
}

struct Format {
  const char* name;
  const char* file;
  std::string (*text)(const report::RunResults&);  // nullptr: a PDF
};
constexpr std::array<Format, 6> formats = {{
    {"html", "report.html", [](const report::RunResults& results) { return to_html(results); }},
    {"junit", "junit.xml", [](const report::RunResults& results) { return to_junit(results); }},
    {"json", "results.json",
     [](const report::RunResults& results) { return json_file(to_json(results)); }},
    {"markdown", "summary.md",
     [](const report::RunResults& results) { return to_markdown(results); }},
    {"sarif", "results.sarif",
     [](const report::RunResults& results) { return json_file(to_sarif(results)); }},
    {"pdf", "report.pdf", nullptr},
}};

Result<void> write_run(const report::RunResults& results, const std::string& out,
                       const std::string& wanted) {
  const auto format = std::find_if(formats.begin(), formats.end(),
                                   [&](const Format& each) { return wanted == each.name; });
  if (format->text != nullptr)
    return write(out, format->file, format->text(results));
  const std::string path = out + "/" + format->file;
  // It is printed from elsewhere: links to files would lead there.
  KARPSPEC_CHECK(write_pdf(path, to_html(results, report::Medium::paper)));
  std::cerr << path << "\n";
  return {};
}

Result<void> write_proof(const std::string& directory, const std::string& out,
                         const std::string& format) {
  KARPSPEC_TRY(proof, report::read_proof(directory));
  if (format == "html")
    return write(out, "proof.html", report::to_html(proof));
  if (format == "json")
    return write(out, "proof.json", json_file(report::to_json(proof)));
  return fail(ErrorCode::unsupported,
              directory + ": holds a proof, which is written as html or json, not as " + format);
}

// What cannot be looked at is not there.
bool is_there(const std::string& directory, const char* name) {
  std::error_code error;
  return fs::exists(fs::path(directory) / name, error);
}

// The command that goes on with the run in DIRECTORY, by what its journal says of itself. What it
// is played with, and on, is not in a journal.
std::string command_of_journal(const std::string& directory) {
  std::ifstream in(directory + "/journal.jsonl", std::ios::binary);
  std::string line;
  std::getline(in, line);
  const auto head = report::Json::parse(line, nullptr, false);
  const auto kind = head.is_object() ? head.value("journal", report::Json()) : report::Json();
  if (kind == interop_journal)
    return "interop MATRIX";
  return kind == fuzz::Journal::name ? "fuzz --dut FILE" : "run";
}

// Whether a run in DIRECTORY has ended: a test run, a proof, a matrix or a campaign.
bool holds_results(const std::string& directory) {
  return is_there(directory, "results.json") || is_there(directory, "proof.json") ||
         holds_interop(directory) || is_there(directory, "fuzz.json");
}

// Why DIRECTORY holds nothing to report, where it does not.
std::string nothing_in(const std::string& directory, const char* wanted) {
  std::error_code error;
  if (!fs::exists(directory, error))
    return directory + ": " + (error ? error.message() : "there is no such directory");
  if (!is_there(directory, "journal.jsonl"))
    return directory + ": holds " + wanted;
  for (const char* done : {"interop.json", "fuzz.json"})
    if (is_there(directory, done))
      return directory + ": holds " + done + ", which has its page beside it, and " + wanted;
  return directory + ": its run did not end; 'karpspec " + command_of_journal(directory) +
         " --out " + shell_word(directory) + " --resume' goes on with it";
}

// Files of evidence are named from where the report is. A folder's name with a colon must not look
// like a scheme's (RFC 3986 section 4.2).
void move_evidence(report::RunResults& results, std::string link) {
  if (link.substr(0, link.find('/')).find(':') != std::string::npos)
    link.insert(0, "./");
  for (report::TestResult& test : results.tests) {
    for (std::string* file : {&test.capture, &test.keys, &test.transcript}) {
      if (!file->empty())
        file->insert(0, link + "/");
    }
  }
}

bool is_same(const std::string& one, const std::string& other) {
  std::error_code error;
  return fs::weakly_canonical(one, error) == fs::weakly_canonical(other, error);
}

Result<void> write_formats(const ReportCommand& command, const std::string& directory,
                           const std::string& out) {
  const bool run = is_there(directory, "results.json");
  const bool proof = is_there(directory, "proof.json");
  if (!run && !proof && command.formats.empty())
    return {};
  if (!run && !proof)
    return fail(ErrorCode::not_found, nothing_in(directory, "neither results.json nor proof.json"));
  std::optional<report::RunResults> results;
  if (run) {
    KARPSPEC_TRY(read, report::read_results(directory));
    results = std::move(read);
    if (!is_same(directory, out))
      move_evidence(*results, link_to(directory, out));
  }
  for (const std::string& format : command.formats) {
    if (results)
      KARPSPEC_CHECK(write_run(*results, out, format));
    // Of a folder with both, what a proof has not is the run's.
    if (proof && !(run && format != "html" && format != "json"))
      KARPSPEC_CHECK(write_proof(directory, out, format));
  }
  return {};
}

}  // namespace

std::string link_to(const std::string& directory, const std::string& out) {
  const fs::path from = fs::absolute(out).lexically_normal();
  const fs::path to = fs::absolute(directory).lexically_normal();
  std::string link = to.lexically_relative(from).generic_string();
  while (link.ends_with('/'))
    link.pop_back();
  return link.empty() ? to.string() : link;
}

Result<report::RunResults> read_run(const std::string& directory) {
  if (!is_there(directory, "results.json"))
    return fail(ErrorCode::not_found, nothing_in(directory, "no results.json"));
  return report::read_results(directory);
}

Result<void> sign(const std::string& directory, const std::string& key_and_certificate) {
  if (key_and_certificate.empty())
    return {};
  const auto comma = key_and_certificate.find(',');
  const std::string key = key_and_certificate.substr(0, comma);
  const std::string certificate =
      comma == std::string::npos ? "" : key_and_certificate.substr(comma + 1);
  if (key.empty() || certificate.empty() || certificate.find(',') != std::string::npos)
    return fail(ErrorCode::bad_value, "--sign " + key_and_certificate +
                                          ": expected KEY,CERT: two files in PEM with a comma "
                                          "between them");
  KARPSPEC_CHECK(sign_directory(directory, key, certificate));
  for (const char* name : {manifest_name, signature_name})
    std::cerr << directory << "/" << name << "\n";
  return {};
}

int complain(const Error& error) {
  // What is asked for is in order: it is this machine that cannot do it.
  const bool failed = error.code == ErrorCode::io || error.code == ErrorCode::timeout ||
                      error.code == ErrorCode::internal;
  complain(error.message);
  return failed ? not_judged : bad_input;
}

int report(const ReportCommand& command) {
  if (!command.out.empty() && command.directories.size() > 1)
    return complain(
        "--out takes the reports of one run ('karpspec report merge' makes one of its "
        "shards, 'karpspec report compare' holds runs side by side)");
  for (const std::string& directory : command.directories) {
    const std::string out = command.out.empty() ? directory : command.out;
    if (!command.out.empty()) {
      if (const auto ready = writable_directory(out); !ready)
        return complain(ready.error());
    }
    // To sign what there is no other format is needed.
    if (command.formats.empty() && !holds_results(directory))
      return complain(nothing_in(directory, "neither results.json nor proof.json"));
    if (const auto written = write_formats(command, directory, out); !written)
      return complain(written.error());
    if (const auto is_signed = sign(out, command.sign); !is_signed)
      return complain(is_signed.error());
  }
  return conforms;
}

int verify(const VerifyCommand& command) {
  const auto found = verify_directory(command.directory, command.certificate, command.issuers);
  if (!found)
    return complain(found.error());
  const auto tell = [](const char* what, const std::vector<std::string>& files) {
    for (const std::string& file : files)
      std::cerr << what << "  " << file << "\n";
  };
  if (found->signer.empty())
    std::cerr << "the signature does not verify: " << found->wrong << "\n";
  tell("changed", found->changed);
  tell("added  ", found->added);
  tell("removed", found->removed);
  if (!found->holds())
    return does_not;
  std::cerr << command.directory << ": as signed by " << found->signer << "\n";
  if (command.certificate.empty() && command.issuers.empty())
    std::cerr << "note: nobody vouches for that name; --cert and --trust say whom you know\n";
  return conforms;
}

}  // namespace karpspec::cli
