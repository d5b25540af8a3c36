#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace karpspec::schema {

// A JSON Schema of draft 7, made ready for one value after the other.
class JsonSchema {
 public:
  // DOCUMENT is the schema; with DEFINITION, that of its `definitions` alone, which may refer to
  // the others. Errors: not_found where there is no such definition, bad_value where it is no
  // schema.
  [[nodiscard]] static Result<JsonSchema> make(const nlohmann::json& document,
                                               const std::string& definition = {});
  JsonSchema(JsonSchema&&) noexcept;
  JsonSchema& operator=(JsonSchema&&) noexcept;
  ~JsonSchema();

  struct Complaint {
    std::vector<std::string> where;  // "<root>", "[key]", "[0]"
    std::string what;
  };
  // One check at a time. What is wrong with VALUE, the innermost of what encloses one another
  // first; nothing where it conforms.
  [[nodiscard]] std::vector<Complaint> check(const nlohmann::json& value) const;

 private:
  struct State;
  explicit JsonSchema(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace karpspec::schema
