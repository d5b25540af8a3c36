#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "schema/json_schema.h"

namespace karpspec::tests {

// A published JSON Schema, held against JSON.
class Schema {
 public:
  // The schema of FILE, or its definition of that name. Throws where there is no schema.
  explicit Schema(const std::filesystem::path& file, const std::string& definition = {});

  // What is wrong with the JSON in TEXT: places and descriptions, "; " between them. Empty when
  // nothing is.
  [[nodiscard]] std::string complaint(const std::string& text) const;
  // As much of a value that is read already.
  [[nodiscard]] std::string complaint_about(const nlohmann::json& value) const;

 private:
  schema::JsonSchema schema_;
};

// The value of TEXT; a discarded one where it is no JSON. Results have megabytes, and what the
// tests compile themselves is not optimised.
[[nodiscard]] nlohmann::json read_json(const std::string& text);

}  // namespace karpspec::tests
