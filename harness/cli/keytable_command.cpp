#include <fstream>
#include <iostream>
#include <random>
#include <sstream>

#include "cli/commands.h"
#include "keyfile/check.h"
#include "keyfile/rulebook.h"
#include "report/run_results.h"

namespace karpspec::cli {
namespace {

using report::Json;

// The rules and the schema that a command needs, with what the command line says about key chains.
struct Rules {
  keytable::Rulebook book;
  std::string schema;
  [[nodiscard]] keyfile::ChainContext context(const KeytableCommand& command) const {
    return {book, schema, command.protocol, command.peers, command.interfaces};
  }
};

Result<Rules> read_rules(const std::string& suites) {
  KARPSPEC_TRY(book, keyfile::read_rulebook(suites));
  const std::string path = suites + "/schema/key-chain.schema.json";
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in || text.str().empty())
    return fail(ErrorCode::not_found, path + ": cannot be read");
  return Rules{std::move(book), text.str()};
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

std::string counted(std::uint64_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

int keytable_check(const Common& common, const KeytableCommand& command) {
  const auto rules = read_rules(common.suites);
  if (!rules)
    return complain(rules.error().message);
  std::ifstream in(command.file, std::ios::binary);
  if (!in || in.peek() == std::ifstream::traits_type::eof())
    return complain(command.file + ": " +
                    (in.is_open() && in.eof() ? "is empty" : "cannot be read"));
  keyfile::CheckOptions options;
  std::random_device random;
  options.salt.resize(32);
  for (std::uint8_t& octet : options.salt)
    octet = static_cast<std::uint8_t>(random());
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
      keyfile::check_table(in, command.file, rules->context(command), options, report);
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

}  // namespace karpspec::cli
