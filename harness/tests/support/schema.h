#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace karpspec::tests {

// A published JSON Schema (draft 7), held against JSON. A test need not compile the validator:
// that takes longer than anything else here.
class Schema {
 public:
  // The schema of FILE, or its definition of that name. Throws what the parsers throw.
  explicit Schema(const std::filesystem::path& file, const std::string& definition = {});
  ~Schema();
  Schema(Schema&&) noexcept;
  Schema& operator=(Schema&&) noexcept;
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  // What is wrong with the JSON in TEXT: places and descriptions, "; " between them. Empty when
  // nothing is.
  [[nodiscard]] std::string complaint(const std::string& text) const;
  // As much of a value that is read already.
  [[nodiscard]] std::string complaint_about(const nlohmann::json& value) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The value of TEXT; a discarded one where it is no JSON. Results have megabytes, and what the
// tests compile themselves is not optimised.
[[nodiscard]] nlohmann::json read_json(const std::string& text);

}  // namespace karpspec::tests
