#include "schema/json_schema.h"

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace karpspec::schema {

using nlohmann::json;
using valijson::adapters::NlohmannJsonAdapter;

struct JsonSchema::State {
  json document;  // the schema refers to it
  valijson::Schema schema;
  valijson::Validator validator;  // keeps the expressions of patterns that it has made
};

JsonSchema::JsonSchema(std::unique_ptr<State> state) : state_(std::move(state)) {}
JsonSchema::JsonSchema(JsonSchema&&) noexcept = default;
JsonSchema& JsonSchema::operator=(JsonSchema&&) noexcept = default;
JsonSchema::~JsonSchema() = default;

Result<JsonSchema> JsonSchema::make(const json& document, const std::string& definition) {
  auto state = std::make_unique<State>();
  const auto all = document.find("definitions");
  if (!definition.empty() && (all == document.end() || !all->contains(definition)))
    return fail(ErrorCode::not_found, "the schema has no definition '" + definition + "'");
  try {
    state->document = definition.empty() ? document : (*all)[definition];
    if (!definition.empty())
      state->document["definitions"] = *all;
    valijson::SchemaParser().populateSchema(NlohmannJsonAdapter(state->document), state->schema);
  } catch (const std::exception& problem) {
    return fail(ErrorCode::bad_value, problem.what());
  }
  return JsonSchema(std::move(state));
}

std::vector<JsonSchema::Complaint> JsonSchema::check(const json& value) const {
  std::vector<Complaint> complaints;
  valijson::ValidationResults results;
  if (state_->validator.validate(state_->schema, NlohmannJsonAdapter(value), &results))
    return complaints;
  valijson::ValidationResults::Error error;
  while (results.popError(error))
    complaints.push_back({error.context, error.description});
  if (complaints.empty())
    complaints.push_back({{}, "it does not conform to the schema"});
  return complaints;
}

}  // namespace karpspec::schema
