#include "keyfile/chain_schema.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace karpspec::keyfile {
namespace {

using SchemaJson = nlohmann::json;
using transcript::Node;
using valijson::adapters::NlohmannJsonAdapter;

SchemaJson to_json(const Node& node) {
  switch (node.kind()) {
    case Node::Kind::null:
      return nullptr;
    case Node::Kind::list: {
      SchemaJson out = SchemaJson::array();
      for (const Node& item : node.items())
        out.push_back(to_json(item));
      return out;
    }
    case Node::Kind::map: {
      SchemaJson out = SchemaJson::object();
      for (const auto& [key, value] : node.entries())
        out[key.text()] = to_json(value);
      return out;
    }
    case Node::Kind::scalar:
      break;
  }
  if (node.quoted())
    return node.text();
  if (node.text() == "true" || node.text() == "false")
    return node.text() == "true";
  if (const auto number = node.integer())
    return *number;
  return node.text();
}

// Where the parts of CONTEXT, "<root>" "[key]" "[0]" and so on, lead to.
const Node* follow(const Node& root, const std::vector<std::string>& context, std::string& path) {
  const Node* at = &root;
  for (const std::string& part : context) {
    if (part.size() < 2 || part.front() != '[')
      continue;
    const std::string name = part.substr(1, part.size() - 2);
    if (at->is_list()) {
      const auto index = Node(name).integer();
      if (!index || *index < 0 || static_cast<std::size_t>(*index) >= at->items().size())
        return at;
      at = &at->items()[static_cast<std::size_t>(*index)];
      const Node* id = at->is_map() ? at->find("key-id") : nullptr;
      path += id != nullptr && id->is_scalar() ? " " + id->text() : "[" + name + "]";
    } else {
      const Node* child = at->is_map() ? at->find(name) : nullptr;
      path += (path.empty() ? "" : ".") + name;
      if (child == nullptr)
        return at;
      at = child;
    }
  }
  return at;
}

bool begins(const std::vector<std::string>& whole, const std::vector<std::string>& part) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

}  // namespace

struct ChainSchema::State {
  SchemaJson document;  // the schema refers to it
  valijson::Schema schema;
  valijson::Validator validator;  // keeps the expressions of patterns that it has made
};

ChainSchema::ChainSchema(std::unique_ptr<State> state) : state_(std::move(state)) {}
ChainSchema::ChainSchema(ChainSchema&&) noexcept = default;
ChainSchema& ChainSchema::operator=(ChainSchema&&) noexcept = default;
ChainSchema::~ChainSchema() = default;

Result<ChainSchema> ChainSchema::parse(const std::string& text) {
  auto state = std::make_unique<State>();
  const SchemaJson whole = SchemaJson::parse(text, nullptr, false);
  if (!whole.is_object() || !whole.contains("definitions") ||
      !whole["definitions"].contains("key-chain"))
    return fail(ErrorCode::bad_value, "key-chain.schema.json has no definition 'key-chain'");
  state->document = whole["definitions"]["key-chain"];
  state->document["definitions"] = whole["definitions"];
  try {
    valijson::SchemaParser().populateSchema(NlohmannJsonAdapter(state->document), state->schema);
  } catch (const std::exception& problem) {
    return fail(ErrorCode::bad_value, std::string("key-chain.schema.json: ") + problem.what());
  }
  return ChainSchema(std::move(state));
}

Result<ChainSchema> ChainSchema::read(const std::string& suites) {
  const std::string path = suites + "/schema/key-chain.schema.json";
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in || text.str().empty())
    return fail(ErrorCode::not_found, path + ": cannot be read");
  return parse(text.str());
}

std::vector<ChainSchema::Complaint> ChainSchema::check(const Node& chain) const {
  const SchemaJson data = to_json(chain);
  valijson::ValidationResults results;
  std::vector<Complaint> complaints;
  if (state_->validator.validate(state_->schema, NlohmannJsonAdapter(data), &results))
    return complaints;
  // The deepest come first, and then what encloses them, which says nothing new.
  std::vector<std::vector<std::string>> said;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    if (std::any_of(said.begin(), said.end(),
                    [&](const auto& deeper) { return begins(deeper, error.context); }))
      continue;
    said.push_back(error.context);
    std::string path;
    const Node* at = follow(chain, error.context, path);
    complaints.push_back(
        {(path.empty() ? "" : path + ": ") + error.description, at->line(), at->column()});
  }
  if (complaints.empty())
    complaints.push_back({"it does not conform to the schema", chain.line(), chain.column()});
  return complaints;
}

}  // namespace karpspec::keyfile
