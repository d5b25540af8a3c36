#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

#include "base/for_each_index.h"
#include "capture/keys_file.h"
#include "capture/pcapng_writer.h"
#include "cli/commands.h"
#include "crypto/digest.h"
#include "lab/data_folder.h"
#include "observer/secrets_file.h"
#include "oracle/mrkmp/group_message.h"
#include "transcript/node.h"

namespace karpspec::cli {
namespace {

namespace fs = std::filesystem;

}  // namespace

Result<std::string> find_suites(const std::string& given) {
  const std::string place =
      given.empty() ? process_environment()("KARPSPEC_SUITES").value_or("") : given;
  if (place.empty()) {
    KARPSPEC_TRY(data, lab::data_folder());
    return (data / "suites").string();
  }
  if (std::error_code code; fs::is_directory(fs::path(place) / "requirements", code))
    return place;
  return fail(ErrorCode::not_found, place + ": no folder of suites (it has no requirements/)");
}

int complain(const std::string& message) {
  std::cerr << "karpspec: " << message << "\n";
  return bad_input;
}

std::string shell_word(const std::string& text) {
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("_-./:=,@%+").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (plain)
    return text;
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  }
  return quoted + "'";
}

std::string repeat_command(const Common& common, const std::string& dut, const std::string& fault) {
  std::string text = "karpspec run {test} --dut " + shell_word(dut) + " --seed {seed}";
  if (!fault.empty())
    text += " --fault " + shell_word(fault);
  if (common.other_suites)
    text += " --suites " + shell_word(common.suites);
  return text;
}

unsigned job_count(unsigned wanted) {
  if (wanted != 0)
    return wanted;
  return std::max(1U, std::thread::hardware_concurrency());
}

Result<std::string> suites_digest(const std::string& suites) {
  namespace fs = std::filesystem;
  std::vector<std::string> names;
  const std::string above = suites.ends_with('/') ? suites : suites + "/";
  std::error_code error;
  for (fs::recursive_directory_iterator at(above, error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().native().substr(above.size());
    if (at->is_regular_file(error) && !name.ends_with(".md") && !name.starts_with("schema/"))
      names.push_back(name);
  }
  if (error)
    return fail(ErrorCode::io, suites + ": " + error.message());
  std::sort(names.begin(), names.end());
  Octets all;
  for (const std::string& name : names) {
    std::ifstream in(above + name, std::ios::binary);
    if (!in.is_open())
      return fail(ErrorCode::io, above + name + ": cannot be read");
    std::ostringstream content;
    content << in.rdbuf();
    append(all, octets_of(name + " " + std::to_string(content.view().size()) + "\n"));
    append(all, octets_of(content.view()));
  }
  return to_hex(crypto::sha256(all));
}

std::string profile_version(const std::string& suites) {
  const auto profile = transcript::read_yaml(suites + "/profile.yaml", "suites/profile.yaml");
  if (!profile)
    return "unknown";
  const transcript::Node* version = profile->find("version");
  return version == nullptr ? "unknown" : version->text();
}

std::string version_text(const std::string& program, const std::string& given) {
  const std::string version = program + " " + KARPSPEC_VERSION + "\n";
  const auto suites = find_suites(given);
  if (!suites)
    return version + "suites: " + suites.error().message;
  const auto tests = script::count_tests(*suites);
  const auto digest = suites_digest(*suites);
  if (!tests || !digest)
    return version + "suites: " + (tests ? digest.error().message : tests.error().message);
  return version + "profile " + profile_version(*suites) + "\n" +
         "suites: " + std::to_string(*tests) + " tests, SHA-256 " + *digest + ", in " + *suites;
}

std::string wall_clock() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::vector<verdict::Requirement> requirement_list(const script::Suite& suite) {
  std::vector<verdict::Requirement> rows;
  for (const auto& [id, row] : suite.requirements)
    rows.push_back(row);
  return rows;
}

namespace {

bool is_date(const std::string& text) {
  constexpr std::string_view pattern = "0000-00-00";
  if (text.size() != pattern.size())
    return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (pattern[i] == '0' ? !digit : text[i] != pattern[i])
      return false;
  }
  const int month = std::stoi(text.substr(5, 2));
  const int day = std::stoi(text.substr(8, 2));
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

// What is worth expecting: passes are expected of everything else.
bool is_verdict(const std::string& text) {
  return text == to_string(verdict::Verdict::fail) ||
         text == to_string(verdict::Verdict::inconclusive) ||
         text == to_string(verdict::Verdict::error);
}

}  // namespace

bool Expected::has(verdict::Verdict found) const {
  return verdict == to_string(found) || (now_and_then && found == verdict::Verdict::pass);
}

Result<std::map<std::string, Expected>> read_expected(const std::string& path) {
  KARPSPEC_TRY(root, transcript::read_yaml(path));
  KARPSPEC_CHECK(root.check_keys({"expected"}, "expected-results file"));
  const transcript::Node* list = root.find("expected");
  if (list == nullptr || !list->is_list())
    return root.error("expected a list 'expected'");
  std::map<std::string, Expected> all;
  for (const transcript::Node& item : list->items()) {
    KARPSPEC_CHECK(
        item.check_keys({"test", "verdict", "reason", "until", "often"}, "expected result"));
    Expected entry;
    std::string test;
    for (const auto& [key, to] : {std::pair<const char*, std::string*>{"test", &test},
                                  {"verdict", &entry.verdict},
                                  {"reason", &entry.reason},
                                  {"until", &entry.until}}) {
      const transcript::Node* value = item.find(key);
      if (value == nullptr)
        return item.error(std::string("an expected result has a ") + key);
      KARPSPEC_TRY(text, value->scalar(key));
      *to = std::move(text);
    }
    if (const transcript::Node* often = item.find("often")) {
      KARPSPEC_TRY(text, often->scalar("often"));
      if (text != "now and then")
        return often->error("often: expected 'now and then', or nothing for always");
      entry.now_and_then = true;
    }
    entry.where = item.where();
    if (!is_date(entry.until)) {
      return item.find("until")->error("until: '" + entry.until +
                                       "' is no date, expected YYYY-MM-DD");
    }
    if (!is_verdict(entry.verdict)) {
      return item.find("verdict")->error("verdict: '" + entry.verdict +
                                         "', expected one of: fail, inconclusive, error");
    }
    if (entry.reason.empty())
      return item.find("reason")->error("reason: an expected result has one");
    if (!all.emplace(test, entry).second)
      return item.error("'" + test + "' is listed twice");
  }
  return all;
}

std::vector<verdict::Finding> hold_against(const std::map<std::string, Expected>& expected,
                                           const std::string& today,
                                           std::vector<report::TestResult>& tests,
                                           const std::set<std::string>& all) {
  using Kind = verdict::Finding::Kind;
  std::vector<verdict::Finding> findings;
  for (report::TestResult& test : tests) {
    const auto found = expected.find(test.test);
    if (found == expected.end())
      continue;
    const Expected& entry = found->second;
    if (entry.until < today) {
      findings.push_back({Kind::expected, test.test,
                          "the expectation of " + entry.verdict + " ran out on " + entry.until +
                              ", and it is " + to_string(test.verdict) + " (" + entry.where + ")"});
    } else if (!entry.has(test.verdict)) {
      findings.push_back({Kind::expected, test.test,
                          std::string(to_string(test.verdict)) + " where " + entry.verdict +
                              " was expected until " + entry.until + ": " + entry.reason + " (" +
                              entry.where + ")"});
    } else if (test.verdict != verdict::Verdict::pass) {
      test.expected = entry.reason;
      test.expected_until = entry.until;
    }
  }
  for (const auto& [test, entry] : expected) {
    if (!all.empty() && !all.contains(test))
      findings.push_back({Kind::expected, "",
                          "'" + test + "' is expected to be " + entry.verdict +
                              ", and there is no such test (" + entry.where + ")"});
  }
  return findings;
}

namespace {

// Also from one file system to another.
Result<void> move_file(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (!error)
    return {};
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
  if (error)
    return fail(ErrorCode::io, to.string() + ": " + error.message());
  fs::remove(from, error);
  return {};
}

}  // namespace

Result<void> writable_directory(const std::string& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error)
    return fail(ErrorCode::io, directory + ": " + error.message());
  if (access(directory.c_str(), W_OK | X_OK) != 0)
    return fail(ErrorCode::io, directory + ": " + std::strerror(errno));
  return {};
}

// What crossed the tester's end, datagrams and IP packets in the order of time.
Result<void> write_capture(const std::string& path, const script::Outcome& outcome) {
  KARPSPEC_TRY(writer, capture::PcapngWriter::create(path));
  auto packet = outcome.packets.begin();
  const auto write_packets = [&](Time until) -> Result<void> {
    for (; packet != outcome.packets.end() && packet->time < until; ++packet) {
      KARPSPEC_TRY(frame, capture::ethernet_frame(packet->packet));
      KARPSPEC_CHECK(writer.write_frame(frame, frame.size(), packet->time));
    }
    return {};
  };
  for (const script::Captured& captured : outcome.datagrams) {
    KARPSPEC_CHECK(write_packets(captured.time));
    KARPSPEC_CHECK(writer.write(captured.datagram, captured.time));
  }
  KARPSPEC_CHECK(write_packets(Time::max()));
  return writer.flush();
}

Result<void> write_evidence(const std::string& directory, script::Outcome& outcome) {
  verdict::TestResult& result = outcome.result;
  const fs::path base = fs::path(directory) / "tests" / result.test;
  std::error_code error;
  fs::create_directories(base.parent_path(), error);
  if (error)
    return fail(ErrorCode::io, base.parent_path().string() + ": " + error.message());
  const std::string name = "tests/" + result.test;
  if (outcome.wire_capture) {
    result.capture = name + ".pcapng";
    KARPSPEC_CHECK(move_file(outcome.wire_capture->path(), directory + "/" + result.capture));
  } else if (!outcome.datagrams.empty() || !outcome.packets.empty()) {
    result.capture = name + ".pcapng";
    KARPSPEC_CHECK(write_capture(directory + "/" + result.capture, outcome));
  }
  if (!outcome.keys.empty() || !outcome.keks.empty()) {
    std::string table;
    // As the key of an SA with the SPIs that a message to the group has (P-208).
    for (const oracle::mrkmp::GroupKey& kek : outcome.keks) {
      crypto::IkeKeys keys;
      keys.SK_ei = Secret(kek.key.view());
      keys.SK_er = Secret(kek.key.view());
      table += capture::decryption_line(kek.id, 0, oracle::mrkmp::suite_of_kek(), keys) + "\n";
    }
    for (const script::SaKeys& sa : outcome.keys) {
      table += capture::decryption_line(sa.spi_i, sa.spi_r, sa.suite, sa.keys) + "\n";
    }
    result.keys = name + ".keys";
    KARPSPEC_CHECK(capture::write_private_file(directory + "/" + result.keys, table));
  }
  std::vector<observer::PrivateValue> private_values;
  for (const script::SaKeys& sa : outcome.keys)
    private_values.push_back({sa.group, sa.private_value.clone()});
  if (!private_values.empty()) {
    KARPSPEC_CHECK(capture::write_private_file(
        base.string() + ".secrets.yaml",
        observer::secrets_text(outcome.preshared_keys, private_values)));
  }
  if (!outcome.key_table.empty()) {
    const std::string table = name + ".keytable.yaml";
    KARPSPEC_CHECK(capture::write_private_file(directory + "/" + table, outcome.key_table));
    if (result.keys.empty())
      result.keys = table;
  }
  if (!outcome.transcript.empty()) {
    result.transcript = name + ".txt";
    std::ofstream out(directory + "/" + result.transcript, std::ios::trunc);
    if (!(out << outcome.transcript).flush()) {
      return fail(ErrorCode::io, directory + "/" + result.transcript + ": cannot be written");
    }
  }
  return {};
}

Result<void> write_reports(const std::string& directory, const report::RunResults& results,
                           unsigned jobs) {
  // What takes longest begins first.
  std::array<Result<void>, 3> written;
  for_each_index(written.size(), jobs, [&](std::size_t i) {
    if (i == 0)
      written[i] = report::write_file(directory + "/report.html", report::to_html(results));
    else if (i == 1)
      written[i] = report::write_file(directory + "/results.json",
                                      report::json_text(report::to_json(results), 1) + "\n");
    else
      written[i] = report::write_file(directory + "/junit.xml", report::to_junit(results));
  });
  for (const Result<void>& each : written)
    KARPSPEC_CHECK(each);
  return {};
}

Result<void> write_reports(const std::string& directory, const report::Proof& proof) {
  KARPSPEC_CHECK(report::write_file(directory + "/proof.json",
                                    report::json_text(report::to_json(proof), 1) + "\n"));
  return report::write_file(directory + "/proof.html", report::to_html(proof));
}

}  // namespace karpspec::cli
