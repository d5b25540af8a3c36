// Whatever a file holds, it is refused with a place or checked, and what can be converted says the
// same in the other form.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

#include "keyfile/check.h"
#include "keyfile/convert.h"
#include "keyfile/rulebook.h"
#include "require.h"
#include "source_dir.h"

namespace {

using namespace karpspec;

struct Rules {
  keytable::Rulebook book;
  std::optional<keyfile::ChainSchema> schema;
  Rules() {
    auto read = keyfile::read_rulebook(source_dir() + "/suites");
    require(read.has_value(), "the rules can be read");
    book = *std::move(read);
    std::ifstream in(source_dir() + "/suites/schema/key-chain.schema.json");
    std::ostringstream text;
    text << in.rdbuf();
    schema = *keyfile::ChainSchema::parse(text.str());
  }
};

// Number of rows in the other form, or nothing where it cannot be converted.
std::string convert(const std::string& text, const keyfile::ChainContext& context,
                    std::uint64_t& rows) {
  std::istringstream in(text);
  std::ostringstream out;
  const auto converted = keyfile::convert_table(in, "f", context, {}, out);
  if (!converted) {
    require(out.str().empty(), "nothing is written of what cannot be read");
    return {};
  }
  require(converted->left_out == 0, "only plain key chains leave something out");
  rows = converted->rows;
  return out.str();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Rules rules;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const keyfile::ChainContext context{rules.book, *rules.schema, "ospfv2", {"link"}, {"all"}};
  std::istringstream in(text);
  std::uint64_t violations = 0;
  const auto checked = keyfile::check_table(
      in, "f", context, {octets_of("salt"), 2000}, [&](const keyfile::Reported& what) {
        require(!what.message.empty() && !what.clause.document.empty(),
                "a finding says what is wrong");
        require(what.place.line > 0, "a finding has a place");
        violations += rules.book.rule(what.rule).advice ? 0 : 1;
      });
  if (!checked) {
    require(
        checked.error().message.starts_with("f:") || checked.error().message.starts_with("row "),
        "an error has a place");
    return 0;
  }
  require(violations == checked->violations, "violations are counted");
  std::uint64_t rows = 0, again = 0;
  const std::string other = convert(text, context, rows);
  if (other.empty())
    return 0;
  require(rows == checked->rows, "every row is converted");
  require(!convert(other, context, again).empty() && again == rows, "and converted back");
  return 0;
}
