#include "keyfile/chain_schema.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace karpspec::keyfile {
namespace {

using SchemaJson = nlohmann::json;
using transcript::Node;

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

Result<ChainSchema> ChainSchema::parse(const std::string& text) {
  const SchemaJson whole = SchemaJson::parse(text, nullptr, false);
  if (!whole.is_object())
    return fail(ErrorCode::bad_value, "key-chain.schema.json is no JSON object");
  auto schema = schema::JsonSchema::make(whole, "key-chain");
  if (!schema)
    return fail(ErrorCode::bad_value, "key-chain.schema.json: " + schema.error().message);
  return ChainSchema(std::move(*schema));
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
  std::vector<Complaint> complaints;
  // The deepest come first, and then what encloses them, which says nothing new.
  std::vector<std::vector<std::string>> said;
  for (schema::JsonSchema::Complaint& found : schema_.check(to_json(chain))) {
    if (std::any_of(said.begin(), said.end(),
                    [&](const auto& deeper) { return begins(deeper, found.where); }))
      continue;
    std::string path;
    const Node* at = follow(chain, found.where, path);
    complaints.push_back(
        {(path.empty() ? "" : path + ": ") + found.what, at->line(), at->column()});
    said.push_back(std::move(found.where));
  }
  return complaints;
}

}  // namespace karpspec::keyfile
