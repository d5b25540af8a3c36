#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>

#include "cli/commands.h"
#include "keyfile/check.h"
#include "keyfile/convert.h"
#include "keyfile/rulebook.h"
#include "report/run_results.h"

namespace karpspec::cli {
namespace {

using report::Json;

// The rules and the schema that a command needs, with what the command line says about key chains.
struct Rules {
  keytable::Rulebook book;
  keyfile::ChainSchema schema;
  [[nodiscard]] keyfile::ChainContext context(const KeytableCommand& command) const {
    return {book, schema, command.protocol, command.peers, command.interfaces};
  }
};

Result<Rules> read_rules(const std::string& suites) {
  KARPSPEC_TRY(book, keyfile::read_rulebook(suites));
  KARPSPEC_TRY(schema, keyfile::ChainSchema::read(suites));
  return Rules{std::move(book), std::move(schema)};
}

std::string clause_text(const keytable::Clause& clause) {
  const bool profile = clause.document.ends_with("profile");
  return clause.document + (profile ? " " : " section ") + clause.section;
}

Json to_json(const keyfile::Reported& what, bool advice) {
  Json json = {{"rule", to_string(what.rule)},  {"kind", advice ? "advice" : "violation"},
               {"line", what.place.line},       {"column", what.place.column},
               {"message", what.message},       {"document", what.clause.document},
               {"section", what.clause.section}};
  if (what.row > 0) {
    json["row"] = what.row;
    json["name"] = what.name;
    json["vrf"] = what.vrf;
    json["field"] = to_string(what.field);
  }
  return json;
}

void print_line(const std::string& file, const keyfile::Reported& what, bool advice) {
  std::ostringstream line;
  line << file << ":" << what.place.line << ":" << what.place.column << ": ";
  if (what.row > 0) {
    line << "row " << what.row;
    if (!what.name.empty())
      line << " ('" << keytable::shown(what.name) << "')";
    line << ", " << to_string(what.field) << ": ";
  }
  line << what.message << " [" << (advice ? "advice " : "") << to_string(what.rule) << ", "
       << clause_text(what.clause) << "]\n";
  std::cout << line.str();
}

// The file to convert or check, or why it cannot be read.
Result<std::ifstream> open_input(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const bool empty = in.is_open() && in.peek() == std::ifstream::traits_type::eof() && !in.bad();
  if (in && !empty)
    return in;
  struct stat status {};
  const bool file = ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
  return fail(ErrorCode::not_found,
              path + (file && empty ? ":1:1: the file is empty" : ": cannot be read"));
}

// 32 that nobody can guess.
Octets octets_at_random() {
  std::random_device random;
  Octets octets(32);
  for (std::uint8_t& octet : octets)
    octet = static_cast<std::uint8_t>(random());
  return octets;
}

std::string counted(std::uint64_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

int keytable_check(const Common& common, const KeytableCommand& command) {
  const auto rules = read_rules(common.suites);
  if (!rules)
    return complain(rules.error().message);
  auto in = open_input(command.file);
  if (!in)
    return complain(in.error().message);
  keyfile::CheckOptions options;
  options.salt = octets_at_random();
  // Findings are printed as they come, so that a report of a million takes no memory either.
  bool first = true;
  const auto report = [&](const keyfile::Reported& what) {
    const bool advice = rules->book.rule(what.rule).advice;
    if (!command.json)
      return print_line(command.file, what, advice);
    std::cout << (first ? "{\"findings\": [\n" : ",\n") << "  "
              << report::json_text(to_json(what, advice));
    first = false;
  };
  const auto checked =
      keyfile::check_table(*in, command.file, rules->context(command), options, report);
  if (!checked) {
    if (command.json && !first)
      std::cout << "\n]}\n";
    const int code = complain(checked.error().message);
    return checked.error().code == ErrorCode::io ? not_judged : code;
  }
  const bool table = checked->form == keyfile::FileForm::table;
  if (command.json) {
    std::cout << (first ? "{\"findings\": [" : "\n")
              << "],\n \"file\": " << report::json_text(Json(command.file)) << ",\n \"form\": \""
              << (table ? "key table" : "RFC 8177") << "\",\n \"rows\": " << checked->rows
              << ",\n \"violations\": " << checked->violations
              << ",\n \"advice\": " << checked->advice << "}\n";
  }
  std::cerr << command.file << ": " << counted(checked->rows, table ? "row" : "key") << ", "
            << counted(checked->violations, "violation") << ", " << checked->advice
            << (checked->advice == 1 ? " piece of advice\n" : " pieces of advice\n");
  return checked->violations == 0 ? conforms : does_not;
}

namespace {

// Where converted keys go: a file that its owner alone can read, made new, or standard output.
class KeyOutput {
 public:
  explicit KeyOutput(std::string path) : path_(std::move(path)) {}
  KeyOutput(const KeyOutput&) = delete;
  KeyOutput& operator=(const KeyOutput&) = delete;
  ~KeyOutput() {
    if (!path_.empty() && !kept_ && file_.is_open())
      (void)std::remove(beside().c_str());
  }

  Result<std::ostream*> open() {
    if (path_.empty())
      return &std::cout;
    const int made = ::open(beside().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (made < 0 || ::fchmod(made, 0600) != 0 || ::close(made) != 0)
      return fail(ErrorCode::io, path_ + ": cannot be written");
    file_.open(beside(), std::ios::binary | std::ios::trunc);
    return &file_;
  }
  Result<void> keep() {
    if (path_.empty())
      return {};
    file_.close();
    kept_ = file_ && std::rename(beside().c_str(), path_.c_str()) == 0;
    if (!kept_)
      return fail(ErrorCode::io, path_ + ": cannot be written");
    return {};
  }

 private:
  [[nodiscard]] std::string beside() const { return path_ + ".part"; }
  std::string path_;
  std::ofstream file_;
  bool kept_ = false;
};

}  // namespace

int keytable_convert(const Common& common, const KeytableCommand& command) {
  const auto rules = read_rules(common.suites);
  if (!rules)
    return complain(rules.error().message);
  if (command.out.empty() && ::isatty(STDOUT_FILENO) == 1)
    return complain("keys are not shown on a terminal: give --out FILE, or redirect the output");
  auto in = open_input(command.file);
  if (!in)
    return complain(in.error().message);
  KeyOutput output(command.out);
  const auto out = output.open();
  if (!out)
    return complain(out.error().message);
  keyfile::ConvertOptions options;
  options.sealing_key = octets_at_random();
  options.json = command.json;
  options.plain = command.plain;
  if (!command.to.empty())
    options.to = command.to == "table" ? keyfile::FileForm::table : keyfile::FileForm::key_chains;
  const auto converted =
      keyfile::convert_table(*in, command.file, rules->context(command), options, **out);
  if (!converted)
    return complain(converted.error().message);
  if (const auto kept = output.keep(); !kept)
    return complain(kept.error().message);
  for (const std::string& line : converted->lost)
    std::cerr << command.file << ": " << line << "\n";
  std::cerr << command.file << ": " << counted(converted->rows, "key") << " converted";
  if (converted->left_out > 0)
    std::cerr << ", " << converted->left_out << " left out";
  std::cerr << "\n";
  return converted->left_out == 0 ? conforms : does_not;
}

}  // namespace karpspec::cli
