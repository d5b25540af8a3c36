#pragma once

#include <string>
#include <utility>
#include <vector>

#include "schema/json_schema.h"
#include "transcript/node.h"

namespace karpspec::keyfile {

// suites/schema/key-chain.schema.json, made ready for one chain after the other.
class ChainSchema {
 public:
  // Errors: bad_value.
  [[nodiscard]] static Result<ChainSchema> parse(const std::string& text);
  // The one in the folder SUITES/schema. Errors: not_found, bad_value.
  [[nodiscard]] static Result<ChainSchema> read(const std::string& suites);

  struct Complaint {
    std::string message;
    std::size_t line = 0;
    std::size_t column = 0;
  };
  // One check at a time. What is wrong with a member of the list key-chain; nothing where it
  // conforms.
  [[nodiscard]] std::vector<Complaint> check(const transcript::Node& chain) const;

 private:
  explicit ChainSchema(schema::JsonSchema schema) : schema_(std::move(schema)) {}
  schema::JsonSchema schema_;
};

}  // namespace karpspec::keyfile
