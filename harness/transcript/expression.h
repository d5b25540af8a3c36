#pragma once

#include <map>
#include <string>

#include "base/random.h"
#include "transcript/field.h"
#include "transcript/node.h"

namespace karpspec::transcript {

// What stands to the right of a field in `set` and `where`, before it is known which field it is
// for: 12, 0x0a0b, AES_CBC, "text", $name, =random(16), =zeros(4), =repeat(0xAA, 7), =flip,
// =reverse, and what a scenario's player can compute (=auth).
struct Expression {
  enum class Kind { literal, binding, function };
  Kind kind = Kind::literal;
  std::string text;  // the literal, the binding's name, the function's name
  bool quoted = false;
  std::vector<std::string> arguments;
  Node source;
};
// Errors: bad_value with file, line and column.
[[nodiscard]] Result<Expression> parse_expression(const Node& node);

// Refuses a literal that cannot be a value of what stands at PATH. Errors: bad_value with file,
// line and column.
[[nodiscard]] Result<void> check_literal(const Expression& expression, const Path& path);
// A literal as the value of a field of KIND. Errors: bad_value.
[[nodiscard]] Result<Value> literal_value(const Expression& expression, const FieldValue& kind,
                                          const wire::CodePoints& numbers = {});

// What expressions and added payloads may ask for while a message is made. The plain one knows no
// bindings, and makes empty payloads.
class Context {
 public:
  explicit Context(Random& random, wire::CodePoints numbers = {})
      : random_(random), numbers_(numbers) {}
  virtual ~Context() = default;
  [[nodiscard]] Random& random() { return random_; }
  [[nodiscard]] const wire::CodePoints& numbers() const { return numbers_; }
  // Errors: not_found.
  [[nodiscard]] virtual Result<Value> binding(const std::string& name);
  // A function that only the player of a scenario knows. Errors: not_found.
  [[nodiscard]] virtual Result<Value> function(const std::string& name);
  // The payload NAME with what it holds by default.
  [[nodiscard]] virtual Result<wire::Payload> payload(const PayloadName& name);

 private:
  Random& random_;
  wire::CodePoints numbers_;
};

// The value of EXPRESSION for a field that now holds CURRENT. Errors: bad_value, not_found.
[[nodiscard]] Result<Value> evaluate(const Expression& expression, const FieldValue& current,
                                     Context& context);

}  // namespace karpspec::transcript
