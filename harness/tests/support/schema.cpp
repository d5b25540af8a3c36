#include "schema.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace karpspec::tests {
namespace {

schema::JsonSchema read_schema(const std::filesystem::path& file, const std::string& definition) {
  std::ifstream in(file);
  auto schema = schema::JsonSchema::make(nlohmann::json::parse(in), definition);
  if (!schema)
    throw std::runtime_error(file.string() + ": " + schema.error().message);
  return std::move(*schema);
}

}  // namespace

Schema::Schema(const std::filesystem::path& file, const std::string& definition)
    : schema_(read_schema(file, definition)) {}

std::string Schema::complaint(const std::string& text) const {
  return complaint_about(nlohmann::json::parse(text));
}

std::string Schema::complaint_about(const nlohmann::json& value) const {
  std::string all;
  for (const auto& [where, what] : schema_.check(value)) {
    all += all.empty() ? "refused; " : "; ";
    for (const std::string& part : where)
      all += part;
    all += ": " + what;
  }
  return all;
}

nlohmann::json read_json(const std::string& text) {
  return nlohmann::json::parse(text, nullptr, false);
}

}  // namespace karpspec::tests
