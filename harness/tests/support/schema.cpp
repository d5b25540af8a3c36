#include "schema.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace karpspec::tests {

using valijson::adapters::NlohmannJsonAdapter;

struct Schema::State {
  valijson::Schema schema;
};

Schema::Schema(const std::filesystem::path& file, const std::string& definition)
    : state_(std::make_unique<State>()) {
  std::ifstream in(file);
  nlohmann::json document = nlohmann::json::parse(in);
  if (!definition.empty()) {
    nlohmann::json part = document.at("definitions").at(definition);
    part["definitions"] = document.at("definitions");
    document = std::move(part);
  }
  valijson::SchemaParser().populateSchema(NlohmannJsonAdapter(document), state_->schema);
}

Schema::~Schema() = default;
Schema::Schema(Schema&&) noexcept = default;
Schema& Schema::operator=(Schema&&) noexcept = default;

std::string Schema::complaint(const std::string& text) const {
  return complaint_about(nlohmann::json::parse(text));
}

std::string Schema::complaint_about(const nlohmann::json& value) const {
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(state_->schema, NlohmannJsonAdapter(value), &results))
    return {};
  std::string all = "refused";
  for (const auto& error : results) {
    all += "; ";
    for (const std::string& part : error.context)
      all += part;
    all += ": " + error.description;
  }
  return all;
}

nlohmann::json read_json(const std::string& text) {
  return nlohmann::json::parse(text, nullptr, false);
}

}  // namespace karpspec::tests
