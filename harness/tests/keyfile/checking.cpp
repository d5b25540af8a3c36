#include "checking.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "keyfile/rulebook.h"

namespace karpspec::keyfile {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

const keytable::Rulebook& book() {
  static const keytable::Rulebook rules = [] {
    auto read = read_rulebook(KARPSPEC_SOURCE_DIR "/suites");
    if (!read) {
      std::cerr << read.error().message << "\n";
      std::abort();
    }
    return *std::move(read);
  }();
  return rules;
}

ChainContext context_for(std::string protocol, std::vector<std::string> peers) {
  static const ChainSchema schema =
      *ChainSchema::parse(text_of(KARPSPEC_SOURCE_DIR "/suites/schema/key-chain.schema.json"));
  return {book(), schema, std::move(protocol), std::move(peers), {"all"}};
}

std::vector<std::string> Outcome::faults() const {
  std::vector<std::string> out;
  for (const Reported& what : reported)
    out.push_back(std::to_string(what.row) + " " + to_string(what.rule) +
                  (what.row > 0 ? std::string(" ") + to_string(what.field) : ""));
  std::sort(out.begin(), out.end());
  return out;
}

std::string Outcome::text() const {
  std::string out = error.empty() ? "" : error + "\n";
  for (const Reported& what : reported)
    out += std::to_string(what.place.line) + ":" + std::to_string(what.place.column) + ": " +
           what.name + ": " + what.message + " [" + to_string(what.rule) + ", " +
           what.clause.document + " " + what.clause.section + "]\n";
  return out;
}

Outcome check_text(const std::string& text, const ChainContext& context, std::size_t memory) {
  std::istringstream in(text);
  Outcome outcome;
  CheckOptions options;
  options.salt = octets_of("salt");
  options.memory = memory;
  auto checked = check_table(in, "table", context, options,
                             [&](const Reported& what) { outcome.reported.push_back(what); });
  if (checked)
    outcome.checked = *checked;
  else
    outcome.error = checked.error().message;
  return outcome;
}

std::string row_text(const std::string& name,
                     const std::vector<std::pair<std::string, std::string>>& values) {
  std::vector<std::pair<std::string, std::string>> fields = {
      {"AdminKeyName", name},
      {"LocalKeyName", "\"1\""},
      {"Peers", "link"},
      {"Interfaces", "[eth0]"},
      {"Protocol", "ospfv2"},
      {"KDF", "none"},
      {"AlgID", "hmac-sha-256"},
      {"Key", "9f4a1c0e7d2b58366ea1f0c4937d5b2818e6a07fc3d94b5512af86e07b3dc961"},
      {"Direction", "both"},
      {"SendLifetimeStart", "19700101000000Z"},
      {"SendLifetimeEnd", "99991231235959Z"},
      {"AcceptLifetimeStart", "19700101000000Z"},
      {"AcceptLifetimeEnd", "99991231235959Z"}};
  for (const auto& [field, value] : values) {
    const auto at = std::find_if(fields.begin(), fields.end(), [&wanted = field](const auto& one) {
      return one.first == wanted;
    });
    if (at == fields.end())
      fields.emplace_back(field, value);
    else
      at->second = value;
  }
  std::string out;
  for (const auto& [field, value] : fields)
    if (!value.empty())
      out += (out.empty() ? "{" : ", ") + field + ": " + value;
  return out + "}";
}

}  // namespace karpspec::keyfile
