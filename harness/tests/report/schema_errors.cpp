#include "schema_errors.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace karpspec::report {

std::vector<std::string> schema_errors(const std::string& text, const std::string& name) {
  std::ifstream in(std::string(KARPSPEC_SOURCE_DIR) + "/reports/schema/" + name);
  const auto document = nlohmann::json::parse(in);
  valijson::Schema schema;
  valijson::SchemaParser parser;
  parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(document), schema);
  valijson::Validator validator;
  valijson::ValidationResults found;
  const auto value = nlohmann::json::parse(text);
  std::vector<std::string> errors;
  if (!validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(value), &found)) {
    valijson::ValidationResults::Error error;
    while (found.popError(error)) {
      std::string place;
      for (const std::string& part : error.context)
        place += part;
      errors.push_back(place + ": " + error.description);
    }
    errors.emplace_back("invalid");
  }
  return errors;
}

}  // namespace karpspec::report
